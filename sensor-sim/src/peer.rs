//! Simulated sensors as an `org.bluez` peer on D-Bus: a Bluetooth stack that talks to BlueZ talks to them instead.
//!
//! Names, properties, orders and errors follow BlueZ 5.66 as far as a client can see them. Nothing of a radio is
//! simulated: who is in range is heard.

mod adapter;
mod agents;
mod calls;
mod drive;
mod introspect;
mod layout;
mod outbox;
mod pairing;
mod refusal;
mod remote;
mod world;

use crate::gatt::{Address, SimSensor};
use pulsebook_core::ble::UnixMillis;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::Duration,
};
use tokio::sync::mpsc;

/// How fast the sensors' time passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// So many times as fast as ours; 1 is real time.
    Times(f64),
    /// As fast as the bus takes the values. Time passes only while somebody is subscribed to something.
    Unthrottled,
}

/// How the peer runs.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The sensors' time when it starts.
    pub start: UnixMillis,
    /// After so many milliseconds of the sensors' time they do nothing more by themselves; `None`: they go on.
    pub duration_ms: Option<i64>,
    /// How fast their time passes.
    pub speed: Speed,
    /// The computer's Bluetooth adapter.
    pub adapter: AdapterState,
    /// How long a pairing agent may take to answer, in real time.
    pub agent_patience: Duration,
}

/// The computer's Bluetooth adapter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AdapterState {
    /// There, and switched on.
    #[default]
    On,
    /// There, and can be switched on.
    Off,
    /// There, and a hardware switch keeps it off.
    Blocked,
    /// There is none.
    Absent,
}

/// A peer that could not be started.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// The bus cannot be reached, or something else owns `org.bluez` on it.
    #[error("no peer on the bus {address}: {source}; expected a bus that lets this process own org.bluez")]
    Bus {
        /// The bus.
        address: String,
        /// Why.
        source: zbus::Error,
    },
    /// The thread or its runtime cannot be started.
    #[error("no peer: {0}; free memory or threads and try again")]
    Thread(#[from] std::io::Error),
}

/// A peer that runs in its own thread until it is dropped.
#[derive(Debug)]
pub struct Peer {
    commands: mpsc::UnboundedSender<(Command, SyncSender<()>)>,
    sent: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

/// What a test or a person does to the sensors.
#[derive(Debug)]
enum Command {
    OutOfRange(Address),
    InRange(Address),
    ForgetBond(Address),
    Stop,
}

impl Default for Options {
    /// Real time from 2026-03-01T12:00:00Z on, without an end, with an adapter that is on.
    fn default() -> Options {
        Options {
            start: 1_772_366_400_000,
            duration_ms: None,
            speed: Speed::Times(1.0),
            adapter: AdapterState::On,
            agent_patience: Duration::from_secs(60),
        }
    }
}

impl Peer {
    /// Puts the sensors on the bus at this address, as `org.bluez`; returns when they can be found there.
    ///
    /// # Errors
    /// The bus cannot be reached, `org.bluez` is taken, or no thread can be started.
    pub fn start(
        address: &str,
        sensors: Vec<Box<dyn SimSensor>>,
        options: Options,
    ) -> Result<Peer, PeerError> {
        let (commands, received) = mpsc::unbounded_channel();
        // Not tokio's: whoever starts a peer may stand in a runtime of their own.
        let (ready, is_ready) = sync_channel(1);
        let sent = Arc::new(AtomicU64::new(0));
        let world = world::World::new(sensors, options, sent.clone());
        let bus = address.to_owned();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let run = move || runtime.block_on(drive::run(&bus, world, received, ready));
        let thread = std::thread::Builder::new().name("org.bluez peer".into()).spawn(run)?;
        let peer = Peer { commands, sent, thread: Some(thread) };
        let failed = |source| PeerError::Bus { address: address.to_owned(), source };
        let ended = || Err(zbus::Error::Failure("the peer's thread ended".to_owned()));
        is_ready.recv().unwrap_or_else(|_| ended()).map_err(failed)?;
        Ok(peer)
    }

    /// How many notifications and indications went out so far.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Takes a sensor out of range: a connection to it is lost.
    pub fn out_of_range(&self, sensor: Address) {
        self.tell(Command::OutOfRange(sensor));
    }

    /// Brings a sensor back into range.
    pub fn in_range(&self, sensor: Address) {
        self.tell(Command::InRange(sensor));
    }

    /// Makes a sensor forget its bond, as a reset does; this side keeps it.
    pub fn forget_bond(&self, sensor: Address) {
        self.tell(Command::ForgetBond(sensor));
    }

    /// Returns when it is done and what follows from it is on the bus. A peer whose thread has ended needs nothing.
    fn tell(&self, command: Command) {
        let (done, is_done) = sync_channel(1);
        if self.commands.send((command, done)).is_ok() {
            let _ = is_done.recv();
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.tell(Command::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
