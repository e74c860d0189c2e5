//! After a restart: what the live journal files hold is decoded, judged and staged again.

use super::{
    Met, Pipeline,
    journal_record::{JournalRecord, NotificationRow},
    staging::Staging,
};
use crate::{
    ble::Sensor,
    decode::Memory,
    store::{
        Counts, Store, StoreError,
        journal::{Damage, Replay},
    },
};
use std::{collections::BTreeMap, sync::Arc};

/// What a replay found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplayReport {
    /// Notifications staged again.
    pub notifications: u64,
    /// Files whose last record was cut off while it was written; it was never acknowledged.
    pub torn_tails: u64,
    /// What could not be read.
    pub damage: Vec<Damage>,
}

impl Pipeline {
    /// Stages what the journal files hold; `only_last` when they cannot be sealed and older ones must not fill the memory:
    /// those are counted and parked.
    pub(crate) fn replay(&mut self, store: &Store, only_last: bool) -> Result<ReplayReport, StoreError> {
        let mut files = store.journal_files()?;
        let mut report = ReplayReport::default();
        if only_last && let Some(last) = files.pop() {
            let mut counts = Counts::default();
            for number in std::mem::replace(&mut files, vec![last]) {
                counts = counts.plus(self.park_file(store, number, &mut report)?);
            }
            self.staging = Staging::counting_from(counts);
        }
        for number in files {
            self.live.push(number);
            self.replay_file(store, number, &mut report)?;
            self.last_file = Some(number);
        }
        self.end_fetches();
        Ok(report)
    }

    pub(super) fn replay_file(
        &mut self,
        store: &Store,
        number: u64,
        report: &mut ReplayReport,
    ) -> Result<(), StoreError> {
        let mut file = store.open_journal(number)?;
        let mut sensors = BTreeMap::new();
        loop {
            match file.next_record()? {
                Replay::Record(content) => {
                    let record = JournalRecord::decode(&content);
                    let record = record.ok_or(StoreError::Damaged("a record of the journal"))?;
                    report.notifications += u64::from(self.replay_record(record, &mut sensors));
                }
                Replay::Damaged(damage) => {
                    store.set_journal_aside(number)?;
                    report.damage.push(damage);
                }
                Replay::TornTail { .. } => report.torn_tails += 1,
                Replay::End => return Ok(()),
            }
        }
    }

    /// Whether it was a notification that could be staged.
    fn replay_record(&mut self, record: JournalRecord, sensors: &mut BTreeMap<u32, Arc<Sensor>>) -> bool {
        match record {
            JournalRecord::Assessor(snapshot) => self.assessor.restore(&snapshot.0),
            JournalRecord::Sensor(index, row) => {
                let sensor = Arc::new(row.sensor());
                sensors.insert(index, sensor.clone());
                let zone = self.zone;
                let met =
                    self.sensors.entry(sensor.id.clone()).or_insert_with(|| Met::new(sensor.clone(), zone));
                met.sensor = sensor;
            }
            JournalRecord::Memory(index, snapshot) => {
                let sensor = sensors.get(&index);
                let met = sensor.and_then(|sensor| self.sensors.get_mut(&sensor.id));
                if let Some((met, memory)) = met.zip(Memory::restore(&snapshot.0)) {
                    met.memory = memory;
                }
            }
            JournalRecord::Notification(row) => return self.replay_notification(row, sensors),
            JournalRecord::Held(number, row) => {
                self.taken.push(number);
                return self.replay_notification(row, sensors);
            }
        }
        false
    }

    /// What the journal has is the patient's: whose it is was decided before it was written.
    fn replay_notification(&mut self, row: NotificationRow, sensors: &BTreeMap<u32, Arc<Sensor>>) -> bool {
        let Some(sensor) = sensors.get(&row.sensor).cloned() else { return false };
        let notification = row.notification(sensor.id.clone());
        self.stage(notification);
        true
    }
}
