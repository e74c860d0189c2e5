//! Scenario files: who is measured, what they do, and which faults occur when.

use serde::Deserialize;
use std::path::Path;

const BUILTIN: [&str; 4] = [
    include_str!("../scenarios/rest.json"),
    include_str!("../scenarios/night.json"),
    include_str!("../scenarios/exercise.json"),
    include_str!("../scenarios/checks.json"),
];

/// One scenario, as read from its JSON file.
///
/// ```
/// use pulsebook_sensor_sim::Scenario;
/// assert_eq!(Scenario::load("rest").unwrap().name, "rest");
/// assert!(Scenario::builtin().len() >= 3);
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The name it is chosen by.
    pub name: String,
    /// One sentence for `sim list`.
    pub description: String,
    /// Which wearables are worn; the four of the other scenarios when the file does not say.
    #[serde(default = "worn_by_default")]
    pub wearables: Vec<Wearable>,
    /// Who is measured.
    pub persona: Persona,
    /// What they do; between activities they rest.
    pub activity: Vec<Activity>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
}

fn worn_by_default() -> Vec<Wearable> {
    vec![Wearable::Strap, Wearable::Oximeter, Wearable::Thermometer, Wearable::Cuff]
}

/// The middle values of a simulated person.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// Beats per minute at rest, 40–100.
    pub resting_heart_rate: f64,
    /// Standard deviation of single RR intervals, 0–5 percent; none is further off than 2.5 times that.
    pub variability_percent: f64,
    /// Oxygen saturation, 94–99 percent.
    pub saturation: f64,
    /// Body temperature, 35.5–38 degrees Celsius.
    pub temperature: f64,
    /// Systolic pressure, 90–160 mmHg.
    pub systolic: f64,
    /// Diastolic pressure, 50–100 mmHg.
    pub diastolic: f64,
}

/// A raised heart rate for a part of the duration.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// Start, as a fraction of the duration.
    pub from: f64,
    /// End, as a fraction of the duration.
    pub to: f64,
    /// Beats per minute above rest, 0–120.
    pub rise: f64,
}

/// Which of the wearables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wearable {
    /// Heart-rate strap.
    Strap,
    /// Pulse oximeter that measures all the time.
    Oximeter,
    /// Thermometer.
    Thermometer,
    /// Blood-pressure cuff.
    Cuff,
    /// Fingertip oximeter that measures when a finger is put in.
    SpotOximeter,
}

/// Something that goes wrong; `at` is a fraction of the duration.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// The next measurement is "not a number".
    NotANumber {
        /// Whose; not the strap's, whose format has no such value.
        sensor: Wearable,
        /// When.
        at: f64,
    },
    /// The next measurement has an impossible value.
    Implausible {
        /// Whose.
        sensor: Wearable,
        /// When.
        at: f64,
        /// The value in its everyday unit, 0–2000.
        value: u16,
    },
    /// The next notification loses its last byte.
    Malformed {
        /// Whose.
        sensor: Wearable,
        /// When.
        at: f64,
    },
    /// The link is lost and comes back.
    LostConnection {
        /// Whose.
        sensor: Wearable,
        /// When.
        at: f64,
        /// For how long, in milliseconds; at most a fifth of the duration.
        for_ms: i64,
    },
    /// The strap says that it has no skin contact.
    ContactLost {
        /// The strap; others have no contact bit.
        sensor: Wearable,
        /// When.
        at: f64,
        /// For how long, in milliseconds; at most a fifth of the duration.
        for_ms: i64,
    },
}

/// A scenario that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// No built-in scenario has this name, and no such file can be read.
    #[error(
        "there is no scenario {name}, nor a readable file of that name ({source}); `sim list` shows those that come with it"
    )]
    NotFound {
        /// What was asked for.
        name: String,
        /// Why the file cannot be read.
        source: std::io::Error,
    },
    /// The file is no scenario.
    #[error("{name} is no scenario: {source}; expected the layout of sensor-sim/scenarios/rest.json")]
    Json {
        /// Which.
        name: String,
        /// Where it goes wrong.
        source: serde_json::Error,
    },
    /// A number is out of its range.
    #[error("scenario {name}: {what}")]
    OutOfRange {
        /// Which.
        name: String,
        /// What was expected and what came.
        what: String,
    },
}

impl Scenario {
    /// The scenario of this built-in name, or else the one in this file.
    ///
    /// # Errors
    /// There is neither, the file is no scenario, or a number in it is out of range.
    pub fn load(name_or_file: &str) -> Result<Scenario, ScenarioError> {
        if let Some(found) = Scenario::builtin().into_iter().find(|scenario| scenario.name == name_or_file) {
            return Ok(found);
        }
        let name = || name_or_file.to_owned();
        let text = std::fs::read_to_string(Path::new(name_or_file))
            .map_err(|source| ScenarioError::NotFound { name: name(), source })?;
        Scenario::from_json(&text, name_or_file)
    }

    /// The scenarios that come with this crate; the first is the default.
    pub fn builtin() -> Vec<Scenario> {
        // A test reads all of them, so none is left out.
        BUILTIN.iter().filter_map(|text| Scenario::from_json(text, "built-in").ok()).collect()
    }

    /// Reads a scenario; `name` is what errors call it.
    ///
    /// # Errors
    /// The text is no scenario, or a number in it is out of range.
    pub fn from_json(text: &str, name: &str) -> Result<Scenario, ScenarioError> {
        let scenario: Scenario = serde_json::from_str(text)
            .map_err(|source| ScenarioError::Json { name: name.to_owned(), source })?;
        match scenario.complaint() {
            Some(what) => Err(ScenarioError::OutOfRange { name: name.to_owned(), what }),
            None => Ok(scenario),
        }
    }

