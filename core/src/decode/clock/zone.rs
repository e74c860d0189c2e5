//! How local clocks go where the device is: enough of it to read a date without zone, winter and summer.

use pulsebook_protocol::reading::UnixMillis;

/// Changes of local time that are kept: those around a year are four.
const CHANGES: usize = 4;

/// Offsets of local time from UTC, each from its moment on.
///
/// ```
/// use pulsebook_core::decode::Zone;
/// let hour = 3_600_000;
/// let berlin = Zone::new(60, &[(1_774_746_000_000, 120), (1_792_890_000_000, 60)]); // summer of 2026
/// assert_eq!(berlin.utc_of(1_784_021_213_000), 1_784_021_213_000 - 2 * hour);
/// assert_eq!(Zone::default().utc_of(7), 7);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Zone {
    /// Minutes ahead of UTC before the first change.
    base: i16,
    /// From when (UTC milliseconds), and how many minutes ahead; later ones last, unused ones never.
    changes: [Option<(UnixMillis, i16)>; CHANGES],
}

impl Zone {
    /// A zone that is so many minutes ahead of UTC, and changes to another number at these moments (UTC milliseconds, in
    /// order; the last four are kept).
    pub fn new(minutes: i16, changes: &[(UnixMillis, i16)]) -> Zone {
        let from = changes.len().saturating_sub(CHANGES);
        let base =
            from.checked_sub(1).and_then(|last| changes.get(last)).map_or(minutes, |(_, minutes)| *minutes);
        let mut kept = [None; CHANGES];
        for (place, change) in kept.iter_mut().zip(changes.iter().skip(from)) {
            *place = Some(*change);
        }
        Zone { base, changes: kept }
    }

    /// Minutes before the first change, and the changes.
    pub(in crate::decode) fn parts(&self) -> (i16, Vec<(UnixMillis, i16)>) {
        (self.base, self.changes.iter().flatten().copied().collect())
    }

    /// What local clocks show at this moment, written as if it were UTC milliseconds.
    pub fn local_of(&self, at: UnixMillis) -> i64 {
        at.saturating_add(i64::from(self.minutes_at(at)) * 60_000)
    }

    /// Minutes ahead of UTC at this moment.
    pub fn minutes_at(&self, at: UnixMillis) -> i16 {
        let past = self.changes.iter().rev().flatten().find(|(from, _)| at >= *from);
        past.map_or(self.base, |(_, minutes)| *minutes)
    }

    /// Every number of minutes ahead of UTC that it knows.
    pub(in crate::decode) fn offsets(&self) -> impl Iterator<Item = i16> {
        std::iter::once(self.base).chain(self.changes.into_iter().flatten().map(|(_, minutes)| minutes))
    }

    /// Where local clocks show this twice, in autumn: the first of the two moments.
    pub(in crate::decode) fn first_of(&self, local: i64) -> Option<UnixMillis> {
        let later = self.utc_of(local);
        let mut before = self.base;
        for (from, minutes) in self.changes.iter().flatten() {
            let first = local.saturating_sub(i64::from(before) * 60_000);
            if later >= *from && first < *from {
                return Some(first);
            }
            before = *minutes;
        }
        None
    }

    /// The moment at which local clocks show this (written as if it were UTC). Where they show it twice, in autumn, the
    /// later one; where they leave it out, in spring, as if they had not been put forward yet.
    pub fn utc_of(&self, local: i64) -> UnixMillis {
        let later = self.changes.iter().rev().flatten();
        let under = |minutes: i16| local.saturating_sub(i64::from(minutes) * 60_000);
        later
            .map(|(from, minutes)| (*from, under(*minutes)))
            .find(|(from, at)| at >= from)
            .map_or_else(|| under(self.base), |(_, at)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;
    /// Europe/Berlin 2026 by the time zone database: summer time from 29 March 01:00Z to 25 October 01:00Z.
    const SPRING: i64 = 1_774_746_000_000;
    const AUTUMN: i64 = 1_792_890_000_000;

    fn berlin() -> Zone {
        Zone::new(60, &[(SPRING, 120), (AUTUMN, 60)])
    }

    #[test]
    fn winter_summer_and_winter_again_are_read() {
        for (utc, minutes) in
            [(SPRING - HOUR, 60), (SPRING + HOUR, 120), (AUTUMN - 2 * HOUR, 120), (AUTUMN + HOUR, 60)]
        {
            assert_eq!(berlin().utc_of(utc + minutes * 60_000), utc);
            assert_eq!(berlin().local_of(utc), utc + minutes * 60_000);
        }
    }

    #[test]
    fn an_hour_that_comes_twice_is_the_later_and_one_that_is_left_out_goes_on() {
        assert_eq!(berlin().utc_of(AUTUMN + HOUR), AUTUMN, "02:00 comes twice");
        assert_eq!(berlin().first_of(AUTUMN + HOUR), Some(AUTUMN - HOUR));
        assert_eq!(berlin().utc_of(SPRING + HOUR + HOUR / 2), SPRING + HOUR / 2, "02:30 never was");
        for once in [SPRING, SPRING + HOUR + HOUR / 2, AUTUMN, AUTUMN + 2 * HOUR] {
            assert_eq!(berlin().first_of(once), None);
        }
    }

    #[test]
    fn only_the_last_changes_are_kept() {
        let changes: Vec<_> = (0..6).map(|n| (n * 1000 * HOUR, n as i16)).collect();
        let zone = Zone::new(-7, &changes);
        assert_eq!(zone.utc_of(5000 * HOUR + 5 * 60_000), 5000 * HOUR);
        assert_eq!(zone.utc_of(-HOUR), -HOUR - 60_000, "what came before the last four is the first of them");
    }
}
