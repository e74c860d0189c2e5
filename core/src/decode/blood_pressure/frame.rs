//! The four frames of a blood pressure: measured or still in the cuff, with a Date Time or (enhanced) with seconds since an epoch.
//!
//! The pressure in the cuff while it measures is no blood pressure: it is a vital of its own, and its pulse stays in the raw
//! notification. An enhanced frame tells the time twice: its clock's in UTC, and the local time that the monitor shows people;
//! the clock's counts, and the shown time where it is alone.

use super::{
    super::{
        clock::Stamp,
        context::Context,
        cursor::Cursor,
        date_time,
        field::Says,
        float::{Conversion, Decimal, KILOPASCAL, SAME_UNIT},
        outcome::{Decoded, Reason},
    },
    status::{PARTS, measurement_quality, pulse_quality},
};
use pulsebook_protocol::{reading::Reading, time_text, vital::Vital};

const FLAGS: &[&str] = &[
    "Blood Pressure Units is kPa",
    "Time Stamp present",
    "Pulse Rate present",
    "User ID present",
    "Measurement Status present",
    // The enhanced frames alone know these.
    "User Facing Time present",
    "Epoch Start is 2000",
];

const IN_KILOPASCAL: u8 = 1;
const HAS_TIME: u8 = 1 << 1;
const HAS_PULSE: u8 = 1 << 2;
const HAS_USER: u8 = 1 << 3;
const HAS_STATUS: u8 = 1 << 4;
const HAS_SHOWN_TIME: u8 = 1 << 5;
const SINCE_2000: u8 = 1 << 6;

/// 1900-01-01 and 2000-01-01 in seconds since 1970.
const EPOCHS_S: [i64; 2] = [-2_208_988_800, 946_684_800];

/// What a frame holds: its pressures in order, and how it tells the time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Each pressure's name, and the vital it becomes.
    pressures: &'static [(&'static str, Option<Vital>)],
    flags: &'static [&'static str],
    reserved: u8,
    enhanced: bool,
    has_pulse: bool,
}

const MEASURED: &[(&str, Option<Vital>)] = &[
    ("Systolic", Some(Vital::SystolicPressure)),
    ("Diastolic", Some(Vital::DiastolicPressure)),
    ("Mean Arterial Pressure", Some(Vital::MeanArterialPressure)),
];
const IN_CUFF: &[(&str, Option<Vital>)] =
    &[("Current Cuff Pressure", Some(Vital::CuffPressure)), ("Unused", None), ("Unused", None)];
const ENHANCED_IN_CUFF: &[(&str, Option<Vital>)] =
    &[("Intermediate Cuff Pressure", Some(Vital::CuffPressure))];

impl Shape {
    const PLAIN: Shape = Shape {
        pressures: MEASURED,
        flags: FLAGS.split_at(5).0,
        reserved: 0xE0,
        enhanced: false,
        has_pulse: true,
    };
    const ENHANCED: Shape = Shape { flags: FLAGS, reserved: 0x80, enhanced: true, ..Shape::PLAIN };

    pub(super) const MEASUREMENT: Shape = Shape::PLAIN;
    pub(super) const CUFF_PRESSURE: Shape = Shape { pressures: IN_CUFF, has_pulse: false, ..Shape::PLAIN };
    pub(super) const ENHANCED_MEASUREMENT: Shape = Shape::ENHANCED;
    pub(super) const ENHANCED_CUFF_PRESSURE: Shape =
        Shape { pressures: ENHANCED_IN_CUFF, has_pulse: false, ..Shape::ENHANCED };
}

/// Reads one frame to its end.
pub(super) fn read(
    shape: Shape,
    cursor: &mut Cursor<'_>,
    context: &Context,
    decoded: &mut Decoded,
) -> Result<(), Reason> {
    let reserved = fields(shape, cursor, context, decoded)?;
    cursor.end(reserved)
}

/// Reads what the flags announce, and gives those flags that nobody knows.
pub(super) fn fields(
    shape: Shape,
    cursor: &mut Cursor<'_>,
    context: &Context,
    decoded: &mut Decoded,
) -> Result<u32, Reason> {
    let flags = cursor.flags_u8("Flags", shape.flags)?;
    let (conversion, unit) =
        if flags & IN_KILOPASCAL != 0 { (KILOPASCAL, "kPa") } else { (SAME_UNIT, "mmHg") };
    let mut pressures = [Decimal::ZERO; 3];
    for ((name, _), pressure) in shape.pressures.iter().zip(&mut pressures) {
        *pressure = cursor.sfloat(name, unit)?;
    }
    let announced = flags & HAS_TIME != 0;
    let told = match shape.enhanced {
        true if announced => Some(Stamp::Utc(seconds(cursor, "Time Stamp", flags)?)),
        true => None,
        false => Some(date_time::stamp(cursor, announced)?),
    };
    let pulse = (flags & HAS_PULSE != 0).then(|| cursor.sfloat("Pulse Rate", "/min")).transpose()?;
    let user = (flags & HAS_USER != 0).then(|| cursor.u8("User ID")).transpose()?;
    let status = if flags & HAS_STATUS != 0 { cursor.parts_u16("Measurement Status", PARTS)? } else { 0 };
    let shown = match shape.enhanced && flags & HAS_SHOWN_TIME != 0 {
        true => Stamp::Local(seconds(cursor, "User Facing Time", flags)?),
        false => Stamp::Missing,
    };

    let moment = context.moment(told.unwrap_or(shown));
    let quality = moment.quality.union(measurement_quality(status));
    let reading = |vital, decimal: Decimal, conversion: Conversion| Reading {
        vital,
        measured_at: moment.measured_at,
        value: decimal.value(vital, conversion),
        quality,
    };
    for ((_, vital), pressure) in shape.pressures.iter().zip(pressures) {
        decoded.readings.extend(vital.map(|vital| reading(vital, pressure, conversion)));
    }
    decoded.readings.extend(pulse.filter(|_| shape.has_pulse).map(|pulse| {
        let reading = reading(Vital::CuffPulseRate, pulse, SAME_UNIT);
        Reading { quality: reading.quality.union(pulse_quality(status)), ..reading }
    }));
    decoded.user_index = user;
    Ok(u32::from(flags & shape.reserved))
}

/// A time in seconds since the epoch that the flags choose, as milliseconds since 1970.
fn seconds(cursor: &mut Cursor<'_>, name: &'static str, flags: u8) -> Result<i64, Reason> {
    let epoch = if flags & SINCE_2000 == 0 { EPOCHS_S[0] } else { EPOCHS_S[1] };
    let since_1970 = |raw| epoch + i64::from(u32::from_le_bytes(raw));
    let raw = cursor.array(name, |raw| match u64::try_from(since_1970(raw)) {
        Ok(seconds) => Says::Text(time_text::rfc3339(seconds).trim_end_matches('Z').replace('T', " ")),
        Err(_) => Says::Text(format!("{} s before 1970", -since_1970(raw))),
    })?;
    Ok(since_1970(raw) * 1000)
}
