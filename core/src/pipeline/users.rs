//! Whose measurement it is, where a sensor distinguishes its users: the patient says so once for each.

use super::{Kept, Pipeline, raw};
use crate::{
    ble::{Notification, SensorId},
    decode::{Decoded, HALVES_WITHIN_MS, Half, Told, USER_UNKNOWN, decode_into, generic::cut, may_name_user},
    store::{Store, StoreError, StoredSensor, Unassigned},
};
use pulsebook_protocol::{random::Random, reading::UnixMillis};
use std::collections::{BTreeMap, BTreeSet};

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

/// What is known of the users of sensors.
#[derive(Debug, Default)]
pub(super) struct Users {
    /// What the patient said: whether they are this user.
    said: BTreeMap<(SensorId, u8), bool>,
    /// Sensors that tell their users apart: they named one.
    telling: BTreeSet<SensorId>,
    /// Whether what waits was looked at for such sensors.
    looked: bool,
    /// Of whom the first half of a measurement was whose second half has not come, and when it came.
    begun: BTreeMap<SensorId, (u8, UnixMillis)>,
}

impl Users {
    fn learn(&mut self, sensors: &[StoredSensor]) {
        let said = sensors.iter().flat_map(|sensor| {
            let id = SensorId::new(&sensor.id);
            sensor.users.iter().map(move |user| ((id.clone(), user.number), user.mine))
        });
        self.said = said.collect();
        self.telling.extend(self.said.keys().map(|(sensor, _)| sensor.clone()));
    }

    /// Learns from what waits which sensors name their users; once, when it is first needed, for much may wait.
    fn look(&mut self, store: &Store) -> Result<(), StoreError> {
        let mut from = 0;
        while let Some((number, held)) = store.held_from(from)?.filter(|_| !self.looked) {
            from = number + 1;
            self.telling.insert(SensorId::new(&held.sensor));
        }
        self.looked = true;
        Ok(())
    }

    /// The user of a measurement. A second half is its first half's; where that was missed, a sensor that tells its users
    /// apart does not say who it was.
    fn user(&mut self, notification: &Notification, decoded: &Decoded) -> Option<u8> {
        let Notification { sensor, characteristic, received_at, .. } = notification;
        let begun = self
            .begun
            .remove(sensor)
            .filter(|(_, at)| (*at..at.saturating_add(HALVES_WITHIN_MS)).contains(received_at));
        if decoded.user_index.is_some() {
            self.telling.insert(sensor.clone());
        }
        if decoded.half != Some(Half::Second) || decoded.user_index.is_some() {
            if decoded.half == Some(Half::First) {
                self.begun.extend(decoded.user_index.map(|user| (sensor.clone(), (user, *received_at))));
            }
            return decoded.user_index;
        }
        let tells = self.telling.contains(sensor) && may_name_user(*characteristic);
        begun.map(|(user, _)| user).or(tells.then_some(USER_UNKNOWN))
    }

    /// Whose this is; a sensor that does not tell its users apart has only the patient.
    pub(super) fn whose(&self, sensor: &SensorId, user: Option<u8>) -> Whose {
        let Some(user) = user else { return Whose::Mine };
        match self.said.get(&(sensor.clone(), user)) {
            Some(true) => Whose::Mine,
            Some(false) => Whose::Other,
            None => Whose::Unassigned,
        }
    }
}

impl Pipeline {
    /// What becomes of a measurement that is not kept now: it is kept already, it is somebody else's, or it waits for the
    /// patient's word.
    pub(super) fn not_now(
        &mut self,
        store: &Store,
        notification: &Notification,
        random: &mut dyn Random,
    ) -> Result<Option<Kept>, StoreError> {
        if self.is_kept(notification) {
            return Ok(Some(Kept::Again));
        }
        let (mut decoded, mut whole) = (Decoded::default(), None);
        // Of bytes that cannot be read nobody can say whose they are.
        let readable = decode_into(notification, &mut decoded).is_ok();
        if decoded.told == Some(Told::Piece)
            && let Some(met) = self.sensors.get(&notification.sensor)
            && let Some((joined, said)) = met.memory.completed(notification)
        {
            (whole, decoded) = (Some(joined), said);
        }
        if decoded.half == Some(Half::Second) {
            self.users.look(store)?;
        }
        let user = readable.then(|| self.users.user(notification, &decoded)).flatten();
        match (self.users.whose(&notification.sensor, user), user) {
            (Whose::Other, _) => Ok(Some(Kept::NotMine)),
            (Whose::Unassigned, Some(user)) => {
                // The pieces before the last are in the journal, and give nothing without it: here they wait once more.
                let pieces = whole.map_or_else(|| vec![notification.bytes.clone()], |whole| cut(&whole));
                for bytes in pieces {
                    let sensor = notification.sensor.as_str().to_owned();
                    let raw = raw(Notification { bytes, ..notification.clone() });
                    store.hold(&Unassigned { sensor, user, raw }, random)?;
                }
                self.note_records(notification);
                Ok(Some(Kept::Unassigned(user)))
            }
            _ => Ok(None),
        }
    }

    /// Keeps a measurement that waited under this number for the patient's word, and is the patient's.
    pub(crate) fn take_held(
        &mut self,
        store: &Store,
        number: u64,
        notification: Notification,
        random: &mut dyn Random,
    ) -> Result<Kept, StoreError> {
        let received_at = notification.received_at;
        self.write(store, (std::slice::from_ref(&notification), Some(number)), random)?;
        let kept = self.stage(notification);
        self.sync(Some(received_at))?;
        Ok(kept)
    }

    /// Learns what the patient said about the sensors' users.
    pub(crate) fn learn_users(&mut self, store: &Store) -> Result<(), StoreError> {
        self.users.learn(&store.sensors()?);
        Ok(())
    }

    /// Whose a sensor's user is.
    pub(crate) fn whose(&self, sensor: &SensorId, user: u8) -> Whose {
        self.users.whose(sensor, Some(user))
    }

    /// Numbers under which what the journal has already waited before.
    pub(crate) fn taken(&self) -> &[u64] {
        &self.taken
    }

    /// They wait no longer.
    pub(crate) fn forget_taken(&mut self) {
        self.taken.clear();
    }
}
