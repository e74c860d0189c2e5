//! What can be charted, by the names that people type.

use crate::reading_name::vital_word;
use pulsebook_protocol::vital::Vital;

/// A vital, or the two pressures of one measurement together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charted {
    /// One vital.
    One(Vital),
    /// Systolic and diastolic pressure.
    BloodPressure,
}

impl Charted {
    /// Its vitals with the names they have in the legend, the upper one first.
    pub(crate) fn vitals(self) -> Vec<(&'static str, Vital)> {
        match self {
            Charted::One(vital) => vec![(vital.name(), vital)],
            Charted::BloodPressure => {
                vec![("systolic", Vital::SystolicPressure), ("diastolic", Vital::DiastolicPressure)]
            }
        }
    }

    /// The vital that gives unit and scale.
    pub(crate) fn vital(self) -> Vital {
        match self {
            Charted::One(vital) => vital,
            Charted::BloodPressure => Vital::SystolicPressure,
        }
    }

    /// The name a patient reads.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Charted::One(vital) => vital.name(),
            Charted::BloodPressure => "blood pressure",
        }
    }
}

/// A vital by the name that `show` prints, with hyphens: `heart-rate`, `oxygen-saturation`, `blood-pressure` …
///
/// # Errors
/// The names there are, for clap to show.
pub(crate) fn parse_charted(text: &str) -> Result<Charted, String> {
    let all: Vec<(String, Charted)> = std::iter::once(("blood-pressure".to_owned(), Charted::BloodPressure))
        .chain(Vital::ALL.into_iter().map(|vital| (vital_word(vital), Charted::One(vital))))
        .collect();
    let wanted = text.trim().to_ascii_lowercase().replace([' ', '_'], "-");
    let found = all.iter().find(|(name, _)| *name == wanted).map(|(_, charted)| *charted);
    found.ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        format!("there is no such vital; expected one of {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vital_has_a_name_to_type() {
        assert_eq!(parse_charted("heart-rate"), Ok(Charted::One(Vital::HeartRate)));
        assert_eq!(parse_charted("Blood pressure"), Ok(Charted::BloodPressure));
        assert_eq!(parse_charted("HbA1c"), Ok(Charted::One(Vital::GlycatedHaemoglobin)));
        assert_eq!(parse_charted("pulse-oximeter"), Ok(Charted::One(Vital::OximeterPulseRate)));
        for vital in Vital::ALL {
            assert_eq!(parse_charted(&vital_word(vital)), Ok(Charted::One(vital)));
        }
        assert!(parse_charted("mood").unwrap_err().contains("oxygen-saturation"));
    }
}
