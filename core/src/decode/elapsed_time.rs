//! The Elapsed Time service (183F): what a sensor's clock or tick counter shows (2BF2), in which zone, and who set it.

use super::{
    context::Context,
    current_time::{SOURCES, zone},
    cursor::{Choices, Cursor},
    field::{Part, Says},
    format::{Format, Kind},
    outcome::{Decoded, Reason},
};
use crate::ble::Characteristic;
use pulsebook_protocol::time_text;

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
const RESOLUTION_AT: u8 = 2;

/// 2000-01-01 in seconds since 1970, where the time of day begins to count.
const EPOCH_S: u64 = 946_684_800;

/// Reads the time with its status; a client that sets the clock writes the time alone.
fn current_elapsed_time(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    elapsed_time(cursor)?;
    if !cursor.is_at_end() {
        cursor.flags_u8("Clock Status", STATUS)?;
        cursor.flags_u8("Clock Capabilities", CAPABILITIES)?;
    }
    cursor.end(0)
}

/// Nine bytes: flags, 48 bits of time, who set it, and the offset from UTC.
fn elapsed_time(cursor: &mut Cursor<'_>) -> Result<(), Reason> {
    let flags = cursor.parts_u8("Flags", FLAGS)?;
    cursor.array("Time Value", |raw| time(flags, raw))?;
    cursor.choice_u8("Time Sync Source Type", SOURCES)?;
    cursor.array("TZ/DST Offset", |[raw]| zone(raw))?;
    Ok(())
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
        assert_eq!(read, Ok(Decoded::default()));
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
}
