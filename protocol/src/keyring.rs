//! The keyring: all segment keys, for the day when only the words are left.
//!
//! `docs/protocol.md` §6. One sealed page for each 30 days, and one index that carries the page keys in an envelope to
//! the recovery key. Nodes hold pages and index and open neither; a new index replaces the old one.

use crate::{
    bytes::{ByteString, ChainId, Commitment, Digest},
    cbor::{self, CborError},
    commitment::Dek,
    cose::{self, CoseError, Sign1},
    domain,
    envelope::{self, EnvelopeError, ReceiveKey, ReceivePublicKey},
    hash::sha256,
    key::{PublicKey, SigningKey},
    random::{Random, RandomUnavailable},
    seal::{self, OpenError},
    secret::Secret32,
};
use zeroize::{Zeroize, Zeroizing};

/// Largest page, in bytes.
pub const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Largest index, in bytes.
pub const MAX_INDEX_BYTES: usize = 64 * 1024;

const VERSION: u8 = 1;
const PAGE_SECONDS: u64 = 30 * 86_400;

/// A page or an index that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// Not signed by the log key.
    #[error("the keyring index does not verify: {0}")]
    NotSigned(#[from] CoseError),
    /// Not the structure expected.
    #[error("the keyring is malformed: {0}")]
    Malformed(#[from] CborError),
    /// Readable, but contradicts itself or its place.
    #[error("the keyring is not valid: {0}")]
    Invalid(&'static str),
    /// The page does not open.
    #[error("the keyring page does not open: {0}")]
    Page(#[from] OpenError),
    /// The index does not open.
    #[error("the keyring index does not open: {0}")]
    Index(#[from] EnvelopeError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
}

/// The page that holds the keys of a block with this time (UTC seconds): days since 1970 ÷ 30.
pub fn page_number(block_time_s: u64) -> u32 {
    u32::try_from(block_time_s / PAGE_SECONDS).unwrap_or(u32::MAX)
}

#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct Page {
    #[n(0)]
    version: u8,
    #[n(1)]
    number: u32,
    #[n(2)]
    keys: Vec<PageKey>,
}

#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct PageKey {
    #[n(0)]
    commitment: Commitment,
    #[n(1)]
    key: KeyBytes,
}

/// 32 secret bytes inside a CBOR structure; wiped with it.
struct KeyBytes(Secret32);

impl<C> minicbor::Encode<C> for KeyBytes {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(self.0.expose())?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for KeyBytes {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = <[u8; 32]>::try_from(d.bytes()?);
        let bytes = bytes.map_err(|_| minicbor::decode::Error::message("a key has 32 bytes"))?;
        Ok(KeyBytes(Secret32::from_bytes(bytes)))
    }
}

fn page_aad(chain: &ChainId, number: u32) -> Vec<u8> {
    let mut aad = domain::KEYRING_PAGE.prefix();
    aad.extend_from_slice(chain.as_bytes());
    aad.extend_from_slice(&number.to_be_bytes());
    aad
}

/// Seals the keys of one page under its page key.
///
/// # Errors
/// [`KeyringError::Random`] without randomness, [`KeyringError::Invalid`] when the page grows over its limit.
pub fn make_keyring_page(
    chain: &ChainId,
    number: u32,
    page_key: &Secret32,
    keys: impl IntoIterator<Item = (Commitment, Dek)>,
    random: &mut dyn Random,
) -> Result<Vec<u8>, KeyringError> {
    let keys = keys
        .into_iter()
        .map(|(commitment, key)| PageKey { commitment, key: KeyBytes(Secret32::from_bytes(*key.expose())) })
        .collect();
    let mut plaintext = cbor::encode(&Page { version: VERSION, number, keys });
    let padded = Zeroizing::new(seal::pad(plaintext.clone()));
    plaintext.zeroize();
    let sealed = seal::seal(page_key.expose(), &page_aad(chain, number), &padded, random)?;
    if sealed.len() > MAX_PAGE_BYTES { Err(KeyringError::Invalid("a page over 4 MiB")) } else { Ok(sealed) }
}

/// Opens a page.
///
/// # Errors
/// [`KeyringError`] when chain, number or key are not the page's, or its bytes were altered.
pub fn open_keyring_page(
    chain: &ChainId,
    number: u32,
    page_key: &Secret32,
    page: &[u8],
) -> Result<Vec<(Commitment, Dek)>, KeyringError> {
    if page.len() > MAX_PAGE_BYTES {
        return Err(CborError::TooLarge { found: page.len(), limit: MAX_PAGE_BYTES }.into());
    }
    let opened = seal::open(page_key.expose(), &page_aad(chain, number), page)?;
    let page: Page = cbor::decode(seal::unpad(&opened)?, MAX_PAGE_BYTES)?;
    if (page.version, page.number) != (VERSION, number) {
        return Err(KeyringError::Invalid("the page is of another version or number"));
    }
    Ok(page.keys.into_iter().map(|row| (row.commitment, Dek::from_bytes(*row.key.0.expose()))).collect())
}

/// One page as the index lists it.
#[derive(Debug)]
pub struct IndexedPage {
    /// Its number.
    pub number: u32,
    /// Its key.
    pub key: Secret32,
    /// SHA-256 of its bytes.
    pub hash: Digest,
}

/// What an index says in the clear.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct KeyringHeader {
    #[n(0)]
    version_of_format: u8,
    /// The record.
    #[n(1)]
    pub chain: ChainId,
    /// Counts upwards with each index; the highest is taken.
    #[n(2)]
    pub version: u64,
    /// Epoch whose log key signed.
    #[n(3)]
    pub epoch: u32,
    /// Height up to which (inclusive) the pages have every key.
    #[n(4)]
    pub height: u64,
    /// SHA-256 of each page, ascending by page number.
    #[n(5)]
    pub pages: Vec<Digest>,
    #[n(6)]
    enc: ByteString,
    #[n(7)]
    ciphertext_hash: Digest,
}

#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct Index {
    #[n(0)]
    header: ByteString,
    #[n(1)]
    ciphertext: ByteString,
}

