//! Cases for bundles: docs/protocol.md §12.

use super::{
    cbor::{Cbor, array, raw},
    draft::Draft,
    world::{START_S, World, blinder, chain, dek, key, note_over},
};
use pulsebook_protocol::{
    block::Block,
    bundle::{BundleBlock, BundleHead, BundleKey, item},
    bytes::{ByteString, ChainId},
    manifest::{Manifest, Row},
    note::Note,
    sealed_segment::SealedSegment,
};

pub(super) fn drafts() -> Vec<Draft> {
    vec![bundles(&World::new())]
}

type Items = Vec<Vec<u8>>;

fn join(items: &Items) -> Vec<u8> {
    items.iter().flat_map(|bytes| item(bytes)).collect()
}

/// Which segments a block holds, by place in the world.
fn held(height: usize) -> &'static [usize] {
    [&[][..], &[0], &[], &[1, 2, 3]][height]
}

fn manifest(height: usize, sealed: &[&SealedSegment]) -> Manifest {
    let mut rows = [0, 1, 2, 3, 4, 5, 6, 7].map(|slot| Row::Unused { blinder: blinder(slot) });
    for (row, sealed) in rows.iter_mut().zip(sealed) {
        *row = Row::Live { blinder: sealed.blinder, inner: sealed.inner };
    }
    Manifest::new(height as u64, rows)
}

fn block_item(world: &World, height: usize, note: Option<&Note>, with_keys: bool) -> Vec<u8> {
    let sealed: Vec<&SealedSegment> = held(height).iter().map(|index| &world.sealed[*index]).collect();
    let keys = (0u8..).zip(held(height)).map(|(slot, index)| BundleKey::new(slot, &dek(70 + *index as u8)));
    let shown = BundleBlock {
        block: ByteString(world.blocks[height].to_bytes()),
        manifest: ByteString(manifest(height, &sealed).encode()),
        note: note.map(ToString::to_string),
        keys: with_keys.then(|| keys.collect()),
    };
    without_head(&shown.to_item())
}

fn without_head(bytes: &[u8]) -> Vec<u8> {
    let head = 1 + pulsebook_protocol::bundle::head_rest(bytes[0]).unwrap();
    bytes[head..].to_vec()
}

/// The first blocks of the world with these notes.
fn items(world: &World, notes: &[Option<Note>], with_keys: bool) -> Items {
    let head = BundleHead::new(world.chain, notes.len() as u64, with_keys);
    let mut items = vec![without_head(&head.to_item())];
    for (height, note) in notes.iter().enumerate() {
        items.push(block_item(world, height, note.as_ref(), with_keys));
        items.extend(held(height).iter().map(|index| world.sealed[*index].bytes.clone()));
    }
    items
}

/// Items: head, block 0, block 1, its segment, block 2, block 3, its three segments.
const BLOCK_1: usize = 2;
const SEGMENT: usize = 3;
const BLOCK_2: usize = 4;
const BLOCK_3: usize = 5;

fn notes(world: &World) -> Vec<Option<Note>> {
    let (three, others) = ([0, 1, 2], [1, 2, 3]);
    vec![None, None, Some(world.note(1, &three, &three)), Some(world.note(2, &three, &others))]
}

fn bundles(world: &World) -> Draft {
    let what = "Whole bundles. Context, when there is one: the chain that is expected.";
    let mut draft = Draft::new("bundle", what, 12);
    good(&mut draft, world);
    draft.set_hex("chain", world.chain.as_bytes());
    bad_frames(&mut draft, world);
    bad_blocks(&mut draft, world);
    bad_segments(&mut draft, world);
    bad_notes(&mut draft, world);
    bad_keys(&mut draft, world);
    draft
}

