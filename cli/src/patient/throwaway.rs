//! A record for one command: in a folder that goes with it, under keys that are nowhere but in memory.

use super::{Patient, by};
use crate::{
    exit::{Failure, Outcome},
    moment,
};
use pulsebook_core::{clock::ManualClock, keys::MemoryVault, record::Record};
use std::{
    fs,
    hash::{BuildHasher, RandomState},
    path::PathBuf,
};

/// A record that nobody can open once this is dropped.
pub(crate) struct Throwaway {
    pub(crate) patient: Patient,
    folder: Folder,
}

/// A folder that goes when it is dropped.
struct Folder(PathBuf);

impl Throwaway {
    /// A new record by this clock.
    ///
    /// # Errors
    /// The system's folder for temporary files cannot be written.
    pub(crate) async fn make(clock: &ManualClock) -> Outcome<Throwaway> {
        let folder = Folder::make()?;
        let record = Record::create(&folder.0, Box::new(MemoryVault::default()), by(clock)).await?.0;
        Ok(Throwaway { patient: Patient { record }, folder })
    }

    /// Closes the record, then removes it.
    pub(crate) fn end(self) {
        drop(self.patient);
        drop(self.folder);
    }
}

impl Folder {
    fn make() -> Outcome<Folder> {
        // A name that nobody has; nothing hangs on its being hard to guess.
        let number = RandomState::new().hash_one(moment::now());
        let path = std::env::temp_dir().join(format!("pulsebook-throwaway-{number:016x}"));
        let mut options = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut options, 0o700);
        options.create(&path).map_err(|error| {
            Failure::file(format!("{} could not be made: {error}", path.display()), &error)
                .or_action("let TMPDIR name a folder you may write to")
        })?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind is sealed under keys that are gone.
        let _ = fs::remove_dir_all(&self.0);
    }
}
