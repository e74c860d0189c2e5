//! Flaws of a strap, and of what every sensor has: battery and Device Information.

use super::super::{
    Change::{Answers, Has, Ignores, Lacks, Refuses, Sends},
    Exemplar::Strap,
};
use super::{Flaw, at, flaw, turned, with_flags};
use crate::gatt::{AttError, Properties};
use pulsebook_core::ble::Characteristic;

const HEART: Characteristic = at(0x180D, 0x2A37);

pub(super) const FLAWS: &[Flaw] = &[
    flaw(Strap, "no-measurement", "180D.2A37.present", "it has no Heart Rate Measurement", &[Lacks(HEART)]),
    flaw(
        Strap,
        "indicates",
        "180D.2A37.properties",
        "its measurement is indicated and not notified",
        &[Has(HEART, Properties::INDICATE)],
    ),
    flaw(
        Strap,
        "short-frame",
        "180D.length",
        "its flags promise more than follows",
        &[Sends(HEART, |sent| Some(with_flags(sent.bytes, 0x01)[..4].to_vec()))],
    ),
    flaw(
        Strap,
        "long-frame",
        "180D.length",
        "a byte follows that no flag announces",
        &[Sends(HEART, |sent| Some([sent.bytes, &[0]].concat()))],
    ),
    flaw(
        Strap,
        "reserved-flag",
        "180D.reserved",
        "it sets a reserved flag",
        &[Sends(HEART, |sent| Some(with_flags(sent.bytes, 0x80)))],
    ),
    flaw(
        Strap,
        "reserved-location",
        "180D.reserved",
        "it is worn at a reserved place",
        &[Answers(at(0x180D, 0x2A38), &[42])],
    ),
    flaw(
        Strap,
        "big-endian",
        "180D.byte-order",
        "its RR intervals come most byte first",
        &[Sends(HEART, |sent| Some(turned(sent.bytes, 4..6)))],
    ),
    flaw(
        Strap,
        "takes-anything",
        "180D.control-point",
        "its control point takes what it does not know",
        &[Ignores(at(0x180D, 0x2A39), |bytes| bytes.len() == 1)],
    ),
    flaw(
        Strap,
        "takes-any-length",
        "180D.wrong-length",
        "its control point takes two bytes for one",
        &[Ignores(at(0x180D, 0x2A39), |bytes| bytes.len() == 2)],
    ),
    flaw(
        Strap,
        "no-location",
        "180D.reads",
        "it says that its place can be read, and refuses",
        &[Refuses(at(0x180D, 0x2A38), AttError::UNLIKELY)],
    ),
    flaw(
        Strap,
        "silent-after-return",
        "link.resumes",
        "after a reconnection it sends nothing any more",
        &[Sends(HEART, |sent| (sent.connections == 0).then(|| sent.bytes.to_vec()))],
    ),
    flaw(Strap, "no-maker", "link.maker", "it does not name its maker", &[Lacks(at(0x180A, 0x2A29))]),
    flaw(
        Strap,
        "overfull-battery",
        "180F.range",
        "its battery is at 150 percent",
        &[Answers(at(0x180F, 0x2A19), &[150])],
    ),
    flaw(
        Strap,
        "battery-not-readable",
        "180F.2A19.properties",
        "its battery level cannot be read",
        &[Has(at(0x180F, 0x2A19), Properties::NOTIFY)],
    ),
    flaw(
        Strap,
        "control-characters",
        "180A.texts",
        "its model would clear a terminal",
        &[Answers(at(0x180A, 0x2A24), b"\x1b[2JStrap")],
    ),
    flaw(
        Strap,
        "empty-serial",
        "180A.texts",
        "its serial number is empty",
        &[Answers(at(0x180A, 0x2A25), b"\0\0")],
    ),
    flaw(
        Strap,
        "no-text",
        "180A.texts",
        "its maker is no UTF-8",
        &[Answers(at(0x180A, 0x2A29), &[0xC3, 0x28])],
    ),
    flaw(
        Strap,
        "short-system-id",
        "180A.length",
        "its System ID has six bytes",
        &[Answers(at(0x180A, 0x2A23), &[1, 2, 3, 4, 5, 6])],
    ),
    flaw(
        Strap,
        "model-not-readable",
        "180A.2A24.properties",
        "its model cannot be read",
        &[Has(at(0x180A, 0x2A24), Properties::NOTIFY)],
    ),
];
