//! Writing journal records: one write(2) each, fdatasync when the caller says so.

use super::{
    END, FRAME, HEADER, MAGIC, RECORD_LIMIT, header_aad, nonce, record_aad,
    room::{At, Room},
};
use crate::store::{StoreError, files};
use pulsebook_faultpoint::{Point, reach, write_all};
use pulsebook_protocol::{
    bytes::Salt16,
    random::{Random, RandomUnavailable, make_bytes},
    seal::{self, RecordKey},
    secret::Secret32,
};
use std::{
    fs::File,
    path::{Path, PathBuf},
};

/// The journal file that records go into now.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    id: Salt16,
    key: RecordKey,
    /// Records on their way into the file; only sealed bytes stay in it.
    pending: Vec<u8>,
    room: Room,
    number: u64,
    records: u64,
    syncs: u64,
    /// A write failed half way: nothing may follow it, or a torn record would lie in the middle.
    broken: bool,
}

pub(super) fn start(
    path: &Path,
    number: u64,
    erase_key: &Secret32,
    random: &mut dyn Random,
) -> Result<Journal, StoreError> {
    let id = Salt16::from_bytes(make_bytes(random)?);
    let key = Secret32::make(random)?;
    let wrapped = seal::seal(erase_key.expose(), &header_aad(&id), key.expose(), random)?;
    let header = [&MAGIC[..], id.as_bytes(), &wrapped].concat();
    let made = reach(Point::JournalCreate).and_then(|()| files::private(path));
    let mut file = made.map_err(StoreError::file("create", path))?;
    write_all(Point::JournalHeader, &mut file, &header).map_err(StoreError::file("write", path))?;
    let mut room = Room { written: HEADER as u64, length: HEADER as u64 };
    room.make(&file, 1);
    let synced = reach(Point::JournalHeaderSync).and_then(|()| file.sync_all());
    synced.map_err(StoreError::file("sync", path))?;
    let key = RecordKey::new(key.expose()).ok_or(RandomUnavailable)?;
    let (path, pending) = (path.to_owned(), Vec::new());
    Ok(Journal { path, file, id, key, pending, room, number, records: 0, syncs: 0, broken: false })
}

impl Journal {
    /// The file's number.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// How many records it has.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// How many times it was made to survive a power cut; each costs a write to the disk.
    pub fn syncs(&self) -> u64 {
        self.syncs
    }

    /// Whether a write failed, so that a new file must be started.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Appends one record, at most [`RECORD_LIMIT`] bytes; it survives a killed process from here on.
    ///
    /// # Errors
    /// [`StoreError::File`]: the record is not kept; when a write failed, this file takes no other.
    pub fn append(&mut self, content: &[u8]) -> Result<(), StoreError> {
        self.add(content)?;
        self.write()
    }

    /// Seals one record, at most [`RECORD_LIMIT`] bytes, to go into the file with the next [`Journal::write`].
    ///
    /// # Errors
    /// [`StoreError::File`] as [`Journal::append`]; what was added before is not kept either.
    pub fn add(&mut self, content: &[u8]) -> Result<(), StoreError> {
        let size = u16::try_from(content.len() + 16).ok().filter(|_| content.len() <= RECORD_LIMIT);
        let Some(size) = size.filter(|_| !self.broken) else {
            // Numbers that were used and never reach the file would look like damage.
            self.broken |= !self.pending.is_empty();
            let error = std::io::Error::other("the record is too large, or an earlier write failed");
            return Err(StoreError::file("append to", &self.path)(error));
        };
        let (nonce, aad) = (nonce(self.records), record_aad(&self.id, self.records));
        // Room for all of it: content that is not sealed yet never moves to another place and stays behind.
        self.pending.reserve(FRAME + content.len() + 16 + 1);
        self.pending.extend_from_slice(&size.to_be_bytes());
        self.pending.extend_from_slice(&(!size).to_be_bytes());
        let start = self.pending.len();
        self.pending.extend_from_slice(content);
        self.key.seal_end(nonce, &aad, &mut self.pending, start)?;
        self.pending.push(END);
        // The number is used up even if the write fails: a nonce must never seal two records.
        self.records += 1;
        Ok(())
    }

    /// Writes what was added, all in one write(2); it survives a killed process from here on.
    ///
    /// # Errors
    /// [`StoreError::File`]: nothing of it is kept for sure, and this file takes no other record.
    pub fn write(&mut self) -> Result<(), StoreError> {
        let length = self.pending.len() as u64;
        self.room.make(&self.file, length);
        let mut place = At { file: &self.file, at: self.room.written };
        let written = write_all(Point::JournalAppend, &mut place, &self.pending);
        self.pending.clear();
        self.broken |= written.is_err();
        self.room.wrote(length);
        written.map_err(StoreError::file("append to", &self.path))
    }

    /// Makes everything appended so far survive a power cut.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn sync(&mut self) -> Result<(), StoreError> {
        self.syncs += 1;
        let synced = reach(Point::JournalSync).and_then(|()| self.file.sync_data());
        synced.map_err(StoreError::file("sync", &self.path))
    }
}
