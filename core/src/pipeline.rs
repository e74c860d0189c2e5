//! From a notification to what waits for its block: journal, decode, assess, stage.
//!
//! What is staged is exactly what the live journal files hold, so a replay after a kill stages the same readings again.

mod fetched;
mod journal_record;
mod live_file;
mod parked;
mod replay;
mod silence;
mod staging;
mod users;

pub use replay::ReplayReport;
pub(crate) use silence::Silent;
pub(crate) use staging::HOUR_MS;
pub use staging::{DraftError, StagedReading};
pub use users::Whose;

/// For fuzzing: a journal record's content, read and written again.
#[cfg(feature = "fuzzing")]
pub fn journal_record_again(content: &[u8]) -> Option<Vec<u8>> {
    JournalRecord::decode(content).map(|record| record.encode())
}

/// For tests/vectors: how a segment names the sensor of this identity.
#[cfg(feature = "fuzzing")]
pub fn segment_sensor_id(identity: &str) -> String {
    let sensor = journal_record::unknown_sensor(SensorId::new(identity));
    staging::named(&sensor).id
}

use crate::{
    assess::{Assessor, Limits},
    ble::{Notification, Sensor, SensorId},
    decode::{
        Decoded, Malformed, Memory, RECORDABLE, SensorClock, Zone, decode_into, is_stream, may_name_user,
    },
    store::{Counts, RawNotification, Store, StoreError, journal::Journal},
};
use fetched::Fetched;
use journal_record::JournalRecord;
use parked::Parked;
use pulsebook_protocol::{
    quality::Mark,
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
    /// Its readings, judged, and how they count; durable as their class promises.
    Readings(Vec<Reading>, Counts),
    /// A record of the sensor's memory that is kept already.
    Again,
    /// It could not be decoded; kept raw.
    Malformed(Malformed),
    /// A user of the sensor measured of whom the patient has not said who it is; it waits for that.
    Unassigned(u8),
    /// Somebody else measured: nothing of it is kept.
    NotMine,
}

/// A sensor, and its index in the live journal file once that knows it.
#[derive(Clone)]
struct Met {
    sensor: Arc<Sensor>,
    written: Option<u32>,
    /// What it said so far, as far as decoding needs it.
    memory: Memory,
    /// It once remembered less than before: a journal says so, for its replay might remember more.
    forgot: bool,
}

impl Met {
    fn new(sensor: Arc<Sensor>, zone: Zone) -> Met {
        Met { sensor, written: None, memory: Memory::new(zone), forgot: false }
    }
}

