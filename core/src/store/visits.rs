//! How the last sync with each node went: what went wrong, and when one last went through.

use super::{Store, error::StoreError, page::Place, step::commit};
use pulsebook_faultpoint::Point;
use pulsebook_protocol::{bytes::NodeLabel, cbor, checkpoint::UnixSeconds, random::Random};
use rusqlite::OptionalExtension;

/// How the last sync with a node went. Its words may name the organisation, so all of it is sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Visit {
    /// When a sync with it last went through without trouble, UTC seconds.
    #[n(0)]
    pub last_reached: Option<UnixSeconds>,
    /// What went wrong in the last sync, in words; nothing when it went through.
    #[n(1)]
    pub trouble: Option<String>,
}

/// Most bytes of a visit.
const LIMIT: usize = 16 * 1024;

impl Store {
    /// How the last sync with a node went; the default before the first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or the page does not open.
    pub fn visit(&self, label: &NodeLabel) -> Result<Visit, StoreError> {
        let sealed: Option<Vec<u8>> = self
            .db()
            .prepare_cached("SELECT sealed FROM visits WHERE label = ?1")?
            .query_row([label.as_bytes()], |row| row.get(0))
            .optional()?;
        let Some(sealed) = sealed else { return Ok(Visit::default()) };
        let plain = self.sealer.open(place(&[label.as_bytes()]), &sealed)?;
        cbor::decode(&plain, LIMIT).map_err(|_| StoreError::Damaged("how the last sync with a node went"))
    }

    /// Keeps how a sync went with each node, in place of the one before: trouble in words, or that it went through now. One
    /// durable step, and with it all that the sync wrote before.
    ///
    /// # Errors
    /// [`StoreError`] when the database or the randomness fails.
    pub fn put_visits(
        &self,
        visits: &[(NodeLabel, Option<&str>)],
        now: UnixSeconds,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let sealed = visits.iter().map(|(label, trouble)| self.sealed_visit(label, (*trouble, now), random));
        let sealed = sealed.collect::<Result<Vec<_>, _>>()?;
        let mut db = self.db();
        let step = db.transaction()?;
        for ((label, _), sealed) in visits.iter().zip(sealed) {
            step.prepare_cached("INSERT OR REPLACE INTO visits (label, sealed) VALUES (?1, ?2)")?
                .execute((label.as_bytes(), sealed))?;
        }
        commit((Point::VisitCommit, Point::VisitCommitted), step)
    }

    fn sealed_visit(
        &self,
        label: &NodeLabel,
        (trouble, now): (Option<&str>, UnixSeconds),
        random: &mut dyn Random,
    ) -> Result<Vec<u8>, StoreError> {
        let visit = match trouble {
            Some(words) => {
                let trouble = Some(words.chars().take(1000).collect());
                Visit { trouble, ..self.visit(label)? }
            }
            None => Visit { last_reached: Some(now), trouble: None },
        };
        self.sealer.seal(place(&[label.as_bytes()]), &cbor::encode(&visit), random)
    }
}

fn place<'a>(key: &'a [&'a [u8]; 1]) -> Place<'a> {
    Place { table: "visits", column: "sealed", key, plain: &[] }
}

#[cfg(test)]
mod tests {
    use crate::store::testing::{scratch, store};
    use pulsebook_protocol::{bytes::NodeLabel, random::SeededRandom};

    #[test]
    fn trouble_keeps_the_time_of_the_last_success_and_success_ends_the_trouble() {
        let (scratch, random, label) = (scratch(), &mut SeededRandom::new(1), NodeLabel::from_bytes([7; 8]));
        let store = store(&scratch);
        let seen = |store: &crate::store::Store| {
            let visit = store.visit(&label).unwrap();
            (visit.last_reached, visit.trouble)
        };
        assert_eq!(seen(&store), (None, None));
        store.put_visits(&[(label, None)], 100, random).unwrap();
        store.put_visits(&[(label, Some("the pin changed"))], 200, random).unwrap();
        assert_eq!(seen(&store), (Some(100), Some("the pin changed".to_owned())));
        store.put_visits(&[(label, None)], 300, random).unwrap();
        assert_eq!(seen(&store), (Some(300), None));
    }
}
