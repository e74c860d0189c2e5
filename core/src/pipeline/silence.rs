//! Expected data that does not arrive: noticed once, with the likely reason as far as anything is known.

use super::Pipeline;
use crate::{
    ble::{Sensor, SensorId},
    decode::RECORDABLE,
    event::SilenceReason,
};
use pulsebook_protocol::reading::UnixMillis;
use std::collections::BTreeMap;

/// A stream is silent after so many of its cadences, and never before ten seconds.
const CADENCES: i64 = 10;
const LEAST_MS: i64 = 10_000;

/// A battery that had at most this much left may be empty now, in percent.
const LOW_BATTERY: u8 = 20;

#[derive(Debug, Default)]
pub(super) struct Silence {
    streams: BTreeMap<SensorId, Stream>,
    checked_at: UnixMillis,
    /// Whether the radio failed when something was last asked of it.
    radio_failed: bool,
}

/// A sensor that should measure again and again, and what is known of it.
#[derive(Clone, Debug)]
struct Stream {
    cadence_ms: u32,
    heard_at: UnixMillis,
    said: bool,
    known: Known,
}

/// What a sensor's silence is explained by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Known {
    link_is_down: bool,
    /// As it last said, in percent.
    battery: Option<u8>,
    /// Whether the last thing it measured was that it touches nobody.
    without_contact: bool,
}

/// A sensor that should have been heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Silent {
    pub(crate) sensor: SensorId,
    pub(crate) since: UnixMillis,
    pub(crate) cadence_ms: u32,
    pub(crate) reason: SilenceReason,
}

impl Known {
    /// What explains the most comes first: without a radio nobody is heard, and without a battery no link stands.
    fn reason(self, radio_failed: bool) -> SilenceReason {
        match self {
            _ if radio_failed => SilenceReason::RadioOff,
            Known { link_is_down: true, battery: Some(percent @ ..=LOW_BATTERY), .. } => {
                SilenceReason::BatteryLow(percent)
            }
            Known { link_is_down: true, .. } => SilenceReason::LinkLost,
            Known { without_contact: true, .. } => SilenceReason::NoContact,
            _ => SilenceReason::Mute,
        }
    }
}

impl Stream {
    fn limit_ms(&self) -> i64 {
        (i64::from(self.cadence_ms) * CADENCES).max(LEAST_MS)
    }
}

impl Silence {
    /// A collecting begins: only what is connected in it is waited for.
    pub(super) fn begin(&mut self) {
        *self = Silence::default();
    }

    /// A sensor is connected, for the first time or again: from now on it should measure.
    pub(super) fn connected(&mut self, sensor: &Sensor, at: UnixMillis) {
        self.radio_failed = false;
        if let Some(stream) = self.stream(sensor, at) {
            stream.known.link_is_down = false;
        }
    }

    /// Its link is down.
    pub(super) fn lost(&mut self, sensor: &SensorId) {
        if let Some(stream) = self.streams.get_mut(sensor) {
            stream.known.link_is_down = true;
        }
    }

    /// Nobody waits for it any more.
    pub(super) fn let_go(&mut self, sensor: &SensorId) {
        self.streams.remove(sensor);
    }

    /// It told its battery, in percent.
    pub(super) fn battery(&mut self, sensor: &SensorId, percent: u8) {
        if let Some(stream) = self.streams.get_mut(sensor) {
            stream.known.battery = Some(percent);
        }
    }

    /// The radio failed when something was asked of it.
    pub(super) fn radio_failed(&mut self) {
        self.radio_failed = true;
    }

    /// It measured.
    pub(super) fn heard(&mut self, sensor: &Sensor, at: UnixMillis, without_contact: bool) {
        self.radio_failed = false;
        if let Some(stream) = self.stream(sensor, at) {
            stream.heard_at = stream.heard_at.max(at);
            stream.said = false;
            stream.known.link_is_down = false;
            stream.known.without_contact = without_contact;
        }
    }

    /// Of a sensor that has a cadence.
    fn stream(&mut self, sensor: &Sensor, at: UnixMillis) -> Option<&mut Stream> {
        let cadence_ms = sensor.cadence_ms?;
        if !self.streams.contains_key(&sensor.id) {
            let stream = Stream { cadence_ms, heard_at: at, said: false, known: Known::default() };
            self.streams.insert(sensor.id.clone(), stream);
        }
        self.streams.get_mut(&sensor.id)
    }

    /// When the next sensor will have been silent for too long, if none is heard until then.
    pub(super) fn due(&self) -> Option<UnixMillis> {
        let due = |stream: &Stream| stream.heard_at.saturating_add(stream.limit_ms()).saturating_add(1);
        self.streams.values().filter(|stream| !stream.said).map(due).min()
    }

    /// At most once a second of received time.
    pub(super) fn check(&mut self, now: UnixMillis) -> Vec<Silent> {
        if now < self.checked_at + 1000 {
            return Vec::new();
        }
        self.checked_at = now;
        let mut silent = Vec::new();
        for (sensor, stream) in &mut self.streams {
            if !stream.said && now - stream.heard_at > stream.limit_ms() {
                stream.said = true;
                silent.push(Silent {
                    sensor: sensor.clone(),
                    since: stream.heard_at,
                    cadence_ms: stream.cadence_ms,
                    reason: stream.known.reason(self.radio_failed),
                });
            }
        }
        silent
    }
}

