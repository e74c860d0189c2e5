//! The Current Time service (1805): what a sensor's own clock shows (2A2B), its zone (2A0F) and who set it (2A14).

use super::{
    context::Context,
    cursor::{Choices, Cursor},
    date_time,
    field::{Quantity, Says},
    format::{Format, Kind},
    outcome::{Decoded, Reason},
};
use crate::ble::Characteristic;

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
const LEAST_ZONE: i8 = -48;
const GREATEST_ZONE: i8 = 56;

/// Reads the clock: date, time, day of the week, 1/256 s and why it was last adjusted.
fn current_time(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.array("Date Time", date_time::says)?;
    cursor.choice_u8("Day of Week", DAYS)?;
    cursor.quantity_u8("Fractions256", FRACTION)?;
    cursor.flags_u8("Adjust Reason", ADJUSTED)?;
    cursor.end(0)
}

fn local_time(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.array("Time Zone", |[raw]| match raw.cast_signed() {
        ZONE_UNKNOWN | LEAST_ZONE..=GREATEST_ZONE => zone(raw),
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
        assert_eq!(read, Ok(Decoded::default()));
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
}
