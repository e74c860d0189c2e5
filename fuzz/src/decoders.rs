//! GATT decoders: every frame is readings within their range at times a record holds, or a reason.
//!
//! Numbers are compared with IEEE 11073-20601 read here a second time, in floating point.

use crate::selected;
use data_encoding::HEXLOWER;
use pulsebook_core::{
    ble::{LONGEST_VALUE, Notification, SensorId},
    decode::{
        Context, Decoded, FORMATS, Format, Kind, RECORDABLE, battery, blood_pressure, body_composition, decode,
        device_information as about, heart_rate, pulse_oximeter, running, thermometer, weight_scale,
    },
};
use pulsebook_protocol::{
    quality::Quality,
    reading::{Reading, Value as Number},
    vital::Vital,
};
use serde_json::Value;

/// Two bytes choose one of all formats, the top bit of them a receive time from the next eight bytes.
pub(crate) fn decoders(data: &[u8]) {
    let (choice, mut frame) = data.split_first_chunk().map_or((0, data), |(choice, rest)| (u16::from_be_bytes(*choice), rest));
    let formats: Vec<&Format> = FORMATS.iter().copied().flatten().collect();
    let format = formats[usize::from(choice & 0x7FFF) % formats.len()];
    let characteristic = format.characteristic;
    let mut received_at = 1_700_000_000_000;
    if let Some((time, rest)) = frame.split_first_chunk().filter(|_| choice & 0x8000 != 0) {
        (received_at, frame) = (i64::from_be_bytes(*time), rest);
    }
    // Fields are for people, who are shown one value of a sensor at most.
    if frame.len() <= LONGEST_VALUE {
        watched(format, frame);
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
    assert!(RECORDABLE.contains(&received_at) && frame.len() <= LONGEST_VALUE);
    assert_eq!(decode(&notification).as_ref(), Ok(&decoded), "the same frame must say the same");
    assert!(decoded.readings.len() <= frame.len(), "more readings than bytes");
    assert!(decoded.battery_percent.is_none_or(|percent| percent <= 100));
    for reading in &decoded.readings {
        plausible(reading);
    }
    if matches!(format.kind, Kind::About | Kind::Control) {
        assert!(decoded.readings.is_empty(), "{} gave a reading", format.name);
    }
    numbers_agree(format, frame, &decoded.readings);
}

/// Every published frame of tests/vectors/frames, and an empty one of each format.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/frames");
    let files = std::fs::read_dir(folder).expect("the published frames").flatten();
    let texts = files.map(|file| std::fs::read_to_string(file.path()).expect("published frames"));
    let cases: Vec<Value> = texts.flat_map(|text| serde_json::from_str::<Vec<Value>>(&text).expect("a list")).collect();
    let mut seeds = Vec::new();
    for (choice, format) in (0u16..).zip(FORMATS.iter().copied().flatten()) {
        let number = format!("{:04X}", format.characteristic.characteristic);
        let frames = cases.iter().filter(|case| case["characteristic"] == *number);
        let frames = frames.filter_map(|case| HEXLOWER.decode(case["bytes"].as_str()?.as_bytes()).ok());
        let seed = |frame: Vec<u8>| [&choice.to_be_bytes()[..], &frame].concat();
        seeds.extend(frames.chain([Vec::new()]).map(seed));
    }
    seeds
}

/// People see every byte of a frame that is read, nothing that moves a cursor, and watching changes nothing.
fn watched(format: &Format, frame: &[u8]) {
    let (context, mut decoded) = (Context::at(0), Decoded::default());
    let read = format.decode_into(frame, &context, &mut decoded);
    let (fields, explained) = format.explain(frame, &context);
    assert_eq!(read.map(|()| decoded), explained, "watching {} changes it", format.name);
    let mut shown = 0;
    for field in &fields {
        assert_eq!(frame.get(field.at..field.at + field.raw.len()), Some(&field.raw[..]), "{field:?}");
        assert!(field.at <= shown, "bytes before {} are not shown", field.name);
        assert!(!field.says.to_string().chars().any(char::is_control), "{field:?} would move a cursor");
        shown = shown.max(field.at + field.raw.len());
    }
    assert!(explained.is_err() || shown == frame.len(), "{}: not every byte is shown", format.name);
}

pub(crate) fn plausible(reading: &Reading) {
    assert!(RECORDABLE.contains(&reading.measured_at), "{reading:?}");
    assert_eq!(Quality::from_bits(reading.quality.bits()), reading.quality);
    match reading.value.in_unit(reading.vital) {
        Some(number) => assert!(number.is_finite() && matches!(reading.value, Number::Number(_))),
        None => assert!(matches!(reading.value, Number::Absent(_))),
    }
    if let (Vital::HeartRate | Vital::RrInterval, Number::Number(number)) = (reading.vital, reading.value) {
        assert!((0..=65_535).contains(&number), "{reading:?}");
    }
}

/// What stands where in each frame, by the profiles; `None` in the sensor's number is an absence.
fn numbers_agree(format: &Format, frame: &[u8], readings: &[Reading]) {
    let pressure =
        if frame.first().is_some_and(|flags| flags & 1 != 0) { 1.0 / 0.133_322_387_415 } else { 1.0 };
    match format.characteristic {
        heart_rate::MEASUREMENT => heart(frame, readings),
        running::MEASUREMENT => {
            let sent = [u16_at(frame, 1) / 256.0, f64::from(frame[3])];
            readings.iter().zip(sent).for_each(|(reading, sent)| agree(Some(reading), Some(sent)));
        }
        weight_scale::MEASUREMENT => {
            let sent = u16_at(frame, 1);
            let kilograms =
                if frame[0] & 1 == 0 { sent * 5.0 / 1000.0 } else { sent / 100.0 * 0.453_592_37 };
            agree(readings.first(), (sent < 65_535.0).then_some(kilograms));
        }
        body_composition::MEASUREMENT => {
            let sent = u16_at(frame, 2);
            agree(readings.first(), (sent < 65_535.0).then_some(sent / 10.0));
        }
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
                    Some(_) if matches!(reading.value, Number::Absent(_)) => (),
                    sent => agree(Some(reading), sent),
                }
            }
        }
        battery::LEVEL | battery::STATUS | thermometer::INTERMEDIATE => assert!(readings.is_empty()),
        _ => (),
    }
}

fn heart(frame: &[u8], readings: &[Reading]) {
    let rate = match frame[0] & 1 {
        0 => u16::from(frame[1]),
        _ => u16::from_le_bytes([frame[1], frame[2]]),
    };
    let sent = readings.iter().find(|reading| reading.vital == Vital::HeartRate);
    if let Some(Reading { value: Number::Number(number), .. }) = sent {
        assert_eq!(*number, i32::from(rate));
    }
    let intervals: Vec<&Reading> =
        readings.iter().filter(|reading| reading.vital == Vital::RrInterval).collect();
    let tail = frame.chunks_exact(1).len();
    assert!(intervals.len() * 2 < tail, "more intervals than the frame holds");
    assert!(intervals.is_empty() || frame[0] & 0x10 != 0, "intervals that the flags do not announce");
}

fn u16_at(frame: &[u8], at: usize) -> f64 {
    f64::from(u16::from_le_bytes([frame[at], frame[at + 1]]))
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
