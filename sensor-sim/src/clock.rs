//! The clock of a simulated sensor: a little wrong until it is set (Current Time Service 1.1).

use crate::{encode::date_time, gatt::AttError};
use pulsebook_core::ble::{Characteristic, UnixMillis};

/// Current Time.
pub(crate) const CURRENT_TIME: Characteristic = Characteristic::new(0x1805, 0x2A2B);

/// Why the time jumped, as the last byte of Current Time tells it: summer time came or went.
pub(crate) const SUMMER_TIME: u8 = 1 << 3;

/// The field of Current Time that was not understood was ignored.
const DATA_FIELD_IGNORED: AttError = AttError(0x80);

/// A time was written in another format than the clock has (Elapsed Time Service 1.0).
const INCORRECT_FORMAT: AttError = AttError(0x81);
/// UTC in whole seconds, of the current timeline, without an offset.
const UTC_OF_NOW: u8 = 0x22;
/// 2000-01-01 in milliseconds since 1970.
const EPOCH_MS: i64 = 946_684_800_000;

/// How far it is from UTC, and how fast that grows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    /// At `since`, in milliseconds.
    ahead_ms: i64,
    since: UnixMillis,
    ppm: i64,
}

impl Clock {
    /// A clock that is so far ahead of UTC, and stays so.
    pub(crate) fn ahead(ms: i64) -> Clock {
        Clock { ahead_ms: ms, ..Clock::default() }
    }

    /// What it shows.
    pub(crate) fn at(self, now: UnixMillis) -> UnixMillis {
        let drifted = i128::from(now.saturating_sub(self.since)) * i128::from(self.ppm) / 1_000_000;
        now.saturating_add(self.ahead_ms).saturating_add(drifted as i64)
    }

    /// Shows this from now on.
    pub(crate) fn show(&mut self, shown: UnixMillis, now: UnixMillis) {
        (self.ahead_ms, self.since) = (shown.saturating_sub(now), now);
    }

    /// Gains so many millionths from now on.
    pub(crate) fn drift(&mut self, ppm: i32, now: UnixMillis) {
        self.show(self.at(now), now);
        self.ppm = ppm.into();
    }

    /// Date, time, day of the week not known, 1/256 s, and why it jumped if it did.
    pub(crate) fn read(self, now: UnixMillis, why: u8) -> Vec<u8> {
        let shown = self.at(now);
        let fraction = (shown.rem_euclid(1000) * 256 / 1000) as u8;
        [&date_time(shown)[..], &[0, fraction, why]].concat()
    }

    /// UTC in seconds since 2000, of the current timeline, set by nobody; the clock is set and applies no rules by itself
    /// (Elapsed Time Service 1.0).
    pub(crate) fn read_elapsed(self, now: UnixMillis) -> Vec<u8> {
        [&elapsed(self.at(now))[..], &[0, 0]].concat()
    }

    /// Takes what was written to Current Elapsed Time.
    pub(crate) fn set_elapsed(&mut self, bytes: &[u8], now: UnixMillis) -> Result<(), AttError> {
        let [flags, a, b, c, d, e, f, _, _] = bytes else { return Err(AttError::INVALID_LENGTH) };
        if *flags != UTC_OF_NOW {
            return Err(INCORRECT_FORMAT);
        }
        let seconds = i64::from_le_bytes([*a, *b, *c, *d, *e, *f, 0, 0]);
        self.show(seconds * 1000 + EPOCH_MS, now);
        Ok(())
    }

    /// Takes what was written to Current Time.
    pub(crate) fn set(&mut self, bytes: &[u8], now: UnixMillis) -> Result<(), AttError> {
        let [low, high, month, day, hours, minutes, seconds, _, fraction, _] = bytes else {
            return Err(AttError::INVALID_LENGTH);
        };
        let year = i64::from(u16::from_le_bytes([*low, *high]));
        let shown = moment(year, [*month, *day, *hours, *minutes, *seconds]).ok_or(DATA_FIELD_IGNORED)?;
        self.show(shown + i64::from(*fraction) * 1000 / 256, now);
        Ok(())
    }
}

/// The nine bytes of a moment as the clock shows it.
pub(crate) fn elapsed(shown: UnixMillis) -> [u8; 9] {
    let [a, b, c, d, e, f, ..] = (shown - EPOCH_MS).div_euclid(1000).to_le_bytes();
    [UTC_OF_NOW, a, b, c, d, e, f, 0, 0]
}

/// A date with its time, as if it were UTC; `None`: there is none such.
pub(crate) fn moment(year: i64, [month, day, hours, minutes, seconds]: [u8; 5]) -> Option<UnixMillis> {
    let exists = (1..=12).contains(&month) && (1..=31).contains(&day);
    if !exists || hours > 23 || minutes > 59 || seconds > 59 || !(1582..=9999).contains(&year) {
        return None;
    }
    let in_day = i64::from(hours) * 3600 + i64::from(minutes) * 60 + i64::from(seconds);
    Some((days(year, month.into(), day.into()) * 86_400 + in_day) * 1000)
}

/// Days since 1970-01-01, by counting the leap days before (Fliegel and Van Flandern, 1968).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let early = (month - 14) / 12;
    let julian = day - 32_075 + 1461 * (year + 4800 + early) / 4 + 367 * (month - 2 - early * 12) / 12
        - 3 * ((year + 4900 + early) / 100) / 4;
    julian - 2_440_588
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_shows_what_it_was_set_to_and_takes_no_thirteenth_month() {
        let mut clock = Clock::ahead(-90_000);
        // 29 February 2028, 23:59:58.
        let leap = [0xEC, 0x07, 2, 29, 23, 59, 58, 0, 0, 0];
        clock.set(&leap, 5_000).unwrap();
        assert_eq!(clock.read(5_000, 0), leap);
        assert_eq!(clock.set(&[0xEC, 0x07, 13, 1, 0, 0, 0, 0, 0, 0], 0), Err(DATA_FIELD_IGNORED));
        assert_eq!(clock.set(&[0xEC, 0x07, 1], 0), Err(AttError::INVALID_LENGTH));
    }

    #[test]
    fn a_clock_that_gains_a_hundred_millionths_is_nearly_nine_seconds_ahead_after_a_day() {
        let mut clock = Clock::ahead(1000);
        clock.drift(100, 500);
        assert_eq!(clock.at(500 + 86_400_000), 500 + 86_400_000 + 1000 + 8640);
        clock.show(0, 1000);
        assert_eq!(clock.at(10_001_000), 10_000_000 + 1000, "it goes on gaining once it was set");
    }
}
