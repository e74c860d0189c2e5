//! A thread that takes everything the operating system delivers at once, so that nothing piles up behind it.
//!
//! The thread that reads the system's bus goes on as long as something is there to read; values that wait for the same
//! thread to take them would pile up meanwhile, without bound.

use crate::{
    echo::{self, Echoes},
    foreign::ValueNotification,
    offer,
    queue::{Full, Queue},
};
use futures_util::{FutureExt, Stream, StreamExt};
use pulsebook_core::ble::{Characteristic, Notification, SensorId};
use std::{
    collections::BTreeSet,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    runtime::{Builder, Handle},
    sync::{Notify, oneshot},
};

/// What btleplug delivers.
pub(crate) type Incoming<T> = Pin<Box<dyn Stream<Item = T> + Send>>;

/// The thread; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct DrainThread {
    handle: Handle,
    _running: oneshot::Sender<()>,
}

/// A stream that is being drained.
pub(crate) struct Draining<T> {
    stop: oneshot::Sender<()>,
    done: oneshot::Receiver<Incoming<T>>,
}

impl DrainThread {
    pub(crate) fn start() -> io::Result<DrainThread> {
        let runtime = Builder::new_current_thread().build()?;
        let handle = runtime.handle().clone();
        let (running, ended) = oneshot::channel::<()>();
        std::thread::Builder::new().name("bluetooth-drain".to_owned()).spawn(move || {
            let _ = runtime.block_on(ended);
        })?;
        Ok(DrainThread { handle, _running: running })
    }

    /// Hands everything that comes to `take`, until it is ended.
    pub(crate) fn drain<T: Send + 'static>(
        &self,
        mut incoming: Incoming<T>,
        mut take: impl FnMut(T) + Send + 'static,
    ) -> Draining<T> {
        let ((stop, mut stopped), (give_back, done)) = (oneshot::channel(), oneshot::channel());
        self.handle.spawn(async move {
            loop {
                tokio::select! {
                    biased;
                    _ = &mut stopped => break,
                    item = incoming.next() => match item {
                        Some(item) => take(item),
                        None => break,
                    }
                }
            }
            // What was delivered before the end was sent before the end.
            while let Some(Some(item)) = incoming.next().now_or_never() {
                take(item);
            }
            let _ = give_back.send(incoming);
        });
        Draining { stop, done }
    }
}

impl<T> Draining<T> {
    /// Ends it after all that was delivered so far is taken. The stream is dropped by the caller's thread: dropping it
    /// elsewhere while the bus is read makes bluez-async panic.
    pub(crate) async fn end(self) {
        let _ = self.stop.send(());
        drop(self.done.await);
    }
}

/// Where one sensor's values go: those subscribed to, without echoes, into the queue.
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
    subscribed: BTreeSet<Characteristic>,
    echoes: Echoes,
}

impl Inlet {
    pub(crate) fn new(sensor: SensorId, queue: Arc<Queue>) -> Inlet {
        Inlet { sensor, queue, state: Mutex::default(), overflow: Notify::new() }
    }

    /// A value came.
    pub(crate) fn arrived(&self, value: ValueNotification) {
        let numbers = (offer::number(value.service_uuid), offer::number(value.uuid));
        let (Some(service), Some(number)) = numbers else { return };
        let at = Characteristic::new(service, number);
        let mut state = self.state();
        if !state.open || !state.subscribed.contains(&at) {
            return;
        }
        let values = state.echoes.arrived(at, value.value, Instant::now());
        self.pass_on(&mut state, at, values);
    }

    /// A connection begins.
    pub(crate) fn open(&self) {
        *self.state() = State { open: true, ..State::default() };
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
