//! A Bundle as its receiver sees it: complete in itself, the same twice, and honest about what is simulated.

use super::*;
use pulsebook_protocol::{
    quality::Quality,
    reading::{UnixMillis, Value as Measured},
    vital::Vital,
};
use std::collections::BTreeSet;

const CHAIN: ChainId = ChainId::from_bytes([1; 32]);
const START: UnixMillis = 1_793_527_200_000;

fn segment(id: &str, origin: Origin, vitals: &[Vital]) -> (Sensor, Origin, Vec<Reading>) {
    let at = |vital: &Vital| {
        let vital = *vital;
        (0..3).map(move |second| Reading {
            vital,
            measured_at: START + second * 1000,
            value: Measured::Number(700),
            quality: Quality::GOOD,
        })
    };
    let sensor = Sensor { id: id.into(), kind: "simulated".into() };
    (sensor, origin, vitals.iter().flat_map(at).collect())
}

fn bundle(segments: Vec<(Sensor, Origin, Vec<Reading>)>) -> (Value, u64) {
    let mut json = Vec::new();
    let count = write_bundle(&mut json, &CHAIN, segments).unwrap();
    (serde_json::from_slice(&json).unwrap(), count)
}

fn of_type<'a>(bundle: &'a Value, kind: &str) -> Vec<&'a Value> {
    let entries = bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]);
    entries.filter(|resource| resource["resourceType"] == kind).collect()
}

fn mixed() -> Vec<(Sensor, Origin, Vec<Reading>)> {
    vec![
        segment("strap", Origin::Simulated, &[Vital::HeartRate, Vital::RrInterval]),
        segment(
            "cuff",
            Origin::Measured,
            &[Vital::SystolicPressure, Vital::DiastolicPressure, Vital::CuffPulseRate],
        ),
        segment("strap", Origin::Simulated, &[]),
    ]
}

#[test]
fn everything_that_is_pointed_at_is_inside_once() {
    let (bundle, count) = bundle(mixed());
    assert_eq!((count, of_type(&bundle, "Observation").len()), (12, 12));
    assert_eq!((of_type(&bundle, "Device").len(), of_type(&bundle, "Patient").len()), (3, 1));
    let entries = bundle["entry"].as_array().unwrap();
    let urls: BTreeSet<&str> = entries.iter().map(|entry| entry["fullUrl"].as_str().unwrap()).collect();
    assert_eq!(urls.len(), entries.len(), "no address twice (bdl-7)");
    for observation in of_type(&bundle, "Observation") {
        let gateway = &observation["extension"][0]["valueReference"];
        for place in [&observation["subject"], &observation["device"], gateway] {
            assert!(urls.contains(place["reference"].as_str().unwrap()));
        }
    }
}

#[test]
fn what_a_person_typed_in_came_through_no_gateway() {
    let (bundle, _) = bundle(vec![segment("cuff", Origin::Manual, &[Vital::SystolicPressure])]);
    assert_eq!(of_type(&bundle, "Device").len(), 1, "the sensor that was named");
    for observation in of_type(&bundle, "Observation") {
        assert_eq!(observation["extension"], Value::Null);
        assert_eq!(observation["category"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn a_server_can_tell_that_it_has_an_entry_already() {
    let (bundle, _) = bundle(mixed());
    assert_eq!((&bundle["resourceType"], &bundle["type"]), (&json!("Bundle"), &json!("transaction")));
    for entry in bundle["entry"].as_array().unwrap() {
        let identifier = &entry["resource"]["identifier"][0];
        let token =
            format!("{}|{}", identifier["system"].as_str().unwrap(), identifier["value"].as_str().unwrap());
        assert_eq!(entry["request"]["ifNoneExist"], format!("identifier={token}"));
        assert_eq!(entry["request"]["url"], entry["resource"]["resourceType"]);
        assert_eq!(entry["request"]["method"], "POST");
    }
}

#[test]
fn the_same_export_comes_out_the_same_and_another_record_has_other_names() {
    assert_eq!(bundle(mixed()), bundle(mixed()));
    let mut other = Vec::new();
    write_bundle(&mut other, &ChainId::from_bytes([2; 32]), mixed()).unwrap();
    let other: Value = serde_json::from_slice(&other).unwrap();
    let names = |bundle: &Value| -> BTreeSet<String> {
        bundle["entry"].as_array().unwrap().iter().map(|entry| entry["fullUrl"].to_string()).collect()
    };
    assert!(names(&other).is_disjoint(&names(&bundle(mixed()).0)));
}

#[test]
fn when_all_is_simulated_every_resource_is_labelled() {
    let (bundle, _) = bundle(vec![segment("strap", Origin::Simulated, &[Vital::HeartRate])]);
    let entries = bundle["entry"].as_array().unwrap();
    let resources = entries.iter().map(|entry| &entry["resource"]).chain([&bundle]);
    for resource in resources {
        assert_eq!(resource["meta"]["security"][0]["code"], "HTEST", "{}", resource["resourceType"]);
        assert_eq!(
            resource["meta"]["security"][0]["system"],
            "http://terminology.hl7.org/CodeSystem/v3-ActReason"
        );
    }
}

#[test]
fn a_real_patient_is_not_labelled_because_one_sensor_is_simulated() {
    let (bundle, _) = bundle(mixed());
    assert_eq!(of_type(&bundle, "Patient")[0].get("meta"), None);
    assert_eq!(
        bundle["meta"]["security"][0]["code"], "HTEST",
        "but whoever gets it is told that some of it is"
    );
}

#[test]
fn an_empty_export_is_a_bundle_with_the_patient() {
    let (bundle, count) = bundle(vec![]);
    assert_eq!((count, bundle["entry"].as_array().unwrap().len(), bundle.get("meta")), (0, 1, None));
}

#[test]
fn a_full_disk_is_an_error_that_says_what_to_do() {
    let mut small = [0; 600];
    let error = write_bundle(&mut small[..], &CHAIN, mixed()).unwrap_err();
    assert!(error.to_string().contains("export again"), "{error}");
}
