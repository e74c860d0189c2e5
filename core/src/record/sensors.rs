//! Sensors by what they say about themselves: read when they connect, kept sealed, and their identity for good.

use super::{Inner, Record};
use crate::{
    ble::{BleTransport, Characteristic, Sensor, SensorId, UnixMillis},
    decode::device_information::{self, Fact},
    error::Error,
    event::Event,
    store::{StoredFact, StoredSensor, locked},
};
use pulsebook_protocol::bytes::ByteString;
use std::collections::BTreeMap;

/// A sensor that this record has met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownSensor {
    /// Its identity, as segments name it.
    pub id: String,
    /// Names by which transports found it, newest last.
    pub known_as: Vec<String>,
    /// The name it advertises.
    pub name: String,
    /// What it is, in a patient's words.
    pub kind: String,
    /// When it was last connected.
    pub met_at: UnixMillis,
    /// What it says about itself: what is said, in words, and what it is.
    pub facts: Vec<(&'static str, Fact)>,
}

/// The identities of the sensors of one collecting, by the names that the transport has for them.
#[derive(Debug, Default)]
pub(super) struct Identities(BTreeMap<SensorId, SensorId>);

impl Identities {
    /// The identity of a sensor that said who it is; else the transport's name for it.
    pub(super) fn of(&self, found_as: &SensorId) -> SensorId {
        self.0.get(found_as).unwrap_or(found_as).clone()
    }

    fn knows(&self, found_as: &SensorId) -> bool {
        self.0.contains_key(found_as)
    }

    /// Takes an identity, unless another sensor that is here has the same: then it names a kind of sensor, not one.
    fn learn(&mut self, found_as: &SensorId, identity: Option<String>) -> SensorId {
        let claimed = identity.map(|text| SensorId::new(&text));
        let id = claimed.filter(|id| !self.0.values().any(|taken| taken == id));
        let id = id.unwrap_or_else(|| found_as.clone());
        self.0.insert(found_as.clone(), id.clone());
        id
    }
}

impl Record {
    /// The sensors this record has met, in the order of the first meeting.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn sensors(&self) -> Result<Vec<KnownSensor>, Error> {
        Ok(self.inner.store.sensors()?.into_iter().map(known).collect())
    }
}

impl Inner {
    /// Asks a sensor who it is, once a collecting, and gives it back under its identity.
    pub(super) async fn identify(
        &self,
        transport: &mut dyn BleTransport,
        sensor: Sensor,
        identities: &mut Identities,
    ) -> Sensor {
        if identities.knows(&sensor.id) {
            return Sensor { id: identities.of(&sensor.id), ..sensor };
        }
        let answers = ask(transport, &sensor.id).await;
        let facts: Vec<(Characteristic, Fact)> =
            answers.iter().map(|(at, bytes)| (*at, device_information::decode(*at, bytes))).collect();
        let id = identities.learn(&sensor.id, device_information::identity(&facts));
        let stored = StoredSensor {
            id: id.as_str().to_owned(),
            known_as: vec![sensor.id.as_str().to_owned()],
            name: sensor.name.clone(),
            kind: sensor.kind.clone(),
            met_at: self.clock.now(),
            facts: answers.into_iter().map(stored_fact).collect(),
        };
        if let Err(error) = self.store.put_sensor(stored, &mut **locked(&self.random)) {
            // Its readings come all the same.
            let (sensor, reason) = (id.to_string(), error.to_string());
            self.events.tell(|| Event::SensorNotNoted { sensor, reason });
        }
        Sensor { id, ..sensor }
    }
}

/// Reads what there is of Device Information; a sensor that lacks some or all of it is no fault.
async fn ask(transport: &mut dyn BleTransport, sensor: &SensorId) -> Vec<(Characteristic, Vec<u8>)> {
    let mut answers = Vec::new();
    for (characteristic, _) in device_information::ALL {
        if let Ok(mut bytes) = transport.read(sensor, characteristic).await {
            bytes.truncate(device_information::LONGEST);
            answers.push((characteristic, bytes));
        }
    }
    answers
}

fn stored_fact((at, bytes): (Characteristic, Vec<u8>)) -> StoredFact {
    StoredFact { service: at.service, characteristic: at.characteristic, bytes: ByteString(bytes) }
}

fn known(stored: StoredSensor) -> KnownSensor {
    let StoredSensor { id, known_as, name, kind, met_at, facts } = stored;
    let fact = |fact: StoredFact| {
        let at = Characteristic::new(fact.service, fact.characteristic);
        let named = device_information::ALL.iter().find(|(known, _)| *known == at);
        named.map(|(_, words)| (*words, device_information::decode(at, &fact.bytes.0)))
    };
    KnownSensor { id, known_as, name, kind, met_at, facts: facts.into_iter().filter_map(fact).collect() }
}
