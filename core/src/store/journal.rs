//! The journal: files of sealed records, one after the other, so that a killed process loses nothing it was told.
//!
//! File: magic ‖ file id (16 random bytes) ‖ file key sealed under the erase key, then records: length u16 ‖ its complement ‖
//! ciphertext ‖ tag ‖ end mark. nonce = record number, aad = file id ‖ number. Behind the last record lie zeros: room that was
//! made ahead, so that no record makes the file longer and a flush has no metadata to write. Only an incomplete last record
//! is a torn tail; whatever else does not open is damage, reported with its offset, and the file is set aside instead of
//! deleted. Files of version 1 have neither end marks nor room and are still read.

mod read;
mod room;
mod write;

pub use read::{Damage, JournalFile, Replay};
pub use write::Journal;

use super::{Store, StoreError, files};
use pulsebook_faultpoint::{Point, reach};
use pulsebook_protocol::{bytes::Salt16, domain, random::Random, secret::Secret32};
use std::{fs, path::PathBuf};

const MAGIC: &[u8; 8] = b"PBJRNL2\n";
/// Of files by earlier programs.
const MAGIC_1: &[u8; 8] = b"PBJRNL1\n";
/// Length and complement before each record.
const FRAME: usize = 4;
/// What a whole record ends with; no zero, so that it cannot be room.
const END: u8 = b'\n';
/// magic ‖ id ‖ sealed box of 32 bytes.
const HEADER: usize = 8 + 16 + pulsebook_protocol::seal::OVERHEAD + 32;

/// Most bytes of one record's content.
pub const RECORD_LIMIT: usize = 60_000;

/// For tests/vectors: a file wherever it lies.
#[cfg(feature = "fuzzing")]
pub(super) fn open_file(path: &std::path::Path, erase_key: &Secret32) -> Result<JournalFile, StoreError> {
    read::open(path, erase_key)
}

fn header_aad(id: &Salt16) -> Vec<u8> {
    [&domain::JOURNAL.prefix()[..], id.as_bytes()].concat()
}

fn record_aad(id: &Salt16, number: u64) -> [u8; 24] {
    let mut aad = [0; 24];
    let (head, tail) = aad.split_at_mut(16);
    head.copy_from_slice(id.as_bytes());
    tail.copy_from_slice(&number.to_be_bytes());
    aad
}

fn nonce(number: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&number.to_be_bytes());
    nonce
}

impl Store {
    /// Starts a new journal file after all others.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be made durable.
    pub fn start_journal(&self, random: &mut dyn Random) -> Result<Journal, StoreError> {
        let folder = self.folder().journal();
        files::private_folder(&folder)?;
        let last = self.journal_numbers()?.last().copied().max(self.journal_through()?);
        let number = last.map_or(0, |number| number + 1);
        let journal = write::start(&self.journal_path(number), number, self.sealer.erase_key(), random)?;
        files::sync_folder(&folder)?;
        files::sync_folder(self.folder().path())?;
        Ok(journal)
    }

    /// Journal files whose content is in no block yet, ascending; those whose content is are deleted first.
    ///
    /// # Errors
    /// [`StoreError`] when the folder cannot be read.
    pub fn journal_files(&self) -> Result<Vec<u64>, StoreError> {
        // What cannot be deleted now is skipped by its number.
        let _ = self.drop_journal();
        let through = self.journal_through()?;
        let numbers = self.journal_numbers()?;
        Ok(numbers.into_iter().filter(|number| Some(*number) > through).collect())
    }

    /// Opens a journal file for replay.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read at all; damage within is reported by the replay.
    pub fn open_journal(&self, number: u64) -> Result<JournalFile, StoreError> {
        read::open(&self.journal_path(number), self.sealer.erase_key())
    }

    /// Deletes the journal files whose content is in blocks.
    ///
    /// # Errors
    /// [`StoreError`] when database or folder fail; nothing is lost then, it can be repeated.
    pub fn drop_journal(&self) -> Result<(), StoreError> {
        let Some(through) = self.journal_through()? else { return Ok(()) };
        for number in self.journal_numbers()?.into_iter().filter(|number| *number <= through) {
            let path = self.journal_path(number);
            let removed = reach(Point::JournalRemove).and_then(|()| fs::remove_file(&path));
            removed.map_err(StoreError::file("remove", &path))?;
        }
        Ok(())
    }

    /// Keeps a copy of a damaged file for whoever can repair it; the readable part goes on as usual.
    ///
    /// # Errors
    /// [`StoreError::File`] when it cannot be copied.
    pub fn set_journal_aside(&self, number: u64) -> Result<PathBuf, StoreError> {
        let path = self.journal_path(number);
        let aside = path.with_extension("damaged");
        if !aside.exists() {
            fs::copy(&path, &aside).map_err(StoreError::file("copy", &path))?;
        }
        Ok(aside)
    }

    fn journal_path(&self, number: u64) -> PathBuf {
        self.folder().journal().join(format!("{number:010}.journal"))
    }

    fn journal_numbers(&self) -> Result<Vec<u64>, StoreError> {
        let folder = self.folder().journal();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(StoreError::file("read", &folder)(source)),
        };
        let number =
            |entry: fs::DirEntry| entry.file_name().to_str()?.strip_suffix(".journal")?.parse::<u64>().ok();
        let mut numbers: Vec<u64> = entries.flatten().filter_map(number).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }
}

fn secret(bytes: &[u8]) -> Option<Secret32> {
    <[u8; 32]>::try_from(bytes).ok().map(Secret32::from_bytes)
}

#[cfg(test)]
mod tests;
