//! Writing files so that a power cut leaves the old one or the new one, never half of one.

use super::error::StoreError;
use pulsebook_faultpoint::{Point, reach, write_all};
use std::{fs, path::Path};

/// Replaces a file's content: new file, fsync, rename, fsync of the folder.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let next = path.with_extension("next");
    reach(Point::FileCreate).map_err(StoreError::file("create", &next))?;
    let mut file = private(&next).map_err(StoreError::file("create", &next))?;
    write_all(Point::FileWrite, &mut file, bytes).map_err(StoreError::file("write", &next))?;
    reach(Point::FileSync).and_then(|()| file.sync_all()).map_err(StoreError::file("sync", &next))?;
    let replaced = reach(Point::FileRename).and_then(|()| fs::rename(&next, path));
    replaced.map_err(StoreError::file("replace", path))?;
    match path.parent() {
        Some(folder) => sync_folder(folder),
        None => Ok(()),
    }
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    reach(Point::FolderSync).map_err(StoreError::file("sync", folder))?;
    #[cfg(unix)]
    fs::File::open(folder).and_then(|file| file.sync_all()).map_err(StoreError::file("sync", folder))?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// An empty file that only its owner can read.
pub(crate) fn private(path: &Path) -> std::io::Result<fs::File> {
    private_options().truncate(true).open(path)
}

/// The file as it is; made, for its owner only, when it is not there.
pub(crate) fn kept(path: &Path) -> std::io::Result<fs::File> {
    private_options().truncate(false).open(path)
}

fn private_options() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Takes a folder that is there from everybody but its owner.
pub(crate) fn close_to_others(folder: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        fs::set_permissions(folder, mode).map_err(StoreError::file("close to others", folder))?;
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Makes a folder that only its owner can enter, with the folders above it; one that is there stays as it is.
pub(crate) fn private_folder(path: &Path) -> Result<(), StoreError> {
    reach(Point::FolderMake).map_err(StoreError::file("create", path))?;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(StoreError::file("create", path))
}
