//! The Elapsed Time service (183F): what a sensor's clock or tick counter shows (2BF2), in which zone, and who set it.

use super::{
    clock::{Stamp, Zone},
    context::Context,
    current_time::{SOURCES, zone},
    cursor::{Choices, Cursor},
    field::{Part, Says},
    format::{Format, Kind},
    outcome::{Decoded, Reason, Told},
};
use crate::ble::Characteristic;
use pulsebook_protocol::{reading::UnixMillis, time_text};

/// Current Elapsed Time of the Elapsed Time service.
pub const CURRENT: Characteristic = Characteristic::new(0x183F, 0x2BF2);

/// What this file reads (Elapsed Time Service 1.0).
pub(super) const FORMATS: &[Format] =
    &[Format::new(Kind::About, CURRENT, "Current Elapsed Time", current_elapsed_time)];

const RESOLUTIONS: Choices = &[(0, "1 s"), (1, "100 ms"), (2, "1 ms"), (3, "100 µs")];
/// Units of each resolution in a second.
const PER_SECOND: [u64; 4] = [1, 10, 1_000, 10_000];
const FLAGS: &[Part] = &[
    Part::flag(0, "Tick Counter"),
    Part::flag(1, "UTC"),
    Part::of(2, 2, "Time Resolution", RESOLUTIONS),
    Part::flag(4, "TZ/DST Offset used"),
    Part::flag(5, "Current Timeline"),
];
const STATUS: &[&str] = &["Clock needs to be set"];
const CAPABILITIES: &[&str] = &["Clock applies DST rules", "Clock manages TZ changes"];

const TICKS: u8 = 1;
const UTC: u8 = 1 << 1;
const RESOLUTION_AT: u8 = 2;
const OFFSET_USED: u8 = 1 << 4;
const CURRENT_TIMELINE: u8 = 1 << 5;
/// Sources that keep a clock right when it is set anew: all but "not known", a person's hand and "not synchronised".
const SYNCHRONISED: [u8; 5] = [1, 2, 3, 5, 6];
const QUARTER: i64 = 15;

/// 2000-01-01 in seconds since 1970, where the time of day begins to count.
const EPOCH_S: u64 = 946_684_800;
const EPOCH_MS: i64 = 946_684_800_000;

/// Reads the time with its status; a client that sets the clock writes the time alone.
fn current_elapsed_time(cursor: &mut Cursor<'_>, _: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    decoded.told = Some(Told::Clock(stamp(cursor)?));
    if !cursor.is_at_end() {
        cursor.flags_u8("Clock Status", STATUS)?;
        cursor.flags_u8("Clock Capabilities", CAPABILITIES)?;
    }
    cursor.end(0)
}

/// The bytes that set a clock to this moment in UTC, with the zone beside it; who set it is not said.
pub fn encode(at: UnixMillis, zone: Zone) -> [u8; 9] {
    let seconds = at.saturating_sub(EPOCH_MS).max(0).div_euclid(1000);
    let [a, b, c, d, e, f, ..] = seconds.to_le_bytes();
    let quarters = i8::try_from(i64::from(zone.minutes_at(at)) / QUARTER).unwrap_or(0);
    [UTC | OFFSET_USED | CURRENT_TIMELINE, a, b, c, d, e, f, 0, quarters.to_le_bytes()[0]]
}

/// Nine bytes: flags, 48 bits of time, who set it, and the offset from UTC. Observations of generic sensors carry them too.
pub(super) fn stamp(cursor: &mut Cursor<'_>) -> Result<Stamp, Reason> {
    let flags = cursor.parts_u8("Flags", FLAGS)?;
    let [a, b, c, d, e, f] = cursor.array("Time Value", |raw| time(flags, raw))?;
    let source = cursor.choice_u8("Time Sync Source Type", SOURCES)?;
    let [quarters] = cursor.array("TZ/DST Offset", |[raw]| zone(raw))?;
    Ok(told(flags, u64::from_le_bytes([a, b, c, d, e, f, 0, 0]), (source, quarters.cast_signed())))
}

/// A time of an earlier timeline (the clock was set anew since) means nothing any more, unless an outer source kept it right.
fn told(flags: u8, units: u64, (source, quarters): (u8, i8)) -> Stamp {
    let per_second = PER_SECOND.get(usize::from(flags >> RESOLUTION_AT & 3)).copied().unwrap_or(1);
    // 48 bits of seconds are more milliseconds than a number holds; what no record holds is told later.
    let elapsed = i64::try_from(u128::from(units) * 1000 / u128::from(per_second)).unwrap_or(i64::MAX / 2);
    if flags & CURRENT_TIMELINE == 0 && !SYNCHRONISED.contains(&source) {
        return Stamp::Outdated;
    }
    let at = elapsed.saturating_add(EPOCH_MS);
    match (flags & TICKS != 0, flags & UTC != 0, flags & OFFSET_USED != 0) {
        (true, ..) => Stamp::Ticks(elapsed),
        (false, true, _) => Stamp::Utc(at),
        (false, false, true) => Stamp::Utc(at).plus_minutes(-QUARTER * i64::from(quarters)),
        (false, false, false) => Stamp::Local(at),
    }
}