#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct IndexRow {
    #[n(0)]
    number: u32,
    #[n(1)]
    key: KeyBytes,
}

/// Which index this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexPlace {
    /// The record.
    pub chain: ChainId,
    /// One more than the index before.
    pub version: u64,
    /// The epoch of `log_key`.
    pub epoch: u32,
    /// Height up to which the pages have every key.
    pub height: u64,
}

/// Seals the page keys to the recovery key and signs the index. Pages ascend by number.
///
/// ```
/// use pulsebook_protocol::{bytes::ChainId, key::SigningKey, keyring::*, random::SystemRandom, secret::Secret32, words::RecoveryWords};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (words, log_key) = (RecoveryWords::make(&mut SystemRandom)?, SigningKey::make(&mut SystemRandom)?);
/// let place = IndexPlace { chain: ChainId::from_bytes([1; 32]), version: 1, epoch: 1, height: 9 };
/// let recovery = words.recovery_key();
/// let index = make_keyring_index(&place, &[], &recovery.public(), &log_key, &mut SystemRandom)?;
/// let verified = verify_keyring_index(&index, &place.chain, &log_key.public())?;
/// assert_eq!(verified.header().height, 9);
/// assert!(open_keyring_index(&verified, &recovery)?.is_empty());
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`KeyringError::Invalid`] when pages do not ascend, [`KeyringError::Index`] without randomness.
pub fn make_keyring_index(
    place: &IndexPlace,
    pages: &[IndexedPage],
    recovery: &ReceivePublicKey,
    log_key: &SigningKey,
    random: &mut dyn Random,
) -> Result<Vec<u8>, KeyringError> {
    if !pages.is_sorted_by(|a, b| a.number < b.number) {
        return Err(KeyringError::Invalid("pages do not ascend by number"));
    }
    let row = |page: &IndexedPage| IndexRow { number: page.number, key: KeyBytes(page.key.duplicate()) };
    let plaintext = Zeroizing::new(cbor::encode(&pages.iter().map(row).collect::<Vec<_>>()));
    let (info, aad) = (index_info(&place.chain), index_aad(place.version));
    let (enc, ciphertext) = envelope::seal_to(recovery, &info, &aad, &plaintext, random)?;
    let header = KeyringHeader {
        version_of_format: VERSION,
        chain: place.chain,
        version: place.version,
        epoch: place.epoch,
        height: place.height,
        pages: pages.iter().map(|page| page.hash).collect(),
        enc: enc.into(),
        ciphertext_hash: sha256(&[&ciphertext]),
    };
    let header = cose::sign(log_key, domain::KEYRING, &cbor::encode(&header)).into();
    Ok(cbor::encode(&Index { header, ciphertext: ciphertext.into() }))
}

