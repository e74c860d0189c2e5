//! How a radio works: limits, what it offers, and its clock and chance, which are the caller's.

use crate::{limits::Limits, queue::Now};
use pulsebook_core::ble::{Characteristic, UnixMillis};
use std::fmt;

/// How a radio works.
pub struct RadioOptions {
    /// Time-outs and bounds.
    pub limits: Limits,
    /// Tells of sensors that come into reach after the scan, for as long as the radio runs.
    pub newcomers: bool,
    /// The characteristics that whoever uses the radio can read: sensors offer those of them that they have.
    pub useful: Vec<Characteristic>,
    pub(crate) now: Now,
    pub(crate) spread: Spread,
}

pub(crate) type Spread = Box<dyn Fn() -> u16 + Send + Sync>;

impl RadioOptions {
    /// Usual limits; `useful` are the characteristics that somebody can read, `now` is the clock for receive times (UTC milliseconds), `spread` gives any number by chance: it
    /// spreads the tries to connect again.
    pub fn new(
        useful: Vec<Characteristic>,
        now: impl Fn() -> UnixMillis + Send + Sync + 'static,
        spread: impl Fn() -> u16 + Send + Sync + 'static,
    ) -> RadioOptions {
        RadioOptions {
            limits: Limits::default(),
            newcomers: false,
            useful,
            now: Box::new(now),
            spread: Box::new(spread),
        }
    }
}

impl fmt::Debug for RadioOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RadioOptions").field("limits", &self.limits).finish_non_exhaustive()
    }
}
