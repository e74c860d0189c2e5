//! The folder of a record: its role, and the lock that keeps a second process out.

use super::{error::StoreError, files};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

const ROLE: &str = "patient/1";

#[derive(Serialize, Deserialize)]
struct RoleFile {
    pulsebook: String,
}

/// A record's folder, locked for this process as long as the value lives.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    lock: File,
}

/// A process that is being started elsewhere in this one has a copy of the file until it runs: closing ours would not end
/// the lock.
impl Drop for Folder {
    fn drop(&mut self) {
        let _ = self.lock.unlock();
    }
}

impl Folder {
    /// Takes an empty or new folder for a new record.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`], [`StoreError::OtherRole`], [`StoreError::InUse`], [`StoreError::File`].
    pub fn create(path: &Path) -> Result<Folder, StoreError> {
        files::private_folder(path)?;
        let lock = lock(path)?;
        if path.join("role.json").exists() {
            check_role(path)?;
            return Err(StoreError::AlreadyThere(path.to_owned()));
        }
        files::close_to_others(path)?;
        let role = RoleFile { pulsebook: ROLE.to_owned() };
        let text = serde_json::to_vec(&role).map_err(|_| StoreError::Damaged("role.json"))?;
        files::replace(&path.join("role.json"), &text)?;
        Ok(Folder { path: path.to_owned(), lock })
    }

    /// Takes the folder of a record that is there.
    ///
    /// # Errors
    /// [`StoreError::NoRecord`], [`StoreError::OtherRole`], [`StoreError::InUse`], [`StoreError::File`].
    pub fn open(path: &Path) -> Result<Folder, StoreError> {
        check_role(path)?;
        Ok(Folder { path: path.to_owned(), lock: lock(path)? })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("record.sqlite")
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.path.join("journal")
    }

    pub(crate) fn evidence(&self) -> PathBuf {
        self.path.join("evidence")
    }
}

fn lock(path: &Path) -> Result<File, StoreError> {
    let name = path.join("lock");
    let file = files::kept(&name).map_err(StoreError::file("open", &name))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(StoreError::file("lock", &name)(source)),
    }
}

fn check_role(path: &Path) -> Result<(), StoreError> {
    let name = path.join("role.json");
    let text = match fs::read(&name) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let gone = path.join("record.sqlite").exists();
            return Err(if gone {
                StoreError::Damaged("role.json, which is missing,")
            } else {
                StoreError::NoRecord(path.to_owned())
            });
        }
        Err(source) => return Err(StoreError::file("read", &name)(source)),
    };
    let role: RoleFile = serde_json::from_slice(&text).map_err(|_| StoreError::Damaged("role.json"))?;
    match role.pulsebook.split_once('/') {
        _ if role.pulsebook == ROLE => Ok(()),
        Some((found @ ("node" | "clinic"), _)) => {
            Err(StoreError::OtherRole { path: path.to_owned(), found: found.chars().take(20).collect() })
        }
        _ => Err(StoreError::Damaged("role.json")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::scratch;

    #[test]
    fn a_second_process_or_another_role_is_kept_out() {
        let scratch = scratch();
        assert!(matches!(Folder::open(&scratch), Err(StoreError::NoRecord(_))));
        let first = Folder::create(&scratch).unwrap();
        assert!(matches!(Folder::open(&scratch), Err(StoreError::InUse(_))));
        drop(first);
        assert!(matches!(Folder::create(&scratch), Err(StoreError::AlreadyThere(_))));
        fs::write(scratch.join("role.json"), br#"{"pulsebook":"node/1"}"#).unwrap();
        let error = Folder::open(&scratch).unwrap_err();
        assert!(error.to_string().contains("belongs to a node"), "{error}");
    }
}
