//! Stored integers as JSON decimals: exactly the digits that were measured, never the noise of a binary fraction.

use pulsebook_protocol::vital::{Unit, Vital};
use serde_json::{Number, Value};

/// The stored number in the vital's UCUM unit. RR intervals are 1/1024 s and become milliseconds to the hundredth,
/// which is finer than they are.
pub(crate) fn decimal(vital: Vital, stored: i32) -> Value {
    match vital.unit() {
        Unit::Second1024th => {
            let doubled = i64::from(stored) * 100_000 * 2 + 1024;
            scaled(doubled.div_euclid(2048), 2)
        }
        _ => scaled(i64::from(stored), u32::from(vital.exponent().unsigned_abs())),
    }
}

/// `number` with so many decimals, without trailing zeros.
fn scaled(mut number: i64, mut decimals: u32) -> Value {
    while decimals > 0 && number % 10 == 0 {
        (number, decimals) = (number / 10, decimals - 1);
    }
    if decimals == 0 {
        return Value::from(number);
    }
    // Division by a power of ten gives the double nearest to the decimal, which prints as that decimal.
    let nearest = number as f64 / f64::from(10_u32.pow(decimals));
    Number::from_f64(nearest).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_are_the_stored_ones() {
        let table = [
            (Vital::BodyTemperature, 3710, "37.1"),
            (Vital::BodyTemperature, 3699, "36.99"),
            (Vital::BodyTemperature, -5, "-0.05"),
            (Vital::BodyTemperature, 0, "0"),
            (Vital::OxygenSaturation, 981, "98.1"),
            (Vital::SystolicPressure, 1200, "120"),
            (Vital::HeartRate, 72, "72"),
            (Vital::HeartRate, i32::MIN, "-2147483648"),
            (Vital::BodyTemperature, i32::MAX, "21474836.47"),
            (Vital::RrInterval, 1024, "1000"),
            (Vital::RrInterval, 800, "781.25"),
            (Vital::RrInterval, 817, "797.85"),
            (Vital::RrInterval, 1, "0.98"),
        ];
        for (vital, stored, text) in table {
            assert_eq!(decimal(vital, stored).to_string(), text, "{vital:?} {stored}");
        }
    }

    #[test]
    fn every_value_of_every_vital_reads_back() {
        for vital in Vital::ALL.into_iter().filter(|vital| *vital != Vital::RrInterval) {
            let power = 10_f64.powi(-i32::from(vital.exponent()));
            for stored in (-50_000..50_000).step_by(7) {
                let text = decimal(vital, stored).to_string();
                assert_eq!((text.parse::<f64>().unwrap() * power).round() as i32, stored);
                assert!(text.len() <= 8, "{text}");
            }
        }
    }
}
