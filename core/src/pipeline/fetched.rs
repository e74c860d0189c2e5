//! Which records of sensors' memories are kept already, so that one that comes again is recognised.

use super::Pipeline;
use crate::{
    ble::{Notification, SensorId},
    decode::{RecordName, glucose},
    store::{Store, StoreError, StoredFetch},
};
use pulsebook_protocol::{bytes::ByteString, random::Random};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Names that are remembered of one memory: more than the records of any meter, and four weeks of a monitor's five minutes.
const MOST_NAMES: usize = 8_192;
const NAME: usize = 8;

/// Services whose sensors send a record only when they are asked, the oldest first: so what came is without a gap, also when
/// it was cut off. Others send what they measure at once, too, while older records still wait to be fetched.
const ONLY_WHEN_ASKED: [u16; 1] = [glucose::SERVICE];

/// What was fetched of every memory of every sensor.
#[derive(Debug, Default)]
pub(super) struct Fetched(BTreeMap<(SensorId, u16), Progress>);

#[derive(Debug, Default)]
struct Progress {
    /// Up to here everything that the sensor stored is kept.
    last: Option<u32>,
    /// The newest of what came, with what may be missing before it.
    reached: Option<u32>,
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

    /// A record is kept. Numbers that begin again do not set the last one back: that is done when the sensor has sent all.
    pub(super) fn note(&mut self, sensor: &SensorId, name: &RecordName) {
        let progress = self.0.entry((sensor.clone(), name.service)).or_default();
        progress.remember(name.hash);
        progress.reached = progress.reached.max(name.number);
        if ONLY_WHEN_ASKED.contains(&name.service) {
            progress.last = progress.last.max(name.number);
        }
    }

    /// The sensor has sent all it has: nothing is missing before the newest.
    pub(super) fn whole(&mut self, sensor: &SensorId, service: u16) {
        let progress = self.0.entry((sensor.clone(), service)).or_default();
        let last = progress.last.max(progress.reached);
        progress.changed |= progress.last != last;
        progress.last = last;
    }

    pub(super) fn last(&self, sensor: &SensorId, service: u16) -> Option<u32> {
        self.0.get(&(sensor.clone(), service)).and_then(|progress| progress.last)
    }

    /// Numbers began again, and this is the newest.
    pub(super) fn begin_again(&mut self, sensor: &SensorId, service: u16, last: Option<u32>) {
        let progress = self.0.entry((sensor.clone(), service)).or_default();
        progress.changed |= progress.last != last;
        (progress.last, progress.reached) = (last, last);
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
    /// Whether it is a record of the sensor's memory that is kept already.
    pub(super) fn is_kept(&self, notification: &Notification) -> bool {
        let name = self.record_name(notification);
        name.is_some_and(|name| self.fetched.has(&notification.sensor, &name))
    }

    /// What was fetched of sensors' memories before.
    pub(crate) fn load_fetched(&mut self, fetched: Vec<StoredFetch>) {
        self.fetched.load(fetched);
    }

    /// The sensor has sent all it has.
    pub(crate) fn fetched_whole(&mut self, sensor: &SensorId, service: u16) {
        self.fetched.whole(sensor, service);
    }

    /// The newest record of a sensor's memory up to which all are kept.
    pub(crate) fn last_fetched(&self, sensor: &SensorId, service: u16) -> Option<u32> {
        self.fetched.last(sensor, service)
    }

    /// The sensor has sent all it has, and its numbers began again.
    pub(crate) fn fetched_anew(&mut self, sensor: &SensorId, service: u16, newest: Option<u32>) {
        self.fetched.begin_again(sensor, service, newest);
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
        RecordName { service: 0x1808, number: Some(number), hash: u64::from(number).to_be_bytes() }
    }

    #[test]
    fn what_is_noted_is_known_after_it_was_stored_and_loaded() {
        let (sensor, other) = (SensorId::new("meter"), SensorId::new("other"));
        let mut fetched = Fetched::default();
        (1..4).for_each(|number| fetched.note(&sensor, &name(number)));
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
    fn numbers_that_begin_again_are_taken_over_when_all_was_sent() {
        let sensor = SensorId::new("meter");
        let mut fetched = Fetched::default();
        [900, 1, 2].into_iter().for_each(|number| fetched.note(&sensor, &name(number)));
        assert_eq!(fetched.last(&sensor, 0x1808), Some(900));
        fetched.begin_again(&sensor, 0x1808, Some(2));
        assert_eq!(fetched.last(&sensor, 0x1808), Some(2));
    }

    #[test]
    fn what_a_monitor_sends_at_once_does_not_hide_what_it_still_stores() {
        let sensor = SensorId::new("monitor");
        let monitors = |number| RecordName { service: 0x181F, ..name(number) };
        let mut fetched = Fetched::default();
        // A fetching that was cut off after 10, and what was measured meanwhile.
        [5, 10, 200].into_iter().for_each(|number| fetched.note(&sensor, &monitors(number)));
        assert_eq!(fetched.last(&sensor, 0x181F), None);
        fetched.whole(&sensor, 0x181F);
        fetched.note(&sensor, &monitors(205));
        assert_eq!(fetched.last(&sensor, 0x181F), Some(200));
        fetched.begin_again(&sensor, 0x181F, Some(3));
        fetched.whole(&sensor, 0x181F);
        assert_eq!(fetched.last(&sensor, 0x181F), Some(3), "of the new numbers");
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
