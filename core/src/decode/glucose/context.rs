//! Glucose Measurement Context (2A34): what was eaten, done and taken around a measurement, joined to it by its number.

use super::super::{
    clock::Stamp,
    context::Context,
    cursor::{Choices, Cursor},
    field::Quantity,
    float::{Conversion, Decimal, SAME_UNIT},
    outcome::{Decoded, Reason},
};
use pulsebook_protocol::{
    reading::{Absent, Reading, Value},
    vital::Vital,
};

const FLAGS: &[&str] = &[
    "Carbohydrate ID and Carbohydrate present",
    "Meal present",
    "Tester-Health present",
    "Exercise Duration and Exercise Intensity present",
    "Medication ID and Medication present",
    "Medication Value Units is litres",
    "HbA1c present",
    "Extended Flags present",
];
const CARBOHYDRATES: Choices = &[
    (1, "breakfast"),
    (2, "lunch"),
    (3, "dinner"),
    (4, "snack"),
    (5, "drink"),
    (6, "supper"),
    (7, "brunch"),
];
const MEALS: Choices = &[
    (1, "before the meal"),
    (2, "after the meal"),
    (3, "fasting"),
    (4, "casual (snacks, drinks)"),
    (5, "bedtime"),
];
const TESTERS: Choices =
    &[(1, "the person"), (2, "health care professional"), (3, "laboratory test"), (15, "not available")];
const HEALTH: Choices = &[
    (1, "minor health issues"),
    (2, "major health issues"),
    (3, "during menses"),
    (4, "under stress"),
    (5, "no health issues"),
    (15, "not available"),
];
const MEDICATIONS: Choices = &[
    (1, "rapid acting insulin"),
    (2, "short acting insulin"),
    (3, "intermediate acting insulin"),
    (4, "long acting insulin"),
    (5, "pre-mixed insulin"),
];

const HAS_CARBOHYDRATE: u8 = 1;
const HAS_MEAL: u8 = 1 << 1;
const HAS_TESTER: u8 = 1 << 2;
const HAS_EXERCISE: u8 = 1 << 3;
const HAS_MEDICATION: u8 = 1 << 4;
const IN_LITRES: u8 = 1 << 5;
const HAS_HBA1C: u8 = 1 << 6;
const HAS_EXTENDED: u8 = 1 << 7;

/// The exercise lasted longer than the field can say.
const OVERRUN: u16 = 0xFFFF;

const KILOGRAM_TO_GRAM: Conversion = Conversion { offset: 0, numerator: 1_000, denominator: 1 };
const KILOGRAM_TO_MILLIGRAM: Conversion = Conversion { offset: 0, numerator: 1_000_000, denominator: 1 };
const LITRE_TO_MILLILITRE: Conversion = KILOGRAM_TO_GRAM;

/// Reads one frame. Its numbers hold for the time of the measurement with the same number, which comes just before it; when
/// it does not, for the receive time. No reading comes of what belongs to a control solution. Meal, tester and health are no
/// numbers: they stay in the raw notification.
pub(super) fn context(
    cursor: &mut Cursor<'_>,
    context: &Context,
    decoded: &mut Decoded,
) -> Result<(), Reason> {
    let flags = cursor.flags_u8("Flags", FLAGS)?;
    let number = cursor.u16("Sequence Number")?;
    let taken = context.last_record.filter(|taken| taken.number == number);
    let moment = taken.map_or_else(|| context.moment(Stamp::Missing), |taken| taken.moment);
    let nobodys = taken.is_some_and(|taken| taken.nobodys);
    let mut add = |vital, value| {
        let reading = Reading { vital, measured_at: moment.measured_at, value, quality: moment.quality };
        decoded.readings.extend((!nobodys).then_some(reading));
    };
    if flags & HAS_EXTENDED != 0 {
        cursor.u8("Extended Flags")?;
    }
    if flags & HAS_CARBOHYDRATE != 0 {
        cursor.choice_u8("Carbohydrate ID", CARBOHYDRATES)?;
        let eaten = cursor.sfloat("Carbohydrate", "kg")?;
        add(Vital::Carbohydrates, eaten.value(Vital::Carbohydrates, KILOGRAM_TO_GRAM));
    }
    if flags & HAS_MEAL != 0 {
        cursor.choice_u8("Meal", MEALS)?;
    }
    if flags & HAS_TESTER != 0 {
        cursor.nibbles(("Tester", TESTERS), ("Health", HEALTH))?;
    }
    if flags & HAS_EXERCISE != 0 {
        let lasted = cursor.quantity_u16("Exercise Duration", Quantity::whole("s"))?;
        add(Vital::ExerciseDuration, duration(lasted));
        let intensity = cursor.quantity_u8("Exercise Intensity", Quantity::whole("%"))?;
        let exact = Decimal::Number { mantissa: intensity.into(), exponent: 0 };
        add(Vital::ExerciseIntensity, exact.value(Vital::ExerciseIntensity, SAME_UNIT));
    }
    if flags & HAS_MEDICATION != 0 {
        let (vital, value) = medication(cursor, flags)?;
        add(vital, value);
    }
    if flags & HAS_HBA1C != 0 {
        let share = cursor.sfloat("HbA1c", "%")?;
        add(Vital::GlycatedHaemoglobin, share.value(Vital::GlycatedHaemoglobin, SAME_UNIT));
    }
    cursor.end(0)
}

