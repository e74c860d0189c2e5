//! Files of a node's folder: the role file, and secrets that only their user may read.

use super::FolderError;
use pulsebook_protocol::secret::Secret32;
use std::path::Path;

/// The role of a node's folder.
pub(super) const ROLE: &str = "node";
const ROLE_FILE: &str = "role.json";

#[derive(serde::Serialize, serde::Deserialize)]
struct Role {
    pulsebook: String,
}

fn file_error(path: &Path) -> impl Fn(std::io::Error) -> FolderError + '_ {
    move |source| FolderError::File { path: path.into(), source }
}

/// The role that a folder carries, without its version; none in an empty folder.
pub(super) fn role(dir: &Path) -> Result<Option<String>, FolderError> {
    let path = dir.join(ROLE_FILE);
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read(&path).map_err(file_error(&path))?;
    let role: Role = serde_json::from_slice(&text)
        .map_err(|error| FolderError::Damaged { path: path.clone(), reason: error.to_string() })?;
    match role.pulsebook.split_once('/') {
        Some((role @ ("patient" | "node" | "clinic"), "1")) => Ok(Some(role.to_owned())),
        _ => Err(FolderError::Damaged { path, reason: format!("unknown role {}", role.pulsebook) }),
    }
}

/// Marks the folder as a node's.
pub(super) fn write_role(dir: &Path) -> Result<(), FolderError> {
    write_private(&dir.join(ROLE_FILE), format!("{{\"pulsebook\":\"{ROLE}/1\"}}\n").as_bytes())
}

/// Reads 32 secret bytes.
pub(super) fn read_secret(path: &Path) -> Result<Secret32, FolderError> {
    let bytes = zeroize::Zeroizing::new(std::fs::read(path).map_err(file_error(path))?);
    let bytes = <[u8; 32]>::try_from(bytes.as_slice());
    let damaged = |_| FolderError::Damaged { path: path.into(), reason: "not 32 bytes".into() };
    bytes.map(Secret32::from_bytes).map_err(damaged)
}

/// Writes 32 secret bytes.
pub(super) fn write_secret(path: &Path, secret: &[u8; 32]) -> Result<(), FolderError> {
    write_private(path, secret)
}

/// Writes a file that only its user may read, whole or not at all, durable.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    crate::durable::write_private(path, bytes).map_err(file_error(path))
}

/// Makes the folder with those above it that are missing, and their names durable.
pub(super) fn make_folder(dir: &Path) -> Result<(), FolderError> {
    crate::durable::make_folder(dir).map_err(file_error(dir))
}

/// Takes everyone else's permissions away from a file.
pub(super) fn restrict(path: &Path) -> Result<(), FolderError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let permissions = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(path, permissions).map_err(file_error(path))?;
    }
    Ok(())
}
