//! Collecting: drains a transport into the record, and seals whenever an hour is over.

use super::{Inner, Record, sensors::Identities};
use crate::{
    ble::{BleTransport, Notification, Origin, Sensor, SensorId, TransportEvent, UnixMillis},
    decode::RECORDABLE,
    error::Error,
    event::Event,
    ledger::LedgerError,
    pipeline::{HOUR_MS, Kept, Silent},
    store::{Counts, locked},
};
use pulsebook_faultpoint::{Point, pass};
use std::sync::Arc;

/// How to collect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CollectOptions {
    /// Where the readings come from, if the sensors do not know better.
    pub origin: Option<Origin>,
    /// Identities of the sensors to connect; all that are found when empty.
    pub sensors: Vec<String>,
}

/// What was collected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CollectSummary {
    /// What came in and what became of it.
    pub counts: Counts,
    /// Sensors connected.
    pub sensors: u32,
    /// Connections that ended by themselves.
    pub connections_lost: u64,
    /// Blocks sealed meanwhile.
    pub blocks: u64,
    /// Sealings that failed; what they should have sealed waits.
    pub sealings_failed: u64,
}

/// After a failed sealing, the next try comes after so many milliseconds of received time.
const RETRY_MS: i64 = 60_000;

struct Collecting {
    options: CollectOptions,
    summary: CollectSummary,
    retry_at: UnixMillis,
    identities: Identities,
}

impl Record {
    /// Connects the sensors and takes everything they send until the transport has finished.
    ///
    /// Dropping the future stops at once and loses nothing that was acknowledged.
    ///
    /// # Errors
    /// [`Error::Transport`] when no scan is possible, [`Error::Store`] when the journal cannot be written.
    pub async fn collect(
        &self,
        mut transport: Box<dyn BleTransport>,
        options: CollectOptions,
    ) -> Result<CollectSummary, Error> {
        let mut collecting = Collecting::new(options);
        self.inner.connect(&mut *transport, &mut collecting).await?;
        while let Some(event) = transport.next_event().await {
            match event {
                TransportEvent::Connected(sensor) => {
                    let identities = &mut collecting.identities;
                    let sensor = self.inner.identify(&mut *transport, sensor, identities).await;
                    self.inner.connected(sensor, &collecting.options);
                }
                TransportEvent::Notification(mut notification) => {
                    notification.sensor = collecting.identities.of(&notification.sensor);
                    self.inner.notified(notification, &mut collecting).await?;
                }
                TransportEvent::Disconnected { sensor, reason, at } => {
                    collecting.summary.connections_lost += 1;
                    let sensor = collecting.identities.of(&sensor).to_string();
                    let reason = reason.to_string();
                    self.inner.events.tell(|| Event::SensorLost { sensor, reason, at });
                }
                TransportEvent::Finished => break,
            }
        }
        locked(&self.inner.pipeline).sync(None)?;
        Ok(collecting.summary)
    }

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
        let mut collecting = Collecting::new(CollectOptions::default());
        for sensor in sensors {
            self.inner.connected(sensor, &collecting.options);
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

impl Collecting {
    fn new(options: CollectOptions) -> Collecting {
        let (summary, identities) = (CollectSummary::default(), Identities::default());
        Collecting { options, summary, retry_at: UnixMillis::MIN, identities }
    }
}

impl Inner {
    async fn connect(
        &self,
        transport: &mut dyn BleTransport,
        collecting: &mut Collecting,
    ) -> Result<(), Error> {
        let chosen = collecting.options.sensors.clone();
        for sensor in transport.scan().await? {
            if !chosen.is_empty() && !chosen.iter().any(|id| id == sensor.id.as_str()) {
                continue;
            }
            let connected = subscribe(transport, &sensor).await;
            match connected {
                Ok(()) => collecting.summary.sensors += 1,
                Err(error) => {
                    let (sensor, reason) = (sensor.id.to_string(), error.to_string());
                    self.events.tell(|| Event::SensorUnavailable { sensor, reason });
                }
            }
        }
        Ok(())
    }

    fn connected(&self, mut sensor: Sensor, options: &CollectOptions) {
        sensor.origin = options.origin.unwrap_or(sensor.origin);
        self.events
            .tell(|| Event::SensorConnected { sensor: sensor.id.to_string(), kind: sensor.kind.clone() });
        locked(&self.pipeline).meet(sensor);
    }

    async fn notified(
        self: &Arc<Self>,
        notification: Notification,
        collecting: &mut Collecting,
    ) -> Result<(), Error> {
        let at = notification.received_at;
        self.heard(at, collecting).await;
        let sensor = notification.sensor.clone();
        let (kept, silent) = {
            let mut pipeline = locked(&self.pipeline);
            let mut random = locked(&self.random);
            (pipeline.take(&self.store, notification, &mut **random)?, pipeline.silent(at))
        };
        self.tell_silent(silent);
        pass(Point::Acknowledge);
        collecting.summary.counts = collecting.summary.counts.plus(self.acknowledge(&sensor, kept));
        Ok(())
    }

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

    /// Something was received at this time: seals what an earlier hour left, then lets the clock follow.
    async fn heard(self: &Arc<Self>, at: UnixMillis, collecting: &mut Collecting) {
        // A time that no record holds is refused later; neither the clock nor a sealing may follow it.
        let known = RECORDABLE.contains(&at);
        if known && at >= collecting.retry_at && locked(&self.pipeline).seal_is_due(at) {
            // Before the clock moves on: the block's time is that of the last notification in it.
            self.seal_while_collecting(at, collecting).await;
        }
        self.hear(at);
    }

    fn hear(&self, at: UnixMillis) {
        if RECORDABLE.contains(&at) {
            self.clock.heard(at);
        }
    }

    fn tell_silent(&self, silent: Vec<Silent>) {
        for Silent { sensor, since } in silent {
            self.events.tell(|| Event::Silence { sensor: sensor.to_string(), since });
        }
    }

    /// Tells the events of one notification and counts it.
    fn acknowledge(&self, sensor: &SensorId, kept: Kept) -> Counts {
        let sensor = || sensor.to_string();
        match kept {
            Kept::Readings(readings, counts) => {
                if self.events.has_listener() {
                    for reading in &readings {
                        self.events.tell(|| Event::ReadingKept { sensor: sensor(), reading: *reading });
                    }
                }
                counts
            }
            Kept::Malformed(malformed) => {
                self.events.tell(|| Event::Malformed { sensor: sensor(), reason: malformed.to_string() });
                Counts { notifications: 1, malformed: 1, ..Counts::default() }
            }
        }
    }

    async fn seal_while_collecting(self: &Arc<Self>, at: UnixMillis, collecting: &mut Collecting) {
        match self.seal(Vec::new()).await {
            Ok(sealed) => collecting.summary.blocks += u64::from(sealed.blocks),
            Err(Error::Ledger(LedgerError::Fenced(reason))) => {
                locked(&self.pipeline).park();
                self.events.tell(|| Event::Fenced { reason: reason.to_string() });
            }
            Err(error) => {
                collecting.summary.sealings_failed += 1;
                collecting.retry_at = at.saturating_add(RETRY_MS);
                self.events.tell(|| Event::SealingFailed { reason: error.to_string() });
            }
        }
    }
}

async fn subscribe(transport: &mut dyn BleTransport, sensor: &Sensor) -> Result<(), Error> {
    transport.connect(&sensor.id).await?;
    for characteristic in &sensor.notifies {
        transport.subscribe(&sensor.id, *characteristic).await?;
    }
    Ok(())
}
