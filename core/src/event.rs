//! The one stream of events: what happened, as it happened, for whoever shows it.
//!
//! Bounded: a listener that is too slow is told how many events it missed. The record itself never waits for a listener.

use crate::backfill::Ending;
use pulsebook_protocol::reading::{Reading, UnixMillis};
use tokio::sync::broadcast;

/// Events that a listener may lie behind before it misses some.
const CAPACITY: usize = 4096;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A reading is kept: a spot reading survives a power cut from here on, one of a stream a killed process.
    ReadingKept {
        /// Identity of the sensor.
        sensor: String,
        /// The reading with its marks.
        reading: Reading,
    },
    /// A notification could not be decoded; its raw bytes are kept.
    Malformed {
        /// Identity of the sensor.
        sensor: String,
        /// What was expected and what came.
        reason: String,
    },
    /// A user of a sensor measured of whom the patient has not said who it is: the measurement waits for that.
    Unassigned {
        /// Identity of the sensor.
        sensor: String,
        /// The sensor's number for who measured.
        user: u8,
    },
    /// A sensor is connected, for the first time or again.
    SensorConnected {
        /// Its identity.
        sensor: String,
        /// What it is.
        kind: String,
    },
    /// How it stands with a sensor, each time that changes.
    SensorState {
        /// Its identity, or the transport's name for it as long as it has not said who it is.
        sensor: String,
        /// What is so now.
        state: SensorState,
    },
    /// A sensor that was found could not be connected.
    SensorUnavailable {
        /// Its identity.
        sensor: String,
        /// Why.
        reason: String,
    },
    /// What a sensor says about itself could not be kept; its readings are.
    SensorNotNoted {
        /// Its identity.
        sensor: String,
        /// Why.
        reason: String,
    },
    /// A connection ended.
    SensorLost {
        /// Identity of the sensor.
        sensor: String,
        /// Why.
        reason: String,
        /// When this device noticed.
        at: UnixMillis,
    },
    /// A sensor should have measured ten times over and did not; said once until it measures again.
    Silence {
        /// Its identity.
        sensor: String,
        /// When it last measured, or was connected.
        since: UnixMillis,
        /// How often it should measure, in milliseconds.
        cadence_ms: u32,
        /// What is likely the matter.
        reason: SilenceReason,
    },
    /// What a sensor had stored was asked for; how that ended.
    Fetched {
        /// Identity of the sensor.
        sensor: String,
        /// What came and whether all did.
        ending: Ending,
    },
    /// A sensor's clock is off; its readings' times are corrected by as much.
    SensorClockOff {
        /// Identity of the sensor.
        sensor: String,
        /// By how much this device's clock is ahead of it, in milliseconds.
        lag_ms: i64,
        /// Whether it is right now.
        setting: ClockSetting,
    },
    /// A block is sealed and signed.
    Sealed {
        /// Its height.
        height: u64,
        /// How many segments it holds.
        segments: u32,
    },
    /// Sealing failed; everything stays in the journal and is tried again.
    SealingFailed {
        /// Why.
        reason: String,
    },
    /// This device signs nothing any more; it keeps collecting.
    Fenced {
        /// Why.
        reason: String,
    },
    /// Raw notifications that were kept long enough are removed; the readings stay.
    EvidenceRemoved {
        /// How many files.
        files: u64,
        /// Their bytes.
        bytes: u64,
    },
    /// Part of the journal could not be read.
    JournalDamaged {
        /// File and offset, and what was done.
        reason: String,
    },
    /// An epoch began.
    EpochBegun {
        /// Its number.
        epoch: u32,
    },
    /// A checkpoint was sent to a node.
    Offered {
        /// The node's name.
        node: String,
        /// The epoch.
        epoch: u32,
        /// Blocks under the checkpoint.
        size: u64,
    },
    /// A quorum accepted a checkpoint.
    Certified {
        /// The epoch.
        epoch: u32,
        /// Blocks under the checkpoint.
        size: u64,
    },
    /// A quorum holds every byte under a checkpoint.
    Settled {
        /// The epoch.
        epoch: u32,
        /// Blocks under the checkpoint.
        size: u64,
    },
}

/// How it stands with a sensor; that a connection was made or lost has events of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SensorState {
    /// It is not in reach.
    Searching,
    /// A connection is being made.
    Connecting,
    /// It sends: the first notification of this connection came.
    Measuring,
    /// It wants to be paired first.
    NeedsPairing,
    /// It does not recognise this device any more: it was reset, or paired with another.
    PairedElsewhere,
    /// Its battery has at most this much left, in percent.
    BatteryLow(u8),
}

/// Whether a sensor's clock that is off was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockSetting {
    /// It was set.
    Set,
    /// It does not let itself be set.
    Refused,
    /// It was left as it is: the sensor holds records that it dated and that could not be fetched.
    RecordsWait,
    /// It was left as it is: nobody said how local clocks go here.
    ZoneUnknown,
}

/// Why a sensor is likely silent, from what it and the radio last said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SilenceReason {
    /// Its link is down: it is out of reach or switched off.
    LinkLost,
    /// Its link is down, and its battery had so little left, in percent.
    BatteryLow(u8),
    /// The last thing it said is that it touches nobody.
    NoContact,
    /// It is connected, and sends nothing.
    Mute,
    /// This device's Bluetooth failed when something was last asked of it.
    RadioOff,
}

/// An event with what was missed before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The event.
    pub event: Event,
    /// How many events before it this listener was too slow for.
    pub missed: u64,
}

/// Listens to a record's events from the moment it was made.
#[derive(Debug)]
pub struct EventStream(broadcast::Receiver<Event>);

impl EventStream {
    /// The next event; waits for one. `None` when the record is closed.
    pub async fn next(&mut self) -> Option<Heard> {
        let mut missed = 0;
        loop {
            match self.0.recv().await {
                Ok(event) => return Some(Heard { event, missed }),
                Err(broadcast::error::RecvError::Lagged(number)) => missed += number,
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    /// The next event if there is one already.
    pub fn try_next(&mut self) -> Option<Heard> {
        let mut missed = 0;
        loop {
            match self.0.try_recv() {
                Ok(event) => return Some(Heard { event, missed }),
                Err(broadcast::error::TryRecvError::Lagged(number)) => missed += number,
                Err(_) => return None,
            }
        }
    }
}

/// Where events come from.
#[derive(Debug)]
pub(crate) struct Events(broadcast::Sender<Event>);

impl Events {
    pub(crate) fn new() -> Events {
        Events(broadcast::Sender::new(CAPACITY))
    }

    /// Whether anybody listens.
    pub(crate) fn has_listener(&self) -> bool {
        self.0.receiver_count() > 0
    }

    /// Tells everyone who listens; without a listener the event is not even made.
    pub(crate) fn tell(&self, event: impl FnOnce() -> Event) {
        if self.has_listener() {
            // Fails only when the last listener left in between.
            let _ = self.0.send(event());
        }
    }

    pub(crate) fn listen(&self) -> EventStream {
        EventStream(self.0.subscribe())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_listener_is_told_what_it_missed() {
        let events = Events::new();
        let mut stream = events.listen();
        for epoch in 0..CAPACITY as u32 + 10 {
            events.tell(|| Event::EpochBegun { epoch });
        }
        let heard = stream.try_next().unwrap();
        assert_eq!(heard, Heard { event: Event::EpochBegun { epoch: 10 }, missed: 10 });
    }
}
