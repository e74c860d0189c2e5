//! The options that every command of the patient has: the folder and its passphrase.

use crate::{exit::Outcome, patient::Patient, secrets::PassphraseArgs};
use clap::Args;
use pulsebook_core::clock::ManualClock;
use std::path::PathBuf;

/// The patient's folder.
#[derive(Args, Clone, Debug)]
pub(crate) struct PatientArgs {
    /// The folder of the record
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Where the passphrase comes from
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

impl PatientArgs {
    /// Opens the record by the real clock.
    ///
    /// # Errors
    /// Wrong passphrase, another role's folder, in use, damaged.
    pub(crate) async fn open(&self) -> Outcome<Patient> {
        Patient::open(&self.dir, &self.passphrase.read()?).await
    }

    /// Opens the record by a clock that simulated and replayed sensors move.
    ///
    /// # Errors
    /// As [`PatientArgs::open`].
    pub(crate) async fn open_by(&self, clock: &ManualClock) -> Outcome<Patient> {
        Patient::open_by(&self.dir, &self.passphrase.read()?, clock).await
    }
}
