//! The journal file that notifications go into, and the one after it, which is made before it is needed.

use super::{Pipeline, journal_record::JournalRecord};
use crate::store::{Store, StoreError, journal::Journal};
use pulsebook_protocol::random::Random;

impl Pipeline {
    /// A new file begins with what the assessor remembers, so that its replay judges the same.
    pub(super) fn start_journal(
        &mut self,
        store: &Store,
        random: &mut dyn Random,
    ) -> Result<Journal, StoreError> {
        let mut journal = match self.ready.take() {
            Some(ready) => ready,
            None => store.start_journal(random)?,
        };
        self.last_file = Some(journal.number());
        self.live.push(journal.number());
        self.sensors.values_mut().for_each(|met| met.written = None);
        self.next_index = 0;
        journal.append(&JournalRecord::Assessor(self.assessor.snapshot().into()).encode())?;
        Ok(journal)
    }

    /// Whether notifications come in: something was written since the last sealing, by this process.
    pub(crate) fn receives(&self) -> bool {
        self.journal.is_some()
    }

    /// Makes the next file: one costs three disk syncs, which the first spot reading after a sealing would wait for. When
    /// that fails it is tried again with the next notification, and told.
    pub(crate) fn make_ready(&mut self, store: &Store, random: &mut dyn Random) {
        if self.ready.is_none() {
            self.ready = store.start_journal(random).ok();
        }
    }
}
