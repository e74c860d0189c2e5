//! The Pulse Oximeter service: continuous measurements (2A5F) and spot checks (2A5E).

mod continuous;
mod spot;
mod status;

use super::format::{Format, Kind};
use crate::ble::Characteristic;

/// PLX Continuous Measurement of the Pulse Oximeter service.
pub const CONTINUOUS: Characteristic = Characteristic::new(0x1822, 0x2A5F);

/// PLX Spot-Check Measurement of the Pulse Oximeter service.
pub const SPOT: Characteristic = Characteristic::new(0x1822, 0x2A5E);

/// What this folder reads (Pulse Oximeter Service 1.0.1).
pub(super) const FORMATS: &[Format] = &[
    Format::new(Kind::Stream, CONTINUOUS, "PLX Continuous Measurement", continuous::measurement),
    Format::new(Kind::Spot, SPOT, "PLX Spot-Check Measurement", spot::measurement),
];
