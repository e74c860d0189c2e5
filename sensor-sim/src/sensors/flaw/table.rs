//! The flaws: what is changed, and which clause that breaks.

use super::{Change, Exemplar, Flaw, Sent};
use crate::gatt::{AttError, Properties};
use pulsebook_core::ble::Characteristic;
use Change::{Answers, ForgetsBond, Forgives, Has, Hears, Ignores, Lacks, Open, Refuses, Sends, Takes};
use Exemplar::{Bicycle, Cuff, Meter, Monitor, Oximeter, RunningPod, Scale, Strap, Thermometer};

const fn at(service: u16, characteristic: u16) -> Characteristic {
    Characteristic::new(service, characteristic)
}

const HEART: Characteristic = at(0x180D, 0x2A37);
const TEMPERATURE: Characteristic = at(0x1809, 0x2A1C);
const PRESSURE: Characteristic = at(0x1810, 0x2A35);
const CUFF_PRESSURE: Characteristic = at(0x1810, 0x2A36);
const SPOT: Characteristic = at(0x1822, 0x2A5E);
const GLUCOSE: Characteristic = at(0x1808, 0x2A18);
const ACCESS: Characteristic = at(0x1808, 0x2A52);
const MONITORED: Characteristic = at(0x181F, 0x2AA7);
const WEIGHT: Characteristic = at(0x181D, 0x2A9D);
const CLOCK: Characteristic = at(0x1805, 0x2A2B);

const fn flaw(
    exemplar: Exemplar,
    name: &'static str,
    clause: &'static str,
    says: &'static str,
    changes: &'static [Change],
) -> Flaw {
    Flaw { name, exemplar, says, clause, changes }
}

