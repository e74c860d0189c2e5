//! The nine bytes by which newer sensors tell time: a counter since 2000, in UTC or local, of which they say how good it is.
//!
//! Layout: Elapsed Time Service 1.0 §3.1.1, Generic Health Sensor Service 1.0 (time stamp of an observation).

use super::{
    cursor::{Choices, Cursor},
    date_time::Stamp,
    field::Quantity,
    outcome::Reason,
};

pub(super) const FLAGS: &[&str] = &[
    "Time Value is a tick counter",
    "Time Value is UTC",
    "Resolution, low bit",
    "Resolution, high bit",
    "TZ/DST Offset used",
    "Time on the current timeline",
];
pub(super) const SOURCES: Choices = &[
    (0, "unknown"),
    (1, "network time protocol"),
    (2, "GPS"),
    (3, "radio time signal"),
    (4, "set by hand"),
    (5, "atomic clock"),
    (6, "cellular network"),
    (7, "not synchronized"),
];

const TICKS: u8 = 1;
const UTC: u8 = 1 << 1;
const OFFSET_USED: u8 = 1 << 4;
const CURRENT: u8 = 1 << 5;
/// Sources that keep a clock right across a reset: all but "unknown", a person's hand and "not synchronized".
const SYNCHRONIZED: [u8; 5] = [1, 2, 3, 5, 6];

/// 2000-01-01T00:00Z, from which these clocks count, in milliseconds since 1970.
const Y2000_MS: i64 = 946_684_800_000;
const QUARTER_MINUTES: i64 = 15;

/// Reads flags, counter, source and zone.
///
/// A time of an earlier timeline (the clock was set anew since) means nothing any more, unless an outer source kept the clock right.
pub(super) fn stamp(cursor: &mut Cursor<'_>) -> Result<Stamp, Reason> {
    let flags = cursor.flags_u8("Time Stamp - Flags", FLAGS)?;
    let (tenths, quantity) = resolution(flags);
    let count = cursor.quantity_u48("Time Stamp - Time Value", quantity)?;
    let source = cursor.choice_u8("Time Stamp - Time Sync Source Type", SOURCES)?;
    let quarters = cursor.quantity_i8("Time Stamp - TZ/DST Offset", Quantity::decimal(15, 0, "min"))?;
    let elapsed = milliseconds(count, tenths);
    if flags & CURRENT == 0 && !SYNCHRONIZED.contains(&source) {
        return Ok(Stamp::Outdated);
    }
    if flags & TICKS != 0 {
        return Ok(Stamp::Ticks(elapsed));
    }
    let at = Stamp::At(Y2000_MS + elapsed);
    let is_local = flags & UTC == 0 && flags & OFFSET_USED != 0;
    Ok(if is_local { at.plus_minutes(-i64::from(quarters) * QUARTER_MINUTES) } else { at })
}

/// Tenths of a millisecond in one count.
fn resolution(flags: u8) -> (i64, Quantity) {
    match flags >> 2 & 0b11 {
        0 => (10_000, Quantity::whole("s")),
        1 => (1_000, Quantity::decimal(1, -1, "s")),
        2 => (10, Quantity::decimal(1, -3, "s")),
        _ => (1, Quantity::decimal(1, -4, "s")),
    }
}

/// A counter of 48 bits holds nine million years of seconds: what a record cannot hold is told later.
fn milliseconds(count: u64, tenths: i64) -> i64 {
    let total = i128::from(count) * i128::from(tenths) / 10;
    i64::try_from(total).unwrap_or(i64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(read(0x22 | bits << 2, count, 1, 0), Stamp::At(1_000_000_000_000), "{bits}");
        }
    }

    #[test]
    fn local_time_with_its_offset_becomes_utc() {
        assert_eq!(read(0x30, 7_200, 1, 8), Stamp::At(Y2000_MS));
        assert_eq!(read(0x32, 7_200, 1, 8), Stamp::At(Y2000_MS + 7_200_000));
    }

    #[test]
    fn a_clock_set_anew_is_believed_only_from_an_outer_source() {
        assert_eq!(read(0x02, 5, 7, 0), Stamp::Outdated);
        assert_eq!(read(0x02, 5, 4, 0), Stamp::Outdated);
        assert_eq!(read(0x02, 5, 1, 0), Stamp::At(Y2000_MS + 5_000));
        assert_eq!(read(0x21, 5, 7, 0), Stamp::Ticks(5_000));
    }
}
