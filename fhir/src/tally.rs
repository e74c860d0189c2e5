//! What every kind of export counts and passes on: the patient's pseudonym, each sensor once, every Observation.

use crate::{
    observation::named_observations,
    resource::{Source, Subject, device, gateway, is_test, patient},
    scribe::Named,
    uuid::Uuid,
};
use pulsebook_protocol::{
    bytes::ChainId,
    reading::{Origin, Reading},
};
use serde_json::Value;
use std::collections::BTreeSet;

/// Whose readings they are and what was passed on so far. Memory: one line a sensor.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) subject: Subject,
    devices: BTreeSet<Uuid>,
    /// Whether any reading came from a sensor.
    through_gateway: bool,
    pub(crate) observations: u64,
    pub(crate) tests: u64,
}

impl Tally {
    pub(crate) fn of(chain: &ChainId) -> Tally {
        let (subject, devices) = (Subject::of_chain(chain), BTreeSet::new());
        Tally { subject, devices, through_gateway: false, observations: 0, tests: 0 }
    }

    /// Passes on what one segment's readings become: its sensor when it is new, then the Observations. Returns how many.
    pub(crate) fn pass<E>(
        &mut self,
        source: Source<'_>,
        readings: impl IntoIterator<Item = Reading>,
        mut put: impl FnMut(Uuid, &Value) -> Result<(), E>,
    ) -> Result<u64, E> {
        let (subject, before) = (self.subject, self.observations);
        let sensor = subject.device(source.sensor);
        self.through_gateway |= source.origin != Origin::Manual;
        if self.devices.insert(sensor) {
            put(sensor, &device(&subject, source))?;
        }
        for Named { uuid, resource } in named_observations(&subject, source, readings) {
            self.tests += u64::from(is_test(source.origin));
            self.observations += 1;
            put(uuid, &resource)?;
        }
        Ok(self.observations - before)
    }

    /// Passes on what all readings have in common, at the end: the gateway, when there was one, and the patient. Test data
    /// when all Observations are.
    pub(crate) fn pass_common<E>(&self, mut put: impl FnMut(Uuid, &Value) -> Result<(), E>) -> Result<(), E> {
        let test = self.observations > 0 && self.tests == self.observations;
        if self.through_gateway {
            put(self.subject.gateway(), &gateway(&self.subject, test))?;
        }
        put(self.subject.uuid(), &patient(&self.subject, test))
    }
}