fn index_info(chain: &ChainId) -> Vec<u8> {
    [&domain::KEYRING_INFO.prefix(), &chain.as_bytes()[..]].concat()
}

fn index_aad(version: u64) -> Vec<u8> {
    [&domain::KEYRING_INDEX.prefix(), &version.to_be_bytes()[..]].concat()
}

/// An index that the log key signed: what a node checks before it keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedKeyringIndex {
    header: KeyringHeader,
    ciphertext: Vec<u8>,
}

impl VerifiedKeyringIndex {
    /// What it says in the clear.
    pub fn header(&self) -> &KeyringHeader {
        &self.header
    }
}

/// Checks an index: signature, chain, and that its ciphertext is the one it names.
///
/// # Errors
/// [`KeyringError`] says which of these failed.
pub fn verify_keyring_index(
    bytes: &[u8],
    chain: &ChainId,
    log_key: &PublicKey,
) -> Result<VerifiedKeyringIndex, KeyringError> {
    let index: Index = cbor::decode(bytes, MAX_INDEX_BYTES)?;
    let signed = Sign1::parse(&index.header.0, MAX_INDEX_BYTES)?.verify(domain::KEYRING, log_key)?;
    let header: KeyringHeader = cbor::decode(signed.payload(), MAX_INDEX_BYTES)?;
    if header.version_of_format != VERSION || header.chain != *chain {
        return Err(KeyringError::Invalid("the index is of another version or chain"));
    }
    if sha256(&[&index.ciphertext.0]) != header.ciphertext_hash {
        return Err(KeyringError::Invalid("the index's ciphertext is not the one its header names"));
    }
    Ok(VerifiedKeyringIndex { header, ciphertext: index.ciphertext.0 })
}

/// Opens an index with the recovery key: every page with its key and hash.
///
/// # Errors
/// [`KeyringError`] when it was sealed to another key, or pages and hashes do not fit together.
pub fn open_keyring_index(
    index: &VerifiedKeyringIndex,
    recovery: &ReceiveKey,
) -> Result<Vec<IndexedPage>, KeyringError> {
    let header = &index.header;
    let (info, aad) = (index_info(&header.chain), index_aad(header.version));
    let opened = envelope::open_from(recovery, &header.enc.0, &info, &aad, &index.ciphertext)?;
    let rows: Vec<IndexRow> = cbor::decode(&opened, MAX_INDEX_BYTES)?;
    if rows.len() != header.pages.len() || !rows.is_sorted_by(|a, b| a.number < b.number) {
        return Err(KeyringError::Invalid("pages and hashes do not fit together"));
    }
    let pages = rows.into_iter().zip(&header.pages);
    Ok(pages.map(|(row, hash)| IndexedPage { number: row.number, key: row.key.0, hash: *hash }).collect())
}

#[cfg(test)]
mod tests;
