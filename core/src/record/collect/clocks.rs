//! The clocks of connected sensors: read before anything is fetched, and set, where a sensor lets itself be set, only when
//! everything that they dated has come.

use super::{Collecting, RECORDABLE, UnixMillis};
use crate::{
    backfill::Ending,
    ble::{BleTransport, Characteristic, Notification, SensorId, TransportEvent},
    decode::{Zone, battery, cgm, current_time, elapsed_time, is_stream},
    error::Error,
    event::{ClockSetting, Event},
    record::Inner,
    store::locked,
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// What is asked of a sensor before its records are read: they are dated by it.
const ASKED: [Characteristic; 4] =
    [current_time::CURRENT_TIME, elapsed_time::CURRENT, cgm::FEATURE, cgm::SESSION_START];

/// A clock that is off by no more is left alone.
const RIGHT_WITHIN_MS: i64 = 5_000;

/// A sensor without a memory to ask pushes what it stored one value after the other, as soon as it is subscribed to: when
/// none came for this long, all have.
const QUIET_MS: i64 = 5_000;

/// Sensors of this connection whose clock has not been seen to yet.
#[derive(Debug, Default)]
pub(super) struct Clocks(BTreeMap<SensorId, Waiting>);

#[derive(Debug)]
pub(super) struct Waiting {
    /// The transport's name for it.
    found_as: SensorId,
    /// Memories whose fetching has not ended.
    memories: usize,
    /// A memory was not fetched to its end: what is left in it goes by the clock as it is.
    records_wait: bool,
    /// When the last value came, or the sensor was connected.
    heard_at: UnixMillis,
}

impl Clocks {
    /// A sensor is connected, subscribed and asked for its time; so many memories of it will be fetched.
    pub(super) fn connected(
        &mut self,
        (sensor, found_as): (&SensorId, &SensorId),
        memories: usize,
        heard_at: UnixMillis,
    ) {
        let waiting = Waiting { found_as: found_as.clone(), memories, records_wait: false, heard_at };
        self.0.insert(sensor.clone(), waiting);
    }

    pub(super) fn fetched(&mut self, sensor: &SensorId, ending: Ending) {
        if let Some(waiting) = self.0.get_mut(sensor) {
            waiting.memories = waiting.memories.saturating_sub(1);
            waiting.records_wait |= !matches!(ending, Ending::Complete { .. });
        }
    }

    pub(super) fn gone(&mut self, sensor: &SensorId) {
        self.0.remove(sensor);
    }

    /// How long to wait for the next event before every sensor counts as quiet.
    pub(super) fn patience(&self) -> Option<Duration> {
        let waits = self.0.values().any(|waiting| waiting.memories == 0);
        waits.then(|| Duration::from_millis(QUIET_MS.unsigned_abs()))
    }

    fn heard(&mut self, sensor: &SensorId, at: UnixMillis) {
        if let Some(waiting) = self.0.get_mut(sensor) {
            waiting.heard_at = waiting.heard_at.max(at);
        }
    }

    /// Takes out the sensors that have sent everything: at this time of receiving, or because nothing at all came.
    pub(super) fn quiet(&mut self, at: Option<UnixMillis>) -> BTreeMap<SensorId, Waiting> {
        let since = |waiting: &Waiting| at.is_none_or(|at| at.saturating_sub(waiting.heard_at) >= QUIET_MS);
        let (quiet, others) = std::mem::take(&mut self.0)
            .into_iter()
            .partition(|(_, waiting)| waiting.memories == 0 && since(waiting));
        self.0 = others;
        quiet
    }
}

impl Collecting {
    /// The sensors that had sent everything before this event happened. They are seen to after it: what it brings was dated by
    /// their clocks as they are.
    pub(super) fn quiet_before(&mut self, event: &TransportEvent) -> BTreeMap<SensorId, Waiting> {
        let (at, of) = match event {
            TransportEvent::Notification(value) => (value.received_at, None),
            TransportEvent::Link { at, .. } => (*at, None),
            TransportEvent::Disconnected { at, sensor, .. } => (*at, Some(self.identities.of(sensor))),
            TransportEvent::Found(_) | TransportEvent::Connected(_) | TransportEvent::Finished => {
                return BTreeMap::new();
            }
        };
        if !RECORDABLE.contains(&at) {
            return BTreeMap::new();
        }
        let mut quiet = self.clocks.quiet(Some(at));
        quiet.retain(|sensor, _| of.as_ref() != Some(sensor));
        if let TransportEvent::Notification(value) = event
            && !is_stream(value.characteristic)
            && value.characteristic != battery::LEVEL
        {
            self.clocks.heard(&self.identities.of(&value.sensor), at);
        }
        quiet
    }
}

impl Inner {
    /// Reads what dates a sensor's records. The answers are kept like notifications, so that a replay dates the same.
    pub(super) async fn ask_clock(
        self: &Arc<Self>,
        transport: &mut dyn BleTransport,
        (sensor, found_as): (&SensorId, &SensorId),
        collecting: &mut Collecting,
    ) -> Result<(), Error> {
        for characteristic in ASKED {
            if let Ok(bytes) = transport.read(found_as, characteristic).await {
                let (sensor, received_at) = (sensor.clone(), self.clock.now());
                let answer = Notification { sensor, characteristic, received_at, bytes };
                self.notified(answer, collecting).await?;
            }
        }
        Ok(())
    }

    /// Sees to the clocks of sensors that have sent everything.
    pub(super) async fn see_to_clocks(
        self: &Arc<Self>,
        transport: &mut dyn BleTransport,
        quiet: BTreeMap<SensorId, Waiting>,
        collecting: &mut Collecting,
    ) -> Result<(), Error> {
        for (sensor, waiting) in quiet {
            self.see_to_clock(transport, (&sensor, &waiting), collecting).await?;
        }
        Ok(())
    }

    /// Sets a clock that is off, unless records wait that it dated, and looks at it again.
    async fn see_to_clock(
        self: &Arc<Self>,
        transport: &mut dyn BleTransport,
        (sensor, waiting): (&SensorId, &Waiting),
        collecting: &mut Collecting,
    ) -> Result<(), Error> {
        let clock = locked(&self.pipeline).clock_of(sensor);
        let Some((clock, lag_ms)) = clock.and_then(|clock| Some((clock, clock.lag_ms()?))) else {
            return Ok(());
        };
        if lag_ms.abs() <= RIGHT_WITHIN_MS && !clock.needs_setting() {
            return Ok(());
        }
        let setting = match collecting.options.zone {
            _ if waiting.records_wait => ClockSetting::RecordsWait,
            None => ClockSetting::ZoneUnknown,
            Some(zone) => self.set_clock(transport, &waiting.found_as, zone).await,
        };
        self.events.tell(|| Event::SensorClockOff { sensor: sensor.to_string(), lag_ms, setting });
        if setting == ClockSetting::Set {
            self.ask_clock(transport, (sensor, &waiting.found_as), collecting).await?;
        }
        Ok(())
    }

    async fn set_clock(
        &self,
        transport: &mut dyn BleTransport,
        found_as: &SensorId,
        zone: Zone,
    ) -> ClockSetting {
        let shown = transport.read(found_as, elapsed_time::CURRENT).await.unwrap_or_default();
        let now = self.clock.now();
        let local = current_time::encode(zone.local_of(now));
        let mut set = transport.write(found_as, current_time::CURRENT_TIME, &local).await.is_ok();
        if let Some(elapsed) = elapsed_time::answer(&shown, now, zone) {
            set |= transport.write(found_as, elapsed_time::CURRENT, &elapsed).await.is_ok();
        }
        if set { ClockSetting::Set } else { ClockSetting::Refused }
    }
}
