//! What a sensor is tested on: a transport, and the clock by which is waited.

use pulsebook_core::ble::{BleTransport, Pending, TransportEvent, UnixMillis};

/// A transport with its time: the system's for a radio, a virtual one for a simulated sensor.
pub trait Stand: Send {
    /// Carries the bytes.
    fn transport(&mut self) -> &mut dyn BleTransport;

    /// The time, UTC milliseconds.
    fn now(&self) -> UnixMillis;

    /// The next event; `None` when none came for so many milliseconds.
    fn next(&mut self, wait_ms: i64) -> Pending<'_, Option<TransportEvent>>;
}
