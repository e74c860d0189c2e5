//! The Bluetooth seam: what a sensor is, what a notification is, and what every transport must offer.
//!
//! A transport carries bytes and nothing else: it does not decode, judge or store. sensor-sim implements it in process;
//! the phones' own stacks and desktop radios implement it with real ones.

#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod offer;
mod sensor;
mod transport;

pub use offer::{Attributes, Offered, Properties};
pub use pulsebook_protocol::reading::{Origin, UnixMillis};
pub use sensor::{Characteristic, LONGEST_VALUE, Sensor, SensorId};
pub use transport::{
    BleTransport, Disconnect, LinkState, Notification, Pending, TransportError, TransportEvent,
};