/// A time of day since 2000, or ticks since whenever.
fn time(flags: u8, [a, b, c, d, e, f]: [u8; 6]) -> Says {
    let units = u64::from_le_bytes([a, b, c, d, e, f, 0, 0]);
    let per_second = PER_SECOND.get(usize::from(flags >> RESOLUTION_AT & 3)).copied().unwrap_or(1);
    if flags & TICKS != 0 {
        return Says::Number(units as f64 / per_second as f64, "s");
    }
    let (seconds, rest) = (units / per_second, units % per_second);
    let text = time_text::rfc3339(EPOCH_S + seconds);
    let text = text.trim_end_matches('Z').replace('T', " ");
    match rest {
        0 => Says::Text(text),
        rest => Says::Text(format!("{text} and {rest}/{per_second} s")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::format_of;

    fn says(bytes: &[u8]) -> Vec<String> {
        let (fields, read) = format_of(CURRENT).unwrap().explain(bytes, &Context::at(0));
        assert!(matches!(read.unwrap().told, Some(Told::Clock(_))));
        fields.iter().map(|field| field.says.to_string()).collect()
    }

    #[test]
    fn a_time_of_day_counts_from_2000() {
        // 1,000,000 s after 2000-01-01: `date -u -d @947684800` of GNU coreutils.
        let read = says(&[0x02, 0x40, 0x42, 0x0F, 0, 0, 0, 1, 0, 0, 0]);
        assert_eq!(read[1..4], ["2000-01-12 13:46:40", "Network Time Protocol", "UTC+00:00"]);
        assert_eq!(says(&[0x08, 0x81, 0xEE, 0x36, 0, 0, 0, 0, 0])[1], "2000-01-01 01:00:00 and 1/1000 s");
    }

    #[test]
    fn a_tick_counter_counts_seconds() {
        assert_eq!(
            says(&[0x05, 0xF4, 0x01, 0, 0, 0, 0, 0, 0, 0, 0])[..2],
            ["Tick Counter, Time Resolution: 100 ms", "50 s"]
        );
    }

    #[test]
    fn the_greatest_time_of_every_resolution_is_told() {
        for resolution in 0..4 {
            assert!(!says(&[resolution << 2, 255, 255, 255, 255, 255, 255, 0, 0])[1].is_empty());
        }
    }

    fn read(flags: u8, count: u64, source: u8, quarters: i8) -> Stamp {
        let mut bytes = vec![flags];
        bytes.extend(&count.to_le_bytes()[..6]);
        bytes.extend([source, quarters.to_le_bytes()[0]]);
        stamp(&mut Cursor::new(&bytes)).unwrap()
    }

    #[test]
    fn each_resolution_counts_from_2000() {
        // `date -u -d @1000000000` is 2001-09-09 01:46:40; 53,315,200 s after 2000-01-01.
        for (bits, count) in [(0, 53_315_200), (1, 533_152_000), (2, 53_315_200_000), (3, 533_152_000_000)] {
            assert_eq!(read(0x22 | bits << 2, count, 1, 0), Stamp::Utc(1_000_000_000_000), "{bits}");
        }
    }

    #[test]
    fn local_time_with_its_offset_becomes_utc() {
        assert_eq!(read(0x30, 7_200, 1, 8), Stamp::Utc(EPOCH_MS));
        assert_eq!(read(0x32, 7_200, 1, 8), Stamp::Utc(EPOCH_MS + 7_200_000));
        assert_eq!(read(0x20, 7_200, 1, 8), Stamp::Local(EPOCH_MS + 7_200_000));
    }

    #[test]
    fn a_clock_set_anew_is_believed_only_from_an_outer_source() {
        assert_eq!(read(0x02, 5, 7, 0), Stamp::Outdated);
        assert_eq!(read(0x02, 5, 4, 0), Stamp::Outdated);
        assert_eq!(read(0x02, 5, 1, 0), Stamp::Utc(EPOCH_MS + 5_000));
        assert_eq!(read(0x21, 5, 7, 0), Stamp::Ticks(5_000));
    }

    #[test]
    fn a_clock_is_set_to_what_it_then_tells() {
        let bytes = encode(1_784_021_213_999, Zone::new(120, &[]));
        assert_eq!(stamp(&mut Cursor::new(&bytes)), Ok(Stamp::Utc(1_784_021_213_000)));
        assert_eq!(bytes[8], 8);
    }
}
