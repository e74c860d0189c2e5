//! The two systems of units that scales measure in: kilograms and metres, or pounds and inches; one flag says which.

use super::{
    field::Quantity,
    float::{Conversion, INCH, METRE, POUND, SAME_UNIT},
};

/// How one flag lets masses and lengths be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Units {
    /// Raw to kilograms or pounds.
    pub(super) mass: Quantity,
    /// Kilograms or pounds to kilograms.
    pub(super) kilograms: Conversion,
    /// Raw to metres or inches.
    pub(super) length: Quantity,
    /// Metres or inches to centimetres.
    pub(super) centimetres: Conversion,
}

/// Steps of 5 g and of 1 mm.
const SI: Units = Units {
    mass: Quantity::decimal(5, -3, "kg"),
    kilograms: SAME_UNIT,
    length: Quantity::decimal(1, -3, "m"),
    centimetres: METRE,
};

/// Steps of a hundredth of a pound and of a tenth of an inch.
const IMPERIAL: Units = Units {
    mass: Quantity::decimal(1, -2, "lb"),
    kilograms: POUND,
    length: Quantity::decimal(1, -1, "in"),
    centimetres: INCH,
};

/// The system that the flag chooses.
pub(super) const fn units(imperial: bool) -> Units {
    if imperial { IMPERIAL } else { SI }
}
