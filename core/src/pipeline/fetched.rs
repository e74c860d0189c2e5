//! Which records of sensors' memories are kept already, so that one that comes again is recognised.

use super::Pipeline;
use crate::{
    backfill::{Came, Keeping},
    ble::{Notification, SensorId},
    decode::{Memory, RecordName, StoredRecord, is_stream},
    store::{Store, StoreError, StoredFetch},
};
use pulsebook_protocol::{bytes::ByteString, random::Random};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Names that are remembered of one memory: more than the records of any meter, and four weeks of a monitor's five minutes.
const MOST_NAMES: usize = 8_192;
const NAME: usize = 8;

/// What was fetched of every memory of every sensor.
#[derive(Debug, Default)]
pub(super) struct Fetched(BTreeMap<(SensorId, u16), Progress>);

#[derive(Debug, Default)]
struct Progress {
    last: Option<u32>,
    names: BTreeSet<[u8; NAME]>,
    /// The same in the order they came, oldest first.
    order: VecDeque<[u8; NAME]>,
    changed: bool,
}

impl Fetched {
    pub(super) fn load(&mut self, stored: Vec<StoredFetch>) {
        for fetch in stored {
            let progress = self.0.entry((SensorId::new(&fetch.sensor), fetch.service)).or_default();
            progress.last = fetch.last;
            for name in fetch.names.0.as_chunks().0 {
                progress.remember(*name);
            }
            progress.changed = false;
        }
    }

    /// Whether this record is kept already.
    pub(super) fn has(&self, sensor: &SensorId, name: &RecordName) -> bool {
        let progress = self.0.get(&(sensor.clone(), name.service));
        progress.is_some_and(|progress| progress.names.contains(&name.hash))
    }

    /// A record is kept. That says nothing of those before it: how far everything is kept, [`Fetched::reach`] says.
    pub(super) fn note(&mut self, sensor: &SensorId, name: &RecordName) {
        self.0.entry((sensor.clone(), name.service)).or_default().remember(name.hash);
    }

    pub(super) fn last(&self, sensor: &SensorId, service: u16) -> Option<u32> {
        self.0.get(&(sensor.clone(), service)).and_then(|progress| progress.last)
    }

    /// Everything that the sensor has is kept, and this is the number of its newest record.
    pub(super) fn reach(&mut self, sensor: &SensorId, service: u16, last: u32) {
        let progress = self.0.entry((sensor.clone(), service)).or_default();
        progress.changed |= progress.last != Some(last);
        progress.last = Some(last);
    }

    /// What changed since it was last [`Fetched::stored`].
    pub(super) fn changed(&self) -> Vec<StoredFetch> {
        let changed = self.0.iter().filter(|(_, progress)| progress.changed);
        changed.map(|((sensor, service), progress)| progress.store(sensor, *service)).collect()
    }

    /// What changed is durable.
    pub(super) fn stored(&mut self) {
        self.0.values_mut().for_each(|progress| progress.changed = false);
    }
}

impl Progress {
    fn remember(&mut self, name: [u8; NAME]) {
        if !self.names.insert(name) {
            return;
        }
        self.order.push_back(name);
        self.changed = true;
        if self.order.len() > MOST_NAMES
            && let Some(oldest) = self.order.pop_front()
        {
            self.names.remove(&oldest);
        }
    }

    fn store(&self, sensor: &SensorId, service: u16) -> StoredFetch {
        let names = self.order.iter().flatten().copied().collect();
        StoredFetch { sensor: sensor.as_str().to_owned(), service, last: self.last, names: ByteString(names) }
    }
}

impl Pipeline {
    /// A connection is made: nothing that was begun over an earlier one goes on.
    pub(crate) fn begin_link(&mut self, sensor: &SensorId) {
        self.remember(sensor, Memory::begin_link);
    }

    /// The sensor sends the records of this service's memory from now on; none any more.
    pub(crate) fn fetches(&mut self, sensor: &SensorId, service: Option<u16>) {
        self.remember(sensor, |memory| memory.fetches(service));
    }

    /// No sensor sends its memory any more: a fetching does not outlive its collecting, nor this process.
    pub(crate) fn end_fetches(&mut self) {
        for sensor in self.sensors.keys().cloned().collect::<Vec<_>>() {
            self.fetches(&sensor, None);
        }
    }

    /// Changes what is remembered of a sensor by more than it says itself; the journal learns of it with its next notification.
    fn remember(&mut self, sensor: &SensorId, change: impl FnOnce(&mut Memory)) {
        let Some(met) = self.sensors.get_mut(sensor) else { return };
        let before = met.memory.clone();
        change(&mut met.memory);
        if met.memory != before {
            (met.written, met.forgot) = (None, true);
        }
    }

