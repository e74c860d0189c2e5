//! Keeping: the record's folder, its journal, and its database of blocks, sealed pages and what waits for nodes.
//!
//! Blocking and synchronous; the caller decides on which thread. Nothing personal stands in any file in the clear.

mod accesses;
mod blocks;
mod circle;
mod commit;
mod counters;
mod epochs;
mod error;
mod evidence;
mod fetched;
pub(crate) mod files;
mod folder;
#[cfg(feature = "fuzzing")]
pub mod frozen;
mod grants;
pub mod journal;
mod keyring;
mod locked;
mod malformed;
mod migrate;
mod notes;
mod outbox;
mod page;
mod plain;
mod rollups;
mod rows;
mod segments;
mod sensors;
mod step;
mod unassigned;
mod visits;

#[cfg(test)]
pub(crate) mod testing;

pub use accesses::StoredAccess;
pub use blocks::{Head, StoredBlock};
pub use circle::{NodeDetails, NodeState, StoredNode};
pub use commit::{NewEpoch, NewSegment, SealedBlock, Sealing};
pub use counters::{Counts, RestBytes};
pub use epochs::StoredEpoch;
pub use error::StoreError;
pub use evidence::{
    Evidence, EvidenceClass, EvidenceFile, Keep, Keeping, RawNotification, Removed, UnknownClass,
    UnknownKeep, VerifiedEvidence,
};
#[cfg(feature = "fuzzing")]
pub use evidence::{read_evidence_page, write_evidence_page};
pub use fetched::StoredFetch;
#[cfg(feature = "fuzzing")]
pub use fetched::fetched_page_again;
pub use folder::Folder;
pub use grants::{StoredGrant, StoredRelease};
pub use keyring::{PageEntry, StoredIndex, StoredPage};
pub(crate) use locked::locked;
pub use malformed::MalformedNotification;
pub use page::StoreKeys;
pub use plain::PLAIN;
pub(crate) use rollups::Index;
pub use rollups::{Grain, Minutes, Rollup, RollupDifference, RollupRepair, SeriesKey, Summed};
#[cfg(feature = "fuzzing")]
pub use rollups::{read_index_twice, read_rollups_twice};
pub use segments::{Slot, StoredSegment};
pub use sensors::{StoredFact, StoredSensor, StoredUser};
pub use unassigned::Unassigned;
pub use visits::Visit;

use page::Sealer;
use pulsebook_faultpoint::{Point, reach};
use pulsebook_protocol::{
    bytes::{ChainId, Salt16},
    key::PublicKey,
    proposal::chain_id,
};
use pulsebook_rowsum::BrokenLog;
use rusqlite::{Connection, OptionalExtension, config::DbConfig};
use std::sync::{Mutex, MutexGuard};

/// So many compiled statements are kept.
const STATEMENTS: usize = 64;

/// Which chain a database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainIdentity {
    /// The chain.
    pub chain: ChainId,
    /// The 16 random bytes in its id.
    pub salt: Salt16,
    /// The first root.
    pub first_root: PublicKey,
}

/// The store of one record. Every method is one step: done and durable, or not done.
#[derive(Debug)]
pub struct Store {
    db: Mutex<Connection>,
    sealer: Sealer,
    folder: Folder,
    identity: ChainIdentity,
    broken_log: Option<BrokenLog>,
}

impl Store {
    /// Makes the database of a new record; its first block is still to be committed.
    ///
    /// # Errors
    /// [`StoreError`] when the files cannot be written.
    pub fn create(folder: Folder, keys: StoreKeys, identity: ChainIdentity) -> Result<Store, StoreError> {
        let (db, broken_log) = connect(&folder)?;
        let row = (identity.chain.as_bytes(), identity.salt.as_bytes(), identity.first_root.as_bytes());
        let sql = "INSERT INTO chain (one, chain, salt, first_root) VALUES (1, ?1, ?2, ?3)";
        step::step((Point::ChainCommit, Point::ChainCommitted), || db.execute(sql, row))?;
        files::sync_folder(folder.path())?;
        let sealer = Sealer::new(identity.chain, keys);
        Ok(Store { db: Mutex::new(db), sealer, folder, identity, broken_log })
    }

    /// Opens the database in a record's folder.
    ///
    /// # Errors
    /// [`StoreError::Unfinished`] when it has no block, [`StoreError::NewerSchema`], or others.
    pub fn open(folder: Folder, keys: StoreKeys) -> Result<Store, StoreError> {
        if !folder.database().exists() {
            return Err(StoreError::Unfinished(folder.path().to_owned()));
        }
        let (db, broken_log) = connect(&folder)?;
        let identity = read_identity(&db)?.ok_or_else(|| StoreError::Unfinished(folder.path().to_owned()))?;
        let (db, sealer) = (Mutex::new(db), Sealer::new(identity.chain, keys));
        let store = Store { db, sealer, folder, identity, broken_log };
        match store.head()? {
            Some(_) => Ok(store),
            None => Err(StoreError::Unfinished(store.folder.path().to_owned())),
        }
    }

    /// The chain it holds.
    pub fn identity(&self) -> ChainIdentity {
        self.identity
    }

    /// The folder it lies in.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The write-ahead log that was found damaged, at this opening or at one before it; as long as its copy lies there.
    pub fn broken_log(&self) -> Option<&BrokenLog> {
        self.broken_log.as_ref()
    }

    fn db(&self) -> MutexGuard<'_, Connection> {
        locked(&self.db)
    }
}

fn connect(folder: &Folder) -> Result<(Connection, Option<BrokenLog>), StoreError> {
    // SQLite gives the files beside the database the permissions of the database itself.
    let file = folder.database();
    reach(Point::StoreOpen).map_err(StoreError::file("open", &file))?;
    files::kept(&file).map_err(StoreError::file("open", &file))?;
    let broken_log =
        pulsebook_rowsum::settle_log(&file).map_err(StoreError::file("read the log of", &file))?;
    let mut db = Connection::open(file)?;
    // The folder's lock keeps other processes out. Alone, SQLite needs no file for shared memory, which a full disk would
    // not give: then the record could not even be read.
    db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", "ON")?;
    db.pragma_update(None, "secure_delete", "ON")?;
    // A megabyte: what a year's record needs more than a day's must not be memory.
    db.pragma_update(None, "cache_size", -1024)?;
    // Statements are compiled once: for all of them, and whatever values a range has.
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    migrate::migrate(&mut db)?;
    plain::check(&mut db)?;
    Ok((db, broken_log))
}

fn read_identity(db: &Connection) -> Result<Option<ChainIdentity>, StoreError> {
    let row = db.query_row("SELECT chain, salt, first_root FROM chain", [], |row| {
        Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Vec<u8>>(2)?))
    });
    let Some((chain, salt, first_root)) = row.optional()? else { return Ok(None) };
    let root = <[u8; 32]>::try_from(first_root).map_err(|_| StoreError::Damaged("the first root"))?;
    let identity = ChainIdentity {
        chain: rows::fixed(&chain, "the chain's id")?,
        salt: rows::fixed(&salt, "the chain's salt")?,
        first_root: PublicKey::from_bytes(root).map_err(|_| StoreError::Damaged("the first root"))?,
    };
    let named = chain_id(&identity.first_root, &identity.salt) == identity.chain;
    named.then_some(Some(identity)).ok_or(StoreError::Damaged("the chain's id"))
}
