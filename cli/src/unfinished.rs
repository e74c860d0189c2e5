//! A record whose making was cut off: nobody confirmed its words, so no command uses it, and `init` makes another.

use crate::{
    durable,
    exit::{Failure, Kind, Outcome},
};
use pulsebook_faultpoint::{Point, reach};
use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
};

/// Lies in the folder from before anything is made until somebody has the words.
const FILE: &str = "unfinished";

/// What making a record leaves in its folder.
const MADE: &[&str] = &[
    "record.sqlite",
    "record.sqlite-wal",
    "record.sqlite-shm",
    "vault.json",
    "vault.next",
    "role.next",
    "role.json",
    "lock",
];

/// Marks a folder in which a record is about to be made.
///
/// # Errors
/// It cannot be written.
pub(crate) fn begin(dir: &Path) -> Outcome {
    mark(dir).map_err(|error| Failure::from(error).during(&dir.display().to_string()))
}

fn mark(dir: &Path) -> io::Result<()> {
    durable::make_folder(dir)?;
    let file = reach(Point::InitMark).and_then(|()| File::create_new(dir.join(FILE)))?;
    reach(Point::InitMarkSync).and_then(|()| file.sync_all())?;
    durable::sync_folder(dir)
}

/// Somebody has the words: from now on it is a record.
///
/// # Errors
/// The folder cannot be written.
pub(crate) fn finish(dir: &Path) -> Outcome {
    let finished = reach(Point::InitUnmark)
        .and_then(|()| fs::remove_file(dir.join(FILE)))
        .and_then(|()| durable::sync_folder(dir));
    finished.map_err(|error| Failure::from(error).during(&dir.display().to_string()))
}

/// Demands a record that was made to the end.
///
/// # Errors
/// It was not.
pub(crate) fn expect_none(dir: &Path) -> Outcome {
    if !dir.join(FILE).exists() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the record in {} was never finished: nobody confirmed its words",
        dir.display()
    ))
    .of(Kind::WrongFolder)
    .expected("a record whose making was not cut off")
    .action(format!("run `pulsebook init --dir {}` again; it makes a new one in its place", dir.display())))
}

/// Removes what a making left that was cut off; whether there was one.
///
/// # Errors
/// Another process is making it at this moment, or something cannot be removed.
pub(crate) fn clear(dir: &Path) -> Outcome<bool> {
    if !dir.join(FILE).exists() {
        return Ok(false);
    }
    check_not_in_use(dir)?;
    MADE.iter().try_for_each(|name| remove(&dir.join(name)))?;
    // The mark goes last on the disk as well: without it the rest would pass for a record.
    durable::sync_folder(dir).map_err(|error| Failure::from(error).during(&dir.display().to_string()))?;
    remove(&dir.join(FILE)).map(|()| true)
}

fn remove(path: &Path) -> Outcome {
    match reach(Point::InitClear).and_then(|()| fs::remove_file(path)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Failure::from(error).during(&path.display().to_string()))
        }
        _ => Ok(()),
    }
}

fn check_not_in_use(dir: &Path) -> Outcome {
    let Ok(lock) = File::open(dir.join("lock")) else { return Ok(()) };
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => {
            Err(Failure::new(format!("another process is making a record in {}", dir.display()))
                .action("finish or stop it there; nothing was changed"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_record_is_refused_and_cleared_but_not_while_it_is_made() {
        let dir = std::env::temp_dir().join(format!("pulsebook-unfinished-{}", std::process::id()));
        begin(&dir).unwrap();
        fs::write(dir.join("mine"), "x").unwrap();
        fs::write(dir.join("vault.json"), "x").unwrap();
        assert!(expect_none(&dir).unwrap_err().to_string().contains("never finished"));
        let lock = File::create(dir.join("lock")).unwrap();
        lock.lock().unwrap();
        assert!(clear(&dir).unwrap_err().to_string().contains("another process"));
        drop(lock);
        assert!(clear(&dir).unwrap() && !clear(&dir).unwrap());
        assert!(dir.join("mine").exists() && !dir.join("vault.json").exists());
        begin(&dir).unwrap();
        finish(&dir).unwrap();
        expect_none(&dir).unwrap();
        fs::remove_dir_all(&dir).unwrap();
    }
}
