//! GATT decoders: every frame is readings within their range at times a record holds, or a reason.
//!
//! Numbers are compared with IEEE 11073-20601 read here a second time, in floating point.

use crate::selected;
use pulsebook_core::{
    ble::{Characteristic, Notification, SensorId},
    decode::{
        RECORDABLE, battery, blood_pressure, decode, device_information as about, heart_rate, pulse_oximeter,
        thermometer,
    },
};
use pulsebook_protocol::{
    quality::Quality,
    reading::{Reading, Value},
    vital::Vital,
};

const CHARACTERISTICS: [Characteristic; 7] = [
    heart_rate::MEASUREMENT,
    thermometer::MEASUREMENT,
    blood_pressure::MEASUREMENT,
    pulse_oximeter::CONTINUOUS,
    pulse_oximeter::SPOT,
    battery::LEVEL,
    Characteristic::new(0x1234, 0x5678),
];

/// The first byte chooses the characteristic, the top bit of it a receive time from the next eight bytes.
pub(crate) fn decoders(data: &[u8]) {
    let (choice, mut frame) = selected(data);
    let characteristic = CHARACTERISTICS[usize::from(choice & 0x7f) % CHARACTERISTICS.len()];
    let mut received_at = 1_700_000_000_000;
    if let Some((time, rest)) = frame.split_first_chunk().filter(|_| choice & 0x80 != 0) {
        (received_at, frame) = (i64::from_be_bytes(*time), rest);
    }
    let sensor = SensorId::new("sensor");
    let notification = Notification { sensor, characteristic, received_at, bytes: frame.to_vec() };
    let decoded = match decode(&notification) {
        Ok(decoded) => decoded,
        Err(malformed) => {
            assert_eq!(malformed.characteristic, characteristic);
            assert!(malformed.to_string().len() < 400, "{malformed}");
            return;
        }
    };
    assert!(RECORDABLE.contains(&received_at));
    assert_eq!(decode(&notification).as_ref(), Ok(&decoded), "the same frame must say the same");
    assert!(decoded.readings.len() <= frame.len(), "more readings than bytes");
    assert!(decoded.battery_percent.is_none_or(|percent| percent <= 100));
    for reading in &decoded.readings {
        plausible(reading);
    }
    numbers_agree(characteristic, frame, &decoded.readings);
}

fn plausible(reading: &Reading) {
    assert!(RECORDABLE.contains(&reading.measured_at), "{reading:?}");
    assert_eq!(Quality::from_bits(reading.quality.bits()), reading.quality);
    match reading.value.in_unit(reading.vital) {
        Some(number) => assert!(number.is_finite() && matches!(reading.value, Value::Number(_))),
        None => assert!(matches!(reading.value, Value::Absent(_))),
    }
    if let (Vital::HeartRate | Vital::RrInterval, Value::Number(number)) = (reading.vital, reading.value) {
        assert!((0..=65_535).contains(&number), "{reading:?}");
    }
}

/// What stands where in each frame, by the profiles; `None` in the sensor's number is an absence.
fn numbers_agree(characteristic: Characteristic, frame: &[u8], readings: &[Reading]) {
    let pressure =
        if frame.first().is_some_and(|flags| flags & 1 != 0) { 1.0 / 0.133_322_387_415 } else { 1.0 };
    match characteristic {
        heart_rate::MEASUREMENT => heart(frame, readings),
        thermometer::MEASUREMENT => {
            let sent = long(frame);
            let celsius = |number: f64| if frame[0] & 1 != 0 { (number - 32.0) * 5.0 / 9.0 } else { number };
            agree(readings.first(), sent.map(celsius));
        }
        blood_pressure::MEASUREMENT => {
            for (place, reading) in readings.iter().take(3).enumerate() {
                agree(Some(reading), short(frame, 1 + 2 * place).map(|number| number * pressure));
            }
        }
        pulse_oximeter::CONTINUOUS | pulse_oximeter::SPOT => {
            for (place, reading) in readings.iter().take(2).enumerate() {
                // A status may turn a number into an absence, never an absence into a number.
                match short(frame, 1 + 2 * place) {
                    Some(_) if matches!(reading.value, Value::Absent(_)) => (),
                    sent => agree(Some(reading), sent),
                }
            }
        }
        battery::LEVEL => assert!(readings.is_empty()),
        _ => panic!("a characteristic without a decoder was decoded"),
    }
}

