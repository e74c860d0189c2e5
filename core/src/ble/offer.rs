//! What a connected sensor offers, characteristic by characteristic, and what may be done with each.

use super::sensor::Characteristic;
use std::{fmt, ops::BitOr};

/// The properties of a characteristic as bits (Core Specification 5.4, Vol 3 Part G 3.3.1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Properties(pub u8);

/// One characteristic that a sensor offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Which one.
    pub at: Characteristic,
    /// What may be done with it.
    pub properties: Properties,
}

/// What is known of a connected sensor beside its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Its characteristics with assigned numbers; a maker's own are left out.
    pub offered: Vec<Offered>,
    /// Whether this device holds a bond with it; `None` where the system does not tell.
    pub bonded: Option<bool>,
}

impl Properties {
    /// It can be read.
    pub const READ: Properties = Properties(0x02);
    /// It can be written without an answer.
    pub const WRITE_COMMAND: Properties = Properties(0x04);
    /// It can be written, and the sensor answers.
    pub const WRITE: Properties = Properties(0x08);
    /// It sends values that are not confirmed.
    pub const NOTIFY: Properties = Properties(0x10);
    /// It sends values that are confirmed.
    pub const INDICATE: Properties = Properties(0x20);

    /// Whether any of these bits is set.
    ///
    /// ```
    /// use pulsebook_core::ble::Properties;
    /// let racp = Properties::WRITE | Properties::INDICATE;
    /// assert!(racp.any(Properties::NOTIFY | Properties::INDICATE) && !racp.any(Properties::READ));
    /// ```
    pub fn any(self, bits: Properties) -> bool {
        self.0 & bits.0 != 0
    }

    /// Whether it sends values by itself.
    pub fn sends(self) -> bool {
        self.any(Properties::NOTIFY | Properties::INDICATE)
    }
}

impl BitOr for Properties {
    type Output = Properties;

    fn bitor(self, other: Properties) -> Properties {
        Properties(self.0 | other.0)
    }
}

impl fmt::Display for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Properties::READ, "read"),
            (Properties::WRITE_COMMAND, "write without response"),
            (Properties::WRITE, "write"),
            (Properties::NOTIFY, "notify"),
            (Properties::INDICATE, "indicate"),
        ];
        let set: Vec<&str> = names.iter().filter(|(bit, _)| self.any(*bit)).map(|(_, name)| *name).collect();
        f.write_str(if set.is_empty() { "none" } else { "" })?;
        f.write_str(&set.join(", "))
    }
}
