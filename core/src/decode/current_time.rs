//! The Current Time service (1805): what a sensor's own clock shows (2A2B), its zone (2A0F) and who set it (2A14).

use super::{
    clock::Stamp,
    context::Context,
    cursor::{Choices, Cursor},
    date_time,
    field::{Quantity, Says},
    format::{Format, Kind},
    outcome::{Decoded, Reason, Told},
};
use crate::ble::Characteristic;
use std::ops::RangeInclusive;

const SERVICE: u16 = 0x1805;

/// Current Time of the Current Time service.
pub const CURRENT_TIME: Characteristic = Characteristic::new(SERVICE, 0x2A2B);

/// Local Time Information.
pub const LOCAL_TIME: Characteristic = Characteristic::new(SERVICE, 0x2A0F);

/// Reference Time Information.
pub const REFERENCE_TIME: Characteristic = Characteristic::new(SERVICE, 0x2A14);

/// What this file reads (Current Time Service 1.1).
pub(super) const FORMATS: &[Format] = &[
    Format::new(Kind::About, CURRENT_TIME, "Current Time", current_time),
    Format::new(Kind::About, LOCAL_TIME, "Local Time Information", local_time),
    Format::new(Kind::About, REFERENCE_TIME, "Reference Time Information", reference_time),
];

const DAYS: Choices = &[
    (0, "not known"),
    (1, "Monday"),
    (2, "Tuesday"),
    (3, "Wednesday"),
    (4, "Thursday"),
    (5, "Friday"),
    (6, "Saturday"),
    (7, "Sunday"),
];
const FRACTION: Quantity = Quantity::fraction(256, "s");
const ADJUSTED: &[&str] =
    &["Manual Time Update", "External Reference Time Update", "Change of Time Zone", "Change of DST"];
const EXTERNAL_REFERENCE: u8 = 1 << 1;
const DAYLIGHT_SAVING: Choices = &[
    (0, "standard time"),
    (2, "half an hour of daylight saving (+0.5 h)"),
    (4, "daylight saving (+1 h)"),
    (8, "double daylight saving (+2 h)"),
    (255, "not known"),
];

/// Who set a clock; the Elapsed Time service has the same list.
pub(super) const SOURCES: Choices = &[
    (0, "not known"),
    (1, "Network Time Protocol"),
    (2, "GPS"),
    (3, "radio time signal"),
    (4, "manual"),
    (5, "atomic clock"),
    (6, "cellular network"),
    (7, "not synchronised"),
];

/// Eighths of a second are the unit of a clock's accuracy; the two greatest numbers are words.
const ACCURACY_OUT_OF_RANGE: u8 = 254;
const ACCURACY_UNKNOWN: u8 = 255;
const ZONE_UNKNOWN: i8 = -128;
/// UTC−12:00 and UTC+14:00 in quarters of an hour; what lies beyond is reserved.
pub(super) const ZONES: RangeInclusive<i8> = -48..=56;

/// Reads the clock: date, time, day of the week, 1/256 s and why it was last adjusted.
fn current_time(cursor: &mut Cursor<'_>, _: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    let shown = date_time::local(cursor.array("Date Time", date_time::says)?);
    cursor.choice_u8("Day of Week", DAYS)?;
    let fraction = cursor.quantity_u8("Fractions256", FRACTION)?;
    cursor.flags_u8("Adjust Reason", ADJUSTED)?;
    cursor.end(0)?;
    decoded.told = Some(Told::Clock(match shown {
        Stamp::Local(at) => Stamp::Local(at + i64::from(fraction) * 1000 / 256),
        other => other,
    }));
    Ok(())
}

/// The bytes that set a clock to a local time (written as if it were UTC milliseconds), adjusted by an outer reference.
pub fn encode(local: i64) -> [u8; 10] {
    let [a, b, c, d, e, f, g] = date_time::encode(local);
    // 1970-01-01 was a Thursday.
    let weekday = u8::try_from((local.div_euclid(86_400_000) + 3).rem_euclid(7) + 1).unwrap_or(0);
    let fraction = u8::try_from(local.rem_euclid(1000) * 256 / 1000).unwrap_or(0);
    [a, b, c, d, e, f, g, weekday, fraction, EXTERNAL_REFERENCE]
}

