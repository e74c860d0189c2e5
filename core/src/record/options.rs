//! What a record is opened with besides folder and vault.

use crate::clock::{Clock, SystemClock};
use pulsebook_protocol::random::{Random, SystemRandom};
use std::{fmt, sync::Arc};

/// Clock and randomness of a record.
pub struct RecordOptions {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes keys and nonces; anything but the system's is for tests.
    pub random: Box<dyn Random>,
}

impl Default for RecordOptions {
    fn default() -> Self {
        RecordOptions { clock: Arc::new(SystemClock), random: Box::new(SystemRandom) }
    }
}

impl fmt::Debug for RecordOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordOptions").field("clock", &self.clock).finish_non_exhaustive()
    }
}
