//! What is known against a reading, in FHIR's words: status, interpretation, reason of absence, note.
//!
//! After the measurement-status table of the HL7 Personal Health Device guide 2.0.0.

use crate::{
    code::{ABSENT, MEASUREMENT_STATUS, UCUM, coding},
    number::decimal,
};
use pulsebook_protocol::{
    quality::{Mark, Quality, Tier},
    reading::{Absent, Reading, Value},
    vital::Vital,
};
use serde_json::{Map, Value as Json, json};

/// `final`, or what FHIR calls a value that its sensor withdrew or is still working on.
pub(crate) fn status(quality: Quality) -> &'static str {
    if quality.has(Mark::SensorInvalid) {
        "entered-in-error"
    } else if quality.has(Mark::EarlyEstimate) {
        "preliminary"
    } else {
        "final"
    }
}

/// Whether a reading becomes a value; an impossible one does not.
pub(crate) fn has_value(reading: &Reading) -> bool {
    matches!(reading.value, Value::Number(_)) && reading.quality.tier() < Tier::Error
}

/// Puts value or reason of absence, and the interpretation, into an Observation or a component of one.
pub(crate) fn put_value(target: &mut Map<String, Json>, reading: &Reading) {
    match reading.value {
        Value::Number(number) if has_value(reading) => {
            target.insert("valueQuantity".into(), quantity(reading.vital, number));
        }
        Value::Number(_) => put_absent(target, "error", "Error"),
        Value::Absent(reason) => {
            let (code, display) = absent_code(reason);
            put_absent(target, code, display);
        }
    }
    let interpretation = interpretation(reading.quality);
    if !interpretation.is_empty() {
        target.insert("interpretation".into(), Json::Array(interpretation));
    }
}

pub(crate) fn put_absent(target: &mut Map<String, Json>, code: &str, display: &str) {
    let reason = json!({ "coding": [coding(ABSENT, code, display)] });
    target.insert("dataAbsentReason".into(), reason);
}

fn quantity(vital: Vital, number: i32) -> Json {
    let unit = vital.codes().ucum;
    json!({ "value": decimal(vital, number), "unit": unit, "system": UCUM, "code": unit })
}

/// IEEE 11073 special values as R4's data-absent-reason has them.
fn absent_code(reason: Absent) -> (&'static str, &'static str) {
    match reason {
        Absent::NotANumber => ("not-a-number", "Not a Number (NaN)"),
        Absent::PositiveInfinity => ("positive-infinity", "Positive Infinity (PINF)"),
        Absent::NegativeInfinity => ("negative-infinity", "Negative Infinity (NINF)"),
        Absent::NotAvailable => ("not-performed", "Not Performed"),
        Absent::NotAtThisResolution | Absent::Reserved | Absent::OutOfResolution => ("error", "Error"),
    }
}

fn interpretation(quality: Quality) -> Vec<Json> {
    let early = quality.has(Mark::EarlyEstimate).then_some(("early-indication", "Early indication"));
    let calibrating =
        quality.has(Mark::Calibrating).then_some(("calibration-ongoing", "Calibration ongoing"));
    let doubted = (quality.tier() == Tier::Questionable).then_some(("questionable", "Questionable"));
    [doubted, early, calibrating]
        .into_iter()
        .flatten()
        .map(|(code, display)| json!({ "coding": [coding(MEASUREMENT_STATUS, code, display)] }))
        .collect()
}

/// All that is known against it in words; an impossible value stays readable here.
pub(crate) fn words(reading: &Reading) -> Option<String> {
    let marks = (!reading.quality.is_good()).then(|| reading.quality.to_string());
    match reading.value {
        Value::Absent(reason) => Some(
            [Some(reason.words().to_owned()), marks].into_iter().flatten().collect::<Vec<_>>().join("; "),
        ),
        Value::Number(number) if reading.quality.tier() == Tier::Error => {
            let (value, unit) = (decimal(reading.vital, number), reading.vital.codes().ucum);
            Some(format!("the sensor sent {value} {unit}, not to be used: {}", marks.unwrap_or_default()))
        }
        Value::Number(_) => marks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(value: Value, marks: &[Mark]) -> (Json, Option<String>, &'static str) {
        let quality = marks.iter().fold(Quality::GOOD, |quality, mark| quality.with(*mark));
        let reading = Reading { vital: Vital::OxygenSaturation, measured_at: 0, value, quality };
        let mut target = Map::new();
        put_value(&mut target, &reading);
        (Json::Object(target), words(&reading), status(quality))
    }

    fn absent(json: &Json) -> &str {
        json["dataAbsentReason"]["coding"][0]["code"].as_str().unwrap()
    }

    #[test]
    fn a_good_value_is_just_a_value() {
        let (json, words, status) = put(Value::Number(981), &[]);
        let expected = json!({ "valueQuantity": {
            "value": 98.1, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%" } });
        assert_eq!((json, words, status), (expected, None, "final"));
    }

    #[test]
    fn a_doubted_value_keeps_its_value_and_says_so() {
        let (json, words, status) = put(Value::Number(700), &[Mark::Unusual, Mark::PoorSignal]);
        assert_eq!(json["valueQuantity"]["value"], 70);
        assert_eq!(json["interpretation"][0]["coding"][0]["code"], "questionable");
        assert_eq!((words.as_deref(), status), (Some("unusual value, poor signal"), "final"));
    }

    #[test]
    fn an_impossible_value_is_absent_but_stays_readable() {
        let (json, words, _) = put(Value::Number(1300), &[Mark::Implausible]);
        assert_eq!(json.get("valueQuantity"), None);
        assert_eq!(absent(&json), "error");
        assert_eq!(words.unwrap(), "the sensor sent 130 %, not to be used: impossible value");
    }

    #[test]
    fn what_the_sensor_withdraws_or_is_still_working_on_has_its_own_status() {
        assert_eq!(put(Value::Number(900), &[Mark::SensorInvalid]).2, "entered-in-error");
        let (json, _, status) = put(Value::Number(900), &[Mark::EarlyEstimate]);
        assert_eq!(status, "preliminary");
        assert_eq!(json["interpretation"][1]["coding"][0]["code"], "early-indication");
    }

    #[test]
    fn a_mark_that_is_no_doubt_is_only_a_note() {
        let (json, words, _) = put(Value::Number(900), &[Mark::PhoneTime]);
        assert_eq!(json.get("interpretation"), None);
        assert_eq!(words.as_deref(), Some("time by the phone"));
    }

    #[test]
    fn special_values_become_reasons_and_never_numbers() {
        let table = [
            (Absent::NotANumber, "not-a-number"),
            (Absent::NotAtThisResolution, "error"),
            (Absent::PositiveInfinity, "positive-infinity"),
            (Absent::NegativeInfinity, "negative-infinity"),
            (Absent::Reserved, "error"),
            (Absent::NotAvailable, "not-performed"),
            (Absent::OutOfResolution, "error"),
        ];
        for (reason, code) in table {
            let (json, words, _) = put(Value::Absent(reason), &[]);
            assert_eq!((absent(&json), json.get("valueQuantity")), (code, None));
            assert_eq!(words.as_deref(), Some(reason.words()));
        }
    }
}
