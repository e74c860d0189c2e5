//! Flaws of oximeters, running pods and bicycles.

use super::super::{
    Change::{Answers, Ignores, Lacks, Sends},
    Exemplar::{Bicycle, HealthSensor, Oximeter, RunningPod},
};
use super::{Flaw, at, flaw, replaced, with_flags};
use pulsebook_core::ble::Characteristic;

const SPOT: Characteristic = at(0x1822, 0x2A5E);

const ELAPSED: Characteristic = at(0x183F, 0x2BF2);

pub(super) const FLAWS: &[Flaw] = &[
    flaw(
        Oximeter,
        "reserved-feature",
        "1822.reserved",
        "it sets reserved bits of its features",
        &[Answers(at(0x1822, 0x2A60), &[0x00, 0x80])],
    ),
    flaw(
        Oximeter,
        "half-a-stamp",
        "1822.length",
        "its spot checks end in the middle of the time stamp",
        &[Sends(SPOT, |sent| Some(sent.bytes[..9].to_vec()))],
    ),
    flaw(
        Oximeter,
        "reserved-special",
        "1822.special",
        "it sends a special value that is reserved",
        &[Sends(SPOT, |sent| Some(replaced(sent.bytes, 1, &[0x01, 0x08])))],
    ),
    flaw(
        RunningPod,
        "no-stride",
        "1814.length",
        "it announces a stride and sends none",
        &[Sends(at(0x1814, 0x2A53), |sent| Some(sent.bytes[..4].to_vec()))],
    ),
    flaw(
        HealthSensor,
        "no-clock",
        "1840.current-time",
        "it stamps its observations and does not tell its time",
        &[Lacks(ELAPSED)],
    ),
    flaw(
        HealthSensor,
        "keeps-its-time",
        "183F.set",
        "it takes a time and goes on with its own",
        &[Ignores(ELAPSED, |bytes| bytes.len() == 9)],
    ),
    flaw(
        Bicycle,
        "reserved-flag",
        "1816.reserved",
        "it sets a reserved flag",
        &[Sends(at(0x1816, 0x2A5B), |sent| Some(with_flags(sent.bytes, 0x40)))],
    ),
];
