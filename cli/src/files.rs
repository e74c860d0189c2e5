//! Reading cards and writing results: errors name the file and what was expected in it.

use crate::{
    durable,
    exit::{Failure, Outcome},
};
use std::{
    fmt::Display,
    fs::{self, File},
    io::{BufWriter, Read},
    path::Path,
};

/// Most bytes of a card or a grant file; one that was passed on carries segment keys.
const LIMIT: u64 = 5 * 1024 * 1024;

/// Reads a small file that somebody handed over, and makes something of it.
///
/// # Errors
/// It cannot be read, is too large, or is not `expected`.
pub(crate) fn read_as<T, E: Display>(
    path: &Path,
    expected: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Outcome<T> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(LIMIT).read_to_string(&mut text));
    read.map_err(|error| {
        Failure::new(format!("{} could not be read: {error}", path.display()))
            .expected(expected)
            .action("check the name of the file")
    })?;
    parse(&text).map_err(|error| {
        Failure::new(format!("{}: {error}", path.display()))
            .expected(expected)
            .action("ask whoever gave it to you for it again")
    })
}

/// Writes a result completely or not at all, replacing an earlier one.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write(path: &Path, text: &str) -> Outcome {
    write_bytes(path, text.as_bytes())
}

/// Writes a result of any bytes completely or not at all, replacing an earlier one.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write_bytes(path: &Path, bytes: &[u8]) -> Outcome {
    durable::replace(path, bytes).map_err(|error| cannot_write(path, &error))
}

/// A buffered file for a large result.
///
/// # Errors
/// It cannot be made.
pub(crate) fn create(path: &Path) -> Outcome<BufWriter<File>> {
    File::create(path).map(BufWriter::new).map_err(|error| cannot_write(path, &error))
}

/// A buffered file for a large result that only its user may read.
///
/// # Errors
/// It cannot be made, or is there already.
pub(crate) fn create_private(path: &Path) -> Outcome<BufWriter<File>> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(BufWriter::new).map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{} could not be written: {error}", path.display()))
        .action("name a file in a folder you may write to, on a disk with free space")
}

/// Bytes of all files in a folder whose name begins so.
pub(crate) fn size_of(folder: &Path, prefix: &str) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
    named.filter_map(|entry| entry.metadata().ok()).filter(|data| data.is_file()).map(|data| data.len()).sum()
}
