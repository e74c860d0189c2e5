//! The decimal floats of IEEE 11073-20601 (SFLOAT, FLOAT) as exact decimal integers; no binary floating point here.

use pulsebook_protocol::{
    reading::{Absent, Value},
    vital::Vital,
};

/// A decimal float: special values are told apart before any scaling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decimal {
    /// `mantissa` × 10^`exponent`.
    Number { mantissa: i64, exponent: i8 },
    /// One of the five special values.
    Special(Absent),
}

/// A linear change of unit: (value − `offset`) × `numerator` / `denominator`, all exact.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conversion {
    pub(super) offset: i128,
    pub(super) numerator: i128,
    pub(super) denominator: i128,
}

/// The sensor already sends the vital's unit.
pub(super) const SAME_UNIT: Conversion = Conversion { offset: 0, numerator: 1, denominator: 1 };

/// Degrees Fahrenheit to degrees Celsius.
pub(super) const FAHRENHEIT: Conversion = Conversion { offset: 32, numerator: 5, denominator: 9 };

/// Kilopascal to conventional millimetres of mercury: 1 mmHg = 133.322 387 415 Pa (13.5951 g/cm³ × 9.806 65 m/s²).
pub(super) const KILOPASCAL: Conversion =
    Conversion { offset: 0, numerator: 1_000_000_000_000, denominator: 133_322_387_415 };

/// Pounds to kilograms: 1 lb = 0.453 592 37 kg exactly.
pub(super) const POUND: Conversion =
    Conversion { offset: 0, numerator: 45_359_237, denominator: 100_000_000 };

/// Inches to centimetres: 1 in = 2.54 cm exactly.
pub(super) const INCH: Conversion = Conversion { offset: 0, numerator: 254, denominator: 100 };

/// Metres to centimetres.
pub(super) const METRE: Conversion = Conversion { offset: 0, numerator: 100, denominator: 1 };

/// 1/256 of a unit to the unit.
pub(super) const PER_256: Conversion = Conversion { offset: 0, numerator: 1, denominator: 256 };

/// Exponents below this are a zero at every resolution used here, and keep the arithmetic within 128 bits.
const LEAST_EXPONENT: i8 = -20;

/// Reads a 16-bit SFLOAT: 4-bit exponent (high), 12-bit mantissa, both signed. Special values are whole words.
pub(super) fn sfloat(raw: u16) -> Decimal {
    match raw {
        0x07FF => Decimal::Special(Absent::NotANumber),
        0x0800 => Decimal::Special(Absent::NotAtThisResolution),
        0x07FE => Decimal::Special(Absent::PositiveInfinity),
        0x0802 => Decimal::Special(Absent::NegativeInfinity),
        0x0801 => Decimal::Special(Absent::Reserved),
        _ => {
            let word = raw.cast_signed();
            // Shifting up and down again extends the sign of the 12-bit mantissa.
            let mantissa = i64::from((word << 4) >> 4);
            Decimal::Number { mantissa, exponent: (word >> 12) as i8 }
        }
    }
}

/// Reads a 32-bit FLOAT: 8-bit exponent (high), 24-bit mantissa, both signed. Special values are whole words.
pub(super) fn float(raw: u32) -> Decimal {
    match raw {
        0x007F_FFFF => Decimal::Special(Absent::NotANumber),
        0x0080_0000 => Decimal::Special(Absent::NotAtThisResolution),
        0x007F_FFFE => Decimal::Special(Absent::PositiveInfinity),
        0x0080_0002 => Decimal::Special(Absent::NegativeInfinity),
        0x0080_0001 => Decimal::Special(Absent::Reserved),
        _ => {
            let word = raw.cast_signed();
            Decimal::Number { mantissa: i64::from((word << 8) >> 8), exponent: (word >> 24) as i8 }
        }
    }
}

impl Decimal {
    /// Nothing.
    pub(super) const ZERO: Decimal = Decimal::Number { mantissa: 0, exponent: 0 };

    /// The stored value of a vital: converted exactly, then rounded once, halves away from zero.
    pub(super) fn value(self, vital: Vital, conversion: Conversion) -> Value {
        match self {
            Decimal::Special(absent) => Value::Absent(absent),
            Decimal::Number { mantissa, exponent } => scaled(mantissa, exponent, vital, conversion)
                .and_then(|number| i32::try_from(number).ok())
                .map_or(Value::Absent(Absent::OutOfResolution), Value::Number),
        }
    }
}

/// The integer at the vital's exponent, or `None` when the number is far too large.
fn scaled(mantissa: i64, exponent: i8, vital: Vital, conversion: Conversion) -> Option<i128> {
    let (mantissa, exponent) =
        if mantissa == 0 || exponent < LEAST_EXPONENT { (0, 0) } else { (mantissa, exponent) };
    let up = power_of_ten(exponent.max(0))?;
    let down = power_of_ten(exponent.min(0))?;
    let to_stored = power_of_ten(vital.exponent())?;
    let shifted = i128::from(mantissa).checked_mul(up)?.checked_sub(conversion.offset.checked_mul(down)?)?;
    let numerator = shifted.checked_mul(conversion.numerator)?.checked_mul(to_stored)?;
    let denominator = down.checked_mul(conversion.denominator)?;
    divided(numerator, denominator)
}

