//! The simulated wearables of a scenario as a transport, with the truth about what they sent.

use crate::{
    faults::Injected,
    in_process::{self, InProcess},
    measured::Measured,
    scenario::Scenario,
    worn::{Worn, wear},
};
use pulsebook_core::ble::UnixMillis;

/// The wearables of a scenario on one person. It never sleeps, and its memory does not grow with the duration.
#[derive(Debug)]
pub struct Simulator(InProcess<Worn>);

impl Simulator {
    /// Simulates this scenario from `start` (not before 1970) for `duration_ms` milliseconds of virtual time.
    pub fn new(scenario: &Scenario, seed: u64, start: UnixMillis, duration_ms: i64) -> Simulator {
        Simulator(InProcess::new(wear(scenario, seed, start, duration_ms), start, duration_ms))
    }

    /// Calls this with the virtual time of each event, before the event is handed on: it drives the clock of whoever collects.
    #[must_use]
    pub fn on_time(self, on_time: impl FnMut(UnixMillis) + Send + 'static) -> Simulator {
        Simulator(self.0.on_time(on_time))
    }

    /// The virtual clock: the receive time of the last event.
    pub fn now(&self) -> UnixMillis {
        self.0.now()
    }

    /// The faults that went out so far.
    pub fn injected(&self) -> Injected {
        self.0.sensors().fold(Injected::default(), |sum, worn| sum + worn.injected())
    }

    /// What the last notification was made from.
    pub fn measured(&self) -> Option<&Measured> {
        self.0.sensors().filter_map(Worn::measured).max_by_key(|(at, _)| *at).map(|(_, measured)| measured)
    }
}

in_process::transport!(Simulator);
