//! A new chain: every key of it, and the first block of epoch 0, which needs no node.

use super::{
    LedgerError,
    build::{BlockPlace, first_block},
};
use crate::{
    keys::SecretName,
    store::{ChainIdentity, NewEpoch, Sealing, StoreKeys},
};
use pulsebook_protocol::{
    bytes::{Digest, Salt16},
    checkpoint::UnixSeconds,
    circle::Circle,
    control::control_check,
    epoch::sign_epoch_certificate,
    key::SigningKey,
    proposal::{GrantsKept, ProposalKeys, ProposalTerms, chain_id, sign_proposal},
    random::{Random, make_bytes},
    secret::Secret32,
    words::RecoveryWords,
};
use zeroize::Zeroizing;

/// A secret on its way into the vault.
pub type NamedSecret = (SecretName, Zeroizing<Vec<u8>>);

/// A chain that is not stored yet.
#[derive(Debug)]
pub struct NewChain {
    /// Its identity.
    pub identity: ChainIdentity,
    /// Its first sealing: one block, epoch 0.
    pub sealing: Sealing,
    /// The store's keys.
    pub store_keys: StoreKeys,
    secrets: Vec<NamedSecret>,
}

impl NewChain {
    /// What goes into the vault before anything is stored.
    pub fn secrets(&self) -> &[NamedSecret] {
        &self.secrets
    }
}

/// Makes a chain from its words.
///
/// # Errors
/// [`LedgerError::Random`] when there is no randomness.
pub fn make_chain(
    words: &RecoveryWords,
    time: UnixSeconds,
    random: &mut dyn Random,
) -> Result<NewChain, LedgerError> {
    let root = words.root_key()?;
    let salt = Salt16::from_bytes(make_bytes(random)?);
    let chain = chain_id(&root.public(), &salt);
    let (log, consent) = (SigningKey::make(random)?, SigningKey::make(random)?);
    let (device, control) = (SigningKey::make(random)?, Secret32::make(random)?);
    let store_keys = StoreKeys { store: Secret32::make(random)?, erase: Secret32::make(random)? };
    let keys = ProposalKeys { root: &root, log: &log, consent: &consent, device: &device };
    let terms = ProposalTerms {
        salt,
        epoch: 0,
        previous: None,
        circle: Circle::new(Vec::new())?,
        control_check: control_check(&control, &chain, 0),
        directory_hash: None,
        grants_kept: GrantsKept::All,
    };
    let proposal = sign_proposal(keys, terms);
    let certificate = sign_epoch_certificate(&log, std::slice::from_ref(&proposal), None);
    let place = BlockPlace { chain, epoch: 0, height: 0, prev: Digest::ZERO, time };
    let block = first_block(place, certificate, None, random)?;
    let epoch = NewEpoch { proposal, directory: None, confirmed: Vec::new() };
    let sealing = Sealing { blocks: vec![block], epoch: Some(epoch), ..Sealing::default() };
    let recovery = Zeroizing::new(words.recovery_key().public().to_bytes());
    let secrets = vec![
        named(SecretName::StoreKey, &store_keys.store),
        named(SecretName::EraseKey, &store_keys.erase),
        named(SecretName::DeviceKey, device.seed()),
        named(SecretName::LogKey(0), log.seed()),
        named(SecretName::ConsentKey(0), consent.seed()),
        named(SecretName::ControlKey(0), &control),
        (SecretName::RecoveryPublicKey, recovery),
    ];
    let identity = ChainIdentity { chain, salt, first_root: root.public() };
    Ok(NewChain { identity, sealing, store_keys, secrets })
}

pub(super) fn named(name: SecretName, secret: &Secret32) -> NamedSecret {
    (name, Zeroizing::new(secret.expose().to_vec()))
}
