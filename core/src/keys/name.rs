//! Names of the secrets a vault holds.

use std::{fmt, str::FromStr};

/// A secret's name: its role, and its epoch where there is one per epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretName {
    /// Seals what never needs erasing, 32 bytes.
    StoreKey,
    /// Wraps period and journal keys, 32 bytes.
    EraseKey,
    /// D, seed of the device key that signs the owner's requests, 32 bytes.
    DeviceKey,
    /// Public key of the recovery key, to which the keyring index is sealed.
    RecoveryPublicKey,
    /// L_e, seed of an epoch's log key, 32 bytes.
    LogKey(u32),
    /// C_e, seed of an epoch's consent key, 32 bytes.
    ConsentKey(u32),
    /// An epoch's control key, 32 bytes.
    ControlKey(u32),
    /// That this device signs nothing more in an epoch, and the height of the node that gave cause; no secret, but it must
    /// outlast the database.
    Fence(u32),
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretName::StoreKey => f.write_str("store-key"),
            SecretName::EraseKey => f.write_str("erase-key"),
            SecretName::DeviceKey => f.write_str("device-key"),
            SecretName::RecoveryPublicKey => f.write_str("recovery-public-key"),
            SecretName::LogKey(epoch) => write!(f, "log-key-{epoch}"),
            SecretName::ConsentKey(epoch) => write!(f, "consent-key-{epoch}"),
            SecretName::ControlKey(epoch) => write!(f, "control-key-{epoch}"),
            SecretName::Fence(epoch) => write!(f, "fence-{epoch}"),
        }
    }
}

/// A text that names no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a secret")]
pub struct UnknownName;

impl FromStr for SecretName {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let single = [
            SecretName::StoreKey,
            SecretName::EraseKey,
            SecretName::DeviceKey,
            SecretName::RecoveryPublicKey,
        ];
        if let Some(name) = single.into_iter().find(|name| name.to_string() == text) {
            return Ok(name);
        }
        let (role, epoch) = text.rsplit_once('-').ok_or(UnknownName)?;
        let epoch = epoch.parse().map_err(|_| UnknownName)?;
        match role {
            "log-key" => Ok(SecretName::LogKey(epoch)),
            "consent-key" => Ok(SecretName::ConsentKey(epoch)),
            "control-key" => Ok(SecretName::ControlKey(epoch)),
            "fence" => Ok(SecretName::Fence(epoch)),
            _ => Err(UnknownName),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for name in [
            SecretName::StoreKey,
            SecretName::RecoveryPublicKey,
            SecretName::LogKey(7),
            SecretName::ControlKey(0),
            SecretName::Fence(1),
        ] {
            assert_eq!(name.to_string().parse(), Ok(name));
        }
        assert_eq!("log-key-x".parse::<SecretName>(), Err(UnknownName));
    }
}
