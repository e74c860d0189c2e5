//! Token buckets: for each peer that fails to authenticate, and for each grant that reads.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// So many failures in a row are let through.
pub(crate) const BURST: u32 = 60;
/// So many reads under one grant in a row; a year of a grant is some 30 pages.
pub(crate) const READS: u32 = 600;
/// After this long one more is.
pub(crate) const EVERY: Duration = Duration::from_secs(1);
/// So many peers are remembered; beyond, those that failed least are forgotten.
const PEERS: usize = 4096;

/// Buckets by peer. Times are durations since some fixed start.
pub(crate) struct Limiter<P> {
    burst: u32,
    every: Duration,
    /// When each peer's bucket will be full again.
    full_at: Mutex<HashMap<P, Duration>>,
}

impl<P: Eq + Hash> Limiter<P> {
    pub(crate) fn new(burst: u32, every: Duration) -> Self {
        Limiter { burst, every, full_at: Mutex::default() }
    }

    /// Whether the peer has a token left. A bucket that is emptier than empty is from before a clock was set back: it
    /// counts as full.
    pub(crate) fn allows(&self, peer: &P, now: Duration) -> bool {
        let full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let empty = self.every * self.burst;
        let wait = full_at.get(peer).map_or(Duration::ZERO, |full_at| full_at.saturating_sub(now));
        wait > empty || wait + self.every <= empty
    }

    /// Takes a token.
    pub(crate) fn take(&self, peer: P, now: Duration) {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= PEERS {
            let half = now + self.every * self.burst / 2;
            full_at.retain(|_, full_at| *full_at > half);
        }
        let bucket = full_at.entry(peer).or_insert(now);
        let from_the_past = *bucket > now + self.every * self.burst;
        *bucket = if from_the_past { now } else { (*bucket).max(now) } + self.every;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again_for_its_peer_alone() {
        let limiter = Limiter::new(3, Duration::from_secs(10));
        let at = Duration::from_secs;
        for _ in 0..3 {
            assert!(limiter.allows(&"a", at(100)));
            limiter.take("a", at(100));
        }
        assert!(!limiter.allows(&"a", at(100)));
        assert!(limiter.allows(&"b", at(100)));
        assert!(!limiter.allows(&"a", at(109)));
        assert!(limiter.allows(&"a", at(110)));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let limiter = Limiter::new(2, Duration::from_secs(1));
        let at = Duration::from_secs;
        limiter.take("a", at(1000));
        assert!(limiter.allows(&"a", at(10)));
        limiter.take("a", at(10));
        limiter.take("a", at(10));
        assert!(!limiter.allows(&"a", at(10)) && limiter.allows(&"a", at(11)));
    }
}
