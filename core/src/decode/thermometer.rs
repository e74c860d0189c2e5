//! Temperature Measurement (2A1C): degrees Celsius or Fahrenheit, with the sensor's time.

use super::{
    cursor::Cursor,
    date_time::moment,
    float::{FAHRENHEIT, SAME_UNIT, float},
    outcome::{Decoded, Reason},
};
use crate::ble::Characteristic;
use pulsebook_protocol::{
    reading::{Reading, UnixMillis},
    vital::Vital,
};

/// Temperature Measurement of the Health Thermometer service.
pub const MEASUREMENT: Characteristic = Characteristic::new(0x1809, 0x2A1C);

const IN_FAHRENHEIT: u8 = 1;
const HAS_TIME: u8 = 1 << 1;
const HAS_SITE: u8 = 1 << 2;
const RESERVED: u8 = 0xF8;

/// Decodes one frame. The body site, where given, stays in the raw notification.
///
/// # Errors
/// A frame that does not follow its flags.
pub fn decode(bytes: &[u8], received_at: UnixMillis) -> Result<Decoded, Reason> {
    let mut cursor = Cursor::new(bytes);
    let flags = cursor.u8("flags")?;
    let temperature = float(cursor.u32("temperature")?);
    let moment = moment(&mut cursor, flags & HAS_TIME != 0, received_at)?;
    if flags & HAS_SITE != 0 {
        cursor.u8("temperature type")?;
    }
    cursor.end(flags & RESERVED)?;
    let conversion = if flags & IN_FAHRENHEIT != 0 { FAHRENHEIT } else { SAME_UNIT };
    let reading = Reading {
        vital: Vital::BodyTemperature,
        measured_at: moment.measured_at,
        value: temperature.value(Vital::BodyTemperature, conversion),
        quality: moment.quality,
    };
    Ok(Decoded { readings: vec![reading], ..Decoded::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulsebook_protocol::{
        quality::{Mark, Quality},
        reading::{Absent, Value},
    };

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
