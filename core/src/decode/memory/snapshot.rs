//! A sensor's memory as bytes: a journal file begins with it, so that its replay decodes the same.

use super::{
    super::{
        clock::{Coincidence, Moment, SensorClock, Stamp, Zone},
        context::Taken,
    },
    Memory,
};
use pulsebook_protocol::{bytes::ByteString, cbor, quality::Quality};
use std::collections::BTreeMap;

/// Most bytes of a snapshot.
const LIMIT: usize = 4096;

/// A stamp as two numbers: which, and the milliseconds where it has some.
type StampRow = (u8, i64);

#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct Row {
    #[n(0)]
    zone: (i16, Vec<(i64, i16)>),
    #[n(1)]
    looks: Vec<(StampRow, i64, u32)>,
    #[n(2)]
    session_start: StampRow,
    #[n(3)]
    specimen: Option<u8>,
    #[n(4)]
    last_record: Option<(u16, i64)>,
    #[n(5)]
    last_key: Option<ByteString>,
    /// The marks of the last record's time, and whether it is of nobody.
    #[n(6)]
    last_marks: Option<(u32, bool)>,
    /// When a measurement in halves was made, the marks of that time, and when its first half was received.
    #[n(7)]
    first_half: Option<(i64, u32, i64)>,
    #[n(8)]
    checksums: Option<bool>,
    #[n(9)]
    clock_not_set: Option<bool>,
    /// Of which service the memory is being fetched.
    #[n(10)]
    fetched: Option<u16>,
}

impl Memory {
    /// What it remembers; pieces of an observation that is under way are not in it.
    pub(crate) fn snapshot(&self) -> Vec<u8> {
        let look = |look: Coincidence| (row(look.shown), look.device_at, look.uncertainty_ms);
        cbor::encode(&Row {
            zone: self.clock.zone.parts(),
            looks: self.clock.looks().into_iter().map(look).collect(),
            session_start: row(self.session_start),
            specimen: self.specimen,
            last_record: self.last_record.map(|taken| (taken.number, taken.moment.measured_at)),
            last_key: self.last_key.map(|key| ByteString(key.to_vec())),
            last_marks: self.last_record.map(|taken| (taken.moment.quality.bits(), taken.nobodys)),
            first_half: self.first_half.map(|(first, at)| (first.measured_at, first.quality.bits(), at)),
            checksums: Some(self.checksums),
            clock_not_set: Some(self.clock.needs_setting()),
            fetched: self.fetched,
        })
    }

    /// The memory of a snapshot; `None` for bytes that are none.
    pub(crate) fn restore(snapshot: &[u8]) -> Option<Memory> {
        let row: Row = cbor::decode(snapshot, LIMIT).ok()?;
        let mut clock = SensorClock::in_zone(Zone::new(row.zone.0, &row.zone.1));
        for (shown, device_at, uncertainty_ms) in row.looks {
            clock = clock.seen(Coincidence { shown: stamp(shown)?, device_at, uncertainty_ms });
        }
        let moment = |at, bits| Moment { measured_at: at, quality: Quality::from_bits(bits) };
        // An older version kept no marks.
        let (marks, nobodys) = row.last_marks.unwrap_or_default();
        let taken = |(number, at)| Taken { number, moment: moment(at, marks), nobodys };
        Some(Memory {
            clock: clock.set(!row.clock_not_set.unwrap_or_default()),
            session_start: stamp(row.session_start)?,
            specimen: row.specimen,
            checksums: row.checksums.unwrap_or_default(),
            last_record: row.last_record.map(taken),
            first_half: row.first_half.map(|(measured_at, bits, at)| (moment(measured_at, bits), at)),
            last_key: row.last_key.and_then(|key| key.0.try_into().ok()),
            pieces: BTreeMap::new(),
            fetched: row.fetched,
        })
    }
}

fn row(stamp: Stamp) -> StampRow {
    match stamp {
        Stamp::Missing => (0, 0),
        Stamp::Impossible => (1, 0),
        Stamp::Local(at) => (2, at),
        Stamp::Utc(at) => (3, at),
        Stamp::Ticks(at) => (4, at),
        Stamp::Outdated => (5, 0),
        Stamp::SyncedLocal(at) => (6, at),
        Stamp::SyncedUtc(at) => (7, at),
    }
}

fn stamp((which, at): StampRow) -> Option<Stamp> {
    Some(match which {
        0 => Stamp::Missing,
        1 => Stamp::Impossible,
        2 => Stamp::Local(at),
        3 => Stamp::Utc(at),
        4 => Stamp::Ticks(at),
        5 => Stamp::Outdated,
        6 => Stamp::SyncedLocal(at),
        7 => Stamp::SyncedUtc(at),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulsebook_protocol::quality::Mark;

    #[test]
    fn a_memory_comes_back_whole_and_only_whole() {
        let look = |shown, device_at| Coincidence { shown, device_at, uncertainty_ms: 7 };
        let zone = Zone::new(60, &[(1_000, 120), (2_000, 60)]);
        let clock = SensorClock::in_zone(zone).seen(look(Stamp::Local(5), 6)).seen(look(Stamp::Ticks(8), 9));
        let clock = clock.seen(look(Stamp::Local(7), 10)).seen(look(Stamp::Utc(7), 11)).set(false);
        let memory = Memory {
            clock,
            session_start: Stamp::Utc(-3),
            specimen: Some(9),
            checksums: true,
            last_record: Some(Taken {
                number: 7,
                moment: Moment::new(8).with(Mark::ClockJump),
                nobodys: true,
            }),
            first_half: Some((Moment::new(1).with(Mark::PhoneTime), 2)),
            last_key: Some([1; 9]),
            pieces: BTreeMap::new(),
            fetched: Some(0x1808),
        };
        let bytes = memory.snapshot();
        assert_eq!(Memory::restore(&bytes), Some(memory));
        for cut in 0..bytes.len() {
            assert_eq!(Memory::restore(&bytes[..cut]), None);
        }
        let fresh = Memory::new(Zone::default());
        assert_eq!(Memory::restore(&fresh.snapshot()), Some(fresh));
    }
}
