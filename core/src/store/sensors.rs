//! What each sensor says about itself, one sealed page a sensor, under the store key.

use super::{
    Store, StoreError, counters,
    page::Place,
    rows,
    step::{commit, step},
};
use pulsebook_faultpoint::Point;
use pulsebook_protocol::{bytes::ByteString, cbor, random::Random};
use rusqlite::Connection;

/// A sensor that this record has met.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct StoredSensor {
    /// Its identity, as segments name it.
    #[n(0)]
    pub id: String,
    /// Names by which transports found it, newest last.
    #[n(1)]
    pub known_as: Vec<String>,
    /// The name it advertises.
    #[n(2)]
    pub name: String,
    /// What it is, in a patient's words.
    #[n(3)]
    pub kind: String,
    /// When it was last connected, UTC milliseconds.
    #[n(4)]
    pub met_at: i64,
    /// What its Device Information service said then, as it was sent.
    #[n(5)]
    pub facts: Vec<StoredFact>,
    /// Its users of whom the patient said who they are; kept from meeting to meeting.
    #[n(6)]
    pub users: Vec<StoredUser>,
}

/// The same as a version wrote it that did not tell a sensor's users apart.
#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct WithoutUsers {
    #[n(0)]
    id: String,
    #[n(1)]
    known_as: Vec<String>,
    #[n(2)]
    name: String,
    #[n(3)]
    kind: String,
    #[n(4)]
    met_at: i64,
    #[n(5)]
    facts: Vec<StoredFact>,
}

impl From<WithoutUsers> for StoredSensor {
    fn from(WithoutUsers { id, known_as, name, kind, met_at, facts }: WithoutUsers) -> StoredSensor {
        StoredSensor { id, known_as, name, kind, met_at, facts, users: Vec::new() }
    }
}

/// A user as the sensor numbers its users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct StoredUser {
    /// The sensor's number.
    #[n(0)]
    pub number: u8,
    /// Whether that is the patient.
    #[n(1)]
    pub mine: bool,
}

/// One characteristic that was read.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct StoredFact {
    /// The service.
    #[n(0)]
    pub service: u16,
    /// The characteristic.
    #[n(1)]
    pub characteristic: u16,
    /// The answer.
    #[n(2)]
    pub bytes: ByteString,
}

/// Most names of one sensor: phones change a sensor's address again and again.
const NAMES: usize = 16;
const LIMIT: usize = 64 * 1024;
/// A counter: 1 while measurements may wait whose user the patient has named.
const UNSETTLED: &str = "users_unsettled";
const SENSOR: (Point, Point) = (Point::SensorCommit, Point::SensorCommitted);

impl Store {
    /// Every sensor this record has met, in the order of the first meeting.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or a page does not open.
    pub fn sensors(&self) -> Result<Vec<StoredSensor>, StoreError> {
        Ok(self.numbered_sensors(&self.db())?.into_iter().map(|(_, sensor)| sensor).collect())
    }

