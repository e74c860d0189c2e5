//! The bodies of a grantee's read: what is asked, and the page of releases, blocks, proofs and segments that answers.
//!
//! `docs/protocol.md` §8. Bytes only: what they prove is checked by whoever reads them.

use crate::{
    bytes::{ByteString, CategoryLabel, Digest},
    cbor::{self, CborError},
};
use minicbor::{Decode, Encode};

/// Largest query, in bytes.
pub const MAX_QUERY_BYTES: usize = 64 * 1024;

/// Largest page that a client reads, in bytes: the most it can ask for, and room for one more segment and its proofs.
pub const MAX_PAGE_BYTES: usize = 16 * 1024 * 1024;

/// A place among a grant's releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct ReadPosition {
    /// Epoch of the release.
    #[n(0)]
    pub epoch: u32,
    /// Its sequence number.
    #[n(1)]
    pub seq: u64,
    /// Row inside it.
    #[n(2)]
    pub row: u32,
}

/// What a grantee asks for.
///
/// ```
/// use pulsebook_protocol::{bytes::CategoryLabel, read::ReadQuery};
/// let labels = vec![CategoryLabel::from_bytes([1; 8])];
/// let query = ReadQuery { after: None, labels, most_bytes: 1 << 20, with_proofs: true };
/// assert_eq!(ReadQuery::decode_body(&query.encode_body()), Ok(query));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReadQuery {
    /// Where the page before ended (its `next`); nothing for the first page.
    #[n(0)]
    pub after: Option<ReadPosition>,
    /// Labels wanted.
    #[n(1)]
    pub labels: Vec<CategoryLabel>,
    /// About how many bytes the page may have; a page has at least one row, however large.
    #[n(2)]
    pub most_bytes: u32,
    /// Whether epochs, notes and directory are wanted.
    #[n(3)]
    pub with_proofs: bool,
}

/// How one epoch begins: its first block and the note that settled its hand-over.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReadEpoch {
    /// First block.
    #[n(0)]
    pub first_block: ByteString,
    /// Hand-over note text; for epoch 0 the base note of epoch 1.
    #[n(1)]
    pub note: String,
    /// Inclusion proof of the base's last block under the base's checkpoint; empty for epoch 0.
    #[n(2)]
    pub base_path: Vec<Digest>,
}

/// One released slot in a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadRow {
    /// Served.
    Served(ServedRow),
    /// Not for this token, or not asked for: never sent.
    Withheld {
        /// Row in its release.
        row: u32,
    },
}

impl ReadRow {
    /// Which row of its release it is.
    pub fn row(&self) -> u32 {
        match self {
            ReadRow::Served(served) => served.row,
            ReadRow::Withheld { row } => *row,
        }
    }
}

/// A served slot: its block, the block's proof, the sealed segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedRow {
    /// Row in its release.
    pub row: u32,
    /// Block with the row's commitment.
    pub block: Vec<u8>,
    /// Inclusion proof of the block.
    pub proof: Vec<Digest>,
    /// Sealed segment.
    pub segment: Vec<u8>,
}

/// Both kinds of row as they are written.
#[derive(Encode, Decode)]
#[cbor(map)]
struct RowBytes {
    #[n(0)]
    row: u32,
    #[n(1)]
    block: Option<ByteString>,
    #[n(2)]
    proof: Option<Vec<Digest>>,
    #[n(3)]
    segment: Option<ByteString>,
    #[n(4)]
    withheld: Option<u8>,
}

impl<C> Encode<C> for ReadRow {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            ReadRow::Withheld { row } => e.map(2)?.u8(0)?.u32(*row)?.u8(4)?.u8(1)?.ok(),
            ReadRow::Served(served) => {
                e.map(4)?.u8(0)?.u32(served.row)?.u8(1)?.bytes(&served.block)?;
                e.u8(2)?.encode(&served.proof)?.u8(3)?.bytes(&served.segment)?.ok()
            }
        }
    }
}

impl<'b, C> Decode<'b, C> for ReadRow {
    fn decode(d: &mut minicbor::Decoder<'b>, c: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = RowBytes::decode(d, c)?;
        match (bytes.block, bytes.proof, bytes.segment, bytes.withheld) {
            (Some(block), Some(proof), Some(segment), None) => {
                let (block, segment) = (block.0, segment.0);
                Ok(ReadRow::Served(ServedRow { row: bytes.row, block, proof, segment }))
            }
            (None, None, None, Some(1)) => Ok(ReadRow::Withheld { row: bytes.row }),
            _ => Err(minicbor::decode::Error::message("a row is either served or withheld")),
        }
    }
}

