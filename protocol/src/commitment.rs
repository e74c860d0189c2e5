//! Commitments: what a block says about a segment without saying anything, and the segment key that all of it comes from.

use crate::{
    bytes::{Blinder, Commitment, Digest},
    domain::{self, Domain},
    hash,
    random::{Random, RandomUnavailable, make_bytes},
    secret::Secret32,
};

/// The data encryption key of one segment; whoever has it reads the segment.
///
/// ```
/// use pulsebook_protocol::commitment::Dek;
/// let dek = Dek::from_bytes([7; 32]);
/// assert_eq!(format!("{dek:?}"), "Dek(Secret32(…))");
/// assert_ne!(dek.disclosure_salt(0), dek.disclosure_salt(1));
/// ```
#[derive(Debug)]
pub struct Dek(Secret32);

impl Dek {
    /// A fresh random key.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when the source cannot deliver.
    pub fn make(random: &mut dyn Random) -> Result<Dek, RandomUnavailable> {
        Secret32::make(random).map(Dek)
    }

    /// Takes the bytes; the caller wipes its own copy.
    pub fn from_bytes(bytes: [u8; 32]) -> Dek {
        Dek(Secret32::from_bytes(bytes))
    }

    /// The bytes, for use in a computation right here.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// A second copy, made on purpose.
    pub fn duplicate(&self) -> Dek {
        Dek(self.0.duplicate())
    }

    /// The AEAD key of the segment.
    pub fn seal_key(&self) -> Secret32 {
        Secret32::from_bytes(self.derive(domain::SEGMENT_SEAL, &[]))
    }

    /// What ties a commitment to this key: a segment cannot be opened to two contents with two keys.
    pub fn key_check(&self) -> Digest {
        Digest::from_bytes(self.derive(domain::KEY_CHECK, &[]))
    }

    /// The blinder of the segment's commitment.
    pub fn blinder(&self) -> Blinder {
        Blinder::from_bytes(self.derive(domain::BLINDER, &[]))
    }

    /// The salt of disclosure chunk `index`.
    pub fn disclosure_salt(&self, index: u32) -> [u8; 32] {
        self.derive(domain::DISCLOSURE_SALT, &[&[0], &index.to_be_bytes()])
    }

    fn derive(&self, label: Domain, rest: &[&[u8]]) -> [u8; 32] {
        let info = [&[label.text().as_bytes()], rest].concat();
        let mut out = [0; 32];
        hash::expand(self.expose(), &info, &mut out);
        out
    }
}

/// The inner hash of a commitment: the key's check value and the disclosure root.
pub fn inner(key_check: &Digest, disclosure_root: &Digest) -> Digest {
    hash::sha256(&[&domain::INNER.prefix(), key_check.as_bytes(), disclosure_root.as_bytes()])
}

/// The commitment of a slot that holds a segment.
pub fn live(blinder: &Blinder, inner: &Digest, segment_hash: &Digest) -> Commitment {
    let content = [&domain::SEGMENT_COMMITMENT.prefix()[..], inner.as_bytes(), segment_hash.as_bytes()];
    Commitment::from_bytes(*hash::hmac(blinder.as_bytes(), &content).as_bytes())
}

/// The commitment of a slot that holds nothing; looks like any other.
pub fn unused(blinder: &Blinder) -> Commitment {
    Commitment::from_bytes(*hash::hmac(blinder.as_bytes(), &[&domain::UNUSED.prefix()]).as_bytes())
}

/// A fresh random blinder for an unused slot.
///
/// # Errors
/// [`RandomUnavailable`] when the source cannot deliver.
pub fn make_blinder(random: &mut dyn Random) -> Result<Blinder, RandomUnavailable> {
    make_bytes(random).map(Blinder::from_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed from docs/protocol.md §3 with another implementation of HKDF and HMAC (Python's hmac and hashlib).
    #[test]
    fn derived_keys_and_commitments_match_an_independent_computation() {
        let dek = Dek::from_bytes([7; 32]);
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
        let root = Digest::from_bytes([9; 32]);
        let inner = inner(&dek.key_check(), &root);
        let found = [
            hex(dek.seal_key().expose()),
            dek.key_check().to_string(),
            dek.blinder().to_string(),
            hex(&dek.disclosure_salt(258)),
            inner.to_string(),
            live(&dek.blinder(), &inner, &Digest::from_bytes([5; 32])).to_string(),
            unused(&Blinder::from_bytes([3; 32])).to_string(),
        ];
        assert_eq!(found, EXPECTED);
    }

    const EXPECTED: [&str; 7] = [
        "e8559c93d05ae979aed8a7b4e1b8f91ab1764fffb6c5f8697f6f4425854fb950",
        "4b1317517fb0b8fe91b3f1d799baceaa8ec5bff08a0ad816fe2f995cab0ea9b1",
        "0fb4c70672cd156450daccb5d9194f3c23f33be00a7ee6dee6d3efa75f414f19",
        "c73de7e5fca83a2e840ca9cd44b37bdf9bbe1acc3506d1113b1977e887d288eb",
        "1e8828e444bb1c92f792acf6207410e6c1191760290a881b27fbebb0373302d1",
        "0c9b2d1c1ea36b81ca17cb0a895dab2e38837df56afb375a7a9245ab70b4f080",
        "b57090abfe8994a138d58826038f9e6969bb62b098ab3958b78a73abb5f23655",
    ];

    #[test]
    fn a_commitment_depends_on_each_of_its_parts() {
        let (blinder, digest) = (Blinder::from_bytes([1; 32]), Digest::from_bytes([2; 32]));
        let commitment = live(&blinder, &digest, &digest);
        assert_ne!(commitment, live(&Blinder::from_bytes([2; 32]), &digest, &digest));
        assert_ne!(commitment, live(&blinder, &Digest::ZERO, &digest));
        assert_ne!(commitment, live(&blinder, &digest, &Digest::ZERO));
        assert_ne!(unused(&blinder), commitment);
    }
}
