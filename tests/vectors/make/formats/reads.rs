//! Cases for the body of a grantee's read and for the page that answers: docs/protocol.md §8.

use super::{
    bodies::{map, same},
    cbor::{Cbor, array, int, raw},
    draft::Draft,
    world::World,
};

pub(super) fn drafts(world: &World) -> Vec<Draft> {
    vec![read_queries(), read_pages(world)]
}

fn read_queries() -> Draft {
    let mut draft = Draft::new("read-query", "Bodies of POST …/read: after which [epoch, seq, row] (null for the first page), labels wanted, about how many bytes, and whether proofs are wanted.", 8);
    let after = |epoch: u64, seq: u64, row: u64| array([epoch, seq, row].map(Cbor::Unsigned));
    let labels = |count: usize| array((0..count).map(|number| Cbor::from([(number & 0xff) as u8; 8])));
    let query = |after: Option<Cbor>, wanted: usize, most: u64, proofs: bool| {
        let rest = [(1, labels(wanted)), (2, most.into()), (3, raw(&[0xf4 + u8::from(proofs)]))];
        map(after.map(|after| (0, after)).into_iter().chain(rest).collect())
    };
    let base = query(Some(after(1, 2, 3)), 2, 1 << 20, true);
    draft.good("next-page", "It continues where the page before ended.", base.clone());
    draft.good("first-page", "Nothing was read before: field 0 is left out.", query(None, 1, 1 << 20, true));
    draft.good("without-proofs", "Epochs, note and directory are known already.", query(Some(after(0, 0, 0)), 1, 4 << 20, false));
    draft.good("no-labels", "No label is wanted.", query(None, 0, 0, false));
    draft.good("same-label-twice", "A label may be asked for twice.", base.with(&[1, 1], [0; 8]));
    draft.good("largest-numbers", "The largest number of every width.", query(Some(after(u32::MAX.into(), u64::MAX, u32::MAX.into())), 10, u32::MAX.into(), true));
    // 14 bytes of heads and numbers around 7,280 labels of nine bytes.
    draft.good("largest", "As many labels as 64 KiB hold.", query(Some(after(1, 0, 0)), 7_280, 1, true));
    draft.bad("too-large", "It has more than 64 KiB.", "at most 65536", query(Some(after(1, 0, 0)), 7_281, 1, true));
    draft.map_shapes(&base, &same);
    draft.missing_fields(&base, &[1, 2, 3], &same);
    let mut bad = |name: &str, why: &str, cbor: Cbor| {
        draft.bad(name, why, "CBOR", cbor);
    };
    bad("after-null", "after is null instead of left out.", base.with(&[0], raw(&[0xf6])));
    bad("after-of-two", "after has no row.", base.without(&[0, 2]));
    bad("after-of-four", "after has a fourth number.", base.with(&[0, 3], 0));
    bad("after-as-map", "after is a map.", base.with(&[0], map(vec![(0, int(1)), (1, int(2)), (2, int(3))])));
    bad("epoch-over-32-bits", "after names an epoch of 33 bits.", base.with(&[0, 0], 1u64 << 32));
    bad("row-over-32-bits", "after names a row of 33 bits.", base.with(&[0, 2], 1u64 << 32));
    bad("seq-negative", "after names a negative sequence number.", base.with(&[0, 1], int(-1)));
    bad("label-of-seven-bytes", "A label has seven bytes.", base.with(&[1, 0], [1u8; 7]));
    bad("label-of-nine-bytes", "A label has nine bytes.", base.with(&[1, 0], [1u8; 9]));
    bad("label-as-text", "A label is a text.", base.with(&[1, 0], "12345678"));
    bad("label-as-category", "A category's number stands for its label.", base.with(&[1, 0], 1));
    bad("label-alone", "One label comes without its array.", base.with(&[1], [1u8; 8]));
    bad("most-bytes-over-32-bits", "most bytes has 33 bits.", base.with(&[2], 1u64 << 32));
    bad("most-bytes-as-text", "most bytes is a text.", base.with(&[2], "1048576"));
    bad("proofs-as-number", "with proofs is 1 instead of true.", base.with(&[3], 1));
    bad("proofs-null", "with proofs is null.", base.with(&[3], raw(&[0xf6])));
    draft
}

