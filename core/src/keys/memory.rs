//! A vault that forgets everything when it is dropped: for tests, and for platforms that hand keys in.

use super::{HighWaterMark, KeyVault, Pending, SecretName, VaultError};
use crate::store::locked;
use std::{collections::BTreeMap, fmt, future::ready, sync::Mutex};
use zeroize::Zeroizing;

/// Secrets in memory.
#[derive(Default)]
pub struct MemoryVault(Mutex<Contents>);

#[derive(Default)]
struct Contents {
    secrets: BTreeMap<SecretName, Zeroizing<Vec<u8>>>,
    mark: Option<HighWaterMark>,
}

impl fmt::Debug for MemoryVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryVault(…)")
    }
}

impl KeyVault for MemoryVault {
    fn wrap<'a>(&'a self, name: SecretName, secret: &'a [u8]) -> Pending<'a, Result<(), VaultError>> {
        locked(&self.0).secrets.insert(name, Zeroizing::new(secret.to_vec()));
        Box::pin(ready(Ok(())))
    }

    fn secret(&self, name: SecretName) -> Pending<'_, Result<Zeroizing<Vec<u8>>, VaultError>> {
        let found = locked(&self.0).secrets.get(&name).cloned();
        Box::pin(ready(found.ok_or(VaultError::Missing(name))))
    }

    fn forget(&self, name: SecretName) -> Pending<'_, Result<(), VaultError>> {
        locked(&self.0).secrets.remove(&name);
        Box::pin(ready(Ok(())))
    }

    fn high_water_mark(&self) -> Pending<'_, Result<Option<HighWaterMark>, VaultError>> {
        Box::pin(ready(Ok(locked(&self.0).mark)))
    }

    fn set_high_water_mark(&self, mark: HighWaterMark) -> Pending<'_, Result<(), VaultError>> {
        let mut contents = locked(&self.0);
        if contents.mark.is_none_or(|old| mark.height >= old.height) {
            contents.mark = Some(mark);
        }
        Box::pin(ready(Ok(())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::contract;

    #[test]
    fn it_keeps_the_contract() {
        contract::keeps_what_it_is_given(&MemoryVault::default());
    }

    #[test]
    fn it_prints_no_secret() {
        let vault = MemoryVault::default();
        drop(vault.wrap(SecretName::StoreKey, b"very secret"));
        assert_eq!(format!("{vault:?}"), "MemoryVault(…)");
    }
}