/// Ten to so many, whichever the sign; `None` when 128 bits do not hold it.
fn power_of_ten(exponent: i8) -> Option<i128> {
    const POWERS: [i128; 39] = {
        let mut powers = [1; 39];
        let mut at = 1;
        while at < powers.len() {
            powers[at] = powers[at - 1] * 10;
            at += 1;
        }
        powers
    };
    POWERS.get(usize::from(exponent.unsigned_abs())).copied()
}

/// The quotient rounded to the nearest integer, halves away from zero; the denominator is positive.
fn divided(numerator: i128, denominator: i128) -> Option<i128> {
    let half = denominator / 2;
    let away = if numerator < 0 { -half } else { half };
    let numerator = numerator.checked_add(away)?;
    // Nearly every number fits 64 bits, and those are divided many times faster.
    match (i64::try_from(numerator), i64::try_from(denominator)) {
        (Ok(numerator), Ok(denominator)) => numerator.checked_div(denominator).map(i128::from),
        _ => numerator.checked_div(denominator),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transcoding_white_papers_examples_decode() {
        // Bluetooth SIG, Personal Health Devices Transcoding white paper: 36.4 and 114.
        assert_eq!(float(0xFF00_016C), Decimal::Number { mantissa: 364, exponent: -1 });
        assert_eq!(sfloat(0x0072), Decimal::Number { mantissa: 114, exponent: 0 });
        // 34.79 degrees, from the same profile's sample code by Texas Instruments.
        assert_eq!(float(0xFE00_0D97).value(Vital::BodyTemperature, SAME_UNIT), Value::Number(3479));
    }

    #[test]
    fn signs_are_extended() {
        assert_eq!(sfloat(0xF3D4), Decimal::Number { mantissa: 980, exponent: -1 });
        assert_eq!(sfloat(0x1FFF), Decimal::Number { mantissa: -1, exponent: 1 });
        assert_eq!(sfloat(0x8803), Decimal::Number { mantissa: -2045, exponent: -8 });
        assert_eq!(float(0x00FF_FFFF), Decimal::Number { mantissa: -1, exponent: 0 });
    }

    #[test]
    fn every_special_value_is_an_absence_with_its_reason() {
        let cases = [
            (0x07FF, 0x007F_FFFF, Absent::NotANumber),
            (0x0800, 0x0080_0000, Absent::NotAtThisResolution),
            (0x07FE, 0x007F_FFFE, Absent::PositiveInfinity),
            (0x0802, 0x0080_0002, Absent::NegativeInfinity),
            (0x0801, 0x0080_0001, Absent::Reserved),
        ];
        for (short, long, absent) in cases {
            assert_eq!(sfloat(short), Decimal::Special(absent));
            assert_eq!(float(long), Decimal::Special(absent));
        }
    }

    #[test]
    fn a_special_mantissa_with_another_exponent_is_a_number() {
        assert_eq!(sfloat(0xF7FF), Decimal::Number { mantissa: 2047, exponent: -1 });
        assert_eq!(float(0xFE7F_FFFF), Decimal::Number { mantissa: 8_388_607, exponent: -2 });
    }

    #[test]
    fn conversions_round_the_exact_number_once() {
        let fahrenheit = |tenths| {
            Decimal::Number { mantissa: tenths, exponent: -1 }.value(Vital::BodyTemperature, FAHRENHEIT)
        };
        assert_eq!(fahrenheit(986), Value::Number(3700));
        assert_eq!(fahrenheit(1004), Value::Number(3800));
        assert_eq!(fahrenheit(0), Value::Number(-1778)); // −17.777… °C
        let kilopascal = |mantissa, exponent| {
            Decimal::Number { mantissa, exponent }.value(Vital::SystolicPressure, KILOPASCAL)
        };
        assert_eq!(kilopascal(160, -1), Value::Number(1200)); // 16.0 kPa = 120.0099 mmHg
        assert_eq!(kilopascal(106, -1), Value::Number(795)); // 10.6 kPa = 79.5065 mmHg
        let celsius = |mantissa, exponent| {
            Decimal::Number { mantissa, exponent }.value(Vital::BodyTemperature, SAME_UNIT)
        };
        assert_eq!(celsius(37_045, -3), Value::Number(3705)); // halves away from zero
        assert_eq!(celsius(-37_045, -3), Value::Number(-3705));
    }

    #[test]
    fn numbers_of_any_exponent_end_as_a_number_or_out_of_resolution() {
        for (mantissa, exponent) in
            [-8_388_608, -1, 1, 8_388_607].into_iter().flat_map(|m| (i8::MIN..=i8::MAX).map(move |e| (m, e)))
        {
            for conversion in [SAME_UNIT, FAHRENHEIT, KILOPASCAL] {
                let value = Decimal::Number { mantissa, exponent }.value(Vital::BodyTemperature, conversion);
                let fits = matches!(value, Value::Number(_));
                assert!(if exponent < 0 { fits } else { exponent < 10 || !fits }, "{mantissa}e{exponent}");
            }
        }
    }
}
