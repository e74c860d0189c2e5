//! Releases: the keys of settled segments, sealed to one grantee, in a gap-free chain of signed headers.
//!
//! `docs/protocol.md` §6. The header says in the clear which slots are released (the node serves exactly these); the
//! ciphertext has their keys, which only the grantee opens.

use crate::{
    bytes::{ByteString, CategoryLabel, ChainId, Commitment, Digest, GrantId},
    cbor::{self, CborError},
    commitment::Dek,
    cose::{self, CoseError, Sign1},
    domain,
    hash::{self, sha256},
    key::{PublicKey, SigningKey},
    random::{Random, RandomUnavailable, make_bytes},
    seal,
    secret::Secret32,
};
use zeroize::Zeroizing;

/// Largest header and ciphertext together, in bytes.
pub const MAX_RELEASE_BYTES: usize = 256 * 1024;

/// Most rows of one release.
pub const MAX_ROWS: usize = 1024;

const VERSION: u8 = 1;
const DEK_BYTES: usize = 32;

/// A release that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseError {
    /// Not signed by the log key of its epoch.
    #[error("the release header does not verify: {0}")]
    NotSigned(#[from] CoseError),
    /// Signed, but not a header.
    #[error("the release header is malformed: {0}")]
    Malformed(#[from] CborError),
    /// Signed, and a header that no phone makes.
    #[error("the release header is not valid: {0}")]
    Invalid(&'static str),
    /// Not the next one.
    #[error("release {found} does not follow: expected {expected}, with the hash of the header before it")]
    DoesNotFollow {
        /// Sequence number that was expected.
        expected: u64,
        /// Sequence number that came.
        found: u64,
    },
    /// The ciphertext is not the header's.
    #[error("the release's ciphertext is not the one its header names")]
    WrongCiphertext,
    /// Sealed to another key, or under another header.
    #[error("the release does not open: it was sealed to another key or for other rows")]
    DoesNotOpen,
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
}

/// One released slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ReleaseRow {
    /// The block's commitment in this slot.
    #[n(0)]
    pub commitment: Commitment,
    /// Epoch of the block.
    #[n(1)]
    pub epoch: u32,
    /// Height of the block.
    #[n(2)]
    pub height: u64,
    /// Slot, 0 to 7.
    #[n(3)]
    pub slot: u8,
    /// Category, as this grant names it.
    #[n(4)]
    pub label: CategoryLabel,
}

/// Where the HPKE encapsulation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encapsulation {
    /// In this header: new each epoch and every 30 days.
    Here(Vec<u8>),
    /// In an earlier header of the same grant and epoch, with this sequence number.
    Earlier(u64),
}

/// What a release header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseHeader {
    /// The record.
    pub chain: ChainId,
    /// The grant.
    pub grant_id: GrantId,
    /// The epoch whose log key signed.
    pub epoch: u32,
    /// Counts from 0 for each grant and epoch.
    pub seq: u64,
    /// SHA-256 of the header before; zero at 0.
    pub previous: Digest,
    /// Where the encapsulation is.
    pub encapsulation: Encapsulation,
    /// Released slots.
    pub rows: Vec<ReleaseRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct Payload {
    #[n(0)]
    version: u8,
    #[n(1)]
    chain: ChainId,
    #[n(2)]
    grant_id: GrantId,
    #[n(3)]
    epoch: u32,
    #[n(4)]
    seq: u64,
    #[n(5)]
    previous: Digest,
    #[n(6)]
    enc: Option<ByteString>,
    #[n(7)]
    carried: Option<Carried>,
    #[n(8)]
    random: Digest,
    #[n(9)]
    rows: Vec<ReleaseRow>,
    #[n(10)]
    ciphertext_hash: Option<Digest>,
}

#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct Carried {
    #[n(0)]
    epoch: u32,
    #[n(1)]
    seq: u64,
}

/// A release as it is sent: PUT to the nodes, served to the grantee.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Release {
    /// Header, COSE.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub header: Vec<u8>,
    /// The rows' keys, sealed.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub ciphertext: Vec<u8>,
}

impl Release {
    /// The body of PUT …/releases/….
    pub fn encode_body(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads the body.
    ///
    /// # Errors
    /// [`CborError`] when it is over [`MAX_RELEASE_BYTES`], malformed or not deterministic.
    pub fn decode_body(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::decode(bytes, MAX_RELEASE_BYTES)
    }
}

/// Where the next release of a grant goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleasePosition {
    /// Its sequence number.
    pub seq: u64,
    /// SHA-256 of the header before.
    pub previous: Digest,
}

impl ReleasePosition {
    /// The first of a grant and epoch.
    pub const FIRST: ReleasePosition = ReleasePosition { seq: 0, previous: Digest::ZERO };
}

