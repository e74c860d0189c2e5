//! Files that are whole or not there: written beside their place, synced, renamed, the folder synced.

use pulsebook_faultpoint::{Point, reach, write_all};
use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
};

/// What a file is called until it is whole.
pub(crate) const UNFINISHED: &str = "new";

/// The fault points of a file on its way: made, written, synced, renamed, its name synced.
pub(crate) type Points = [Point; 5];

const FILE: Points =
    [Point::FileCreate, Point::FileWrite, Point::FileSync, Point::FileRename, Point::FolderSync];

/// Writes a file that only its user may read: whole beside the old one, then in its place, durable.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_private_at(FILE, path, bytes)
}

/// The same with fault points of its own.
pub(crate) fn write_private_at(
    [create, write, sync, rename, folder_sync]: Points,
    path: &Path,
    bytes: &[u8],
) -> io::Result<()> {
    let beside = path.with_extension(UNFINISHED);
    reach(create)?;
    let mut file = private_file(&beside)?;
    write_all(write, &mut file, bytes)?;
    reach(sync)?;
    file.sync_all()?;
    reach(rename)?;
    std::fs::rename(&beside, path)?;
    sync_folder(folder_sync, path)
}

/// Makes the folder with those above it that are missing, and their names durable.
pub(crate) fn make_folder(dir: &Path) -> io::Result<()> {
    let named = dir.ancestors().filter(|path| !path.as_os_str().is_empty());
    let missing: Vec<&Path> = named.take_while(|path| !path.exists()).collect();
    reach(Point::FolderMake)?;
    std::fs::create_dir_all(dir)?;
    missing.into_iter().rev().try_for_each(|path| sync_folder(Point::FolderSync, path))
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the name of a file or folder durable.
fn sync_folder(point: Point, path: &Path) -> io::Result<()> {
    reach(point)?;
    // Elsewhere a folder cannot be opened as a file; the rename is then as durable as the system makes it.
    match path.parent().filter(|_| cfg!(unix)) {
        Some(here) if here.as_os_str().is_empty() => File::open(".")?.sync_all(),
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
