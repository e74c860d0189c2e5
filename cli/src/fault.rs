//! What went wrong on the way, named by sensor and kind, for the demo's story.

use pulsebook_core::ble::{Disconnect, SensorId, TransportEvent, UnixMillis};
use pulsebook_sensor_sim::Injected;
use std::collections::BTreeMap;

/// At most this many are named; a story has a handful, and memory must not grow with the duration.
const NAMED: usize = 12;

/// One thing that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A value sent as SFLOAT "not a number".
    NotANumber(String),
    /// A value that no body has.
    Impossible(String),
    /// A frame cut off.
    CutOff(String),
    /// A connection lost, and for how long if it came back.
    Lost {
        /// The sensor.
        sensor: String,
        /// When it went.
        at: UnixMillis,
        /// How long it was away, in milliseconds.
        away_ms: Option<i64>,
    },
}

impl Fault {
    /// What became of it, in a patient's words.
    pub(crate) fn words(&self) -> String {
        match self {
            Fault::NotANumber(sensor) => format!(
                "the {sensor} sent the special value \u{201c}not a number\u{201d} (NaN): kept as absent, with that reason"
            ),
            Fault::Impossible(sensor) => {
                format!(
                    "the {sensor} sent a value that no body has: kept as sent, marked impossible, never drawn"
                )
            }
            Fault::CutOff(sensor) => {
                format!(
                    "a frame of the {sensor} was cut off: kept raw and reported; the next one was decoded"
                )
            }
            Fault::Lost { sensor, away_ms: Some(away_ms), .. } => format!(
                "the {sensor} lost its connection for {} s: said as a gap; it came back by itself",
                away_ms / 1000
            ),
            Fault::Lost { sensor, away_ms: None, .. } => {
                format!("the {sensor} lost its connection and has not come back: said as a gap")
            }
        }
    }
}

/// Names faults as events pass by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    kinds: BTreeMap<SensorId, String>,
    named: Vec<Fault>,
    seen: Injected,
}

impl Faults {
    /// The faults named so far, in order.
    pub(crate) fn named(&self) -> &[Fault] {
        &self.named
    }

    /// Looks at one event, at this moment of the simulator's clock, after so many faults were injected in all.
    pub(crate) fn watch(&mut self, event: &TransportEvent, now: UnixMillis, injected: Injected) {
        match event {
            TransportEvent::Connected(sensor) => {
                self.kinds.insert(sensor.id.clone(), sensor.kind.clone());
                self.came_back(&sensor.kind, now);
            }
            TransportEvent::Disconnected { sensor, reason: Disconnect::Lost, at } => {
                let lost = Fault::Lost { sensor: self.kind(sensor), at: *at, away_ms: None };
                self.name(lost);
            }
            TransportEvent::Notification(notification) => {
                let kind = self.kind(&notification.sensor);
                self.name_new(&kind, injected);
            }
            _ => {}
        }
        self.seen = injected;
    }

    fn name_new(&mut self, kind: &str, injected: Injected) {
        if injected.nan > self.seen.nan {
            self.name(Fault::NotANumber(kind.to_owned()));
        }
        if injected.implausible > self.seen.implausible {
            self.name(Fault::Impossible(kind.to_owned()));
        }
        if injected.malformed > self.seen.malformed {
            self.name(Fault::CutOff(kind.to_owned()));
        }
    }

    fn came_back(&mut self, kind: &str, now: UnixMillis) {
        for fault in self.named.iter_mut().rev() {
            if let Fault::Lost { sensor, at, away_ms: away @ None } = fault
                && sensor == kind
            {
                *away = Some(now - *at);
                return;
            }
        }
    }

    fn kind(&self, sensor: &SensorId) -> String {
        self.kinds.get(sensor).cloned().unwrap_or_else(|| sensor.as_str().to_owned())
    }

    fn name(&mut self, fault: Fault) {
        if self.named.len() < NAMED {
            self.named.push(fault);
        }
    }
}
