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
#[derive(Clone, Debug)]
pub struct Limits {
    /// Version of the file; grows with every change.
    pub version: u16,
    /// When a sensor's time stamp cannot be right.
    pub clock: ClockLimits,
    /// When a stream has a gap.
    pub gap: Gap,
    /// How far the heart rate may be from its RR intervals.
    pub rr_cross_check: CrossCheck,
    vitals: BTreeMap<Vital, VitalLimits>,
}

/// The file as it is written, with vitals by name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u16,
    clock: ClockLimits,
    gap: Gap,
    rr_cross_check: CrossCheck,
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
    /// When a repeated value counts as stuck, where one does.
    pub stuck: Option<Stuck>,
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
    /// Limits of something that is no vital.
    #[error("the limits name {0}, which is no vital; expected names such as heart-rate")]
    Unknown(String),
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
        let Written { version, clock, gap, rr_cross_check, vitals: mut written } =
            serde_json::from_str(text)?;
        let mut vitals = BTreeMap::new();
        for vital in Vital::ALL {
            let limits = written.remove(&key(vital)).filter(sound);
            vitals.insert(vital, limits.ok_or(LimitsError::Vital(vital.name()))?);
        }
        match written.into_keys().next() {
            Some(unknown) => Err(LimitsError::Unknown(unknown)),
            None => Ok(Limits { version, clock, gap, rr_cross_check, vitals }),
        }
    }

    /// The limits of one vital.
    pub fn vital(&self, vital: Vital) -> Option<&VitalLimits> {
        self.vitals.get(&vital)
    }
}

fn sound(limits: &VitalLimits) -> bool {
    let VitalLimits { hard, soft, .. } = limits;
    hard.0 <= soft.0 && soft.0 < soft.1 && soft.1 <= hard.1
}

/// The vital's name in the file: the name it has in the code, in words with hyphens (`heart-rate`).
fn key(vital: Vital) -> String {
    let mut key = String::new();
    for letter in format!("{vital:?}").chars() {
        if letter.is_ascii_uppercase() && !key.is_empty() {
            key.push('-');
        }
        key.push(letter.to_ascii_lowercase());
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_limits_cover_every_vital_and_cite_a_source() {
        let limits = Limits::builtin();
        assert!(
            Vital::ALL.iter().all(|vital| limits.vital(*vital).is_some_and(|found| !found.source.is_empty()))
        );
    }

    #[test]
    fn limits_of_what_is_no_vital_are_refused() {
        let text = include_str!("limits.json").replace("\"steps\"", "\"stepps\"");
        assert!(matches!(Limits::from_json(&text), Err(LimitsError::Vital("steps"))));
        let text = include_str!("limits.json").replace("\"steps\":", "\"mood\": null, \"steps\":");
        assert!(matches!(Limits::from_json(&text), Err(LimitsError::Json(_))));
        let heart = "\"mood\": { \"hard\": [0, 9], \"soft\": [1, 8], \"rate\": null, \"stuck\": { \"count\": 9 }, \"source\": \"none\" }, \"steps\":";
        let text = include_str!("limits.json").replace("\"steps\":", heart);
        assert!(matches!(Limits::from_json(&text), Err(LimitsError::Unknown(name)) if name == "mood"));
    }

    #[test]
    fn a_soft_range_outside_the_hard_one_is_refused() {
        let text = include_str!("limits.json").replace("\"soft\": [30, 220]", "\"soft\": [30, 400]");
        assert!(matches!(Limits::from_json(&text), Err(LimitsError::Vital("heart rate"))));
    }
}
