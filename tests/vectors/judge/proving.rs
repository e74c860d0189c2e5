//! Proofs of one reading and bundles: docs/protocol.md §11 and §12.

use super::{Format, Verdict, hex, refused};
use crate::file::Case;
use pulsebook_protocol::{
    bundle::{BundleVerifier, Kept, head_rest, item_length},
    bytes::ChainId,
    proof::verify_reading_proof,
    reading::{Reading, Value as Measured},
};
use serde_json::{Value, json};

pub(super) const FORMATS: &[Format] = &[
    ("proof", "A **proof of one reading** lets", proof),
    ("bundle", "A **bundle** is a CBOR sequence", bundle),
];

fn expected(case: &Case) -> Option<ChainId> {
    case.maybe("chain").map(|_| super::chain(case))
}

fn proof(case: &Case) -> Verdict {
    let verified = verify_reading_proof(&case.bytes(), expected(case).as_ref()).map_err(refused)?;
    let (chunk, (epoch, height, slot)) = (verified.chunk(), verified.place());
    let reading = |reading: Reading| match reading.value {
        Measured::Number(number) => json!([reading.measured_at, number, reading.quality.bits()]),
        Measured::Absent(why) => json!([reading.measured_at, {"absent": why.wire()}, reading.quality.bits()]),
    };
    Ok(json!({
        "chain": hex(verified.chain().as_bytes()),
        "first_root": verified.first_root().map(|root| root.to_string()),
        "epoch": epoch, "height": height, "slot": slot,
        "vital": chunk.vital().wire(), "origin": chunk.origin().wire(),
        "sensor": {"id": chunk.sensor().id, "kind": chunk.sensor().kind},
        "decoder_version": chunk.decoder_version(),
        "readings": chunk.readings().map(reading).collect::<Vec<_>>(),
        "holders": verified.holders().map(|(label, time)| json!([hex(label.as_bytes()), time])).collect::<Vec<_>>(),
        "existed_by": verified.existed_by(),
    }))
}

/// The items of a sequence of byte strings.
fn items(bytes: &[u8]) -> Result<Vec<&[u8]>, String> {
    let (mut items, mut rest) = (Vec::new(), bytes);
    while let Some(first) = rest.first() {
        let head = 1 + head_rest(*first).ok_or("frame: no byte string")?;
        let length = rest.get(..head).and_then(item_length).ok_or("frame: not the shortest head")?;
        items.push(rest.get(head..head + length).ok_or("frame: cut off")?);
        rest = &rest[head + length..];
    }
    Ok(items)
}

fn bundle(case: &Case) -> Verdict {
    let bytes = case.bytes();
    let mut verifier = BundleVerifier::new(expected(case));
    for item in items(&bytes)? {
        if item.len() > verifier.limit() {
            return Err("frame: too large".into());
        }
        verifier.take(item).map_err(refused)?;
    }
    let verified = verifier.finish().map_err(refused)?;
    let kept = |kept: &Kept| -> Value {
        let nodes: Vec<Value> =
            kept.nodes.iter().map(|(label, time)| json!([hex(label.as_bytes()), time])).collect();
        json!({"height": kept.height, "nodes": nodes, "existed_by": kept.existed_by})
    };
    Ok(json!({
        "chain": hex(verified.chain.as_bytes()), "first_root": verified.first_root.to_string(),
        "epoch": verified.epoch, "blocks": verified.blocks,
        "segments": verified.segments, "segment_bytes": verified.segment_bytes, "readings": verified.readings,
        "certified": verified.certified.as_ref().map(kept), "settled": verified.settled.as_ref().map(kept),
    }))
}
