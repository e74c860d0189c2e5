//! CGM Measurement (2AA7): one or more records, each with its own length, minutes since the session began, and what the sensor says of itself.

use super::{
    super::{
        clock::Stamp,
        context::Context,
        cursor::Cursor,
        field::Quantity,
        float::{Decimal, SAME_UNIT},
        glucose,
        outcome::{Decoded, Reason},
    },
    crc, status,
};
use pulsebook_protocol::{
    quality::{Mark, Quality},
    reading::{Reading, Value},
    vital::Vital,
};

const FLAGS: &[&str] = &[
    "CGM Trend Information present",
    "CGM Quality present",
    "",
    "",
    "",
    "Sensor Status Annunciation, Warning Octet present",
    "Sensor Status Annunciation, Cal/Temp Octet present",
    "Sensor Status Annunciation, Status Octet present",
];

const HAS_TREND: u8 = 1;
const HAS_QUALITY: u8 = 1 << 1;
const HAS_WARNING: u8 = 1 << 5;
const HAS_CALIBRATION: u8 = 1 << 6;
const HAS_STATUS: u8 = 1 << 7;
const RESERVED: u8 = 0b0001_1100;

/// The specimen where the sensor did not say: interstitial fluid, what these sensors sit in.
const INTERSTITIAL: u8 = 9;

/// Reads every record of the frame.
pub(super) fn measurements(
    cursor: &mut Cursor<'_>,
    context: &Context,
    decoded: &mut Decoded,
) -> Result<(), Reason> {
    loop {
        record(cursor, context, decoded)?;
        if cursor.is_at_end() {
            return Ok(());
        }
    }
}

/// The records of a frame that was read: the minutes of each, and its bytes.
pub(in crate::decode) fn records(frame: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = frame;
    std::iter::from_fn(move || {
        let size = usize::from(*rest.first()?).max(1);
        let (record, after) = rest.split_at_checked(size)?;
        rest = after;
        let minutes = record.get(4..6)?.try_into().ok()?;
        Some((u16::from_le_bytes(minutes), record))
    })
}

/// A record is as long as its first byte says: longer than its flags by two is one with a checksum.
fn record(cursor: &mut Cursor<'_>, context: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    let from = cursor.position();
    let size = usize::from(cursor.quantity_u8("Size", Quantity::whole("bytes"))?);
    let flags = cursor.flags_u8("Flags", FLAGS)?;
    let glucose = cursor.sfloat("CGM Glucose Concentration", "mg/dL")?;
    let minutes = cursor.quantity_u16("Time Offset", Quantity::whole("min"))?;
    let announced = (flags & HAS_STATUS != 0, flags & HAS_CALIBRATION != 0, flags & HAS_WARNING != 0);
    let quality = status::annunciation(cursor, announced)?;
    let trend =
        (flags & HAS_TREND != 0).then(|| cursor.sfloat("CGM Trend Information", "mg/dL/min")).transpose()?;
    if flags & HAS_QUALITY != 0 {
        cursor.sfloat("CGM Quality", "%")?;
    }
    finish(cursor, (from, size, flags), context)?;
    decoded.record = Some(minutes);
    add(decoded, context, minutes, quality, (glucose, trend));
    Ok(())
}

/// What the size leaves after the fields: nothing, a checksum, or fields that reserved flags announce.
fn finish(
    cursor: &mut Cursor<'_>,
    (from, size, flags): (usize, usize, u8),
    context: &Context,
) -> Result<(), Reason> {
    let read = cursor.position() - from;
    match size.checked_sub(read) {
        Some(0) if !context.checksums => Ok(()),
        Some(0) => Err(Reason::WrongSize { expected: read + 2, came: size }),
        Some(2) if flags & RESERVED == 0 => crc::checked_from(cursor, from, "E2E-CRC"),
        Some(more) if flags & RESERVED != 0 => {
            cursor.slice("fields of a later version", more, |_| super::super::field::Says::Bytes).map(drop)
        }
        _ => Err(Reason::WrongSize { expected: read, came: size }),
    }
}

