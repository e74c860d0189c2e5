//! A token bucket for each peer that fails to authenticate.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// So many failures in a row are let through.
pub(super) const BURST: u32 = 60;
/// After this long one more is.
pub(super) const EVERY: Duration = Duration::from_secs(1);
/// So many peers are remembered; beyond, those that failed least are forgotten.
const PEERS: usize = 4096;

/// Buckets by peer. Times are durations since some fixed start.
pub(super) struct Limiter<P> {
    burst: u32,
    every: Duration,
    /// When each peer's bucket will be full again.
    full_at: Mutex<HashMap<P, Duration>>,
}

impl<P: Eq + Hash> Limiter<P> {
    pub(super) fn new(burst: u32, every: Duration) -> Self {
        Limiter { burst, every, full_at: Mutex::default() }
    }

    /// Whether the peer has a token left.
    pub(super) fn allows(&self, peer: &P, now: Duration) -> bool {
        let full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        full_at
            .get(peer)
            .is_none_or(|full_at| full_at.saturating_sub(now) + self.every <= self.every * self.burst)
    }

    /// Takes a token.
    pub(super) fn take(&self, peer: P, now: Duration) {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= PEERS {
            let half = now + self.every * self.burst / 2;
            full_at.retain(|_, full_at| *full_at > half);
        }
        let bucket = full_at.entry(peer).or_insert(now);
        *bucket = (*bucket).max(now) + self.every;
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
}
