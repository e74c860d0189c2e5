//! The Health Thermometer service (1809): a temperature with the sensor's time (2A1C), and while it is still settling (2A1E);
//! where on the body (2A1D), and how often it measures by itself (2A21).

use super::{
    context::Context,
    cursor::{Choices, Cursor},
    date_time::{Moment, moment},
    field::{Quantity, Says},
    float::{Conversion, Decimal, FAHRENHEIT, SAME_UNIT},
    format::{Format, Kind},
    outcome::{Decoded, Reason},
};
use crate::ble::Characteristic;
use pulsebook_protocol::{reading::Reading, vital::Vital};

/// Temperature Measurement of the Health Thermometer service.
pub const MEASUREMENT: Characteristic = Characteristic::new(0x1809, 0x2A1C);

/// Intermediate Temperature: while a measurement is still going on.
pub const INTERMEDIATE: Characteristic = Characteristic::new(0x1809, 0x2A1E);

/// Temperature Type: where on the body, when it is always the same place.
pub const TYPE: Characteristic = Characteristic::new(0x1809, 0x2A1D);

/// Measurement Interval.
pub const INTERVAL: Characteristic = Characteristic::new(0x1809, 0x2A21);

/// What this file reads (Health Thermometer Service 1.0).
pub(super) const FORMATS: &[Format] = &[
    Format::new(Kind::Spot, MEASUREMENT, "Temperature Measurement", measurement),
    Format::new(Kind::Stream, INTERMEDIATE, "Intermediate Temperature", intermediate),
    Format::new(Kind::About, TYPE, "Temperature Type", site),
    Format::new(Kind::About, INTERVAL, "Measurement Interval", interval),
];

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
    let (temperature, conversion, moment) = temperature(cursor, context)?;
    decoded.readings.push(Reading {
        vital: Vital::BodyTemperature,
        measured_at: moment.measured_at,
        value: temperature.value(Vital::BodyTemperature, conversion),
        quality: moment.quality,
    });
    Ok(())
}

/// Reads one frame of a measurement that is still going on. A probe on its way to the body's temperature is not yet a body
/// temperature: no reading comes of it, and the measurement itself follows.
fn intermediate(cursor: &mut Cursor<'_>, context: &Context, _: &mut Decoded) -> Result<(), Reason> {
    temperature(cursor, context).map(drop)
}

fn site(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.choice_u8("Temperature Type", SITES)?;
    cursor.end(0)
}

/// Zero: it measures only when asked to.
fn interval(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.array("Measurement Interval", |raw| match u16::from_le_bytes(raw) {
        0 => Says::Text("no periodic measurement".to_owned()),
        seconds => Quantity::whole("s").says(seconds.into()),
    })?;
    cursor.end(0)
}

/// The layout that both frames have.
fn temperature(cursor: &mut Cursor<'_>, context: &Context) -> Result<(Decimal, Conversion, Moment), Reason> {
    let flags = cursor.flags_u8("Flags", FLAGS)?;
    let (conversion, unit) =
        if flags & IN_FAHRENHEIT != 0 { (FAHRENHEIT, "°F") } else { (SAME_UNIT, "°C") };
    let temperature = cursor.float("Temperature Measurement Value", unit)?;
    let moment = moment(cursor, flags & HAS_TIME != 0, context)?;
    if flags & HAS_SITE != 0 {
        cursor.choice_u8("Temperature Type", SITES)?;
    }
    cursor.end(u32::from(flags & RESERVED))?;
    Ok((temperature, conversion, moment))
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
    fn a_temperature_that_still_settles_is_no_body_temperature() {
        let settling = super::super::alone(intermediate, &[0x04, 0x6C, 0x01, 0x00, 0xFF, 6], 7);
        assert_eq!(settling, Ok(Decoded::default()));
        let cut = super::super::alone(intermediate, &[0x04, 0x6C, 0x01, 0x00, 0xFF], 7);
        assert_eq!(cut, Err(Reason::Truncated { field: "Temperature Type", expected: 6, came: 5 }));
    }

    #[test]
    fn not_a_number_is_an_absence() {
        let reading = decode(&[0x00, 0xFF, 0xFF, 0x7F, 0x00], 7).unwrap().readings[0];
        assert_eq!(reading.value, Value::Absent(Absent::NotANumber));
    }
}
