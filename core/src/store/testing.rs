//! A scratch folder and a small store for this crate's tests.

use super::*;
use pulsebook_protocol::{key::SigningKey, proposal::chain_id, secret::Secret32};
use std::{
    ops::Deref,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

/// A folder that is gone with the value.
pub(crate) struct Scratch(PathBuf);

pub(crate) fn scratch() -> Scratch {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("pulsebook-{}-{number}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    Scratch(path)
}

impl Deref for Scratch {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn keys(seed: u8) -> StoreKeys {
    StoreKeys { store: Secret32::from_bytes([seed; 32]), erase: Secret32::from_bytes([seed + 1; 32]) }
}

pub(crate) fn identity() -> ChainIdentity {
    let first_root = SigningKey::from_seed(Secret32::from_bytes([9; 32])).unwrap().public();
    let salt = Salt16::from_bytes([1; 16]);
    ChainIdentity { chain: chain_id(&first_root, &salt), salt, first_root }
}

/// A database without any block.
pub(crate) fn store(path: &Path) -> Store {
    Store::create(Folder::create(path).unwrap(), keys(1), identity()).unwrap()
}

/// Every byte of every file below a folder.
pub(crate) fn all_bytes(path: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(path).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() { all.extend(all_bytes(&path)) } else { all.extend(std::fs::read(path).unwrap()) }
    }
    all
}

impl Store {
    /// What an attacker or a failing disk would do to the database.
    pub(crate) fn execute_for_tests(&self, sql: &str) {
        self.db().execute_batch(sql).unwrap();
        self.sealer.forget_periods();
    }
}
