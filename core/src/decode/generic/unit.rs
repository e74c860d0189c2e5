//! Units as generic sensors number them (ISO/IEEE 11073-10101, partition 4), and how each becomes the unit of a vital.
//!
//! No source at hand numbers kilojoules a day and mg/dL a minute: basal metabolism and glucose trend are not read from generic
//! sensors. Several public nomenclature lists agree on the numbers, but for the ohm and m/s, which stand in one list only.

use super::super::float::{Conversion, FAHRENHEIT, KILOPASCAL, SAME_UNIT};
use pulsebook_protocol::vital::{GLUCOSE_MILLIGRAM_PER_MOLE, Unit};

const fn ratio(numerator: i128, denominator: i128) -> Conversion {
    Conversion { offset: 0, numerator, denominator }
}

/// One pound in kilograms: 0.45359237, by definition.
const POUND: Conversion = ratio(45_359_237, 100_000_000);
/// 1 mmol/L = 18.0156 mg/dL of glucose.
const MILLIMOLE: Conversion = ratio(GLUCOSE_MILLIGRAM_PER_MOLE as i128, 10_000);

/// Code, its name for people, the unit it is stored in, and how it becomes that.
const UNITS: &[(u16, &str, Unit, Conversion)] = &[
    (0x0220, "%", Unit::Percent, SAME_UNIT),
    (0x0AA0, "/min", Unit::PerMinute, SAME_UNIT),
    (0x0AE0, "/min", Unit::PerMinute, SAME_UNIT),
    (0x0F20, "mmHg", Unit::MillimetreOfMercury, SAME_UNIT),
    (0x0F03, "kPa", Unit::MillimetreOfMercury, KILOPASCAL),
    (0x17A0, "°C", Unit::DegreeCelsius, SAME_UNIT),
    (0x1140, "°F", Unit::DegreeCelsius, FAHRENHEIT),
    (0x0852, "mg/dL", Unit::MilligramPerDecilitre, SAME_UNIT),
    (0x1272, "mmol/L", Unit::MilligramPerDecilitre, MILLIMOLE),
    (0x06C3, "kg", Unit::Kilogram, SAME_UNIT),
    (0x06C0, "g", Unit::Kilogram, ratio(1, 1000)),
    (0x06E0, "lb", Unit::Kilogram, POUND),
    (0x06C0, "g", Unit::Gram, SAME_UNIT),
    (0x06D2, "mg", Unit::Milligram, SAME_UNIT),
    (0x0511, "cm", Unit::Centimetre, SAME_UNIT),
    (0x0500, "m", Unit::Centimetre, ratio(100, 1)),
    (0x0560, "in", Unit::Centimetre, ratio(254, 100)),
    (0x0500, "m", Unit::Metre, SAME_UNIT),
    (0x07A0, "kg/m²", Unit::KilogramPerSquareMetre, SAME_UNIT),
    (0x0880, "s", Unit::Second, SAME_UNIT),
    (0x08A0, "min", Unit::Second, ratio(60, 1)),
    (0x0892, "ms", Unit::Second1024th, ratio(1024, 1000)),
    (0x1A00, "steps", Unit::Step, SAME_UNIT),
    (0x0F83, "kJ", Unit::Kilojoule, SAME_UNIT),
    (0x0F80, "J", Unit::Kilojoule, ratio(1, 1000)),
    (0x0B00, "m/s", Unit::MetrePerSecond, SAME_UNIT),
    (0x19A0, "m/min", Unit::MetrePerSecond, ratio(1, 60)),
    (0x10C0, "Ω", Unit::Ohm, SAME_UNIT),
    (0x0652, "mL", Unit::Millilitre, SAME_UNIT),
    (0x0640, "L", Unit::Millilitre, ratio(1000, 1)),
];

/// How a number in this unit becomes one of that vital's unit; `None` when it cannot.
pub(super) fn conversion(code: u16, unit: Unit) -> Option<Conversion> {
    UNITS.iter().find(|(known, _, to, _)| *known == code && *to == unit).map(|(.., conversion)| *conversion)
}

/// The unit for people, empty when this version does not know it.
pub(super) fn symbol(code: u16) -> &'static str {
    UNITS.iter().find(|(known, ..)| *known == code).map_or("", |(_, symbol, ..)| symbol)
}
