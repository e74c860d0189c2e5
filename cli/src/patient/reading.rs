//! Reading the record back hour by hour: memory holds one hour, whatever the record holds.

use super::{Batch, Patient, Wanted};
use crate::{
    exit::Outcome,
    moment::{HOUR, hour_floor},
};
use pulsebook_core::{
    ble::UnixMillis,
    record::{Series, SeriesQuery, VitalsPage, VitalsQuery},
};
use pulsebook_protocol::{reading::Origin, segment::Sensor, vital::Vital};
use std::ops::Range;

impl Patient {
    /// Gives the readings that are wanted, hour by hour and sensor by sensor, oldest hour first; other hours are not opened.
    ///
    /// # Errors
    /// A segment does not open, or `each` fails.
    pub(crate) async fn each_hour(
        &self,
        wanted: Wanted,
        each: &mut (dyn FnMut(Batch) -> Outcome + Send),
    ) -> Outcome {
        let (mut from, before) =
            (wanted.from.unwrap_or(UnixMillis::MIN), wanted.before.unwrap_or(UnixMillis::MAX));
        while let Some(hour) = self.next_hour(wanted, from..before).await? {
            let end = hour.saturating_add(HOUR).min(before);
            batches(self.page(wanted, from.max(hour)..end, u32::MAX).await?)
                .into_iter()
                .try_for_each(&mut *each)?;
            from = hour.saturating_add(HOUR);
        }
        Ok(())
    }

    /// A vital over time, summed up.
    ///
    /// # Errors
    /// The store fails, or a segment does not open.
    pub(crate) async fn series(&self, query: SeriesQuery) -> Outcome<Series> {
        Ok(self.record.series(query).await?)
    }

    /// From the first to after the last reading of a vital, to the minute.
    ///
    /// # Errors
    /// As [`Patient::series`].
    pub(crate) async fn extent(
        &self,
        vital: Vital,
        origin: Option<Origin>,
    ) -> Outcome<Option<Range<UnixMillis>>> {
        Ok(self.record.extent(vital, origin).await?)
    }

    /// The hour of the first reading from a moment on.
    async fn next_hour(&self, wanted: Wanted, range: Range<UnixMillis>) -> Outcome<Option<UnixMillis>> {
        let page = self.page(wanted, range, 1).await?;
        Ok(page.readings.first().map(|kept| hour_floor(kept.reading.measured_at)))
    }

    async fn page(&self, wanted: Wanted, range: Range<UnixMillis>, limit: u32) -> Outcome<VitalsPage> {
        let vitals = wanted.vital.into_iter().collect();
        let query = VitalsQuery { from: range.start, to: range.end, vitals, limit, after: None };
        Ok(self.record.vitals(query).await?)
    }
}

fn batches(page: VitalsPage) -> Vec<Batch> {
    let batch = |label: &pulsebook_core::record::SensorLabel| Batch {
        sensor: Sensor { id: label.id.clone(), kind: label.kind.clone() },
        origin: label.origin,
        kept: Vec::new(),
    };
    let mut batches: Vec<Batch> = page.sensors.iter().map(batch).collect();
    for kept in page.readings {
        let place = usize::try_from(kept.sensor).unwrap_or(usize::MAX);
        if let Some(batch) = batches.get_mut(place) {
            batch.kept.push(kept);
        }
    }
    batches
}
