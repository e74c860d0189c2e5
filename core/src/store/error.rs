//! What can go wrong in the store, in words that say what to do.

use pulsebook_protocol::{random::RandomUnavailable, seal::OpenError};
use std::path::PathBuf;

/// Why the store did not do what was asked. Never holds a reading, a name or a key.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder.
    #[error("cannot {action} {}: {source}; see that the file is there and yours to use and that the disk works, then try again", path.display())]
    File {
        /// What was tried: "open", "write" …
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The disk has no room for a file.
    #[error(
        "cannot {action} {}: the disk is full, there is no room on it ({source}), so nothing new can be kept; what was acknowledged before is safe and can be read: free some space, then try again", path.display()
    )]
    NoRoom {
        /// What was tried: "create", "write" …
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The database, for now.
    #[error("the record's database failed: {0}; what was durable before still is: try again")]
    Database(#[source] rusqlite::Error),
    /// The disk has no room.
    #[error(
        "the record's database cannot grow ({0}): the disk is full; free some space, then try again: what was acknowledged is kept and can be read meanwhile"
    )]
    Full(#[source] rusqlite::Error),
    /// The database file is broken.
    #[error(
        "the record's database is damaged ({0}); expected record.sqlite as this program wrote it: copy the whole folder away as it is, then put record.sqlite back from a backup"
    )]
    Corrupt(#[source] rusqlite::Error),
    /// The disk does not read or write the database file.
    #[error(
        "the disk refuses the record's database record.sqlite ({0}): it is failing, or over a quota; look at the disk and free some space, then try again: nothing in the record was changed"
    )]
    Disk(#[source] rusqlite::Error),
    /// The database cannot be written: by its permissions, or by a changed byte of its header.
    #[error(
        "the record's database record.sqlite can only be read: see that it and its folder are yours to write; if they are, its header is damaged: copy the whole folder away as it is, then put record.sqlite back from a backup"
    )]
    ReadOnly,
    /// Something in the database is not what was written.
    #[error(
        "the record's database record.sqlite is damaged: {0}; copy the whole folder away as it is, then put record.sqlite back from a backup"
    )]
    Changed(String),
    /// Another process has the folder.
    #[error("{} is in use by another process; only one may have a record open: close the other one, then try again", .0.display())]
    InUse(PathBuf),
    /// The folder of a node or a clinic.
    #[error("{} belongs to a {found}, this command expects a patient's record; choose another --dir", path.display())]
    OtherRole {
        /// The folder.
        path: PathBuf,
        /// Whose it is.
        found: String,
    },
    /// There is no record.
    #[error("there is no record in {}; make one with `pulsebook init`", .0.display())]
    NoRecord(PathBuf),
    /// There is one already.
    #[error("{} holds a record already; open it, or choose another folder for a new one", .0.display())]
    AlreadyThere(PathBuf),
    /// Making the record was cut off before its first block.
    #[error(
        "the record in {} has no first block: making it was never finished, or its database is gone; remove the folder and make a new one if nothing was collected yet, else put record.sqlite back from a backup", .0.display()
    )]
    Unfinished(PathBuf),
    /// A version that this program does not know: of a later program, or a changed number.
    #[error(
        "the record's database record.sqlite is of version {found}, this program knows versions up to {known}: if a newer program wrote it, update this program; if none did, it is damaged: copy the whole folder away as it is, then put record.sqlite back from a backup"
    )]
    NewerSchema {
        /// Version in the file.
        found: i64,
        /// Newest version known here.
        known: u32,
    },
    /// Stored bytes that do not open: altered, moved, or of another key.
    #[error(
        "{what} does not open: {source}; the file was altered or belongs to another record; put the folder back from a backup, together with its own vault"
    )]
    Sealed {
        /// Which object.
        what: &'static str,
        /// Why.
        source: OpenError,
    },
    /// Stored bytes that open, but are not what they should be.
    #[error(
        "{0} in the record's folder is damaged: it is not what this program writes; copy the folder away as it is, then put it back from a backup"
    )]
    Damaged(&'static str),
    /// A file of raw notifications that is not what was written.
    #[error(
        "the evidence file {} is damaged: {what}; the readings themselves are not touched, only the raw notifications behind them: put that file back from a backup", path.display()
    )]
    EvidenceFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, DiskFull, NotADatabase, ReadOnly, SystemIoFailure};
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => StoreError::Corrupt(error),
            Some(DiskFull) => StoreError::Full(error),
            Some(SystemIoFailure) => StoreError::Disk(error),
            Some(ReadOnly) => StoreError::ReadOnly,
            _ if pulsebook_rowsum::is_not_as_written(&error) => StoreError::Corrupt(error),
            _ => StoreError::Database(error),
        }
    }
}

impl StoreError {
    /// Whether it is the disk that refuses, so that reading may go on.
    pub(crate) fn is_of_the_disk(&self) -> bool {
        matches!(
            self,
            StoreError::Full(_) | StoreError::Disk(_) | StoreError::NoRoom { .. } | StoreError::File { .. }
        )
    }

    /// For `map_err`: what was tried on which path.
    pub(crate) fn file(
        action: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(std::io::Error) -> StoreError {
        let path = path.to_owned();
        move |source| match is_no_room(&source) {
            true => StoreError::NoRoom { action, path, source },
            false => StoreError::File { action, path, source },
        }
    }

    /// Whether it is for want of room on the disk: reading goes on, and nothing else is wrong.
    pub fn is_no_room(&self) -> bool {
        matches!(self, StoreError::NoRoom { .. } | StoreError::Full(_))
    }
}

/// A full disk, a quota or a limit on the size of files: more room is what helps.
pub(crate) fn is_no_room(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}
