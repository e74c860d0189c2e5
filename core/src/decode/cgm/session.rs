//! CGM Session Start Time (2AAA) and Session Run Time (2AAB): from when minutes count, and how long the sensor lasts.

use super::{
    super::{
        clock::Stamp,
        context::Context,
        current_time::ZONES,
        cursor::{Choices, Cursor},
        date_time,
        field::Quantity,
        outcome::{Decoded, Reason, Told},
    },
    crc,
};

const QUARTER: i64 = 15;

pub(super) const SUMMER_TIME: Choices = &[
    (0, "standard time"),
    (2, "half an hour daylight time"),
    (4, "daylight time"),
    (8, "double daylight time"),
    (255, "unknown"),
];

/// When the session began, by the sensor's clock, brought to UTC by the zone if it tells one.
pub(super) fn start(cursor: &mut Cursor<'_>, context: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    let told = date_time::local(cursor.array("Session Start Time", date_time::says)?);
    let zone = cursor.quantity_i8("Time Zone", Quantity::decimal(15, 0, "min"))?;
    let summer = cursor.choice_u8("DST-Offset", SUMMER_TIME)?;
    crc::checked_if_there(cursor, context)?;
    cursor.end(0)?;
    decoded.told = Some(Told::SessionStart(match (told, minutes_east(zone, summer)) {
        (Stamp::Local(at), Some(minutes)) => Stamp::Utc(at).plus_minutes(-minutes),
        _ => told,
    }));
    Ok(())
}

/// Minutes by which local time is ahead of UTC; `None` when zone or summer time are not known, or reserved.
fn minutes_east(zone: i8, summer: u8) -> Option<i64> {
    let known = ZONES.contains(&zone) && matches!(summer, 0 | 2 | 4 | 8);
    known.then_some((i64::from(zone) + i64::from(summer)) * QUARTER)
}

pub(super) fn run(cursor: &mut Cursor<'_>, context: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.quantity_u16("CGM Session Run Time", Quantity::whole("h"))?;
    crc::checked_if_there(cursor, context)?;
    cursor.end(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_is_quarters_of_an_hour_and_summer_time_adds_to_it() {
        // 2026-07-14 09:26:53; +8 quarters are two hours east, 4 quarters of summer time another.
        let at = |zone: i8, summer: u8| {
            let bytes = [0xEA, 0x07, 7, 14, 9, 26, 53, zone.to_le_bytes()[0], summer];
            crate::decode::alone(start, &bytes, 0).unwrap().told
        };
        let utc = 1_784_021_213_000;
        let session = |start| Some(Told::SessionStart(start));
        assert_eq!(at(0, 0), session(Stamp::Utc(utc)));
        assert_eq!(at(8, 4), session(Stamp::Utc(utc - 3 * 3_600_000)));
        assert_eq!(at(-20, 0), session(Stamp::Utc(utc + 5 * 3_600_000)));
        assert_eq!(at(-128, 255), session(Stamp::Local(utc)), "without zone");
        assert_eq!(at(4, 255), session(Stamp::Local(utc)), "summer time not known");
        for reserved in [-49, 57, 127] {
            assert_eq!(at(reserved, 0), session(Stamp::Local(utc)), "{reserved}");
        }
    }

    #[test]
    fn a_session_whose_start_is_not_known_says_so() {
        let decoded = crate::decode::alone(start, &[0, 0, 0, 0, 0, 0, 0, 0, 0], 0).unwrap();
        assert_eq!(decoded.told, Some(Told::SessionStart(Stamp::Missing)));
    }

    #[test]
    fn the_run_time_has_a_checksum_or_none() {
        assert!(crate::decode::alone(run, &[0xF0, 0], 0).is_ok());
        let [low, high] = crc::of(&[0xF0, 0]).to_le_bytes();
        assert!(crate::decode::alone(run, &[0xF0, 0, low, high], 0).is_ok());
        assert!(crate::decode::alone(run, &[0xF0, 0, low, high ^ 0x80], 0).is_err());
    }
}
