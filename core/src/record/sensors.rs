//! Sensors by what they say about themselves: read when they connect, kept sealed, and their identity for good.

use super::{Inner, Record};
use crate::{
    ble::{
        BleTransport, Characteristic, LONGEST_VALUE, Origin, Sensor, SensorId, TransportError, UnixMillis,
    },
    decode::device_information::{self, Fact},
    error::Error,
    event::Event,
    store::{StoredFact, StoredSensor, locked},
};
use pulsebook_protocol::{bytes::ByteString, random::make_bytes};
use std::collections::{BTreeMap, BTreeSet};

/// The manufacturer that every simulated sensor names, also when it comes over a real radio.
const SIMULATED: &str = "Pulsebook Simulated Devices";

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
pub(super) struct Identities {
    known: BTreeMap<SensorId, Identity>,
    /// Those connected now, by the transport's names.
    here: BTreeSet<SensorId>,
}

#[derive(Clone, Debug)]
struct Identity {
    id: SensorId,
    /// Whether it says that it is simulated.
    simulated: bool,
}

/// A sensor under its identity.
pub(super) struct Identified {
    pub(super) sensor: Sensor,
    /// The transport's name that the same sensor had before its address changed.
    pub(super) before: Option<SensorId>,
}

impl Identities {
    /// The identity of a sensor that said who it is; else the transport's name for it.
    pub(super) fn of(&self, found_as: &SensorId) -> SensorId {
        self.known.get(found_as).map_or_else(|| found_as.clone(), |identity| identity.id.clone())
    }

    /// Its link is down.
    pub(super) fn gone(&mut self, found_as: &SensorId) {
        self.here.remove(found_as);
    }

    /// The transport's name of another sensor that has this identity: preferably of one that is here.
    fn holder(&self, found_as: &SensorId, id: &SensorId) -> Option<SensorId> {
        let same = self.known.iter().filter(|(name, known)| *name != found_as && known.id == *id);
        same.map(|(name, _)| name.clone()).max_by_key(|name| self.here.contains(name))
    }

    /// Whether another sensor that is here has this identity.
    fn is_taken(&self, found_as: &SensorId, id: &SensorId) -> bool {
        self.holder(found_as, id).is_some_and(|name| self.here.contains(&name))
    }

