//! A vault in one file: Argon2id makes a key of the passphrase, AES-256-GCM seals everything under it.
//!
//! File: JSON {"pulsebook":"vault/1","argon2id":{"m_kib","t","p"},"salt" hex,"sealed" hex}; aad = D(vault) ‖ m ‖ t ‖ p ‖ salt.
//! Each change writes a new file beside the old one and renames it, so that a power cut leaves one of the two.

use super::{HighWaterMark, KeyVault, Pending, SecretName, VaultError};
use crate::store::{StoreError, files, locked};
use argon2::{Algorithm, Argon2, Params, Version};
use pulsebook_faultpoint::{Point, reach};
use pulsebook_protocol::{
    bytes::{ByteString, Salt16},
    cbor, domain,
    random::{Random, SystemRandom, make_bytes},
    seal,
    secret::Secret32,
};
use serde::{Deserialize, Serialize};
use std::{
    fmt, fs,
    future::ready,
    path::{Path, PathBuf},
    sync::Mutex,
};
use zeroize::{Zeroize, Zeroizing};

/// What a guess at the passphrase costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassphraseCost {
    m_kib: u32,
    t: u32,
    p: u32,
}

impl PassphraseCost {
    /// What records use: 64 MiB, three passes, one lane.
    pub const STRONG: PassphraseCost = PassphraseCost { m_kib: 64 * 1024, t: 3, p: 1 };

    /// Next to nothing: for tests and throw-away records only, never for a patient's.
    pub const WEAK_FOR_TESTS: PassphraseCost = PassphraseCost { m_kib: 64, t: 1, p: 1 };

    /// Whether opening a file of this cost is bearable; a hostile file could ask for any amount of memory.
    fn is_bearable(self) -> bool {
        self.m_kib <= 1024 * 1024 && self.t <= 16 && self.p <= 8
    }
}

/// Secrets in a file that a passphrase opens.
pub struct FileVault {
    path: PathBuf,
    key: Secret32,
    cost: PassphraseCost,
    salt: Salt16,
    contents: Mutex<Contents>,
}

#[derive(Serialize, Deserialize)]
struct VaultFile {
    pulsebook: String,
    argon2id: PassphraseCost,
    salt: String,
    sealed: String,
}

#[derive(Clone, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct Contents {
    #[n(0)]
    secrets: Vec<Named>,
    #[n(1)]
    mark: Option<HighWaterMark>,
}

#[derive(Clone, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct Named {
    #[n(0)]
    name: String,
    #[n(1)]
    secret: ByteString,
}

impl Drop for Named {
    fn drop(&mut self) {
        self.secret.0.zeroize();
    }
}

const FORMAT: &str = "vault/1";
const LIMIT: usize = 1024 * 1024;

impl FileVault {
    /// Makes a new vault; `path` must not be there yet.
    ///
    /// # Errors
    /// [`VaultError::AlreadyThere`], [`VaultError::File`].
    pub fn create(path: &Path, passphrase: &str, cost: PassphraseCost) -> Result<FileVault, VaultError> {
        if path.exists() {
            return Err(VaultError::AlreadyThere(path.to_owned()));
        }
        let salt = Salt16::from_bytes(make_bytes(&mut SystemRandom)?);
        let key = derive(passphrase, cost, &salt).ok_or_else(|| VaultError::NotAVault(path.to_owned()))?;
        let vault = FileVault { path: path.to_owned(), key, cost, salt, contents: Mutex::default() };
        vault.write(&Contents::default())?;
        Ok(vault)
    }