/// One release in a page: header, ciphertext, and the rows from where the page begins.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReadRelease {
    /// Header, COSE.
    #[n(0)]
    pub header: ByteString,
    /// The rows' keys, sealed.
    #[n(1)]
    pub ciphertext: ByteString,
    /// Rows, ascending.
    #[n(2)]
    pub rows: Vec<ReadRow>,
}

/// What a node answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReadPage {
    /// One an epoch, ascending; only when proofs were asked for.
    #[n(0)]
    pub epochs: Option<Vec<ReadEpoch>>,
    /// Settled note text of the newest epoch; nothing when nothing is settled yet.
    #[n(1)]
    pub note: Option<String>,
    /// Directory, COSE; only when proofs were asked for.
    #[n(2)]
    pub directory: Option<ByteString>,
    /// Releases in order of epoch and sequence number.
    #[n(3)]
    pub releases: Vec<ReadRelease>,
    /// Where to continue; nothing at the end.
    #[n(4)]
    pub next: Option<ReadPosition>,
    /// First sequence number that this node lacks, when releases after it exist.
    #[n(5)]
    pub missing_seq: Option<u64>,
}

impl ReadQuery {
    /// The body of POST …/read.
    pub fn encode_body(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads the body.
    ///
    /// # Errors
    /// [`CborError`] when it is too large, malformed or not deterministic.
    pub fn decode_body(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::decode(bytes, MAX_QUERY_BYTES)
    }
}

impl ReadPage {
    /// The body of the answer.
    pub fn encode_body(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads the body.
    ///
    /// # Errors
    /// [`CborError`] when it is too large, malformed or not deterministic.
    pub fn decode_body(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::decode(bytes, MAX_PAGE_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page() -> ReadPage {
        let served =
            ServedRow { row: 0, block: vec![1; 5], proof: vec![Digest::ZERO], segment: vec![2; 300] };
        let rows = vec![ReadRow::Served(served), ReadRow::Withheld { row: 1 }];
        let release = ReadRelease { header: vec![3].into(), ciphertext: vec![4].into(), rows };
        ReadPage {
            epochs: Some(vec![ReadEpoch {
                first_block: vec![5].into(),
                note: "note\n".into(),
                base_path: vec![],
            }]),
            note: Some("settled\n".into()),
            directory: Some(vec![6].into()),
            releases: vec![release],
            next: Some(ReadPosition { epoch: 1, seq: 2, row: 3 }),
            missing_seq: Some(7),
        }
    }

    #[test]
    fn pages_and_queries_come_back() {
        assert_eq!(ReadPage::decode_body(&page().encode_body()), Ok(page()));
        assert_eq!(ReadPage::decode_body(&ReadPage::default().encode_body()), Ok(ReadPage::default()));
        assert_eq!(ReadPage::default().encode_body(), [0xa1, 0x03, 0x80]);
    }

    #[test]
    fn a_withheld_row_is_seven_bytes_at_most_and_carries_nothing() {
        assert_eq!(cbor::encode(&ReadRow::Withheld { row: 1 }), [0xa2, 0x00, 0x01, 0x04, 0x01]);
        let with_segment = [0xa3, 0x00, 0x01, 0x03, 0x41, 0x09, 0x04, 0x01];
        let neither = [0xa1, 0x00, 0x01];
        let withheld_two = [0xa2, 0x00, 0x01, 0x04, 0x02];
        for bytes in [&with_segment[..], &neither, &withheld_two] {
            assert!(cbor::decode::<ReadRow>(bytes, 100).is_err());
        }
    }

    #[test]
    fn no_cut_is_read() {
        let bytes = page().encode_body();
        for cut in 0..bytes.len() {
            assert!(ReadPage::decode_body(&bytes[..cut]).is_err());
        }
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(mut junk in prop::collection::vec(any::<u8>(), 1..300), place in 0usize..1000) {
            let _ = (ReadPage::decode_body(&junk), ReadQuery::decode_body(&junk));
            let mut changed = page().encode_body();
            let place = place % changed.len();
            std::mem::swap(&mut changed[place], &mut junk[0]);
            if let Ok(read) = ReadPage::decode_body(&changed) {
                prop_assert_eq!(read.encode_body(), changed);
            }
        }
    }
}
