//! Segments, commitments and manifests: docs/protocol.md §3.

use super::{Format, Verdict, chain, computed, digest, hex, hexes, keys, refused, secret};
use crate::file::{Case, unhex};
use pulsebook_protocol::{
    bytes::{Blinder, Commitment, Digest},
    chunk,
    column::Column,
    commitment::{self, Dek},
    evidence::{EvidenceTree, Notification},
    manifest::{Manifest, Row},
    packed,
    reading::Value as Measured,
    sealed_segment::open_segment,
    segment::Segment,
    tree,
};
use serde_json::{Value, json};

pub(super) const FORMATS: &[Format] = &[
    ("packed-integers", "are *packed integers*", packed_integers),
    ("segment", "Plaintext, a CBOR map", segment),
    ("segment-keys", "each by `Expand(DEK, label, 32)`", segment_keys),
    ("sealed-segment", "Sealed: `01", sealed_segment),
    ("disclosure-root", "**Disclosure root**", disclosure_root),
    ("commitment", "**Commitment**", commitment),
    ("evidence-root", "**Evidence root**", evidence_root),
    ("manifest", "**Manifest** of a block", manifest),
    ("tree-root", "**Leaf hash** of bytes", tree_root),
    ("tree-inclusion", "Inclusion and consistency proofs", tree_inclusion),
    ("tree-consistency", "Inclusion and consistency proofs", tree_consistency),
];

fn packed_integers(case: &Case) -> Verdict {
    let integers = match case.maybe("count") {
        Some(count) => packed::unpack(&case.bytes(), usize::try_from(count.as_u64().unwrap()).unwrap()),
        None => packed::unpack_counted(&case.bytes(), usize::try_from(case.number("limit")).unwrap()),
    };
    Ok(json!({"integers": integers.map_err(refused)?}))
}

fn column(column: &Column) -> Value {
    let runs: Vec<Value> =
        column.runs().iter().map(|run| json!([run.start, run.period_us, run.count])).collect();
    let slots: Vec<Value> = column
        .slots()
        .map(|slot| match slot.value {
            Measured::Number(number) => json!([slot.measured_at, number, slot.quality.bits()]),
            Measured::Absent(reason) => {
                json!([slot.measured_at, {"absent": reason.wire()}, slot.quality.bits()])
            }
        })
        .collect();
    json!({"vital": column.vital().wire(), "clock": column.clock() as u8, "runs": runs, "slots": slots})
}

fn shown(segment: &Segment) -> Value {
    json!({
        "category": segment.category().wire(),
        "from": segment.range().start,
        "to": segment.range().end,
        "origin": segment.origin().wire(),
        "sensor": {"id": segment.sensor().id, "kind": segment.sensor().kind},
        "decoder_version": segment.decoder_version(),
        "evidence_root": segment.evidence_root().to_string(),
        "columns": segment.columns().iter().map(column).collect::<Vec<_>>(),
    })
}

fn segment(case: &Case) -> Verdict {
    Segment::decode(&case.bytes()).map(|segment| shown(&segment)).map_err(refused)
}

fn dek(case: &Case) -> Dek {
    Dek::from_bytes(case.array("dek"))
}

fn segment_keys(case: &Case) -> Verdict {
    let dek = dek(case);
    match case.word("of") {
        "seal-key" => computed(case, dek.seal_key().expose()),
        "key-check" => computed(case, dek.key_check().as_bytes()),
        "blinder" => computed(case, dek.blinder().as_bytes()),
        _ => computed(case, &dek.disclosure_salt(u32::try_from(case.number("index")).unwrap())),
    }
}

fn sealed_segment(case: &Case) -> Verdict {
    let opened = open_segment(&chain(case), &dek(case), &case.bytes()).map_err(refused)?;
    let parts = json!([opened.hash().to_string(), opened.inner().to_string(), opened.blinder().to_string()]);
    let expected = Commitment::from_bytes(case.array("commitment"));
    let verified = opened.verify_commitment(&expected).map_err(refused)?;
    Ok(json!({
        "hash": parts[0], "inner": parts[1], "blinder": parts[2],
        "plaintext": hex(&verified.segment().encode()),
    }))
}

