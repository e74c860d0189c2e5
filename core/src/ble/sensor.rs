//! Sensors and their characteristics, as a transport names them.

use pulsebook_protocol::reading::Origin;
use std::{fmt, sync::Arc};

/// Names one sensor: a transport's name for it, which becomes its System ID, serial number or UDI, or a name by chance, once it
/// is connected. In the record it is never a radio address (phones change and hide it).
///
/// ```
/// use pulsebook_core::ble::SensorId;
/// let id = SensorId::new("sysid-a1b2c3fffed4e5f6");
/// assert_eq!(id.as_str(), "sysid-a1b2c3fffed4e5f6");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SensorId(Arc<str>);

/// One sensor a transport found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sensor {
    /// Its identity.
    pub id: SensorId,
    /// The name it advertises.
    pub name: String,
    /// What it is, in a patient's words: "heart-rate strap".
    pub kind: String,
    /// Nominal time between two notifications, in milliseconds; `None` for spot measurements and irregular recordings.
    /// Gaps and silence are told by it; how durable a reading is does not hang on it.
    pub cadence_ms: Option<u32>,
    /// Whether it has a clock of its own and stamps its measurements.
    pub has_clock: bool,
    /// Where its readings come from; a simulated or replayed sensor says so here and nowhere else.
    pub origin: Origin,
    /// The characteristics it notifies or indicates on, ready for [`crate::ble::BleTransport::subscribe`].
    pub notifies: Vec<Characteristic>,
}

/// Most bytes of a characteristic's value, and so of a notification (Bluetooth Core Specification, Vol 3, Part F, §3.2.9).
pub const LONGEST_VALUE: usize = 512;

/// Names one characteristic of one sensor by 16-bit assigned numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Characteristic {
    /// Service, for example `0x180D` (Heart Rate).
    pub service: u16,
    /// Characteristic, for example `0x2A37` (Heart Rate Measurement).
    pub characteristic: u16,
    /// Which one, counted from 0, when a sensor has the same characteristic in the same service more than once.
    pub instance: u8,
}

impl SensorId {
    /// The identity with this text.
    pub fn new(text: &str) -> SensorId {
        SensorId(Arc::from(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SensorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Characteristic {
    /// The first (and nearly always only) instance of a characteristic.
    ///
    /// ```
    /// use pulsebook_core::ble::Characteristic;
    /// assert_eq!(Characteristic::new(0x180D, 0x2A37).to_string(), "2A37 of service 180D");
    /// ```
    pub const fn new(service: u16, characteristic: u16) -> Characteristic {
        Characteristic { service, characteristic, instance: 0 }
    }
}

impl fmt::Display for Characteristic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X} of service {:04X}", self.characteristic, self.service)?;
        if self.instance > 0 {
            write!(f, ", instance {}", self.instance)?;
        }
        Ok(())
    }
}
