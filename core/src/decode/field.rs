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

    /// A text for people; what is no UTF-8 or would move a cursor is shown as bytes. Zeros at its end are padding.
    pub(super) fn text(bytes: &[u8]) -> Says {
        let text = std::str::from_utf8(bytes).map(|text| text.trim_end_matches('\0'));
        match text {
            Ok(text) if !text.chars().any(char::is_control) => Says::Text(text.to_owned()),
            _ => Says::Bytes,
        }
    }

    /// Bits in parts; a set bit of no part is reserved.
    pub(super) fn parts(bits: u32, parts: &[Part]) -> Says {
        let known = parts.iter().fold(0, |known, part| known | part.mask() << part.at);
        let reserved = (0..32).filter(|bit| (bits & !known) >> bit & 1 != 0);
        let said = parts.iter().filter_map(|part| part.says(bits));
        Says::Flags(said.chain(reserved.map(|bit| format!("reserved bit {bit}"))).collect())
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

/// One part of a field whose bits are more than flags: so many bits from here on, with a list of what they mean.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    at: u8,
    width: u8,
    name: &'static str,
    list: Choices,
}

impl Part {
    /// One bit that is set or not.
    pub(super) const fn flag(at: u8, name: &'static str) -> Part {
        Part { at, width: 1, name, list: &[] }
    }

    /// Some bits that number one of a list; without a list they are a count.
    pub(super) const fn of(at: u8, width: u8, name: &'static str, list: Choices) -> Part {
        Part { at, width, name, list }
    }

    fn mask(self) -> u32 {
        (1 << self.width) - 1
    }

    /// What it says in `bits`; a flag that is not set says nothing.
    fn says(self, bits: u32) -> Option<String> {
        let number = bits >> self.at & self.mask();
        if self.width == 1 && self.list.is_empty() {
            return (number != 0).then(|| self.name.to_owned());
        }
        let words =
            self.list.iter().find(|(listed, _)| u32::from(*listed) == number).map(|(_, words)| *words);
        Some(match words {
            Some(words) => format!("{}: {words}", self.name),
            None if self.list.is_empty() => format!("{}: {number}", self.name),
            None => format!("{}: reserved ({number})", self.name),
        })
    }
}

/// A list of choices: number and words.
pub(super) type Choices = &'static [(u8, &'static str)];

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
    fn parts_are_said_by_what_their_bits_number_and_what_nobody_named_is_reserved() {
        let parts = [Part::flag(0, "present"), Part::of(1, 2, "power", &[(0, "no"), (1, "yes")])];
        assert_eq!(Says::parts(0b0011, &parts).to_string(), "present, power: yes");
        assert_eq!(Says::parts(0b1110, &parts).to_string(), "power: reserved (3), reserved bit 3");
    }

    #[test]
    fn a_text_that_would_move_a_cursor_is_bytes() {
        assert_eq!(Says::text(b"HRM-2\0\0"), Says::Text("HRM-2".to_owned()));
        assert_eq!((Says::text(b"\x1b[2J"), Says::text(&[0xFF])), (Says::Bytes, Says::Bytes));
    }

    #[test]
    fn set_bits_are_named_and_nameless_ones_are_reserved() {
        assert_eq!(Says::flags(0b101, &["first", "second"]).to_string(), "first, reserved bit 2");
        assert_eq!(Says::flags(0, &["first"]).to_string(), "none");
    }
}