    /// The records of a sensor's memory in this notification.
    fn records(&self, notification: &Notification) -> Vec<StoredRecord> {
        let met = self.sensors.get(&notification.sensor);
        met.map(|met| met.memory.records(notification)).unwrap_or_default()
    }

    /// Whether it is a record of the sensor's memory that is kept already.
    pub(super) fn is_kept(&self, notification: &Notification) -> bool {
        let records = self.records(notification);
        !records.is_empty() && records.iter().all(|record| self.knows(&notification.sensor, record))
    }

    /// The records of the sensor's memory in this notification, which is not taken yet; what belongs to one is none.
    pub(crate) fn came(&self, notification: &Notification) -> Vec<Came> {
        let records = self.records(notification).into_iter().filter(|record| !record.adds);
        let came = |record: StoredRecord| {
            let known = self.knows(&notification.sensor, &record);
            Came { number: record.number, kept: if known { Keeping::Known } else { Keeping::New } }
        };
        records.map(came).collect()
    }

    fn knows(&self, sensor: &SensorId, record: &StoredRecord) -> bool {
        record.name.is_some_and(|name| self.fetched.has(sensor, &name))
    }

    /// The records of the sensor's memory in this notification are kept, or wait to be.
    pub(super) fn note_records(&mut self, notification: &Notification) {
        if is_stream(notification.characteristic) {
            return;
        }
        for name in self.records(notification).into_iter().filter_map(|record| record.name) {
            self.fetched.note(&notification.sensor, &name);
        }
    }

    /// What was fetched of sensors' memories before.
    pub(crate) fn load_fetched(&mut self, fetched: Vec<StoredFetch>) {
        self.fetched.load(fetched);
    }

    /// The number of the newest record of a sensor's memory when everything in it was last kept.
    pub(crate) fn last_fetched(&self, sensor: &SensorId, service: u16) -> Option<u32> {
        self.fetched.last(sensor, service)
    }

    /// Everything that the sensor has is kept, and this is the number of its newest record.
    pub(crate) fn fetched_up_to(&mut self, sensor: &SensorId, service: u16, newest: u32) {
        self.fetched.reach(sensor, service, newest);
    }

    /// Which records are staged, for the sealing that makes them blocks.
    pub(crate) fn fetched(&self) -> Vec<StoredFetch> {
        self.fetched.changed()
    }

    /// Makes durable which records are kept.
    pub(crate) fn store_fetched(&mut self, store: &Store, random: &mut dyn Random) -> Result<(), StoreError> {
        store.put_fetched(&self.fetched.changed(), random)?;
        self.fetched.stored();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(number: u32) -> RecordName {
        RecordName { service: 0x1808, hash: u64::from(number).to_be_bytes() }
    }

    #[test]
    fn what_is_noted_is_known_after_it_was_stored_and_loaded() {
        let (sensor, other) = (SensorId::new("meter"), SensorId::new("other"));
        let mut fetched = Fetched::default();
        (1..4).for_each(|number| fetched.note(&sensor, &name(number)));
        fetched.reach(&sensor, 0x1808, 3);
        let stored = fetched.changed();
        fetched.stored();
        assert_eq!((stored.len(), fetched.changed().len()), (1, 0));
        let mut again = Fetched::default();
        again.load(stored);
        assert!(
            again.has(&sensor, &name(2)) && !again.has(&sensor, &name(9)) && !again.has(&other, &name(2))
        );
        assert_eq!((again.last(&sensor, 0x1808), again.last(&sensor, 0x181F)), (Some(3), None));
    }

    #[test]
    fn only_a_memory_that_was_sent_whole_is_not_asked_for_again() {
        let sensor = SensorId::new("meter");
        let mut fetched = Fetched::default();
        // The link drops after a live value that came between the first stored ones.
        [5, 6, 99].into_iter().for_each(|number| fetched.note(&sensor, &name(number)));
        assert_eq!(fetched.last(&sensor, 0x1808), None);
        fetched.reach(&sensor, 0x1808, 99);
        fetched.reach(&sensor, 0x1808, 2);
        assert_eq!(fetched.last(&sensor, 0x1808), Some(2), "numbers that began again");
    }

    #[test]
    fn only_the_newest_names_are_remembered() {
        let sensor = SensorId::new("monitor");
        let mut fetched = Fetched::default();
        (0..MOST_NAMES as u32 + 10).for_each(|number| fetched.note(&sensor, &name(number)));
        assert!(!fetched.has(&sensor, &name(9)) && fetched.has(&sensor, &name(10)));
        assert_eq!(fetched.changed()[0].names.0.len(), MOST_NAMES * 8);
    }
}