    fn apply(&self, mut sensor: Sensor, before: Option<SensorId>) -> Identified {
        if let Some(known) = self.known.get(&sensor.id) {
            sensor.id = known.id.clone();
            // What says that it is simulated is taken at its word; nothing makes a simulated sensor a real one.
            sensor.origin = if known.simulated { Origin::Simulated } else { sensor.origin };
        }
        Identified { sensor, before }
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
    /// Asks a sensor who it is, once a collecting, and gives it back under its identity. `None`: the link broke meanwhile,
    /// and it is asked when it is back.
    pub(super) async fn identify(
        &self,
        transport: &mut dyn BleTransport,
        sensor: Sensor,
        identities: &mut Identities,
    ) -> Result<Option<Identified>, Error> {
        identities.here.insert(sensor.id.clone());
        if identities.known.contains_key(&sensor.id) {
            return Ok(Some(identities.apply(sensor, None)));
        }
        let Some(answers) = ask(transport, &sensor.id).await else { return Ok(None) };
        let facts: Vec<(Characteristic, Fact)> =
            answers.iter().map(|(at, bytes)| (*at, device_information::decode(*at, bytes))).collect();
        let claimed = device_information::identity(&facts).map(|text| played_apart(text, sensor.origin));
        // What another sensor that is here claims as well names a kind of sensor, not one.
        let (id, before) = match claimed.filter(|claimed| !identities.is_taken(&sensor.id, claimed)) {
            // Where one that is gone has it, this is that one with a new address.
            Some(claimed) => (claimed.clone(), identities.holder(&sensor.id, &claimed)),
            None => (self.given(&sensor, identities)?, None),
        };
        self.note(&id, &sensor, answers);
        identities.known.insert(sensor.id.clone(), Identity { id, simulated: is_simulated(&facts) });
        Ok(Some(identities.apply(sensor, before)))
    }

    /// What the record calls a sensor that does not say which one it is: what it was called when it was met under the same
    /// name of the transport (of a bonded sensor that is its identity address, however its radio address changes), else by
    /// chance. A radio's own name for it is an address and goes into no record.
    fn given(&self, found: &Sensor, identities: &Identities) -> Result<SensorId, Error> {
        if found.origin != Origin::Measured {
            return Ok(found.id.clone());
        }
        let known = self.store.sensors()?.into_iter();
        let met = known.filter(|known| known.known_as.iter().any(|name| name == found.id.as_str()));
        let free = met.filter(|known| !identities.is_taken(&found.id, &SensorId::new(&known.id)));
        match free.max_by_key(|known| known.met_at) {
            Some(known) => Ok(SensorId::new(&known.id)),
            None => Ok(by_chance(make_bytes(&mut **locked(&self.random))?)),
        }
    }

    fn note(&self, id: &SensorId, found: &Sensor, answers: Vec<(Characteristic, Vec<u8>)>) {
        let stored = StoredSensor {
            id: id.as_str().to_owned(),
            known_as: vec![found.id.as_str().to_owned()],
            name: found.name.clone(),
            kind: found.kind.clone(),
            met_at: self.clock.now(),
            facts: answers.into_iter().map(stored_fact).collect(),
            users: Vec::new(),
        };
        if let Err(error) = self.store.put_sensor(stored, &mut **locked(&self.random)) {
            // Its readings come all the same.
            let (sensor, reason) = (id.to_string(), error.to_string());
            self.events.tell(|| Event::SensorNotNoted { sensor, reason });
        }
    }
}

/// What a sensor measured and what is played of it are two sensors: else a stored record that was played would be taken for
/// fetched, and the measured one would never be.
fn played_apart(identity: String, origin: Origin) -> SensorId {
    match origin {
        Origin::Replayed => SensorId::new(&format!("replay-{identity}")),
        _ => SensorId::new(&identity),
    }
}

/// Reads what there is of Device Information; a sensor that lacks some or all of it is no fault. `None`: the link broke.
async fn ask(transport: &mut dyn BleTransport, sensor: &SensorId) -> Option<Vec<(Characteristic, Vec<u8>)>> {
    let mut answers = Vec::new();
    for (characteristic, _) in device_information::ALL {
        match transport.read(sensor, characteristic).await {
            Ok(mut bytes) => {
                bytes.truncate(LONGEST_VALUE);
                answers.push((characteristic, bytes));
            }
            Err(TransportError::NotConnected(_)) => return None,
            // Not offered, or refused: the next one may be given.
            Err(_) => {}
        }
    }
    Some(answers)
}

fn by_chance(bytes: [u8; 8]) -> SensorId {
    SensorId::new(&format!("sensor-{:016x}", u64::from_be_bytes(bytes)))
}

fn is_simulated(facts: &[(Characteristic, Fact)]) -> bool {
    facts.iter().any(|(at, fact)| {
        *at == device_information::MANUFACTURER && matches!(fact, Fact::Text(text) if text == SIMULATED)
    })
}

fn stored_fact((at, bytes): (Characteristic, Vec<u8>)) -> StoredFact {
    StoredFact { service: at.service, characteristic: at.characteristic, bytes: ByteString(bytes) }
}

fn known(stored: StoredSensor) -> KnownSensor {
    let StoredSensor { id, known_as, name, kind, met_at, facts, users: _ } = stored;
    let fact = |fact: StoredFact| {
        let at = Characteristic::new(fact.service, fact.characteristic);
        let named = device_information::ALL.iter().find(|(known, _)| *known == at);
        named.map(|(_, words)| (*words, device_information::decode(at, &fact.bytes.0)))
    };
    KnownSensor { id, known_as, name, kind, met_at, facts: facts.into_iter().filter_map(fact).collect() }
}