fn disclosure_root(case: &Case) -> Verdict {
    let segment = Segment::decode(&case.hex("segment")).map_err(refused)?;
    computed(case, chunk::disclosure_root(&segment, &dek(case)).as_bytes())?;
    Ok(json!({"chunks": hexes(chunk::chunks(&segment).map(|chunk| chunk.encode()))}))
}

fn commitment(case: &Case) -> Verdict {
    let blinder = Blinder::from_bytes(case.array("blinder"));
    if case.maybe("key_check").is_none() {
        return computed(case, commitment::unused(&blinder).as_bytes());
    }
    let inner = commitment::inner(&digest(case, "key_check"), &digest(case, "disclosure_root"));
    computed(case, commitment::live(&blinder, &inner, &digest(case, "segment_hash")).as_bytes())?;
    Ok(json!({"inner": inner.to_string()}))
}

fn evidence_root(case: &Case) -> Verdict {
    let mut tree = EvidenceTree::new(secret(case, "seed"));
    for fields in case.list("notifications") {
        let small = |index: usize| u16::try_from(fields[index].as_u64().unwrap()).unwrap();
        let (bytes, received_at) = (unhex(&fields[4]), fields[3].as_i64().unwrap());
        let notification = Notification {
            service: small(0),
            characteristic: small(1),
            instance: small(2),
            received_at,
            bytes: &bytes,
        };
        tree.append(&notification);
    }
    computed(case, tree.root().as_bytes())
}

fn manifest(case: &Case) -> Verdict {
    let manifest = Manifest::decode(&case.bytes()).map_err(refused)?;
    let of = |value: &Value| <[u8; 32]>::try_from(unhex(value)).unwrap();
    let commitments: Vec<Commitment> =
        case.list("commitments").iter().map(|value| Commitment::from_bytes(of(value))).collect();
    let hashes: Vec<Option<Digest>> = case
        .list("segment_hashes")
        .iter()
        .map(|value| (!value.is_null()).then(|| Digest::from_bytes(of(value))))
        .collect();
    let (commitments, hashes) = (commitments.try_into().unwrap(), hashes.try_into().unwrap());
    let verified = manifest.verify(case.number("height"), &commitments, &hashes).map_err(refused)?;
    let rows: Vec<Value> = manifest
        .rows()
        .iter()
        .map(|row| match row {
            Row::Live { blinder, inner } => json!([0, blinder.to_string(), inner.to_string()]),
            Row::Unused { blinder } => json!([1, blinder.to_string()]),
            Row::Erased => json!([2]),
        })
        .collect();
    let live: Vec<u8> = verified.live().iter().map(|slot| slot.slot).collect();
    Ok(json!({"height": verified.height(), "rows": rows, "live": live}))
}

fn tree_root(case: &Case) -> Verdict {
    let leaves: Vec<Digest> = case.list("leaves").iter().map(|leaf| tree::leaf_hash(&unhex(leaf))).collect();
    let mut frontier = tree::Frontier::default();
    leaves.iter().for_each(|leaf| frontier.append(*leaf));
    assert_eq!(frontier.root(), tree::root(&leaves));
    computed(case, frontier.root().as_bytes())?;
    Ok(json!({"leaf_hashes": hexes(leaves.iter().map(Digest::as_bytes))}))
}

fn tree_inclusion(case: &Case) -> Verdict {
    let path: Vec<Digest> = keys::list(&case.bytes())?;
    let (leaf, root) = (digest(case, "leaf"), digest(case, "root"));
    let (index, size) = (case.number("index"), case.number("size"));
    tree::verify_inclusion(leaf, index, size, &path, root).map_err(refused)?;
    Ok(json!({"hashes": path.len()}))
}

fn tree_consistency(case: &Case) -> Verdict {
    let path: Vec<Digest> = keys::list(&case.bytes())?;
    let old = (case.number("old_size"), digest(case, "old_root"));
    let new = (case.number("new_size"), digest(case, "new_root"));
    tree::verify_consistency(old, new, &path).map_err(refused)?;
    Ok(json!({"hashes": path.len()}))
}
