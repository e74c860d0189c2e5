//! Code systems, and the codes of each vital as FHIR writes them.
//!
//! LOINC and UCUM as the FHIR R4 vital-signs profiles demand them; MDC reference ids of ISO/IEEE 11073-10101.

use pulsebook_protocol::{
    reading::Origin,
    vital::{Category, Vital},
};
use serde_json::{Value, json};

pub(crate) const LOINC: &str = "http://loinc.org";
pub(crate) const MDC: &str = "urn:iso:std:iso:11073:10101";
pub(crate) const UCUM: &str = "http://unitsofmeasure.org";
pub(crate) const URI: &str = "urn:ietf:rfc:3986";
pub(crate) const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
pub(crate) const DEVICE_CATEGORY: &str = "http://hl7.org/fhir/uv/phd/CodeSystem/PhdObservationCategories";
pub(crate) const ABSENT: &str = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
pub(crate) const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
pub(crate) const MEASUREMENT_STATUS: &str = "http://hl7.org/fhir/uv/pocd/CodeSystem/measurement-status";

/// The panel that systolic, diastolic and mean pressure of one measurement are components of.
pub(crate) fn pressure_panel() -> Value {
    concept(
        "blood pressure",
        vec![
            coding(LOINC, "85354-9", "Blood pressure panel with all children optional"),
            coding(MDC, "150020", "MDC_PRESS_BLD_NONINV"),
        ],
    )
}

/// LOINC codes first, then MDC.
pub(crate) fn vital_code(vital: Vital) -> Value {
    concept(vital.name(), loinc(vital).chain(mdc(vital)).collect())
}

/// The profile and the code of an Observation with a value, or without one.
///
/// R4's profile of the body mass index demands a value, alone among those of vital signs, and who validates takes it by
/// the LOINC code too: one that is absent has its MDC code only.
pub(crate) fn named(vital: Vital, with_value: bool) -> (Option<&'static str>, Value) {
    match vital {
        Vital::BodyMassIndex if !with_value => (None, concept(vital.name(), mdc(vital).collect())),
        _ => (profile(vital), vital_code(vital)),
    }
}

fn loinc(vital: Vital) -> impl Iterator<Item = Value> {
    vital.codes().loinc.iter().map(|loinc| coding(LOINC, loinc.code, loinc.display))
}

fn mdc(vital: Vital) -> impl Iterator<Item = Value> {
    vital.codes().mdc.into_iter().map(|mdc| coding(MDC, &mdc.code.to_string(), mdc.reference_id))
}

/// The R4 profiles of vital signs by the LOINC code that each fixes.
const PROFILES: [(&str, &str); 7] = [
    ("8867-4", "http://hl7.org/fhir/StructureDefinition/heartrate"),
    ("2708-6", "http://hl7.org/fhir/StructureDefinition/oxygensat"),
    ("8310-5", "http://hl7.org/fhir/StructureDefinition/bodytemp"),
    ("9279-1", "http://hl7.org/fhir/StructureDefinition/resprate"),
    ("29463-7", "http://hl7.org/fhir/StructureDefinition/bodyweight"),
    ("8302-2", "http://hl7.org/fhir/StructureDefinition/bodyheight"),
    ("39156-5", "http://hl7.org/fhir/StructureDefinition/bmi"),
];

/// The R4 profile that fixes this code, when there is one.
pub(crate) fn profile(vital: Vital) -> Option<&'static str> {
    let codes = vital.codes().loinc;
    let fixed = PROFILES.iter().find(|(code, _)| codes.iter().any(|loinc| loinc.code == *code));
    fixed.map(|(_, profile)| *profile)
}

pub(crate) const PRESSURE_PROFILE: &str = "http://hl7.org/fhir/StructureDefinition/bp";

/// What R4 files an observation under, and for what a sensor sent, and nobody typed in, the category of the Personal Health
/// Device guide.
pub(crate) fn category(vital: Vital, origin: Origin) -> Value {
    let (code, display) = kind(vital);
    let by_kind = coding(CATEGORY, code, display);
    let by_sensor =
        (origin != Origin::Manual).then(|| coding(DEVICE_CATEGORY, "phd", "PHD generated Observation"));
    [by_kind].into_iter().chain(by_sensor).map(|coding| json!({ "coding": [coding] })).collect()
}

/// RR intervals are no vital sign by LOINC; R4 files what an electrocardiograph yields under procedure, what is measured
/// in a specimen under laboratory, what one takes or eats for one's health under therapy, and what a simple instrument
/// finds on the body beyond the vital signs of its profiles under exam.
fn kind(vital: Vital) -> (&'static str, &'static str) {
    match (vital, vital.category()) {
        (Vital::RrInterval, _) => ("procedure", "Procedure"),
        (Vital::Carbohydrates | Vital::MedicationMass | Vital::MedicationVolume, _) => ("therapy", "Therapy"),
        (_, Category::Glucose) => ("laboratory", "Laboratory"),
        (_, Category::Activity) => ("activity", "Activity"),
        (_, Category::Body) if profile(vital).is_none() => ("exam", "Exam"),
        _ => ("vital-signs", "Vital Signs"),
    }
}

pub(crate) fn coding(system: &str, code: &str, display: &str) -> Value {
    json!({ "system": system, "code": code, "display": display })
}

/// FHIR allows no empty list: what no code system knows has its name alone.
fn concept(text: &str, codings: Vec<Value>) -> Value {
    match codings.is_empty() {
        true => json!({ "text": text }),
        false => json!({ "coding": codings, "text": text }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_display() {
        for vital in Vital::ALL {
            for coding in vital_code(vital)["coding"].as_array().into_iter().flatten() {
                assert_ne!(coding["display"], "", "{vital:?}");
            }
        }
    }

    /// A reader without MDC finds LOINC, or the other way round; wheel and crank turns have a name only.
    #[test]
    fn every_vital_has_a_code_but_turns_which_no_code_system_knows() {
        let bare: Vec<Vital> =
            Vital::ALL.into_iter().filter(|vital| vital_code(*vital).get("coding").is_none()).collect();
        assert_eq!(bare, [Vital::WheelTurns, Vital::CrankTurns]);
    }

    #[test]
    fn a_profile_comes_with_the_category_it_demands() {
        for vital in Vital::ALL {
            if profile(vital).is_some() {
                assert_eq!(kind(vital).0, "vital-signs", "{vital:?}");
            }
        }
        let absent = named(Vital::BodyMassIndex, false);
        assert_eq!((absent.0, &absent.1["coding"][0]["code"]), (None, &json!("188752")));
        assert_eq!(named(Vital::BodyWeight, false).0, profile(Vital::BodyWeight));
        assert_eq!(kind(Vital::GlucoseInterstitial).0, "laboratory");
        assert_eq!(kind(Vital::MuscleMass).0, "exam");
    }
}
