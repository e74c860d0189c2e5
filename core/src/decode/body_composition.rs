//! The Body Composition service (181B): fat, muscle, water and what else a scale tells (2A9C), and what it can do (2A9B).
//!
//! A measurement that does not fit one packet is sent as two, both with the flag Multiple Packet Measurement; user and time
//! stand in the first alone. A second one has the time of the first before it; one that comes alone has that of its
//! reception, and the mark for it. Whose it is says [`Half`].

use super::{
    clock::Moment,
    context::Context,
    cursor::Cursor,
    date_time::stamp,
    field::{Part, Quantity},
    float::{Conversion, Decimal, SAME_UNIT},
    format::{Format, Kind},
    imperial::{Units, units},
    outcome::{Decoded, Half, Reason},
    weight_scale::{HEIGHT_RESOLUTIONS, MASS_RESOLUTIONS},
};
use crate::ble::Characteristic;
use pulsebook_protocol::{reading::Reading, vital::Vital};

/// Body Composition Measurement of the Body Composition service.
pub const MEASUREMENT: Characteristic = Characteristic::new(0x181B, 0x2A9C);

/// Body Composition Feature.
pub const FEATURE: Characteristic = Characteristic::new(0x181B, 0x2A9B);

/// What this file reads (Body Composition Service 1.0).
pub(super) const FORMATS: &[Format] = &[
    Format::new(Kind::Spot, MEASUREMENT, "Body Composition Measurement", measurement),
    Format::new(Kind::About, FEATURE, "Body Composition Feature", feature),
];

const FLAGS: &[&str] = &[
    "Measurement Units is Imperial (lb, in)",
    "Time Stamp present",
    "User ID present",
    "Basal Metabolism present",
    "Muscle Percentage present",
    "Muscle Mass present",
    "Fat Free Mass present",
    "Soft Lean Mass present",
    "Body Water Mass present",
    "Impedance present",
    "Weight present",
    "Height present",
    "Multiple Packet Measurement",
];
const PERCENT: Quantity = Quantity::decimal(1, -1, "%");
const KILOJOULE: Quantity = Quantity::whole("kJ");
const OHM: Quantity = Quantity::decimal(1, -1, "Ω");

const FEATURES: &[Part] = &[
    Part::flag(0, "Time Stamp Supported"),
    Part::flag(1, "Multiple Users Supported"),
    Part::flag(2, "Basal Metabolism Supported"),
    Part::flag(3, "Muscle Percentage Supported"),
    Part::flag(4, "Muscle Mass Supported"),
    Part::flag(5, "Fat Free Mass Supported"),
    Part::flag(6, "Soft Lean Mass Supported"),
    Part::flag(7, "Body Water Mass Supported"),
    Part::flag(8, "Impedance Supported"),
    Part::flag(9, "Weight Supported"),
    Part::flag(10, "Height Supported"),
    Part::of(11, 4, "Mass Measurement Resolution", MASS_RESOLUTIONS),
    Part::of(15, 3, "Height Measurement Resolution", HEIGHT_RESOLUTIONS),
];

const IN_IMPERIAL: u16 = 1;
const HAS_TIME: u16 = 1 << 1;
const HAS_USER: u16 = 1 << 2;
const IN_TWO_PACKETS: u16 = 1 << 12;
const RESERVED: u16 = 0xE000;

/// A field that a flag announces: the flag's bit, its name, how it is scaled, and what it becomes.
struct Optional {
    bit: u8,
    name: &'static str,
    quantity: Quantity,
    vital: Vital,
    conversion: Conversion,
}

/// The optional fields in the order of the frame.
const fn optional(units: Units) -> [Optional; 9] {
    const fn mass(bit: u8, name: &'static str, units: Units, vital: Vital) -> Optional {
        Optional { bit, name, quantity: units.mass, vital, conversion: units.kilograms }
    }
    const fn plain(bit: u8, name: &'static str, quantity: Quantity, vital: Vital) -> Optional {
        Optional { bit, name, quantity, vital, conversion: SAME_UNIT }
    }
    [
        plain(3, "Basal Metabolism", KILOJOULE, Vital::BasalMetabolism),
        plain(4, "Muscle Percentage", PERCENT, Vital::MusclePercentage),
        mass(5, "Muscle Mass", units, Vital::MuscleMass),
        mass(6, "Fat Free Mass", units, Vital::FatFreeMass),
        mass(7, "Soft Lean Mass", units, Vital::SoftLeanMass),
        mass(8, "Body Water Mass", units, Vital::BodyWaterMass),
        plain(9, "Impedance", OHM, Vital::Impedance),
        mass(10, "Weight", units, Vital::BodyWeight),
        Optional {
            bit: 11,
            name: "Height",
            quantity: units.length,
            vital: Vital::BodyHeight,
            conversion: units.centimetres,
        },
    ]
}

const SI: [Optional; 9] = optional(units(false));
const IMPERIAL: [Optional; 9] = optional(units(true));