    /// Keeps what a sensor says about itself, in place of what it said before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_sensor(&self, mut sensor: StoredSensor, random: &mut dyn Random) -> Result<(), StoreError> {
        let mut db = self.db();
        let step = db.transaction()?;
        let known = self.numbered_sensors(&step)?;
        let next = known.last().map_or(0, |(number, _)| number + 1);
        let number = match known.into_iter().find(|(_, known)| known.id == sensor.id) {
            None => next,
            Some((number, known)) => {
                let mut names = known.known_as;
                names.retain(|name| !sensor.known_as.contains(name));
                names.append(&mut sensor.known_as);
                sensor.known_as = names.split_off(names.len().saturating_sub(NAMES));
                sensor.users = known.users;
                number
            }
        };
        self.write_sensor(&step, (number, &sensor), random)?;
        commit(SENSOR, step)
    }

    /// Keeps whose a sensor's user is, in place of what was said before, and that what waited of users is to be looked at.
    /// A sensor that was never met has none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_user(
        &self,
        sensor: &str,
        user: u8,
        mine: bool,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let mut db = self.db();
        let step = db.transaction()?;
        let found = self.numbered_sensors(&step)?.into_iter().find(|(_, known)| known.id == sensor);
        let Some((number, mut known)) = found else { return Ok(()) };
        known.users.retain(|said| said.number != user);
        known.users.push(StoredUser { number: user, mine });
        self.write_sensor(&step, (number, &known), random)?;
        counters::set(&step, UNSETTLED, 1)?;
        commit(SENSOR, step)
    }

    /// Whether somebody said whose a sensor's user is, and not all that waited was looked at since.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn has_unsettled_users(&self) -> Result<bool, StoreError> {
        Ok(self.mark(UNSETTLED)?.is_some_and(|unsettled| unsettled != 0))
    }

    /// Everything that waited was looked at.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn users_are_settled(&self) -> Result<(), StoreError> {
        let db = self.db();
        step((Point::UsersSettledCommit, Point::UsersSettledCommitted), || counters::set(&db, UNSETTLED, 0))
    }

    fn write_sensor(
        &self,
        db: &Connection,
        (number, sensor): (i64, &StoredSensor),
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let key = rows::be(rows::from_sql(number));
        let place = Place { table: "sensors", column: "sealed", key: &[&key], plain: &[] };
        let sealed = self.sealer.seal(place, &cbor::encode(sensor), random)?;
        db.execute("INSERT OR REPLACE INTO sensors (number, sealed) VALUES (?1, ?2)", (number, sealed))?;
        Ok(())
    }

    fn numbered_sensors(&self, db: &Connection) -> Result<Vec<(i64, StoredSensor)>, StoreError> {
        let mut query = db.prepare_cached("SELECT number, sealed FROM sensors ORDER BY number")?;
        let found = query.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
        let open = |(number, sealed): (i64, Vec<u8>)| {
            let key = rows::be(rows::from_sql(number));
            let place = Place { table: "sensors", column: "sealed", key: &[&key], plain: &[] };
            let opened = self.sealer.open(place, &sealed)?;
            let sensor = cbor::decode(&opened, LIMIT)
                .or_else(|_| cbor::decode::<WithoutUsers>(&opened, LIMIT).map(StoredSensor::from))
                .map_err(|_| StoreError::Damaged("the list of sensors"))?;
            Ok((number, sensor))
        };
        found.collect::<Result<Vec<_>, _>>()?.into_iter().map(open).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{all_bytes, scratch, store};
    use pulsebook_protocol::random::SeededRandom;

    fn met(id: &str, known_as: &str, met_at: i64) -> StoredSensor {
        let known_as = vec![known_as.to_owned()];
        StoredSensor { id: id.to_owned(), known_as, met_at, ..StoredSensor::default() }
    }

    #[test]
    fn a_sensor_that_was_kept_before_users_were_told_apart_is_read_and_written_anew() {
        let (scratch, random) = (scratch(), &mut SeededRandom::new(1));
        let store = store(&scratch);
        let StoredSensor { id, known_as, name, kind, met_at, facts, users: _ } = met("scale", "ble-1", 5);
        let older = cbor::encode(&WithoutUsers { id, known_as, name, kind, met_at, facts });
        let place = Place { table: "sensors", column: "sealed", key: &[&rows::be(0)], plain: &[] };
        let sealed = store.sealer.seal(place, &older, random).unwrap();
        store.db().execute("INSERT INTO sensors (number, sealed) VALUES (0, ?1)", [sealed]).unwrap();
        assert_eq!(store.sensors().unwrap(), [met("scale", "ble-1", 5)]);
        store.put_user("scale", 2, true, random).unwrap();
        assert_eq!(store.sensors().unwrap()[0].users, [StoredUser { number: 2, mine: true }]);
    }

    #[test]
    fn a_sensor_met_again_keeps_its_row_and_gathers_its_names() {
        let (scratch, random) = (scratch(), &mut SeededRandom::new(1));
        let store = store(&scratch);
        for (id, known_as, at) in [("PLANTED-ID", "a", 1), ("other", "x", 2), ("PLANTED-ID", "b", 3)] {
            store.put_sensor(met(id, known_as, at), random).unwrap();
        }
        for number in 0..40 {
            store.put_sensor(met("PLANTED-ID", &format!("n{number}"), 4), random).unwrap();
        }
        let sensors = store.sensors().unwrap();
        let ids: Vec<_> = sensors.iter().map(|sensor| sensor.id.as_str()).collect();
        assert_eq!(ids, ["PLANTED-ID", "other"]);
        store.put_user("other", 2, true, random).unwrap();
        store.put_user("other", 2, false, random).unwrap();
        store.put_sensor(met("other", "x", 5), random).unwrap();
        assert_eq!(store.sensors().unwrap()[1].users, [StoredUser { number: 2, mine: false }]);
        assert_eq!((sensors[0].known_as.len(), sensors[0].known_as[15].as_str()), (16, "n39"));
        let bytes = all_bytes(&scratch);
        assert!(!bytes.windows(10).any(|window| window == b"PLANTED-ID"));
    }
}
