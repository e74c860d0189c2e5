//! Counts what goes over the wire.

use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes sent and received, counted at the level of HTTP: request line, headers given by the caller and body;
/// status line, headers and body. As HTTP/1.1 writes them: before HTTP/2's header compression, without TLS and TCP.
///
/// Shared by as many dialers as one likes. A request that never reached the pinned node counts nothing.
#[derive(Debug, Default)]
pub struct Traffic {
    sent: AtomicU64,
    received: AtomicU64,
}

impl Traffic {
    /// Bytes of requests so far.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Bytes of answers so far.
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Both directions.
    pub fn total(&self) -> u64 {
        self.sent().saturating_add(self.received())
    }

    pub(crate) fn add_sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn add_received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}
