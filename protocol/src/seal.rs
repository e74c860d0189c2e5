//! The sealed box: AES-256-GCM with a random nonce, suite byte in front, plaintext padded to hide its size.

use crate::random::{Random, RandomUnavailable, make_bytes};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, MAX_TAG_LEN, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

/// Suite byte of a sealed box: AES-256-GCM, 12-byte nonce, 16-byte tag.
pub const SUITE_AES_256_GCM: u8 = 1;

/// Bytes a sealed box adds to its plaintext.
pub const OVERHEAD: usize = 1 + NONCE_LEN + MAX_TAG_LEN;

/// Plaintexts are padded to a multiple of this many bytes.
pub const PADDING: usize = 256;

/// A sealed box that does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Shorter than an empty box, or of another suite.
    #[error("not a sealed box of suite 1")]
    NotABox,
    /// Another key, another place, or altered bytes.
    #[error("the box does not open: wrong key, or its bytes were altered")]
    Refused,
    /// Opened, but the padding is not ours.
    #[error("the opened bytes are not padded as expected")]
    BadPadding,
}

/// Seals `plaintext` under `key`, bound to `aad`.
///
/// # Errors
/// [`RandomUnavailable`] when no nonce could be drawn.
pub fn seal(
    key: &[u8; 32],
    aad: &[u8],
    plaintext: &[u8],
    random: &mut dyn Random,
) -> Result<Vec<u8>, RandomUnavailable> {
    let nonce: [u8; NONCE_LEN] = make_bytes(random)?;
    let mut sealed = Vec::with_capacity(plaintext.len() + OVERHEAD);
    sealed.push(SUITE_AES_256_GCM);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plaintext);
    let body = &mut sealed[1 + NONCE_LEN..];
    let tag = seal_in_place(key, nonce, aad, body)?;
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

/// Opens a sealed box.
///
/// # Errors
/// [`OpenError`] when the bytes are no box, or key, `aad` or bytes are not those of the sealing.
pub fn open(key: &[u8; 32], aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (suite, rest) = sealed.split_first().ok_or(OpenError::NotABox)?;
    if *suite != SUITE_AES_256_GCM || rest.len() < NONCE_LEN + MAX_TAG_LEN {
        return Err(OpenError::NotABox);
    }
    let (nonce, body) = rest.split_at(NONCE_LEN);
    let nonce = <[u8; NONCE_LEN]>::try_from(nonce).map_err(|_| OpenError::NotABox)?;
    open_raw(key, nonce, aad, body)
}

/// Seals with a nonce the caller guarantees to be unique under this key; returns ciphertext and tag.
///
/// # Errors
/// [`RandomUnavailable`] never in practice: ring refuses only plaintexts beyond 64 GiB.
pub fn seal_raw(
    key: &[u8; 32],
    nonce: [u8; 12],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, RandomUnavailable> {
    let mut body = plaintext.to_vec();
    let tag = seal_in_place(key, nonce, aad, &mut body)?;
    body.extend_from_slice(&tag);
    Ok(body)
}

/// Opens ciphertext and tag under an explicit nonce.
///
/// # Errors
/// [`OpenError::Refused`] when key, nonce, `aad` or bytes are not those of the sealing.
pub fn open_raw(
    key: &[u8; 32],
    nonce: [u8; 12],
    aad: &[u8],
    body: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let mut opened = Zeroizing::new(body.to_vec());
    let length = cipher(key)
        .ok_or(OpenError::Refused)?
        .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut opened)
        .map_err(|_| OpenError::Refused)?
        .len();
    opened.truncate(length);
    Ok(opened)
}

/// Adds one byte 80 and zeros up to the next multiple of [`PADDING`] (ISO/IEC 7816-4).
pub fn pad(mut plaintext: Vec<u8>) -> Vec<u8> {
    plaintext.push(0x80);
    plaintext.resize(plaintext.len().next_multiple_of(PADDING), 0);
    plaintext
}

