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
    /// Whether the sensor announced a checksum at the end of its frames (continuous glucose monitors).
    pub checksums: bool,
    /// The record that came last: what a context of it belongs to.
    pub last_record: Option<Taken>,
    /// When the measurement was made whose second half is still to come.
    pub first_half: Option<Moment>,
}

/// A record that came, as far as frames that belong to it need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its number.
    pub number: u16,
    /// When it was taken.
    pub moment: Moment,
    /// Whether it is of nobody: a control solution was measured.
    pub nobodys: bool,
}

impl Context {
    /// A frame of which nothing else is known.
    pub fn at(received_at: UnixMillis) -> Context {
        Context {
            received_at,
            clock: SensorClock::default(),
            session_start: Stamp::Missing,
            specimen: None,
            checksums: false,
            last_record: None,
            first_half: None,
        }
    }

    /// When something with this stamp was measured.
    pub(super) fn moment(&self, stamp: Stamp) -> Moment {
        self.clock.moment(stamp, self.received_at)
    }
}
