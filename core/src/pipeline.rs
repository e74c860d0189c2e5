//! From a notification to what waits for its block: journal, decode, assess, stage.
//!
//! What is staged is exactly what the live journal files hold, so a replay after a kill stages the same readings again.

mod journal_record;
mod parked;
mod replay;
mod silence;
mod staging;
mod users;

pub use replay::ReplayReport;
pub(crate) use silence::Silent;
pub use staging::{DraftError, StagedReading};
pub use users::Whose;

/// For fuzzing: a journal record's content, read and written again.
#[cfg(feature = "fuzzing")]
pub fn journal_record_again(content: &[u8]) -> Option<Vec<u8>> {
    JournalRecord::decode(content).map(|record| record.encode())
}

use crate::{
    assess::{Assessor, Limits},
    ble::{Notification, Sensor, SensorId},
    decode::{Decoded, Malformed, RECORDABLE, decode, is_stream},
    store::{Counts, RawNotification, Store, StoreError, Unassigned, journal::Journal},
};
use journal_record::JournalRecord;
use parked::Parked;
use pulsebook_protocol::{
    random::Random,
    reading::{Reading, UnixMillis},
};
use silence::Silence;
use staging::Staging;
use std::{collections::BTreeMap, fmt, sync::Arc};
use users::Users;

/// A stream loses at most this much to a power cut, in milliseconds of received time.
const SYNC_MS: i64 = 60_000;

/// What became of one notification.
#[derive(Debug)]
pub(crate) enum Kept {
    /// Its readings, judged; durable as their class promises.
    Readings(Vec<Reading>),
    /// It could not be decoded; kept raw.
    Malformed(Malformed),
    /// A user of the sensor measured of whom the patient has not said who it is; it waits for that.
    Unassigned(u8),
    /// Somebody else measured: nothing of it is kept.
    NotMine,
}

/// The way of one record's notifications.
pub(crate) struct Pipeline {
    assessor: Assessor,
    sensors: BTreeMap<SensorId, Arc<Sensor>>,
    /// Sensors that the live journal file knows, with their index in it.
    written: BTreeMap<SensorId, u32>,
    next_index: u32,
    staging: Staging,
    silence: Silence,
    journal: Option<Journal>,
    last_file: Option<u64>,
    /// Files whose content is staged.
    live: Vec<u64>,
    parked: Parked,
    synced_at: Option<UnixMillis>,
    users: Users,
    /// By a replay: numbers under which what the journal has waited before.
    taken: Vec<u64>,
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline").field("last_file", &self.last_file).finish_non_exhaustive()
    }
}

impl Pipeline {
    pub(crate) fn new() -> Pipeline {
        Pipeline {
            assessor: Assessor::new(Limits::builtin().clone()),
            sensors: BTreeMap::new(),
            written: BTreeMap::new(),
            next_index: 0,
            staging: Staging::default(),
            silence: Silence::default(),
            journal: None,
            last_file: None,
            live: Vec::new(),
            parked: Parked::default(),
            synced_at: None,
            users: Users::default(),
            taken: Vec::new(),
        }
    }

    /// Learns of a sensor, or what changed about it.
    pub(crate) fn meet(&mut self, sensor: Sensor) {
        let known = self.sensors.get(&sensor.id);
        if known.is_none_or(|known| **known != sensor) {
            self.written.remove(&sensor.id);
            self.sensors.insert(sensor.id.clone(), Arc::new(sensor));
        }
    }

    /// Decodes, journals, judges and stages one notification, if it is the patient's.
    pub(crate) fn take(
        &mut self,
        store: &Store,
        notification: &Notification,
        random: &mut dyn Random,
    ) -> Result<Kept, StoreError> {
        let decoded = decode(notification);
        let user = decoded.as_ref().ok().and_then(|decoded| decoded.user_index);
        match (self.users.whose(&notification.sensor, user), user) {
            (Whose::Other, _) => return Ok(Kept::NotMine),
            (Whose::Unassigned, Some(user)) => {
                let sensor = notification.sensor.as_str().to_owned();
                store.hold(&Unassigned { sensor, user, raw: raw(notification) }, random)?;
                return Ok(Kept::Unassigned(user));
            }
            _ => {}
        }
        self.keep(store, (notification, None), decoded, random)
    }

    /// The same for one that waited under this number for the patient's word, and is the patient's.
    pub(crate) fn take_held(
        &mut self,
        store: &Store,
        number: u64,
        notification: &Notification,
        random: &mut dyn Random,
    ) -> Result<Kept, StoreError> {
        self.keep(store, (notification, Some(number)), decode(notification), random)
    }

    fn keep(
        &mut self,
        store: &Store,
        (notification, held): (&Notification, Option<u64>),
        decoded: Result<Decoded, Malformed>,
        random: &mut dyn Random,
    ) -> Result<Kept, StoreError> {
        let sensor = self.sensor(&notification.sensor);
        self.write(store, &sensor, (notification, held), random)?;
        let spot = !is_stream(notification.characteristic);
        let kept = self.stage(&sensor, notification, decoded);
        if spot || held.is_some() || self.sync_is_due(notification.received_at) {
            self.sync(Some(notification.received_at))?;
        }
        Ok(kept)
    }

    /// Learns what the patient said about the sensors' users.
    pub(crate) fn learn_users(&mut self, store: &Store) -> Result<(), StoreError> {
        self.users = Users::of(&store.sensors()?);
        Ok(())
    }

    /// Whose a sensor's user is.
    pub(crate) fn whose(&self, sensor: &SensorId, user: u8) -> Whose {
        self.users.whose(sensor, Some(user))
    }

    /// Numbers under which what the journal has already waited before.
    pub(crate) fn taken(&self) -> &[u64] {
        &self.taken
    }