/// Seals the rows' keys and signs the header. `keys` has one key a row, in their order; `secret` is the exported secret of
/// the encapsulation that the header has or names.
///
/// ```
/// use pulsebook_protocol::{bytes::*, commitment::Dek, envelope::{self, ReceiveKey}, key::SigningKey, random::SystemRandom,
///     release::*};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut random = SystemRandom;
/// let (log_key, clinic) = (SigningKey::make(&mut random)?, ReceiveKey::make(&mut random)?);
/// let (chain, grant_id) = (ChainId::from_bytes([1; 32]), GrantId::from_bytes([2; 16]));
/// let info = envelope::release_info(&chain, &grant_id, &clinic.public());
/// let sent = envelope::make_envelope(&clinic.public(), &info, &mut random)?;
/// let row = ReleaseRow {
///     commitment: Commitment::from_bytes([3; 32]), epoch: 1, height: 9, slot: 0, label: CategoryLabel::from_bytes([4; 8]),
/// };
/// let header = ReleaseHeader {
///     chain, grant_id, epoch: 1, seq: 0, previous: Digest::ZERO,
///     encapsulation: Encapsulation::Here(sent.enc.clone()), rows: vec![row],
/// };
/// let release = make_release(&log_key, header, &[Dek::from_bytes([5; 32])], &sent.secret, &mut random)?;
/// let verified = verify_release_header(&release.header, &log_key.public())?;
/// let secret = envelope::open_envelope(&clinic, &sent.enc, &info)?;
/// let opened = open_release(&verified, &release.ciphertext, &secret)?;
/// assert_eq!((opened[0].0, opened[0].1.expose()), (row, &[5; 32]));
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`ReleaseError::Invalid`] when header and keys do not fit together, [`ReleaseError::Random`] without randomness.
pub fn make_release(
    log_key: &SigningKey,
    header: ReleaseHeader,
    keys: &[Dek],
    secret: &Secret32,
    random: &mut dyn Random,
) -> Result<Release, ReleaseError> {
    check_header(&header)?;
    if keys.len() != header.rows.len() {
        return Err(ReleaseError::Invalid("not one key a row"));
    }
    let mut payload = payload_of(header, Digest::from_bytes(make_bytes(random)?));
    let mut plaintext = Zeroizing::new(Vec::with_capacity(keys.len() * DEK_BYTES));
    for key in keys {
        plaintext.extend_from_slice(key.expose());
    }
    let (key, nonce) = derive_key(&payload, secret);
    let ciphertext = seal::seal_raw(key.expose(), nonce, &[], &plaintext)?;
    payload.ciphertext_hash = Some(sha256(&[&ciphertext]));
    Ok(Release { header: cose::sign(log_key, domain::RELEASE, &cbor::encode(&payload)), ciphertext })
}

fn payload_of(header: ReleaseHeader, random: Digest) -> Payload {
    let (enc, carried) = match header.encapsulation {
        Encapsulation::Here(enc) => (Some(ByteString(enc)), None),
        Encapsulation::Earlier(seq) => (None, Some(Carried { epoch: header.epoch, seq })),
    };
    Payload {
        version: VERSION,
        chain: header.chain,
        grant_id: header.grant_id,
        epoch: header.epoch,
        seq: header.seq,
        previous: header.previous,
        enc,
        carried,
        random,
        rows: header.rows,
        ciphertext_hash: None,
    }
}

/// Key and nonce: `Expand(secret, D(release-key) ‖ SHA-256(payload without field 10), 44)`.
fn derive_key(payload: &Payload, secret: &Secret32) -> (Secret32, [u8; 12]) {
    let bare = cbor::encode(&Payload { ciphertext_hash: None, ..payload.clone() });
    let mut output = Zeroizing::new([0; 44]);
    hash::expand(
        secret.expose(),
        &[&domain::RELEASE_KEY.prefix(), sha256(&[&bare]).as_bytes()],
        output.as_mut(),
    );
    let (mut key, mut nonce) = (Zeroizing::new([0; 32]), [0; 12]);
    key.copy_from_slice(&output[..32]);
    nonce.copy_from_slice(&output[32..]);
    (Secret32::from_bytes(*key), nonce)
}

fn check_header(header: &ReleaseHeader) -> Result<(), ReleaseError> {
    let invalid = |what| Err(ReleaseError::Invalid(what));
    if header.rows.is_empty() || header.rows.len() > MAX_ROWS {
        return invalid("expected 1 to 1,024 rows");
    }
    if header.rows.iter().any(|row| row.slot > 7 || row.epoch > header.epoch) {
        return invalid("a row names a slot over 7 or a later epoch");
    }
    if (header.seq == 0) != (header.previous == Digest::ZERO) {
        return invalid("the first release has no header before it, and every other has one");
    }
    match header.encapsulation {
        Encapsulation::Earlier(seq) if seq >= header.seq => {
            invalid("its encapsulation is not in an earlier header")
        }
        _ => Ok(()),
    }
}

