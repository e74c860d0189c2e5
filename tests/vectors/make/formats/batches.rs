//! Cases for segments together in one request: docs/protocol.md §8.

use super::{
    cbor::{Cbor, array, int, raw},
    draft::Draft,
    world::World,
};

pub(super) fn drafts(world: &World) -> Vec<Draft> {
    vec![batches(world)]
}

fn upload(number: usize, sealed: &[u8]) -> Cbor {
    let mut commitment = [0x70; 32];
    commitment[..2].copy_from_slice(&(number as u16).to_be_bytes());
    array([commitment.into(), sealed.into()])
}

fn batches(world: &World) -> Draft {
    let mut draft = Draft::new("segment-batch", "Bodies of POST …/segments; the sender's signature stands. A node keeps all of them, or answers with a code and keeps none; what commitments they have shows only an offer. Value: commitments and SHA-256 of the segments.", 8);
    let real: Vec<Cbor> = world.sealed.iter().map(|sealed| array([(*sealed.commitment.as_bytes()).into(), sealed.bytes.clone().into()])).collect();
    let small = [&[1][..], &[0x5a; 29]].concat();
    draft.good("one", "One segment.", array([real[0].clone()]));
    draft.good("four", "Four segments.", array(real.clone()));
    draft.good("other-order", "Commitments in any order.", array(real.iter().rev().cloned()));
    draft.good("same-bytes", "Two commitments of the same bytes.", array([upload(1, &small), upload(2, &small)]));
    draft.good("shortest", "The shortest box there is: one byte and its overhead.", array([upload(1, &small)]));
    draft.good("most", "512 segments.", array((0..512).map(|number| upload(number, &small))));
    let base = array(real.clone());
    let mut bad = |name: &str, why: &str, error: &str, cbor: Cbor| {
        draft.bad(name, why, error, cbor);
    };
    bad("none", "There is no segment.", "1 to 512 segments", array([]));
    bad("too-many", "513 segments.", "1 to 512 segments", array((0..513).map(|number| upload(number, &small))));
    bad("commitment-twice", "A commitment is there twice.", "each commitment once", array([real[0].clone(), real[1].clone(), real[0].clone()]));
    bad("commitment-twice-other-bytes", "A commitment is there twice, with different bytes.", "each commitment once", array([upload(1, &small), upload(1, &[&small[..], &[0]].concat())]));
    bad("empty-segment", "A segment has no bytes.", "not a sealed segment", base.with(&[1, 1], Vec::new()));
    bad("only-overhead", "A box with nothing in it.", "not a sealed segment", array([upload(1, &small[..29])]));
    bad("suite-2", "A segment's box is of suite 2.", "not a sealed segment", array([real[0].clone(), upload(1, &[&[2][..], &small[1..]].concat())]));
    bad("suite-0", "A segment's box is of suite 0.", "not a sealed segment", array([upload(1, &[&[0][..], &small[1..]].concat())]));
    bad("short-commitment", "A commitment has 31 bytes.", "400 malformed", base.with(&[0, 0], [1; 31]));
    bad("long-commitment", "A commitment has 33 bytes.", "400 malformed", base.with(&[0, 0], [1; 33]));
    bad("commitment-as-text", "A commitment is a text.", "400 malformed", base.with(&[0, 0], &*"ab".repeat(16)));
    bad("segment-as-text", "A segment is a text.", "400 malformed", base.with(&[0, 1], "x"));
    bad("segment-null", "A segment is null.", "400 malformed", base.with(&[0, 1], raw(&[0xf6])));
    bad("segment-in-pieces", "A segment has an indefinite length.", "400 malformed", base.with(&[0, 1], raw(&[0x5f, 0x41, 1, 0xff])));
    bad("segment-left-out", "A row has no segment.", "400 malformed", base.without(&[0, 1]));
    bad("row-of-three", "A row has a third part.", "400 malformed", base.with(&[0, 2], int(0)));
    bad("row-as-map", "A row is a map.", "400 malformed", base.with(&[0], Cbor::Map(vec![(int(0), int(1))])));
    bad("rows-not-nested", "Commitment and segment stand in no array of their own.", "400 malformed", real[0].clone());
    let bytes = base.encode();
    let mut bad = |name: &str, why: &str, bytes: Vec<u8>| {
        draft.bad(name, why, "400 malformed", bytes);
    };
    bad("nothing", "There are no bytes.", Vec::new());
    bad("truncated", "The last byte is missing.", bytes[..bytes.len() - 1].to_vec());
    bad("trailing-byte", "A byte follows.", [&bytes[..], &[0]].concat());
    bad("indefinite-array", "The array has an indefinite length.", [&[0x9f], &bytes[1..], &[0xff]].concat());
    bad("long-array-head", "The array's length is not in its shortest form.", [&[0x98, 4], &bytes[1..]].concat());
    bad("tagged", "A tag stands before the array.", [&[0xc1], &bytes[..]].concat());
    draft
}
