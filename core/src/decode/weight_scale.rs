//! The Weight Scale service (181D): weight with body mass index and height (2A9D), and what the scale can do (2A9E).

use super::{
    context::Context,
    cursor::{Choices, Cursor},
    date_time::moment,
    field::{Part, Quantity},
    float::{Conversion, Decimal, SAME_UNIT},
    format::{Format, Kind},
    imperial::units,
    outcome::{Decoded, Reason},
};
use crate::ble::Characteristic;
use pulsebook_protocol::{quality::Mark, reading::Reading, vital::Vital};

/// Weight Measurement of the Weight Scale service.
pub const MEASUREMENT: Characteristic = Characteristic::new(0x181D, 0x2A9D);

/// Weight Scale Feature.
pub const FEATURE: Characteristic = Characteristic::new(0x181D, 0x2A9E);

/// What this file reads (Weight Scale Service 1.0).
pub(super) const FORMATS: &[Format] = &[
    Format::new(Kind::Spot, MEASUREMENT, "Weight Measurement", measurement),
    Format::new(Kind::About, FEATURE, "Weight Scale Feature", feature),
];

const FLAGS: &[&str] = &[
    "Measurement Units is Imperial (lb, in)",
    "Time Stamp present",
    "User ID present",
    "BMI and Height present",
];
const BODY_MASS_INDEX: Quantity = Quantity::decimal(1, -1, "kg/m²");

/// How finely masses are measured; the Body Composition service has the same list.
pub(super) const MASS_RESOLUTIONS: Choices = &[
    (0, "not specified"),
    (1, "0.5 kg or 1 lb"),
    (2, "0.2 kg or 0.5 lb"),
    (3, "0.1 kg or 0.2 lb"),
    (4, "0.05 kg or 0.1 lb"),
    (5, "0.02 kg or 0.05 lb"),
    (6, "0.01 kg or 0.02 lb"),
    (7, "0.005 kg or 0.01 lb"),
];
/// How finely heights are measured, there as here.
pub(super) const HEIGHT_RESOLUTIONS: Choices =
    &[(0, "not specified"), (1, "0.01 m or 1 in"), (2, "0.005 m or 0.5 in"), (3, "0.001 m or 0.1 in")];

const FEATURES: &[Part] = &[
    Part::flag(0, "Time Stamp Supported"),
    Part::flag(1, "Multiple Users Supported"),
    Part::flag(2, "BMI Supported"),
    Part::of(3, 4, "Weight Measurement Resolution", MASS_RESOLUTIONS),
    Part::of(7, 3, "Height Measurement Resolution", HEIGHT_RESOLUTIONS),
];

const IN_IMPERIAL: u8 = 1;
const HAS_TIME: u8 = 1 << 1;
const HAS_USER: u8 = 1 << 2;
const HAS_HEIGHT: u8 = 1 << 3;
const RESERVED: u8 = 0xF0;

/// Reads one frame. A weight of FFFF says that weighing was not successful: an absence. A height is what somebody typed into
/// the scale, and is marked so; the index follows from it. Both are readings as the scale gave them.
fn measurement(cursor: &mut Cursor<'_>, context: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    let flags = cursor.flags_u8("Flags", FLAGS)?;
    let units = units(flags & IN_IMPERIAL != 0);
    let weight = cursor.measured_u16("Weight", units.mass)?;
    let moment = moment(cursor, flags & HAS_TIME != 0, context)?;
    let user = (flags & HAS_USER != 0).then(|| cursor.u8("User ID")).transpose()?;
    let reading = |vital, decimal: Decimal, conversion: Conversion| Reading {
        vital,
        measured_at: moment.measured_at,
        value: decimal.value(vital, conversion),
        quality: moment.quality,
    };
    decoded.readings.push(reading(Vital::BodyWeight, weight, units.kilograms));
    if flags & HAS_HEIGHT != 0 {
        let index = BODY_MASS_INDEX.exact(cursor.quantity_u16("BMI", BODY_MASS_INDEX)?.into());
        let height = units.length.exact(cursor.quantity_u16("Height", units.length)?.into());
        decoded.readings.push(reading(Vital::BodyMassIndex, index, SAME_UNIT));
        let height = reading(Vital::BodyHeight, height, units.centimetres);
        decoded.readings.push(Reading { quality: height.quality.with(Mark::EnteredByHand), ..height });
    }
    decoded.user_index = user;
    cursor.end(u32::from(flags & RESERVED))
}

fn feature(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.parts_u32("Weight Scale Feature", FEATURES)?;
    cursor.end(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::USER_UNKNOWN;
    use pulsebook_protocol::reading::{Absent, Value};

    fn values(bytes: &[u8]) -> Vec<(Vital, Value)> {
        let decoded = super::super::alone(measurement, bytes, 5).unwrap();
        decoded.readings.iter().map(|reading| (reading.vital, reading.value)).collect()
    }

    #[test]
    fn kilograms_and_pounds_become_grams() {
        // 14,000 × 0.005 kg, and 15,700 × 0.01 lb = 71.2140009 kg.
        assert_eq!(values(&[0x00, 0xB0, 0x36]), [(Vital::BodyWeight, Value::Number(70_000))]);
        assert_eq!(values(&[0x01, 0x54, 0x3D]), [(Vital::BodyWeight, Value::Number(71_214))]);
    }

    #[test]
    fn index_and_height_follow_in_either_system() {
        let others = |bytes| values(bytes).into_iter().skip(1).collect::<Vec<_>>();
        let expected =
            |height| [(Vital::BodyMassIndex, Value::Number(245)), (Vital::BodyHeight, Value::Number(height))];
        // 1,750 mm; 68.9 in = 175.006 cm.
        assert_eq!(others(&[0x08, 0xB0, 0x36, 0xF5, 0x00, 0xD6, 0x06]), expected(17_500));
        assert_eq!(others(&[0x09, 0x54, 0x3D, 0xF5, 0x00, 0xB1, 0x02]), expected(17_501));
    }

    #[test]
    fn a_height_is_marked_as_typed_in() {
        let decoded =
            super::super::alone(measurement, &[0x08, 0xB0, 0x36, 0xF5, 0x00, 0xD6, 0x06], 5).unwrap();
        let typed = decoded.readings.iter().map(|one| one.quality.has(Mark::EnteredByHand));
        assert_eq!(typed.collect::<Vec<_>>(), [false, false, true]);
    }

    #[test]
    fn an_unsuccessful_weighing_is_an_absence() {
        assert_eq!(values(&[0x00, 0xFF, 0xFF]), [(Vital::BodyWeight, Value::Absent(Absent::NotANumber))]);
    }

    #[test]
    fn the_user_who_stood_on_it_is_told_also_when_the_scale_does_not_know_them() {
        let user = |id| super::super::alone(measurement, &[0x04, 0xB0, 0x36, id], 5).unwrap().user_index;
        assert_eq!((user(2), user(0xFF)), (Some(2), Some(USER_UNKNOWN)));
    }
}
