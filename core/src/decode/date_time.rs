//! The Date Time field (7 bytes, no zone), and which times a record holds.

use super::{
    clock::{Moment, Stamp},
    context::Context,
    cursor::Cursor,
    field::Says,
    outcome::Reason,
};
use pulsebook_protocol::{
    quality::Mark,
    reading::{Reading, UnixMillis},
};
use std::ops::Range;

/// Times a record holds: 1970-01-01T00:00Z up to before 9999-12-31T00:00Z. Before, no clock of ours can be; the last day
/// is left out so that an hour, and a range of hours, ends at a time that four digits of a year still write.
pub const RECORDABLE: Range<UnixMillis> = 0..253_402_214_400_000;

/// A field as it came: year, month, day, hours, minutes, seconds.
pub(super) type Raw = [u8; 7];

/// When a measurement with a Date Time field was taken, if the flags announce the field.
pub(super) fn moment(cursor: &mut Cursor<'_>, announced: bool, context: &Context) -> Result<Moment, Reason> {
    stamp(cursor, announced).map(|stamp| context.moment(stamp))
}

/// Reads a Date Time field if the flags announce it.
pub(super) fn stamp(cursor: &mut Cursor<'_>, announced: bool) -> Result<Stamp, Reason> {
    Ok(if announced { local(cursor.array("Time Stamp", says)?) } else { Stamp::Missing })
}

/// What a Date Time field says; zeros in year, month or day mean "not known".
pub(super) fn local(raw: Raw) -> Stamp {
    match (is_unknown(raw), unix_millis(raw)) {
        (true, _) => Stamp::Missing,
        (false, Some(at)) => Stamp::Local(at),
        (false, None) => Stamp::Impossible,
    }
}

/// The field as people write it; zeros stand for what is not known.
pub(super) fn says([year_low, year_high, month, day, hours, minutes, seconds]: Raw) -> Says {
    let year = u16::from_le_bytes([year_low, year_high]);
    Says::Text(format!("{year:04}-{month:02}-{day:02} {hours:02}:{minutes:02}:{seconds:02}"))
}

/// The field for a local time, written as if it were UTC milliseconds; seconds are cut off, years end at 9999.
pub(super) fn encode(local: i64) -> Raw {
    let seconds = local.div_euclid(1000).clamp(0, RECORDABLE.end / 1000);
    let (days, in_day) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let [low, high] = u16::try_from(year).unwrap_or(0).to_le_bytes();
    let byte = |number: i64| u8::try_from(number).unwrap_or(0);
    [low, high, byte(month), byte(day), byte(in_day / 3600), byte(in_day / 60 % 60), byte(in_day % 60)]
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

/// Year, month and day of so many days after 1970-01-01: [`days_since_1970`] the other way.
fn civil(days: i64) -> (i64, i64, i64) {
    // The year is found from below: a year has at most 366 days.
    let mut year = 1970 + days / 366;
    while days_since_1970(year + 1, 1, 1) <= days {
        year += 1;
    }
    let month = (1..=12).rev().find(|month| days_since_1970(year, *month, 1) <= days).unwrap_or(1);
    (year, month, days - days_since_1970(year, month, 1) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulsebook_protocol::quality::Quality;

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

    #[test]
    fn every_day_for_three_centuries_is_written_and_read_again() {
        for day in 0..110_000 {
            let at = day * 86_400_000 + 45_296_000;
            assert_eq!(local(encode(at)), Stamp::Local(at), "{day}");
        }
    }
}
