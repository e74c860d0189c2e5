//! Reading vitals back, sealed and waiting together, hour by hour: memory holds one hour, whatever the range.

use super::{Inner, Record, blocking};
use crate::{
    error::Error,
    pipeline::StagedReading,
    store::{StoreError, locked},
};
use pulsebook_protocol::{
    reading::{Origin, Reading, UnixMillis},
    vital::{Category, Vital},
};
use std::collections::BTreeSet;

const HOUR_MS: i64 = 3_600_000;

/// Which readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VitalsQuery {
    /// From this time on.
    pub from: UnixMillis,
    /// Up to before this time.
    pub to: UnixMillis,
    /// Of these vitals; of all when empty.
    pub vitals: Vec<Vital>,
    /// At most so many readings a page, at least 1.
    pub limit: u32,
    /// Where the page before ended.
    pub after: Option<PageMark>,
}

/// Where a page ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageMark {
    hour: i64,
    taken: u32,
}

/// A sensor, as the readings of a page refer to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SensorLabel {
    /// Its identity.
    pub id: String,
    /// What it is.
    pub kind: String,
    /// Where its readings come from.
    pub origin: Origin,
}

/// A reading with its sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptReading {
    /// Its place in [`VitalsPage::sensors`].
    pub sensor: u32,
    /// The reading with its marks.
    pub reading: Reading,
    /// The height of the block it is in; none before it is sealed.
    pub block: Option<u64>,
}

/// Readings in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VitalsPage {
    /// The sensors of this page.
    pub sensors: Vec<SensorLabel>,
    /// The readings.
    pub readings: Vec<KeptReading>,
    /// Where to go on; none at the end.
    pub next: Option<PageMark>,
}

impl Record {
    /// One page of readings with their quality.
    ///
    /// # Errors
    /// [`Error::Store`] when a segment cannot be read.
    pub async fn vitals(&self, query: VitalsQuery) -> Result<VitalsPage, Error> {
        let inner = self.inner.clone();
        blocking(move || inner.page(&query)).await
    }
}

impl Inner {
    pub(super) fn page(&self, query: &VitalsQuery) -> Result<VitalsPage, Error> {
        let limit = usize::try_from(query.limit.max(1)).unwrap_or(usize::MAX);
        let mut page = VitalsPage::default();
        let (mut from, mut taken) = match query.after {
            Some(PageMark { hour, taken }) => (hour, taken),
            None => (query.from.div_euclid(HOUR_MS), 0),
        };
        while let Some(hour) = self.next_hour(from, query.to)? {
            if hour != from {
                taken = 0;
            }
            let mut all = self.hour(hour, query, &mut page.sensors)?;
            all.sort_by_key(|kept| (kept.reading.measured_at, kept.reading.vital, kept.sensor));
            let skip = usize::try_from(taken).unwrap_or(usize::MAX);
            let room = limit - page.readings.len();
            let left = all.len().saturating_sub(skip);
            page.readings.extend(all.into_iter().skip(skip).take(room));
            if left > room {
                let taken = taken + u32::try_from(room).unwrap_or(u32::MAX);
                page.next = Some(PageMark { hour, taken });
                return Ok(page);
            }
            (from, taken) = (hour + 1, 0);
        }
        Ok(page)
    }

    fn next_hour(&self, from: i64, to: UnixMillis) -> Result<Option<i64>, Error> {
        let end = to.div_euclid(HOUR_MS) + i64::from(to.rem_euclid(HOUR_MS) > 0);
        let sealed = self.store.hours(from, end, 1)?.first().copied();
        let staged = locked(&self.pipeline).next_hour(from).filter(|hour| *hour < end);
        Ok(sealed.into_iter().chain(staged).min())
    }

    fn hour(
        &self,
        hour: i64,
        query: &VitalsQuery,
        sensors: &mut Vec<SensorLabel>,
    ) -> Result<Vec<KeptReading>, Error> {
        let wanted = |reading: &Reading| {
            (query.from..query.to).contains(&reading.measured_at)
                && (query.vitals.is_empty() || query.vitals.contains(&reading.vital))
        };
        let mut all = Vec::new();
        let staged = locked(&self.pipeline).in_hour(&self.store, hour)?;
        for StagedReading { sensor, origin, reading } in staged.into_iter().filter(|one| wanted(&one.reading))
        {
            let sensor = place(sensors, SensorLabel { id: sensor.id, kind: sensor.kind, origin });
            all.push(KeptReading { sensor, reading, block: None });
        }
        let categories: BTreeSet<Category> = query.vitals.iter().map(|vital| vital.category()).collect();
        for (height, slot) in self.store.slots_in_hour(hour)? {
            self.open_slot(height, slot, &categories, |label, reading| {
                if wanted(&reading) {
                    let sensor = place(sensors, label.clone());
                    all.push(KeptReading { sensor, reading, block: Some(height) });
                }
            })?;
        }
        Ok(all)
    }

    fn open_slot(
        &self,
        height: u64,
        slot: u8,
        categories: &BTreeSet<Category>,
        mut each: impl FnMut(&SensorLabel, Reading),
    ) -> Result<(), Error> {
        let damaged = || StoreError::Damaged("a segment");
        let known =
            self.store.slots(height)?.into_iter().find(|known| known.slot == slot).ok_or_else(damaged)?;
        if !categories.is_empty() && !categories.contains(&known.category) {
            return Ok(());
        }
        let verified = self.store.open_slot(height, &known)?;
        let segment = verified.segment();
        let (sensor, origin) = (segment.sensor(), segment.origin());
        let label = SensorLabel { id: sensor.id.clone(), kind: sensor.kind.clone(), origin };
        segment.readings().for_each(|reading| each(&label, reading));
        Ok(())
    }
}

fn place(sensors: &mut Vec<SensorLabel>, label: SensorLabel) -> u32 {
    let known = sensors.iter().position(|known| *known == label);
    let place = known.unwrap_or_else(|| {
        sensors.push(label);
        sensors.len() - 1
    });
    u32::try_from(place).unwrap_or(u32::MAX)
}
