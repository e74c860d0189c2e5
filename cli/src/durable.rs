//! Names on the disk that a power cut does not take back: files that are replaced, and folders that are made.

use pulsebook_faultpoint::{Point, reach, write_all};
use std::{
    fs::{self, File},
    io,
    path::Path,
};

/// Replaces a file whole or not at all: written beside it, synced, renamed, the name synced.
///
/// # Errors
/// Those of the disk.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("part");
    let mut file = reach(Point::ResultCreate).and_then(|()| File::create(&beside))?;
    write_all(Point::ResultWrite, &mut file, bytes)?;
    reach(Point::ResultSync).and_then(|()| file.sync_all())?;
    reach(Point::ResultRename).and_then(|()| fs::rename(&beside, path))?;
    sync_name_of(path)
}

/// Makes a folder with those above it that are missing, and their names durable.
///
/// # Errors
/// Those of the disk.
pub(crate) fn make_folder(dir: &Path) -> io::Result<()> {
    let named = dir.ancestors().filter(|path| !path.as_os_str().is_empty());
    let missing: Vec<&Path> = named.take_while(|path| !path.exists()).collect();
    reach(Point::FolderMake).and_then(|()| fs::create_dir_all(dir))?;
    missing.into_iter().rev().try_for_each(sync_name_of)
}

/// Makes the name of a file or folder durable.
///
/// # Errors
/// Those of the disk.
pub(crate) fn sync_name_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    sync_folder(folder.unwrap_or(Path::new(".")))
}

/// Makes the names in a folder durable, where a folder can be opened as a file.
///
/// # Errors
/// Those of the disk.
pub(crate) fn sync_folder(dir: &Path) -> io::Result<()> {
    reach(Point::ResultFolderSync)?;
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}
