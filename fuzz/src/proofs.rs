//! Proofs of one reading and exported records: refused, or about exactly the chunk and the blocks that they show.

use crate::{canonical::assert_canonical, selected, world};
use pulsebook_protocol::{
    bundle::{BundleVerifier, ITEM_LIMIT, head_rest, item_head, item_length},
    chunk::ShownChunk,
    proof::{PROOF_LIMIT, ReadingProof, verify_reading_proof},
    reading::Value,
};

/// Even choices: a whole proof. Odd: the chunk of one.
pub(crate) fn proof(data: &[u8]) {
    let (choice, bytes) = selected(data);
    if choice & 1 == 1 {
        return chunk(bytes);
    }
    if let Ok(proof) = ReadingProof::decode(bytes) {
        assert_canonical(bytes);
        assert!(bytes.len() <= PROOF_LIMIT);
        assert_eq!(proof.encode(), bytes, "a proof has one spelling");
        chunk(&proof.chunk.0);
    }
    let Ok(verified) = verify_reading_proof(bytes, None) else { return };
    let (epoch, _, slot) = verified.place();
    assert!(slot < 8 && verified.epoch().is_some_and(|newest| newest.number() >= epoch));
    assert!(verified.first_root().is_some() && verified.holders().count() > 0, "settled by nobody");
    assert!(verified.chunk().readings().count() > 0, "a proof of nothing");
    let elsewhere = pulsebook_protocol::bytes::ChainId::from_bytes([0; 32]);
    assert!(verify_reading_proof(bytes, Some(&elsewhere)).is_err());
}

fn chunk(bytes: &[u8]) {
    let Ok(chunk) = ShownChunk::decode(bytes) else { return };
    assert_canonical(bytes);
    let mut latest = i64::MIN;
    let mut count = 0;
    for reading in chunk.readings() {
        assert_eq!(reading.vital, chunk.vital());
        assert!(reading.measured_at >= latest, "a chunk goes back in time");
        assert_eq!(reading.value.in_unit(reading.vital).is_some(), matches!(reading.value, Value::Number(_)));
        (latest, count) = (reading.measured_at, count + 1);
    }
    assert!(count <= bytes.len().max(1), "more readings than bytes");
}

/// A file: byte strings one after the other, as `pulsebook verify --bundle` reads them.
pub(crate) fn bundle(data: &[u8]) {
    let mut verifier = BundleVerifier::new(None);
    let mut rest = data;
    let mut items = 0u64;
    while let Some((item, after)) = next(rest) {
        assert!(verifier.limit() <= ITEM_LIMIT);
        if item.len() > verifier.limit() || verifier.take(item).is_err() {
            return;
        }
        (rest, items) = (after, items + 1);
    }
    if !rest.is_empty() {
        return;
    }
    let Ok(verified) = verifier.finish() else { return };
    assert_eq!(
        items,
        1 + verified.blocks + verified.segments,
        "a head, the blocks and their segments, and nothing else"
    );
    assert!(verified.segment_bytes < data.len() as u64);
    let kept = [&verified.certified, &verified.settled];
    assert!(kept.into_iter().flatten().all(|kept| kept.height < verified.blocks && !kept.nodes.is_empty()));
    // The right chain for a record of other keys would be a forgery.
    assert_eq!(verified.chain == world::chain(), verified.first_root == world::key(1).public());
}

fn next(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let head = bytes.get(..1 + head_rest(*bytes.first()?)?)?;
    let length = item_length(head)?;
    assert_eq!(item_head(length), head, "a head has one spelling");
    let end = head.len().checked_add(length)?;
    Some((bytes.get(head.len()..end)?, bytes.get(end..)?))
}