/// Every flaw.
pub const FLAWS: &[Flaw] = &[
    flaw(Strap, "no-measurement", "180D.2A37.present", "it has no Heart Rate Measurement", &[Lacks(HEART)]),
    flaw(Strap, "indicates", "180D.2A37.properties", "its measurement is indicated and not notified", &[Has(HEART, Properties::INDICATE)]),
    flaw(Strap, "short-frame", "180D.length", "its flags promise more than follows", &[Sends(HEART, |sent| Some(with_flags(sent.bytes, 0x01)[..4].to_vec()))]),
    flaw(Strap, "long-frame", "180D.length", "a byte follows that no flag announces", &[Sends(HEART, |sent| Some([sent.bytes, &[0]].concat()))]),
    flaw(Strap, "reserved-flag", "180D.reserved", "it sets a reserved flag", &[Sends(HEART, |sent| Some(with_flags(sent.bytes, 0x80)))]),
    flaw(Strap, "reserved-location", "180D.reserved", "it is worn at a reserved place", &[Answers(at(0x180D, 0x2A38), &[42])]),
    flaw(Strap, "big-endian", "180D.byte-order", "its RR intervals come most byte first", &[Sends(HEART, |sent| Some(turned(sent.bytes, 4..6)))]),
    flaw(Strap, "takes-anything", "180D.control-point", "its control point takes what it does not know", &[Ignores(at(0x180D, 0x2A39), |bytes| bytes.len() == 1)]),
    flaw(Strap, "takes-any-length", "180D.wrong-length", "its control point takes two bytes for one", &[Ignores(at(0x180D, 0x2A39), |bytes| bytes.len() == 2)]),
    flaw(Strap, "no-location", "180D.reads", "it says that its place can be read, and refuses", &[Refuses(at(0x180D, 0x2A38), AttError::UNLIKELY)]),
    flaw(Strap, "silent-after-return", "link.resumes", "after a reconnection it sends nothing any more", &[Sends(HEART, |sent| (sent.connections == 0).then(|| sent.bytes.to_vec()))]),
    flaw(Strap, "no-maker", "link.maker", "it does not name its maker", &[Lacks(at(0x180A, 0x2A29))]),
    flaw(Strap, "overfull-battery", "180F.range", "its battery is at 150 percent", &[Answers(at(0x180F, 0x2A19), &[150])]),
    flaw(Strap, "battery-not-readable", "180F.2A19.properties", "its battery level cannot be read", &[Has(at(0x180F, 0x2A19), Properties::NOTIFY)]),
    flaw(Strap, "control-characters", "180A.texts", "its model would clear a terminal", &[Answers(at(0x180A, 0x2A24), b"\x1b[2JStrap")]),
    flaw(Strap, "empty-serial", "180A.texts", "its serial number is empty", &[Answers(at(0x180A, 0x2A25), b"\0\0")]),
    flaw(Strap, "no-text", "180A.texts", "its maker is no UTF-8", &[Answers(at(0x180A, 0x2A29), &[0xC3, 0x28])]),
    flaw(Strap, "short-system-id", "180A.length", "its System ID has six bytes", &[Answers(at(0x180A, 0x2A23), &[1, 2, 3, 4, 5, 6])]),
    flaw(Strap, "model-not-readable", "180A.2A24.properties", "its model cannot be read", &[Has(at(0x180A, 0x2A24), Properties::NOTIFY)]),
    flaw(Thermometer, "fahrenheit-flag", "1809.unit", "it sends degrees Celsius and says Fahrenheit", &[Sends(TEMPERATURE, |sent| Some(with_flags(sent.bytes, 0x01)))]),
    flaw(Thermometer, "no-clock", "1809.current-time", "it stamps its measurements and does not tell its time", &[Lacks(CLOCK)]),
    flaw(Thermometer, "no-such-day", "1809.dates", "it measures on the thirty-first of February", &[Sends(TEMPERATURE, |sent| Some(replaced(sent.bytes, 7, &[2, 31])))]),
    flaw(Thermometer, "from-the-future", "1809.not-ahead", "its stamps are a year ahead of its clock", &[Sends(TEMPERATURE, |sent| Some(next_year(sent.bytes, 5)))]),
    flaw(Thermometer, "reserved-special", "1809.special", "it sends a special value that is reserved", &[Sends(TEMPERATURE, |sent| Some(replaced(sent.bytes, 1, &[0x01, 0x00, 0x80, 0x00])))]),
    flaw(Thermometer, "again-and-again", "1809.confirmed", "it sends a measurement again that was confirmed", &[Sends(TEMPERATURE, |sent| Some(if sent.connections == 0 { sent.bytes } else { sent.first }.to_vec()))]),
    flaw(Thermometer, "notifies", "1809.2A1C.properties", "its measurement is notified and not indicated", &[Has(TEMPERATURE, Properties::NOTIFY)]),
    flaw(Thermometer, "keeps-its-time", "1805.set", "it takes a time and goes on with its own", &[Ignores(CLOCK, |bytes| bytes.len() == 10 && bytes[2] <= 12)]),
    flaw(Thermometer, "thirteenth-month", "1805.impossible-time", "its clock takes a thirteenth month", &[Takes(CLOCK, |bytes| bytes.get(2) == Some(&13))]),
    flaw(Thermometer, "half-a-time", "1805.wrong-length", "its clock takes three bytes for a time", &[Ignores(CLOCK, |bytes| bytes.len() == 3)]),
    flaw(Thermometer, "clock-cannot-notify", "1805.2A2B.properties", "its clock can be read only", &[Has(CLOCK, Properties(Properties::READ.0 | Properties::WRITE.0))]),
    flaw(Cuff, "kilopascal-flag", "1810.unit", "it sends mmHg and says kPa", &[Sends(PRESSURE, |sent| Some(with_flags(sent.bytes, 0x01)))]),
    flaw(Cuff, "zeros-for-nan", "1810.unused", "the unused fields of its cuff pressure are zero", &[Sends(CUFF_PRESSURE, |sent| Some(replaced(sent.bytes, 3, &[0, 0, 0, 0])))]),
    flaw(Cuff, "no-features", "1810.2A49.present", "it does not say what it can do", &[Lacks(at(0x1810, 0x2A49))]),
    flaw(Cuff, "big-endian", "1810.byte-order", "its pressures come most byte first", &[Sends(PRESSURE, |sent| Some(turned(&turned(&turned(sent.bytes, 1..3), 3..5), 5..7)))]),
    flaw(Cuff, "reserved-status", "1810.reserved", "it sets a reserved status bit", &[Sends(PRESSURE, |sent| Some(replaced(sent.bytes, 18, &[0x80])))]),
    flaw(Oximeter, "reserved-feature", "1822.reserved", "it sets reserved bits of its features", &[Answers(at(0x1822, 0x2A60), &[0x00, 0x80])]),
    flaw(Oximeter, "half-a-stamp", "1822.length", "its spot checks end in the middle of the time stamp", &[Sends(SPOT, |sent| Some(sent.bytes[..9].to_vec()))]),
    flaw(Oximeter, "reserved-special", "1822.special", "it sends a special value that is reserved", &[Sends(SPOT, |sent| Some(replaced(sent.bytes, 1, &[0x01, 0x08])))]),
    flaw(Meter, "answers-strangers", "1808.records.unsubscribed", "it takes requests of whoever is not subscribed", &[Forgives(AttError::NOT_SUBSCRIBED)]),
    flaw(Meter, "counts-one-more", "1808.records.count", "it counts one record more than it has", &[Sends(ACCESS, |sent| Some(counted_more(&sent)))]),
    flaw(Meter, "never-ends", "1808.records.report", "its reports do not end", &[Sends(ACCESS, |sent| (sent.bytes != [6, 0, 1, 1]).then(|| sent.bytes.to_vec()))]),
    flaw(Meter, "knows-everything", "1808.records.unknown-op-code", "it says success to an op code that nobody defined", &[Sends(ACCESS, |sent| Some(instead(sent.bytes, &[6, 0, 0x20, 2], 1)))]),
    flaw(Meter, "no-operator", "1808.records.null-operator", "it says success to a request without operator", &[Sends(ACCESS, |sent| Some(instead(sent.bytes, &[6, 0, 1, 3], 1)))]),
    flaw(Meter, "wrong-code", "1808.records.unknown-operator", "it refuses an unknown operator as an unknown op code", &[Sends(ACCESS, |sent| Some(instead(sent.bytes, &[6, 0, 1, 4], 2)))]),
    flaw(Meter, "any-filter", "1808.records.unknown-filter", "it says success to an unknown filter", &[Sends(ACCESS, |sent| Some(instead(sent.bytes, &[6, 0, 1, 9], 1)))]),
    flaw(Meter, "success-with-nothing", "1808.records.none", "it says success where it has no record", &[Sends(ACCESS, |sent| Some(instead(sent.bytes, &[6, 0, 1, 6], 1)))]),
    flaw(Meter, "all-or-nothing", "1808.records.from", "it sends all records whatever number is asked from", &[Hears(ACCESS, |bytes| match bytes {
        [1, 3, 1, low, high] if [*low, *high] != [0xFF, 0xFF] => vec![1, 1],
        other => other.to_vec(),
    })]),
    flaw(Meter, "unstoppable", "1808.records.abort", "it cannot be stopped", &[Ignores(ACCESS, |bytes| bytes == [3, 0])]),
    flaw(Meter, "never-busy", "1808.records.busy", "it takes a second request while the first is under way", &[Forgives(AttError::IN_PROGRESS)]),
    flaw(Meter, "moody", "1808.records.repeat", "a record is another one when it is asked for again", &[Sends(GLUCOSE, |sent| Some(if sent.before == 14 { replaced(sent.bytes, 10, &[200]) } else { sent.bytes.to_vec() }))]),
    flaw(Meter, "same-numbers", "1808.records.numbers", "it gives two records one number", &[Sends(GLUCOSE, |sent| Some(if sent.bytes[1] == 2 { replaced(sent.bytes, 1, &[1]) } else { sent.bytes.to_vec() }))]),
    flaw(Meter, "forgetful", "1808.records.cut", "what was under way when the link went is lost", &[Sends(GLUCOSE, |sent| (sent.connections == 0 || sent.bytes[1] > 1).then(|| sent.bytes.to_vec()))]),
    flaw(Meter, "never-forgets", "1808.records.delete", "it says that records are deleted, and keeps them", &[
        Hears(ACCESS, |bytes| if bytes.first() == Some(&2) { vec![2, 3, 1, 0xFF, 0xFF] } else { bytes.to_vec() }),
        Sends(ACCESS, |sent| Some(instead(sent.bytes, &[6, 0, 2, 6], 1))),
    ]),
    flaw(Meter, "unbonded", "1808.bond", "it gives everything to everybody", &[Open]),
    flaw(Meter, "forgets-bond", "1808.bond-kept", "it has to be paired again each time", &[ForgetsBond]),
    flaw(Meter, "no-indications", "1808.2A52.properties", "its control point notifies and does not indicate", &[Has(ACCESS, Properties(Properties::WRITE.0 | Properties::NOTIFY.0))]),
    flaw(Monitor, "wrong-checksum", "181F.checksum", "its checksums are wrong", &[Sends(MONITORED, |sent| Some(turned(sent.bytes, 6..8)))]),
    flaw(Monitor, "silent-control", "181F.control-point", "its control point does not answer what it does not know", &[Sends(at(0x181F, 0x2AAC), |_| None)]),
    flaw(Monitor, "no-session", "181F.2AAA.present", "it does not tell when its session began", &[Lacks(at(0x181F, 0x2AAA))]),
    flaw(Scale, "failed-with-index", "181D.unsuccessful", "a weighing failed, and index and height follow", &[Sends(WEIGHT, |sent| Some(replaced(sent.bytes, 1, &[0xFF, 0xFF])))]),
    flaw(Scale, "no-composition", "181B.2A9C.present", "it has no Body Composition Measurement", &[Lacks(at(0x181B, 0x2A9C))]),
    flaw(RunningPod, "no-stride", "1814.length", "it announces a stride and sends none", &[Sends(at(0x1814, 0x2A53), |sent| Some(sent.bytes[..4].to_vec()))]),
    flaw(Bicycle, "reserved-flag", "1816.reserved", "it sets a reserved flag", &[Sends(at(0x1816, 0x2A5B), |sent| Some(with_flags(sent.bytes, 0x40)))]),
];

