//! Flaws of sensors with a memory: glucose meter and continuous monitor.

use super::super::{
    Change::{ForgetsBond, Forgives, Has, Hears, Ignores, Lacks, Open, Sends},
    Exemplar::{Meter, Monitor},
};
use super::{Flaw, at, counted_more, flaw, instead, replaced, turned};
use crate::gatt::{AttError, Properties};
use pulsebook_core::ble::Characteristic;

const GLUCOSE: Characteristic = at(0x1808, 0x2A18);
const ACCESS: Characteristic = at(0x1808, 0x2A52);
const MONITORED: Characteristic = at(0x181F, 0x2AA7);

pub(super) const FLAWS: &[Flaw] = &[
    flaw(
        Meter,
        "answers-strangers",
        "1808.records.unsubscribed",
        "it takes requests of whoever is not subscribed",
        &[Forgives(AttError::NOT_SUBSCRIBED)],
    ),
    flaw(
        Meter,
        "counts-one-more",
        "1808.records.count",
        "it counts one record more than it has",
        &[Sends(ACCESS, |sent| Some(counted_more(&sent)))],
    ),
    flaw(
        Meter,
        "never-ends",
        "1808.records.report",
        "its reports do not end",
        &[Sends(ACCESS, |sent| (sent.bytes != [6, 0, 1, 1]).then(|| sent.bytes.to_vec()))],
    ),
    flaw(
        Meter,
        "knows-everything",
        "1808.records.unknown-op-code",
        "it says success to an op code that nobody defined",
        &[Sends(ACCESS, |sent| Some(instead(sent.bytes, &[6, 0, 0x20, 2], 1)))],
    ),
    flaw(
        Meter,
        "no-operator",
        "1808.records.null-operator",
        "it says success to a request without operator",
        &[Sends(ACCESS, |sent| Some(instead(sent.bytes, &[6, 0, 1, 3], 1)))],
    ),
    flaw(
        Meter,
        "wrong-code",
        "1808.records.unknown-operator",
        "it refuses an unknown operator as an unknown op code",
        &[Sends(ACCESS, |sent| Some(instead(sent.bytes, &[6, 0, 1, 4], 2)))],
    ),
    flaw(
        Meter,
        "any-filter",
        "1808.records.unknown-filter",
        "it says success to an unknown filter",
        &[Sends(ACCESS, |sent| Some(instead(sent.bytes, &[6, 0, 1, 9], 1)))],
    ),
    flaw(
        Meter,
        "success-with-nothing",
        "1808.records.none",
        "it says success where it has no record",
        &[Sends(ACCESS, |sent| Some(instead(sent.bytes, &[6, 0, 1, 6], 1)))],
    ),
    flaw(
        Meter,
        "all-or-nothing",
        "1808.records.from",
        "it sends all records whatever number is asked from",
        &[Hears(ACCESS, |bytes| match bytes {
            [1, 3, 1, low, high] if [*low, *high] != [0xFF, 0xFF] => vec![1, 1],
            other => other.to_vec(),
        })],
    ),
    flaw(
        Meter,
        "unstoppable",
        "1808.records.abort",
        "it cannot be stopped",
        &[Ignores(ACCESS, |bytes| bytes == [3, 0])],
    ),
    flaw(
        Meter,
        "never-busy",
        "1808.records.busy",
        "it takes a second request while the first is under way",
        &[Forgives(AttError::IN_PROGRESS)],
    ),
    flaw(
        Meter,
        "moody",
        "1808.records.repeat",
        "a record is another one when it is asked for again",
        &[Sends(GLUCOSE, |sent| {
            let third_again = sent.bytes.get(1) == Some(&3) && sent.again == 1;
            Some(if third_again { replaced(sent.bytes, 10, &[200]) } else { sent.bytes.to_vec() })
        })],
    ),
    flaw(
        Meter,
        "same-numbers",
        "1808.records.numbers",
        "it gives two records one number",
        &[Sends(GLUCOSE, |sent| {
            Some(if sent.bytes[1] == 2 { replaced(sent.bytes, 1, &[1]) } else { sent.bytes.to_vec() })
        })],
    ),
    flaw(
        Meter,
        "forgetful",
        "1808.records.cut",
        "what was under way when the link went is lost",
        &[Sends(GLUCOSE, |sent| (sent.connections == 0 || sent.bytes[1] > 1).then(|| sent.bytes.to_vec()))],
    ),
    flaw(
        Meter,
        "never-forgets",
        "1808.records.delete",
        "it says that records are deleted, and keeps them",
        &[
            Hears(
                ACCESS,
                |bytes| if bytes.first() == Some(&2) { vec![2, 3, 1, 0xFF, 0xFF] } else { bytes.to_vec() },
            ),
            Sends(ACCESS, |sent| Some(instead(sent.bytes, &[6, 0, 2, 6], 1))),
        ],
    ),
    flaw(Meter, "unbonded", "1808.bond", "it gives everything to everybody", &[Open]),
    flaw(Meter, "forgets-bond", "1808.bond-kept", "it has to be paired again each time", &[ForgetsBond]),
    flaw(
        Meter,
        "no-indications",
        "1808.2A52.properties",
        "its control point notifies and does not indicate",
        &[Has(ACCESS, Properties(Properties::WRITE.0 | Properties::NOTIFY.0))],
    ),
    flaw(
        Monitor,
        "wrong-checksum",
        "181F.checksum",
        "its checksums are wrong",
        &[Sends(MONITORED, |sent| Some(turned(sent.bytes, 6..8)))],
    ),
    flaw(
        Monitor,
        "silent-control",
        "181F.control-point",
        "its control point does not answer what it does not know",
        &[Sends(at(0x181F, 0x2AAC), |_| None)],
    ),
    flaw(
        Monitor,
        "keeps-its-start",
        "181F.set",
        "it takes the time, and its session began when it began before",
        &[Ignores(at(0x181F, 0x2AAA), |bytes| bytes.len() == 11)],
    ),
    flaw(
        Monitor,
        "no-session",
        "181F.2AAA.present",
        "it does not tell when its session began",
        &[Lacks(at(0x181F, 0x2AAA))],
    ),
];
