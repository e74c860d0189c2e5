//! Bodies of requests and answers: one deterministic form, the same bytes again.

use crate::{canonical::assert_canonical, selected};
use pulsebook_protocol::{
    bytes::ByteString,
    cbor,
    owner::{CertificateUpload, Enrol, EpochUpload, HeldBlock, NodeHead, OFFER_LIMIT, Offer, SEGMENTS_LIMIT, SegmentUpload},
    read::{ReadPage, ReadQuery},
};

/// The first byte chooses which body.
pub(crate) fn bodies(data: &[u8]) {
    let (choice, bytes) = selected(data);
    match choice % 8 {
        0 => back::<Enrol>(bytes, 64 * 1024),
        1 => back::<EpochUpload>(bytes, 64 * 1024),
        2 => back::<Offer>(bytes, OFFER_LIMIT),
        3 => back::<CertificateUpload>(bytes, 64 * 1024),
        4 => back::<NodeHead>(bytes, 64 * 1024),
        5 => back::<HeldBlock>(bytes, 128 * 1024),
        6 => back::<Vec<ByteString>>(bytes, 16 << 20),
        _ => back::<Vec<SegmentUpload>>(bytes, SEGMENTS_LIMIT),
    }
}

fn back<T: for<'b> minicbor::Decode<'b, ()> + minicbor::Encode<()>>(bytes: &[u8], limit: usize) {
    let Ok(body) = cbor::decode::<T>(bytes, limit) else { return };
    assert!(bytes.len() <= limit);
    assert_canonical(bytes);
    assert_eq!(cbor::encode(&body), bytes);
}

/// Even choices: a read page. Odd: a query.
pub(crate) fn read_page(data: &[u8]) {
    let (choice, bytes) = selected(data);
    if choice & 1 == 1 {
        if let Ok(query) = ReadQuery::decode_body(bytes) {
            assert_canonical(bytes);
            assert_eq!(query.encode_body(), bytes);
        }
        return;
    }
    let Ok(page) = ReadPage::decode_body(bytes) else { return };
    assert_canonical(bytes);
    assert_eq!(page.encode_body(), bytes);
    let rows: usize = page.releases.iter().map(|release| release.rows.len()).sum();
    assert!(rows <= bytes.len());
}
