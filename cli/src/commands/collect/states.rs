//! One line for each thing that changes with a sensor, in a patient's words.

use crate::{output::plural, user_name::user_name};
use pulsebook_core::{
    backfill::Ending,
    event::{ClockSetting, Event, SensorState, SilenceReason},
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
            | Event::SensorClockOff { sensor, .. }
            | Event::Fetched { sensor, .. }
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

    /// The line for an event; `None` when it says nothing that a patient could want to know now.
    pub(super) fn line(&self, event: &Event) -> Option<String> {
        match event {
            Event::SealingFailed { reason } => {
                return Some(format!(
                    "what was measured could not be sealed yet ({reason}); all of it is kept, and it is tried again"
                ));
            }
            Event::Fenced { reason } => {
                return Some(format!(
                    "this record signs nothing any more ({reason}); it goes on keeping what is measured"
                ));
            }
            _ => {}
        }
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
        Event::Silence { cadence_ms, reason, .. } => return Some(silence_words(*cadence_ms, *reason)),
        Event::Malformed { reason, .. } => {
            return Some(format!("sent something that cannot be read: {reason}"));
        }
        Event::Unassigned { user, .. } => {
            return Some(format!(
                "{} measured, and you have not said who that is; it waits outside your record (`pulsebook sensors assign`)",
                user_name(*user)
            ));
        }
        Event::SensorClockOff { lag_ms, setting, .. } => return Some(clock_words(*lag_ms, *setting)),
        Event::SensorState { state, .. } => return Some(state_words(*state)),
        Event::Fetched { ending, .. } => return fetched_words(*ending),
        _ => return None,
    };
    Some(text.to_owned())
}

/// How the fetching of what a sensor stored ended; nothing when it had nothing.
fn fetched_words(ending: Ending) -> Option<String> {
    let came = |records: u32| plural(records.into(), "stored record");
    Some(match ending {
        Ending::Complete { records: 0, .. } => return None,
        Ending::Complete { records, forgotten, .. } => {
            let then = if forgotten { "; it has forgotten them" } else { "" };
            format!("{} fetched and kept{then}", came(records))
        }
        Ending::Short { records, announced } => format!(
            "{} fetched and kept, but it spoke of {announced}; the others are asked for the next time it is connected",
            came(records)
        ),
        Ending::NotSupported => {
            "does not let what it stored be asked for; measure while it is connected".to_owned()
        }
        Ending::NeedsPairing { records } => format!(
            "{} fetched and kept; for the others it wants to be paired (`pulsebook pair`)",
            came(records)
        ),
        Ending::NoAnswer { records } => format!(
            "{} fetched and kept, then it stopped answering; switch it off and on, the others are asked for again",
            came(records)
        ),
        Ending::Interrupted { records } => format!(
            "{} fetched and kept before the connection was lost; it goes on from there the next time",
            came(records)
        ),
        Ending::Stopped { records } => format!("{} fetched and kept before it was stopped", came(records)),
    })
}

fn clock_words(lag_ms: i64, setting: ClockSetting) -> String {
    let off = match lag_ms {
        0.. => format!("its clock is {} slow", span(lag_ms)),
        _ => format!("its clock is {} fast", span(lag_ms)),
    };
    let then = match setting {
        ClockSetting::Set => "and was set right; what it measured before got the right times",
        ClockSetting::Refused => {
            "and does not let itself be set from here: the times of its readings are corrected; set it by hand if it can be"
        }
        ClockSetting::RecordsWait => {
            "and is left so for now: it holds readings dated by it that could not be fetched yet"
        }
        ClockSetting::ZoneUnknown => {
            "or goes by another time zone: the times of its readings are corrected, and it is not set while this device's time zone is not known (--zone)"
        }
    };
    format!("{off}, {then}")
}

/// Its greatest two units; a second at least.
fn span(ms: i64) -> String {
    let seconds = (ms.unsigned_abs() / 1000).max(1);
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let parts = units.iter().scan(seconds, |left, (size, unit)| {
        let count = *left / size;
        *left %= size;
        Some((count, unit))
    });
    let parts = parts.skip_while(|(count, _)| *count == 0).take(2).filter(|(count, _)| *count > 0);
    parts.map(|(count, unit)| format!("{count} {unit}")).collect::<Vec<_>>().join(" ")
}

