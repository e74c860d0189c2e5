//! Observations against the R4 vital-signs rules, written down here as assertions.

use super::*;
use crate::scribe::{LAST_MS, effective_date_time};
use pulsebook_protocol::{bytes::ChainId, quality::Quality, reading::Absent, segment::Sensor};
use pulsebook_protocol::{
    quality::Mark,
    reading::{Origin, Value},
};
use serde_json::json;

const AT: UnixMillis = 1_793_527_200_042;

fn sensor() -> Sensor {
    Sensor { id: "s-1".into(), kind: "simulated thing".into() }
}

fn reading(vital: Vital, value: i32) -> Reading {
    Reading { vital, measured_at: AT, value: Value::Number(value), quality: Quality::GOOD }
}

fn write(origin: Origin, readings: Vec<Reading>) -> Vec<Json> {
    let subject = Subject::of_chain(&ChainId::from_bytes([1; 32]));
    observations(&subject, Source { sensor: &sensor(), origin }, readings).collect()
}

fn codes(concept: &Json) -> Vec<(&str, &str)> {
    let text = |coding: &'_ Json, key| coding[key].as_str().map(str::to_owned).unwrap().leak() as &str;
    concept["coding"]
        .as_array()
        .unwrap()
        .iter()
        .map(|coding| (text(coding, "system"), text(coding, "code")))
        .collect()
}

#[test]
fn each_vital_has_the_codes_and_unit_that_its_profile_fixes() {
    let table = [
        (Vital::HeartRate, "8867-4", "147842", "/min", "heartrate"),
        (Vital::OximeterPulseRate, "8867-4", "149530", "/min", "heartrate"),
        (Vital::CuffPulseRate, "8867-4", "149546", "/min", "heartrate"),
        (Vital::OxygenSaturation, "2708-6", "150456", "%", "oxygensat"),
        (Vital::BodyTemperature, "8310-5", "150364", "Cel", "bodytemp"),
    ];
    for (vital, loinc, mdc, unit, profile) in table {
        let [observation] = write(Origin::Measured, vec![reading(vital, 370)]).try_into().unwrap();
        let found = codes(&observation["code"]);
        assert_eq!(found.first(), Some(&("http://loinc.org", loinc)));
        assert_eq!(found.last(), Some(&("urn:iso:std:iso:11073:10101", mdc)));
        assert_eq!(observation["valueQuantity"]["code"], unit);
        assert_eq!(observation["valueQuantity"]["system"], "http://unitsofmeasure.org");
        let expected = format!("http://hl7.org/fhir/StructureDefinition/{profile}");
        assert_eq!(observation["meta"]["profile"], json!([expected]));
        assert_eq!(observation["category"][0]["coding"][0]["code"], "vital-signs");
    }
}

#[test]
fn oxygen_saturation_carries_both_loinc_codes() {
    let [observation] =
        write(Origin::Measured, vec![reading(Vital::OxygenSaturation, 981)]).try_into().unwrap();
    let found: Vec<&str> = codes(&observation["code"]).iter().map(|code| code.1).collect();
    assert_eq!(found, ["2708-6", "59408-5", "150456"]);
    assert_eq!(observation["valueQuantity"]["value"].to_string(), "98.1");
}

#[test]
fn a_beat_interval_has_an_mdc_code_milliseconds_and_no_vital_sign_category() {
    let [observation] = write(Origin::Measured, vec![reading(Vital::RrInterval, 800)]).try_into().unwrap();
    assert_eq!(codes(&observation["code"]), [("urn:iso:std:iso:11073:10101", "147240")]);
    assert_eq!(observation["valueQuantity"]["value"].to_string(), "781.25");
    assert_eq!(observation["valueQuantity"]["code"], "ms");
    assert_eq!(observation["category"][0]["coding"][0]["code"], "procedure");
    assert_eq!(observation.get("meta"), None);
}

/// R4 vital signs: status, category, code, subject and effective are there; vs-2: value, or reason, or components.
#[test]
fn every_vital_and_every_absence_keeps_the_rules_of_r4_vital_signs() {
    let numbers = Vital::ALL.map(|vital| reading(vital, 700));
    let absences = Absent::ALL.into_iter().flat_map(|reason| {
        Vital::ALL.map(|vital| Reading { value: Value::Absent(reason), ..reading(vital, 0) })
    });
    for reading in numbers.into_iter().chain(absences) {
        for observation in write(Origin::Measured, vec![reading]) {
            for field in
                ["status", "category", "code", "subject", "effectiveDateTime", "device", "identifier"]
            {
                assert!(observation.get(field).is_some(), "{field} of {reading:?}");
            }
            let parts = observation["component"].as_array().cloned();
            for part in parts.unwrap_or_else(|| vec![observation.clone()]) {
                let has = |field| usize::from(part.get(field).is_some());
                assert_eq!(has("valueQuantity") + has("dataAbsentReason"), 1, "{part}");
            }
        }
    }
}

