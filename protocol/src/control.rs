//! Control entries: permissions and orders on the chain, sealed so that only circle nodes read them.

use crate::{
    bytes::{ByteString, ChainId, Digest, GrantId},
    cbor::{self, CborError},
    checkpoint::UnixSeconds,
    domain,
    hash::hmac,
    random::{Random, RandomUnavailable},
    seal::{self, OpenError},
    secret::Secret32,
};
use minicbor::{Decode, Decoder, Encode, Encoder};

/// At most this many entries in a block.
pub const ENTRY_LIMIT: usize = 64;

/// At most this many bytes of entries before padding.
const ENTRIES_LIMIT: usize = 64 * 1024;

/// Entries that are not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// The box does not open under the epoch's control key.
    #[error("the control entries do not open: {0}")]
    Sealed(#[from] OpenError),
    /// Opened, but not entries.
    #[error("malformed control entries: {0}")]
    Malformed(#[from] CborError),
    /// More than [`ENTRY_LIMIT`].
    #[error("{0} control entries in one block, at most 64 expected")]
    TooMany(usize),
    /// The control key is not the one the proposal names.
    #[error("the control key does not match the proposal's check value")]
    WrongKey,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlEntry {
    /// A grant is in force from this block on.
    Grant {
        /// The grant.
        grant_id: GrantId,
        /// SHA-256 of the token's authority block: only this token counts.
        authority: Digest,
        /// The epoch whose consent key minted it.
        mint_epoch: u32,
    },
    /// A grant ends.
    Revoke {
        /// The grant.
        grant_id: GrantId,
        /// When the patient said so.
        time: UnixSeconds,
    },
    /// An erasure order, carried as it is.
    Erase(ByteString),
    /// An acknowledgement of inbox entries, carried as it is.
    InboxAck(ByteString),
}

impl<C> Encode<C> for ControlEntry {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        c: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            ControlEntry::Grant { grant_id, authority, mint_epoch } => {
                e.map(4)?.u8(0)?.u8(1)?.u8(1)?.encode_with(grant_id, c)?;
                e.u8(2)?.encode_with(authority, c)?.u8(3)?.u32(*mint_epoch)?.ok()
            }
            ControlEntry::Revoke { grant_id, time } => {
                e.map(3)?.u8(0)?.u8(2)?.u8(1)?.encode_with(grant_id, c)?.u8(4)?.u64(*time)?.ok()
            }
            ControlEntry::Erase(body) => e.map(2)?.u8(0)?.u8(3)?.u8(5)?.encode_with(body, c)?.ok(),
            ControlEntry::InboxAck(body) => e.map(2)?.u8(0)?.u8(4)?.u8(5)?.encode_with(body, c)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for ControlEntry {
    fn decode(d: &mut Decoder<'b>, c: &mut C) -> Result<Self, minicbor::decode::Error> {
        let refuse = || minicbor::decode::Error::message("unknown kind or shape of control entry");
        let size = d.map()?.ok_or_else(refuse)?;
        let key = |d: &mut Decoder<'b>, expected| match d.u8()? {
            found if found == expected => Ok(()),
            _ => Err(refuse()),
        };
        key(d, 0)?;
        match (d.u8()?, size) {
            (1, 4) => {
                key(d, 1)?;
                let grant_id = GrantId::decode(d, c)?;
                key(d, 2)?;
                let authority = Digest::decode(d, c)?;
                key(d, 3)?;
                Ok(ControlEntry::Grant { grant_id, authority, mint_epoch: d.u32()? })
            }
            (2, 3) => {
                key(d, 1)?;
                let grant_id = GrantId::decode(d, c)?;
                key(d, 4)?;
                Ok(ControlEntry::Revoke { grant_id, time: d.u64()? })
            }
            (kind @ (3 | 4), 2) => {
                key(d, 5)?;
                let body = ByteString::decode(d, c)?;
                Ok(if kind == 3 { ControlEntry::Erase(body) } else { ControlEntry::InboxAck(body) })
            }
            _ => Err(refuse()),
        }
    }
}

/// The value in the proposal by which a node recognises the epoch's control key.
pub fn control_check(control_key: &Secret32, chain: &ChainId, epoch: u32) -> Digest {
    let prefix = domain::CONTROL_CHECK.prefix();
    hmac(control_key.expose(), &[&prefix, chain.as_bytes(), &epoch.to_be_bytes()])
}

/// A control key that matches its proposal's check value.
#[derive(Debug)]
pub struct VerifiedControlKey(Secret32);

impl VerifiedControlKey {
    /// The key.
    pub fn key(&self) -> &Secret32 {
        &self.0
    }
}

/// Checks a control key against the proposal's check value.
///
/// # Errors
/// [`ControlError::WrongKey`] when it is another key.
pub fn verify_control_key(
    control_key: Secret32,
    chain: &ChainId,
    epoch: u32,
    check: &Digest,
) -> Result<VerifiedControlKey, ControlError> {
    if control_check(&control_key, chain, epoch) == *check {
        Ok(VerifiedControlKey(control_key))
    } else {
        Err(ControlError::WrongKey)
    }
}

fn associated_data(chain: &ChainId, epoch: u32, height: u64) -> Vec<u8> {
    let mut aad = domain::CONTROL.prefix();
    aad.extend_from_slice(chain.as_bytes());
    aad.extend_from_slice(&epoch.to_be_bytes());
    aad.extend_from_slice(&height.to_be_bytes());
    aad
}

/// Seals entries for the block at this place.
///
/// # Errors
/// [`RandomUnavailable`] when no nonce could be drawn.
pub fn seal_entries(
    control_key: &Secret32,
    (chain, epoch, height): (&ChainId, u32, u64),
    entries: &[ControlEntry],
    random: &mut dyn Random,
) -> Result<Vec<u8>, RandomUnavailable> {
    let plaintext = seal::pad(cbor::encode(&entries.to_vec()));
    seal::seal(control_key.expose(), &associated_data(chain, epoch, height), &plaintext, random)
}

/// Opens the entries of the block at this place.
///
/// # Errors
/// [`ControlError`] when they do not open, are malformed, of unknown kind, or too many.
pub fn open_entries(
    control_key: &Secret32,
    (chain, epoch, height): (&ChainId, u32, u64),
    sealed: &[u8],
) -> Result<Vec<ControlEntry>, ControlError> {
    let opened = seal::open(control_key.expose(), &associated_data(chain, epoch, height), sealed)?;
    let entries: Vec<ControlEntry> = cbor::decode(seal::unpad(&opened)?, ENTRIES_LIMIT)?;
    if entries.len() > ENTRY_LIMIT {
        return Err(ControlError::TooMany(entries.len()));
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    const CHAIN: ChainId = ChainId::from_bytes([1; 32]);

    fn entries() -> Vec<ControlEntry> {
        let grant_id = GrantId::from_bytes([2; 16]);
        vec![
            ControlEntry::Grant { grant_id, authority: Digest::from_bytes([3; 32]), mint_epoch: 1 },
            ControlEntry::Revoke { grant_id, time: 1_800_000_000 },
            ControlEntry::Erase(ByteString(vec![1, 2])),
            ControlEntry::InboxAck(ByteString(Vec::new())),
        ]
    }

    #[test]
    fn entries_open_at_their_own_place_only() {
        let key = Secret32::from_bytes([9; 32]);
        let sealed = seal_entries(&key, (&CHAIN, 1, 5), &entries(), &mut SeededRandom::new(1)).unwrap();
        assert_eq!((sealed.len() - seal::OVERHEAD) % 256, 0);
        assert_eq!(open_entries(&key, (&CHAIN, 1, 5), &sealed), Ok(entries()));
        assert!(open_entries(&key, (&CHAIN, 1, 6), &sealed).is_err());
        assert!(open_entries(&key, (&CHAIN, 2, 5), &sealed).is_err());
    }

    #[test]
    fn an_unknown_kind_is_refused() {
        let key = Secret32::from_bytes([9; 32]);
        let unknown = seal::pad(vec![0x81, 0xa2, 0x00, 0x09, 0x05, 0x40]);
        let aad = associated_data(&CHAIN, 1, 5);
        let sealed = seal::seal(key.expose(), &aad, &unknown, &mut SeededRandom::new(1)).unwrap();
        assert!(matches!(open_entries(&key, (&CHAIN, 1, 5), &sealed), Err(ControlError::Malformed(_))));
    }

    #[test]
    fn another_control_key_is_noticed() {
        let check = control_check(&Secret32::from_bytes([9; 32]), &CHAIN, 1);
        assert!(verify_control_key(Secret32::from_bytes([9; 32]), &CHAIN, 1, &check).is_ok());
        assert!(verify_control_key(Secret32::from_bytes([8; 32]), &CHAIN, 1, &check).is_err());
        assert!(verify_control_key(Secret32::from_bytes([9; 32]), &CHAIN, 2, &check).is_err());
    }
}
