//! Collecting: drains a transport into the record, and seals whenever an hour is over.

mod batch;
mod choice;
mod clocks;
mod fetching;
mod states;
mod waiting;

use super::{
    Inner, Record,
    sensors::{Identified, Identities},
};
use crate::{
    backfill::Input,
    ble::{
        BleTransport, Disconnect, Notification, Origin, Sensor, SensorId, TransportError, TransportEvent,
        UnixMillis,
    },
    decode::{RECORDABLE, Zone, battery},
    error::Error,
    event::{Event, SensorState},
    ledger::LedgerError,
    pipeline::Kept,
    store::{Counts, locked},
};
use choice::Choice;
use clocks::Clocks;
use fetching::Fetching;
use pulsebook_faultpoint::{Point, pass};
use states::States;
use std::{collections::BTreeSet, sync::Arc};
use waiting::{Next, next_event};

/// How to collect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CollectOptions {
    /// Where the readings come from, if the sensors do not know better.
    pub origin: Option<Origin>,
    /// How local clocks go where this device is: sensors date by them. Without it they are taken to go by UTC until one
    /// was looked at, and none is set.
    pub zone: Option<Zone>,
    /// Whether a sensor should forget what was fetched from its memory, once that is durable here. Without it a sensor keeps
    /// all it has.
    pub forget_on_sensor: bool,
    /// The sensors to connect, by identity or by name; all that are found when empty.
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
    choice: Choice,
    identities: Identities,
    states: States,
    /// Sensors that were connected, by identity.
    met: BTreeSet<SensorId>,
    fetching: Fetching,
    clocks: Clocks,
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
        let choice = Choice::new(options.sensors.clone(), self.sensors().await?);
        let mut collecting = Collecting::new(options, choice);
        for sensor in transport.scan().await? {
            self.inner.wish(&mut *transport, &sensor, &collecting.choice).await;
        }
        {
            let mut pipeline = locked(&self.inner.pipeline);
            if let Some(zone) = collecting.options.zone {
                pipeline.set_zone(zone);
            }
            pipeline.begin_waiting();
        }
        loop {
            let wait = collecting.wait(self.inner.clock.now(), self.inner.quiet());
            match next_event(&mut *transport, wait).await {
                Next::Event(event) => {
                    let quiet = collecting.quiet_before(&event);
                    self.inner.happened(&mut *transport, event, &mut collecting).await?;
                    // Other sensors may be heard all the time while the one that is asked is silent.
                    if collecting.fetching.is_overdue(self.inner.clock.now()) {
                        self.inner.fetch(&mut *transport, Input::Silent, &mut collecting).await?;
                    }
                    self.inner.see_to_clocks(&mut *transport, quiet, &mut collecting).await?;
                }
                Next::Silent => self.inner.fetch(&mut *transport, Input::Silent, &mut collecting).await?,
                Next::Settled => {
                    let quiet = collecting.clocks.quiet(None);
                    self.inner.see_to_clocks(&mut *transport, quiet, &mut collecting).await?;
                }
                Next::Quiet => self.inner.look_for_silence(),
                Next::Over => break,
            }
            self.inner.fetch_next(&mut *transport, &mut collecting).await?;
        }
        locked(&self.inner.pipeline).end_fetches();
        self.inner.keep_fetched()?;
        Ok(collecting.summary)
    }
}

impl Collecting {
    fn new(options: CollectOptions, choice: Choice) -> Collecting {
        Collecting {
            options,
            summary: CollectSummary::default(),
            retry_at: UnixMillis::MIN,
            choice,
            identities: Identities::default(),
            states: States::default(),
            met: BTreeSet::new(),
            fetching: Fetching::default(),
            clocks: Clocks::default(),
        }
    }
}

impl Inner {
    async fn happened(
        self: &Arc<Self>,
        transport: &mut dyn BleTransport,
        event: TransportEvent,
        collecting: &mut Collecting,
    ) -> Result<(), Error> {
        match event {
            TransportEvent::Found(sensor) => self.wish(transport, &sensor, &collecting.choice).await,
            TransportEvent::Link { sensor, state, .. } => {
                self.tell_state(&collecting.identities.of(&sensor), states::of_link(state));
            }
            TransportEvent::Connected(sensor) => self.connected(transport, sensor, collecting).await?,
            TransportEvent::Notification(mut notification) => {
                notification.sensor = collecting.identities.of(&notification.sensor);
                self.notified_by(transport, notification, collecting).await?;
            }
            TransportEvent::Disconnected { sensor, reason, at } => {
                self.disconnected(&sensor, reason, at, collecting);
                self.fetch_lost(transport, &sensor, collecting).await?;
            }
            TransportEvent::Finished => {}
        }
        Ok(())
    }

    /// A notification, and what it means for a fetching under way.
    async fn notified_by(
        self: &Arc<Self>,
        transport: &mut dyn BleTransport,
        notification: Notification,
        collecting: &mut Collecting,
    ) -> Result<(), Error> {
        if !collecting.fetching.is_of(&notification.sensor, notification.characteristic.service) {
            return self.notified(notification, collecting).await.map(drop);
        }
        let came = locked(&self.pipeline).came(&notification);
        let (at, bytes) = (notification.characteristic, notification.bytes.clone());
        let mine = self.notified(notification, collecting).await?;
        self.fetched(transport, (at, &bytes), (came, mine), collecting).await
    }

