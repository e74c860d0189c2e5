//! Access entries: a node's signed, chained statement of who read what, permitted or denied.
//!
//! `docs/protocol.md` §7. The entry is durable before the answer leaves the node; the patient's phone collects the
//! chain of them and notices a missing or changed one.

use crate::{
    answer::{Code, UnknownCode},
    bytes::{ChainId, Digest, GrantId},
    cbor::{self, CborError},
    cose::{self, CoseError, Sign1},
    domain,
    hash::sha256,
    key::{PublicKey, SigningKey},
    request_key::RequestKey,
};
use std::{fmt, str::FromStr};

/// Largest access entry, in bytes.
pub const MAX_ENTRY_BYTES: usize = 64 * 1024;

const VERSION: u8 = 1;

/// An access entry that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// Not signed by the node's entry key.
    #[error("the access entry does not verify: {0}")]
    NotSigned(#[from] CoseError),
    /// Signed, but not an entry.
    #[error("the access entry is malformed: {0}")]
    Malformed(#[from] CborError),
    /// Of another version or chain.
    #[error("the access entry is of another version or chain")]
    Elsewhere,
    /// Not the next one.
    #[error(
        "access entry {found} does not follow: expected {expected}, with the hash of the entry before it; the node left one out or changed one"
    )]
    DoesNotFollow {
        /// Sequence number that was expected.
        expected: u64,
        /// Sequence number that came.
        found: u64,
    },
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Served.
    Permit,
    /// Refused, with this answer.
    Deny(Code),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Permit => f.write_str("permit"),
            Outcome::Deny(code) => write!(f, "deny:{code}"),
        }
    }
}

impl FromStr for Outcome {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        if text == "permit" {
            return Ok(Outcome::Permit);
        }
        // Without its prefix nothing is a code, so that the whole text is named in the error.
        let code = text.strip_prefix("deny:").ok_or_else(|| UnknownCode::of(text))?;
        code.parse().map(Outcome::Deny)
    }
}

impl<C> minicbor::Encode<C> for Outcome {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(&self.to_string())?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Outcome {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.str()?.parse().map_err(|_| minicbor::decode::Error::message("not an outcome of this version"))
    }
}

/// One slot that was served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ServedSlot {
    /// Height of its block.
    #[n(0)]
    pub height: u64,
    /// Slot, 0 to 7.
    #[n(1)]
    pub slot: u8,
}

/// The settled note that a node served from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct AsOf {
    /// Its epoch.
    #[n(0)]
    pub epoch: u32,
    /// Its size.
    #[n(1)]
    pub size: u64,
    /// Its root.
    #[n(2)]
    pub root: Digest,
}

/// Who asked for what, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct AccessEntry {
    #[n(0)]
    version: u8,
    /// The record.
    #[n(1)]
    pub chain: ChainId,
    /// Counts from 0 for each chain at each node.
    #[n(2)]
    pub seq: u64,
    /// SHA-256 of the entry before; zero at 0.
    #[n(3)]
    pub previous: Digest,
    /// The node's clock, UTC seconds.
    #[n(4)]
    pub time_s: u64,
    /// The grant that was shown.
    #[n(5)]
    pub grant_id: GrantId,
    /// Whom the grant was given to.
    #[n(6)]
    pub holder: RequestKey,
    /// To whom the holder passed it on, and they; the last of them asked. Empty when no list was shown.
    #[n(7)]
    pub delegates: Vec<RequestKey>,
    /// `read`.
    #[n(8)]
    pub action: String,
    /// What was served.
    #[n(9)]
    pub slots: Vec<ServedSlot>,
    /// Purpose as sent.
    #[n(10)]
    pub purpose: String,
    /// Permitted or denied.
    #[n(11)]
    pub outcome: Outcome,
    /// What it was served from; nothing when there was no settled note.
    #[n(12)]
    pub as_of: Option<AsOf>,
}

