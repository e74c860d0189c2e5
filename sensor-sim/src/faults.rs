//! When the scenario's faults strike a wearable, and how many did.

use crate::scenario::{Fault, Scenario, Wearable};
use std::ops::Add;

/// How many faults of each kind really went out, for a story to compare with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Injected {
    /// Notifications with "not a number" or "infinite".
    pub nan: u64,
    /// Notifications with an impossible value.
    pub implausible: u64,
    /// Notifications cut off, or with a turned bit where a checksum shows it.
    pub malformed: u64,
    /// Connections lost (and found again, if the duration allows).
    pub lost_connection: u64,
    /// Notifications that say "no skin contact".
    pub contact_lost: u64,
}

/// How long a battery is out of a sensor, and how long one under a new address is out of range, in milliseconds.
const BATTERY_OUT_MS: i64 = 30_000;
const NEW_ADDRESS_MS: i64 = 10_000;

/// 1 January 2021, UTC: what a clock shows that was never set.
pub(crate) const NEVER_SET: i64 = 1_609_459_200_000;

/// Something that happens to a wearable at a fixed moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    OutOfRange,
    InRange,
    NewAddress,
    Drift(i32),
    ClockReset,
    ClockJump(i64),
    BatteryLow(u8),
    CutBackfill(u16),
}

/// The faults of one wearable still to come.
#[derive(Clone, Debug)]
pub(crate) struct Faults {
    waiting: Vec<Fault>,
    duration_ms: i64,
}

impl Faults {
    pub(crate) fn new(scenario: &Scenario, wearable: Wearable, duration_ms: i64) -> Faults {
        let mine = scenario.faults.iter().filter(|fault| fault.sensor() == wearable);
        Faults { waiting: mine.copied().collect(), duration_ms }
    }

    /// Whether any of them is about its clock.
    pub(crate) fn need_a_clock(&self) -> bool {
        self.waiting.iter().any(Fault::is_of_the_clock)
    }

    /// What happens at fixed moments, by milliseconds after the start, latest first.
    pub(crate) fn happenings(&self) -> Vec<(i64, Happening)> {
        use Happening::*;
        let mut all: Vec<(i64, Happening)> = Vec::new();
        for fault in &self.waiting {
            let from = self.moment(fault.at());
            match *fault {
                Fault::LostConnection { for_ms, .. } => {
                    all.extend([(from, OutOfRange), (from + self.length(for_ms), InRange)]);
                }
                Fault::AddressRotation { .. } => {
                    let to = from + self.length(NEW_ADDRESS_MS);
                    all.extend([(from, OutOfRange), (to, NewAddress), (to, InRange)]);
                }
                Fault::ClockReset { .. } => {
                    let to = from + self.length(BATTERY_OUT_MS);
                    all.extend([(from, OutOfRange), (to, ClockReset), (to, InRange)]);
                }
                Fault::Drift { ppm, .. } => all.push((from, Drift(ppm))),
                Fault::DaylightSaving { hours, .. } => {
                    all.push((from, ClockJump(i64::from(hours) * 3_600_000)))
                }
                Fault::BatteryLow { percent, .. } => all.push((from, BatteryLow(percent))),
                Fault::CutBackfill { after, .. } => all.push((from, CutBackfill(after))),
                _ => {}
            }
        }
        // Those of one moment keep their order.
        all.sort_by_key(|(at, _)| *at);
        all.reverse();
        all
    }

    /// Whether the strap has no skin contact now.
    pub(crate) fn contact_lost(&self, elapsed_ms: i64) -> bool {
        self.lasting(elapsed_ms, |fault| match *fault {
            Fault::ContactLost { for_ms, .. } => Some(self.length(for_ms)),
            _ => None,
        })
    }

    /// Whether what is measured stays as it is now.
    pub(crate) fn stuck(&self, elapsed_ms: i64) -> bool {
        self.lasting(elapsed_ms, |fault| match *fault {
            Fault::Stuck { for_ms, .. } => Some(for_ms),
            _ => None,
        })
    }

    fn lasting(&self, elapsed_ms: i64, length: impl Fn(&Fault) -> Option<i64>) -> bool {
        self.waiting.iter().any(|fault| {
            let from = self.moment(fault.at());
            length(fault).is_some_and(|length| (from..from.saturating_add(length)).contains(&elapsed_ms))
        })
    }

    /// Takes the first fault that is due for the next notification.
    pub(crate) fn due(&mut self, elapsed_ms: i64) -> Option<Fault> {
        let due = |fault: &Fault| fault.is_of_a_frame() && self.moment(fault.at()) <= elapsed_ms;
        let place = self.waiting.iter().position(due)?;
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
