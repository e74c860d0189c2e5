//! One line for each thing that changes with a sensor, in a patient's words.

use crate::user_name::user_name;
use pulsebook_core::{
    event::{Event, SensorState},
    record::KnownSensor,
};
use pulsebook_radio::Sighting;
use std::collections::BTreeMap;

/// The names of the sensors, by whatever the events call them.
#[derive(Debug, Default)]
pub(super) struct States(BTreeMap<String, String>);

impl States {
    pub(super) fn new() -> States {
        States::default()
    }

    /// Which sensor an event is about.
    pub(super) fn about(event: &Event) -> Option<&str> {
        match event {
            Event::SensorState { sensor, .. }
            | Event::SensorConnected { sensor, .. }
            | Event::SensorLost { sensor, .. }
            | Event::SensorUnavailable { sensor, .. }
            | Event::SensorNotNoted { sensor, .. }
            | Event::Silence { sensor, .. }
            | Event::Unassigned { sensor, .. }
            | Event::Malformed { sensor, .. } => Some(sensor),
            _ => None,
        }
    }

    pub(super) fn knows(&self, sensor: &str) -> bool {
        self.0.contains_key(sensor)
    }

    pub(super) fn learn(&mut self, known: Vec<KnownSensor>, found: Vec<Sighting>) {
        for sighting in found {
            let sensor = sighting.sensor;
            self.name(sensor.id.as_str().to_owned(), &sensor.name, &sensor.kind);
        }
        for KnownSensor { id, known_as, name, kind, .. } in known {
            for alias in known_as {
                self.name(alias, &name, &kind);
            }
            self.name(id, &name, &kind);
        }
    }

    fn name(&mut self, id: String, name: &str, kind: &str) {
        let label = match (name, kind) {
            ("", "") => return,
            ("", kind) => kind.to_owned(),
            (name, "") => name.to_owned(),
            (name, kind) => format!("{name} ({kind})"),
        };
        self.0.insert(id, label);
    }

    /// The line for an event; `None` when it is not about a sensor.
    pub(super) fn line(&self, event: &Event) -> Option<String> {
        let sensor = States::about(event)?;
        let label = self.0.get(sensor).map_or(sensor, String::as_str);
        Some(format!("{label}: {}", words(event)?))
    }
}

fn words(event: &Event) -> Option<String> {
    let text = match event {
        Event::SensorConnected { .. } => "connected",
        Event::SensorLost { reason, .. } => return Some(format!("lost ({reason}); it is looked for")),
        Event::SensorUnavailable { reason, .. } => {
            return Some(format!("not everything can be had: {reason}"));
        }
        Event::SensorNotNoted { reason, .. } => {
            return Some(format!(
                "what it says about itself could not be kept ({reason}); its readings are kept all the same"
            ));
        }
        Event::Silence { .. } => "connected, but silent; is it worn and in contact?",
        Event::Malformed { reason, .. } => {
            return Some(format!("sent something that cannot be read: {reason}"));
        }
        Event::Unassigned { user, .. } => {
            return Some(format!(
                "{} measured, and you have not said who that is; it waits outside your record (`pulsebook sensors assign`)",
                user_name(*user)
            ));
        }
        Event::SensorState { state, .. } => return Some(state_words(*state)),
        _ => return None,
    };
    Some(text.to_owned())
}

fn state_words(state: SensorState) -> String {
    match state {
        SensorState::Searching => "searching; switch it on or bring it near".to_owned(),
        SensorState::Connecting => "connecting".to_owned(),
        SensorState::Measuring => "measuring".to_owned(),
        SensorState::NeedsPairing => {
            "it may want to be paired first: stop with Ctrl-C and run `pulsebook pair`".to_owned()
        }
        SensorState::PairedElsewhere => {
            "it does not recognise this device any more, and may be paired with another phone: remove it there, then pair it again".to_owned()
        }
        SensorState::BatteryLow(percent) => format!("battery low, {percent} % left"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sensor_is_called_by_its_name_in_every_state() {
        let mut states = States::new();
        states.name("ble-1".to_owned(), "Strap", "heart-rate strap");
        let event = |sensor: &str, state| Event::SensorState { sensor: sensor.to_owned(), state };
        let line = |sensor, state| states.line(&event(sensor, state)).unwrap();
        assert_eq!(line("ble-1", SensorState::Measuring), "Strap (heart-rate strap): measuring");
        assert_eq!(line("ble-2", SensorState::BatteryLow(9)), "ble-2: battery low, 9 % left");
        let (sensor, reason) = ("ble-1".to_owned(), "the disk is full".to_owned());
        let unkept = states.line(&Event::SensorNotNoted { sensor, reason }).unwrap();
        assert!(unkept.starts_with("Strap (heart-rate strap): ") && unkept.contains("the disk is full"));
        assert_eq!(states.line(&Event::EpochBegun { epoch: 1 }), None);
    }
}