    /// Asks for a connection to a sensor that may be a wanted one.
    async fn wish(&self, transport: &mut dyn BleTransport, sensor: &Sensor, choice: &Choice) {
        if !choice.may_be(sensor) {
            return;
        }
        if let Err(error) = transport.connect(&sensor.id).await {
            self.tell_unavailable(&sensor.id, &error);
        }
    }

    /// Asks a sensor who it is and subscribes to all it offers, unless it is none of those wanted.
    async fn connected(
        self: &Arc<Self>,
        transport: &mut dyn BleTransport,
        sensor: Sensor,
        collecting: &mut Collecting,
    ) -> Result<(), Error> {
        let found_as = sensor.id.clone();
        let identified = self.identify(transport, sensor, &mut collecting.identities).await?;
        let Some(Identified { mut sensor, before }) = identified else { return Ok(()) };
        if let Some(before) = before {
            // The same sensor under a new address: nobody will answer under the old one.
            let _ = transport.disconnect(&before).await;
        }
        if !collecting.choice.is(&found_as, &sensor) {
            let _ = transport.disconnect(&found_as).await;
            return Ok(());
        }
        sensor.origin = collecting.options.origin.unwrap_or(sensor.origin);
        if collecting.met.insert(sensor.id.clone()) {
            collecting.summary.sensors += 1;
        }
        let (id, notifies) = (sensor.id.clone(), sensor.notifies.clone());
        self.events.tell(|| Event::SensorConnected { sensor: id.to_string(), kind: sensor.kind.clone() });
        {
            let mut pipeline = locked(&self.pipeline);
            pipeline.meet(sensor);
            pipeline.begin_link(&id);
            pipeline.connected(&id, self.clock.now());
        }
        for characteristic in &notifies {
            if let Err(error) = transport.subscribe(&found_as, *characteristic).await {
                self.tell_unavailable(&id, &error);
            }
        }
        if let Ok(bytes) = transport.read(&found_as, battery::LEVEL).await {
            let (sensor, characteristic, received_at) = (id.clone(), battery::LEVEL, self.clock.now());
            self.battery(&Notification { sensor, characteristic, received_at, bytes }, collecting);
        }
        self.ask_clock(transport, (&id, &found_as), collecting).await?;
        let memories = collecting.fetching.queue(&id, &found_as, &notifies);
        collecting.clocks.connected((&id, &found_as), memories, self.clock.now());
        Ok(())
    }

    fn disconnected(
        &self,
        found_as: &SensorId,
        reason: Disconnect,
        at: UnixMillis,
        collecting: &mut Collecting,
    ) {
        let id = collecting.identities.of(found_as);
        collecting.identities.gone(found_as);
        collecting.states.lost(&id);
        collecting.clocks.gone(&id);
        locked(&self.pipeline).disconnected(&id, reason == Disconnect::Asked);
        if reason == Disconnect::Asked {
            return;
        }
        collecting.summary.connections_lost += 1;
        self.events.tell(|| Event::SensorLost { sensor: id.to_string(), reason: reason.to_string(), at });
    }

    fn battery(&self, level: &Notification, collecting: &mut Collecting) {
        if let Some(percent) = states::percent(level) {
            locked(&self.pipeline).battery(&level.sensor, percent);
        }
        if let Some(percent) = collecting.states.battery(level) {
            self.tell_state(&level.sensor, SensorState::BatteryLow(percent));
        }
    }

    fn tell_state(&self, sensor: &SensorId, state: SensorState) {
        self.events.tell(|| Event::SensorState { sensor: sensor.to_string(), state });
    }

    fn tell_unavailable(&self, sensor: &SensorId, error: &TransportError) {
        if matches!(error, TransportError::Radio(_)) {
            locked(&self.pipeline).radio_failed();
        }
        let (sensor, reason) = (sensor.to_string(), error.to_string());
        self.events.tell(|| Event::SensorUnavailable { sensor, reason });
    }

    /// Keeps a notification, and says whether the record has it now, or had it already.
    async fn notified(
        self: &Arc<Self>,
        notification: Notification,
        collecting: &mut Collecting,
    ) -> Result<bool, Error> {
        let at = notification.received_at;
        self.heard(at, collecting).await;
        let sensor = notification.sensor.clone();
        let measures = collecting.states.measures(&notification);
        let level = (notification.characteristic == battery::LEVEL).then(|| notification.clone());
        let (kept, silent) = {
            let mut pipeline = locked(&self.pipeline);
            let mut random = locked(&self.random);
            (pipeline.take(&self.store, notification, &mut **random)?, pipeline.silent(at))
        };
        self.tell_silent(silent);
        if measures {
            self.tell_state(&sensor, SensorState::Measuring);
        }
        if let Some(level) = level {
            self.battery(&level, collecting);
        }
        pass(Point::Acknowledge);
        let has = matches!(kept, Kept::Readings(..) | Kept::Again);
        collecting.summary.counts = collecting.summary.counts.plus(self.acknowledge(&sensor, kept));
        Ok(has)
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
            Kept::Again => Counts::default(),
            Kept::Malformed(malformed) => {
                self.events.tell(|| Event::Malformed { sensor: sensor(), reason: malformed.to_string() });
                Counts { notifications: 1, malformed: 1, ..Counts::default() }
            }
            Kept::Unassigned(user) => {
                self.events.tell(|| Event::Unassigned { sensor: sensor(), user });
                Counts::default()
            }
            Kept::NotMine => Counts::default(),
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
