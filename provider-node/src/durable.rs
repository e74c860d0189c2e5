//! Files that are whole or not there: written beside their place, synced, renamed, the folder synced.

use pulsebook_faultpoint::{Point, reach, write_all};
use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
};

/// What a file is called until it is whole.
pub(crate) const UNFINISHED: &str = "new";

/// Writes a file that only its user may read: whole beside the old one, then in its place, durable.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension(UNFINISHED);
    reach(Point::FileCreate)?;
    let mut file = private_file(&beside)?;
    write_all(Point::FileWrite, &mut file, bytes)?;
    reach(Point::FileSync)?;
    file.sync_all()?;
    reach(Point::FileRename)?;
    std::fs::rename(&beside, path)?;
    sync_folder(path)
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    reach(Point::FolderSync)?;
    // Elsewhere a folder cannot be opened as a file; the rename is then as durable as the system makes it.
    match path.parent().filter(|_| cfg!(unix)) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
