//! Whether a connection carries requests: one that has been silent for too long is closed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Requests of one connection: those under way, and how many began or ended so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Activity(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    under_way: AtomicUsize,
    events: AtomicU64,
}

/// A request under way, until dropped.
pub(super) struct UnderWay(Activity);

impl Activity {
    /// A request begins.
    pub(super) fn begin(&self) -> UnderWay {
        self.0.under_way.fetch_add(1, Ordering::SeqCst);
        self.0.events.fetch_add(1, Ordering::SeqCst);
        UnderWay(self.clone())
    }

    /// Until no request was under way, began or ended for `idle` (at most for twice that).
    pub(super) async fn silent_for(&self, idle: Duration) {
        loop {
            let before = self.0.events.load(Ordering::SeqCst);
            tokio::time::sleep(idle).await;
            let quiet = self.0.events.load(Ordering::SeqCst) == before;
            if quiet && self.0.under_way.load(Ordering::SeqCst) == 0 {
                return;
            }
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.0.events.fetch_add(1, Ordering::SeqCst);
        self.0.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}
