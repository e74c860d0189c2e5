//! A sensor's side of the link: the checks that every GATT server makes before the sensor itself is asked.

use super::{AttError, Link, Offer, Output, Properties, Security, SimSensor, places};
use pulsebook_core::ble::{Characteristic, UnixMillis};

/// A sensor with the state of its link. It is told the time with every call; the time never goes back.
#[derive(Debug)]
pub struct Server<S> {
    sensor: S,
    link: Link,
    in_range: bool,
    bond: Security,
}

/// What can be seen of a sensor from outside after a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// A value that somebody subscribed to.
    Value {
        /// Of which characteristic.
        at: Characteristic,
        /// The attribute value.
        bytes: Vec<u8>,
        /// How much later than sent it is received, in milliseconds.
        delay_ms: i64,
    },
    /// It went out of range; `true`: a connection was lost by it.
    Lost(bool),
    /// It is back in range.
    Found,
    /// It ended the connection.
    Ended,
    /// It has another address.
    AddressChanged,
    /// It has another table; subscriptions to what is no longer there are gone.
    TableChanged,
    /// It has forgotten the bond.
    BondForgotten,
}

impl<S: SimSensor> Server<S> {
    /// A sensor in range, with nobody connected.
    pub fn new(sensor: S) -> Server<S> {
        Server { sensor, link: Link::default(), in_range: true, bond: Security::Open }
    }

    /// The sensor.
    pub fn sensor(&self) -> &S {
        &self.sensor
    }

    /// The link as it is now.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// Whether it can be heard.
    pub fn in_range(&self) -> bool {
        self.in_range
    }

    /// What a bond protects, [`Security::Open`] without one.
    pub fn bond(&self) -> Security {
        self.bond
    }

    /// Connects; a bond protects the link at once. `false`: it is out of range.
    pub fn connect(&mut self, now: UnixMillis) -> bool {
        self.link.now = now;
        if self.in_range && !self.link.connected {
            self.link.connected = true;
            self.link.security = self.bond;
            self.sensor.link_changed(&self.link);
        }
        self.in_range
    }

    /// Ends the connection, and its subscriptions with it.
    pub fn disconnect(&mut self, now: UnixMillis) {
        if self.link.connected {
            self.link = Link { now, ..Link::default() };
            self.sensor.link_changed(&self.link);
        }
    }

    /// Takes the sensor out of range; `true`: a connection was lost by it.
    pub fn lose(&mut self, now: UnixMillis) -> bool {
        let lost = self.link.connected;
        self.in_range = false;
        self.disconnect(now);
        lost
    }

    /// Brings the sensor back.
    pub fn find(&mut self) {
        self.in_range = true;
    }

    /// Keeps a bond of this strength; a link that is up is protected by it from now on.
    pub fn keep_bond(&mut self, bond: Security) {
        self.bond = bond;
        if self.link.connected {
            self.link.security = bond;
        }
    }

    /// Reads a characteristic.
    ///
    /// # Errors
    /// It is not there, cannot be read, needs a better link, or the sensor says no.
    pub fn read(&mut self, at: Characteristic, now: UnixMillis) -> Result<Vec<u8>, AttError> {
        self.link.now = now;
        self.allowed(at, Properties::READ, AttError::READ_NOT_PERMITTED)?;
        self.sensor.read(at, &self.link)
    }

    /// Writes a characteristic.
    ///
    /// # Errors
    /// It is not there, cannot be written, needs a better link, or the sensor says no.
    pub fn write(&mut self, at: Characteristic, bytes: &[u8], now: UnixMillis) -> Result<(), AttError> {
        self.link.now = now;
        let properties = Properties::WRITE | Properties::WRITE_COMMAND;
        self.allowed(at, properties, AttError::WRITE_NOT_PERMITTED)?;
        if bytes.len() > 512 {
            return Err(AttError::INVALID_LENGTH);
        }
        self.sensor.write(at, bytes, &self.link)
    }

    /// Subscribes to a characteristic, or ends that.
    ///
    /// # Errors
    /// It is not there, sends nothing, needs a better link, or the sensor says no.
    pub fn subscribe(&mut self, at: Characteristic, on: bool, now: UnixMillis) -> Result<(), AttError> {
        self.link.now = now;
        let properties = Properties::NOTIFY | Properties::INDICATE;
        self.allowed(at, properties, AttError::REQUEST_NOT_SUPPORTED)?;
        if on == self.link.subscribed.contains(&at) {
            return Ok(());
        }
        self.sensor.subscribe(at, on, &self.link)?;
        if on {
            self.link.subscribed.insert(at);
        } else {
            self.link.subscribed.remove(&at);
        }
        Ok(())
    }

    /// When the sensor next does something by itself.
    pub fn due(&self) -> Option<UnixMillis> {
        self.sensor.due()
    }

    /// Lets the sensor do what is due.
    pub fn step(&mut self) -> Option<Sent> {
        let now = self.sensor.due()?;
        self.link.now = now;
        match self.sensor.step(&self.link)? {
            Output::Value { at, bytes, delay_ms } => {
                self.link.listens(at).then_some(Sent::Value { at, bytes, delay_ms })
            }
            Output::OutOfRange => Some(Sent::Lost(self.lose(now))),
            Output::InRange => {
                self.find();
                Some(Sent::Found)
            }
            Output::Disconnects => {
                let ended = self.link.connected;
                self.disconnect(now);
                ended.then_some(Sent::Ended)
            }
            Output::AddressChanged => Some(Sent::AddressChanged),
            Output::TableChanged => {
                let sensor = &self.sensor;
                self.link.subscribed.retain(|at| places(sensor.table()).any(|(place, _)| place == *at));
                Some(Sent::TableChanged)
            }
            Output::BondForgotten => {
                self.bond = Security::Open;
                Some(Sent::BondForgotten)
            }
        }
    }

    fn allowed(&self, at: Characteristic, any: Properties, otherwise: AttError) -> Result<(), AttError> {
        let found = places(self.sensor.table()).find(|(place, _)| *place == at);
        let (_, offer) = found.ok_or(AttError::ATTRIBUTE_NOT_FOUND)?;
        if !offer.properties.any(any) {
            return Err(otherwise);
        }
        protected(offer, self.link.security)
    }
}

/// Whether the link is protected as the characteristic needs it.
fn protected(offer: &Offer, link: Security) -> Result<(), AttError> {
    match offer.security {
        needed if needed <= link => Ok(()),
        Security::Authenticated => Err(AttError::INSUFFICIENT_AUTHENTICATION),
        _ => Err(AttError::INSUFFICIENT_ENCRYPTION),
    }
}
