//! Blobs as files of a folder: written beside, synced, renamed, the folder synced.

use super::{BlobError, BlobId, BlobStore};
use crate::durable::{Points, UNFINISHED, write_private_at};
use pulsebook_faultpoint::{Point, reach};
use pulsebook_protocol::random::Random;
use std::{
    fs::File,
    io::{self, ErrorKind, Read},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

const POINTS: Points =
    [Point::BlobCreate, Point::BlobWrite, Point::BlobSync, Point::BlobRename, Point::BlobFolderSync];

/// A folder with a file for each blob, readable by its user only.
pub struct FileBlobs {
    folder: PathBuf,
    random: Mutex<Box<dyn Random>>,
}

fn system(path: &Path) -> impl FnOnce(io::Error) -> BlobError + '_ {
    |source| BlobError::System { place: path.display().to_string(), source }
}

impl FileBlobs {
    /// Opens the folder and makes it if needed; names come from `random`.
    ///
    /// # Errors
    /// [`BlobError::System`].
    pub fn open(folder: &Path, random: Box<dyn Random>) -> Result<Self, BlobError> {
        let made = reach(Point::FolderMake).and_then(|()| std::fs::create_dir_all(folder));
        made.map_err(system(folder))?;
        // A blob is only as durable as the name of its folder.
        if let Some(above) = folder.parent().filter(|_| cfg!(unix)) {
            let synced = reach(Point::FolderSync).and_then(|()| File::open(above)?.sync_all());
            synced.map_err(system(above))?;
        }
        Ok(FileBlobs { folder: folder.to_owned(), random: Mutex::new(random) })
    }

    fn file(&self, id: &BlobId) -> PathBuf {
        self.folder.join(id.to_string())
    }
}

impl BlobStore for FileBlobs {
    fn put(&self, bytes: &[u8]) -> Result<BlobId, BlobError> {
        let id = BlobId::make(&mut **self.random.lock().unwrap_or_else(PoisonError::into_inner))?;
        let path = self.file(&id);
        write_private_at(POINTS, &path, bytes).map_err(system(&path))?;
        Ok(id)
    }

    fn read(&self, id: &BlobId, size: usize) -> Result<Vec<u8>, BlobError> {
        let path = self.file(id);
        let mut bytes = Vec::new();
        let most = (size as u64).saturating_add(1);
        let opened = reach(Point::BlobRead).and_then(|()| File::open(&path));
        match opened.and_then(|file| file.take(most).read_to_end(&mut bytes)) {
            Ok(_) => Ok(bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(BlobError::Gone(*id)),
            Err(error) => Err(system(&path)(error)),
        }
    }

    fn remove(&self, id: &BlobId) -> Result<(), BlobError> {
        let path = self.file(id);
        match reach(Point::BlobRemove).and_then(|()| std::fs::remove_file(&path)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(system(&path)(error)),
            _ => Ok(()),
        }
    }

    fn all(&self) -> Result<Vec<BlobId>, BlobError> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(system(&self.folder))? {
            let path = entry.map_err(system(&self.folder))?.path();
            if path.extension().is_some_and(|extension| extension == UNFINISHED) {
                let swept = reach(Point::BlobSweep).and_then(|()| std::fs::remove_file(&path));
                swept.map_err(system(&path))?;
            }
            found.extend(path.file_name().and_then(|name| name.to_str()).and_then(BlobId::parse));
        }
        Ok(found)
    }
}
