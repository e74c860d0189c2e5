//! Notifications that a phone's system hands over at once, after a wake-up in the background.

use super::{Choice, CollectOptions, CollectSummary, Collecting};
use crate::{
    ble::{Notification, Sensor},
    error::Error,
    pipeline::HOUR_MS,
    record::{Inner, Record},
    store::locked,
};
use pulsebook_faultpoint::{Point, pass};
use std::sync::Arc;

impl Record {
    /// Takes what a phone's system hands over at once: notifications in order of receipt, and the sensors it speaks of.
    ///
    /// They are kept with one write for each hour, and none is told before. Each has the durability of its class: with a spot
    /// measurement among them all survive a power cut, else all but the last minute.
    ///
    /// # Errors
    /// [`Error::Store`] when the journal cannot be written: nothing of that hour or later is kept; hand it over again.
    pub async fn receive(
        &self,
        sensors: Vec<Sensor>,
        mut notifications: Vec<Notification>,
    ) -> Result<CollectSummary, Error> {
        let mut collecting = Collecting::new(CollectOptions::default(), Choice::new(Vec::new(), Vec::new()));
        for sensor in sensors {
            locked(&self.inner.pipeline).meet(sensor);
        }
        let hour = |notification: &Notification| notification.received_at.div_euclid(HOUR_MS);
        while let Some(first) = notifications.first().map(hour) {
            let count = notifications.iter().take_while(|one| hour(one) == first).count();
            let later = notifications.split_off(count);
            self.inner
                .notified_together(std::mem::replace(&mut notifications, later), &mut collecting)
                .await?;
        }
        Ok(collecting.summary)
    }
}

impl Inner {
    /// As [`Inner::notified`], with notifications of one hour.
    async fn notified_together(
        self: &Arc<Self>,
        notifications: Vec<Notification>,
        collecting: &mut Collecting,
    ) -> Result<(), Error> {
        let (Some(first), Some(last)) = (notifications.first(), notifications.last()) else { return Ok(()) };
        let last = last.received_at;
        self.heard(first.received_at, collecting).await;
        self.hear(last);
        let (kept, silent) = {
            let mut pipeline = locked(&self.pipeline);
            let mut random = locked(&self.random);
            (pipeline.take_all(&self.store, notifications, &mut **random)?, pipeline.silent(last))
        };
        self.tell_silent(silent);
        pass(Point::Acknowledge);
        for (sensor, kept) in kept {
            collecting.summary.counts = collecting.summary.counts.plus(self.acknowledge(&sensor, kept));
        }
        Ok(())
    }
}