/// Who asked, for what: the part of an entry that comes from the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The grant that was shown.
    pub grant_id: GrantId,
    /// Whom the grant was given to.
    pub holder: RequestKey,
    /// To whom the holder passed it on, and they; the last of them asked. Empty when no list was shown.
    pub delegates: Vec<RequestKey>,
    /// `read`.
    pub action: String,
    /// Purpose as sent.
    pub purpose: String,
}

/// Where an entry stands in a node's chain of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryPosition {
    /// Its sequence number.
    pub seq: u64,
    /// SHA-256 of the entry before.
    pub previous: Digest,
}

impl EntryPosition {
    /// The first of a chain at a node.
    pub const FIRST: EntryPosition = EntryPosition { seq: 0, previous: Digest::ZERO };
}

impl AccessEntry {
    /// A denied or empty answer; add slots and note for a served one.
    pub fn new(
        chain: ChainId,
        position: EntryPosition,
        time_s: u64,
        access: Access,
        outcome: Outcome,
    ) -> Self {
        AccessEntry {
            version: VERSION,
            chain,
            seq: position.seq,
            previous: position.previous,
            time_s,
            grant_id: access.grant_id,
            holder: access.holder,
            delegates: access.delegates,
            action: access.action,
            slots: Vec::new(),
            purpose: access.purpose,
            outcome,
            as_of: None,
        }
    }
}

/// Signs an entry with the node's entry key for this chain.
///
/// ```
/// use pulsebook_protocol::{access::*, answer::Code, bytes::*, key::SigningKey, random::SystemRandom};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (entry_key, clinic) = (SigningKey::make(&mut SystemRandom)?, SigningKey::make(&mut SystemRandom)?);
/// let (chain, grant_id) = (ChainId::from_bytes([1; 32]), GrantId::from_bytes([2; 16]));
/// let access = Access {
///     grant_id, holder: clinic.public().into(), delegates: vec![], action: "read".into(), purpose: "TREAT".into(),
/// };
/// let entry = AccessEntry::new(chain, EntryPosition::FIRST, 1_800_000_000, access, Outcome::Deny(Code::Revoked));
/// let signed = sign_access_entry(&entry_key, &entry);
/// let verified = verify_access_entry(&signed, &chain, &entry_key.public(), &EntryPosition::FIRST)?;
/// assert_eq!(verified.entry().outcome.to_string(), "deny:revoked");
/// # Ok(()) }
/// ```
pub fn sign_access_entry(entry_key: &SigningKey, entry: &AccessEntry) -> Vec<u8> {
    cose::sign(entry_key, domain::ACCESS, &cbor::encode(entry))
}

/// An access entry that the node signed, at its place in the chain of entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAccessEntry {
    entry: AccessEntry,
    hash: Digest,
}

impl VerifiedAccessEntry {
    /// What it says.
    pub fn entry(&self) -> &AccessEntry {
        &self.entry
    }

    /// Where the next one goes.
    pub fn next_position(&self) -> EntryPosition {
        EntryPosition { seq: self.entry.seq.saturating_add(1), previous: self.hash }
    }
}

/// Where the entry after these signed bytes goes, for the node that wrote them.
pub fn position_after(seq: u64, signed_entry: &[u8]) -> EntryPosition {
    EntryPosition { seq: seq.saturating_add(1), previous: sha256(&[signed_entry]) }
}