fn local_time(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.array("Time Zone", |[raw]| match raw.cast_signed() {
        quarters if quarters == ZONE_UNKNOWN || ZONES.contains(&quarters) => zone(raw),
        _ => Says::Choice(None),
    })?;
    cursor.choice_u8("DST Offset", DAYLIGHT_SAVING)?;
    cursor.end(0)
}

fn reference_time(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.choice_u8("Time Source", SOURCES)?;
    cursor.array("Time Accuracy", |[raw]| accuracy(raw))?;
    cursor.array("Days Since Update", |[raw]| since(raw, "days"))?;
    cursor.array("Hours Since Update", |[raw]| since(raw, "hours"))?;
    cursor.end(0)
}

/// Quarters of an hour from UTC.
pub(super) fn zone(raw: u8) -> Says {
    match raw.cast_signed() {
        ZONE_UNKNOWN => Says::Text("not known".to_owned()),
        quarters => {
            let (sign, minutes) = (if quarters < 0 { '-' } else { '+' }, i32::from(quarters).abs() * 15);
            Says::Text(format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60))
        }
    }
}

fn accuracy(raw: u8) -> Says {
    match raw {
        ACCURACY_OUT_OF_RANGE => Says::Text("worse than 31.625 s".to_owned()),
        ACCURACY_UNKNOWN => Says::Text("not known".to_owned()),
        eighths => Quantity::fraction(8, "s").says(eighths.into()),
    }
}

/// 255 says that it is that long ago or longer.
fn since(raw: u8, unit: &'static str) -> Says {
    match raw {
        u8::MAX => Says::Text("255 days or more".to_owned()),
        count => Quantity::whole(unit).says(count.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::format_of;

    fn says(characteristic: Characteristic, bytes: &[u8]) -> Vec<String> {
        let (fields, read) = format_of(characteristic).unwrap().explain(bytes, &Context::at(0));
        let clock = (characteristic == CURRENT_TIME).then_some(Told::Clock(Stamp::Local(1_784_021_213_500)));
        assert_eq!(read, Ok(Decoded { told: clock, ..Decoded::default() }));
        fields.iter().map(|field| field.says.to_string()).collect()
    }

    #[test]
    fn a_clock_tells_its_time_to_the_256th_of_a_second() {
        let bytes = [0xEA, 0x07, 7, 14, 9, 26, 53, 2, 128, 0x05];
        let expected = ["2026-07-14 09:26:53", "Tuesday", "0.5 s", "Manual Time Update, Change of Time Zone"];
        assert_eq!(says(CURRENT_TIME, &bytes), expected);
    }

    #[test]
    fn a_zone_is_told_in_hours_and_minutes() {
        for (raw, expected) in [(4, "UTC+01:00"), (0x80, "not known"), (0xDA, "UTC-09:30"), (23, "UTC+05:45")]
        {
            assert_eq!(says(LOCAL_TIME, &[raw, 0])[0], expected);
        }
    }

    #[test]
    fn numbers_that_stand_for_words_are_told_as_words() {
        assert_eq!(says(REFERENCE_TIME, &[2, 10, 3, 4]), ["GPS", "1.25 s", "3 days", "4 hours"]);
        let unknown = ["not known", "not known", "255 days or more", "255 days or more"];
        assert_eq!(says(REFERENCE_TIME, &[0, 255, 255, 255]), unknown);
    }

    #[test]
    fn a_clock_is_set_to_what_it_then_tells() {
        // `date -u -d @1784021213` of GNU coreutils: a Tuesday.
        let bytes = encode(1_784_021_213_500);
        let read = says(CURRENT_TIME, &bytes);
        assert_eq!(read[..3], ["2026-07-14 09:26:53", "Tuesday", "0.5 s"]);
    }
}
