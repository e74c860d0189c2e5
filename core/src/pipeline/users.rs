//! Whose measurement it is, where a sensor distinguishes its users: the patient says so once for each.

use crate::{ble::SensorId, store::StoredSensor};
use std::collections::BTreeMap;

/// Whose a sensor's user is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The patient's.
    Mine,
    /// Somebody else's: nothing of it comes into the record.
    Other,
    /// Nobody said yet: it waits.
    Unassigned,
}

/// What the patient said.
#[derive(Debug, Default)]
pub(super) struct Users(BTreeMap<(SensorId, u8), bool>);

impl Users {
    pub(super) fn of(sensors: &[StoredSensor]) -> Users {
        let said = sensors.iter().flat_map(|sensor| {
            let id = SensorId::new(&sensor.id);
            sensor.users.iter().map(move |user| ((id.clone(), user.number), user.mine))
        });
        Users(said.collect())
    }

    /// Whose this is; a sensor that does not tell its users apart has only the patient.
    pub(super) fn whose(&self, sensor: &SensorId, user: Option<u8>) -> Whose {
        let Some(user) = user else { return Whose::Mine };
        match self.0.get(&(sensor.clone(), user)) {
            Some(true) => Whose::Mine,
            Some(false) => Whose::Other,
            None => Whose::Unassigned,
        }
    }
}