impl Pipeline {
    /// A collecting begins: from now on sensors are waited for that are connected in it.
    pub(crate) fn begin_waiting(&mut self) {
        self.silence.begin();
    }

    /// A sensor is connected, and should measure from now on.
    pub(crate) fn connected(&mut self, sensor: &SensorId, at: UnixMillis) {
        if let Some(met) = self.sensors.get(sensor) {
            self.silence.connected(&met.sensor, at);
        }
    }

    /// A sensor's link is down; `asked`: this device wanted that, and waits for nothing.
    pub(crate) fn disconnected(&mut self, sensor: &SensorId, asked: bool) {
        if asked { self.silence.let_go(sensor) } else { self.silence.lost(sensor) }
    }

    /// A sensor told its battery, in percent.
    pub(crate) fn battery(&mut self, sensor: &SensorId, percent: u8) {
        self.silence.battery(sensor, percent);
    }

    /// The radio failed when something was asked of it.
    pub(crate) fn radio_failed(&mut self) {
        self.silence.radio_failed();
    }

    /// When a sensor will be named as silent, unless it is heard before.
    pub(crate) fn silence_due(&self) -> Option<UnixMillis> {
        self.silence.due()
    }

    /// Sensors that should have been heard by now and were not; each is named once.
    pub(crate) fn silent(&mut self, now: UnixMillis) -> Vec<Silent> {
        if RECORDABLE.contains(&now) { self.silence.check(now) } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ble::Origin;

    fn strap() -> Sensor {
        Sensor {
            id: SensorId::new("strap"),
            name: String::new(),
            kind: String::new(),
            cadence_ms: Some(1000),
            has_clock: false,
            origin: Origin::Simulated,
            notifies: vec![],
        }
    }

    /// The reason when the strap is silent after what happened.
    fn reason(happened: impl FnOnce(&mut Silence)) -> SilenceReason {
        let mut silence = Silence::default();
        silence.connected(&strap(), 99_000);
        silence.heard(&strap(), 100_000, false);
        happened(&mut silence);
        let silent = silence.check(120_000);
        assert_eq!(silent.len(), 1);
        silent[0].reason
    }

    #[test]
    fn a_stream_that_stops_is_named_once_until_it_is_heard_again() {
        let mut silence = Silence::default();
        silence.heard(&strap(), 100_000, false);
        assert_eq!((silence.check(110_000), silence.due()), (vec![], Some(110_001)));
        let silent = |since| Silent {
            sensor: SensorId::new("strap"),
            since,
            cadence_ms: 1000,
            reason: SilenceReason::Mute,
        };
        assert_eq!(silence.check(111_001), [silent(100_000)]);
        assert_eq!((silence.check(200_000), silence.due()), (vec![], None));
        silence.heard(&strap(), 300_000, false);
        assert_eq!(silence.check(400_000), [silent(300_000)]);
    }

    #[test]
    fn a_sensor_that_is_connected_and_never_measures_is_named() {
        let mut silence = Silence::default();
        silence.connected(&strap(), 100_000);
        assert_eq!(silence.check(120_000)[0].reason, SilenceReason::Mute);
        silence.connected(&Sensor { cadence_ms: None, id: SensorId::new("cuff"), ..strap() }, 100_000);
        silence.begin();
        assert_eq!(silence.check(200_000), []);
    }

    #[test]
    fn one_that_stopped_in_the_midst_of_a_good_link_is_connected_but_mute() {
        assert_eq!(reason(|_| {}), SilenceReason::Mute);
        assert_eq!(reason(|silence| silence.battery(&strap().id, 5)), SilenceReason::Mute);
    }

    #[test]
    fn one_whose_link_is_down_has_lost_it() {
        assert_eq!(reason(|silence| silence.lost(&strap().id)), SilenceReason::LinkLost);
        let back = |silence: &mut Silence| {
            silence.lost(&strap().id);
            silence.connected(&strap(), 105_000);
        };
        assert_eq!(reason(back), SilenceReason::Mute);
    }

    #[test]
    fn a_lost_link_after_a_low_battery_is_likely_the_battery() {
        let lost_with = |percent| {
            reason(|silence| {
                silence.battery(&strap().id, percent);
                silence.lost(&strap().id);
            })
        };
        assert_eq!(lost_with(20), SilenceReason::BatteryLow(20));
        assert_eq!(lost_with(21), SilenceReason::LinkLost);
    }

    #[test]
    fn one_that_last_said_that_it_touches_nobody_has_no_contact() {
        let said = |without| reason(move |silence| silence.heard(&strap(), 101_000, without));
        assert_eq!((said(true), said(false)), (SilenceReason::NoContact, SilenceReason::Mute));
        let lost = |silence: &mut Silence| {
            silence.heard(&strap(), 101_000, true);
            silence.lost(&strap().id);
        };
        assert_eq!(reason(lost), SilenceReason::LinkLost, "that it was taken off does not break a link");
    }

    #[test]
    fn without_a_radio_nothing_else_is_to_blame() {
        let off = |silence: &mut Silence| {
            silence.battery(&strap().id, 5);
            silence.lost(&strap().id);
            silence.radio_failed();
        };
        assert_eq!(reason(off), SilenceReason::RadioOff);
        let on_again = |silence: &mut Silence| {
            silence.radio_failed();
            silence.connected(&strap(), 105_000);
        };
        assert_eq!(reason(on_again), SilenceReason::Mute);
    }
}
