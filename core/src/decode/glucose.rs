//! The Glucose service (1808): measurements (2A18), their context (2A34), features (2A51). Its memory is asked by [`super::record_access`].
//!
//! Layout: Glucose Service 1.0.1 §3, GATT Specification Supplement. Concentrations come in kg/L or mol/L, never in the units people read.

mod context;
mod measurement;

pub(super) use measurement::vital;

use super::{
    context::Context,
    cursor::{Choices, Cursor},
    format::{Format, Kind},
    outcome::{Decoded, Reason},
};
use crate::ble::Characteristic;

/// Number of the Glucose service.
pub const SERVICE: u16 = 0x1808;

/// Glucose Measurement.
pub const MEASUREMENT: Characteristic = Characteristic::new(SERVICE, 0x2A18);

/// Glucose Measurement Context: meal, exercise, medication of a measurement.
pub const CONTEXT: Characteristic = Characteristic::new(SERVICE, 0x2A34);

/// Glucose Feature.
pub const FEATURE: Characteristic = Characteristic::new(SERVICE, 0x2A51);

/// What this folder reads.
pub(super) const FORMATS: &[Format] = &[
    Format::new(Kind::Spot, MEASUREMENT, "Glucose Measurement", measurement::measurement),
    Format::new(Kind::Spot, CONTEXT, "Glucose Measurement Context", context::context),
    Format::new(Kind::About, FEATURE, "Glucose Feature", feature),
];

/// What was measured, as glucose meters and monitors number it.
pub(super) const SPECIMENS: Choices = &[
    (1, "capillary whole blood"),
    (2, "capillary plasma"),
    (3, "venous whole blood"),
    (4, "venous plasma"),
    (5, "arterial whole blood"),
    (6, "arterial plasma"),
    (7, "undetermined whole blood"),
    (8, "undetermined plasma"),
    (9, "interstitial fluid"),
    (10, "control solution"),
];

/// Where it was taken.
pub(super) const LOCATIONS: Choices = &[
    (1, "finger"),
    (2, "alternate site test"),
    (3, "earlobe"),
    (4, "control solution"),
    (5, "subcutaneous tissue"),
    (15, "not available"),
];

const FEATURES: &[&str] = &[
    "Low Battery Detection During Measurement supported",
    "Sensor Malfunction Detection supported",
    "Sensor Sample Size supported",
    "Sensor Strip Insertion Error Detection supported",
    "Sensor Strip Type Error Detection supported",
    "Sensor Result High-Low Detection supported",
    "Sensor Temperature High-Low Detection supported",
    "Sensor Read Interrupt Detection supported",
    "General Device Fault supported",
    "Time Fault supported",
    "Multiple Bond supported",
];

fn feature(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.flags_u16("Glucose Feature", FEATURES)?;
    cursor.end(0)
}
