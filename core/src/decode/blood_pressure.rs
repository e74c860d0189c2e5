//! Blood Pressure Measurement (2A35): three pressures, the cuff's pulse, status bits and the sensor's time.

use super::{
    context::Context,
    cursor::Cursor,
    date_time::moment,
    float::{Conversion, Decimal, KILOPASCAL, SAME_UNIT},
    format::{Format, Kind},
    outcome::{Decoded, Reason},
};
use crate::ble::Characteristic;
use pulsebook_protocol::{
    quality::{Mark, Quality},
    reading::Reading,
    vital::Vital,
};

/// Blood Pressure Measurement of the Blood Pressure service.
pub const MEASUREMENT: Characteristic = Characteristic::new(0x1810, 0x2A35);

/// What this file reads (Blood Pressure Service 1.1).
pub(super) const FORMATS: &[Format] =
    &[Format::new(Kind::Spot, MEASUREMENT, "Blood Pressure Measurement", measurement)];

const FLAGS: &[&str] = &[
    "Blood Pressure Units is kPa",
    "Time Stamp present",
    "Pulse Rate present",
    "User ID present",
    "Measurement Status present",
];
const STATUS_BITS: &[&str] = &[
    "Body Movement detected",
    "Cuff too loose",
    "Irregular Pulse detected",
    "Pulse Rate exceeds upper limit",
    "Pulse Rate is less than lower limit",
    "Improper Measurement Position",
];

const IN_KILOPASCAL: u8 = 1;
const HAS_TIME: u8 = 1 << 1;
const HAS_PULSE: u8 = 1 << 2;
const HAS_USER: u8 = 1 << 3;
const HAS_STATUS: u8 = 1 << 4;
const RESERVED: u8 = 0xE0;
const USER_UNKNOWN: u8 = 0xFF;
const PULSE_RANGE: u16 = 0b11 << 3;

/// Status bits that speak of the whole measurement.
const STATUS: [(u16, Mark); 4] = [
    (1, Mark::Movement),
    (1 << 1, Mark::SensorDisplaced),
    (1 << 2, Mark::IrregularPulse),
    (1 << 5, Mark::ImproperPosition),
];

/// Reads one frame.
fn measurement(cursor: &mut Cursor<'_>, context: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    let flags = cursor.flags_u8("Flags", FLAGS)?;
    let (conversion, unit) =
        if flags & IN_KILOPASCAL != 0 { (KILOPASCAL, "kPa") } else { (SAME_UNIT, "mmHg") };
    let systolic = cursor.sfloat("Systolic", unit)?;
    let diastolic = cursor.sfloat("Diastolic", unit)?;
    let mean = cursor.sfloat("Mean Arterial Pressure", unit)?;
    let moment = moment(cursor, flags & HAS_TIME != 0, context)?;
    let pulse = (flags & HAS_PULSE != 0).then(|| cursor.sfloat("Pulse Rate", "/min")).transpose()?;
    let user = (flags & HAS_USER != 0).then(|| cursor.u8("User ID")).transpose()?;
    let status =
        if flags & HAS_STATUS != 0 { cursor.flags_u16("Measurement Status", STATUS_BITS)? } else { 0 };
    cursor.end(u32::from(flags & RESERVED))?;

    let quality = moment.quality.union(measurement_quality(status));
    let reading = |vital, decimal: Decimal, conversion: Conversion| Reading {
        vital,
        measured_at: moment.measured_at,
        value: decimal.value(vital, conversion),
        quality,
    };
    decoded.readings.extend([
        reading(Vital::SystolicPressure, systolic, conversion),
        reading(Vital::DiastolicPressure, diastolic, conversion),
        reading(Vital::MeanArterialPressure, mean, conversion),
    ]);
    decoded.readings.extend(pulse.map(|pulse| {
        let reading = reading(Vital::CuffPulseRate, pulse, SAME_UNIT);
        Reading { quality: reading.quality.union(pulse_quality(status)), ..reading }
    }));
    decoded.user_index = user.filter(|user| *user != USER_UNKNOWN);
    Ok(())
}

fn measurement_quality(status: u16) -> Quality {
    STATUS
        .iter()
        .filter(|(bit, _)| status & bit != 0)
        .fold(Quality::GOOD, |quality, (_, mark)| quality.with(*mark))
}

/// The range bits speak of the pulse only: 1 above, 2 below the sensor's range.
fn pulse_quality(status: u16) -> Quality {
    if status & PULSE_RANGE == 0 { Quality::GOOD } else { Quality::GOOD.with(Mark::OutOfSensorRange) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulsebook_protocol::reading::{Absent, UnixMillis, Value};

    fn decode(bytes: &[u8], received_at: UnixMillis) -> Result<Decoded, Reason> {
        super::super::alone(measurement, bytes, received_at)
    }

    fn values(bytes: &[u8]) -> Vec<Value> {
        decode(bytes, 5).unwrap().readings.iter().map(|reading| reading.value).collect()
    }

    #[test]
    fn a_full_frame_is_read_in_order() {
        // 120/80, mean 93, 2026-07-14 09:26:53, pulse 72, user 1, body moved; laid out by hand from the profile.
        let bytes = [0x1E, 120, 0, 80, 0, 93, 0, 0xEA, 0x07, 7, 14, 9, 26, 53, 72, 0, 1, 0x01, 0x00];
        let decoded = decode(&bytes, 5).unwrap();
        assert_eq!(values(&bytes), [1200, 800, 930, 720].map(Value::Number));
        assert_eq!(decoded.user_index, Some(1));
        assert!(decoded.readings.iter().all(|r| r.measured_at == 1_784_021_213_000));
        assert!(decoded.readings.iter().all(|r| r.quality == Quality::GOOD.with(Mark::Movement)));
    }

    #[test]
    fn kilopascal_becomes_millimetres_of_mercury() {
        // 16.0, 10.6 and 12.4 kPa as SFLOAT with exponent −1.
        assert_eq!(values(&[0x01, 0xA0, 0xF0, 0x6A, 0xF0, 0x7C, 0xF0]), [1200, 795, 930].map(Value::Number));
    }

    #[test]
    fn a_cuff_without_a_mean_sends_not_a_number() {
        let expected = [Value::Number(1200), Value::Number(800), Value::Absent(Absent::NotANumber)];
        assert_eq!(values(&[0x00, 120, 0, 80, 0, 0xFF, 0x07]), expected);
    }

    #[test]
    fn every_status_bit_becomes_its_mark() {
        let cases = [
            (0, Mark::Movement),
            (1, Mark::SensorDisplaced),
            (2, Mark::IrregularPulse),
            (5, Mark::ImproperPosition),
        ];
        for (bit, mark) in cases {
            let decoded = decode(&[0x10, 120, 0, 80, 0, 93, 0, 1 << bit, 0], 5).unwrap();
            assert!(decoded.readings[0].quality.has(mark), "bit {bit}");
        }
        for range in [1, 2] {
            let decoded = decode(&[0x14, 120, 0, 80, 0, 93, 0, 72, 0, range << 3, 0], 5).unwrap();
            assert!(decoded.readings[3].quality.has(Mark::OutOfSensorRange));
            assert!(!decoded.readings[0].quality.has(Mark::OutOfSensorRange));
        }
    }

    #[test]
    fn an_unknown_user_is_no_user() {
        assert_eq!(decode(&[0x08, 120, 0, 80, 0, 93, 0, 0xFF], 5).unwrap().user_index, None);
    }
}
