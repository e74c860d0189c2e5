//! What is told about a sensor when it changes and not with every notification: that it measures, that its battery is low.

use crate::{
    ble::{LinkState, Notification, SensorId},
    decode::{battery, decode},
    event::SensorState,
};
use std::collections::BTreeSet;

/// A battery at or below this is low; above [`RECOVERED`] it may be told low again. Between the two nothing is told, so
/// that a level that swings by a percent is not told again and again.
const LOW: u8 = 20;
const RECOVERED: u8 = 25;

#[derive(Debug, Default)]
pub(super) struct States {
    measuring: BTreeSet<SensorId>,
    low: BTreeSet<SensorId>,
}

impl States {
    /// Whether this is the first notification of a measurement since the connection was made.
    pub(super) fn measures(&mut self, notification: &Notification) -> bool {
        let battery = notification.characteristic == battery::LEVEL;
        !battery
            && !self.measuring.contains(&notification.sensor)
            && self.measuring.insert(notification.sensor.clone())
    }

    /// The link is down: the next notification is told again.
    pub(super) fn lost(&mut self, sensor: &SensorId) {
        self.measuring.remove(sensor);
    }

    /// The percentage, when a battery is low and that was not told yet.
    pub(super) fn battery(&mut self, level: &Notification) -> Option<u8> {
        let percent = percent(level)?;
        if percent > RECOVERED {
            self.low.remove(&level.sensor);
        }
        (percent <= LOW && self.low.insert(level.sensor.clone())).then_some(percent)
    }
}

/// What a notification or an answer of the battery says.
pub(super) fn percent(level: &Notification) -> Option<u8> {
    decode(level).ok()?.battery_percent
}

pub(super) fn of_link(state: LinkState) -> SensorState {
    match state {
        LinkState::Searching => SensorState::Searching,
        LinkState::Connecting => SensorState::Connecting,
        LinkState::NeedsPairing => SensorState::NeedsPairing,
        LinkState::PairedElsewhere => SensorState::PairedElsewhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_low_battery_is_told_once_until_it_was_charged() {
        let mut states = States::default();
        let level = |level| Notification {
            sensor: SensorId::new("strap"),
            characteristic: battery::LEVEL,
            received_at: 0,
            bytes: vec![level],
        };
        let told = [21, 20, 19, 22, 20, 26, 20, 200].map(|percent| states.battery(&level(percent)));
        assert_eq!(told, [None, Some(20), None, None, None, None, Some(20), None]);
    }
}