fn good(draft: &mut Draft, world: &World) {
    let all = [0, 1, 2, 3];
    let base = note_over(&world.blocks[..2], 0).sign(&key(10)).unwrap();
    let mut good = |name: &str, why: &str, items: Items| {
        draft.good(name, why, join(&items));
    };
    good("sealed", "Four blocks of two epochs, settled, without keys.", items(world, &notes(world), false));
    good("with-keys", "The same with the keys.", items(world, &notes(world), true));
    let mut more = notes(world);
    more[1] = Some(base.clone());
    more[2] = Some(world.note(1, &all, &all));
    good("more-notes", "Notes that are not needed may stand there.", items(world, &more, false));
    let first = note_over(&world.blocks[..1], 0).sign(&key(10)).unwrap();
    good("first-block", "A record of one block.", items(world, &[Some(first)], false));
    good("epoch-0", "A record that has no circle.", items(world, &[None, Some(base)], true));
    let mut certified = notes(world);
    certified[3] = Some(world.note(2, &[0, 1, 2], &[1, 2]));
    good(
        "certified",
        "The last block is certified, the one before it settled.",
        items(world, &certified, false),
    );
    let signed = vec![None, None, None, Some(world.note(2, &[], &[]))];
    good("signed-only", "No quorum has seen epoch 1.", items(world, &signed, false));
}

fn bad_frames(draft: &mut Draft, world: &World) {
    let all = items(world, &notes(world), false);
    let bytes = join(&all);
    let head = Cbor::parse(&all[0]);
    let with_head = |head: Cbor| join(&[&[head.encode()], &all[1..]].concat());
    let mut bad = |name: &str, why: &str, error: &str, bytes: Vec<u8>| {
        draft.bad(name, why, error, bytes);
    };
    bad("empty", "There are no bytes.", "ends here", Vec::new());
    bad("head-only", "Nothing follows after the head.", "ends here", join(&all[..1].to_vec()));
    bad("cut", "The last byte is missing.", "frame", bytes[..bytes.len() - 1].to_vec());
    bad("trailing-byte", "A byte follows.", "frame", [&bytes[..], &[0]].concat());
    let long = [&[0x59, 0, all[0].len() as u8], &all[0][..], &join(&all[1..].to_vec())].concat();
    bad("long-frame", "A byte string's length is not written in its shortest form.", "frame", long);
    let open = [&[0x5f], &bytes[..], &[0xff]].concat();
    bad("indefinite-frame", "The byte strings are one of indefinite length.", "frame", open);
    bad(
        "bare-head",
        "The head is no byte string.",
        "frame",
        [&all[0][..], &join(&all[1..].to_vec())].concat(),
    );
    bad("version-2", "The version is 2.", "version", with_head(head.with(&[0], 2u64)));
    bad("head-unknown-key", "The head has a key 4.", "CBOR", with_head(head.with(&[4], 0u64)));
    bad(
        "head-trailing",
        "A byte follows in the head.",
        "CBOR",
        join(&[&[[&all[0][..], &[0]].concat()], &all[1..]].concat()),
    );
    bad("keys-2", "Keys are announced with 2.", "version", with_head(head.with(&[3], 2u64)));
    bad("one-block-less", "The head has one block less.", "more follows", with_head(head.with(&[2], 3u64)));
    bad("one-block-more", "The head has one block more.", "ends here", with_head(head.with(&[2], 5u64)));
    bad("no-blocks", "The head has no blocks.", "more follows", with_head(head.with(&[2], 0u64)));
    bad("other-chain", "The head is of another chain.", "expected", with_head(head.with(&[1], [0; 32])));
    bad("head-twice", "The head comes twice.", "block 0: the file cannot be read", join(&[&all[..1], &all[..]].concat()));
    draft.unset("chain");
    draft.bad(
        "other-chain-inside",
        "The blocks are of another chain than the head.",
        "follow",
        with_head(head.with(&[1], [0; 32])),
    );
    draft.set_hex("chain", world.chain.as_bytes());
    draft.bad_in(
        ("chain", "00".repeat(32)),
        "other-chain-expected",
        "Another chain is expected.",
        "expected",
        bytes,
    );
}

/// The items with one replaced.
fn replaced(items: &Items, place: usize, bytes: Vec<u8>) -> Vec<u8> {
    let mut copy = items.clone();
    copy[place] = bytes;
    join(&copy)
}

