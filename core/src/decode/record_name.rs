//! What names a record of a sensor's memory: the same record sent again has the same name, whatever else changed since.

use super::{
    blood_pressure, cgm,
    clock::{SensorClock, Stamp},
    context::Context,
    format_of, generic, glucose,
    memory::Memory,
    outcome::{Decoded, Told},
    pulse_oximeter,
};
use crate::ble::{Characteristic, Notification};
use pulsebook_protocol::{hash::sha256, quality::Mark};

/// What sensors send of their memories when they are asked: the same record again when they are asked again. Others send
/// again what was not confirmed: that is judged, and marked.
const MEMORIES: [Characteristic; 6] = [
    glucose::MEASUREMENT,
    glucose::CONTEXT,
    cgm::MEASUREMENT,
    generic::STORED,
    pulse_oximeter::SPOT,
    blood_pressure::RECORD,
];

/// A record of a sensor's memory, as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredRecord {
    /// Its number in the sensor's memory, where records have one.
    pub number: Option<u32>,
    /// What it is known by. `None` for one without a time or number of its own, of which two may look the same and be two,
    /// and for one that cannot be read.
    pub name: Option<RecordName>,
    /// Whether it says more of the record before it (a glucose context), and is none by itself.
    pub adds: bool,
}

/// What names a record of a sensor's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordName {
    /// The service whose memory it is in.
    pub service: u16,
    /// Eight bytes of a hash over what makes it this record: number and time, or everything where that is not enough.
    pub hash: [u8; 8],
}

/// Sequence number and base time of a glucose measurement: what it is known by. Its context has the number only, and comes
/// behind it.
pub(super) fn glucose_key(measurement: &[u8]) -> Option<[u8; 9]> {
    measurement.get(1..10)?.try_into().ok()
}

impl Memory {
    /// The records of the sensor's memory in this notification: several where a monitor packs them into one, none in the
    /// pieces before the last and in what comes from no memory.
    pub fn records(&self, notification: &Notification) -> Vec<StoredRecord> {
        let at = Characteristic { instance: 0, ..notification.characteristic };
        let Some(format) = format_of(at).filter(|_| MEMORIES.contains(&at)) else { return Vec::new() };
        // Only what the frame and the session say counts, not when it came or what the clock was taken for.
        let context = Context { clock: SensorClock::default(), ..self.context(0) };
        let (mut bytes, mut decoded) = (notification.bytes.as_slice(), Decoded::default());
        let mut read = format.decode_into(bytes, &context, &mut decoded);
        let whole;
        if decoded.told == Some(Told::Piece) {
            let Some(joined) = self.joined(notification) else { return Vec::new() };
            whole = joined;
            bytes = &whole;
            read = format.decode_into(bytes, &context, &mut decoded);
        }
        match read {
            Ok(()) => self.named(at, bytes, &decoded),
            Err(_) => vec![StoredRecord { number: None, name: None, adds: at == glucose::CONTEXT }],
        }
    }

    fn named(&self, at: Characteristic, bytes: &[u8], decoded: &Decoded) -> Vec<StoredRecord> {
        let number = decoded.record.map(u32::from).or(decoded.stored_record);
        let one = |key: Option<Vec<u8>>| {
            let name = key.and_then(|key| name(at, &key));
            vec![StoredRecord { number, name, adds: at == glucose::CONTEXT }]
        };
        match at {
            glucose::MEASUREMENT => one(glucose_key(bytes).map(Vec::from)),
            glucose::CONTEXT => one(self.last_key.map(|key| joined(&key, bytes))),
            cgm::MEASUREMENT => {
                let session = self.session_started().map(i64::to_be_bytes);
                let record = |(minutes, record): (u16, &[u8])| StoredRecord {
                    number: Some(minutes.into()),
                    name: session.and_then(|session| name(at, &joined(&session, record))),
                    adds: false,
                };
                cgm::records(bytes).map(record).collect()
            }
            // Behind the header, whose counter goes on with every sending, stand the number and what was measured.
            generic::STORED | blood_pressure::RECORD => one(bytes.get(1..).map(Vec::from)),
            _ => one(has_own_time(decoded).then(|| bytes.to_vec())),
        }
    }

