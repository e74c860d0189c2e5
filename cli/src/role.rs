//! Whose folder it is: patient, node or clinic; another role's command refuses it before it touches anything.

use crate::exit::{Failure, Kind, Outcome};
use serde::{Deserialize, Serialize};
use std::{fs, io::ErrorKind, path::Path};

const FILE: &str = "role.json";

#[derive(Serialize, Deserialize)]
struct RoleFile {
    pulsebook: String,
}

/// The role that a folder carries; none when it has none yet.
///
/// # Errors
/// The file that says so cannot be read.
fn of(dir: &Path) -> Outcome<Option<String>> {
    let text = match fs::read(dir.join(FILE)) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::from(error).during(&dir.join(FILE).display().to_string())),
    };
    let role: RoleFile = serde_json::from_slice(&text).map_err(|_| {
        Failure::new(format!("{} is damaged", dir.join(FILE).display()))
            .expected("the role of the folder: patient, node or clinic")
            .action("restore the folder from a backup")
    })?;
    Ok(Some(role.pulsebook.split('/').next().unwrap_or_default().chars().take(20).collect()))
}

/// Demands a folder of this role.
///
/// # Errors
/// It has another one, or none.
pub(crate) fn expect(dir: &Path, role: &str, make: &str) -> Outcome {
    match of(dir)? {
        Some(found) if found == role => Ok(()),
        Some(found) => Err(other(dir, &found, role)),
        None => Err(Failure::new(format!("{} is not the folder of a {role}", dir.display()))
            .of(Kind::WrongFolder)
            .expected(format!("a folder made by `pulsebook {make}`"))
            .action("check --dir, or make it first")),
    }
}

/// Demands a folder that nobody has taken.
///
/// # Errors
/// It has a role already.
pub(crate) fn expect_free(dir: &Path, role: &str) -> Outcome {
    match of(dir)? {
        None => Ok(()),
        Some(found) if found == role => {
            Err(Failure::new(format!("{} holds a {role} already", dir.display()))
                .of(Kind::Exists)
                .expected("a new or empty folder")
                .action("use what is there, or name another folder; nothing was changed"))
        }
        Some(found) => Err(other(dir, &found, role)),
    }
}

/// Makes the folder and writes the role into it.
///
/// # Errors
/// It cannot be written.
pub(crate) fn take(dir: &Path, role: &str) -> Outcome {
    crate::durable::make_folder(dir)
        .map_err(|error| Failure::from(error).during(&dir.display().to_string()))?;
    let text = serde_json::to_string(&RoleFile { pulsebook: format!("{role}/1") })
        .map_err(|error| Failure::from_error(&error))?;
    crate::files::write(&dir.join(FILE), &text)
}

fn other(dir: &Path, found: &str, role: &str) -> Failure {
    Failure::new(format!("{} belongs to a {found}", dir.display()))
        .of(Kind::WrongFolder)
        .expected(format!("the folder of a {role}"))
        .action("choose another --dir; nothing was changed")
}
