//! Code systems, and the codes of each vital as FHIR writes them.
//!
//! LOINC and UCUM as the FHIR R4 vital-signs profiles demand them; MDC reference ids of ISO/IEEE 11073-10101.

use pulsebook_protocol::{reading::Origin, vital::Vital};
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
    let codes = vital.codes();
    let mut codings: Vec<Value> =
        codes.loinc.iter().map(|code| coding(LOINC, code, loinc_display(code))).collect();
    codings.push(coding(MDC, &codes.mdc.to_string(), reference_id(vital)));
    concept(vital.name(), codings)
}

/// The R4 profile that fixes this code, when there is one.
pub(crate) fn profile(vital: Vital) -> Option<&'static str> {
    match vital {
        Vital::HeartRate | Vital::OximeterPulseRate | Vital::CuffPulseRate => {
            Some("http://hl7.org/fhir/StructureDefinition/heartrate")
        }
        Vital::OxygenSaturation => Some("http://hl7.org/fhir/StructureDefinition/oxygensat"),
        Vital::BodyTemperature => Some("http://hl7.org/fhir/StructureDefinition/bodytemp"),
        _ => None,
    }
}

pub(crate) const PRESSURE_PROFILE: &str = "http://hl7.org/fhir/StructureDefinition/bp";

/// RR intervals are no vital sign by LOINC; R4 files what an electrocardiograph yields under procedure. What a sensor
/// sent, and nobody typed in, is also in the category of the Personal Health Device guide.
pub(crate) fn category(vital: Vital, origin: Origin) -> Value {
    let by_kind = match vital {
        Vital::RrInterval => coding(CATEGORY, "procedure", "Procedure"),
        _ => coding(CATEGORY, "vital-signs", "Vital Signs"),
    };
    let by_sensor =
        (origin != Origin::Manual).then(|| coding(DEVICE_CATEGORY, "phd", "PHD generated Observation"));
    [by_kind].into_iter().chain(by_sensor).map(|coding| json!({ "coding": [coding] })).collect()
}

pub(crate) fn coding(system: &str, code: &str, display: &str) -> Value {
    json!({ "system": system, "code": code, "display": display })
}

fn concept(text: &str, codings: Vec<Value>) -> Value {
    json!({ "coding": codings, "text": text })
}

fn loinc_display(code: &str) -> &'static str {
    match code {
        "8867-4" => "Heart rate",
        "2708-6" => "Oxygen saturation in Arterial blood",
        "59408-5" => "Oxygen saturation in Arterial blood by Pulse oximetry",
        "8310-5" => "Body temperature",
        "8480-6" => "Systolic blood pressure",
        "8462-4" => "Diastolic blood pressure",
        "8478-0" => "Mean blood pressure",
        _ => "",
    }
}

fn reference_id(vital: Vital) -> &'static str {
    match vital {
        Vital::HeartRate => "MDC_ECG_HEART_RATE",
        Vital::RrInterval => "MDC_ECG_TIME_PD_RR_GL",
        Vital::OxygenSaturation => "MDC_PULS_OXIM_SAT_O2",
        Vital::OximeterPulseRate => "MDC_PULS_OXIM_PULS_RATE",
        Vital::BodyTemperature => "MDC_TEMP_BODY",
        Vital::SystolicPressure => "MDC_PRESS_BLD_NONINV_SYS",
        Vital::DiastolicPressure => "MDC_PRESS_BLD_NONINV_DIA",
        Vital::MeanArterialPressure => "MDC_PRESS_BLD_NONINV_MEAN",
        Vital::CuffPulseRate => "MDC_PULS_RATE_NON_INV",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_display() {
        for vital in Vital::ALL {
            for coding in vital_code(vital)["coding"].as_array().unwrap() {
                assert_ne!(coding["display"], "", "{vital:?}");
            }
        }
    }

    /// The reference ids' terms are the low 16 bits, partition 2 (vital signs).
    #[test]
    fn every_mdc_code_is_in_the_partition_of_vital_signs() {
        assert!(Vital::ALL.iter().all(|vital| vital.codes().mdc / 65536 == 2));
    }
}