/// Minutes count from the start of the session; one that is not known leaves the phone's time, which may be hours late. A
/// specimen that no monitor measures in is taken for interstitial fluid, and doubted.
fn add(
    decoded: &mut Decoded,
    context: &Context,
    minutes: u16,
    quality: Quality,
    (glucose, trend): (Decimal, Option<Decimal>),
) {
    let moment = match context.session_start {
        Stamp::Missing => context.moment(Stamp::Missing).with(Mark::ClockNotSet),
        start => context.moment(start.plus_minutes(minutes.into())),
    };
    let known = glucose::vital(context.specimen.unwrap_or(INTERSTITIAL));
    let vital = known.unwrap_or(Vital::GlucoseInterstitial);
    let quality = quality.union(moment.quality);
    let quality = if known.is_none() { quality.with(Mark::SensorQuestionable) } else { quality };
    let mut push = |vital, value: Value| {
        decoded.readings.push(Reading { vital, measured_at: moment.measured_at, value, quality });
    };
    push(vital, glucose.value(vital, SAME_UNIT));
    if let Some(trend) = trend {
        push(Vital::GlucoseTrend, trend.value(Vital::GlucoseTrend, SAME_UNIT));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_784_021_213_000;

    fn decode(bytes: &[u8]) -> Result<Decoded, Reason> {
        let mut decoded = Decoded::default();
        let context = Context { session_start: Stamp::Utc(START), ..Context::at(7) };
        measurements(&mut Cursor::new(bytes), &context, &mut decoded).map(|()| decoded)
    }

    #[test]
    fn minutes_count_from_the_start_of_the_session() {
        let decoded = decode(&[6, 0, 100, 0, 5, 0]).unwrap();
        let reading = decoded.readings[0];
        assert_eq!((reading.vital, reading.value), (Vital::GlucoseInterstitial, Value::Number(1000)));
        assert_eq!(reading.measured_at, START + 300_000);
        assert_eq!(decoded.record, Some(5));
        let unknown = crate::decode::alone(measurements, &[6, 0, 100, 0, 5, 0], 7).unwrap().readings[0];
        assert_eq!(unknown.measured_at, 7);
        assert!(unknown.quality.has(Mark::PhoneTime) && unknown.quality.has(Mark::ClockNotSet));
    }

    #[test]
    fn several_records_with_every_field_are_read_one_after_the_other() {
        // 110 mg/dL at minute 6, battery low, falling 1.5 mg/dL a minute, quality 95 %; then 112 mg/dL at minute 7.
        let first = [13, 0xE3, 110, 0, 6, 0, 0x02, 0x00, 0x00, 0xF1, 0xFF, 95, 0];
        let decoded = decode(&[&first[..], &[6, 0, 112, 0, 7, 0]].concat()).unwrap();
        let said: Vec<_> = decoded.readings.iter().map(|one| (one.vital, one.value)).collect();
        let expected = [
            (Vital::GlucoseInterstitial, 1100),
            (Vital::GlucoseTrend, -150),
            (Vital::GlucoseInterstitial, 1120),
        ];
        assert_eq!(said, expected.map(|(vital, number)| (vital, Value::Number(number))));
        assert!(decoded.readings[0].quality.has(Mark::BatteryLow));
        assert!(decoded.readings[2].quality.is_good());
    }

    #[test]
    fn a_checksum_is_held_to_and_a_wrong_size_is_refused() {
        let body = [8, 0, 100, 0, 5, 0];
        let [low, high] = crc::of(&body).to_le_bytes();
        assert!(decode(&[&body[..], &[low, high]].concat()).is_ok());
        assert!(matches!(decode(&[&body[..], &[low, high ^ 1]].concat()), Err(Reason::Checksum { .. })));
        assert_eq!(decode(&[7, 0, 100, 0, 5, 0, 0]), Err(Reason::WrongSize { expected: 6, came: 7 }));
        assert_eq!(decode(&[0, 0, 100, 0, 5, 0]), Err(Reason::WrongSize { expected: 6, came: 0 }));
    }

    #[test]
    fn a_specimen_that_no_monitor_has_is_doubted_and_not_dropped() {
        for specimen in [0, 10, 15] {
            let context =
                Context { specimen: Some(specimen), session_start: Stamp::Utc(START), ..Context::at(7) };
            let mut decoded = Decoded::default();
            measurements(&mut Cursor::new(&[6, 0, 100, 0, 5, 0]), &context, &mut decoded).unwrap();
            let readings = &decoded.readings;
            assert_eq!(
                readings.iter().map(|one| one.vital).collect::<Vec<_>>(),
                [Vital::GlucoseInterstitial]
            );
            assert!(readings[0].quality.has(Mark::SensorQuestionable), "{specimen}");
        }
    }

    #[test]
    fn levels_that_a_person_chose_say_nothing_against_a_value() {
        for (bit, good) in
            [(0, true), (1, true), (2, true), (3, true), (4, true), (5, true), (6, false), (7, false)]
        {
            let quality = decode(&[7, 0x20, 100, 0, 5, 0, 1 << bit]).unwrap().readings[0].quality;
            assert_eq!(quality.is_good(), good, "bit {bit}");
        }
    }
}
