//! The data file of limits: read once, every number with its source.

use pulsebook_protocol::vital::Vital;
use serde::Deserialize;
use std::{collections::BTreeMap, sync::LazyLock};

static BUILTIN: LazyLock<Limits> = LazyLock::new(|| {
    // Compiled in, and a test reads it: it cannot fail in a build that passed its tests.
    Limits::from_json(include_str!("limits.json"))
        .expect("the embedded limits were read by this crate's tests")
});

/// What is impossible and what is suspicious. Numbers are stored integers at the vital's exponent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Version of the file; grows with every change.
    pub version: u16,
    /// When a sensor's time stamp cannot be right.
    pub clock: ClockLimits,
    /// When a stream has a gap.
    pub gap: Gap,
    /// How far the heart rate may be from its RR intervals.
    pub rr_cross_check: CrossCheck,
    vitals: BTreeMap<String, VitalLimits>,
}

/// When a sensor's time stamp cannot be right.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockLimits {
    /// Longest time, in milliseconds, that a measurement may be older than its reception.
    pub late_ms: i64,
    /// Furthest, in milliseconds, that a measurement may lie ahead of its reception.
    pub ahead_ms: i64,
    /// Furthest, in milliseconds, that a vital's time may step back from one notification to the next.
    pub backwards_ms: i64,
    /// Where the numbers come from.
    pub source: String,
}

/// When a stream has a gap.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// More than this many cadences without a value.
    pub cadences: i64,
    /// Where the number comes from.
    pub source: String,
}

/// How far two values of one measurement may lie apart.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrossCheck {
    /// Greatest difference in percent.
    pub percent: i64,
    /// Where the number comes from.
    pub source: String,
}

/// The limits of one vital.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VitalLimits {
    /// Outside (least, greatest) a value is impossible.
    pub hard: (i32, i32),
    /// Outside (least, greatest) a value is suspicious.
    pub soft: (i32, i32),
    /// Fastest believable change, where one is known.
    pub rate: Option<Rate>,
    /// When a repeated value counts as stuck.
    pub stuck: Stuck,
    /// Where the numbers come from.
    pub source: String,
}

/// Fastest believable change between two values.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// A change greater than this …
    pub delta: i32,
    /// … within this many milliseconds is too fast.
    pub within_ms: i64,
}

/// When a repeated value counts as stuck.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stuck {
    /// From this many equal values in a row.
    pub count: u32,
}

/// Limits that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LimitsError {
    /// The text is not a limits file.
    #[error("the limits cannot be read: {0}; expected the layout of core/src/assess/limits.json")]
    Json(#[from] serde_json::Error),
    /// The soft range lies outside the hard range, or a vital has no limits.
    #[error("the limits of {0} are missing, or their soft range lies outside the hard one")]
    Vital(&'static str),
}

impl Limits {
    /// The limits that come with this version.
    pub fn builtin() -> &'static Limits {
        &BUILTIN
    }

    /// Reads limits from the text of a file laid out like `limits.json`.
    ///
    /// # Errors
    /// The text is no such file, or a vital's limits are missing or contradict each other.
    pub fn from_json(text: &str) -> Result<Limits, LimitsError> {
        let limits: Limits = serde_json::from_str(text)?;
        for vital in Vital::ALL {
            let sound = limits.vital(vital).is_some_and(|found| {
                found.hard.0 <= found.soft.0 && found.soft.0 < found.soft.1 && found.soft.1 <= found.hard.1
            });
            if !sound {
                return Err(LimitsError::Vital(vital.name()));
            }
        }
        Ok(limits)
    }

    /// The limits of one vital.
    pub fn vital(&self, vital: Vital) -> Option<&VitalLimits> {
        self.vitals.get(key(vital))
    }
}

/// The vital's name in the file.
fn key(vital: Vital) -> &'static str {
    match vital {
        Vital::HeartRate => "heart-rate",
        Vital::RrInterval => "rr-interval",
        Vital::OxygenSaturation => "oxygen-saturation",
        Vital::OximeterPulseRate => "oximeter-pulse-rate",
        Vital::BodyTemperature => "body-temperature",
        Vital::SystolicPressure => "systolic-pressure",
        Vital::DiastolicPressure => "diastolic-pressure",
        Vital::MeanArterialPressure => "mean-arterial-pressure",
        Vital::CuffPulseRate => "cuff-pulse-rate",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_limits_cover_every_vital_and_cite_a_source() {
        let limits = Limits::builtin();
        assert_eq!(limits.vitals.len(), Vital::ALL.len());
        assert!(
            Vital::ALL.iter().all(|vital| limits.vital(*vital).is_some_and(|found| !found.source.is_empty()))
        );
    }

    #[test]
    fn a_soft_range_outside_the_hard_one_is_refused() {
        let text = include_str!("limits.json").replace("\"soft\": [30, 220]", "\"soft\": [30, 400]");
        assert!(matches!(Limits::from_json(&text), Err(LimitsError::Vital("heart rate"))));
    }
}
