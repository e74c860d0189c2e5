//! Writing files so that a power cut leaves the old one or the new one, never half of one.

use super::error::StoreError;
use std::{fs, io::Write, path::Path};

/// Replaces a file's content: new file, fsync, rename, fsync of the folder.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let next = path.with_extension("next");
    let mut file = private(&next).map_err(StoreError::file("create", &next))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(StoreError::file("write", &next))?;
    fs::rename(&next, path).map_err(StoreError::file("replace", path))?;
    match path.parent() {
        Some(folder) => sync_folder(folder),
        None => Ok(()),
    }
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    fs::File::open(folder).and_then(|file| file.sync_all()).map_err(StoreError::file("sync", folder))?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// An empty file that only its owner can read.
pub(crate) fn private(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