/// Takes the padding off again.
///
/// # Errors
/// [`OpenError::BadPadding`] when the length or the bytes are not what [`pad`] makes.
pub fn unpad(padded: &[u8]) -> Result<&[u8], OpenError> {
    let end = padded.iter().rposition(|byte| *byte != 0).ok_or(OpenError::BadPadding)?;
    let ours = padded.get(end) == Some(&0x80)
        && padded.len().is_multiple_of(PADDING)
        && padded.len() - end <= PADDING;
    if !ours {
        return Err(OpenError::BadPadding);
    }
    padded.get(..end).ok_or(OpenError::BadPadding)
}

fn seal_in_place(
    key: &[u8; 32],
    nonce: [u8; 12],
    aad: &[u8],
    body: &mut [u8],
) -> Result<Vec<u8>, RandomUnavailable> {
    cipher(key)
        .ok_or(RandomUnavailable)?
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), body)
        .map(|tag| tag.as_ref().to_vec())
        .map_err(|_| RandomUnavailable)
}

/// A key that seals many records: taken in once.
pub struct RecordKey(LessSafeKey);

impl RecordKey {
    /// From the key's bytes; `None` when the cipher refuses them.
    pub fn new(key: &[u8; 32]) -> Option<RecordKey> {
        cipher(key).map(RecordKey)
    }

    /// Seals what `out` holds from `start` on, in place, and puts the tag behind it. A nonce may be used once.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when the cipher refuses; `out` is then of no use.
    pub fn seal_end(
        &self,
        nonce: [u8; 12],
        aad: &[u8],
        out: &mut Vec<u8>,
        start: usize,
    ) -> Result<(), RandomUnavailable> {
        let plaintext = out.get_mut(start..).ok_or(RandomUnavailable)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let sealed = self.0.seal_in_place_separate_tag(nonce, Aad::from(aad), plaintext);
        out.extend_from_slice(sealed.map_err(|_| RandomUnavailable)?.as_ref());
        Ok(())
    }
}

impl std::fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecordKey(…)")
    }
}

fn cipher(key: &[u8; 32]) -> Option<LessSafeKey> {
    // A 32-byte key always fits AES-256.
    UnboundKey::new(&AES_256_GCM, key).ok().map(LessSafeKey::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn a_box_opens_with_its_key_and_place_only() {
        let sealed = seal(&[1; 32], b"place", b"words", &mut SeededRandom::new(1)).unwrap();
        assert_eq!(open(&[1; 32], b"place", &sealed).unwrap().as_slice(), b"words");
        assert_eq!(open(&[2; 32], b"place", &sealed), Err(OpenError::Refused));
        assert_eq!(open(&[1; 32], b"other", &sealed), Err(OpenError::Refused));
    }

    #[test]
    fn a_record_key_seals_like_the_key_itself() {
        let mut record = b"head words".to_vec();
        RecordKey::new(&[1; 32]).unwrap().seal_end([7; 12], b"place", &mut record, 5).unwrap();
        assert_eq!(&record[..5], b"head ");
        assert_eq!(record[5..], seal_raw(&[1; 32], [7; 12], b"place", b"words").unwrap());
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        let sealed = seal(&[1; 32], b"", b"words", &mut SeededRandom::new(1)).unwrap();
        for index in 0..sealed.len() {
            let mut flipped = sealed.clone();
            flipped[index] ^= 1;
            assert!(open(&[1; 32], b"", &flipped).is_err(), "byte {index}");
            assert!(open(&[1; 32], b"", &sealed[..index]).is_err(), "cut at {index}");
        }
    }

    #[test]
    fn padding_hides_the_size_and_comes_off() {
        for length in [0, 1, 255, 256, 257, 1000] {
            let plaintext = vec![0x80; length];
            let padded = pad(plaintext.clone());
            assert_eq!(padded.len() % PADDING, 0);
            assert_eq!(unpad(&padded), Ok(&plaintext[..]));
        }
        assert_eq!(unpad(&[]), Err(OpenError::BadPadding));
        assert_eq!(unpad(&[0; 256]), Err(OpenError::BadPadding));
        let mut too_much = pad(Vec::new());
        too_much.resize(512, 0);
        assert_eq!(unpad(&too_much), Err(OpenError::BadPadding));
    }
}
