//! The name of a reading, stable for ever: `vital@time/sensor`, such as `heart-rate@2026-03-01T12:00:00.500Z/strap-1`.

use crate::moment;
use pulsebook_core::record::ReadingName;
use pulsebook_protocol::{reading::UnixMillis, vital::Vital};

/// A vital's name as one word: "pulse (oximeter)" is `pulse-oximeter`.
pub(crate) fn vital_word(vital: Vital) -> String {
    let name = vital.name().to_ascii_lowercase();
    let parts = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-")
}

/// The vital of that word.
///
/// # Errors
/// What is expected, for clap to show.
pub(crate) fn parse_vital(word: &str) -> Result<Vital, String> {
    let known = Vital::ALL.into_iter().find(|vital| vital_word(*vital) == word);
    known.ok_or_else(|| format!("expected one of {}", Vital::ALL.map(vital_word).join(", ")))
}

/// The name of a reading.
pub(crate) fn name(vital: Vital, measured_at: UnixMillis, sensor: &str) -> String {
    format!("{}@{}/{sensor}", vital_word(vital), exact(measured_at))
}

/// Reads a name; the sensor may be left out.
///
/// # Errors
/// What is expected, for clap to show.
pub(crate) fn parse(text: &str) -> Result<ReadingName, String> {
    let (vital, rest) = text
        .split_once('@')
        .ok_or_else(|| format!("expected {FORM}: `pulsebook show --list` prints them"))?;
    let (time, sensor) = match rest.split_once('/') {
        Some((time, sensor)) => (time, Some(sensor.to_owned())),
        None => (rest, None),
    };
    Ok(ReadingName { vital: parse_vital(vital)?, measured_at: moment::parse_moment(time)?, sensor })
}

const FORM: &str = "a name such as body-temperature@2026-03-01T12:00:00Z/sensor";

/// RFC 3339 with milliseconds when there are some.
pub(crate) fn exact(moment: UnixMillis) -> String {
    let whole = moment::rfc3339(moment);
    match moment.rem_euclid(1000) {
        0 => whole,
        millis => format!("{}.{millis:03}Z", whole.trim_end_matches('Z')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_comes_back_and_no_two_vitals_share_a_word() {
        for vital in Vital::ALL {
            for (measured_at, sensor) in [(1_772_366_400_000, "strap-1"), (1_772_366_400_007, "a/b@c d")] {
                let named = ReadingName { vital, measured_at, sensor: Some(sensor.to_owned()) };
                assert_eq!(parse(&name(vital, measured_at, sensor)), Ok(named));
            }
        }
        assert_eq!(
            name(Vital::OximeterPulseRate, 1_772_366_400_500, "o"),
            "pulse-oximeter@2026-03-01T12:00:00.500Z/o"
        );
    }

    #[test]
    fn what_is_no_name_is_refused_with_what_was_expected() {
        for text in ["heart-rate", "hair@2026-03-01T12:00:00Z", "heart-rate@noon"] {
            assert!(parse(text).unwrap_err().starts_with("expected"), "{text}");
        }
        assert_eq!(parse("heart-rate@2026-03-01T12:00:00Z").unwrap().sensor, None);
    }
}