    /// Opens a vault with the passphrase it was made with.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`], [`VaultError::NoVault`], [`VaultError::NotAVault`], [`VaultError::File`].
    pub fn open(path: &Path, passphrase: &str) -> Result<FileVault, VaultError> {
        let refused = || VaultError::NotAVault(path.to_owned());
        let text =
            reach(Point::VaultRead).and_then(|()| fs::read(path)).map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => VaultError::NoVault(path.to_owned()),
                _ => VaultError::File { path: path.to_owned(), reason: error.to_string() },
            })?;
        let file: VaultFile = serde_json::from_slice(&text).map_err(|_| refused())?;
        if file.pulsebook != FORMAT || !file.argon2id.is_bearable() {
            return Err(refused());
        }
        let salt: Salt16 = file.salt.parse().map_err(|_| refused())?;
        let sealed = from_hex(&file.sealed).ok_or_else(refused)?;
        let key = derive(passphrase, file.argon2id, &salt).ok_or_else(refused)?;
        let opened = seal::open(key.expose(), &aad(file.argon2id, &salt), &sealed)
            .map_err(|_| VaultError::WrongPassphrase)?;
        let contents: Contents = cbor::decode(&opened, LIMIT).map_err(|_| refused())?;
        Ok(FileVault {
            path: path.to_owned(),
            key,
            cost: file.argon2id,
            salt,
            contents: Mutex::new(contents),
        })
    }

    /// Applies a change: first to the file, then to memory.
    fn change(&self, apply: impl FnOnce(&mut Contents)) -> Result<(), VaultError> {
        let mut contents = locked(&self.contents);
        let mut next = contents.clone();
        apply(&mut next);
        self.write(&next)?;
        *contents = next;
        Ok(())
    }

    fn write(&self, contents: &Contents) -> Result<(), VaultError> {
        let plain = Zeroizing::new(cbor::encode(contents));
        let random: &mut dyn Random = &mut SystemRandom;
        let sealed = seal::seal(self.key.expose(), &aad(self.cost, &self.salt), &plain, random)?;
        let file = VaultFile {
            pulsebook: FORMAT.to_owned(),
            argon2id: self.cost,
            salt: self.salt.to_string(),
            sealed: to_hex(&sealed),
        };
        let failed = |reason: String| VaultError::File { path: self.path.clone(), reason };
        let text = serde_json::to_vec(&file).map_err(|error| failed(error.to_string()))?;
        files::replace(&self.path, &text).map_err(|error| match error {
            StoreError::NoRoom { source, .. } => VaultError::NoRoom { path: self.path.clone(), source },
            error => failed(error.to_string()),
        })
    }
}

fn derive(passphrase: &str, cost: PassphraseCost, salt: &Salt16) -> Option<Secret32> {
    let params = Params::new(cost.m_kib, cost.t, cost.p, Some(32)).ok()?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt.as_bytes(), &mut *key)
        .ok()?;
    Some(Secret32::from_bytes(*key))
}

fn aad(cost: PassphraseCost, salt: &Salt16) -> Vec<u8> {
    let mut aad = domain::VAULT.prefix();
    for number in [cost.m_kib, cost.t, cost.p] {
        aad.extend_from_slice(&number.to_be_bytes());
    }
    aad.extend_from_slice(salt.as_bytes());
    aad
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads hex, two digits a byte.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2))
        .map(|pair| u8::from_str_radix(pair?, 16).ok())
        .collect()
}

impl fmt::Debug for FileVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileVault({})", self.path.display())
    }
}

impl KeyVault for FileVault {
    fn wrap<'a>(&'a self, name: SecretName, secret: &'a [u8]) -> Pending<'a, Result<(), VaultError>> {
        let name = name.to_string();
        Box::pin(ready(self.change(|contents| {
            contents.secrets.retain(|named| named.name != name);
            contents.secrets.push(Named { name, secret: ByteString(secret.to_vec()) });
        })))
    }

    fn secret(&self, name: SecretName) -> Pending<'_, Result<Zeroizing<Vec<u8>>, VaultError>> {
        let contents = locked(&self.contents);
        let found = contents.secrets.iter().find(|named| named.name == name.to_string());
        let secret = found.map(|named| Zeroizing::new(named.secret.0.clone()));
        Box::pin(ready(secret.ok_or(VaultError::Missing(name))))
    }

    fn forget(&self, name: SecretName) -> Pending<'_, Result<(), VaultError>> {
        let name = name.to_string();
        Box::pin(ready(self.change(|contents| contents.secrets.retain(|named| named.name != name))))
    }

    fn high_water_mark(&self) -> Pending<'_, Result<Option<HighWaterMark>, VaultError>> {
        Box::pin(ready(Ok(locked(&self.contents).mark)))
    }

    fn set_high_water_mark(&self, mark: HighWaterMark) -> Pending<'_, Result<(), VaultError>> {
        // What is there already needs no room on the disk.
        if locked(&self.contents).mark.is_some_and(|old| mark.height < old.height || mark == old) {
            return Box::pin(ready(Ok(())));
        }
        Box::pin(ready(self.change(|contents| contents.mark = Some(mark))))
    }
}

#[cfg(test)]
mod tests;
