//! Notifications of a sensor's user of whom nobody has said who it is: raw, sealed, and no part of the record until then.

use super::{
    RawNotification, Store,
    error::StoreError,
    page::Place,
    rows,
    step::{step, step_ahead},
};
use pulsebook_faultpoint::Point;
use pulsebook_protocol::{cbor, random::Random};
use rusqlite::OptionalExtension;

/// A notification that waits for the patient's word.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Unassigned {
    /// Identity of the sensor.
    #[n(0)]
    pub sensor: String,
    /// Its number for who measured.
    #[n(1)]
    pub user: u8,
    /// The notification.
    #[n(2)]
    pub raw: RawNotification,
}

/// A notification of 512 bytes and a name.
const LIMIT: usize = 16 * 1024;

fn place<'a>(key: &'a [&'a [u8]; 1]) -> Place<'a> {
    Place { table: "unassigned", column: "sealed", key, plain: &[] }
}

impl Store {
    /// Keeps a notification until the patient says whose it is; survives a power cut. As many wait as come: none makes way
    /// for another, and only a full disk refuses one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn hold(&self, held: &Unassigned, random: &mut dyn Random) -> Result<(), StoreError> {
        let db = self.db();
        let next: i64 = db.query_row(
            "SELECT COALESCE(MAX(seq), -1) + 1 FROM sqlite_sequence WHERE name = 'unassigned'",
            [],
            |row| row.get(0),
        )?;
        let key = rows::be(rows::from_sql(next));
        let sealed = self.sealer.seal(place(&[&key]), &cbor::encode(held), random)?;
        let sql = "INSERT INTO unassigned (number, sealed) VALUES (?1, ?2)";
        let points = (Point::UnassignedCommit, Point::UnassignedCommitted);
        step(points, || db.execute(sql, (next, sealed))).map(drop)
    }

    /// The next that waits, from a number on, oldest first, with its number.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or the page does not open.
    pub fn held_from(&self, from: u64) -> Result<Option<(u64, Unassigned)>, StoreError> {
        let db = self.db();
        let sql = "SELECT number, sealed FROM unassigned WHERE number >= ?1 ORDER BY number LIMIT 1";
        let found: Option<(i64, Vec<u8>)> = db
            .prepare_cached(sql)?
            .query_row([rows::to_sql(from)], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        found.map(|(number, sealed)| self.open_held(number, &sealed)).transpose()
    }

    /// It is in the journal, or another's: it waits no longer. Doing it twice is doing it once; a power cut may take it back
    /// until the next durable step.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn let_go(&self, number: u64) -> Result<(), StoreError> {
        let db = self.db();
        let mut remove = db.prepare_cached("DELETE FROM unassigned WHERE number = ?1")?;
        let points = (Point::LetGoCommit, Point::LetGoCommitted);
        step_ahead(&db, points, || remove.execute([rows::to_sql(number)])).map(drop)
    }

    fn open_held(&self, number: i64, sealed: &[u8]) -> Result<(u64, Unassigned), StoreError> {
        let number = rows::from_sql(number);
        let key = rows::be(number);
        let opened = self.sealer.open(place(&[&key]), sealed)?;
        let held = cbor::decode(&opened, LIMIT)
            .map_err(|_| StoreError::Damaged("what waits for the patient's word"))?;
        Ok((number, held))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{all_bytes, scratch, store};
    use pulsebook_protocol::random::SeededRandom;

    fn held(user: u8) -> Unassigned {
        Unassigned {
            sensor: "PLANTED-SCALE".to_owned(),
            user,
            raw: RawNotification {
                service: 0x181D,
                characteristic: 0x2A9D,
                instance: 0,
                received_at: 1,
                bytes: b"PLANTED-VALUE".to_vec().into(),
            },
        }
    }

    #[test]
    fn none_that_waits_makes_way_for_another_however_many_came_since() {
        let (scratch, random) = (scratch(), &mut SeededRandom::new(1));
        let store = store(&scratch);
        store.hold(&held(1), random).unwrap();
        for came in [30_000_i64, 1 << 40] {
            store.execute_for_tests(&format!(
                "UPDATE sqlite_sequence SET seq = {came} WHERE name = 'unassigned'"
            ));
            store.hold(&held(2), random).unwrap();
        }
        let mut from = 0;
        let users = std::iter::from_fn(|| {
            let (number, held) = store.held_from(from).unwrap()?;
            from = number + 1;
            Some(held.user)
        });
        assert_eq!(users.collect::<Vec<_>>(), [1, 2, 2]);
    }

    #[test]
    fn what_waits_is_sealed_and_goes_one_by_one() {
        let (scratch, random) = (scratch(), &mut SeededRandom::new(1));
        let store = store(&scratch);
        (1..=3).for_each(|user| store.hold(&held(user), random).unwrap());
        let (number, first) = store.held_from(0).unwrap().unwrap();
        assert_eq!(first, held(1));
        store.let_go(number).unwrap();
        store.let_go(number).unwrap();
        assert_eq!(store.held_from(0).unwrap().unwrap().1, held(2));
        assert_eq!(store.held_from(number + 3).unwrap(), None);
        assert!(!all_bytes(&scratch).windows(7).any(|window| window == b"PLANTED"));
    }
}
