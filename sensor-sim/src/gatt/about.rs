//! What a sensor says of itself before anybody is connected, and how it pairs.

use super::Service;
use pulsebook_core::ble::{Origin, Sensor, SensorId};
use std::fmt;

/// What a sensor advertises and is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// What it is called in process, where no radio address is needed.
    pub id: String,
    /// The name it advertises.
    pub name: String,
    /// What it is, in a patient's words.
    pub kind: String,
    /// Time between two notifications in milliseconds; `None`: no rhythm.
    pub cadence_ms: Option<u32>,
    /// Whether it has a clock of its own.
    pub has_clock: bool,
    /// Where its values come from.
    pub origin: Origin,
    /// The radio address it advertises under.
    pub address: Address,
    /// Appearance (Assigned Numbers 2.6), for example 0x0341: heart rate belt.
    pub appearance: u16,
    /// The services it advertises; the table may have more.
    pub advertised: Vec<u16>,
    /// Manufacturer data by company identifier.
    pub manufacturer_data: Vec<(u16, Vec<u8>)>,
    /// Signal strength in dBm.
    pub rssi: i16,
    /// How it pairs.
    pub pairing: Pairing,
}

/// A radio address, most significant byte first, as it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The six bytes.
    pub bytes: [u8; 6],
    /// Whether it is a random address and not one of a maker's own range.
    pub random: bool,
}

/// How a sensor pairs (Core Specification 5.4, Vol 3 Part H 2.3.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pairing {
    /// Nothing to compare: anybody near can pair.
    #[default]
    JustWorks,
    /// The sensor shows these six digits, the person types them on the device.
    Passkey(u32),
    /// Both show these six digits, the person compares.
    Comparison(u32),
    /// It refuses everybody, as sensors do that are paired elsewhere.
    Refused,
}

impl Address {
    /// A random static address (its two highest bits are set) with this number in it.
    pub const fn simulated(number: u16) -> Address {
        let [high, low] = number.to_be_bytes();
        Address { bytes: [0xC2, 0x50, 0x42, 0x00, high, low], random: true }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.bytes;
        write!(f, "{a:02X}:{b:02X}:{c:02X}:{d:02X}:{e:02X}:{g:02X}")
    }
}

impl About {
    /// A sensor with this name; the rest is what most simulated sensors have.
    pub fn new(id: &str, name: &str, kind: &str, address: Address) -> About {
        About {
            id: id.to_owned(),
            name: name.to_owned(),
            kind: kind.to_owned(),
            cadence_ms: None,
            has_clock: false,
            origin: Origin::Simulated,
            address,
            appearance: 0,
            advertised: Vec::new(),
            manufacturer_data: Vec::new(),
            rssi: -58,
            pairing: Pairing::default(),
        }
    }

    /// What a scan in process finds.
    pub fn sensor(&self, table: &[Service]) -> Sensor {
        let sends = super::places(table).filter(|(_, offer)| offer.properties.sends());
        Sensor {
            id: SensorId::new(&self.id),
            name: self.name.clone(),
            kind: self.kind.clone(),
            cadence_ms: self.cadence_ms,
            has_clock: self.has_clock,
            origin: self.origin,
            notifies: sends.map(|(at, _)| at).collect(),
        }
    }
}
