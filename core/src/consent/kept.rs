//! A grant as the phone keeps it: terms, token, label key and how far its releases have come, one sealed page.

use super::error::ConsentError;
use crate::store::{Store, StoreError, StoredGrant};
use pulsebook_protocol::{
    bytes::{ByteString, ChainId, Digest, GrantId},
    cbor,
    checkpoint::UnixSeconds,
    control::ControlEntry,
    envelope::ReceivePublicKey,
    grant::{GrantTerms, Purpose},
    random::Random,
    request_key::RequestKey,
    secret::Secret32,
    vital::Category,
};
use zeroize::{Zeroize, Zeroizing};

const LIMIT: usize = 128 * 1024;

/// Where a grant stands at this device. The number is what the store keeps in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum GrantState {
    /// Minted; its entry is in no block yet.
    Drafted = 0,
    /// Its Grant entry stands in a block.
    Granted = 1,
    /// Its Revoke entry stands in a block.
    Revoked = 2,
}

/// The encapsulation that later releases of an epoch go on using.
#[derive(Debug)]
pub(crate) struct Encapsulated {
    pub(crate) epoch: u32,
    pub(crate) seq: u64,
    pub(crate) made_at: UnixSeconds,
    pub(crate) secret: Secret32,
}

/// A grant with everything the phone knows of it.
#[derive(Debug)]
pub struct KeptGrant {
    /// Where it stands.
    pub state: GrantState,
    /// What it allows.
    pub terms: GrantTerms,
    /// Whom it was given to.
    pub holder_name: String,
    /// The terms in words.
    pub sentence: String,
    /// SHA-256 of the token's authority block.
    pub authority: Digest,
    /// The epoch whose consent key minted it.
    pub mint_epoch: u32,
    /// Height of the block with its Grant entry.
    pub granted_at: Option<u64>,
    /// Height of the block with its Revoke entry.
    pub revoked_at: Option<u64>,
    pub(crate) receive: ReceivePublicKey,
    pub(crate) token: Vec<u8>,
    pub(crate) label_key: Secret32,
    pub(crate) encapsulated: Option<Encapsulated>,
    /// Blocks below this height were looked at for releases.
    pub(crate) released_below: u64,
}

impl KeptGrant {
    /// The control entry that puts it in force.
    pub fn entry(&self) -> ControlEntry {
        ControlEntry::Grant {
            grant_id: self.terms.grant_id,
            authority: self.authority,
            mint_epoch: self.mint_epoch,
        }
    }

    /// Keeps it.
    ///
    /// # Errors
    /// [`StoreError`] when the database or the randomness fails.
    pub fn keep(&self, store: &Store, random: &mut dyn Random) -> Result<(), StoreError> {
        let body = Zeroizing::new(cbor::encode(&Wire::of(self)));
        let grant_id = self.terms.grant_id;
        store.put_grant(&StoredGrant { grant_id, state: self.state as u32, body }, random)
    }

    /// All grants.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or a grant cannot be read.
    pub fn all(store: &Store) -> Result<Vec<KeptGrant>, StoreError> {
        let chain = store.identity().chain;
        store.grants()?.iter().map(|stored| read(stored, chain)).collect()
    }

    /// The grant of that id.
    ///
    /// # Errors
    /// [`ConsentError::Unknown`], or [`ConsentError::Store`].
    pub fn find(store: &Store, grant_id: &GrantId) -> Result<KeptGrant, ConsentError> {
        let found = Self::all(store)?.into_iter().find(|grant| grant.terms.grant_id == *grant_id);
        found.ok_or(ConsentError::Unknown(*grant_id))
    }
}

fn read(stored: &StoredGrant, chain: ChainId) -> Result<KeptGrant, StoreError> {
    let damaged = || StoreError::Damaged("a grant");
    let wire: Wire = cbor::decode(&stored.body, LIMIT).map_err(|_| damaged())?;
    let state = match stored.state {
        0 => GrantState::Drafted,
        1 => GrantState::Granted,
        2 => GrantState::Revoked,
        _ => return Err(damaged()),
    };
    wire.into_grant(state, chain, stored.grant_id).ok_or_else(damaged)
}

