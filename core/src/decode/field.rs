//! One field of a frame as people read it: the standard's name, the raw bytes and what they say.

use super::float::Decimal;
use pulsebook_protocol::reading::Absent;
use std::fmt;

/// One field of a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name in the standard (GATT Specification Supplement, or the service's own specification).
    pub name: &'static str,
    /// Where it begins, in bytes from the start of the frame.
    pub at: usize,
    /// Its bytes as they were sent. Two fields may share a byte (nibbles, bit fields).
    pub raw: Vec<u8>,
    /// What they say.
    pub says: Says,
}

/// What a field says.
#[derive(Clone, Debug, PartialEq)]
pub enum Says {
    /// A plain count or number without unit.
    Count(u64),
    /// A scaled number with its unit, for people; exact numbers are in the readings.
    Number(f64, &'static str),
    /// One of the five special values of IEEE 11073-20601, or another reason for having none.
    Absent(Absent),
    /// The names of the bits that are set.
    Flags(Vec<String>),
    /// One of a list; `None` for a number that the standard reserves.
    Choice(Option<&'static str>),
    /// A text, or a time as one.
    Text(String),
    /// Bytes that stand for themselves.
    Bytes,
}

/// How an integer field becomes a number: raw × `times` × 10^`exponent` ÷ `per`, in `unit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quantity {
    pub(super) times: i64,
    pub(super) exponent: i8,
    pub(super) per: i64,
    pub(super) unit: &'static str,
}

impl Quantity {
    /// The raw number is the value.
    pub(super) const fn whole(unit: &'static str) -> Quantity {
        Quantity { times: 1, exponent: 0, per: 1, unit }
    }

    /// Raw × `times` × 10^`exponent`.
    pub(super) const fn decimal(times: i64, exponent: i8, unit: &'static str) -> Quantity {
        Quantity { times, exponent, per: 1, unit }
    }

    /// Raw ÷ `per`.
    pub(super) const fn fraction(per: i64, unit: &'static str) -> Quantity {
        Quantity { times: 1, exponent: 0, per, unit }
    }

    /// The exact decimal of a raw number. A fraction's `per` is left to the conversion into the vital's unit.
    pub(super) const fn exact(self, raw: i64) -> Decimal {
        Decimal::Number { mantissa: raw.saturating_mul(self.times), exponent: self.exponent }
    }

    pub(super) fn says(self, raw: i64) -> Says {
        let number = raw as f64 * self.times as f64 / self.per as f64;
        Says::Number(shifted(number, self.exponent), self.unit)
    }
}

impl Says {
    pub(super) fn decimal(decimal: Decimal, unit: &'static str) -> Says {
        match decimal {
            Decimal::Special(absent) => Says::Absent(absent),
            Decimal::Number { mantissa, exponent } => Says::Number(shifted(mantissa as f64, exponent), unit),
        }
    }

    /// Bits by their names; bits without a name are reserved.
    pub(super) fn flags(bits: u32, names: &'static [&'static str]) -> Says {
        let name = |bit: usize| match names.get(bit) {
            Some(name) if !name.is_empty() => (*name).to_owned(),
            _ => format!("reserved bit {bit}"),
        };
        Says::Flags((0..32).filter(|bit| bits >> bit & 1 != 0).map(name).collect())
    }
}

/// Dividing by an exact power of ten gives the nearest double to the decimal; multiplying by 0.1 does not.
fn shifted(number: f64, exponent: i8) -> f64 {
    if exponent < 0 {
        number / 10f64.powi(-i32::from(exponent))
    } else {
        number * 10f64.powi(exponent.into())
    }
}

impl fmt::Display for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Says::Count(number) => write!(f, "{number}"),
            Says::Number(number, "") => write!(f, "{number}"),
            Says::Number(number, unit) => write!(f, "{number} {unit}"),
            Says::Absent(absent) => f.write_str(absent.words()),
            Says::Flags(set) if set.is_empty() => f.write_str("none"),
            Says::Flags(set) => f.write_str(&set.join(", ")),
            Says::Choice(Some(words)) => f.write_str(words),
            Says::Choice(None) => f.write_str("reserved"),
            Says::Text(text) => f.write_str(text),
            Says::Bytes => f.write_str("bytes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_scales_its_raw_number_exactly() {
        let weight = Quantity::decimal(5, -3, "kg");
        assert_eq!(weight.says(14_000), Says::Number(70.0, "kg"));
        assert_eq!(weight.exact(14_000), Decimal::Number { mantissa: 70_000, exponent: -3 });
        assert_eq!(Quantity::fraction(256, "m/s").says(640), Says::Number(2.5, "m/s"));
    }

    #[test]
    fn set_bits_are_named_and_nameless_ones_are_reserved() {
        assert_eq!(Says::flags(0b101, &["first", "second"]).to_string(), "first, reserved bit 2");
        assert_eq!(Says::flags(0, &["first"]).to_string(), "none");
    }
}
