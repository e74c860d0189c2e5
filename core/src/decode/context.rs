//! What decoding a frame needs beside its bytes: when it was received, and what the sensor said before.

use pulsebook_protocol::reading::UnixMillis;

/// What is known when a frame is decoded. The same frame in the same context gives the same readings, whenever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// When this device received the frame, by its own clock.
    pub received_at: UnixMillis,
}

impl Context {
    /// A frame of which nothing else is known.
    pub const fn at(received_at: UnixMillis) -> Context {
        Context { received_at }
    }
}