fn bad_blocks(draft: &mut Draft, world: &World) {
    let all = items(world, &notes(world), false);
    let mut bad = |name: &str, why: &str, error: &str, bytes: Vec<u8>| {
        draft.bad(name, why, error, bytes);
    };
    let shown = Cbor::parse(&all[BLOCK_3]);
    let with = |block: &Block| replaced(&all, BLOCK_3, shown.with(&[0], block.to_bytes()).encode());
    let change = |change: fn(&mut Block)| {
        let mut block = world.blocks[3].clone();
        change(&mut block);
        with(&block)
    };
    bad(
        "other-prev",
        "A block names another block before it.",
        "follow",
        change(|block| block.prev = block.leaf()),
    );
    bad("height-left-out", "A height is left out.", "follow", change(|block| block.height = 4));
    bad(
        "foreign-block",
        "A block is of another chain.",
        "follow",
        change(|block| block.chain = ChainId::from_bytes([1; 32])),
    );
    bad("earlier-epoch", "A block goes back an epoch.", "certificate", change(|block| block.epoch = 0));
    bad(
        "epoch-without-certificate",
        "An epoch begins without certificate.",
        "certificate",
        change(|block| block.epoch = 2),
    );
    let changed = change(|block| block.time += 3600);
    bad("time-changed", "The last block has another time: no note is over it.", "root", changed);
    let mut first = world.blocks[3].clone();
    first.certificate = world.blocks[2].certificate.clone();
    bad("certificate-again", "A certificate stands in a second block.", "certificate", with(&first));
    let missing = [&all[..BLOCK_2], &all[BLOCK_3..]].concat();
    bad("block-missing", "A block is missing.", "follow", join(&missing));
    let twice = [&all[..BLOCK_3], &all[BLOCK_2..]].concat();
    bad("block-twice", "A block comes twice.", "follow", join(&twice));
    let early = replaced(&all, 1, all[BLOCK_2].clone());
    bad("epoch-0-missing", "The record begins with epoch 1.", "follow", early);
    let unknown = replaced(&all, BLOCK_3, shown.with(&[4], 0u64).encode());
    bad("unknown-key", "The item of a block has a key 4.", "CBOR", unknown);
    let none = replaced(&all, BLOCK_3, shown.without(&[1]).encode());
    bad("no-manifest", "The manifest is left out.", "CBOR", none);
}

fn bad_segments(draft: &mut Draft, world: &World) {
    let all = items(world, &notes(world), false);
    let mut bad = |name: &str, why: &str, error: &str, bytes: Vec<u8>| {
        draft.bad(name, why, error, bytes);
    };
    let mut flipped = all[SEGMENT].clone();
    flipped[40] ^= 1;
    bad("segment-flipped", "One bit of a segment is flipped.", "slot 0", replaced(&all, SEGMENT, flipped));
    let mut swapped = all.clone();
    swapped.swap(BLOCK_3 + 1, BLOCK_3 + 2);
    bad("segments-swapped", "Two segments have changed places.", "slot 0", join(&swapped));
    let mut missing = all.clone();
    missing.remove(SEGMENT);
    bad("segment-missing", "A segment is missing.", "slot 0", join(&missing));
    bad(
        "last-segment-missing",
        "The last segment is missing.",
        "ends here",
        join(&all[..all.len() - 1].to_vec()),
    );
    let more = [&all[..=SEGMENT], &all[SEGMENT..]].concat();
    bad("segment-twice", "A segment comes twice.", "block 2: the file cannot be read", join(&more));
    let shown = Cbor::parse(&all[BLOCK_1]);
    let rows = Cbor::parse(&shown.bytes_at(&[1]));
    let with = |rows: Cbor| replaced(&all, BLOCK_1, shown.with(&[1], rows.encode()).encode());
    bad(
        "manifest-of-other-height",
        "The manifest is of another height.",
        "height",
        with(rows.with(&[1], 2u64)),
    );
    bad(
        "manifest-blinder",
        "A blinder of the manifest is flipped.",
        "slot 0",
        with(rows.flipped(&[2, 0, 1])),
    );
    bad(
        "manifest-unused-blinder",
        "The blinder of an unused slot is flipped.",
        "slot 7",
        with(rows.flipped(&[2, 7, 1])),
    );
    let erased = with(rows.with(&[2, 5], array([2u64.into()])));
    bad("erased-row", "A row is erased while no Erase is known.", "erased", erased);
    let unused = with(rows.with(&[2, 0], rows.at(&[2, 1]).clone()));
    bad("live-as-unused", "A live slot is passed off as unused.", "lead to the block's commitment", unused);
    bad("seven-rows", "The manifest has seven rows.", "rows", with(rows.without(&[2, 7])));
}

