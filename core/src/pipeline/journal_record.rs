//! What a journal record says: what the assessor remembered, a sensor, or a notification of one.

use crate::ble::{Characteristic, Notification, Origin, Sensor, SensorId};
use pulsebook_protocol::{bytes::ByteString, cbor};

#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub(super) enum JournalRecord {
    /// What the assessor remembered when the file began.
    #[n(0)]
    Assessor(#[n(0)] ByteString),
    /// A sensor, by which index the notifications after it name it.
    #[n(1)]
    Sensor(#[n(0)] u32, #[n(1)] SensorRow),
    /// A notification.
    #[n(2)]
    Notification(#[n(0)] NotificationRow),
    /// What a sensor said before the file began, as far as decoding needs it.
    #[n(3)]
    Memory(#[n(0)] u32, #[n(1)] ByteString),
    /// A notification that waited under this number for the patient's word.
    #[n(4)]
    Held(#[n(0)] u64, #[n(1)] NotificationRow),
}

#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub(super) struct SensorRow {
    #[n(0)]
    id: String,
    #[n(1)]
    name: String,
    #[n(2)]
    kind: String,
    #[n(3)]
    cadence_ms: Option<u32>,
    #[n(4)]
    has_clock: bool,
    #[n(5)]
    origin: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub(super) struct NotificationRow {
    #[n(0)]
    pub(super) sensor: u32,
    #[n(1)]
    service: u16,
    #[n(2)]
    characteristic: u16,
    #[n(3)]
    instance: u8,
    #[n(4)]
    received_at: i64,
    #[n(5)]
    bytes: ByteString,
}

impl JournalRecord {
    pub(super) fn sensor(index: u32, sensor: &Sensor) -> JournalRecord {
        let row = SensorRow {
            id: sensor.id.as_str().to_owned(),
            name: shortened(&sensor.name, 1000),
            kind: shortened(&sensor.kind, 1000),
            cadence_ms: sensor.cadence_ms,
            has_clock: sensor.has_clock,
            origin: sensor.origin.wire(),
        };
        JournalRecord::Sensor(index, row)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<JournalRecord> {
        cbor::decode(bytes, crate::store::journal::RECORD_LIMIT).ok()
    }
}

/// Writes what [`JournalRecord::Notification`] is, or [`JournalRecord::Held`] for one that waited, in place of what `out` holds, without a copy of the bytes.
pub(super) fn write_notification(
    (sensor, held): (u32, Option<u64>),
    notification: &Notification,
    out: &mut Vec<u8>,
) {
    let Characteristic { service, characteristic, instance } = notification.characteristic;
    let (received_at, bytes) = (notification.received_at, notification.bytes.as_slice().into());
    let row = BorrowedRow { sensor, service, characteristic, instance, received_at, bytes };
    out.clear();
    // Writing into a Vec cannot fail.
    let _ = match held {
        None => minicbor::encode(Borrowed::Notification(row), out),
        Some(number) => minicbor::encode(Borrowed::Held(number, row), out),
    };
}

/// [`JournalRecord`] of a notification that stays where it is.
#[derive(minicbor::Encode)]
enum Borrowed<'a> {
    #[n(2)]
    Notification(#[n(0)] BorrowedRow<'a>),
    #[n(4)]
    Held(#[n(0)] u64, #[n(1)] BorrowedRow<'a>),
}

/// [`NotificationRow`] without a copy.
#[derive(minicbor::Encode)]
#[cbor(array)]
struct BorrowedRow<'a> {
    #[n(0)]
    sensor: u32,
    #[n(1)]
    service: u16,
    #[n(2)]
    characteristic: u16,
    #[n(3)]
    instance: u8,
    #[n(4)]
    received_at: i64,
    #[n(5)]
    bytes: &'a minicbor::bytes::ByteSlice,
}

impl SensorRow {
    pub(super) fn sensor(self) -> Sensor {
        Sensor {
            id: SensorId::new(&self.id),
            name: self.name,
            kind: self.kind,
            cadence_ms: self.cadence_ms,
            has_clock: self.has_clock,
            origin: Origin::from_wire(self.origin).unwrap_or(Origin::Measured),
            notifies: Vec::new(),
        }
    }
}

impl NotificationRow {
    pub(super) fn notification(self, sensor: SensorId) -> Notification {
        let Self { service, characteristic, instance, received_at, bytes, .. } = self;
        let characteristic = Characteristic { service, characteristic, instance };
        Notification { sensor, characteristic, received_at, bytes: bytes.0 }
    }
}

/// A sensor that a transport never introduced.
pub(super) fn unknown_sensor(id: SensorId) -> Sensor {
    Sensor {
        id,
        name: String::new(),
        kind: "unknown sensor".to_owned(),
        cadence_ms: None,
        has_clock: false,
        origin: Origin::Measured,
        notifies: Vec::new(),
    }
}

/// The longest beginning of a text that fits into so many bytes.
pub(super) fn shortened(text: &str, bytes: usize) -> String {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record() -> impl Strategy<Value = JournalRecord> {
        let octets = || proptest::collection::vec(any::<u8>(), 0..300).prop_map(ByteString);
        let texts = ("\\PC{0,40}", "\\PC{0,40}", "\\PC{0,40}");
        let sensor = (texts, any::<Option<u32>>(), any::<bool>(), any::<u8>()).prop_map(
            |((id, name, kind), cadence_ms, has_clock, origin)| SensorRow {
                id,
                name,
                kind,
                cadence_ms,
                has_clock,
                origin,
            },
        );
        let numbers = (any::<u32>(), any::<u16>(), any::<u16>(), any::<u8>(), any::<i64>());
        let notification = (numbers, octets()).prop_map(|(numbers, bytes)| {
            let (sensor, service, characteristic, instance, received_at) = numbers;
            NotificationRow { sensor, service, characteristic, instance, received_at, bytes }
        });
        let held =
            (any::<u64>(), notification.clone()).prop_map(|(number, row)| JournalRecord::Held(number, row));
        prop_oneof![
            held,
            octets().prop_map(JournalRecord::Assessor),
            (any::<u32>(), sensor).prop_map(|(index, row)| JournalRecord::Sensor(index, row)),
            notification.prop_map(JournalRecord::Notification),
            (any::<u32>(), octets()).prop_map(|(index, memory)| JournalRecord::Memory(index, memory)),
        ]
    }

    proptest! {
        #[test]
        fn records_come_back_whole_only(record in record(), cut in any::<prop::sample::Index>()) {
            let bytes = record.encode();
            prop_assert_eq!(JournalRecord::decode(&bytes[..cut.index(bytes.len())]), None);
            prop_assert_eq!(JournalRecord::decode(&[&bytes[..], &[0]].concat()), None);
            prop_assert_eq!(JournalRecord::decode(&bytes), Some(record));
        }
    }

    #[test]
    fn a_notification_is_written_as_the_record_that_is_read() {
        let notification = Notification {
            sensor: SensorId::new("strap"),
            characteristic: Characteristic { service: 0x180d, characteristic: 0x2a37, instance: 3 },
            received_at: -70_000,
            bytes: vec![0x16, 72, 0xff],
        };
        let mut content = b"what was there".to_vec();
        write_notification((7, None), &notification, &mut content);
        let read = JournalRecord::decode(&content).unwrap();
        assert_eq!(read.encode(), content);
        let JournalRecord::Notification(row) = read else { panic!("{read:?}") };
        assert_eq!((row.sensor, row.notification(notification.sensor.clone())), (7, notification));
    }

    #[test]
    fn a_long_name_is_cut_between_letters() {
        assert_eq!(shortened("ab", 5), "ab");
        assert_eq!(shortened("aßc", 2), "a");
    }
}
