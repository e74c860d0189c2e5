//! A sensor's users: what waits for the patient's word, and what happens when it is said.

use super::{Inner, Record};
use crate::{
    ble::{Characteristic, Notification, SensorId},
    decode::USER_UNKNOWN,
    error::Error,
    pipeline::{Pipeline, Whose},
    store::{RawNotification, Store, StoreError, Unassigned, locked},
};
use pulsebook_protocol::random::Random;
use std::collections::BTreeMap;

/// A user of a sensor, as the sensor numbers its users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SensorUser {
    /// The sensor's number for who measures.
    pub number: u8,
    /// Whose measurements these are.
    pub whose: Whose,
    /// How many of its measurements wait for the patient's word.
    pub waiting: u64,
}

/// What became of what waited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assigned {
    /// Measurements that came into the record.
    pub taken: u64,
    /// Measurements of somebody else that are gone.
    pub removed: u64,
}

/// So many measurements that waited are taken before they are sealed.
const AT_ONCE: u64 = pulsebook_faultpoint::threshold(4096, 2) as u64;

impl Record {
    /// The users of a sensor: those of whom the patient said who they are, and those who wait for that.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn sensor_users(&self, sensor: &str) -> Result<Vec<SensorUser>, Error> {
        let store = &self.inner.store;
        let mut users = BTreeMap::new();
        for stored in store.sensors()?.into_iter().filter(|stored| stored.id == sensor) {
            for user in stored.users {
                let whose = if user.mine { Whose::Mine } else { Whose::Other };
                users.insert(user.number, SensorUser { number: user.number, whose, waiting: 0 });
            }
        }
        let mut from = 0;
        while let Some((number, held)) = store.held_from(from)? {
            from = number + 1;
            if held.sensor == sensor {
                let unsaid = SensorUser { number: held.user, whose: Whose::Unassigned, waiting: 0 };
                users.entry(held.user).or_insert(unsaid).waiting += 1;
            }
        }
        Ok(users.into_values().collect())
    }

    /// The patient says whose a sensor's user is. What waited of a user that is the patient comes into the record at the
    /// times it was received; what waited of somebody else is removed. It can be said again, for what comes later. Of
    /// [`USER_UNKNOWN`] it is said of what waits now and of nothing later: that may be anybody's again.
    ///
    /// # Errors
    /// [`Error::UnknownSensor`] when the record never met the sensor, [`Error::Store`].
    pub async fn assign_user(&self, sensor: &str, user: u8, mine: bool) -> Result<Assigned, Error> {
        let inner = &self.inner;
        let known = inner.store.sensors()?.iter().any(|stored| stored.id == sensor);
        if !known {
            return Err(Error::UnknownSensor(sensor.to_owned()));
        }
        if user != USER_UNKNOWN {
            inner.store.put_user(sensor, user, mine, &mut **locked(&inner.random))?;
        }
        let whose = if mine { Whose::Mine } else { Whose::Other };
        let unknown = |held: &Unassigned| user == USER_UNKNOWN && held.user == user && held.sensor == sensor;
        let mut assigned = Assigned::default();
        loop {
            let some = inner.settle_users(AT_ONCE, |held| unknown(held).then_some(whose))?;
            assigned.taken += some.taken;
            assigned.removed += some.removed;
            if some.taken < AT_ONCE {
                return Ok(assigned);
            }
            // What was taken lies in memory until it is sealed. Where that cannot be now, the journal has it all the same.
            let _ = self.seal().await;
        }
    }
}

impl Inner {
    fn settle_users(
        &self,
        most: u64,
        decided: impl Fn(&Unassigned) -> Option<Whose>,
    ) -> Result<Assigned, StoreError> {
        let (mut pipeline, mut random) = (locked(&self.pipeline), locked(&self.random));
        settle_some(&mut pipeline, &self.store, &mut **random, (most, decided))
    }
}

/// Learns whose the sensors' users are; takes or removes what waits and is decided where a crash kept that from being done.
pub(super) fn settle(
    pipeline: &mut Pipeline,
    store: &Store,
    random: &mut dyn Random,
) -> Result<(), StoreError> {
    // Whatever waits for the patient's word is not looked at each time that a record is opened.
    if store.has_unsettled_users()? || !pipeline.taken().is_empty() {
        return settle_some(pipeline, store, random, (u64::MAX, |_: &Unassigned| None)).map(drop);
    }
    pipeline.learn_users(store)
}

/// The same until so many were taken; something else may decide of one before what the patient said of its user does.
fn settle_some(
    pipeline: &mut Pipeline,
    store: &Store,
    random: &mut dyn Random,
    (most, decided): (u64, impl Fn(&Unassigned) -> Option<Whose>),
) -> Result<Assigned, StoreError> {
    // What the journal has already, from before a crash, waits no longer.
    for number in pipeline.taken().to_vec() {
        store.let_go(number)?;
    }
    pipeline.forget_taken();
    pipeline.learn_users(store)?;
    let (mut assigned, mut from) = (Assigned::default(), 0);
    while let Some((number, held)) = store.held_from(from)? {
        from = number + 1;
        match decided(&held).unwrap_or_else(|| pipeline.whose(&SensorId::new(&held.sensor), held.user)) {
            Whose::Unassigned => continue,
            Whose::Other => assigned.removed += 1,
            Whose::Mine => {
                pipeline.take_held(store, number, notification(held), random)?;
                assigned.taken += 1;
            }
        }
        store.let_go(number)?;
        if assigned.taken == most {
            return Ok(assigned);
        }
    }
    store.users_are_settled()?;
    Ok(assigned)
}

fn notification(held: Unassigned) -> Notification {
    let RawNotification { service, characteristic, instance, received_at, bytes } = held.raw;
    let instance = u8::try_from(instance).unwrap_or(0);
    let characteristic = Characteristic { service, characteristic, instance };
    Notification { sensor: SensorId::new(&held.sensor), characteristic, received_at, bytes: bytes.0 }
}