    fn session_started(&self) -> Option<i64> {
        match self.context(0).session_start {
            Stamp::Local(at) | Stamp::Utc(at) | Stamp::Ticks(at) => Some(at),
            _ => None,
        }
    }
}

fn name(at: Characteristic, key: &[u8]) -> Option<RecordName> {
    let hash = sha256(&[&at.characteristic.to_be_bytes(), key]);
    Some(RecordName { service: at.service, hash: *hash.as_bytes().first_chunk()? })
}

fn joined(first: &[u8], second: &[u8]) -> Vec<u8> {
    [first, second].concat()
}

fn has_own_time(decoded: &Decoded) -> bool {
    decoded.readings.first().is_some_and(|reading| !reading.quality.has(Mark::PhoneTime))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ble::{Characteristic, SensorId},
        decode::{Zone, pulse_oximeter},
    };

    fn said(characteristic: Characteristic, bytes: &[u8], received_at: i64) -> Notification {
        Notification { sensor: SensorId::new("s"), characteristic, received_at, bytes: bytes.to_vec() }
    }

    fn records(memory: &Memory, characteristic: Characteristic, bytes: &[u8]) -> Vec<StoredRecord> {
        memory.records(&said(characteristic, bytes, 5))
    }

    fn name(memory: &Memory, characteristic: Characteristic, bytes: &[u8]) -> Option<RecordName> {
        records(memory, characteristic, bytes).first().and_then(|record| record.name)
    }

    const MEASURED: [u8; 13] = [0x02, 5, 0, 0xEA, 0x07, 7, 14, 9, 26, 53, 90, 0xB0, 0x11];

    #[test]
    fn a_glucose_record_is_known_by_its_number_and_base_time() {
        let memory = Memory::new(Zone::default());
        let named = name(&memory, glucose::MEASUREMENT, &MEASURED).unwrap();
        assert_eq!(named.service, 0x1808);
        assert_eq!(records(&memory, glucose::MEASUREMENT, &MEASURED)[0].number, Some(5));
        let mut again = MEASURED;
        again[12] = 0x21;
        assert_eq!(
            name(&memory, glucose::MEASUREMENT, &again),
            Some(named),
            "another location is no other record"
        );
        again[1] = 6;
        assert_ne!(name(&memory, glucose::MEASUREMENT, &again), Some(named));
        again[1] = 5;
        again[9] = 54;
        assert_ne!(
            name(&memory, glucose::MEASUREMENT, &again),
            Some(named),
            "a meter that was reset counts again"
        );
    }

    #[test]
    fn minutes_of_a_monitor_name_a_record_only_within_a_session() {
        let mut memory = Memory::new(Zone::default());
        let record = [6, 0, 100, 0, 5, 0];
        assert_eq!(name(&memory, cgm::MEASUREMENT, &record), None);
        let mut decoded = Decoded::default();
        let start = |day| said(cgm::SESSION_START, &[0xEA, 0x07, 7, day, 11, 0, 0, 0, 0], 5);
        memory.decode(&start(14), &mut decoded).unwrap();
        let first = name(&memory, cgm::MEASUREMENT, &record);
        memory.decode(&start(15), &mut decoded).unwrap();
        assert!(first.is_some() && first != name(&memory, cgm::MEASUREMENT, &record));
    }

    #[test]
    fn what_has_no_time_of_its_own_has_no_name() {
        let memory = Memory::new(Zone::default());
        assert_eq!(name(&memory, pulse_oximeter::SPOT, &[0x00, 98, 0, 70, 0]), None);
        let timed = [0x01, 98, 0, 70, 0, 0xEA, 0x07, 7, 14, 9, 26, 53];
        assert!(name(&memory, pulse_oximeter::SPOT, &timed).is_some());
        assert_eq!(name(&memory, pulse_oximeter::CONTINUOUS, &[0x00, 98, 0, 70, 0]), None);
    }

    #[test]
    fn what_cannot_be_named_or_read_is_counted_all_the_same() {
        let memory = Memory::new(Zone::default());
        let unnamed = StoredRecord { number: None, name: None, adds: false };
        assert_eq!(records(&memory, pulse_oximeter::SPOT, &[0x00, 98, 0, 70, 0]), [unnamed]);
        assert_eq!(records(&memory, glucose::MEASUREMENT, &MEASURED[..9]), [unnamed]);
        assert!(records(&memory, glucose::CONTEXT, &[0x00, 5, 0])[0].adds, "it belongs to its measurement");
    }

    #[test]
    fn every_record_that_a_monitor_packs_into_a_frame_is_one() {
        let mut memory = Memory::new(Zone::default());
        let start = said(cgm::SESSION_START, &[0xEA, 0x07, 7, 14, 11, 0, 0, 0, 0], 5);
        memory.decode(&start, &mut Decoded::default()).unwrap();
        let (first, second) = ([6, 0, 100, 0, 5, 0], [6, 0, 101, 0, 6, 0]);
        let packed = records(&memory, cgm::MEASUREMENT, &[first, second].concat());
        let alone = [first, second].map(|one| records(&memory, cgm::MEASUREMENT, &one)[0]);
        assert_eq!(packed, alone, "the same records, however they are packed");
        assert_eq!(packed.iter().map(|record| record.number).collect::<Vec<_>>(), [Some(5), Some(6)]);
    }

    /// A stored observation of a generic sensor that says nothing a vital is made of: record 9, the text "ok".
    const TEXT: [u8; 18] = [0x03, 9, 0, 0, 0, 3, 10, 0, 0x01, 0, 1, 0, 0, 0, 2, 0, b'o', b'k'];

    #[test]
    fn a_stored_observation_has_one_name_however_it_is_cut_and_counted() {
        let mut memory = Memory::new(Zone::default());
        let whole = records(&memory, generic::STORED, &TEXT);
        assert_eq!(whole[0].number, Some(9));
        let mut later = TEXT;
        later[0] = 0x03 | 17 << 2;
        assert_eq!(records(&memory, generic::STORED, &later), whole, "its counter goes on");
        let pieces =
            [[&[0x01 | 5 << 2][..], &TEXT[1..8]].concat(), [&[0x02 | 6 << 2][..], &TEXT[8..]].concat()];
        assert_eq!(records(&memory, generic::STORED, &pieces[0]), []);
        memory.decode(&said(generic::STORED, &pieces[0], 5), &mut Decoded::default()).unwrap();
        assert_eq!(records(&memory, generic::STORED, &pieces[1]), whole);
    }

    #[test]
    fn a_stored_blood_pressure_is_known_again() {
        let memory = Memory::new(Zone::default());
        let record = [0x03, 7, 0, 0x35, 0x2A, 0x00, 120, 0, 80, 0, 93, 0];
        let (mut again, mut next) = (record, record);
        (again[0], next[1]) = (0x03 | 9 << 2, 8);
        let named = records(&memory, blood_pressure::RECORD, &record);
        assert!(named[0].name.is_some() && named[0].number == Some(7));
        assert_eq!(records(&memory, blood_pressure::RECORD, &again), named);
        assert_ne!(records(&memory, blood_pressure::RECORD, &next)[0].name, named[0].name);
        let live = [0x02, 120, 0, 80, 0, 93, 0, 0xEA, 0x07, 7, 14, 9, 26, 53];
        assert_eq!(
            records(&memory, blood_pressure::MEASUREMENT, &live),
            [],
            "what is sent live is no record"
        );
    }
}
