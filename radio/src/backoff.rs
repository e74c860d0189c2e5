//! When to try a sensor again: later each time, spread by chance so that several sensors do not try together.

use crate::limits::Limits;
use std::time::Duration;

/// Counts the failures of one sensor since its last good connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// A connection stood for so long before it was lost.
    pub(crate) fn stood(&mut self, time: Duration, limits: &Limits) {
        if time >= limits.steady {
            self.failures = 0;
        }
    }

    /// The wait before the next try; `spread` (0 to 65,535) takes up to half of it off.
    pub(crate) fn next(&mut self, spread: u16, limits: &Limits) -> Duration {
        let doubled = limits.first_wait.saturating_mul(1u32.checked_shl(self.failures).unwrap_or(u32::MAX));
        let full = doubled.min(limits.longest_wait);
        self.failures = self.failures.saturating_add(1).min(31);
        full - full / 2 * u32::from(spread) / 65_535
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute_and_spread_downwards() {
        let (limits, mut backoff) = (Limits::default(), Backoff::default());
        let waits: Vec<u64> = (0..9).map(|_| backoff.next(0, &limits).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(backoff.next(65_535, &limits), Duration::from_secs(30));
        (0..100).for_each(|_| assert!(backoff.next(1, &limits) <= limits.longest_wait));
    }

    #[test]
    fn only_a_steady_connection_makes_waits_short_again() {
        let (limits, mut backoff) = (Limits::default(), Backoff { failures: 5 });
        backoff.stood(Duration::from_secs(29), &limits);
        assert_eq!(backoff.next(0, &limits), Duration::from_secs(32));
        backoff.stood(Duration::from_secs(30), &limits);
        assert_eq!(backoff.next(0, &limits), Duration::from_secs(1));
    }
}