fn with_flags(bytes: &[u8], set: u8) -> Vec<u8> {
    replaced(bytes, 0, &[bytes.first().copied().unwrap_or_default() | set])
}

fn replaced(bytes: &[u8], from: usize, with: &[u8]) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    if let Some(part) = changed.get_mut(from..from + with.len()) {
        part.copy_from_slice(with);
    }
    changed
}

fn turned(bytes: &[u8], part: std::ops::Range<usize>) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    if let Some(part) = changed.get_mut(part) {
        part.reverse();
    }
    changed
}

fn next_year(bytes: &[u8], year_at: usize) -> Vec<u8> {
    let year = bytes.get(year_at).copied().unwrap_or_default();
    replaced(bytes, year_at, &[year.wrapping_add(1)])
}

/// The answer with another response code, where it is this one.
fn instead(bytes: &[u8], answer: &[u8], code: u8) -> Vec<u8> {
    if bytes == answer { replaced(bytes, 3, &[code]) } else { bytes.to_vec() }
}

/// Its first count only: what it says after deletions is right.
fn counted_more(sent: &Sent<'_>) -> Vec<u8> {
    match sent.bytes {
        [5, 0, count, 0] if sent.before == 0 => vec![5, 0, count + 1, 0],
        other => other.to_vec(),
    }
}
