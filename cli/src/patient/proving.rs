//! Proofs of one reading and the exported record.

use super::Patient;
use crate::exit::Outcome;
use pulsebook_core::record::{BundleSummary, ReadingName};
use std::{fs::File, io::BufWriter};

impl Patient {
    /// Proves one reading.
    ///
    /// # Errors
    /// No such reading, or its block is not settled.
    pub(crate) async fn prove(&self, name: &ReadingName) -> Outcome<Vec<u8>> {
        Ok(self.record.prove(name).await?)
    }

    /// Writes the whole record into a bundle.
    ///
    /// # Errors
    /// The store fails, or the file cannot be written.
    pub(crate) async fn export_bundle(
        &self,
        with_keys: bool,
        file: BufWriter<File>,
    ) -> Outcome<BundleSummary> {
        Ok(self.record.export_bundle(with_keys, Box::new(file)).await?)
    }
}
