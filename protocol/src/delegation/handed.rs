//! The keys that a holder hands on: what it opened itself, sealed to the delegate's receive key.
//!
//! Releases are sealed to the holder's receive key. A delegate opens what the holder could open when it passed the grant
//! on, and nothing that is released later (docs/adr/0005).

use crate::{
    bytes::{ChainId, Commitment, GrantId},
    cbor,
    commitment::Dek,
    envelope::{self, EnvelopeError, ReceiveKey, ReceivePublicKey},
    hash::sha256,
    random::Random,
};
use std::{collections::BTreeMap, fmt};
use zeroize::{Zeroize, Zeroizing};

/// Most bytes of the sealed keys: 32,000 segments.
pub(super) const MAX_HANDED_BYTES: usize = 3 * 1024 * 1024;

/// Handed keys that are not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandedError {
    /// More than a file carries.
    #[error("{0} segments are more than one file hands on: pass on fewer categories")]
    TooMany(usize),
    /// Sealed to another key or beside another list.
    #[error("the handed keys do not open: {0}")]
    Sealed(#[from] EnvelopeError),
    /// Opened, and no list of keys.
    #[error("the handed keys opened, but are no list of keys")]
    Malformed,
}

/// Segment keys as they are handed on: encapsulated key and ciphertext.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct HandedKeys {
    #[cbor(n(0), with = "minicbor::bytes")]
    enc: Vec<u8>,
    #[cbor(n(1), with = "minicbor::bytes")]
    ciphertext: Vec<u8>,
}

#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct Row {
    #[n(0)]
    commitment: Commitment,
    #[n(1)]
    key: Bytes32,
}

/// 32 secret bytes as a byte string.
struct Bytes32([u8; 32]);

impl Drop for Bytes32 {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<C> minicbor::Encode<C> for Bytes32 {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Bytes32 {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = d.bytes()?.try_into();
        bytes.map(Bytes32).map_err(|_| minicbor::decode::Error::message("a key has 32 bytes"))
    }
}

impl HandedKeys {
    /// As it stands in a grant file.
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads it: at most 3 MiB.
    ///
    /// # Errors
    /// [`cbor::CborError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, cbor::CborError> {
        cbor::decode(bytes, MAX_HANDED_BYTES)
    }
}

/// For whom and beside which list keys are handed on.
#[derive(Clone, Copy)]
pub struct HandedFor<'a> {
    /// The record.
    pub chain: &'a ChainId,
    /// The grant.
    pub grant_id: &'a GrantId,
    /// The whole list, its newest link last, as [`super::encode_list`] writes it.
    pub list: &'a [u8],
}

impl fmt::Debug for HandedFor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HandedFor({})", self.grant_id)
    }
}

/// Seals keys to a delegate, bound to the grant and to the list that makes it one.
///
/// # Errors
/// [`HandedError::TooMany`], or [`HandedError::Sealed`] without randomness.
pub fn seal_handed(
    to: &ReceivePublicKey,
    what: HandedFor<'_>,
    keys: &BTreeMap<Commitment, Dek>,
    random: &mut dyn Random,
) -> Result<HandedKeys, HandedError> {
    let row =
        |(commitment, key): (&Commitment, &Dek)| Row { commitment: *commitment, key: Bytes32(*key.expose()) };
    let plaintext = Zeroizing::new(cbor::encode(&keys.iter().map(row).collect::<Vec<_>>()));
    if plaintext.len() > MAX_HANDED_BYTES - 2048 {
        return Err(HandedError::TooMany(keys.len()));
    }
    let info = envelope::handed_info(what.chain, what.grant_id, to);
    let (enc, ciphertext) =
        envelope::seal_to(to, &info, sha256(&[what.list]).as_bytes(), &plaintext, random)?;
    Ok(HandedKeys { enc, ciphertext })
}

/// Opens handed keys with the delegate's receive key.
///
/// # Errors
/// [`HandedError::Sealed`] or [`HandedError::Malformed`].
pub fn open_handed(
    key: &ReceiveKey,
    what: HandedFor<'_>,
    handed: &HandedKeys,
) -> Result<BTreeMap<Commitment, Dek>, HandedError> {
    let info = envelope::handed_info(what.chain, what.grant_id, &key.public());
    let aad = sha256(&[what.list]);
    let plaintext = envelope::open_from(key, &handed.enc, &info, aad.as_bytes(), &handed.ciphertext)?;
    let rows: Vec<Row> = cbor::decode(&plaintext, MAX_HANDED_BYTES).map_err(|_| HandedError::Malformed)?;
    let ascending = rows.iter().zip(rows.iter().skip(1)).all(|(one, next)| one.commitment < next.commitment);
    if !ascending {
        return Err(HandedError::Malformed);
    }
    let dek = |row: Row| (row.commitment, Dek::from_bytes(row.key.0));
    Ok(rows.into_iter().map(dek).collect())
}
