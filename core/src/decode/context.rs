//! What decoding a frame needs beside its bytes: when it was received, and what the sensor said before.

use super::clock::{Moment, SensorClock, Stamp};
use pulsebook_protocol::reading::UnixMillis;

/// What is known when a frame is decoded. The same frame in the same context gives the same readings, whenever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// When this device received the frame, by its own clock.
    pub received_at: UnixMillis,
    /// What is known of the sensor's clock.
    pub clock: SensorClock,
    /// When the sensor's measuring session began, where it counts minutes from there (continuous glucose monitors).
    pub session_start: Stamp,
    /// What a continuous monitor measures in, as it said itself.
    pub specimen: Option<u8>,
    /// Number and time of the record that came last: what a context of it belongs to.
    pub last_record: Option<(u16, UnixMillis)>,
}

impl Context {
    /// A frame of which nothing else is known.
    pub fn at(received_at: UnixMillis) -> Context {
        let clock = SensorClock::default();
        Context { received_at, clock, session_start: Stamp::Missing, specimen: None, last_record: None }
    }

    /// When something with this stamp was measured.
    pub(super) fn moment(&self, stamp: Stamp) -> Moment {
        self.clock.moment(stamp, self.received_at)
    }
}
