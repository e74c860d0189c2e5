//! Collecting: drains a transport into the record, and seals whenever an hour is over.

use super::{Inner, Record, sensors::Identities};
use crate::{
    ble::{BleTransport, Notification, Origin, Sensor, TransportEvent, UnixMillis},
    decode::RECORDABLE,
    error::Error,
    event::Event,
    ledger::LedgerError,
    pipeline::Kept,
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
        let (summary, identities) = (CollectSummary::default(), Identities::default());
        let mut collecting = Collecting { options, summary, retry_at: UnixMillis::MIN, identities };
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
                    self.inner.notified(&notification, &mut collecting).await?;
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
        notification: &Notification,
        collecting: &mut Collecting,
    ) -> Result<(), Error> {
        let at = notification.received_at;
        // A time that no record holds is refused below; neither the clock nor a sealing may follow it.
        let known = RECORDABLE.contains(&at);
        let due = known && at >= collecting.retry_at && locked(&self.pipeline).seal_is_due(at);
        if due {
            // Before the clock moves on: the block's time is that of the last notification in it.
            self.seal_while_collecting(at, collecting).await;
        }
        if known {
            self.clock.heard(at);
        }
        let (kept, silent) = {
            let mut pipeline = locked(&self.pipeline);
            let mut random = locked(&self.random);
            (pipeline.take(&self.store, notification, &mut **random)?, pipeline.silent(at))
        };
        for silent in silent {
            self.events.tell(|| Event::Silence { sensor: silent.sensor.to_string(), since: silent.since });
        }
        pass(Point::Acknowledge);
        collecting.summary.counts = collecting.summary.counts.plus(self.acknowledge(notification, kept));
        Ok(())
    }

    /// Tells the events of one notification and counts it.
    fn acknowledge(&self, notification: &Notification, kept: Kept) -> Counts {
        let sensor = || notification.sensor.to_string();
        match kept {
            Kept::Readings(readings) => {
                for reading in &readings {
                    self.events.tell(|| Event::ReadingKept { sensor: sensor(), reading: *reading });
                }
                Counts::of(&readings)
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