    /// The first thing that is out of range.
    fn complaint(&self) -> Option<String> {
        let persona = &self.persona;
        let numbers = [
            ("resting_heart_rate", persona.resting_heart_rate, 40.0, 100.0),
            ("variability_percent", persona.variability_percent, 0.0, 5.0),
            ("saturation", persona.saturation, 94.0, 99.0),
            ("temperature", persona.temperature, 35.5, 38.0),
            ("systolic", persona.systolic, 90.0, 160.0),
            ("diastolic", persona.diastolic, 50.0, 100.0),
        ];
        let activities = self.activity.iter().flat_map(|activity| {
            [
                ("from", activity.from, 0.0, 1.0),
                ("to", activity.to, activity.from, 1.0),
                ("rise", activity.rise, 0.0, 120.0),
            ]
        });
        let times = self.faults.iter().map(|fault| ("at", fault.at(), 0.0, 1.0));
        numbers
            .into_iter()
            .chain(activities)
            .chain(times)
            .find(|(_, number, least, greatest)| !(*least..=*greatest).contains(number))
            .map(|(what, number, least, greatest)| {
                format!("{what} must lie in {least}–{greatest}, {number} came")
            })
            .or_else(|| self.wearables.is_empty().then(|| "wearables must name at least one".to_owned()))
            .or_else(|| self.faults.iter().find_map(Fault::complaint))
    }
}

impl Fault {
    /// When, as a fraction of the duration.
    pub fn at(&self) -> f64 {
        match *self {
            Fault::NotANumber { at, .. }
            | Fault::Implausible { at, .. }
            | Fault::Malformed { at, .. }
            | Fault::LostConnection { at, .. }
            | Fault::ContactLost { at, .. } => at,
        }
    }

    fn complaint(&self) -> Option<String> {
        match *self {
            Fault::NotANumber { sensor: Wearable::Strap, .. } => {
                Some("a strap cannot send not-a-number; choose another sensor".into())
            }
            Fault::Implausible { value: 2001.., .. } => {
                Some("an implausible value must be at most 2000".into())
            }
            Fault::ContactLost { sensor, .. } if sensor != Wearable::Strap => {
                Some("only the strap can lose contact".into())
            }
            Fault::LostConnection { for_ms: ..=0, .. } | Fault::ContactLost { for_ms: ..=0, .. } => {
                Some("for_ms must be positive".into())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_builtin_scenario_can_be_read_and_chosen() {
        let names: Vec<String> = Scenario::builtin().into_iter().map(|scenario| scenario.name).collect();
        assert_eq!(names, ["rest", "night", "exercise", "checks"]);
        assert_eq!(names.len(), BUILTIN.len());
    }

    #[test]
    fn what_is_wrong_with_a_scenario_is_said() {
        let changed = |from: &str, to: &str| {
            Scenario::from_json(&BUILTIN[0].replace(from, to), "mine").unwrap_err().to_string()
        };
        assert!(changed("36.6", "66.6").contains("temperature must lie in 35.5–38, 66.6 came"));
        assert!(changed("\"at\": 0.2", "\"at\": 2").contains("at must lie in 0–1"));
        assert!(changed("\"oximeter\", \"at\": 0.2", "\"strap\", \"at\": 0.2").contains("strap cannot send"));
        assert!(changed("activity", "activities").contains("is no scenario"));
        assert!(Scenario::load("no-such").unwrap_err().to_string().contains("there is no scenario no-such"));
    }

    proptest! {
        #[test]
        fn any_scenario_within_its_ranges_comes_back(
            (resting_heart_rate, variability_percent, saturation) in (40.0..=100.0, 0.0..=5.0, 94.0..=99.0),
            (temperature, systolic, diastolic) in (35.5..=38.0, 90.0..=160.0, 50.0..=100.0),
            (at, for_ms, value) in (0.0..=1.0, 1i64..i64::MAX, 0u16..=2000),
            name in "\\PC{0,30}",
        ) {
            let text = serde_json::json!({
                "name": name, "description": "", "wearables": ["strap", "spot-oximeter"],
                "persona": {
                    "resting_heart_rate": resting_heart_rate, "variability_percent": variability_percent,
                    "saturation": saturation, "temperature": temperature, "systolic": systolic, "diastolic": diastolic,
                },
                "activity": [{"from": at, "to": 1.0, "rise": 120.0}],
                "faults": [
                    {"kind": "lost-connection", "sensor": "strap", "at": at, "for_ms": for_ms},
                    {"kind": "implausible", "sensor": "cuff", "at": at, "value": value},
                ],
            });
            let scenario = Scenario::from_json(&text.to_string(), "any").unwrap();
            prop_assert_eq!(scenario.name, name);
            prop_assert_eq!(scenario.wearables, [Wearable::Strap, Wearable::SpotOximeter]);
            let persona = scenario.persona;
            // JSON's reader may be off by the last bit of a double.
            let same = |found: f64, written: f64| (found - written).abs() < 1e-9;
            prop_assert!(same(persona.resting_heart_rate, resting_heart_rate) && same(persona.saturation, saturation));
            prop_assert!(same(persona.diastolic, diastolic) && same(scenario.activity[0].from, at));
            let lost = |fault: &Fault| matches!(fault, Fault::LostConnection { for_ms: found, .. } if *found == for_ms);
            prop_assert!(lost(&scenario.faults[0]) && same(scenario.faults[1].at(), at));
        }
    }
}
