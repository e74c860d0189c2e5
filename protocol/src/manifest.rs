//! The manifest of a block: for each of its eight slots what a node needs to check the commitment, and nothing to open it.

use minicbor::{Decode, Decoder, Encode, Encoder};
use thiserror::Error;

use crate::{
    block::SLOTS,
    bytes::{Blinder, Commitment, Digest},
    cbor::{self, CborError},
    commitment,
};

/// The most bytes a manifest may have.
pub const LIMIT: usize = 2 * 1024;

/// What a node is told about one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// The slot holds a segment.
    Live {
        /// The blinder of its commitment.
        blinder: Blinder,
        /// The inner hash of its commitment.
        inner: Digest,
    },
    /// The slot holds nothing.
    Unused {
        /// The random blinder of its commitment.
        blinder: Blinder,
    },
    /// The slot held a segment that an Erase entry named.
    Erased,
}

/// The eight rows of one block.
///
/// ```
/// use pulsebook_protocol::{bytes::Blinder, commitment, manifest::{Manifest, Row}};
/// let blinder = Blinder::from_bytes([1; 32]);
/// let manifest = Manifest::new(0, [Row::Unused { blinder }; 8]);
/// assert_eq!(Manifest::decode(&manifest.encode()), Ok(manifest.clone()));
/// manifest.verify(0, &[commitment::unused(&blinder); 8], &[None; 8])?;
/// # Ok::<(), pulsebook_protocol::manifest::ManifestError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    height: u64,
    rows: [Row; SLOTS],
}

/// A manifest whose every row leads to its block's commitment, with the segments the caller holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedManifest {
    height: u64,
    live: Vec<LiveSlot>,
}

/// A live slot of a verified manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveSlot {
    /// Which of the eight, from 0.
    pub slot: u8,
    /// Its commitment in the block.
    pub commitment: Commitment,
    /// SHA-256 of its sealed segment.
    pub segment_hash: Digest,
}

/// Why a manifest is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ManifestError {
    /// Not the bytes of a manifest.
    #[error("the manifest cannot be read: {0}")]
    Malformed(#[from] CborError),
    /// A version this program does not know.
    #[error("manifest of version {0}; this program reads version 1: update it")]
    Version(u8),
    /// Not eight rows.
    #[error("the manifest has {0} rows, 8 expected")]
    RowCount(usize),
    /// It belongs to another block.
    #[error("the manifest is for height {found}, the block has height {expected}")]
    Height {
        /// The manifest's.
        found: u64,
        /// The block's.
        expected: u64,
    },
    /// The segment of a live slot is not there.
    #[error("slot {0} is live, but its segment is missing: send the segment first")]
    MissingSegment(u8),
    /// A row leads to another commitment than the block's.
    #[error("slot {0} does not lead to the block's commitment")]
    Commitment(u8),
    /// No Erase entry names the slot; this version knows none.
    #[error("slot {0} is marked erased, but no Erase entry names it")]
    Erased(u8),
}

impl Manifest {
    /// The manifest of the block at `height`.
    pub fn new(height: u64, rows: [Row; SLOTS]) -> Manifest {
        Manifest { height, rows }
    }

    /// The height of its block.
    pub fn height(&self) -> u64 {
        self.height
    }

    /// Its rows in slot order.
    pub fn rows(&self) -> &[Row; SLOTS] {
        &self.rows
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(&Wire { version: 1, height: self.height, rows: self.rows.to_vec() })
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// [`ManifestError`] when the bytes are no manifest of version 1 with eight rows.
    pub fn decode(bytes: &[u8]) -> Result<Manifest, ManifestError> {
        let wire: Wire = cbor::decode(bytes, LIMIT)?;
        if wire.version != 1 {
            return Err(ManifestError::Version(wire.version));
        }
        let rows = wire.rows.try_into().map_err(|rows: Vec<Row>| ManifestError::RowCount(rows.len()))?;
        Ok(Manifest { height: wire.height, rows })
    }

    /// Recomputes every commitment of the block at `height`: live slots with the hash of the segment held for them.
    ///
    /// Hashes given for slots that are not live are not looked at.
    ///
    /// # Errors
    /// [`ManifestError`] names the first slot that does not fit.
    pub fn verify(
        &self,
        height: u64,
        commitments: &[Commitment; SLOTS],
        segment_hashes: &[Option<Digest>; SLOTS],
    ) -> Result<VerifiedManifest, ManifestError> {
        if self.height != height {
            return Err(ManifestError::Height { found: self.height, expected: height });
        }
        let mut live = Vec::new();
        for (slot, ((row, expected), hash)) in
            (0u8..).zip(self.rows.iter().zip(commitments).zip(segment_hashes))
        {
            let found = row.commitment(slot, *hash)?;
            if found != *expected {
                return Err(ManifestError::Commitment(slot));
            }
            if let (Row::Live { .. }, Some(segment_hash)) = (row, *hash) {
                live.push(LiveSlot { slot, commitment: found, segment_hash });
            }
        }
        Ok(VerifiedManifest { height, live })
    }
}

impl VerifiedManifest {
    /// The height of its block.
    pub fn height(&self) -> u64 {
        self.height
    }

