//! Temperature Measurement (2A1C): degrees Celsius or Fahrenheit, with the sensor's time.

use super::{
    context::Context,
    cursor::{Choices, Cursor},
    date_time::moment,
    float::{FAHRENHEIT, SAME_UNIT},
    format::{Format, Kind},
    outcome::{Decoded, Reason},
};
use crate::ble::Characteristic;
use pulsebook_protocol::{reading::Reading, vital::Vital};

/// Temperature Measurement of the Health Thermometer service.
pub const MEASUREMENT: Characteristic = Characteristic::new(0x1809, 0x2A1C);

/// What this file reads (Health Thermometer Service 1.0).
pub(super) const FORMATS: &[Format] =
    &[Format::new(Kind::Spot, MEASUREMENT, "Temperature Measurement", measurement)];

const FLAGS: &[&str] = &["Temperature Units is Fahrenheit", "Time Stamp present", "Temperature Type present"];
const SITES: Choices = &[
    (1, "armpit"),
    (2, "body"),
    (3, "ear"),
    (4, "finger"),
    (5, "gastro-intestinal tract"),
    (6, "mouth"),
    (7, "rectum"),
    (8, "toe"),
    (9, "tympanum"),
];

const IN_FAHRENHEIT: u8 = 1;
const HAS_TIME: u8 = 1 << 1;
const HAS_SITE: u8 = 1 << 2;
const RESERVED: u8 = 0xF8;

/// Reads one frame. The body site, where given, stays in the raw notification.
fn measurement(cursor: &mut Cursor<'_>, context: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    let flags = cursor.flags_u8("Flags", FLAGS)?;
    let (conversion, unit) =
        if flags & IN_FAHRENHEIT != 0 { (FAHRENHEIT, "°F") } else { (SAME_UNIT, "°C") };
    let temperature = cursor.float("Temperature Measurement Value", unit)?;
    let moment = moment(cursor, flags & HAS_TIME != 0, context)?;
    if flags & HAS_SITE != 0 {
        cursor.choice_u8("Temperature Type", SITES)?;
    }
    cursor.end(u32::from(flags & RESERVED))?;
    decoded.readings.push(Reading {
        vital: Vital::BodyTemperature,
        measured_at: moment.measured_at,
        value: temperature.value(Vital::BodyTemperature, conversion),
        quality: moment.quality,
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulsebook_protocol::{
        quality::{Mark, Quality},
        reading::{Absent, UnixMillis, Value},
    };

    fn decode(bytes: &[u8], received_at: UnixMillis) -> Result<Decoded, Reason> {
        super::super::alone(measurement, bytes, received_at)
    }

    #[test]
    fn the_white_papers_temperature_arrives_with_the_phones_time() {
        let reading = decode(&[0x00, 0x6C, 0x01, 0x00, 0xFF], 7).unwrap().readings[0];
        assert_eq!((reading.value, reading.measured_at), (Value::Number(3640), 7));
        assert!(reading.quality.has(Mark::PhoneTime));
    }

    #[test]
    fn fahrenheit_with_time_and_site_is_read() {
        // 98.6 °F at 2026-07-14 09:26:53, mouth (6).
        let bytes = [0x07, 0xDA, 0x03, 0x00, 0xFF, 0xEA, 0x07, 7, 14, 9, 26, 53, 6];
        let reading = decode(&bytes, 7).unwrap().readings[0];
        assert_eq!((reading.value, reading.measured_at), (Value::Number(3700), 1_784_021_213_000));
        assert_eq!(reading.quality, Quality::GOOD);
    }

    #[test]
    fn not_a_number_is_an_absence() {
        let reading = decode(&[0x00, 0xFF, 0xFF, 0x7F, 0x00], 7).unwrap().readings[0];
        assert_eq!(reading.value, Value::Absent(Absent::NotANumber));
    }
}
