//! A simulated sensor as Bluetooth sees it: its table of attributes, what it answers, and what it sends in virtual time.
//!
//! Nothing here knows who carries the bytes: the same sensor runs in process behind core's transport, as fast as it is
//! asked, and behind a D-Bus that a real Bluetooth stack talks to.

mod about;
mod error;
mod server;
mod table;

pub use about::{About, Address, Pairing};
pub use error::AttError;
pub use server::{Sent, Server};
pub use table::{Descriptor, Offer, Properties, Security, Service, places};

use pulsebook_core::ble::{Characteristic, UnixMillis};
use std::collections::BTreeSet;

/// A sensor that lives in virtual time. [`Server`] checks properties, security and subscriptions before it is asked.
///
/// A read, a write and a step get the [`Link`], which says what time it is and who listens.
pub trait SimSensor: Send {
    /// What it advertises and what it is.
    fn about(&self) -> &About;

    /// Its attributes, as they are now.
    fn table(&self) -> &[Service];

    /// Answers a read of a characteristic that has the property.
    ///
    /// # Errors
    /// The ATT error code it answers instead.
    fn read(&mut self, at: Characteristic, link: &Link) -> Result<Vec<u8>, AttError>;

    /// Takes a write to a characteristic that has the property.
    ///
    /// # Errors
    /// The ATT error code it answers instead.
    fn write(&mut self, _at: Characteristic, _bytes: &[u8], _link: &Link) -> Result<(), AttError> {
        Err(AttError::WRITE_NOT_PERMITTED)
    }

    /// Hears that somebody subscribes (`on`) or unsubscribes.
    ///
    /// # Errors
    /// The ATT error code it answers to the subscription instead.
    fn subscribe(&mut self, _at: Characteristic, _on: bool, _link: &Link) -> Result<(), AttError> {
        Ok(())
    }

    /// Hears that the connection is up or down.
    fn link_changed(&mut self, _link: &Link) {}

    /// When it next does something by itself; `None`: not before it is asked.
    fn due(&self) -> Option<UnixMillis>;

    /// Does what is due; called at [`SimSensor::due`], whether connected or not. `None`: nothing to be seen from outside.
    fn step(&mut self, link: &Link) -> Option<Output>;
}

/// What a sensor does by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A notification or an indication, whichever the characteristic has.
    Value {
        /// Of which characteristic.
        at: Characteristic,
        /// The attribute value, up to 512 bytes.
        bytes: Vec<u8>,
        /// How much later than sent it is received, in milliseconds: radio intervals and scheduling.
        delay_ms: i64,
    },
    /// It can no longer be heard.
    OutOfRange,
    /// It can be heard again.
    InRange,
    /// It ends the connection.
    Disconnects,
    /// It advertises under another radio address from now on.
    AddressChanged,
    /// Its table is another one from now on.
    TableChanged,
    /// It has forgotten whom it is bonded with.
    BondForgotten,
}

/// The link between a sensor and whoever is connected to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// The time, UTC.
    pub now: UnixMillis,
    /// Whether somebody is connected.
    pub connected: bool,
    /// How well the link is protected; [`Security::Open`] when nobody is connected.
    pub security: Security,
    /// What has been subscribed to on this connection.
    pub subscribed: BTreeSet<Characteristic>,
}

impl Link {
    /// Whether a value of this characteristic would reach anybody.
    pub fn listens(&self, at: Characteristic) -> bool {
        self.connected && self.subscribed.contains(&at)
    }
}

impl<S: SimSensor + ?Sized> SimSensor for Box<S> {
    fn about(&self) -> &About {
        (**self).about()
    }

    fn table(&self) -> &[Service] {
        (**self).table()
    }

    fn read(&mut self, at: Characteristic, link: &Link) -> Result<Vec<u8>, AttError> {
        (**self).read(at, link)
    }

    fn write(&mut self, at: Characteristic, bytes: &[u8], link: &Link) -> Result<(), AttError> {
        (**self).write(at, bytes, link)
    }

    fn subscribe(&mut self, at: Characteristic, on: bool, link: &Link) -> Result<(), AttError> {
        (**self).subscribe(at, on, link)
    }

    fn link_changed(&mut self, link: &Link) {
        (**self).link_changed(link);
    }

    fn due(&self) -> Option<UnixMillis> {
        (**self).due()
    }

    fn step(&mut self, link: &Link) -> Option<Output> {
        (**self).step(link)
    }
}
