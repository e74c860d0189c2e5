//! Where one sensor's values go: those subscribed to, without echoes, into the queue.

use crate::{
    echo::{self, Echoes},
    incoming::{Places, Value},
    queue::{Full, Queue},
};
use pulsebook_core::ble::{Characteristic, Notification, SensorId};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::Notify;

/// The way of one sensor's values.
#[derive(Debug)]
pub(crate) struct Inlet {
    sensor: SensorId,
    queue: Arc<Queue>,
    state: Mutex<State>,
    /// More came than may wait.
    pub(crate) overflow: Notify,
}

#[derive(Debug, Default)]
struct State {
    open: bool,
    places: Places,
    subscribed: BTreeSet<Characteristic>,
    echoes: Echoes,
}

impl Inlet {
    pub(crate) fn new(sensor: SensorId, queue: Arc<Queue>) -> Inlet {
        Inlet { sensor, queue, state: Mutex::default(), overflow: Notify::new() }
    }

    /// A value came.
    pub(crate) fn arrived(&self, value: Value) {
        let mut state = self.state();
        let Some(at) = state.places.get(&value.place).copied() else { return };
        if !state.open || !state.subscribed.contains(&at) {
            return;
        }
        let values = state.echoes.arrived(at, value.bytes, Instant::now());
        self.pass_on(&mut state, at, values);
    }

    /// A connection begins.
    pub(crate) fn open(&self, places: Places) {
        *self.state() = State { open: true, places, ..State::default() };
    }

    /// Its services changed.
    pub(crate) fn moved(&self, places: Places) {
        self.state().places = places;
    }

    /// A connection is over: what comes later belongs to none.
    pub(crate) fn close(&self) {
        self.state().open = false;
    }

    /// From now on its values are passed on.
    pub(crate) fn admit(&self, at: Characteristic) {
        self.state().subscribed.insert(at);
    }

    /// An own read begins.
    pub(crate) fn reading(&self, at: Characteristic) {
        self.state().echoes.begin(at);
    }

    /// An own read is over.
    pub(crate) fn read(&self, at: Characteristic, answer: Option<&[u8]>, echo: Duration) {
        let mut state = self.state();
        let values = state.echoes.end(at, answer, echo::until(Instant::now(), echo));
        if state.open && state.subscribed.contains(&at) {
            self.pass_on(&mut state, at, values);
        }
    }

    fn pass_on(&self, state: &mut State, characteristic: Characteristic, values: Vec<Vec<u8>>) {
        for bytes in values {
            let sensor = self.sensor.clone();
            let notification = Notification { sensor, characteristic, received_at: 0, bytes };
            if self.queue.notify(notification) == Err(Full) {
                state.open = false;
                self.overflow.notify_one();
                return;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