fn heart(frame: &[u8], readings: &[Reading]) {
    let rate = match frame[0] & 1 {
        0 => u16::from(frame[1]),
        _ => u16::from_le_bytes([frame[1], frame[2]]),
    };
    let sent = readings.iter().find(|reading| reading.vital == Vital::HeartRate);
    if let Some(Reading { value: Value::Number(number), .. }) = sent {
        assert_eq!(*number, i32::from(rate));
    }
    let intervals: Vec<&Reading> =
        readings.iter().filter(|reading| reading.vital == Vital::RrInterval).collect();
    let tail = frame.chunks_exact(1).len();
    assert!(intervals.len() * 2 < tail, "more intervals than the frame holds");
    assert!(intervals.is_empty() || frame[0] & 0x10 != 0, "intervals that the flags do not announce");
}

/// IEEE 11073 SFLOAT; `None` for the five special values.
fn short(frame: &[u8], at: usize) -> Option<f64> {
    let raw = u16::from_le_bytes([*frame.get(at)?, *frame.get(at + 1)?]);
    if (0x07FE..=0x0802).contains(&raw) {
        return None;
    }
    let mantissa = i32::from(raw & 0xFFF);
    let mantissa = if mantissa >= 0x800 { mantissa - 0x1000 } else { mantissa };
    let exponent = i32::from(raw >> 12);
    Some(f64::from(mantissa) * 10f64.powi(if exponent >= 8 { exponent - 16 } else { exponent }))
}

/// IEEE 11073 FLOAT of a thermometer.
fn long(frame: &[u8]) -> Option<f64> {
    let raw = u32::from_le_bytes([*frame.get(1)?, *frame.get(2)?, *frame.get(3)?, *frame.get(4)?]);
    if (0x007F_FFFE..=0x0080_0002).contains(&raw) {
        return None;
    }
    let mantissa = (raw & 0xFF_FFFF) as i32;
    let mantissa = if mantissa >= 0x80_0000 { mantissa - 0x100_0000 } else { mantissa };
    Some(f64::from(mantissa) * 10f64.powi(i32::from((raw >> 24) as u8 as i8)))
}

/// The reading is the number that was sent, rounded once; an absence when none was sent or it does not fit.
fn agree(reading: Option<&Reading>, sent: Option<f64>) {
    let reading = reading.expect("a decoded frame has its first reading");
    match (reading.value.in_unit(reading.vital), sent) {
        (None, None) => (),
        (None, Some(sent)) => {
            let stored = sent / 10f64.powi(i32::from(reading.vital.exponent()));
            assert!(stored.abs() > f64::from(i32::MAX) - 2.0, "{sent} was sent and fits, {reading:?} came");
        }
        (Some(number), None) => panic!("{number} of an absence"),
        (Some(number), Some(sent)) => {
            let step = 10f64.powi(i32::from(reading.vital.exponent()));
            assert!(
                (number - sent).abs() <= step * 0.501 + sent.abs() * 1e-9,
                "{sent} was sent, {number} read"
            );
        }
    }
}

/// Two bytes choose the characteristic, the rest is its value; facts are shown and never move a cursor.
pub(crate) fn device_information(data: &[u8]) {
    let (choice, bytes) = selected(data);
    let (characteristic, _) = about::ALL[usize::from(choice) % about::ALL.len()];
    let fact = about::decode(characteristic, bytes);
    if let about::Fact::Raw(raw) = &fact {
        assert_eq!(raw, bytes, "raw bytes must stay as they came");
    }
    assert!(!fact.to_string().chars().any(char::is_control), "{fact:?} would move a cursor");
    let other = about::decode(about::SERIAL, bytes);
    let named =
        [(characteristic, fact), (about::SERIAL, other), (about::MODEL, about::decode(about::MODEL, b"M"))];
    if let Some(identity) = about::identity(&named) {
        assert!(["sysid-", "udi-", "serial-"].iter().any(|way| identity.starts_with(way)), "{identity}");
    }
}
