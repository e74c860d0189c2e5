//! Reading cards and writing results: errors name the file and what was expected in it.

mod beside;

pub(crate) use beside::Beside;

use crate::{
    durable,
    exit::{Failure, Kind, Outcome},
};
use std::{
    fmt::Display,
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
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
            .of(Kind::BadFile)
            .expected(expected)
            .action("check the name of the file")
    })?;
    parse(&text).map_err(|error| {
        Failure::new(format!("{}: {error}", path.display()))
            .of(Kind::BadFile)
            .expected(expected)
            .action("ask whoever gave it to you for it again")
    })
}

/// Demands that a result has no file of that name yet.
///
/// # Errors
/// It has.
pub(crate) fn expect_new(path: &Path, what: &str) -> Outcome {
    if path.exists() {
        return Err(Failure::new(format!("{} is there already", path.display()))
            .of(Kind::Exists)
            .expected(format!("a new file for the {what}"))
            .action("name another one; nothing was written"));
    }
    Ok(())
}

/// Writes a small result completely or not at all, replacing an earlier one.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write(path: &Path, text: &str) -> Outcome {
    write_bytes(path, text.as_bytes())
}

/// Writes a small result of any bytes completely or not at all, replacing an earlier one.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write_bytes(path: &Path, bytes: &[u8]) -> Outcome {
    durable::replace(path, bytes).map_err(|error| cannot_write(path, &error))
}

/// The name beside a file under which it is written until it is whole.
fn part(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    PathBuf::from(part)
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    let failure = Failure::file(format!("{} could not be written: {error}", path.display()), error);
    failure.or_action("name a file in a folder you may write to, on a disk with free space")
}

/// Bytes of all files in a folder whose name begins so.
pub(crate) fn size_of(folder: &Path, prefix: &str) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
    named.filter_map(|entry| entry.metadata().ok()).filter(|data| data.is_file()).map(|data| data.len()).sum()
}