fn bad_notes(draft: &mut Draft, world: &World) {
    let of = |at: usize, note: Option<Note>| {
        let mut all = notes(world);
        all[at] = note;
        join(&items(world, &all, false))
    };
    let three = [0, 1, 2];
    let mut bad = |name: &str, why: &str, error: &str, bytes: Vec<u8>| {
        draft.bad(name, why, error, bytes);
    };
    bad("last-unsigned", "The last block has no note.", "no signed checkpoint", of(3, None));
    let one = Some(world.note(1, &three, &three));
    bad("note-of-other-size", "The last note is of size 1.", "size or root", of(3, one));
    let forged = world.checkpoint(2).sign(&key(12)).unwrap();
    bad("note-of-other-key", "Another key signed the last note.", "not signed", of(3, Some(forged)));
    let old = note_over(&world.blocks[..2], 0).sign(&key(10)).unwrap();
    bad("note-of-other-epoch", "The last note is of epoch 0.", "expected", of(3, Some(old.clone())));
    bad("note-at-other-block", "The base's note stands at block 0.", "size or root", of(0, Some(old)));
    bad(
        "settled-without-hand-over",
        "The last note is settled, the hand-over left out.",
        "handed over",
        of(2, None),
    );
    let few = Some(world.note(1, &three, &[0, 1]));
    bad("settled-with-weak-hand-over", "The hand-over has two mirrors of four.", "handed over", of(2, few));
    let mut other = World::new();
    other.blocks[1].time = START_S + 7200;
    let swapped = items(&other, &notes(world), false)[BLOCK_1].clone();
    let all = items(world, &notes(world), false);
    bad(
        "other-block-below-base",
        "Block 1 has another time than the one under the base.",
        "does not follow on the one before",
        replaced(&all, BLOCK_1, swapped),
    );
    let shown = Cbor::parse(&all[BLOCK_3]);
    let null = replaced(&all, BLOCK_3, shown.with(&[2], raw(&[0xf6])).encode());
    bad("note-null", "A note is null.", "CBOR", null);
    let text = String::from_utf8_lossy(b"no note\n").into_owned();
    let garbage = replaced(&all, BLOCK_3, shown.with(&[2], text.as_str()).encode());
    bad("no-note", "A text that is no note.", "note", garbage);
}

fn bad_keys(draft: &mut Draft, world: &World) {
    let all = items(world, &notes(world), true);
    let shown = Cbor::parse(&all[BLOCK_3]);
    let with = |cbor: Cbor| replaced(&all, BLOCK_3, cbor.encode());
    let mut bad = |name: &str, why: &str, error: &str, bytes: Vec<u8>| {
        draft.bad(name, why, error, bytes);
    };
    bad("keys-missing", "One block has no keys.", "announces", with(shown.without(&[3])));
    bad("key-missing", "A live slot has no key.", "one for each", with(shown.without(&[3, 1])));
    bad(
        "key-of-unused-slot",
        "An unused slot has a key.",
        "one for each",
        with(shown.with(&[3, 3], array([5u64.into(), [1; 32].into()]))),
    );
    bad("wrong-key", "A key is flipped.", "slot 1", with(shown.flipped(&[3, 1, 1])));
    bad("short-key", "A key has 31 bytes.", "CBOR", with(shown.with(&[3, 1, 1], [1; 31])));
    let swapped = shown.with(&[3, 0], shown.at(&[3, 1]).clone()).with(&[3, 1], shown.at(&[3, 0]).clone());
    bad("keys-not-ascending", "The keys do not ascend.", "one for each", with(swapped));
    let head = Cbor::parse(&all[0]).without(&[3]).encode();
    bad("keys-not-announced", "The head does not announce keys.", "announces", replaced(&all, 0, head));
    let sealed = items(world, &notes(world), false);
    let head = Cbor::parse(&sealed[0]).with(&[3], 1u64).encode();
    bad(
        "keys-announced-only",
        "The head announces keys that are not there.",
        "announces",
        replaced(&sealed, 0, head),
    );
    let mut flipped = all[SEGMENT].clone();
    flipped[40] ^= 1;
    bad(
        "segment-flipped-with-keys",
        "One bit of a segment is flipped.",
        "slot 0",
        replaced(&all, SEGMENT, flipped),
    );
    assert_eq!(chain(), world.chain);
}
