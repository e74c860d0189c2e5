//! Who is measured and what happens to them: a simulated person's middle values, exertion, fever and meals.

use super::Ranged;
use serde::Deserialize;

/// The middle values of a simulated person.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// Beats per minute at rest, 40–100.
    pub resting_heart_rate: f64,
    /// Standard deviation of single RR intervals, 0–5 percent; none is further off than 2.5 times that.
    pub variability_percent: f64,
    /// How the heart beats.
    #[serde(default)]
    pub rhythm: Rhythm,
    /// Oxygen saturation, 94–99 percent.
    pub saturation: f64,
    /// Body temperature, 35.5–38 degrees Celsius.
    pub temperature: f64,
    /// Systolic pressure, 90–180 mmHg.
    pub systolic: f64,
    /// Diastolic pressure, 50–110 mmHg.
    pub diastolic: f64,
    /// Glucose between meals, 60–180 mg/dL.
    #[serde(default = "fasting")]
    pub glucose: f64,
}

fn fasting() -> f64 {
    95.0
}

/// How the heart beats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rhythm {
    /// Each interval near the one before.
    #[default]
    Regular,
    /// Each interval for itself, up to two fifths off: what a strap sends of an irregular rhythm.
    Irregular,
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

/// A raised temperature for a part of the duration; the heart beats faster with it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fever {
    /// Start, as a fraction of the duration.
    pub from: f64,
    /// End, as a fraction of the duration.
    pub to: f64,
    /// Degrees Celsius above the usual, 0–4.
    pub degrees: f64,
}

/// A meal: glucose rises, and comes down again within hours.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meal {
    /// When, as a fraction of the duration.
    pub at: f64,
    /// About how far glucose rises, 0–150 mg/dL.
    pub rise: f64,
}

impl Persona {
    pub(super) fn numbers(&self) -> [Ranged; 7] {
        [
            ("resting_heart_rate", self.resting_heart_rate, 40.0, 100.0),
            ("variability_percent", self.variability_percent, 0.0, 5.0),
            ("saturation", self.saturation, 94.0, 99.0),
            ("temperature", self.temperature, 35.5, 38.0),
            ("systolic", self.systolic, 90.0, 180.0),
            ("diastolic", self.diastolic, 50.0, 110.0),
            ("glucose", self.glucose, 60.0, 180.0),
        ]
    }
}

impl Activity {
    pub(super) fn numbers(&self) -> [Ranged; 3] {
        [("from", self.from, 0.0, 1.0), ("to", self.to, self.from, 1.0), ("rise", self.rise, 0.0, 120.0)]
    }
}

impl Fever {
    pub(super) fn numbers(&self) -> [Ranged; 3] {
        [("from", self.from, 0.0, 1.0), ("to", self.to, self.from, 1.0), ("degrees", self.degrees, 0.0, 4.0)]
    }
}

impl Meal {
    pub(super) fn numbers(&self) -> [Ranged; 2] {
        [("at", self.at, 0.0, 1.0), ("rise", self.rise, 0.0, 150.0)]
    }
}
