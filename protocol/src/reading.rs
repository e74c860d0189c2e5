//! Readings: one value of one vital at one time, or its absence with a reason.

use crate::{
    quality::Quality,
    vital::{Unit, Vital},
};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type UnixMillis = i64;

/// Where readings come from. The discriminant is the wire value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Origin {
    /// A real sensor.
    Measured = 1,
    /// A simulated sensor; FHIR marks it HTEST.
    Simulated = 2,
    /// A recording played again.
    Replayed = 3,
    /// Typed in by a person.
    Manual = 4,
}

/// Why there is no value. The discriminant is the wire value; IEEE 11073-20601 special values come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Absent {
    /// Not a number: the sensor measured and got nothing.
    NotANumber = 1,
    /// Not at this resolution.
    NotAtThisResolution = 2,
    /// Positive infinity: above the sensor's range.
    PositiveInfinity = 3,
    /// Negative infinity: below the sensor's range.
    NegativeInfinity = 4,
    /// A value the standard reserves.
    Reserved = 5,
    /// The sensor says that no measurement is available.
    NotAvailable = 6,
    /// The number does not fit the record's resolution (32-bit integer at the vital's exponent).
    OutOfResolution = 7,
}

/// A value in the vital's unit at the vital's decimal exponent, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// Integer; multiply by ten to the power of [`Vital::exponent`].
    Number(i32),
    /// No value.
    Absent(Absent),
}

/// One value of one vital at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reading {
    /// What was measured.
    pub vital: Vital,
    /// When, by the sensor's clock where it has one, else by the phone's (see [`crate::quality::Mark::PhoneTime`]).
    pub measured_at: UnixMillis,
    /// The value or why there is none.
    pub value: Value,
    /// What is known against it.
    pub quality: Quality,
}

impl Origin {
    /// The number on the wire.
    pub fn wire(self) -> u8 {
        self as u8
    }

    /// The origin with this wire number, or `None`.
    pub fn from_wire(number: u8) -> Option<Origin> {
        [Origin::Measured, Origin::Simulated, Origin::Replayed, Origin::Manual]
            .into_iter()
            .find(|origin| origin.wire() == number)
    }
}

impl Absent {
    /// Every reason, in wire order.
    pub const ALL: [Absent; 7] = [
        Absent::NotANumber,
        Absent::NotAtThisResolution,
        Absent::PositiveInfinity,
        Absent::NegativeInfinity,
        Absent::Reserved,
        Absent::NotAvailable,
        Absent::OutOfResolution,
    ];

    /// The number on the wire.
    pub fn wire(self) -> u8 {
        self as u8
    }

    /// The reason with this wire number, or `None`.
    pub fn from_wire(number: u8) -> Option<Absent> {
        Absent::ALL.into_iter().find(|absent| absent.wire() == number)
    }

    /// The words a patient reads.
    pub fn words(self) -> &'static str {
        match self {
            Absent::NotANumber => "the sensor measured but got no value",
            Absent::NotAtThisResolution => "too fine for the sensor to say",
            Absent::PositiveInfinity => "above the sensor's range",
            Absent::NegativeInfinity => "below the sensor's range",
            Absent::Reserved => "the sensor sent a reserved code",
            Absent::NotAvailable => "the sensor had no measurement",
            Absent::OutOfResolution => "the number does not fit the record",
        }
    }
}

impl Value {
    /// The number in the unit that people read ([`Unit::symbol`](crate::vital::Unit::symbol)), or `None` when absent. RR
    /// intervals are stored in 1/1024 s and become milliseconds to the hundredth, which is finer than they are.
    ///
    /// ```
    /// use pulsebook_protocol::{reading::Value, vital::Vital};
    /// assert_eq!(Value::Number(3710).in_unit(Vital::BodyTemperature), Some(37.1));
    /// assert_eq!(Value::Number(800).in_unit(Vital::RrInterval), Some(781.25));
    /// ```
    pub fn in_unit(self, vital: Vital) -> Option<f64> {
        match self {
            Value::Number(number) if vital.unit() == Unit::Second1024th => {
                Some((f64::from(number) * 100_000.0 / 1024.0).round() / 100.0)
            }
            Value::Number(number) => {
                // Dividing by an exact power of ten gives the nearest double to the decimal; multiplying by 0.1 does not.
                let divisor = 10f64.powi(-i32::from(vital.exponent()));
                Some(f64::from(number) / divisor)
            }
            Value::Absent(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_number_becomes_the_nearest_decimal() {
        assert_eq!(Value::Number(981).in_unit(Vital::OxygenSaturation), Some(98.1));
        assert_eq!(Value::Number(72).in_unit(Vital::HeartRate), Some(72.0));
        // 1024 of 1/1024 s are a second, whatever the stored number looks like.
        assert_eq!(Value::Number(1024).in_unit(Vital::RrInterval), Some(1000.0));
        assert_eq!(Value::Number(817).in_unit(Vital::RrInterval), Some(797.85));
        assert_eq!(Value::Absent(Absent::NotANumber).in_unit(Vital::HeartRate), None);
    }

    #[test]
    fn wire_numbers_come_back() {
        for absent in Absent::ALL {
            assert_eq!(Absent::from_wire(absent.wire()), Some(absent));
        }
        assert_eq!(Origin::from_wire(0), None);
        assert_eq!(Origin::from_wire(2), Some(Origin::Simulated));
    }
}