/// A release header that the log key signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedReleaseHeader {
    header: ReleaseHeader,
    payload: Payload,
    ciphertext_hash: Digest,
    hash: Digest,
}

/// Checks a header's signature and what it says by itself; [`VerifiedReleaseHeader::check_follows`] checks its place.
///
/// # Errors
/// [`ReleaseError`] when it is not signed by `log_key`, malformed or contradicts itself.
pub fn verify_release_header(
    bytes: &[u8],
    log_key: &PublicKey,
) -> Result<VerifiedReleaseHeader, ReleaseError> {
    let signed = Sign1::parse(bytes, MAX_RELEASE_BYTES)?.verify(domain::RELEASE, log_key)?;
    let payload: Payload = cbor::decode(signed.payload(), MAX_RELEASE_BYTES)?;
    let encapsulation = match (&payload.enc, &payload.carried) {
        (Some(enc), None) => Encapsulation::Here(enc.0.clone()),
        (None, Some(carried)) if carried.epoch == payload.epoch => Encapsulation::Earlier(carried.seq),
        _ => return Err(ReleaseError::Invalid("it has not exactly one encapsulation of its own epoch")),
    };
    let header = ReleaseHeader {
        chain: payload.chain,
        grant_id: payload.grant_id,
        epoch: payload.epoch,
        seq: payload.seq,
        previous: payload.previous,
        encapsulation,
        rows: payload.rows.clone(),
    };
    check_header(&header)?;
    let ciphertext_hash = payload.ciphertext_hash.ok_or(ReleaseError::Invalid("it names no ciphertext"))?;
    if payload.version != VERSION {
        return Err(ReleaseError::Invalid("not version 1"));
    }
    Ok(VerifiedReleaseHeader { header, payload, ciphertext_hash, hash: sha256(&[bytes]) })
}

impl VerifiedReleaseHeader {
    /// What it says.
    pub fn header(&self) -> &ReleaseHeader {
        &self.header
    }

    /// SHA-256 of its COSE bytes.
    pub fn hash(&self) -> Digest {
        self.hash
    }

    /// Where the release after this one goes.
    pub fn next_position(&self) -> ReleasePosition {
        ReleasePosition { seq: self.header.seq.saturating_add(1), previous: self.hash }
    }

    /// Checks that this is the release expected at `position`: no gap, no other header before it.
    ///
    /// # Errors
    /// [`ReleaseError::DoesNotFollow`].
    pub fn check_follows(&self, position: &ReleasePosition) -> Result<(), ReleaseError> {
        if (self.header.seq, self.header.previous) == (position.seq, position.previous) {
            return Ok(());
        }
        Err(ReleaseError::DoesNotFollow { expected: position.seq, found: self.header.seq })
    }

    /// Checks that these are the bytes the header names: all that a node can check.
    ///
    /// # Errors
    /// [`ReleaseError::WrongCiphertext`].
    pub fn check_ciphertext(&self, ciphertext: &[u8]) -> Result<(), ReleaseError> {
        let expected_length = self.header.rows.len() * DEK_BYTES + ring::aead::MAX_TAG_LEN;
        if ciphertext.len() != expected_length || sha256(&[ciphertext]) != self.ciphertext_hash {
            return Err(ReleaseError::WrongCiphertext);
        }
        Ok(())
    }
}

/// Opens a release with the secret exported from its encapsulation: each row with its segment's key.
///
/// # Errors
/// [`ReleaseError::WrongCiphertext`] or [`ReleaseError::DoesNotOpen`].
pub fn open_release(
    header: &VerifiedReleaseHeader,
    ciphertext: &[u8],
    secret: &Secret32,
) -> Result<Vec<(ReleaseRow, Dek)>, ReleaseError> {
    header.check_ciphertext(ciphertext)?;
    let (key, nonce) = derive_key(&header.payload, secret);
    let plaintext =
        seal::open_raw(key.expose(), nonce, &[], ciphertext).map_err(|_| ReleaseError::DoesNotOpen)?;
    let (keys, rest) = plaintext.as_chunks::<DEK_BYTES>();
    if keys.len() != header.header.rows.len() || !rest.is_empty() {
        return Err(ReleaseError::DoesNotOpen);
    }
    let rows = header.header.rows.iter().copied();
    Ok(rows.zip(keys.iter().map(|key| Dek::from_bytes(*key))).collect())
}

#[cfg(test)]
mod tests;