/// What is likely the matter, and what to do about it.
fn silence_words(cadence_ms: u32, reason: SilenceReason) -> String {
    let likely = match reason {
        SilenceReason::LinkLost => {
            "it is out of reach or switched off; bring it near and see that it is on".to_owned()
        }
        SilenceReason::BatteryLow(percent) => {
            format!("its battery may be empty, it had {percent} % left; charge it or change the battery")
        }
        SilenceReason::NoContact => {
            "it last said that it does not touch your skin; put it on, or moisten it".to_owned()
        }
        SilenceReason::Mute => {
            "it is connected and sends nothing; is it worn? If so, switch it off and on again".to_owned()
        }
        SilenceReason::RadioOff => {
            "Bluetooth on this device may be off; see that it is switched on".to_owned()
        }
    };
    let usual = match cadence_ms.div_ceil(1000) {
        0..120 => format!("{} s", cadence_ms.div_ceil(1000)),
        seconds => format!("{} minutes", seconds / 60),
    };
    format!("no reading for a long time, where one comes each {usual}: {likely}")
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
            "it does not answer this device any more; bring it near or switch it off and on, and if it was paired with another phone since, remove it there and pair it again".to_owned()
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
        let silent = |cadence_ms, reason| {
            let event = Event::Silence { sensor: "ble-1".to_owned(), since: 0, cadence_ms, reason };
            states.line(&event).unwrap()
        };
        let told = silent(1000, SilenceReason::BatteryLow(7));
        assert!(
            told.starts_with(
                "Strap (heart-rate strap): no reading for a long time, where one comes each 1 s: "
            )
        );
        assert!(told.contains("it had 7 % left"), "{told}");
        assert!(
            silent(300_000, SilenceReason::RadioOff).contains("each 5 minutes: Bluetooth on this device")
        );
        let reasons =
            [SilenceReason::LinkLost, SilenceReason::NoContact, SilenceReason::Mute, SilenceReason::RadioOff];
        let told: std::collections::BTreeSet<String> =
            reasons.into_iter().map(|reason| silent(1000, reason)).collect();
        assert_eq!(told.len(), reasons.len(), "each says something else");
        let (sensor, reason) = ("ble-1".to_owned(), "the disk is full".to_owned());
        let unkept = states.line(&Event::SensorNotNoted { sensor, reason }).unwrap();
        assert!(unkept.starts_with("Strap (heart-rate strap): ") && unkept.contains("the disk is full"));
        assert_eq!(states.line(&Event::EpochBegun { epoch: 1 }), None);
    }

    #[test]
    fn what_was_fetched_is_told_with_what_to_do_about_the_rest() {
        let line = |ending| {
            let sensor = "meter".to_owned();
            States::new().line(&Event::Fetched { sensor, ending })
        };
        let complete = |records| Ending::Complete { records, forgotten: false, anew: false };
        assert_eq!(line(complete(0)), None);
        assert_eq!(line(complete(1)).unwrap(), "meter: 1 stored record fetched and kept");
        assert!(line(Ending::Short { records: 3, announced: 40 }).unwrap().contains("it spoke of 40"));
        assert!(line(Ending::NeedsPairing { records: 0 }).unwrap().contains("`pulsebook pair`"));
        let fenced = Event::Fenced { reason: "an old copy".to_owned() };
        assert!(States::new().line(&fenced).unwrap().contains("an old copy"));
    }

    #[test]
    fn a_clock_that_is_off_is_told_with_what_became_of_it() {
        let line = |lag_ms, setting| {
            let sensor = "cuff".to_owned();
            States::new().line(&Event::SensorClockOff { sensor, lag_ms, setting }).unwrap()
        };
        assert!(
            line(10_800_000, ClockSetting::Set).starts_with("cuff: its clock is 3 h slow, and was set right")
        );
        assert!(
            line(-86_461_000, ClockSetting::Refused).starts_with("cuff: its clock is 1 d fast, and does not")
        );
        assert!(line(65_000, ClockSetting::RecordsWait).contains("1 min 5 s slow, and is left so for now"));
        assert!(
            line(-7_200_000, ClockSetting::ZoneUnknown).contains("2 h fast, or goes by another time zone")
        );
    }
}
