//! What the tasks of one radio share.

use crate::{
    bond::Bonds,
    foreign::{Adapter, Remote},
    incoming::Source,
    limits::Limits,
    options::{RadioOptions, Spread},
    queue::Queue,
    sighting::Sightings,
};
use pulsebook_core::ble::{Characteristic, SensorId};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::Notify;

pub(crate) struct Common {
    pub(crate) limits: Limits,
    pub(crate) queue: Arc<Queue>,
    pub(crate) adapter: Adapter,
    pub(crate) source: Source,
    /// A number from 0 to 65,535 by chance.
    pub(crate) spread: Spread,
    pub(crate) bonds: Bonds,
    /// The characteristics that somebody can read.
    pub(crate) useful: Vec<Characteristic>,
    scanned: AtomicBool,
    sightings: Mutex<Sightings>,
    links: Mutex<BTreeMap<SensorId, Arc<Signals>>>,
}

/// What one sensor's link task is woken by.
#[derive(Debug)]
pub(crate) struct Signals {
    remote: String,
    /// The connection ended.
    pub(crate) lost: Notify,
    /// The sensor was heard.
    pub(crate) sighted: Notify,
    /// Its services changed.
    pub(crate) changed: Notify,
    up: AtomicBool,
}

impl Common {
    pub(crate) fn new(adapter: Adapter, source: Source, options: RadioOptions, queue: Arc<Queue>) -> Common {
        let RadioOptions { limits, spread, useful, .. } = options;
        let (sightings, links, bonds) = (Mutex::default(), Mutex::default(), Bonds::default());
        let scanned = AtomicBool::new(false);
        Common { limits, queue, adapter, source, spread, bonds, useful, scanned, sightings, links }
    }

    pub(crate) fn sightings(&self) -> MutexGuard<'_, Sightings> {
        self.sightings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn links(&self) -> MutexGuard<'_, BTreeMap<SensorId, Arc<Signals>>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A scan has told of everybody seen so far.
    pub(crate) fn set_scanned(&self) {
        self.scanned.store(true, Ordering::Relaxed);
    }

    pub(crate) fn was_scanned(&self) -> bool {
        self.scanned.load(Ordering::Relaxed)
    }

    /// How to reach a sensor that was seen.
    pub(crate) fn remote(&self, id: &SensorId) -> Option<Remote> {
        self.sightings().find(id).map(|seen| seen.remote.clone())
    }

    pub(crate) fn link_begins(&self, id: &SensorId, remote: String) -> Arc<Signals> {
        let signals = Arc::new(Signals {
            remote,
            lost: Notify::new(),
            sighted: Notify::new(),
            changed: Notify::new(),
            up: AtomicBool::new(false),
        });
        self.links().insert(id.clone(), signals.clone());
        signals
    }

    pub(crate) fn link_ends(&self, id: &SensorId) {
        self.links().remove(id);
        if let Some(seen) = self.sightings().find_mut(id) {
            // When it is heard again, it is told again.
            seen.told = false;
        }
    }

    /// The signals of the link to this sensor, if there is one.
    pub(crate) fn signals(&self, remote: &str) -> Option<Arc<Signals>> {
        self.links().values().find(|signals| signals.remote == *remote).cloned()
    }

    /// The signals of every link.
    pub(crate) fn all_signals(&self) -> Vec<Arc<Signals>> {
        self.links().values().cloned().collect()
    }

    pub(crate) fn has_link(&self, id: &SensorId) -> bool {
        self.links().contains_key(id)
    }

    /// Whether this sensor is connected.
    pub(crate) fn is_up(&self, id: &SensorId) -> bool {
        self.links().get(id).is_some_and(|signals| signals.up.load(Ordering::Relaxed))
    }

    /// Whether a sensor is wished for and not there.
    pub(crate) fn is_searching(&self) -> bool {
        self.links().values().any(|signals| !signals.up.load(Ordering::Relaxed))
    }
}

impl Signals {
    pub(crate) fn set_up(&self, up: bool) {
        self.up.store(up, Ordering::Relaxed);
    }
}

impl fmt::Debug for Common {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Common").field("limits", &self.limits).finish_non_exhaustive()
    }
}