/// Checks an entry: signature, chain, and that it follows the one before.
///
/// # Errors
/// [`AccessError`] says which of these failed.
pub fn verify_access_entry(
    bytes: &[u8],
    chain: &ChainId,
    entry_key: &PublicKey,
    expected: &EntryPosition,
) -> Result<VerifiedAccessEntry, AccessError> {
    let signed = Sign1::parse(bytes, MAX_ENTRY_BYTES)?.verify(domain::ACCESS, entry_key)?;
    let entry: AccessEntry = cbor::decode(signed.payload(), MAX_ENTRY_BYTES)?;
    if entry.version != VERSION || entry.chain != *chain {
        return Err(AccessError::Elsewhere);
    }
    if (entry.seq, entry.previous) != (expected.seq, expected.previous) {
        return Err(AccessError::DoesNotFollow { expected: expected.seq, found: entry.seq });
    }
    Ok(VerifiedAccessEntry { entry, hash: sha256(&[bytes]) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;
    use proptest::prelude::*;

    const CHAIN: ChainId = ChainId::from_bytes([1; 32]);

    fn key(seed: u64) -> SigningKey {
        SigningKey::make(&mut SeededRandom::new(seed)).unwrap()
    }

    fn entry(position: EntryPosition) -> AccessEntry {
        let access = Access {
            grant_id: GrantId::from_bytes([2; 16]),
            holder: key(2).public().into(),
            delegates: vec![key(3).public().into()],
            action: "read".into(),
            purpose: "TREAT".into(),
        };
        let mut entry = AccessEntry::new(CHAIN, position, 1_800_000_000, access, Outcome::Permit);
        entry.slots = vec![ServedSlot { height: 4, slot: 2 }];
        entry.as_of = Some(AsOf { epoch: 1, size: 9, root: Digest::ZERO });
        entry
    }

    fn verify(bytes: &[u8], expected: &EntryPosition) -> Result<VerifiedAccessEntry, AccessError> {
        verify_access_entry(bytes, &CHAIN, &key(1).public(), expected)
    }

    #[test]
    fn a_chain_of_entries_verifies_in_order() {
        let first = sign_access_entry(&key(1), &entry(EntryPosition::FIRST));
        let verified = verify(&first, &EntryPosition::FIRST).unwrap();
        assert_eq!(verified.entry(), &entry(EntryPosition::FIRST));
        assert_eq!(verified.next_position(), position_after(0, &first));
        let second = sign_access_entry(&key(1), &entry(verified.next_position()));
        assert!(verify(&second, &verified.next_position()).is_ok());
    }

    #[test]
    fn a_left_out_or_changed_entry_is_noticed() {
        let position = position_after(0, b"what was there");
        let second = sign_access_entry(&key(1), &entry(position));
        let left_out = Err(AccessError::DoesNotFollow { expected: 0, found: 1 });
        assert_eq!(verify(&second, &EntryPosition::FIRST), left_out);
        let changed = position_after(0, b"what was written later");
        assert!(matches!(verify(&second, &changed), Err(AccessError::DoesNotFollow { .. })));
    }

    #[test]
    fn another_node_purpose_or_chain_is_refused() {
        let signed = sign_access_entry(&key(9), &entry(EntryPosition::FIRST));
        assert!(matches!(verify(&signed, &EntryPosition::FIRST), Err(AccessError::NotSigned(_))));
        let payload = cbor::encode(&entry(EntryPosition::FIRST));
        let signed = cose::sign(&key(1), domain::RELEASE, &payload);
        assert!(matches!(verify(&signed, &EntryPosition::FIRST), Err(AccessError::NotSigned(_))));
        let signed = sign_access_entry(&key(1), &entry(EntryPosition::FIRST));
        let other = ChainId::from_bytes([2; 32]);
        let verified = verify_access_entry(&signed, &other, &key(1).public(), &EntryPosition::FIRST);
        assert_eq!(verified, Err(AccessError::Elsewhere));
    }

    #[test]
    fn outcomes_are_permit_or_deny_with_a_known_code() {
        for code in Code::ALL {
            let outcome = Outcome::Deny(*code);
            assert_eq!(outcome.to_string().parse(), Ok(outcome));
        }
        assert_eq!("permit".parse(), Ok(Outcome::Permit));
        for wrong in ["", "deny", "deny:", "deny:teapot", "revoked", "Permit"] {
            assert!(wrong.parse::<Outcome>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(junk in prop::collection::vec(any::<u8>(), 0..300), cut in 0usize..400) {
            prop_assert!(verify(&junk, &EntryPosition::FIRST).is_err());
            prop_assert!(verify(&cose::sign(&key(1), domain::ACCESS, &junk), &EntryPosition::FIRST).is_err());
            let signed = sign_access_entry(&key(1), &entry(EntryPosition::FIRST));
            prop_assert!(verify(&signed[..cut % signed.len()], &EntryPosition::FIRST).is_err());
        }
    }
}
