//! When the scenario's faults strike, and how many did.

use crate::{
    measured::Measured,
    scenario::{Fault, Scenario, Wearable},
};
use std::ops::Add;

/// How many faults of each kind really went out, for a story to compare with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Injected {
    /// Notifications with "not a number".
    pub nan: u64,
    /// Notifications with an impossible value.
    pub implausible: u64,
    /// Notifications cut off by a byte.
    pub malformed: u64,
    /// Connections lost (and found again, if the duration allows).
    pub lost_connection: u64,
    /// Notifications that say "no skin contact".
    pub contact_lost: u64,
}

/// A link that is down from one moment to another, in milliseconds after the start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outage {
    pub(crate) wearable: Wearable,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// The faults still to come.
#[derive(Clone, Debug)]
pub(crate) struct Faults {
    waiting: Vec<Fault>,
    duration_ms: i64,
}

impl Faults {
    pub(crate) fn new(scenario: &Scenario, duration_ms: i64) -> Faults {
        Faults { waiting: scenario.faults.clone(), duration_ms }
    }

    /// All lost connections.
    pub(crate) fn outages(&self) -> Vec<Outage> {
        let outage = |fault: &Fault| match *fault {
            Fault::LostConnection { sensor, at, for_ms } => {
                let from = self.moment(at);
                Some(Outage { wearable: sensor, from, to: from + self.length(for_ms) })
            }
            _ => None,
        };
        self.waiting.iter().filter_map(outage).collect()
    }

    /// Whether the strap has no skin contact now.
    pub(crate) fn contact_lost(&self, elapsed_ms: i64) -> bool {
        self.waiting.iter().any(|fault| match *fault {
            Fault::ContactLost { at, for_ms, .. } => {
                let from = self.moment(at);
                (from..from + self.length(for_ms)).contains(&elapsed_ms)
            }
            _ => false,
        })
    }

    /// Takes the first fault that is due for the next notification of this wearable.
    pub(crate) fn due(&mut self, wearable: Wearable, elapsed_ms: i64) -> Option<Fault> {
        let place = self.waiting.iter().position(|fault| match *fault {
            Fault::NotANumber { sensor, at }
            | Fault::Implausible { sensor, at, .. }
            | Fault::Malformed { sensor, at } => sensor == wearable && self.moment(at) <= elapsed_ms,
            _ => false,
        })?;
        Some(self.waiting.remove(place))
    }

    fn moment(&self, at: f64) -> i64 {
        (at * self.duration_ms as f64) as i64
    }

    fn length(&self, for_ms: i64) -> i64 {
        for_ms.min(self.duration_ms / 5)
    }
}

impl Add for Injected {
    type Output = Injected;

    fn add(self, other: Injected) -> Injected {
        Injected {
            nan: self.nan + other.nan,
            implausible: self.implausible + other.implausible,
            malformed: self.malformed + other.malformed,
            lost_connection: self.lost_connection + other.lost_connection,
            contact_lost: self.contact_lost + other.contact_lost,
        }
    }
}

impl Injected {
    /// Changes a measurement as the fault wants it, and counts.
    pub(crate) fn strike(&mut self, fault: Fault, measured: Measured) -> Measured {
        match fault {
            Fault::NotANumber { .. } => {
                self.nan += 1;
                measured.without_number()
            }
            Fault::Implausible { value, .. } => {
                self.implausible += 1;
                measured.with_value(value)
            }
            _ => measured,
        }
    }
}