/// The way of one record's notifications.
pub(crate) struct Pipeline {
    assessor: Assessor,
    sensors: BTreeMap<SensorId, Met>,
    next_index: u32,
    /// The content of the journal record that is written now.
    content: Vec<u8>,
    staging: Staging,
    fetched: Fetched,
    /// Where the device is.
    zone: Zone,
    decoded: Decoded,
    silence: Silence,
    journal: Option<Journal>,
    /// The file after it, empty: no spot reading waits until one is made.
    ready: Option<Journal>,
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
            next_index: 0,
            content: Vec::new(),
            staging: Staging::default(),
            fetched: Fetched::default(),
            zone: Zone::default(),
            decoded: Decoded::default(),
            silence: Silence::default(),
            journal: None,
            ready: None,
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
        match self.sensors.get_mut(&sensor.id) {
            Some(known) if *known.sensor == sensor => {}
            Some(known) => (known.sensor, known.written) = (Arc::new(sensor), None),
            None => {
                let met = Met::new(Arc::new(sensor), self.zone);
                self.sensors.insert(met.sensor.id.clone(), met);
            }
        }
    }

    /// Local clocks go by this zone from now on; the journal learns of it with the next notification of each sensor.
    pub(crate) fn set_zone(&mut self, zone: Zone) {
        self.zone = zone;
        for met in self.sensors.values_mut().filter(|met| met.memory.clock().zone != zone) {
            met.memory.set_zone(zone);
            met.written = None;
        }
    }

    /// What is known of a sensor's clock.
    pub(crate) fn clock_of(&self, sensor: &SensorId) -> Option<SensorClock> {
        self.sensors.get(sensor).map(|met| *met.memory.clock())
    }

    /// Journals, decodes, judges and stages one notification.
    pub(crate) fn take(
        &mut self,
        store: &Store,
        notification: Notification,
        random: &mut dyn Random,
    ) -> Result<Kept, StoreError> {
        let (spot, received_at) = (!is_stream(notification.characteristic), notification.received_at);
        if may_wait(&notification)
            && let Some(kept) = self.not_now(store, &notification, random)?
        {
            return Ok(kept);
        }
        self.write(store, (std::slice::from_ref(&notification), None), random)?;
        let kept = self.stage(notification);
        if spot || self.sync_is_due(received_at) {
            self.sync(Some(received_at))?;
        }
        Ok(kept)
    }

    /// The same with notifications that came together, in order of receipt: they are journaled with one write.
    pub(crate) fn take_all(
        &mut self,
        store: &Store,
        notifications: Vec<Notification>,
        random: &mut dyn Random,
    ) -> Result<Vec<(SensorId, Kept)>, StoreError> {
        let (mut kept, mut mine) = (Vec::new(), Vec::new());
        for one in notifications {
            match may_wait(&one).then(|| self.not_now(store, &one, random)).transpose()?.flatten() {
                Some(other) => kept.push((one.sensor, other)),
                None => mine.push(one),
            }
        }
        let spot = mine.iter().any(|notification| !is_stream(notification.characteristic));
        let Some(last) = mine.last().map(|last| last.received_at) else { return Ok(kept) };
        self.write(store, (&mine, None), random)?;
        let stage = |notification: Notification| (notification.sensor.clone(), self.stage(notification));
        kept.extend(mine.into_iter().map(stage));
        if spot || self.sync_is_due(last) {
            self.sync(Some(last))?;
        }
        Ok(kept)
    }

    /// Decodes, judges and stages what the journal has.
    fn stage(&mut self, notification: Notification) -> Kept {
        let sensor = self.sensor(&notification.sensor);
        let received_at = notification.received_at;
        self.note_records(&notification);
        match self.decode(&notification) {
            Ok(()) => {
                let readings = std::mem::take(&mut self.decoded.readings);
                let readings = self.assessor.assess(&sensor, received_at, readings);
                if !readings.is_empty() && RECORDABLE.contains(&received_at) {
                    let off = readings.iter().any(|reading| reading.quality.has(Mark::ContactLost));
                    self.silence.heard(&sensor, received_at, off);
                }
                let counts = self.staging.add(&sensor, raw(notification), &readings);
                Kept::Readings(readings, counts)
            }
            Err(malformed) => {
                self.staging.add_malformed(&sensor, raw(notification));
                Kept::Malformed(malformed)
            }
        }
    }

    /// In the light of what the sensor said before.
    fn decode(&mut self, notification: &Notification) -> Result<(), Malformed> {
        match self.sensors.get_mut(&notification.sensor) {
            Some(met) => met.memory.decode(notification, &mut self.decoded),
            None => decode_into(notification, &mut self.decoded),
        }
    }

    fn sensor(&mut self, id: &SensorId) -> Arc<Sensor> {
        if let Some(met) = self.sensors.get(id) {
            return met.sensor.clone();
        }
        let unknown = Arc::new(journal_record::unknown_sensor(id.clone()));
        self.sensors.insert(id.clone(), Met::new(unknown.clone(), self.zone));
        unknown
    }

    /// Writes notifications into the live journal file, which learns of their sensors first; `held` is the number under which
    /// they waited for the patient's word.
    fn write(
        &mut self,
        store: &Store,
        (notifications, held): (&[Notification], Option<u64>),
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        if self.journal.as_ref().is_none_or(Journal::is_broken) {
            self.journal = Some(self.start_journal(store, random)?);
        }
        for notification in notifications {
            let index = self.introduced(&notification.sensor)?;
            journal_record::write_notification((index, held), notification, &mut self.content);
            self.journal.as_mut().map_or(Ok(()), |journal| journal.add(&self.content))?;
        }
        self.journal.as_mut().map_or(Ok(()), Journal::write)
    }

    /// The index by which the live journal file knows a sensor.
    fn introduced(&mut self, id: &SensorId) -> Result<u32, StoreError> {
        if let Some(index) = self.sensors.get(id).and_then(|met| met.written) {
            return Ok(index);
        }
        let (sensor, index) = (self.sensor(id), self.next_index);
        self.next_index += 1;
        let record = JournalRecord::sensor(index, &sensor).encode();
        self.journal.as_mut().map_or(Ok(()), |journal| journal.add(&record))?;
        if let Some(met) = self.sensors.get_mut(id) {
            met.written = Some(index);
            if met.forgot || met.memory != Memory::new(Zone::default()) {
                let record = JournalRecord::Memory(index, met.memory.snapshot().into()).encode();
                self.journal.as_mut().map_or(Ok(()), |journal| journal.add(&record))?;
            }
        }
        Ok(index)
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
    pub(crate) fn stage_as_is(&mut self, sensor: Sensor, notification: Notification, reading: Reading) {
        self.staging.add(&Arc::new(sensor), raw(notification), &[reading]);
    }

    /// Number of the newest journal file, whose content is staged.
    pub(crate) fn last_file(&self) -> Option<u64> {
        self.last_file
    }

    /// Everything staged is in blocks: forget it, and write the next notification into a new file.
    pub(crate) fn sealed(&mut self) {
        self.staging = Staging::default();
        self.fetched.stored();
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

/// Whether it may be one that is kept already, or another person's: most streams are neither.
fn may_wait(notification: &Notification) -> bool {
    !is_stream(notification.characteristic) || may_name_user(notification.characteristic)
}

fn raw(notification: Notification) -> RawNotification {
    let at = notification.characteristic;
    RawNotification {
        service: at.service,
        characteristic: at.characteristic,
        instance: at.instance.into(),
        received_at: notification.received_at,
        bytes: notification.bytes.into(),
    }
}

#[cfg(test)]
mod tests;
