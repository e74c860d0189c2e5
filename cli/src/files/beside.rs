//! A large result on its way to a file: written beside, and under its name only when it is whole.

use super::{cannot_write, part};
use crate::{durable, exit::Outcome};
use pulsebook_faultpoint::{Point, reach};
use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

/// A buffered file that only its user may read. Dropped before [`Beside::finish`], it leaves nothing behind.
pub(crate) struct Beside {
    file: BufWriter<File>,
    part: PathBuf,
    path: PathBuf,
}

impl Beside {
    /// Begins beside the file of this name.
    ///
    /// # Errors
    /// It cannot be made there.
    pub(crate) fn begin(path: &Path) -> Outcome<Beside> {
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let part = part(path);
        let made = reach(Point::BesideCreate).and_then(|()| options.open(&part));
        let file = made.map_err(|error| cannot_write(path, &error))?;
        Ok(Beside { file: BufWriter::new(file), part, path: path.to_owned() })
    }

    /// Where it stands until it is whole.
    pub(crate) fn part(&self) -> &Path {
        &self.part
    }

    /// A second writer to the same bytes, for whoever must own one.
    ///
    /// # Errors
    /// The system gives no second handle.
    pub(crate) fn writer(&self) -> Outcome<BufWriter<File>> {
        let file = self.file.get_ref().try_clone().map_err(|error| cannot_write(&self.path, &error))?;
        Ok(BufWriter::new(file))
    }

    /// Makes it durable and gives it its name, in place of an earlier one.
    ///
    /// # Errors
    /// The disk is full, or the name cannot be given.
    pub(crate) fn finish(mut self) -> Outcome {
        let named = reach(Point::BesideWrite)
            .and_then(|()| self.file.flush())
            .and_then(|()| reach(Point::BesideSync))
            .and_then(|()| self.file.get_ref().sync_all())
            .and_then(|()| reach(Point::BesideRename))
            .and_then(|()| fs::rename(&self.part, &self.path))
            .and_then(|()| durable::sync_name_of(&self.path));
        named.map_err(|error| cannot_write(&self.path, &error))
    }
}

impl Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // It has its name already when it was finished; then there is nothing to remove.
        let _ = fs::remove_file(&self.part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_takes_its_name_only_when_it_is_whole() {
        let dir = std::env::temp_dir().join(format!("pulsebook-beside-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let path = dir.join("readings.json");
        fs::write(&path, "the one before").unwrap();
        let begin = || {
            let mut file = Beside::begin(&path).unwrap();
            file.write_all(b"the new one").unwrap();
            file
        };
        drop(begin());
        assert_eq!(fs::read_to_string(&path).unwrap(), "the one before");
        begin().finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "the new one");
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1, "nothing is left beside it");
        fs::remove_dir_all(&dir).unwrap();
    }
}
