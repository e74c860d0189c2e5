//! Queries and pages of a grantee's read.

use crate::{digest, octets, only_whole};
use proptest::{collection::vec, option, prelude::*};
use pulsebook_protocol::{
    bytes::CategoryLabel,
    read::{ReadEpoch, ReadPage, ReadPosition, ReadQuery, ReadRelease, ReadRow, ServedRow},
};

fn position() -> impl Strategy<Value = ReadPosition> {
    any::<(u32, u64, u32)>().prop_map(|(epoch, seq, row)| ReadPosition { epoch, seq, row })
}

fn query() -> impl Strategy<Value = ReadQuery> {
    let labels = vec(any::<[u8; 8]>().prop_map(CategoryLabel::from_bytes), 0..12);
    (option::of(position()), labels, any::<u32>(), any::<bool>()).prop_map(
        |(after, labels, most_bytes, with_proofs)| ReadQuery { after, labels, most_bytes, with_proofs },
    )
}

fn row() -> impl Strategy<Value = ReadRow> {
    let served = (any::<u32>(), octets(100), vec(digest(), 0..5), octets(300));
    prop_oneof![
        any::<u32>().prop_map(|row| ReadRow::Withheld { row }),
        served.prop_map(|(row, block, proof, segment)| {
            ReadRow::Served(ServedRow { row, block: block.0, proof, segment: segment.0 })
        }),
    ]
}

fn epoch() -> impl Strategy<Value = ReadEpoch> {
    (octets(200), "\\PC{0,100}", vec(digest(), 0..5)).prop_map(|(first_block, note, base_path)| ReadEpoch {
        first_block,
        note,
        base_path,
    })
}

fn page() -> impl Strategy<Value = ReadPage> {
    let release = (octets(200), octets(100), vec(row(), 0..5))
        .prop_map(|(header, ciphertext, rows)| ReadRelease { header, ciphertext, rows });
    let proofs = (option::of(vec(epoch(), 0..3)), option::of("\\PC{0,100}"), option::of(octets(200)));
    (proofs, vec(release, 0..4), option::of(position()), option::of(any::<u64>())).prop_map(
        |((epochs, note, directory), releases, next, missing_seq)| ReadPage {
            epochs,
            note,
            directory,
            releases,
            next,
            missing_seq,
        },
    )
}

proptest! {
    #[test]
    fn queries_come_back(query in query(), cut: prop::sample::Index) {
        let bytes = query.encode_body();
        let read = ReadQuery::decode_body(&bytes).unwrap();
        prop_assert_eq!(&read, &query);
        prop_assert_eq!(read.encode_body(), bytes.clone());
        only_whole(&bytes, cut, |bytes| ReadQuery::decode_body(bytes).ok());
    }

    #[test]
    fn pages_come_back(page in page(), cut: prop::sample::Index) {
        let bytes = page.encode_body();
        let read = ReadPage::decode_body(&bytes).unwrap();
        prop_assert_eq!(&read, &page);
        prop_assert_eq!(read.encode_body(), bytes.clone());
        only_whole(&bytes, cut, |bytes| ReadPage::decode_body(bytes).ok());
    }
}
