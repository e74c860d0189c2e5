//! Glucose Measurement (2A18): a numbered record with the meter's time, a concentration by specimen, and what the meter says against it.

use super::{
    super::{
        context::{Context, Taken},
        cursor::Cursor,
        date_time,
        field::Quantity,
        float::{Conversion, Decimal},
        outcome::{Decoded, Reason},
    },
    LOCATIONS, SPECIMENS,
};
use pulsebook_protocol::{
    quality::{Mark, Quality},
    reading::Reading,
    vital::{GLUCOSE_MILLIGRAM_PER_MOLE, Vital},
};

const FLAGS: &[&str] = &[
    "Time Offset present",
    "Glucose Concentration, Type and Sample Location present",
    "Glucose Concentration Units is mol/L",
    "Sensor Status Annunciation present",
    "Context Information follows",
];
const STATUS: &[&str] = &[
    "Device battery low at time of measurement",
    "Sensor malfunction or faulting",
    "Sample size insufficient",
    "Strip insertion error",
    "Strip type incorrect for device",
    "Sensor result higher than the device can process",
    "Sensor result lower than the device can process",
    "Sensor temperature too high",
    "Sensor temperature too low",
    "Sensor read interrupted",
    "General device fault",
    "Time fault",
];
/// The status bits as marks, in their order.
const MARKS: [Mark; 12] = [
    Mark::BatteryLow,
    Mark::SensorFault,
    Mark::SampleProblem,
    Mark::SampleProblem,
    Mark::SampleProblem,
    Mark::OutOfSensorRange,
    Mark::OutOfSensorRange,
    Mark::SensorTemperature,
    Mark::SensorTemperature,
    Mark::Interrupted,
    Mark::SensorFault,
    Mark::ClockNotSet,
];

const HAS_OFFSET: u8 = 1;
const HAS_CONCENTRATION: u8 = 1 << 1;
const IN_MOLES: u8 = 1 << 2;
const HAS_STATUS: u8 = 1 << 3;
const RESERVED: u8 = 0xE0;

/// A kilogram a litre is 100,000 mg/dL.
const KILOGRAM_PER_LITRE: Conversion = Conversion { offset: 0, numerator: 100_000, denominator: 1 };
const MOLE_PER_LITRE: Conversion =
    Conversion { offset: 0, numerator: GLUCOSE_MILLIGRAM_PER_MOLE as i128, denominator: 10 };
const CONTROL_SOLUTION: u8 = 10;

/// Reads one frame. A control solution measures no body: its record has a number and no reading.
pub(super) fn measurement(
    cursor: &mut Cursor<'_>,
    context: &Context,
    decoded: &mut Decoded,
) -> Result<(), Reason> {
    let flags = cursor.flags_u8("Flags", FLAGS)?;
    let number = cursor.u16("Sequence Number")?;
    let mut taken = date_time::stamp(cursor, true)?;
    if flags & HAS_OFFSET != 0 {
        taken = taken.plus_minutes(cursor.quantity_i16("Time Offset", Quantity::whole("min"))?.into());
    }
    let measured = (flags & HAS_CONCENTRATION != 0).then(|| concentration(cursor, flags)).transpose()?;
    let status =
        if flags & HAS_STATUS != 0 { cursor.flags_u16("Sensor Status Annunciation", STATUS)? } else { 0 };
    cursor.end(u32::from(flags & RESERVED))?;

    let moment = context.moment(taken);
    decoded.record = Some(number);
    let nobodys = measured.is_some_and(|(_, specimen)| specimen.is_none());
    decoded.taken = Some(Taken { number, moment, nobodys });
    let (conversion, _) = unit(flags);
    decoded.readings.extend(measured.and_then(|(number, specimen)| {
        let vital = specimen?;
        let value = number.value(vital, conversion);
        Some(Reading {
            vital,
            measured_at: moment.measured_at,
            value,
            quality: moment.quality.union(quality(status)),
        })
    }));
    Ok(())
}

/// The concentration, and the vital of its specimen; none for a control solution.
fn concentration(cursor: &mut Cursor<'_>, flags: u8) -> Result<(Decimal, Option<Vital>), Reason> {
    let number = cursor.sfloat("Glucose Concentration", unit(flags).1)?;
    let (specimen, _) = cursor.nibbles(("Type", SPECIMENS), ("Sample Location", LOCATIONS))?;
    match vital(specimen) {
        None if specimen != CONTROL_SOLUTION => {
            Err(Reason::Unexpected { field: "Type", came: specimen.into() })
        }
        vital => Ok((number, vital)),
    }
}

fn unit(flags: u8) -> (Conversion, &'static str) {
    if flags & IN_MOLES != 0 { (MOLE_PER_LITRE, "mol/L") } else { (KILOGRAM_PER_LITRE, "kg/L") }
}