fn duration(seconds: u16) -> Value {
    match seconds {
        OVERRUN => Value::Absent(Absent::PositiveInfinity),
        seconds => Value::Number(seconds.into()),
    }
}

fn medication(cursor: &mut Cursor<'_>, flags: u8) -> Result<(Vital, Value), Reason> {
    cursor.choice_u8("Medication ID", MEDICATIONS)?;
    let (vital, unit, conversion) = match flags & IN_LITRES {
        0 => (Vital::MedicationMass, "kg", KILOGRAM_TO_MILLIGRAM),
        _ => (Vital::MedicationVolume, "L", LITRE_TO_MILLILITRE),
    };
    Ok((vital, cursor.sfloat("Medication", unit)?.value(vital, conversion)))
}

#[cfg(test)]
mod tests {
    use super::{
        super::super::{clock::Moment, context::Taken},
        *,
    };
    use pulsebook_protocol::quality::Mark;

    fn decode(bytes: &[u8], known: Option<(u16, i64)>) -> Result<Decoded, Reason> {
        let mut decoded = Decoded::default();
        let taken = |(number, at)| Taken { number, moment: Moment::new(at), nobodys: false };
        let at = Context { last_record: known.map(taken), ..Context::at(7_000) };
        context(&mut Cursor::new(bytes), &at, &mut decoded).map(|()| decoded)
    }

    #[test]
    fn everything_a_context_can_say_is_read() {
        // Record 5: lunch of 60 g, after the meal, by the person in good health, half an hour at 70 %, 6 µL of rapid insulin, 6.5 %.
        let bytes = [0x7F, 5, 0, 2, 60, 0xD0, 2, 0x51, 0x08, 0x07, 70, 1, 6, 0xA0, 65, 0xF0];
        let decoded = decode(&bytes, Some((5, 1_000))).unwrap();
        let said: Vec<_> = decoded.readings.iter().map(|one| (one.vital, one.value)).collect();
        let expected = [
            (Vital::Carbohydrates, 6_000),
            (Vital::ExerciseDuration, 1_800),
            (Vital::ExerciseIntensity, 700),
            (Vital::MedicationVolume, 60),
            (Vital::GlycatedHaemoglobin, 650),
        ];
        assert_eq!(said, expected.map(|(vital, number)| (vital, Value::Number(number))));
        assert!(decoded.readings.iter().all(|one| one.measured_at == 1_000 && one.quality.is_good()));
    }

    #[test]
    fn a_context_whose_measurement_did_not_come_has_the_phones_time() {
        for known in [None, Some((4, 1_000))] {
            let reading = decode(&[0x01, 5, 0, 2, 60, 0xD0], known).unwrap().readings[0];
            assert_eq!(reading.measured_at, 7_000);
            assert!(reading.quality.has(Mark::PhoneTime));
        }
    }

    #[test]
    fn a_duration_beyond_the_field_is_an_absence() {
        let decoded = decode(&[0x08, 5, 0, 0xFF, 0xFF, 100], None).unwrap();
        assert_eq!(decoded.readings[0].value, Value::Absent(Absent::PositiveInfinity));
    }
}
