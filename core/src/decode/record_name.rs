//! What names a record of a sensor's memory: the same record sent again has the same name, whatever else changed since.

use super::{
    Kind, cgm,
    clock::{SensorClock, Stamp},
    context::Context,
    format_of, generic, glucose,
    memory::Memory,
    outcome::Decoded,
};
use crate::ble::Notification;
use pulsebook_protocol::{hash::sha256, quality::Mark};

/// Services whose sensors send the same record again when they are asked again. Others send again what was not confirmed:
/// that is judged, and marked.
const MEMORIES: [u16; 4] = [glucose::SERVICE, cgm::SERVICE, generic::SERVICE, 0x1822];

/// A record of a sensor's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordName {
    /// The service whose memory it is in.
    pub service: u16,
    /// Its number there, where records have one.
    pub number: Option<u32>,
    /// Eight bytes of a hash over what makes it this record: number and time, or everything where there is no number.
    pub hash: [u8; 8],
}

/// Sequence number and base time of a glucose measurement: what it is known by. Its context has the number only, and comes
/// behind it.
pub(super) fn glucose_key(measurement: &[u8]) -> Option<[u8; 9]> {
    measurement.get(1..10)?.try_into().ok()
}

impl Memory {
    /// The name of the record in this notification. `None` for what is no record, and for one without a time of its own:
    /// two of those may look the same and be two.
    pub fn record_name(&self, notification: &Notification) -> Option<RecordName> {
        let at = notification.characteristic;
        let format = format_of(at).filter(|format| format.kind == Kind::Spot)?;
        if !MEMORIES.contains(&at.service) {
            return None;
        }
        // Only what the frame and the session say counts, not when it came or what the clock was taken for.
        let context = Context { clock: SensorClock::default(), ..self.context(0) };
        let mut decoded = Decoded::default();
        format.decode_into(&notification.bytes, &context, &mut decoded).ok()?;
        let number = decoded.record.map(u32::from).or(decoded.stored_record);
        let bytes = notification.bytes.as_slice();
        let key = match format.characteristic {
            glucose::MEASUREMENT => glucose_key(bytes)?.to_vec(),
            glucose::CONTEXT => joined(&self.last_key?, bytes),
            cgm::MEASUREMENT => joined(&self.session_started()?.to_be_bytes(), bytes),
            generic::LIVE => return None,
            _ => has_own_time(&decoded).then(|| bytes.to_vec())?,
        };
        let hash = sha256(&[&at.characteristic.to_be_bytes(), &key]);
        let hash = *hash.as_bytes().first_chunk()?;
        Some(RecordName { service: at.service, number, hash })
    }

    fn session_started(&self) -> Option<i64> {
        match self.context(0).session_start {
            Stamp::Local(at) | Stamp::Utc(at) | Stamp::Ticks(at) => Some(at),
            _ => None,
        }
    }
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

    fn name(memory: &Memory, characteristic: Characteristic, bytes: &[u8]) -> Option<RecordName> {
        memory.record_name(&said(characteristic, bytes, 5))
    }

    const MEASURED: [u8; 13] = [0x02, 5, 0, 0xEA, 0x07, 7, 14, 9, 26, 53, 90, 0xB0, 0x11];

    #[test]
    fn a_glucose_record_is_known_by_its_number_and_base_time() {
        let memory = Memory::new(Zone::default());
        let named = name(&memory, glucose::MEASUREMENT, &MEASURED).unwrap();
        assert_eq!((named.service, named.number), (0x1808, Some(5)));
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
}
