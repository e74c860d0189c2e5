//! UTC times as people and Datalog write them, without a calendar library.

/// A UTC time to the minute, as the grant's sentence shows it: `2026-11-01 10:00 UTC`.
///
/// ```
/// assert_eq!(pulsebook_protocol::time_text::minute_utc(1_793_527_200), "2026-11-01 10:00 UTC");
/// ```
pub fn minute_utc(seconds: u64) -> String {
    let (year, month, day) = civil_from_days(seconds / DAY);
    let (hour, minute, _) = clock(seconds);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC")
}

/// A UTC time to the second in RFC 3339: `2026-11-01T10:00:00Z`.
///
/// ```
/// assert_eq!(pulsebook_protocol::time_text::rfc3339(951_782_399), "2000-02-28T23:59:59Z");
/// ```
pub fn rfc3339(seconds: u64) -> String {
    let (year, month, day) = civil_from_days(seconds / DAY);
    let (hour, minute, second) = clock(seconds);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

const DAY: u64 = 86_400;

fn clock(seconds: u64) -> (u64, u64, u64) {
    let of_day = seconds % DAY;
    (of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// Year, month and day of a number of days since 1970-01-01 in the Gregorian calendar.
///
/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`, for days that are not negative.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468; // days since 0000-03-01
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// How far a moment is from another, both in seconds: "3 years ahead of", "61 seconds behind", rounded down.
///
/// ```
/// use pulsebook_protocol::time_text::difference;
/// assert_eq!(difference(1_000, 939), "61 seconds ahead of");
/// assert_eq!(difference(0, 3 * 365 * 86_400), "3 years behind");
/// ```
pub fn difference(moment_s: u64, other_s: u64) -> String {
    const UNITS: [(u64, &str); 4] =
        [(365 * 86_400, "years"), (86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let apart = moment_s.abs_diff(other_s);
    let unit = UNITS.into_iter().find(|(seconds, _)| apart >= 2 * seconds);
    let (seconds, name) = unit.unwrap_or((1, "seconds"));
    let side = if moment_s > other_s { "ahead of" } else { "behind" };
    format!("{} {name} {side}", apart / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments_are_written_as_the_calendar_has_them() {
        // `date -u -d @N` of GNU coreutils.
        let known = [
            (0, "1970-01-01T00:00:00Z"),
            (68_169_599, "1972-02-28T23:59:59Z"),
            (68_169_600, "1972-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_618_884_473, "2021-04-20T02:07:53Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ];
        for (seconds, text) in known {
            assert_eq!(rfc3339(seconds), text);
        }
    }

    #[test]
    fn every_day_of_130_years_follows_the_one_before() {
        let mut previous = civil_from_days(0);
        for days in 1..47_500 {
            let (year, month, day) = civil_from_days(days);
            let next_day = (year, month, day) == (previous.0, previous.1, previous.2 + 1);
            let next_month = (year, month, day) == (previous.0, previous.1 + 1, 1) && previous.2 >= 28;
            let next_year =
                (year, month, day) == (previous.0 + 1, 1, 1) && (previous.1, previous.2) == (12, 31);
            assert!(next_day || next_month || next_year, "{previous:?} then {year}-{month}-{day}");
            previous = (year, month, day);
        }
    }

    #[test]
    fn the_largest_number_does_not_panic() {
        assert!(rfc3339(u64::MAX).ends_with('Z'));
    }
}
