//! The clock seam: the only place where core asks what time it is.

use pulsebook_protocol::reading::UnixMillis;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

/// Tells the time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Milliseconds since 1970, UTC.
    fn now(&self) -> UnixMillis;

    /// Whether it goes on by itself, so that waiting for a time makes sense.
    fn runs(&self) -> bool {
        true
    }

    /// A notification was received at this time: a simulated clock follows it, a real one does not care.
    fn heard(&self, received_at: UnixMillis) {
        let _ = received_at;
    }
}

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixMillis {
        pulsebook_faultpoint::now_ms()
    }
}

/// A clock that stands still until it is set or a notification is received; clones show the same time.
///
/// ```
/// use pulsebook_core::clock::{Clock, ManualClock};
/// let clock = ManualClock::at(1000);
/// clock.heard(5000);
/// clock.heard(4000);
/// assert_eq!(clock.now(), 5000);
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that shows this time.
    pub fn at(now: UnixMillis) -> ManualClock {
        ManualClock(Arc::new(AtomicI64::new(now)))
    }

    /// Sets it, forwards or back.
    pub fn set(&self, now: UnixMillis) {
        self.0.store(now, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> UnixMillis {
        self.0.load(Ordering::Relaxed)
    }

    fn runs(&self) -> bool {
        false
    }

    fn heard(&self, received_at: UnixMillis) {
        self.0.fetch_max(received_at, Ordering::Relaxed);
    }
}
