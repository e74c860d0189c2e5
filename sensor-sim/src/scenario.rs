//! Scenario files: who is measured, what they do, and which faults occur when.

mod expected;
mod fault;
mod persona;

pub use expected::Expected;
pub use fault::Fault;
pub use persona::{Activity, Fever, Meal, Persona, Rhythm};

use serde::Deserialize;
use std::path::Path;

const BUILTIN: [&str; 8] = [
    include_str!("../scenarios/rest.json"),
    include_str!("../scenarios/night.json"),
    include_str!("../scenarios/exercise.json"),
    include_str!("../scenarios/checks.json"),
    include_str!("../scenarios/fever.json"),
    include_str!("../scenarios/irregular.json"),
    include_str!("../scenarios/hypertension.json"),
    include_str!("../scenarios/cgm-day.json"),
];

/// The longest that a scenario may last: a year, in milliseconds.
const LONGEST_MS: i64 = 366 * 86_400_000;

/// Most times of day in a diary.
const MOST_TIMES: usize = 48;

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
    /// How long it lasts unless something else is asked for, in milliseconds.
    #[serde(default)]
    pub lasts_ms: Option<i64>,
    /// Which wearables are worn; the four of the other scenarios when the file does not say.
    #[serde(default = "worn_by_default")]
    pub wearables: Vec<Wearable>,
    /// When thermometer, cuff and fingertip are used, in minutes of the day (UTC), each day; as often as each does when empty.
    #[serde(default)]
    pub diary: Vec<u16>,
    /// Who is measured.
    pub persona: Persona,
    /// What they do; between activities they rest.
    pub activity: Vec<Activity>,
    /// When they have a fever.
    #[serde(default)]
    pub fever: Vec<Fever>,
    /// When they eat.
    #[serde(default)]
    pub meals: Vec<Meal>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
}

fn worn_by_default() -> Vec<Wearable> {
    vec![Wearable::Strap, Wearable::Oximeter, Wearable::Thermometer, Wearable::Cuff]
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
    /// Continuous glucose monitor under the skin, which stores what it measures.
    GlucoseMonitor,
}

impl Wearable {
    /// All of them; in this order they measure what is due at the same time.
    pub const ALL: [Wearable; 6] = [
        Wearable::Strap,
        Wearable::Oximeter,
        Wearable::Thermometer,
        Wearable::Cuff,
        Wearable::SpotOximeter,
        Wearable::GlucoseMonitor,
    ];

    /// Whether a person uses it now and then; such ones stamp what they measure.
    pub(crate) fn is_spot(self) -> bool {
        matches!(self, Wearable::Thermometer | Wearable::Cuff | Wearable::SpotOximeter)
    }
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

/// A number with its name and its range.
type Ranged = (&'static str, f64, f64, f64);

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
        self.numbers()
            .find(|(_, number, least, greatest)| !(*least..=*greatest).contains(number))
            .map(|(what, number, least, greatest)| {
                format!("{what} must lie in {least}–{greatest}, {number} came")
            })
            .or_else(|| self.wearables.is_empty().then(|| "wearables must name at least one".to_owned()))
            .or_else(|| self.diary_complaint())
            .or_else(|| self.faults.iter().find_map(Fault::complaint))
    }

    fn numbers(&self) -> impl Iterator<Item = Ranged> + '_ {
        let lasts = self.lasts_ms.map(|ms| ("lasts_ms", ms as f64, 60_000.0, LONGEST_MS as f64));
        let times = self.faults.iter().map(|fault| ("at", fault.at(), 0.0, 1.0));
        self.persona
            .numbers()
            .into_iter()
            .chain(lasts)
            .chain(self.activity.iter().flat_map(Activity::numbers))
            .chain(self.fever.iter().flat_map(Fever::numbers))
            .chain(self.meals.iter().flat_map(Meal::numbers))
            .chain(times)
    }

    fn diary_complaint(&self) -> Option<String> {
        let rising = self.diary.windows(2).all(|pair| matches!(pair, [early, late] if early < late));
        let fits = self.diary.len() <= MOST_TIMES && self.diary.iter().all(|minute| *minute < 1440);
        (!(rising && fits)).then(|| {
            format!("diary must be at most {MOST_TIMES} minutes of the day, 0–1439, each later than the one before")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_builtin_scenario_can_be_read_and_chosen() {
        let names: Vec<String> = Scenario::builtin().into_iter().map(|scenario| scenario.name).collect();
        let expected =
            ["rest", "night", "exercise", "checks", "fever", "irregular", "hypertension", "cgm-day"];
        assert_eq!(names, expected);
        assert_eq!(names.len(), BUILTIN.len());
    }

    #[test]
    fn what_is_wrong_with_a_scenario_is_said() {
        let changed = |from: &str, to: &str| {
            assert!(BUILTIN[0].contains(from), "{from}");
            Scenario::from_json(&BUILTIN[0].replace(from, to), "mine").unwrap_err().to_string()
        };
        assert!(changed("36.6", "66.6").contains("temperature must lie in 35.5–38, 66.6 came"));
        assert!(changed("\"at\": 0.2", "\"at\": 2").contains("at must lie in 0–1"));
        assert!(changed("\"oximeter\", \"at\": 0.2", "\"strap\", \"at\": 0.2").contains("strap cannot send"));
        assert!(changed("activity", "activities").contains("is no scenario"));
        assert!(changed("\"activity\"", "\"diary\": [60, 60], \"activity\"").contains("diary must be"));
        assert!(changed("\"activity\"", "\"lasts_ms\": 5, \"activity\"").contains("lasts_ms must lie in"));
        assert!(Scenario::load("no-such").unwrap_err().to_string().contains("there is no scenario no-such"));
    }

    proptest! {
        #[test]
        fn any_scenario_within_its_ranges_comes_back(
            (resting_heart_rate, variability_percent, saturation) in (40.0..=100.0, 0.0..=5.0, 94.0..=99.0),
            (temperature, systolic, diastolic) in (35.5..=38.0, 90.0..=180.0, 50.0..=110.0),
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
