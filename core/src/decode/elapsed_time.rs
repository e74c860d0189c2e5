//! The Elapsed Time service (183F): what a sensor's clock or tick counter shows (2BF2), in which zone, and who set it.

use super::{
    clock::{Stamp, Zone},
    context::Context,
    current_time::{SOURCES, ZONES, zone},
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
const NEEDS_SETTING: u8 = 1;
const CAPABILITIES: &[&str] = &["Clock applies DST rules", "Clock manages TZ changes"];

const TICKS: u8 = 1;
const UTC: u8 = 1 << 1;
const RESOLUTION_AT: u8 = 2;
const OFFSET_USED: u8 = 1 << 4;
const CURRENT_TIMELINE: u8 = 1 << 5;
/// Sources that keep a clock right when it is set anew: all but "not known", a person's hand and "not synchronised".
const SYNCHRONISED: [u8; 5] = [1, 2, 3, 5, 6];
/// What keeps the clock right by which this device sets others.
const NETWORK_TIME: u8 = 1;
const QUARTER: i64 = 15;

/// 2000-01-01 in seconds since 1970, where the time of day begins to count.
const EPOCH_S: u64 = 946_684_800;
const EPOCH_MS: i64 = 946_684_800_000;

/// Reads the time with its status; a client that sets the clock writes the time alone.
fn current_elapsed_time(cursor: &mut Cursor<'_>, _: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    // What a clock shows now is of its current timeline, and how far it is off is seen by looking at it.
    decoded.told = Some(Told::Clock(match read(cursor, CURRENT_TIMELINE)? {
        Stamp::SyncedLocal(at) => Stamp::Local(at),
        Stamp::SyncedUtc(at) => Stamp::Utc(at),
        other => other,
    }));
    if !cursor.is_at_end() {
        let status = cursor.flags_u8("Clock Status", STATUS)?;
        decoded.clock_is_set = Some(status & NEEDS_SETTING == 0);
        cursor.flags_u8("Clock Capabilities", CAPABILITIES)?;
    }
    cursor.end(0)
}

/// The bytes that set a clock which showed this: the moment in the sensor's own resolution, as UTC or local time with or
/// without its offset, whichever it uses. `None` for a tick counter, which cannot be set, and for what is no time.
///
/// ```
/// use pulsebook_core::decode::{Zone, elapsed_time};
/// let shown = [0x22, 0, 0, 0, 0, 0, 0, 7, 0, 1, 0]; // UTC in seconds, not synchronised, needs to be set
/// let set = elapsed_time::answer(&shown, 946_684_801_000, Zone::default());
/// assert_eq!(set, Some([0x22, 1, 0, 0, 0, 0, 0, 1, 0]));
/// ```
pub fn answer(shown: &[u8], at: UnixMillis, zone: Zone) -> Option<[u8; 9]> {
    let flags = *shown.first().filter(|flags| shown.len() >= 9 && **flags & TICKS == 0)?;
    let quarters = i8::try_from(i64::from(zone.minutes_at(at)) / QUARTER).ok()?;
    let local = match (flags & UTC != 0, flags & OFFSET_USED != 0) {
        (true, _) => at,
        (false, true) => at.saturating_add(i64::from(quarters) * QUARTER * 60_000),
        (false, false) => zone.local_of(at),
    };
    let per_second = PER_SECOND.get(usize::from(flags >> RESOLUTION_AT & 3)).copied().unwrap_or(1);
    let elapsed = u64::try_from(local.saturating_sub(EPOCH_MS)).ok()?;
    let [a, b, c, d, e, f, ..] = (elapsed.saturating_mul(per_second) / 1000).to_le_bytes();
    let offset = if flags & OFFSET_USED != 0 { quarters } else { 0 };
    let flags = flags & (UTC | 3 << RESOLUTION_AT | OFFSET_USED) | CURRENT_TIMELINE;
    Some([flags, a, b, c, d, e, f, NETWORK_TIME, offset.to_le_bytes()[0]])
}

/// Nine bytes: flags, 48 bits of time, who set it, and the offset from UTC. Observations of generic sensors carry them too.
pub(super) fn stamp(cursor: &mut Cursor<'_>) -> Result<Stamp, Reason> {
    read(cursor, 0)
}

/// The same with flags that are known to be set.
fn read(cursor: &mut Cursor<'_>, known: u8) -> Result<Stamp, Reason> {
    let flags = cursor.parts_u8("Flags", FLAGS)?;
    let [a, b, c, d, e, f] = cursor.array("Time Value", |raw| time(flags, raw))?;
    let source = cursor.choice_u8("Time Sync Source Type", SOURCES)?;
    let [quarters] = cursor.array("TZ/DST Offset", |[raw]| zone(raw))?;
    Ok(told(flags | known, u64::from_le_bytes([a, b, c, d, e, f, 0, 0]), (source, quarters.cast_signed())))
}

/// A time of an earlier timeline (the clock was set anew since) means nothing any more, unless an outer source kept it right;
/// a counter means something on its current timeline alone. An offset that is not known, or reserved, leaves local time.
fn told(flags: u8, units: u64, (source, quarters): (u8, i8)) -> Stamp {
    let per_second = PER_SECOND.get(usize::from(flags >> RESOLUTION_AT & 3)).copied().unwrap_or(1);
    // 48 bits of seconds are more milliseconds than a number holds; what no record holds is told later.
    let elapsed = i64::try_from(u128::from(units) * 1000 / u128::from(per_second)).unwrap_or(i64::MAX / 2);
    let (current, synced) = (flags & CURRENT_TIMELINE != 0, SYNCHRONISED.contains(&source));
    let at = elapsed.saturating_add(EPOCH_MS);
    let east = QUARTER * i64::from(quarters);
    let known = flags & OFFSET_USED != 0 && ZONES.contains(&quarters);
    match (flags & TICKS != 0, flags & UTC != 0) {
        (true, _) if current => Stamp::Ticks(elapsed),
        (false, true) if synced => Stamp::SyncedUtc(at),
        (false, true) if current => Stamp::Utc(at),
        (false, false) if synced && known => Stamp::SyncedUtc(at).plus_minutes(-east),
        (false, false) if synced => Stamp::SyncedLocal(at),
        (false, false) if current && known => Stamp::Utc(at).plus_minutes(-east),
        (false, false) if current => Stamp::Local(at),
        _ => Stamp::Outdated,
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
            assert_eq!(read(0x22 | bits << 2, count, 0, 0), Stamp::Utc(1_000_000_000_000), "{bits}");
        }
    }

    #[test]
    fn local_time_with_its_offset_becomes_utc() {
        assert_eq!(read(0x30, 7_200, 4, 8), Stamp::Utc(EPOCH_MS));
        assert_eq!(read(0x32, 7_200, 4, 8), Stamp::Utc(EPOCH_MS + 7_200_000));
        assert_eq!(read(0x20, 7_200, 4, 8), Stamp::Local(EPOCH_MS + 7_200_000));
    }

    #[test]
    fn an_offset_that_is_not_known_or_reserved_leaves_local_time() {
        for quarters in [-128, -49, 57] {
            assert_eq!(read(0x30, 7_200, 0, quarters), Stamp::Local(EPOCH_MS + 7_200_000), "{quarters}");
        }
    }

    #[test]
    fn every_row_of_the_guides_table_has_its_stamp() {
        // HL7 Personal Health Device guide 2.0.0, Coincident Time Stamp: timeline, source, kind of time.
        let (utc, at) = (EPOCH_MS, EPOCH_MS + 7_200_000);
        for (row, flags, source, stamp) in [
            ("UTC, current, not synchronised", 0x22, 7, Stamp::Utc(at)),
            ("UTC, current, by hand", 0x22, 4, Stamp::Utc(at)),
            ("UTC, current, synchronised", 0x22, 1, Stamp::SyncedUtc(at)),
            ("UTC, not current, not synchronised", 0x02, 7, Stamp::Outdated),
            ("UTC, not current, by hand", 0x02, 4, Stamp::Outdated),
            ("UTC, not current, synchronised", 0x02, 2, Stamp::SyncedUtc(at)),
            ("local with offset, current, not synchronised", 0x30, 7, Stamp::Utc(utc)),
            ("local with offset, current, synchronised", 0x30, 6, Stamp::SyncedUtc(utc)),
            ("local with offset, not current, not synchronised", 0x10, 0, Stamp::Outdated),
            ("local with offset, not current, synchronised", 0x10, 3, Stamp::SyncedUtc(utc)),
            ("local, current, not synchronised", 0x20, 7, Stamp::Local(at)),
            ("local, current, synchronised", 0x20, 5, Stamp::SyncedLocal(at)),
            ("local, not current, not synchronised", 0x00, 7, Stamp::Outdated),
            ("local, not current, synchronised", 0x00, 1, Stamp::SyncedLocal(at)),
            ("counter, current, not synchronised", 0x21, 7, Stamp::Ticks(7_200_000)),
            ("counter, current, synchronised", 0x21, 1, Stamp::Ticks(7_200_000)),
            ("counter, not current, not synchronised", 0x01, 7, Stamp::Outdated),
            ("counter, not current, synchronised", 0x01, 1, Stamp::Outdated),
        ] {
            assert_eq!(read(flags, 7_200, source, 8), stamp, "{row}");
        }
    }

    #[test]
    fn what_a_clock_shows_is_of_its_current_timeline_whoever_keeps_it_right() {
        let shows = |flags, source| {
            let bytes = [flags, 5, 0, 0, 0, 0, 0, source, 0, 1, 0];
            let read = format_of(CURRENT).unwrap().explain(&bytes, &Context::at(0)).1.unwrap();
            assert_eq!(read.clock_is_set, Some(false));
            read.told
        };
        assert_eq!(shows(0x02, 7), Some(Told::Clock(Stamp::Utc(EPOCH_MS + 5_000))));
        assert_eq!(shows(0x02, 1), Some(Told::Clock(Stamp::Utc(EPOCH_MS + 5_000))));
        assert_eq!(shows(0x01, 7), Some(Told::Clock(Stamp::Ticks(5_000))));
    }

    #[test]
    fn a_clock_is_set_in_its_own_way_to_what_it_then_tells() {
        let (at, zone) = (1_784_021_213_999, Zone::new(120, &[]));
        let set = |flags| answer(&[flags, 0, 0, 0, 0, 0, 0, 7, 0], at, zone);
        let shows = |flags| set(flags).map(|bytes| stamp(&mut Cursor::new(&bytes)).unwrap());
        assert_eq!(shows(0x32), Some(Stamp::SyncedUtc(1_784_021_213_000)));
        assert_eq!(shows(0x30 | 1 << 2), Some(Stamp::SyncedUtc(1_784_021_213_900)));
        assert_eq!(shows(0x02 | 2 << 2), Some(Stamp::SyncedUtc(at)));
        assert_eq!(shows(3 << 2), Some(Stamp::SyncedLocal(at + 7_200_000)));
        assert_eq!(set(0x21), None, "a counter");
        let offset = |flags| set(flags).map(|bytes| bytes[8]);
        assert_eq!((offset(0x32), offset(0x20)), (Some(8), Some(0)));
    }
}
