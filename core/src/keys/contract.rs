//! What every vault must do; each implementation runs these in its tests.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::{HighWaterMark, KeyVault, Pending, SecretName, VaultError};
use pulsebook_protocol::bytes::Digest;

/// Runs a vault's future to its end.
pub fn run<T>(pending: Pending<'_, T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(pending)
}

/// The mark of a height.
pub fn mark(height: u64) -> HighWaterMark {
    HighWaterMark { epoch: 0, height, leaf: Digest::from_bytes([7; 32]) }
}

/// Secrets come back, replaced ones as the new, forgotten ones not at all, and the mark never goes back.
///
/// # Panics
/// When the vault breaks the contract.
pub fn keeps_what_it_is_given(vault: &dyn KeyVault) {
    let name = SecretName::LogKey(3);
    assert!(matches!(run(vault.secret(name)), Err(VaultError::Missing(missing)) if missing == name));
    run(vault.wrap(name, b"old")).unwrap();
    run(vault.wrap(SecretName::LogKey(4), b"other")).unwrap();
    run(vault.wrap(name, b"new")).unwrap();
    assert_eq!(&**run(vault.secret(name)).unwrap(), b"new");
    run(vault.forget(name)).unwrap();
    run(vault.forget(name)).unwrap();
    assert!(run(vault.secret(name)).is_err());
    assert_eq!(&**run(vault.secret(SecretName::LogKey(4))).unwrap(), b"other");
    assert_eq!(run(vault.high_water_mark()).unwrap(), None);
    for height in [5, 6, 2] {
        run(vault.set_high_water_mark(mark(height))).unwrap();
    }
    assert_eq!(run(vault.high_water_mark()).unwrap(), Some(mark(6)));
}

/// What one vault kept, another one over the same place has.
///
/// # Panics
/// When the vault breaks the contract.
pub fn survives_reopening(open: &dyn Fn() -> Box<dyn KeyVault>) {
    let vault = open();
    run(vault.wrap(SecretName::StoreKey, b"kept")).unwrap();
    run(vault.set_high_water_mark(mark(9))).unwrap();
    drop(vault);
    let vault = open();
    assert_eq!(&**run(vault.secret(SecretName::StoreKey)).unwrap(), b"kept");
    assert_eq!(run(vault.high_water_mark()).unwrap(), Some(mark(9)));
}