/// Readings of different specimens are different vitals: nobody should compare them unawares.
pub(in crate::decode) fn vital(specimen: u8) -> Option<Vital> {
    Some(match specimen {
        1 => Vital::GlucoseCapillaryBlood,
        2 => Vital::GlucoseCapillaryPlasma,
        3 => Vital::GlucoseVenousBlood,
        4 => Vital::GlucoseVenousPlasma,
        5 => Vital::GlucoseArterialBlood,
        6 => Vital::GlucoseArterialPlasma,
        7 => Vital::GlucoseBlood,
        8 => Vital::GlucosePlasma,
        9 => Vital::GlucoseInterstitial,
        _ => return None,
    })
}

fn quality(status: u16) -> Quality {
    let set = MARKS.iter().zip(0..).filter(|(_, bit)| status >> bit & 1 != 0);
    set.fold(Quality::GOOD, |quality, (mark, _)| quality.with(*mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulsebook_protocol::{
        quality::STATUS_BITS,
        reading::{Absent, UnixMillis, Value},
    };

    fn decode(bytes: &[u8], received_at: UnixMillis) -> Result<Decoded, Reason> {
        crate::decode::alone(measurement, bytes, received_at)
    }

    /// Record 5 of 2026-07-14 09:26:53 with so many minutes of offset.
    fn frame(flags: u8, rest: &[u8]) -> Vec<u8> {
        [&[flags, 5, 0, 0xEA, 0x07, 7, 14, 9, 26, 53], rest].concat()
    }

    #[test]
    fn kilograms_and_moles_a_litre_become_milligrams_a_decilitre() {
        // 90 mg/dL is 90e-5 kg/L (mantissa 90, exponent −5); 5.0 mmol/L is 50e-4 mol/L, 90.078 mg/dL.
        let by_mass = decode(&frame(0x02, &[90, 0xB0, 0x11]), 7).unwrap();
        let by_moles = decode(&frame(0x06, &[50, 0xC0, 0x11]), 7).unwrap();
        assert_eq!(by_mass.readings[0].value, Value::Number(900));
        assert_eq!(by_moles.readings[0].value, Value::Number(901));
        assert_eq!(by_mass.readings[0].vital, Vital::GlucoseCapillaryBlood);
        assert_eq!(by_mass.record, Some(5));
    }

    #[test]
    fn the_offset_moves_the_time_of_the_record() {
        let plain = decode(&frame(0x02, &[90, 0xB0, 0x11]), 7).unwrap().readings[0].measured_at;
        let later = decode(&frame(0x03, &[0x1E, 0, 90, 0xB0, 0x11]), 7).unwrap().readings[0].measured_at;
        let earlier = decode(&frame(0x03, &[0xC4, 0xFF, 90, 0xB0, 0x11]), 7).unwrap().readings[0].measured_at;
        assert_eq!((plain, later - plain, earlier - plain), (1_784_021_213_000, 1_800_000, -3_600_000));
    }

    #[test]
    fn each_specimen_is_a_vital_of_its_own_and_control_solution_is_none() {
        let vitals: std::collections::BTreeSet<_> = (1..=9)
            .map(|kind| decode(&frame(0x02, &[90, 0xB0, 0x10 | kind]), 7).unwrap().readings[0].vital)
            .collect();
        assert_eq!(vitals.len(), 9);
        let control = decode(&frame(0x02, &[90, 0xB0, 0x4A]), 7).unwrap();
        assert_eq!((control.readings.len(), control.record), (0, Some(5)));
        assert_eq!(
            decode(&frame(0x02, &[90, 0xB0, 0x1B]), 7),
            Err(Reason::Unexpected { field: "Type", came: 11 })
        );
    }

    #[test]
    fn every_status_bit_marks_the_value() {
        for bit in 0..12u16 {
            let [low, high] = (1u16 << bit).to_le_bytes();
            let reading = decode(&frame(0x0A, &[90, 0xB0, 0x11, low, high]), 7).unwrap().readings[0];
            assert_eq!(reading.quality, Quality::GOOD.with(MARKS[usize::from(bit)]));
        }
    }

    #[test]
    fn each_status_bit_has_the_mark_of_its_code() {
        // MDC_GLU_METER_DEV_STATUS numbers bits 0 to 10 as Bluetooth does; bit 11 is a time fault there and a temperature here.
        for bit in 0..11 {
            let code = format!("8417752.{bit}");
            let row = STATUS_BITS.iter().find(|row| row.code == code).unwrap();
            assert_eq!(quality(1 << bit), Quality::GOOD.with(row.mark), "{code} {}", row.name);
        }
    }

    #[test]
    fn special_values_are_absences_and_a_record_without_concentration_has_no_reading() {
        let absent = decode(&frame(0x02, &[0xFF, 0x07, 0x11]), 7).unwrap().readings[0].value;
        assert_eq!(absent, Value::Absent(Absent::NotANumber));
        assert_eq!(decode(&frame(0x00, &[]), 7).unwrap().readings, []);
    }
}