    /// They wait no longer.
    pub(crate) fn forget_taken(&mut self) {
        self.taken.clear();
    }

    /// Sensors that should have been heard by now and were not; each is named once.
    pub(crate) fn silent(&mut self, now: UnixMillis) -> Vec<Silent> {
        if RECORDABLE.contains(&now) { self.silence.check(now) } else { Vec::new() }
    }

    fn sensor(&mut self, id: &SensorId) -> Arc<Sensor> {
        if let Some(sensor) = self.sensors.get(id) {
            return sensor.clone();
        }
        let sensor = Arc::new(journal_record::unknown_sensor(id.clone()));
        self.sensors.insert(id.clone(), sensor.clone());
        sensor
    }

    /// Judges and stages what the journal has.
    fn stage(
        &mut self,
        sensor: &Arc<Sensor>,
        notification: &Notification,
        decoded: Result<Decoded, Malformed>,
    ) -> Kept {
        if RECORDABLE.contains(&notification.received_at) {
            self.silence.heard(sensor, notification.received_at);
        }
        match decoded {
            Ok(decoded) => {
                let readings = self.assessor.assess(sensor, notification.received_at, decoded.readings);
                self.staging.add(sensor, &raw(notification), &readings);
                Kept::Readings(readings)
            }
            Err(malformed) => {
                self.staging.add_malformed(sensor, raw(notification));
                Kept::Malformed(malformed)
            }
        }
    }

    fn write(
        &mut self,
        store: &Store,
        sensor: &Arc<Sensor>,
        notification: (&Notification, Option<u64>),
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let live = self.journal.as_ref().is_some_and(|journal| !journal.is_broken());
        let mut journal = match self.journal.take() {
            Some(journal) if live => journal,
            _ => self.start_journal(store, random)?,
        };
        let appended = self.append(&mut journal, sensor, notification);
        self.journal = Some(journal);
        appended
    }

    fn append(
        &mut self,
        journal: &mut Journal,
        sensor: &Arc<Sensor>,
        (notification, held): (&Notification, Option<u64>),
    ) -> Result<(), StoreError> {
        let index = match self.written.get(&sensor.id) {
            Some(index) => *index,
            None => {
                let index = self.next_index;
                self.next_index += 1;
                journal.append(&JournalRecord::sensor(index, sensor).encode())?;
                self.written.insert(sensor.id.clone(), index);
                index
            }
        };
        journal.append(&JournalRecord::notification(index, notification, held).encode())
    }

    /// A new file begins with what the assessor remembers, so that its replay judges the same.
    fn start_journal(&mut self, store: &Store, random: &mut dyn Random) -> Result<Journal, StoreError> {
        let mut journal = store.start_journal(random)?;
        self.last_file = Some(journal.number());
        self.live.push(journal.number());
        self.written.clear();
        self.next_index = 0;
        journal.append(&JournalRecord::Assessor(self.assessor.snapshot().into()).encode())?;
        Ok(journal)
    }

    fn sync_is_due(&mut self, received_at: UnixMillis) -> bool {
        let since = *self.synced_at.get_or_insert(received_at);
        received_at.abs_diff(since) >= SYNC_MS.unsigned_abs()
    }

    /// Makes everything journaled so far survive a power cut.
    pub(crate) fn sync(&mut self, at: Option<UnixMillis>) -> Result<(), StoreError> {
        self.synced_at = at.or(self.synced_at);
        self.journal.as_mut().map_or(Ok(()), Journal::sync)
    }

    /// Whether what waits should be sealed before a notification of this time is taken.
    pub(crate) fn seal_is_due(&self, received_at: UnixMillis) -> bool {
        self.staging.is_due(received_at)
    }

    pub(crate) fn staging(&self) -> &Staging {
        &self.staging
    }

    /// The first hour from `from` on that has something in no block.
    pub(crate) fn next_hour(&self, from: i64) -> Option<i64> {
        self.staging.hours(from).chain(self.parked.hours(from)).min()
    }

    /// Readings of an hour that are in no block, parked ones included.
    pub(crate) fn in_hour(&self, store: &Store, hour: i64) -> Result<Vec<StagedReading>, StoreError> {
        let mut readings = self.parked.in_hour(store, hour)?;
        readings.extend(self.staging.in_hour(hour));
        Ok(readings)
    }

    /// Stages what decoding would never give.
    #[cfg(test)]
    pub(crate) fn stage_as_is(&mut self, sensor: Sensor, notification: &Notification, reading: Reading) {
        self.staging.add(&Arc::new(sensor), &raw(notification), &[reading]);
    }

    /// Number of the newest journal file, whose content is staged.
    pub(crate) fn last_file(&self) -> Option<u64> {
        self.last_file
    }

    /// Everything staged is in blocks: forget it, and write the next notification into a new file.
    pub(crate) fn sealed(&mut self) {
        self.staging = Staging::default();
        self.journal = None;
        self.live.clear();
    }

    /// Nothing can be sealed: let go of the memory, keep the journal files.
    pub(crate) fn park(&mut self) {
        let counts = self.staging.counts();
        for file in std::mem::take(&mut self.live) {
            self.parked.add(file, self.staging.hours(i64::MIN).collect());
        }
        self.sealed();
        self.staging = Staging::counting_from(counts);
    }

    /// What was counted since the last sealing.
    pub(crate) fn counts(&self) -> Counts {
        self.staging.counts()
    }
}

fn raw(notification: &Notification) -> RawNotification {
    let at = notification.characteristic;
    RawNotification {
        service: at.service,
        characteristic: at.characteristic,
        instance: at.instance.into(),
        received_at: notification.received_at,
        bytes: notification.bytes.clone().into(),
    }
}

#[cfg(test)]
mod tests;
