//! Flaws of sensors that measure when they are used: thermometer, cuff, scale.

use super::super::{
    Change::{Has, Ignores, Lacks, Sends, Takes},
    Exemplar::{Cuff, Scale, Thermometer},
};
use super::{Flaw, at, flaw, next_year, replaced, turned, with_flags};
use crate::gatt::Properties;
use pulsebook_core::ble::Characteristic;

const TEMPERATURE: Characteristic = at(0x1809, 0x2A1C);
const PRESSURE: Characteristic = at(0x1810, 0x2A35);
const CUFF_PRESSURE: Characteristic = at(0x1810, 0x2A36);
const WEIGHT: Characteristic = at(0x181D, 0x2A9D);
const CLOCK: Characteristic = at(0x1805, 0x2A2B);

pub(super) const FLAWS: &[Flaw] = &[
    flaw(
        Thermometer,
        "fahrenheit-flag",
        "1809.unit",
        "it sends degrees Celsius and says Fahrenheit",
        &[Sends(TEMPERATURE, |sent| Some(with_flags(sent.bytes, 0x01)))],
    ),
    flaw(
        Thermometer,
        "no-clock",
        "1809.current-time",
        "it stamps its measurements and does not tell its time",
        &[Lacks(CLOCK)],
    ),
    flaw(
        Thermometer,
        "no-such-day",
        "1809.dates",
        "it measures on the thirty-first of February",
        &[Sends(TEMPERATURE, |sent| Some(replaced(sent.bytes, 7, &[2, 31])))],
    ),
    flaw(
        Thermometer,
        "from-the-future",
        "1809.not-ahead",
        "its stamps are a year ahead of its clock",
        &[Sends(TEMPERATURE, |sent| Some(next_year(sent.bytes, 5)))],
    ),
    flaw(
        Thermometer,
        "reserved-special",
        "1809.special",
        "it sends a special value that is reserved",
        &[Sends(TEMPERATURE, |sent| Some(replaced(sent.bytes, 1, &[0x01, 0x00, 0x80, 0x00])))],
    ),
    flaw(
        Thermometer,
        "again-and-again",
        "1809.confirmed",
        "it sends a measurement again that was confirmed",
        &[Sends(TEMPERATURE, |sent| {
            Some(if sent.connections == 0 { sent.bytes } else { sent.first }.to_vec())
        })],
    ),
    flaw(
        Thermometer,
        "notifies",
        "1809.2A1C.properties",
        "its measurement is notified and not indicated",
        &[Has(TEMPERATURE, Properties::NOTIFY)],
    ),
    flaw(
        Thermometer,
        "keeps-its-time",
        "1805.set",
        "it takes a time and goes on with its own",
        &[Ignores(CLOCK, |bytes| bytes.len() == 10 && bytes[2] <= 12)],
    ),
    flaw(
        Thermometer,
        "thirteenth-month",
        "1805.impossible-time",
        "its clock takes a thirteenth month",
        &[Takes(CLOCK, |bytes| bytes.get(2) == Some(&13))],
    ),
    flaw(
        Thermometer,
        "half-a-time",
        "1805.wrong-length",
        "its clock takes three bytes for a time",
        &[Ignores(CLOCK, |bytes| bytes.len() == 3)],
    ),
    flaw(
        Thermometer,
        "clock-cannot-notify",
        "1805.2A2B.properties",
        "its clock can be read only",
        &[Has(CLOCK, Properties(Properties::READ.0 | Properties::WRITE.0))],
    ),
    flaw(
        Cuff,
        "kilopascal-flag",
        "1810.unit",
        "it sends mmHg and says kPa",
        &[Sends(PRESSURE, |sent| Some(with_flags(sent.bytes, 0x01)))],
    ),
    flaw(
        Cuff,
        "zeros-for-nan",
        "1810.unused",
        "the unused fields of its cuff pressure are zero",
        &[Sends(CUFF_PRESSURE, |sent| Some(replaced(sent.bytes, 3, &[0, 0, 0, 0])))],
    ),
    flaw(
        Cuff,
        "no-features",
        "1810.2A49.present",
        "it does not say what it can do",
        &[Lacks(at(0x1810, 0x2A49))],
    ),
    flaw(
        Cuff,
        "big-endian",
        "1810.byte-order",
        "its pressures come most byte first",
        &[Sends(PRESSURE, |sent| Some(turned(&turned(&turned(sent.bytes, 1..3), 3..5), 5..7)))],
    ),
    flaw(
        Cuff,
        "reserved-status",
        "1810.reserved",
        "it sets a reserved status bit",
        &[Sends(PRESSURE, |sent| Some(replaced(sent.bytes, 18, &[0x80])))],
    ),
    flaw(
        Scale,
        "failed-with-index",
        "181D.unsuccessful",
        "a weighing failed, and index and height follow",
        &[Sends(WEIGHT, |sent| Some(replaced(sent.bytes, 1, &[0xFF, 0xFF])))],
    ),
    flaw(
        Scale,
        "no-composition",
        "181B.2A9C.present",
        "it has no Body Composition Measurement",
        &[Lacks(at(0x181B, 0x2A9C))],
    ),
];
