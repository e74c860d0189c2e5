//! How local clocks go where this device is: by its own settings, or as the patient says. Sensors date by local clocks.

use jiff::{
    Timestamp,
    tz::{TimeZone, TimeZoneTransition},
};
use pulsebook_core::decode::Zone;
use pulsebook_protocol::reading::UnixMillis;

/// Changes of local time that are told before a moment, and as many after it: a year each way.
const CHANGES: usize = 2;

/// A zone by its name.
///
/// # Errors
/// What is wrong, in words, for clap to show.
pub(crate) fn parse_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| {
        "expected the name of a time zone that this device knows, such as Europe/Berlin, or UTC".to_owned()
    })
}

/// The zone that this device is set to; `None` when its settings do not say.
pub(crate) fn of_system() -> Option<TimeZone> {
    TimeZone::try_system().ok()
}

/// A zone as the record needs it, around this moment; `None` for a moment beyond the calendar.
pub(crate) fn around(zone: &TimeZone, moment: UnixMillis) -> Option<Zone> {
    let at = Timestamp::from_millisecond(moment).ok()?;
    let mut changes: Vec<TimeZoneTransition<'_>> = zone.preceding(at).take(CHANGES).collect();
    changes.reverse();
    changes.extend(zone.following(at).take(CHANGES));
    let earliest = changes.first().map_or(Some(at), |change| {
        Timestamp::from_millisecond(change.timestamp().as_millisecond().checked_sub(1)?).ok()
    })?;
    let changes: Vec<(UnixMillis, i16)> = changes
        .iter()
        .map(|change| Some((change.timestamp().as_millisecond(), minutes(change.offset().seconds())?)))
        .collect::<Option<_>>()?;
    Some(Zone::new(minutes(zone.to_offset(earliest).seconds())?, &changes))
}

fn minutes(seconds: i32) -> Option<i16> {
    i16::try_from(seconds / 60).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn winter_and_summer_time_are_told_a_year_each_way() {
        // The time zone database: Berlin's clocks change at 01:00 UTC on the last Sundays of March and October.
        let berlin = parse_zone("Europe/Berlin").unwrap();
        let zone = around(&berlin, 1_784_021_213_000).unwrap();
        let spring = 1_774_746_000_000;
        let autumn = 1_792_890_000_000;
        for (at, minutes) in [
            (spring - 200 * 86_400_000, 120),
            (spring - 1, 60),
            (spring, 120),
            (autumn - 1, 120),
            (autumn, 60),
            (autumn + 200 * 86_400_000, 120),
        ] {
            assert_eq!(zone.minutes_at(at), minutes, "{at}");
        }
        let utc = around(&parse_zone("UTC").unwrap(), 0).unwrap();
        assert_eq!(utc, Zone::default());
    }

    #[test]
    fn a_zone_that_nobody_knows_is_refused_with_an_example() {
        assert!(parse_zone("Europe/Atlantis").unwrap_err().contains("Europe/Berlin"));
    }
}
