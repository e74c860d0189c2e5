//! Sealing a segment under its key and opening it again, checked against the commitment of its block.

use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    bytes::{Blinder, ChainId, Commitment, Digest},
    chunk,
    commitment::{self, Dek},
    domain, hash,
    random::{Random, RandomUnavailable},
    seal::{self, OpenError},
    segment::{LIMIT, Segment, SegmentError},
};

/// A sealed segment with what its manifest row and block slot say about it.
///
/// ```
/// # use pulsebook_protocol::{bytes::{ChainId, Digest}, commitment::Dek, quality::Quality, random::SystemRandom,
/// #     reading::{Origin, Reading, Value}, segment::{SegmentBuilder, Sensor}, vital::{Category, Vital}};
/// use pulsebook_protocol::sealed_segment::{open_segment, seal_segment};
/// # let sensor = Sensor { id: "t-1".into(), kind: "thermometer".into() };
/// # let mut builder = SegmentBuilder::new(Category::Temperature, 0..10, Origin::Manual, sensor, 1, Digest::ZERO);
/// # builder.push(Reading { vital: Vital::BodyTemperature, measured_at: 5, value: Value::Number(3710), quality: Quality::GOOD })?;
/// # let segment = builder.finish()?;
/// # let chain = ChainId::from_bytes([1; 32]);
/// let dek = Dek::make(&mut SystemRandom)?;
/// let sealed = seal_segment(&chain, &dek, &segment, &mut SystemRandom)?;
/// let opened = open_segment(&chain, &dek, &sealed.bytes)?;
/// assert_eq!(opened.verify_commitment(&sealed.commitment)?.segment(), &segment);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSegment {
    /// What is stored and sent.
    pub bytes: Vec<u8>,
    /// SHA-256 of the bytes.
    pub hash: Digest,
    /// The inner hash, for the manifest.
    pub inner: Digest,
    /// The blinder, for the manifest.
    pub blinder: Blinder,
    /// The commitment, for the block.
    pub commitment: Commitment,
}

/// A segment that opened with its key; which block it belongs to is not yet checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedSegment {
    segment: Segment,
    hash: Digest,
    inner: Digest,
    blinder: Blinder,
}

/// A segment that is the very one a commitment speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedSegment {
    segment: Segment,
    commitment: Commitment,
}

/// Why a segment was not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SealError {
    /// No nonce could be drawn.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
    /// Over the limit.
    #[error("the sealed segment would have {0} bytes, at most 4 MiB are allowed: cover less time")]
    TooLarge(usize),
}

/// Why a sealed segment was not opened.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OpenSegmentError {
    /// Over the limit.
    #[error("the segment has {0} bytes, at most 4 MiB are allowed")]
    TooLarge(usize),
    /// Wrong key or chain, or altered bytes.
    #[error("the segment does not open: {0}")]
    Sealed(#[from] OpenError),
    /// It opened, but breaks a rule.
    #[error(transparent)]
    Content(#[from] SegmentError),
}

/// The segment is not the one the block commits to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the segment leads to commitment {found}, the block has {expected}: do not rely on it")]
pub struct WrongCommitment {
    /// Where the segment leads.
    pub found: Commitment,
    /// What the block has.
    pub expected: Commitment,
}

/// Seals a segment for a chain.
///
/// # Errors
/// [`SealError`] when no nonce can be drawn or the segment is over its limit.
pub fn seal_segment(
    chain: &ChainId,
    dek: &Dek,
    segment: &Segment,
    random: &mut dyn Random,
) -> Result<SealedSegment, SealError> {
    let plaintext = Zeroizing::new(seal::pad(segment.encode()));
    let size = plaintext.len() + seal::OVERHEAD;
    if size > LIMIT {
        return Err(SealError::TooLarge(size));
    }
    let bytes = seal::seal(dek.seal_key().expose(), &place(chain), &plaintext, random)?;
    let (hash, inner, blinder) = names(dek, segment, &bytes);
    Ok(SealedSegment { bytes, hash, inner, blinder, commitment: commitment::live(&blinder, &inner, &hash) })
}

/// Opens a sealed segment and recomputes its disclosure root.
///
/// # Errors
/// [`OpenSegmentError`] when the key is another, the bytes were altered, or the content breaks a rule.
pub fn open_segment(chain: &ChainId, dek: &Dek, bytes: &[u8]) -> Result<OpenedSegment, OpenSegmentError> {
    if bytes.len() > LIMIT {
        return Err(OpenSegmentError::TooLarge(bytes.len()));
    }
    let padded = seal::open(dek.seal_key().expose(), &place(chain), bytes)?;
    let segment = Segment::decode(seal::unpad(&padded)?)?;
    let (hash, inner, blinder) = names(dek, &segment, bytes);
    Ok(OpenedSegment { segment, hash, inner, blinder })
}

fn place(chain: &ChainId) -> Vec<u8> {
    [&domain::SEGMENT.prefix()[..], chain.as_bytes()].concat()
}

fn names(dek: &Dek, segment: &Segment, bytes: &[u8]) -> (Digest, Digest, Blinder) {
    let root = chunk::disclosure_root(segment, dek);
    (hash::sha256(&[bytes]), commitment::inner(&dek.key_check(), &root), dek.blinder())
}

impl OpenedSegment {
    /// The commitment this segment leads to.
    pub fn commitment(&self) -> Commitment {
        commitment::live(&self.blinder, &self.inner, &self.hash)
    }

    /// SHA-256 of the sealed bytes.
    pub fn hash(&self) -> Digest {
        self.hash
    }

    /// The inner hash, recomputed from the content.
    pub fn inner(&self) -> Digest {
        self.inner
    }

    /// The blinder.
    pub fn blinder(&self) -> Blinder {
        self.blinder
    }

    /// Checks that this is the segment that `expected` commits to, and hands it out.
    ///
    /// # Errors
    /// [`WrongCommitment`] when it is another.
    pub fn verify_commitment(self, expected: &Commitment) -> Result<VerifiedSegment, WrongCommitment> {
        let found = self.commitment();
        if found != *expected {
            return Err(WrongCommitment { found, expected: *expected });
        }
        Ok(VerifiedSegment { segment: self.segment, commitment: found })
    }
}

impl VerifiedSegment {
    /// The content.
    pub fn segment(&self) -> &Segment {
        &self.segment
    }

    /// What the block says about it.
    pub fn commitment(&self) -> Commitment {
        self.commitment
    }

    /// The content, taken out.
    pub fn into_segment(self) -> Segment {
        self.segment
    }
}

#[cfg(test)]
mod tests;
