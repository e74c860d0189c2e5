//! Keys: the seam behind which a device keeps its secrets, and two vaults: in memory, and in a file under a passphrase.

#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod file;
mod memory;
mod name;

pub use file::{FileVault, PassphraseCost};
pub use memory::MemoryVault;
pub use name::SecretName;

use pulsebook_protocol::{bytes::Digest, random::RandomUnavailable};
use std::{future::Future, path::PathBuf, pin::Pin};
use zeroize::Zeroizing;

/// A boxed future, so that vaults can be used as `Box<dyn KeyVault>`.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The last block that the log key was allowed to sign for: what an old copy of the database is recognised by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct HighWaterMark {
    /// Its epoch.
    #[n(0)]
    pub epoch: u32,
    /// Its height.
    #[n(1)]
    pub height: u64,
    /// Its leaf hash.
    #[n(2)]
    pub leaf: Digest,
}

/// What can go wrong with a vault. Never holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The passphrase is another one.
    #[error(
        "the passphrase does not open this vault, or the vault was altered; type the one from when the record was made, or put the vault back from a backup"
    )]
    WrongPassphrase,
    /// There is no such secret.
    #[error(
        "the vault holds no {0}; it belongs to another record, or the record was never finished: put back the vault that this record was made with"
    )]
    Missing(SecretName),
    /// There is no vault.
    #[error("there is no vault at {}; a record is opened with the vault it was made with: put that file back from a backup, or check the folder", .0.display())]
    NoVault(PathBuf),
    /// There is one already.
    #[error("there is a vault at {} already; nothing was changed: choose another folder, or open the record there", .0.display())]
    AlreadyThere(PathBuf),
    /// The file is no vault, or asks for more memory than a passphrase check may take.
    #[error(
        "{} is not a vault this program reads: it is damaged, or of a newer program; put it back from a backup, or update this program", .0.display()
    )]
    NotAVault(PathBuf),
    /// The file cannot be read or written.
    #[error(
        "the vault {} cannot be used: {reason}; see that its folder is yours to read and write and the disk has room, then try again", path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The disk has no room for the vault.
    #[error(
        "the vault {} cannot be written: the disk is full ({source}); free some space, then try again: the vault is as it was", path.display()
    )]
    NoRoom {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The platform's key store refuses.
    #[error("the device's key store refused: {0}; unlock the device and try again")]
    Platform(String),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
}

/// Where a device keeps what must not lie in the database: keys, and the high-water mark. Every vault passes `keys::contract`.
///
/// A write is durable when its future gives `Ok`. Secrets leave it only through [`KeyVault::secret`], wiped when dropped.
pub trait KeyVault: Send + Sync {
    /// Wraps and keeps a secret under a name, in place of an older one.
    fn wrap<'a>(&'a self, name: SecretName, secret: &'a [u8]) -> Pending<'a, Result<(), VaultError>>;

    /// Unwraps the secret of that name.
    fn secret(&self, name: SecretName) -> Pending<'_, Result<Zeroizing<Vec<u8>>, VaultError>>;

    /// Forgets the secret of that name; forgetting what is not there is done already.
    fn forget(&self, name: SecretName) -> Pending<'_, Result<(), VaultError>>;

    /// The mark, none before the first.
    fn high_water_mark(&self) -> Pending<'_, Result<Option<HighWaterMark>, VaultError>>;

    /// Sets the mark; durable before it gives `Ok`. A mark never goes back: a lower height changes nothing.
    fn set_high_water_mark(&self, mark: HighWaterMark) -> Pending<'_, Result<(), VaultError>>;
}
