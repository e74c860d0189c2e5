//! The Date Time field (7 bytes, no zone), when a spot measurement was taken, and which times a record holds.
//!
//! The field carries no zone. It is read as UTC, which is what the simulated sensors send; a real sensor that runs on local
//! time will need its offset resolved first (Personal Health Device guide, coincident time stamp).

use super::{context::Context, cursor::Cursor, field::Says, outcome::Reason};
use pulsebook_protocol::{
    quality::{Mark, Quality},
    reading::{Reading, UnixMillis},
};
use std::ops::Range;

/// Times a record holds: 1970-01-01T00:00Z up to before 9999-12-31T00:00Z. Before, no clock of ours can be; the last day
/// is left out so that an hour, and a range of hours, ends at a time that four digits of a year still write.
pub const RECORDABLE: Range<UnixMillis> = 0..253_402_214_400_000;

/// A field as it came: year, month, day, hours, minutes, seconds.
type Raw = [u8; 7];

/// When a spot measurement was taken, and the marks that go with that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) measured_at: UnixMillis,
    pub(super) quality: Quality,
}

/// Reads the field if the flags announce it. Absent or unknown: the phone's time. Impossible: the phone's time and a mark.
pub(super) fn moment(cursor: &mut Cursor<'_>, announced: bool, context: &Context) -> Result<Moment, Reason> {
    let by_phone = by_phone(context);
    if !announced {
        return Ok(by_phone);
    }
    let raw: Raw = cursor.array("Time Stamp", says)?;
    Ok(match (is_unknown(raw), unix_millis(raw)) {
        (true, _) => by_phone,
        (false, Some(measured_at)) => Moment { measured_at, quality: Quality::GOOD },
        (false, None) => Moment { quality: by_phone.quality.with(Mark::ClockJump), ..by_phone },
    })
}

/// A measurement without a time of its own.
pub(super) fn by_phone(context: &Context) -> Moment {
    Moment { measured_at: context.received_at, quality: Quality::GOOD.with(Mark::PhoneTime) }
}

/// The field as people write it; zeros stand for what is not known.
pub(super) fn says([year_low, year_high, month, day, hours, minutes, seconds]: Raw) -> Says {
    let year = u16::from_le_bytes([year_low, year_high]);
    Says::Text(format!("{year:04}-{month:02}-{day:02} {hours:02}:{minutes:02}:{seconds:02}"))
}

/// A reading at a time that no record holds gets the phone's time and a mark, as one with an impossible date does.
pub(super) fn recordable(reading: Reading, received_at: UnixMillis) -> Reading {
    if RECORDABLE.contains(&reading.measured_at) {
        return reading;
    }
    let quality = reading.quality.with(Mark::PhoneTime).with(Mark::ClockJump);
    Reading { measured_at: received_at, quality, ..reading }
}

/// Zero in year, month or day means "not known".
fn is_unknown([year_low, year_high, month, day, ..]: Raw) -> bool {
    (year_low, year_high) == (0, 0) || month == 0 || day == 0
}

/// The moment in UTC, or `None` for a date or time that does not exist.
fn unix_millis([year_low, year_high, month, day, hours, minutes, seconds]: Raw) -> Option<UnixMillis> {
    let year = i64::from(u16::from_le_bytes([year_low, year_high]));
    let exists = (1582..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hours < 24
        && minutes < 60
        && seconds < 60;
    let in_day = i64::from(hours) * 3600 + i64::from(minutes) * 60 + i64::from(seconds);
    exists.then(|| (days_since_1970(year, i64::from(month), i64::from(day)) * 86_400 + in_day) * 1000)
}

fn days_in_month(year: i64, month: u8) -> u8 {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar, counting years from March so that the leap day comes last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let years = if month <= 2 { year - 1 } else { year };
    let months = (month + 9) % 12;
    let days_in_years = years * 365 + years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400);
    // 719 468 days lie between 0000-03-01 and 1970-01-01.
    days_in_years + (153 * months + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(year: u16, rest: [u8; 5]) -> Raw {
        let [low, high] = year.to_le_bytes();
        let [month, day, hours, minutes, seconds] = rest;
        [low, high, month, day, hours, minutes, seconds]
    }

    fn read(raw: Raw) -> Moment {
        moment(&mut Cursor::new(&raw), true, &Context::at(42)).unwrap()
    }

    #[test]
    fn known_moments_become_unix_time() {
        // `date -u -d … +%s` of GNU coreutils.
        for (raw, seconds) in [
            (field(1970, [1, 1, 0, 0, 0]), 0),
            (field(2000, [2, 29, 12, 0, 0]), 951_825_600),
            (field(2026, [7, 14, 9, 26, 53]), 1_784_021_213),
            (field(1969, [12, 31, 23, 59, 59]), -1),
            (field(2100, [3, 1, 0, 0, 0]), 4_107_542_400),
        ] {
            assert_eq!(read(raw), Moment { measured_at: seconds * 1000, quality: Quality::GOOD }, "{raw:?}");
        }
    }

    #[test]
    fn an_unknown_time_becomes_the_phones() {
        let by_phone = Moment { measured_at: 42, quality: Quality::GOOD.with(Mark::PhoneTime) };
        assert_eq!(moment(&mut Cursor::new(&[]), false, &Context::at(42)), Ok(by_phone));
        for raw in [field(0, [1, 1, 0, 0, 0]), field(2026, [0, 1, 0, 0, 0]), field(2026, [1, 0, 0, 0, 0])] {
            assert_eq!(read(raw), by_phone);
        }
    }

    #[test]
    fn a_time_that_does_not_exist_is_marked_and_replaced() {
        let impossible =
            [[2, 29, 0, 0, 0], [13, 1, 0, 0, 0], [4, 31, 0, 0, 0], [1, 1, 24, 0, 0], [1, 1, 0, 60, 0]];
        for rest in impossible {
            let moment = read(field(2026, rest));
            assert_eq!(moment.measured_at, 42);
            assert!(moment.quality.has(Mark::ClockJump) && moment.quality.has(Mark::PhoneTime));
        }
    }
}
