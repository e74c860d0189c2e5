//! What cannot be sealed because the record is fenced: it stays in its journal files, and is read from there when asked for.

use super::{Pipeline, ReplayReport, StagedReading};
use crate::store::{Counts, Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};

/// Journal files that are not staged, each with the hours it may have readings of.
#[derive(Debug, Default)]
pub(super) struct Parked(BTreeMap<u64, BTreeSet<i64>>);

impl Parked {
    pub(super) fn add(&mut self, file: u64, hours: BTreeSet<i64>) {
        self.0.insert(file, hours);
    }

    /// Its hours from `from` on, in no order.
    pub(super) fn hours(&self, from: i64) -> impl Iterator<Item = i64> + '_ {
        self.0.values().filter_map(move |hours| hours.range(from..).next().copied())
    }

    /// Its readings of one hour; memory holds one file.
    pub(super) fn in_hour(&self, store: &Store, hour: i64) -> Result<Vec<StagedReading>, StoreError> {
        let mut readings = Vec::new();
        for (number, _) in self.0.iter().filter(|(_, hours)| hours.contains(&hour)) {
            let (mut alone, mut report) = (Pipeline::new(), ReplayReport::default());
            alone.replay_file(store, *number, &mut report)?;
            readings.extend(alone.staging.in_hour(hour));
        }
        Ok(readings)
    }
}

impl Pipeline {
    /// Reads a journal file once, to know what it holds, and forgets its readings again.
    pub(super) fn park_file(
        &mut self,
        store: &Store,
        number: u64,
        report: &mut ReplayReport,
    ) -> Result<Counts, StoreError> {
        let mut alone = Pipeline::new();
        alone.replay_file(store, number, report)?;
        self.sensors.append(&mut alone.sensors);
        self.taken.append(&mut alone.taken);
        self.parked.add(number, alone.staging.hours(i64::MIN).collect());
        Ok(alone.staging.counts())
    }
}
