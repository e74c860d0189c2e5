//! The Pulse Oximeter service: continuous measurements (2A5F) and spot checks (2A5E).

mod continuous;
mod spot;
mod status;

pub use continuous::decode;
pub use spot::decode_spot;

use crate::ble::Characteristic;

/// PLX Continuous Measurement of the Pulse Oximeter service.
pub const CONTINUOUS: Characteristic = Characteristic::new(0x1822, 0x2A5F);

/// PLX Spot-Check Measurement of the Pulse Oximeter service.
pub const SPOT: Characteristic = Characteristic::new(0x1822, 0x2A5E);
