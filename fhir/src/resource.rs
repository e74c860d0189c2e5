//! What Observations point at: the patient as a pseudonym, and the sensor.

use crate::{
    code::{ACT_REASON, MDC, URI, coding},
    uuid::Uuid,
};
use pulsebook_protocol::{bytes::ChainId, reading::Origin, segment::Sensor};
use serde_json::{Map, Value, json};

/// Whose readings they are: a pseudonym that follows from the record's chain and says nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject(Uuid);

impl Subject {
    /// The pseudonym of a record.
    pub fn of_chain(chain: &ChainId) -> Self {
        Subject(Uuid::of(&[b"patient", chain.as_bytes()]))
    }

    /// Its UUID.
    pub fn uuid(&self) -> Uuid {
        self.0
    }

    pub(crate) fn reference(&self) -> Value {
        json!({ "reference": self.0.urn() })
    }

    /// The gateway of this patient's readings.
    pub(crate) fn gateway(&self) -> Uuid {
        Uuid::of(&[b"gateway", self.0.as_bytes()])
    }

    /// The extension that says through what a reading came; the Personal Health Device guide demands it.
    pub(crate) fn through_gateway(&self) -> Value {
        let url = "http://hl7.org/fhir/StructureDefinition/observation-gatewayDevice";
        json!([{ "url": url, "valueReference": { "reference": self.gateway().urn() } }])
    }

    pub(crate) fn device(&self, sensor: &Sensor) -> Uuid {
        Uuid::of(&[b"device", self.0.as_bytes(), sensor.id.as_bytes(), sensor.kind.as_bytes()])
    }
}

/// Where readings come from: the head of their segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source<'a> {
    /// The sensor.
    pub sensor: &'a Sensor,
    /// Measured, simulated, replayed or typed in.
    pub origin: Origin,
}

/// Whether FHIR must call it test data (security label HTEST): no sensor measured this patient.
pub fn is_test(origin: Origin) -> bool {
    matches!(origin, Origin::Simulated | Origin::Replayed)
}

/// The label HTEST, for `meta.security`.
pub(crate) fn test_label() -> Value {
    json!([coding(ACT_REASON, "HTEST", "test health data")])
}

/// A Patient of whom only the pseudonym is known.
pub fn patient(subject: &Subject, test: bool) -> Value {
    let mut patient = json!({ "resourceType": "Patient", "identifier": [identifier(subject.0)] });
    if test {
        patient["meta"] = json!({ "security": test_label() });
    }
    patient
}

/// A Device: maker and model as the record names it, and its identifier there.
pub fn device(subject: &Subject, source: Source<'_>) -> Value {
    let mut device = json!({
        "resourceType": "Device",
        "identifier": [identifier(subject.device(source.sensor))],
        "type": { "coding": [coding(MDC, "65573", "MDC_MOC_VMS_MDS_SIMP")] },
        "patient": subject.reference(),
    });
    // FHIR has no empty strings.
    if !source.sensor.kind.trim().is_empty() {
        device["deviceName"] = json!([{ "name": source.sensor.kind, "type": "model-name" }]);
    }
    if !source.sensor.id.trim().is_empty() {
        device["distinctIdentifier"] = json!(source.sensor.id);
    }
    if is_test(source.origin) {
        device["meta"] = json!({ "security": test_label() });
    }
    device
}

/// What brought the readings from the sensors into FHIR: this software on the patient's device, as the Personal Health
/// Device guide 2.0.0 wants a gateway described.
pub fn gateway(subject: &Subject, test: bool) -> Value {
    let mut gateway = json!({
        "resourceType": "Device",
        "identifier": [identifier(subject.gateway())],
        "deviceName": [{ "name": "Pulsebook", "type": "model-name" }],
        "type": { "coding": [coding(MDC, "531981", "MDC_MOC_VMS_MDS_AHD")] },
        "specialization": [
            { "systemType": { "coding": [coding(MDC, "528457", "MDC_DEV_SPEC_PROFILE_GENERIC")] } },
        ],
        "version": [{
            "type": { "coding": [coding(MDC, "531975", "MDC_ID_PROD_SPEC_SW")] },
            "value": env!("CARGO_PKG_VERSION"),
        }],
        "patient": subject.reference(),
    });
    if test {
        gateway["meta"] = json!({ "security": test_label() });
    }
    gateway
}

/// A UUID as a business identifier, for receivers that take a thing only once.
pub(crate) fn identifier(uuid: Uuid) -> Value {
    json!({ "system": URI, "value": uuid.urn() })
}

/// `meta` of an Observation, left out when there is nothing in it.
pub(crate) fn put_meta(target: &mut Map<String, Value>, profile: Option<&str>, test: bool) {
    let mut meta = Map::new();
    if let Some(profile) = profile {
        meta.insert("profile".into(), json!([profile]));
    }
    if test {
        meta.insert("security".into(), test_label());
    }
    if !meta.is_empty() {
        target.insert("meta".into(), Value::Object(meta));
    }
}