#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct Wire {
    #[n(0)]
    holder_name: String,
    #[n(1)]
    holder: RequestKey,
    #[n(2)]
    receive: ByteString,
    #[n(3)]
    token: ByteString,
    #[n(4)]
    label_key: ByteString,
    #[n(5)]
    categories: Vec<u8>,
    #[n(6)]
    purposes: Vec<String>,
    #[n(7)]
    from_ms: i64,
    #[n(8)]
    to_ms: i64,
    #[n(9)]
    expires_s: u64,
    #[n(10)]
    max_stale_s: u32,
    #[n(11)]
    delegate: u8,
    #[n(12)]
    sentence: String,
    #[n(13)]
    authority: Digest,
    #[n(14)]
    mint_epoch: u32,
    #[n(15)]
    granted_at: Option<u64>,
    #[n(16)]
    revoked_at: Option<u64>,
    #[n(17)]
    encapsulated: Option<WireEncapsulated>,
    #[n(18)]
    released_below: u64,
}

#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct WireEncapsulated {
    #[n(0)]
    epoch: u32,
    #[n(1)]
    seq: u64,
    #[n(2)]
    made_at: u64,
    #[n(3)]
    secret: ByteString,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.label_key.0.zeroize();
        self.token.0.zeroize();
        if let Some(encapsulated) = &mut self.encapsulated {
            encapsulated.secret.0.zeroize();
        }
    }
}

impl Wire {
    fn of(grant: &KeptGrant) -> Wire {
        let bytes = |secret: &Secret32| ByteString(secret.expose().to_vec());
        let encapsulated = grant.encapsulated.as_ref().map(|kept| WireEncapsulated {
            epoch: kept.epoch,
            seq: kept.seq,
            made_at: kept.made_at,
            secret: bytes(&kept.secret),
        });
        let terms = &grant.terms;
        Wire {
            holder_name: grant.holder_name.clone(),
            holder: terms.holder,
            receive: ByteString(grant.receive.to_bytes()),
            token: ByteString(grant.token.clone()),
            label_key: bytes(&grant.label_key),
            categories: terms.categories.iter().map(|category| category.wire()).collect(),
            purposes: terms.purposes.iter().map(|purpose| purpose.code().to_owned()).collect(),
            from_ms: terms.from_ms,
            to_ms: terms.to_ms,
            expires_s: terms.expires_s,
            max_stale_s: terms.max_stale_s,
            delegate: terms.delegate,
            sentence: grant.sentence.clone(),
            authority: grant.authority,
            mint_epoch: grant.mint_epoch,
            granted_at: grant.granted_at,
            revoked_at: grant.revoked_at,
            encapsulated,
            released_below: grant.released_below,
        }
    }

    fn into_grant(self, state: GrantState, chain: ChainId, grant_id: GrantId) -> Option<KeptGrant> {
        let receive = ReceivePublicKey::from_bytes(&self.receive.0).ok()?;
        let purposes = self.purposes.iter().map(|code| code.parse::<Purpose>().ok());
        let terms = GrantTerms {
            chain,
            grant_id,
            holder: self.holder,
            receive_hash: receive.receive_hash(),
            suite: receive.suite(),
            categories: self
                .categories
                .iter()
                .map(|wire| Category::from_wire(*wire))
                .collect::<Option<_>>()?,
            purposes: purposes.collect::<Option<_>>()?,
            from_ms: self.from_ms,
            to_ms: self.to_ms,
            expires_s: self.expires_s,
            max_stale_s: self.max_stale_s,
            delegate: self.delegate,
        };
        let encapsulated = match &self.encapsulated {
            Some(kept) => Some(Encapsulated {
                epoch: kept.epoch,
                seq: kept.seq,
                made_at: kept.made_at,
                secret: secret(&kept.secret)?,
            }),
            None => None,
        };
        Some(KeptGrant {
            state,
            terms,
            holder_name: self.holder_name.clone(),
            sentence: self.sentence.clone(),
            authority: self.authority,
            mint_epoch: self.mint_epoch,
            granted_at: self.granted_at,
            revoked_at: self.revoked_at,
            receive,
            token: self.token.0.clone(),
            label_key: secret(&self.label_key)?,
            encapsulated,
            released_below: self.released_below,
        })
    }
}

fn secret(bytes: &ByteString) -> Option<Secret32> {
    <[u8; 32]>::try_from(bytes.0.as_slice()).ok().map(Secret32::from_bytes)
}