/// Reads one frame. Body fat of FFFF says that the measurement was not successful: an absence.
fn measurement(cursor: &mut Cursor<'_>, context: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    let flags = cursor.flags_u16("Flags", FLAGS)?;
    let fat = cursor.measured_u16("Body Fat Percentage", PERCENT)?;
    let (half, stamp) = (half(flags), stamp(cursor, flags & HAS_TIME != 0)?);
    let first = context.first_half.filter(|_| half == Some(Half::Second));
    let moment = first.unwrap_or_else(|| context.moment(stamp));
    let user = (flags & HAS_USER != 0).then(|| cursor.u8("User ID")).transpose()?;
    decoded.readings.push(reading(moment, Vital::BodyFat, fat, SAME_UNIT));
    let fields = if flags & IN_IMPERIAL == 0 { &SI } else { &IMPERIAL };
    for Optional { name, quantity, vital, conversion, .. } in
        fields.iter().filter(|field| flags >> field.bit & 1 != 0)
    {
        let number = quantity.exact(cursor.quantity_u16(name, *quantity)?.into());
        decoded.readings.push(reading(moment, *vital, number, *conversion));
    }
    decoded.user_index = user;
    decoded.half = half;
    decoded.first_half = (half == Some(Half::First)).then_some(moment);
    cursor.end(u32::from(flags & RESERVED))
}

fn half(flags: u16) -> Option<Half> {
    let half = if flags & (HAS_TIME | HAS_USER) == 0 { Half::Second } else { Half::First };
    (flags & IN_TWO_PACKETS != 0).then_some(half)
}

fn reading(moment: Moment, vital: Vital, decimal: Decimal, conversion: Conversion) -> Reading {
    let value = decimal.value(vital, conversion);
    Reading { vital, measured_at: moment.measured_at, value, quality: moment.quality }
}

fn feature(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.parts_u32("Body Composition Feature", FEATURES)?;
    cursor.end(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulsebook_protocol::{
        quality::{Mark, Quality},
        reading::{Absent, Value},
    };

    fn decode(bytes: &[u8]) -> Decoded {
        super::super::alone(measurement, bytes, 5).unwrap()
    }

    #[test]
    fn every_field_of_a_full_frame_becomes_its_reading() {
        // By the layout of the service: 22.5 % fat at 2026-07-14 09:26:53 by user 3; 7,000 kJ; 40 % muscle; 30, 55 and 52 kg;
        // 40.005 kg water; 512.3 Ω; 72.5 kg; 1.78 m.
        let bytes = [
            0xFE, 0x0F, 225, 0, 0xEA, 0x07, 7, 14, 9, 26, 53, 3, 0x58, 0x1B, 0x90, 0x01, 0x70, 0x17, 0xF8,
            0x2A, 0xA0, 0x28, 0x41, 0x1F, 0x03, 0x14, 0xA4, 0x38, 0xF4, 0x06,
        ];
        let decoded = decode(&bytes);
        let values: Vec<(Vital, Value)> = decoded.readings.iter().map(|one| (one.vital, one.value)).collect();
        let expected = [
            (Vital::BodyFat, 225),
            (Vital::BasalMetabolism, 7_000),
            (Vital::MusclePercentage, 400),
            (Vital::MuscleMass, 30_000),
            (Vital::FatFreeMass, 55_000),
            (Vital::SoftLeanMass, 52_000),
            (Vital::BodyWaterMass, 40_005),
            (Vital::Impedance, 5_123),
            (Vital::BodyWeight, 72_500),
            (Vital::BodyHeight, 17_800),
        ];
        assert_eq!(values, expected.map(|(vital, number)| (vital, Value::Number(number))));
        assert_eq!((decoded.user_index, decoded.half), (Some(3), None));
        assert!(decoded.readings.iter().all(|one| one.measured_at == 1_784_021_213_000));
    }

    #[test]
    fn pounds_and_inches_are_converted() {
        // 160.00 lb = 72.574779 kg, 70.0 in = 177.8 cm.
        let values: Vec<Value> = decode(&[0x01, 0x0C, 225, 0, 0x80, 0x3E, 0xBC, 0x02])
            .readings
            .iter()
            .map(|one| one.value)
            .collect();
        assert_eq!(values, [225, 72_575, 17_780].map(Value::Number));
    }

    #[test]
    fn a_measurement_that_failed_is_an_absence() {
        let readings = decode(&[0, 0, 0xFF, 0xFF]).readings;
        assert_eq!(
            readings.iter().map(|one| one.value).collect::<Vec<_>>(),
            [Value::Absent(Absent::NotANumber)]
        );
    }

    #[test]
    fn a_second_packet_that_comes_alone_is_dated_by_its_reception() {
        let decoded = decode(&[0x00, 0x14, 225, 0, 0xA4, 0x38]);
        let weight = decoded.readings[1];
        assert_eq!((weight.vital, weight.measured_at), (Vital::BodyWeight, 5));
        assert_eq!(weight.quality, Quality::GOOD.with(Mark::PhoneTime));
        assert_eq!((decoded.user_index, decoded.half), (None, Some(Half::Second)));
        assert_eq!(decode(&[0x04, 0x10, 225, 0, 3]).half, Some(Half::First));
    }
}
