//! Times and durations as people type and read them.

use pulsebook_core::decode::RECORDABLE;
use pulsebook_protocol::{reading::UnixMillis, time_text};

/// Milliseconds of a second.
const SECOND: i64 = 1000;
/// Milliseconds of an hour.
pub(crate) const HOUR: i64 = 3_600_000;

/// The real time now.
pub(crate) fn now() -> UnixMillis {
    pulsebook_faultpoint::now_ms()
}

/// A moment in UTC: RFC 3339 (`2026-03-01T12:00:00Z`, also without seconds or time) or milliseconds since 1970.
///
/// # Errors
/// What is wrong, in words, for clap to show.
pub(crate) fn parse_moment(text: &str) -> Result<UnixMillis, String> {
    let plain = text.parse::<i64>().ok();
    let moment = plain.or_else(|| parse_rfc3339(text)).filter(|moment| (0..MAX_MOMENT).contains(moment));
    moment.ok_or_else(|| {
        "expected a UTC time such as 2026-03-01T12:00:00Z, or milliseconds since 1970".to_owned()
    })
}

/// When collecting begins: a moment that a record can hold.
///
/// # Errors
/// What is wrong, in words, for clap to show.
pub(crate) fn parse_start(text: &str) -> Result<UnixMillis, String> {
    let start = parse_moment(text)?;
    match RECORDABLE.contains(&start) {
        true => Ok(start),
        false => Err("a record holds times up to 9999-12-30; begin earlier".to_owned()),
    }
}

/// 9999-12-31T23:59:59.999Z and one millisecond.
const MAX_MOMENT: i64 = 253_402_300_800_000;

/// A duration: a number and `s`, `m`, `h` or `d`.
///
/// # Errors
/// What is wrong, in words, for clap to show.
pub(crate) fn parse_duration(text: &str) -> Result<i64, String> {
    let expected = || "expected a number and a unit, such as 90s, 10m, 1h or 7d; at most 366 days".to_owned();
    let unit = text.chars().last().and_then(|unit| match unit {
        's' => Some(SECOND),
        'm' => Some(60 * SECOND),
        'h' => Some(HOUR),
        'd' => Some(24 * HOUR),
        _ => None,
    });
    let number = text.get(..text.len().saturating_sub(1)).and_then(|number| number.parse::<i64>().ok());
    let length = unit.zip(number).and_then(|(unit, number)| number.checked_mul(unit));
    length.filter(|length| (SECOND..=366 * 24 * HOUR).contains(length)).ok_or_else(expected)
}

/// A moment for a person: `2026-03-01 12:00 UTC`.
pub(crate) fn minute(moment: UnixMillis) -> String {
    time_text::minute_utc(seconds(moment))
}

/// A moment for a machine: `2026-03-01T12:00:00Z`.
pub(crate) fn rfc3339(moment: UnixMillis) -> String {
    time_text::rfc3339(seconds(moment))
}

/// Seconds since 1970 for a machine: `2026-03-01T12:00:00Z`; what no calendar has stays a number.
pub(crate) fn rfc3339_s(seconds: u64) -> String {
    let moment = i64::try_from(seconds).ok().and_then(|seconds| seconds.checked_mul(SECOND));
    moment.filter(|moment| *moment < MAX_MOMENT).map_or_else(|| format!("{seconds} s"), rfc3339)
}

/// Whole seconds since 1970.
pub(crate) fn seconds(moment: UnixMillis) -> u64 {
    u64::try_from(moment.div_euclid(SECOND)).unwrap_or(0)
}

/// The hour that has begun.
pub(crate) fn hour_floor(moment: UnixMillis) -> UnixMillis {
    moment.div_euclid(HOUR) * HOUR
}

/// The next whole hour, or this moment if it is one.
pub(crate) fn hour_ceil(moment: UnixMillis) -> UnixMillis {
    hour_floor(moment + HOUR - 1)
}

fn parse_rfc3339(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, "00:00:00Z"));
    let mut parts = date.splitn(3, '-');
    let (year, month, day) =
        (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let time = time.strip_suffix(['Z', 'z']).or_else(|| time.strip_suffix("+00:00"))?;
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut parts = clock.splitn(3, ':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let second = parts.next().map_or(Some(0), |second| digits(second, 2))?;
    let inside = (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    let millis = fraction_millis(fraction)?;
    let days = days_since_1970(year, month, day);
    inside.then(|| (((days * 24 + hour) * 60 + minute) * 60 + second) * SECOND + millis)
}

fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn fraction_millis(text: &str) -> Option<i64> {
    let whole = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty();
    whole.then(|| format!("{text}000").get(..3).and_then(|millis| millis.parse().ok()))?
}

fn days_of(year: i64, month: i64) -> i64 {
    let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    days_since_1970(next_year, next_month, 1) - days_since_1970(year, month, 1)
}

/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`, for years from 0.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_the_calendar_has_them() {
        // `date -u -d TEXT +%s` of GNU coreutils.
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:30:15Z", 951_827_415),
            ("2026-03-01T12:00:00Z", 1_772_366_400),
            ("2026-03-01", 1_772_323_200),
            ("2026-03-01T12:00Z", 1_772_366_400),
            ("2100-03-01T00:00:00+00:00", 4_107_542_400),
        ] {
            assert_eq!(parse_moment(text), Ok(seconds * 1000), "{text}");
            assert_eq!(parse_moment(&rfc3339(seconds * 1000)), Ok(seconds * 1000));
        }
        assert_eq!(parse_moment("1772366400123"), Ok(1_772_366_400_123));
        assert_eq!(parse_moment("2026-03-01T12:00:00.5Z"), Ok(1_772_366_400_500));
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "now",
            "2026-02-29",
            "2026-13-01",
            "2026-03-01T24:00:00Z",
            "2026-03-01T12:00:00",
            "-5",
            "2026-3-1",
        ] {
            assert!(parse_moment(text).is_err(), "{text}");
        }
    }

    #[test]
    fn collecting_begins_at_a_time_that_a_record_holds() {
        assert!(parse_start("9999-12-30T23:59:59Z").is_ok());
        for text in ["9999-12-31", "9999-12-31T12:00:00Z"] {
            assert!(parse_moment(text).is_ok());
            assert!(parse_start(text).unwrap_err().contains("up to 9999-12-30"), "{text}");
        }
    }

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(parse_duration("90s"), Ok(90_000));
        assert_eq!(parse_duration("24h"), Ok(86_400_000));
        for text in ["", "h", "10", "0s", "-1h", "1y", "9999999999999d", "400d", "1é"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn hours_are_rounded_to_both_sides() {
        assert_eq!((hour_floor(HOUR + 1), hour_ceil(HOUR + 1), hour_ceil(HOUR)), (HOUR, 2 * HOUR, HOUR));
    }
}