    /// The slots that hold a segment, ascending.
    pub fn live(&self) -> &[LiveSlot] {
        &self.live
    }
}

impl Row {
    fn commitment(&self, slot: u8, segment_hash: Option<Digest>) -> Result<Commitment, ManifestError> {
        match self {
            Row::Live { blinder, inner } => {
                let hash = segment_hash.ok_or(ManifestError::MissingSegment(slot))?;
                Ok(commitment::live(blinder, inner, &hash))
            }
            Row::Unused { blinder } => Ok(commitment::unused(blinder)),
            Row::Erased => Err(ManifestError::Erased(slot)),
        }
    }
}

#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct Wire {
    #[n(0)]
    version: u8,
    #[n(1)]
    height: u64,
    #[n(2)]
    rows: Vec<Row>,
}

impl<C> Encode<C> for Row {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            Row::Live { blinder, inner } => e.array(3)?.u8(0)?.encode(blinder)?.encode(inner)?.ok(),
            Row::Unused { blinder } => e.array(2)?.u8(1)?.encode(blinder)?.ok(),
            Row::Erased => e.array(1)?.u8(2)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for Row {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Row, minicbor::decode::Error> {
        match (d.array()?, d.u8()?) {
            (Some(3), 0) => Ok(Row::Live { blinder: d.decode()?, inner: d.decode()? }),
            (Some(2), 1) => Ok(Row::Unused { blinder: d.decode()? }),
            (Some(1), 2) => Ok(Row::Erased),
            _ => Err(minicbor::decode::Error::message("not a manifest row")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLINDER: Blinder = Blinder::from_bytes([4; 32]);
    const INNER: Digest = Digest::from_bytes([5; 32]);
    const SEGMENT: Digest = Digest::from_bytes([6; 32]);

    fn sample() -> (Manifest, [Commitment; 8], [Option<Digest>; 8]) {
        let mut rows = [Row::Unused { blinder: BLINDER }; 8];
        let mut commitments = [commitment::unused(&BLINDER); 8];
        let mut hashes = [None; 8];
        rows[2] = Row::Live { blinder: BLINDER, inner: INNER };
        commitments[2] = commitment::live(&BLINDER, &INNER, &SEGMENT);
        hashes[2] = Some(SEGMENT);
        (Manifest::new(9, rows), commitments, hashes)
    }

    #[test]
    fn a_manifest_that_fits_names_its_live_slots() {
        let (manifest, commitments, hashes) = sample();
        let verified = manifest.verify(9, &commitments, &hashes).unwrap();
        let expected = LiveSlot { slot: 2, commitment: commitments[2], segment_hash: SEGMENT };
        assert_eq!((verified.height(), verified.live()), (9, &[expected][..]));
    }

    #[test]
    fn what_does_not_fit_is_refused_by_slot() {
        let (manifest, commitments, mut hashes) = sample();
        let wrong_height = ManifestError::Height { found: 9, expected: 8 };
        assert_eq!(manifest.verify(8, &commitments, &hashes), Err(wrong_height));
        assert_eq!(manifest.verify(9, &commitments, &[None; 8]), Err(ManifestError::MissingSegment(2)));
        hashes[2] = Some(INNER);
        assert_eq!(manifest.verify(9, &commitments, &hashes), Err(ManifestError::Commitment(2)));
        let erased = Manifest::new(9, [Row::Erased; 8]);
        assert_eq!(erased.verify(9, &commitments, &hashes), Err(ManifestError::Erased(0)));
    }

    #[test]
    fn other_bytes_are_refused() {
        let (manifest, ..) = sample();
        let bytes = manifest.encode();
        assert_eq!(Manifest::decode(&bytes), Ok(manifest.clone()));
        let version = cbor::encode(&Wire { version: 2, height: 9, rows: manifest.rows.to_vec() });
        assert_eq!(Manifest::decode(&version), Err(ManifestError::Version(2)));
        let seven = cbor::encode(&Wire { version: 1, height: 9, rows: manifest.rows[1..].to_vec() });
        assert_eq!(Manifest::decode(&seven), Err(ManifestError::RowCount(7)));
        for length in 0..bytes.len() {
            assert!(matches!(Manifest::decode(&bytes[..length]), Err(ManifestError::Malformed(_))));
        }
    }
}