fn read_pages(world: &World) -> Draft {
    let mut draft = Draft::new("read-page", "Answers of POST …/read. What the parts say is in history, settled-note, directory, release, block, tree-inclusion and sealed-segment.", 8);
    let served = map(vec![(0, int(0)), (1, world.blocks[1].to_bytes().into()), (2, array([[1u8; 32].into()])), (3, world.sealed[3].bytes.clone().into())]);
    let withheld = map(vec![(0, int(1)), (4, int(1))]);
    let release = map(vec![(0, vec![1u8; 40].into()), (1, vec![2u8; 48].into()), (2, array([served.clone(), withheld.clone()]))]);
    let epoch = map(vec![(0, world.blocks[0].to_bytes().into()), (1, Cbor::Text(world.base_note.clone())), (2, array([]))]);
    let next = array([int(1), int(0), int(1)]);
    let note = Cbor::Text(world.note(2, &[0, 1, 2], &[0, 1, 2]).to_string());
    let base = map(vec![(0, array([epoch])), (1, note.clone()), (2, vec![3u8; 20].into()), (3, array([release.clone()])), (4, next), (5, int(7))]);
    draft.good("everything", "Every field is there.", base.clone());
    draft.good("without-proofs", "Proofs were not asked for.", map(vec![(1, note.clone()), (3, array([release.clone()]))]));
    draft.good("nothing-settled", "Nothing is settled or released.", map(vec![(3, array([]))]));
    draft.good("all-withheld", "A release of which nothing may be shown.", map(vec![(1, note), (3, array([release.with(&[2], array([withheld.clone()]))]))]));
    draft.good("no-rows", "A release without rows on this page.", base.with(&[3, 0, 2], array([])));
    draft.map_shapes(&base, &same);
    draft.missing_fields(&base, &[3], &same);
    draft.bad("row-both", "A row is served and withheld.", "CBOR", base.with(&[3, 0, 2, 0, 4], 1));
    draft.bad("row-neither", "A row is neither.", "CBOR", base.without(&[3, 0, 2, 1, 4]));
    draft.bad("row-withheld-0", "withheld is 0.", "CBOR", base.with(&[3, 0, 2, 1, 4], 0));
    draft.bad("row-without-segment", "A served row has no segment.", "CBOR", base.without(&[3, 0, 2, 0, 3]));
    draft.bad("row-without-proof", "A served row has no proof.", "CBOR", base.without(&[3, 0, 2, 0, 2]));
    draft.bad("row-without-block", "A served row has no block.", "CBOR", base.without(&[3, 0, 2, 0, 1]));
    draft.bad("row-without-index", "A row has no index.", "CBOR", base.without(&[3, 0, 2, 0, 0]));
    draft.bad("release-without-ciphertext", "A release has no ciphertext.", "CBOR", base.without(&[3, 0, 1]));
    draft.bad("short-hash", "A hash of a proof has 31 bytes.", "CBOR", base.with(&[3, 0, 2, 0, 2, 0], [1; 31]));
    draft.bad("epochs-null", "The epochs are null instead of left out.", "CBOR", base.with(&[0], raw(&[0xf6])));
    draft.bad("note-as-bytes", "The note is bytes.", "CBOR", base.with(&[1], &b"note"[..]));
    draft.bad("next-of-two", "next has no row.", "CBOR", base.without(&[4, 2]));
    draft.bad("next-null", "next is null instead of left out.", "CBOR", base.with(&[4], raw(&[0xf6])));
    draft
}