#[test]
fn simulated_and_replayed_readings_are_labelled_as_test_data_and_others_are_not() {
    let label = |origin| {
        let [observation] = write(origin, vec![reading(Vital::HeartRate, 70)]).try_into().unwrap();
        observation["meta"]["security"][0]["code"].as_str().map(str::to_owned)
    };
    assert_eq!(label(Origin::Simulated).as_deref(), Some("HTEST"));
    assert_eq!(label(Origin::Replayed).as_deref(), Some("HTEST"));
    assert_eq!((label(Origin::Measured), label(Origin::Manual)), (None, None));
}

#[test]
fn what_the_sensor_itself_calls_test_data_is_labelled_whatever_its_origin() {
    let test = Reading { quality: Quality::GOOD.with(Mark::TestData), ..reading(Vital::HeartRate, 70) };
    let [observation] = write(Origin::Measured, vec![test]).try_into().unwrap();
    assert_eq!(observation["meta"]["security"][0]["code"], "HTEST");
    assert_eq!(observation.get("valueQuantity"), None, "never a vital sign");
}

#[test]
fn one_measurement_of_the_cuff_is_one_panel_and_its_pulse_stands_apart() {
    let readings = vec![
        reading(Vital::SystolicPressure, 1205),
        Reading { measured_at: AT + 60_000, ..reading(Vital::SystolicPressure, 1300) },
        reading(Vital::DiastolicPressure, 800),
        Reading { measured_at: AT + 60_000, ..reading(Vital::DiastolicPressure, 850) },
        reading(Vital::MeanArterialPressure, 935),
        reading(Vital::CuffPulseRate, 660),
    ];
    let [pulse, first, second] = write(Origin::Measured, readings).try_into().unwrap();
    assert_eq!(pulse["valueQuantity"]["value"], 66);
    assert_eq!(codes(&first["code"])[0].1, "85354-9");
    let values = |panel: &Json| -> Vec<String> {
        let parts = panel["component"].as_array().unwrap().iter();
        parts
            .map(|part| format!("{} {}", codes(&part["code"])[0].1, part["valueQuantity"]["value"]))
            .collect()
    };
    assert_eq!(values(&first), ["8480-6 120.5", "8462-4 80", "8478-0 93.5"]);
    assert_eq!(values(&second), ["8480-6 130", "8462-4 85"]);
    assert_eq!(second["effectiveDateTime"], "2026-11-01T10:01:00.042Z");
    assert_eq!(first.get("valueQuantity"), None);
}

#[test]
fn a_panel_without_one_of_its_pressures_says_that_it_is_unknown() {
    let [panel] =
        write(Origin::Measured, vec![reading(Vital::MeanArterialPressure, 900)]).try_into().unwrap();
    let reasons: Vec<&Json> = panel["component"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| &part["dataAbsentReason"]["coding"][0]["code"])
        .collect();
    assert_eq!(reasons, [&json!("unknown"), &json!("unknown"), &Json::Null]);
}

#[test]
fn two_measurements_of_one_time_stay_two_panels() {
    let readings = [1200, 1300].map(|value| reading(Vital::SystolicPressure, value));
    let readings =
        readings.into_iter().chain([800, 900].map(|value| reading(Vital::DiastolicPressure, value)));
    let panels = write(Origin::Measured, readings.collect());
    let values: Vec<&Json> =
        panels.iter().map(|panel| &panel["component"][1]["valueQuantity"]["value"]).collect();
    assert_eq!(values, [80, 90]);
    assert_ne!(panels[0]["identifier"], panels[1]["identifier"]);
}

#[test]
fn a_doubt_about_one_pressure_stands_at_its_component_and_in_the_note() {
    let doubted =
        Reading { quality: Quality::GOOD.with(Mark::CrossCheck), ..reading(Vital::SystolicPressure, 700) };
    let [panel] =
        write(Origin::Measured, vec![doubted, reading(Vital::DiastolicPressure, 800)]).try_into().unwrap();
    assert_eq!(panel["component"][0]["interpretation"][0]["coding"][0]["code"], "questionable");
    assert_eq!(panel["component"][1].get("interpretation"), None);
    assert_eq!(panel["note"], json!([{ "text": "systolic pressure: values contradict each other" }]));
}

#[test]
fn equal_readings_get_names_of_their_own_and_the_same_names_again() {
    let twice = Reading { quality: Quality::GOOD.with(Mark::Duplicate), ..reading(Vital::HeartRate, 70) };
    let write =
        || write(Origin::Measured, vec![reading(Vital::HeartRate, 70), twice, reading(Vital::HeartRate, 71)]);
    let names: std::collections::BTreeSet<String> =
        write().iter().map(|observation| observation["identifier"][0]["value"].to_string()).collect();
    assert_eq!(names.len(), 3);
    assert_eq!(write(), write());
}

#[test]
fn a_typed_in_reading_says_so_and_a_time_that_fhir_cannot_write_is_absent() {
    let never = Reading { measured_at: i64::MAX, ..reading(Vital::BodyTemperature, 3710) };
    let [observation] = write(Origin::Manual, vec![never]).try_into().unwrap();
    assert_eq!(observation["note"][0]["text"], "typed in by a person");
    assert_eq!(observation["_effectiveDateTime"]["extension"][0]["valueCode"], "error");
    assert_eq!(effective_date_time(LAST_MS).as_deref(), Some("9999-12-31T23:59:59.999Z"));
    assert_eq!(effective_date_time(LAST_MS + 1), None);
}
