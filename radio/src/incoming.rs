//! What comes by itself: the values that sensors send, and news about the sensors.
//!
//! On Linux it comes over a bus connection of our own. btleplug's streams are fed by a loop that pauses only when nothing
//! is left to read, without bound: 50,000 values took 150 MB. Ours reads on only when what it read has been taken.

#[cfg(target_os = "linux")]
mod bus;
#[cfg(not(target_os = "linux"))]
mod portable;

#[cfg(target_os = "linux")]
pub(crate) use bus::Source;
#[cfg(not(target_os = "linux"))]
pub(crate) use portable::Source;

use futures_util::{FutureExt, Stream, StreamExt};
use pulsebook_core::ble::Characteristic;
use std::{collections::BTreeMap, pin::Pin};
use tokio::{sync::oneshot, task::JoinHandle};

/// A stream of what comes.
pub(crate) type Incoming<T> = Pin<Box<dyn Stream<Item = T> + Send>>;

/// By the source's names for places: what the places of one sensor are.
pub(crate) type Places = BTreeMap<String, Characteristic>;

/// A value that a sensor sent, or that somebody read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Value {
    /// The source's name for where it came from.
    pub(crate) place: String,
    pub(crate) bytes: Vec<u8>,
}

/// News about a sensor, by the operating system's name for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// Its connection ended.
    Down(String),
    /// Every connection ended: the Bluetooth service did.
    AllDown,
    /// Its services changed.
    Services(String),
    /// It was heard with this strength, in dBm.
    Signal(String, i16),
    /// Somebody is new, or says something new about itself.
    Somebody,
}

/// A stream that is taken from as soon as something comes.
pub(crate) struct Draining {
    stop: oneshot::Sender<()>,
    done: JoinHandle<()>,
}

/// Hands everything that comes to `take`, until it is ended.
pub(crate) fn drain<T: Send + 'static>(
    mut incoming: Incoming<T>,
    mut take: impl FnMut(T) + Send + 'static,
) -> Draining {
    let (stop, mut stopped) = oneshot::channel();
    let done = tokio::spawn(async move {
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
    });
    Draining { stop, done }
}

impl Draining {
    /// Ends it after all that was delivered so far is taken.
    pub(crate) async fn end(self) {
        let _ = self.stop.send(());
        let _ = self.done.await;
    }
}
