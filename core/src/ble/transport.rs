//! The transport trait, its events and its errors.

use super::{
    offer::Attributes,
    sensor::{Characteristic, Sensor, SensorId},
};
use pulsebook_protocol::reading::UnixMillis;
use std::{fmt, future::Future, pin::Pin};

/// A boxed future, so that transports can be used as `Box<dyn BleTransport>`.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Raw bytes as a sensor sent them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Who sent them.
    pub sensor: SensorId,
    /// From which characteristic.
    pub characteristic: Characteristic,
    /// When this device received them, by its own clock; never set by the sensor.
    pub received_at: UnixMillis,
    /// The attribute value, unchanged; a malformed one is passed on too.
    pub bytes: Vec<u8>,
}

/// What happened on the radio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportEvent {
    /// A sensor that the last scan did not list has come into reach, and nobody has asked for a connection to it.
    Found(Sensor),
    /// What the transport does about a sensor that it should be connected to and is not.
    Link {
        /// Whose link.
        sensor: SensorId,
        /// How it stands.
        state: LinkState,
        /// Since when, by this device's clock.
        at: UnixMillis,
    },
    /// The link to a sensor is up, for the first time or again.
    Connected(Sensor),
    /// A subscribed characteristic sent bytes.
    Notification(Notification),
    /// The link is down; see [`BleTransport`] for what that means.
    Disconnected {
        /// Whose link.
        sensor: SensorId,
        /// Why.
        reason: Disconnect,
        /// When this device noticed.
        at: UnixMillis,
    },
    /// Nothing will ever come again: end of a scenario or recording, or the radio was stopped.
    Finished,
}

/// How a wished-for link stands while it is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkState {
    /// The sensor is not in reach; the transport listens for it.
    Searching,
    /// A connection is being made.
    Connecting,
    /// The sensor gives nothing to a device it is not paired with.
    NeedsPairing,
    /// The sensor does not recognise this device although they were paired: it was reset, or paired with another.
    PairedElsewhere,
}

/// Why a link went down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Disconnect {
    /// [`BleTransport::disconnect`] was called.
    Asked,
    /// Out of range, battery empty, interference: the supervision timeout passed.
    Lost,
    /// The sensor ended the connection itself.
    BySensor,
    /// More came than could be held until somebody took it, so the transport ended the connection: what came before is
    /// delivered, what came after is lost.
    Overflow,
}

/// What can go wrong when a transport is asked for something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No such sensor was found by a scan.
    #[error("no sensor {0} was found; switch it on, bring it near and scan again")]
    UnknownSensor(SensorId),
    /// The sensor is not connected.
    #[error("sensor {0} is not connected; connect it first")]
    NotConnected(SensorId),
    /// The sensor has no such characteristic, or it does not allow what was asked.
    #[error("sensor {sensor} does not offer to {operation} {characteristic}")]
    NotOffered {
        /// Which sensor.
        sensor: SensorId,
        /// Which characteristic.
        characteristic: Characteristic,
        /// What was asked: "read", "write" or "subscribe to".
        operation: &'static str,
    },
    /// The sensor answered with an ATT error (Core Specification 5.4, Vol 3 Part F 3.4.1.1; from 0x80 on the profile's own).
    #[error(
        "sensor {sensor} answered ATT error 0x{code:02x} when it was asked to {operation} {characteristic}"
    )]
    Refused {
        /// Which sensor.
        sensor: SensorId,
        /// Which characteristic.
        characteristic: Characteristic,
        /// What was asked: "read", "write" or "subscribe to".
        operation: &'static str,
        /// The error code.
        code: u8,
    },
    /// The radio or the operating system's Bluetooth failed.
    #[error("Bluetooth failed: {0}; check that it is switched on and allowed for this program")]
    Radio(String),
}

/// What carries bytes between sensors and this device. Every implementation passes `ble::contract`.
///
/// - **Order.** Events come in the order of their receive time; notifications of one sensor in the order it sent them.
///   Notifications of a sensor lie between its `Connected` and its `Disconnected`.
/// - **No loss.** Nothing received is dropped: events wait, however late [`BleTransport::next_event`] is called, and a
///   dropped `next_event` future loses none. Nothing is delivered twice, except what the sensor itself sends twice.
/// - **`Connected`** comes once after `connect` when the link is up, at once or later (not for one already connected), and
///   again when a lost link is back. The sensor in it says what can be subscribed to; a scan may know less.
/// - **`Disconnected`** for any reason but [`Disconnect::Asked`] means: nothing arrives for now. The wish to be
///   connected and all subscriptions stand; the transport tries again by itself and says `Connected` when it succeeds. What
///   the sensor measured meanwhile is gone unless the sensor stores it. With [`Disconnect::Asked`] the wish and the subscriptions end.
/// - **`Link`** tells only of sensors that somebody wishes to be connected to, and only while the link is down or idle;
///   **`Found`** tells only of others.
/// - **`Finished`** is the last event; after it `next_event` gives `None` for ever.
pub trait BleTransport: Send {
    /// Looks for sensors and lists those found; earlier connections stay.
    fn scan(&mut self) -> Pending<'_, Result<Vec<Sensor>, TransportError>>;

    /// Asks for a connection to a sensor that a scan or [`TransportEvent::Found`] named, and keeps asking until it is there:
    /// it comes with [`TransportEvent::Connected`]. Asking twice is asking once.
    fn connect<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<(), TransportError>>;

    /// Ends the connection and its subscriptions. Without a connection it does nothing.
    fn disconnect<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<(), TransportError>>;

    /// What a connected sensor offers, whether or not anybody can read it; empty where the transport does not know.
    fn attributes<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<Attributes, TransportError>>;

    /// Reads a characteristic once; the answer does not appear among the events.
    fn read<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        characteristic: Characteristic,
    ) -> Pending<'a, Result<Vec<u8>, TransportError>>;

    /// Writes a characteristic and waits for the sensor's confirmation.
    fn write<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        characteristic: Characteristic,
        bytes: &'a [u8],
    ) -> Pending<'a, Result<(), TransportError>>;

    /// Asks for notifications or indications, whichever the characteristic has.
    fn subscribe<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        characteristic: Characteristic,
    ) -> Pending<'a, Result<(), TransportError>>;

    /// The next event; waits for one. `None` after [`TransportEvent::Finished`].
    fn next_event(&mut self) -> Pending<'_, Option<TransportEvent>>;
}

impl fmt::Display for Disconnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Disconnect::Asked => "disconnected on request",
            Disconnect::Lost => "connection lost",
            Disconnect::BySensor => "the sensor ended the connection",
            Disconnect::Overflow => "it sent more than could be held; it is connected again later",
        })
    }
}
