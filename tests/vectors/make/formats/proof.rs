//! Cases for proofs of one reading: docs/protocol.md §11.

use super::{
    cbor::{Cbor, NULL, array, int, raw},
    draft::Draft,
    world::{START_MS, START_S, World, blinder, commitments, dek, key, note_over, segment},
};
use pulsebook_protocol::{
    block::Block,
    bytes::{ByteString, ChainId, Digest, NodeLabel},
    checkpoint::CosignerRole,
    chunk::{Disclosure, disclose, leaf_of_bytes},
    commitment,
    note::Note,
    proof::{ProofEpoch, ProofOpening, ProofPlace, ReadingProof},
    tree,
    quality::Quality,
    random::SeededRandom,
    reading::{Origin, Reading, Value},
    sealed_segment::seal_segment,
    segment::{Segment, SegmentBuilder, Sensor},
    vital::{Category, Vital},
};

pub(super) fn drafts() -> Vec<Draft> {
    vec![proofs(&with_spots())]
}

/// Five temperatures at no rhythm: five chunks.
fn spots() -> Segment {
    let sensor = Sensor { id: "thermometer-1".into(), kind: "simulated".into() };
    let range = START_MS..START_MS + 3_600_000;
    let mut builder = SegmentBuilder::new(Category::Temperature, range, Origin::Simulated, sensor, 1, Digest::ZERO);
    for (minute, value) in [(1, 3701), (7, 3712), (18, 3688), (31, 3705), (44, 3699)] {
        let measured_at = START_MS + minute * 60_000 + 250;
        let value = Value::Number(value);
        builder.push(Reading { vital: Vital::BodyTemperature, measured_at, value, quality: Quality::GOOD }).unwrap();
    }
    builder.finish().unwrap()
}

/// The world, with spot readings in slot 2 of its last block.
fn with_spots() -> World {
    let mut world = World::new();
    world.sealed[3] = seal_segment(&world.chain, &dek(73), &spots(), &mut SeededRandom::new(74)).unwrap();
    let three = commitments(&[&world.sealed[1], &world.sealed[2], &world.sealed[3]]);
    world.blocks[3] = Block::new(world.chain, 1, (3, world.blocks[2].leaf()), START_S + 7200, three);
    world
}

/// The epochs of the world, up to this one.
fn epochs(world: &World) -> Vec<ProofEpoch> {
    let first = |block: &Block| ByteString(block.to_bytes());
    let hand_over = world.note(1, &[0, 1, 2], &[0, 1, 2]).to_string();
    vec![
        ProofEpoch { first_block: first(&world.blocks[0]), hand_over: None, base_path: Vec::new() },
        ProofEpoch {
            first_block: first(&world.blocks[2]),
            hand_over: Some(hand_over),
            base_path: vec![world.blocks[0].leaf()],
        },
    ]
}

/// A proof of the reading at this second of sealed segment `index`.
fn proof(world: &World, index: usize, vital: Vital, count: i32, second: i64, note: Option<Note>) -> Vec<u8> {
    prove(world, index, &segment(vital, count), (vital, START_MS + second * 1000), note)
}

/// A proof of the third temperature.
fn spot(world: &World) -> Vec<u8> {
    let at = START_MS + 18 * 60_000 + 250;
    prove(world, 3, &spots(), (Vital::BodyTemperature, at), Some(world.note(2, &[0, 1, 2], &[1, 2, 3])))
}

fn prove(world: &World, index: usize, segment: &Segment, reading: (Vital, i64), note: Option<Note>) -> Vec<u8> {
    let (sealed, key) = (&world.sealed[index], dek(70 + index as u8));
    let shown = disclose(segment, &key, reading.0, reading.1).unwrap();
    let opening = ProofOpening { key_check: key.key_check(), blinder: sealed.blinder, segment_hash: sealed.hash };
    let (block, sibling, slot) = match index {
        0 => (1, 0, 0),
        _ => (3, 2, index as u8 - 1),
    };
    let path = vec![world.blocks[sibling].leaf()];
    let place = ProofPlace {
        chain: world.chain,
        epochs: epochs(world),
        note: note.map(|note| note.to_string()),
        block: (world.blocks[block].to_bytes(), path),
        slot,
    };
    ReadingProof::new(place, opening, shown).encode()
}

/// A proof whose chunk has these bytes, committed to and settled whatever they are.
fn committed(world: &World, chunk: Vec<u8>) -> Vec<u8> {
    let (salt, zero) = (Digest::from_bytes([0x5a; 32]), Digest::from_bytes([1; 32]));
    let inner = commitment::inner(&zero, &leaf_of_bytes(salt.as_bytes(), &chunk));
    let mut slots = commitments(&[]);
    slots[5] = commitment::live(&blinder(5), &inner, &zero);
    let mut other = World::new();
    other.blocks[3] = Block::new(world.chain, 1, (3, world.blocks[2].leaf()), START_S + 7200, slots);
    let place = ProofPlace {
        chain: world.chain,
        epochs: epochs(world),
        note: Some(other.note(2, &[0, 1, 2], &[1, 2, 3]).to_string()),
        block: (other.blocks[3].to_bytes(), vec![world.blocks[2].leaf()]),
        slot: 5,
    };
    let opening = ProofOpening { key_check: zero, blinder: blinder(5), segment_hash: zero };
    ReadingProof::new(place, opening, Disclosure { chunk, salt, path: Vec::new() }).encode()
}

/// A chunk by hand.
fn chunk(vital: u64, unit: u64, period: u64, values: Vec<Cbor>) -> Cbor {
    let quality: Vec<Cbor> = values.iter().map(|_| Cbor::from(0u64)).collect();
    let sensor = Cbor::Map(vec![(0u64.into(), "s-1".into()), (1u64.into(), "by hand".into())]);
    let fields = [
        vital.into(),
        unit.into(),
        1u64.into(),
        sensor,
        7u64.into(),
        int(START_MS),
        period.into(),
        array(values),
        array(quality),
    ];
    Cbor::Map((0u64..).map(Cbor::from).zip(fields).collect())
}

fn numbers(values: &[i64]) -> Vec<Cbor> {
    values.iter().map(|value| int(*value)).collect()
}

fn proofs(world: &World) -> Draft {
    let what = "Proofs of one reading. Context, when there is one: the chain that is expected. Readings of a value are [time, value, quality bits].";
    let mut draft = Draft::new("proof", what, 11);
    let spot = spot(world);
    let base = Cbor::parse(&spot);
    good(&mut draft, world, &spot);
    draft.set_hex("chain", world.chain.as_bytes());
    draft.map_shapes(&base, &|bytes| bytes);
    draft.missing_fields(&base, &[0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12], &|bytes| bytes);
    draft.bad_in(("chain", "00".repeat(32)), "other-chain-expected", "Another chain is expected.", "expected", spot.clone());
    bad_epochs(&mut draft, world, &base);
    bad_notes(&mut draft, world, &base);
    bad_place(&mut draft, world, &base);
    bad_chunks(&mut draft, world);
    draft
}

fn good(draft: &mut Draft, world: &World, spot: &[u8]) {
    let settled = || Some(world.note(2, &[0, 1, 2], &[1, 2, 3]));
    let mut minute = |name: &str, why: &str, bytes: Vec<u8>| {
        draft.good(name, why, bytes);
    };
    minute("spot", "One reading of a spot vital.", spot.to_vec());
    let heart = |second, note| proof(world, 1, Vital::HeartRate, 60, second, note);
    minute("minute", "A minute of a stream, with absent values and marks.", heart(30, settled()));
    let all = Some(world.note(2, &[0, 1, 2, 3], &[0, 1, 2, 3]));
    minute("all-nodes", "All four nodes cosigned in both roles.", heart(0, all));
    let earlier = |second| proof(world, 0, Vital::HeartRate, 120, second, None);
    minute("epoch-0", "A block of epoch 0, settled by the hand-over of epoch 1.", earlier(0));
    minute("epoch-0-second-minute", "The second minute of the same segment.", earlier(61));
    let mut note = world.note(2, &[0, 1, 2], &[1, 2, 3]);
    note.push(world.checkpoint(2).cosign(&key(99), &NodeLabel::from_bytes([7; 8]), CosignerRole::Witness, START_S)).unwrap();
    minute("stranger-cosigned", "A line of a node outside the circle is ignored.", heart(0, Some(note)));
    let beats = chunk(2, 2, 0, numbers(&[65_535, 900, 1024, 0]));
    minute("beats", "RR intervals give their own times.", committed(world, beats.encode()));
    let cold = chunk(5, 4, 60_000_000, numbers(&[-4000]));
    minute("below-zero", "A negative value.", committed(world, cold.encode()));
    let slow = chunk(1, 1, 60_000_000, numbers(&[60, 61]));
    minute("span-of-a-minute", "Sixty seconds from first to last, as rounding allows.", committed(world, slow.encode()));
}

fn bad_epochs(draft: &mut Draft, world: &World, base: &Cbor) {
    let note = |size, witnesses: &[usize], mirrors: &[usize]| -> Cbor {
        world.note(size, witnesses, mirrors).to_string().as_str().into()
    };
    let mut bad = |name: &str, why: &str, error: &str, cbor: Cbor| {
        draft.bad(name, why, error, cbor);
    };
    bad("version-2", "The version is 2.", "version", base.with(&[0], 2u64));
    bad("other-chain", "The chain in it is another.", "expected", base.with(&[1], [0; 32]));
    bad("no-epochs", "No epoch is shown.", "no epoch", base.with(&[2], array([])));
    bad("epoch-0-only", "Only epoch 0 is shown.", "parts", base.without(&[2, 1]));
    bad("epoch-1-only", "Epoch 0 is not shown.", "epoch 0 has no hand-over", base.without(&[2, 0]));
    let twice = base.with(&[2, 2], base.at(&[2, 1]).clone());
    bad("epoch-twice", "Epoch 1 is shown twice.", "follow", twice);
    let first = base.with(&[2, 0, 1], note(1, &[0, 1, 2], &[0, 1, 2]));
    bad("epoch-0-handed-over", "Epoch 0 shows a hand-over.", "epoch 0", first);
    let path = base.with(&[2, 0, 2], array([[1; 32].into()]));
    bad("epoch-0-with-base", "Epoch 0 shows a base path.", "epoch 0", path);
    bad("no-hand-over", "Epoch 1 shows no hand-over.", "hand-over", base.without(&[2, 1, 1]));
    let few = base.with(&[2, 1, 1], note(1, &[0, 1, 2], &[0, 1]));
    bad("hand-over-few-mirrors", "Two mirrors of four cosigned the hand-over.", "handed over", few);
    let few = base.with(&[2, 1, 1], note(1, &[0, 1], &[0, 1, 2]));
    bad("hand-over-few-witnesses", "Two witnesses of four cosigned the hand-over.", "handed over", few);
    let two = base.with(&[2, 1, 1], note(2, &[0, 1, 2], &[0, 1, 2]));
    bad("hand-over-of-size-2", "The hand-over is of size 2.", "first block", two);
    bad("base-path-flipped", "The base path leads elsewhere.", "base", base.flipped(&[2, 1, 2, 0]));
    bad("base-path-missing", "The base path is empty.", "base", base.with(&[2, 1, 2], array([])));
    let longer = base.with(&[2, 1, 2, 1], [0; 32]);
    bad("base-path-longer", "The base path has a hash too many.", "base", longer);
    let swapped = base.with(&[2, 1, 0], world.blocks[3].to_bytes());
    bad("no-first-block", "A block without certificate stands for epoch 1.", "certificate", swapped);
    let mut forged = world.blocks[2].clone();
    forged.time += 3600;
    let forged = base.with(&[2, 1, 0], forged.to_bytes());
    bad("first-block-changed", "The first block has another time.", "hand-over", forged);
}

fn bad_notes(draft: &mut Draft, world: &World, base: &Cbor) {
    let text = |note: Note| -> Cbor { note.to_string().as_str().into() };
    let note = |size, witnesses: &[usize], mirrors: &[usize]| text(world.note(size, witnesses, mirrors));
    let mut bad = |name: &str, why: &str, error: &str, cbor: Cbor| {
        draft.bad(name, why, error, cbor);
    };
    bad("note-left-out", "The block is of the last epoch, and no note is there.", "note", base.without(&[3]));
    bad("note-null", "The note is null.", "CBOR", base.with(&[3], raw(&NULL)));
    let few = base.with(&[3], note(2, &[0, 1], &[0, 1, 2]));
    bad("few-witnesses", "Two witnesses of four cosigned.", "witness", few);
    let few = base.with(&[3], note(2, &[0, 1, 2], &[0, 1]));
    bad("few-mirrors", "Two mirrors of four cosigned: certified, not settled.", "mirror", few);
    bad("signed-only", "The log key alone signed.", "witness", base.with(&[3], note(2, &[], &[])));
    let small = base.with(&[3], note(1, &[0, 1, 2], &[0, 1, 2]));
    bad("note-below-the-block", "The note does not reach the block.", "no such place", small);
    let forged = world.checkpoint(2).sign(&key(10)).unwrap();
    bad("other-log-key", "The log key of epoch 0 signed.", "not signed", base.with(&[3], text(forged)));
    let old = note_over(&world.blocks[..2], 0).sign(&key(10)).unwrap();
    bad("note-of-epoch-0", "The note is of epoch 0.", "expected", base.with(&[3], text(old)));
    let good = world.note(2, &[0, 1, 2], &[1, 2, 3]).to_string();
    let cut = base.with(&[3], good.trim_end());
    bad("note-cut", "The note's last line end is missing.", "not a signed note", cut);
    let root = base.with(&[3], good.replacen("\n2\n", "\n3\n", 1).as_str());
    bad("note-of-other-size", "The size in the note was changed.", "verify", root);
    let early = Cbor::parse(&proof(world, 0, Vital::HeartRate, 120, 0, None));
    let both = early.with(&[3], note(2, &[0, 1, 2], &[1, 2, 3]));
    bad("note-beside-base", "A note stands beside a block of the epoch before.", "note", both);
    bad("epoch-0-alone", "The block of epoch 0 is shown without epoch 1.", "parts", early.without(&[2, 1]));
}

fn bad_place(draft: &mut Draft, world: &World, base: &Cbor) {
    let mut bad = |name: &str, why: &str, error: &str, cbor: Cbor| {
        draft.bad(name, why, error, cbor);
    };
    let mut later = world.blocks[3].clone();
    later.time += 3600;
    bad("block-changed", "The block has another time.", "root", base.with(&[4], later.to_bytes()));
    bad("other-block", "The block is another of the chain.", "leads to another root", base.with(&[4], world.blocks[2].to_bytes()));
    let mut foreign = world.blocks[3].clone();
    foreign.chain = ChainId::from_bytes([1; 32]);
    bad("foreign-block", "The block is of another chain.", "another chain", base.with(&[4], foreign.to_bytes()));
    bad("block-path-flipped", "The block path leads elsewhere.", "root", base.flipped(&[5, 0]));
    bad("block-path-missing", "The block path is empty.", "number", base.with(&[5], array([])));
    bad("block-path-longer", "The block path has a hash too many.", "number", base.with(&[5, 1], [0; 32]));
    bad("other-slot", "The slot is its neighbour's.", "commitment", base.with(&[6], 1u64));
    bad("slot-8", "There is no slot 8.", "commitment", base.with(&[6], 8u64));
    bad("other-key-check", "The key check is flipped.", "commitment", base.flipped(&[7]));
    bad("other-blinder", "The blinder is flipped.", "commitment", base.flipped(&[8]));
    bad("other-segment", "The hash of the segment is flipped.", "commitment", base.flipped(&[9]));
    bad("other-salt", "The salt is flipped.", "commitment", base.flipped(&[11]));
    bad("short-salt", "The salt has 16 bytes.", "CBOR", base.with(&[11], [1; 16]));
    bad("other-side", "A sibling has changed sides.", "commitment", base.with(&[12, 0, 0], 1 - side(base)));
    bad("side-2", "There is no side 2.", "CBOR", base.with(&[12, 0, 0], 2u64));
    bad("step-missing", "The first step is missing.", "commitment", base.without(&[12, 0]));
    let step = base.at(&[12, 0]).clone();
    let more = (0..21).map(|_| step.clone());
    bad("21-steps", "No segment has so many chunks.", "chunks", base.with(&[12], array(more)));
    let shown = Cbor::parse(&base.bytes_at(&[10]));
    let changed = base.with(&[10], shown.with(&[7, 0], 999u64).encode());
    bad("value-changed", "The value was changed.", "commitment", changed);
    let moved = base.with(&[10], shown.with(&[5], int(START_MS)).encode());
    bad("time-changed", "The time was changed.", "commitment", moved);
    let real = base.with(&[10], shown.with(&[2], 1u64).encode());
    bad("simulated-as-measured", "The origin was changed to measured.", "commitment", real);
    let node = base.with(&[10], tree::leaf_hash(b"x").as_bytes().to_vec());
    bad("hash-for-chunk", "A hash stands for the chunk.", "the chunk cannot be read", node);
}

fn side(base: &Cbor) -> u64 {
    match base.at(&[12, 0, 0]) {
        Cbor::Unsigned(side) => *side,
        other => panic!("{other:?} is no side"),
    }
}

/// Chunks that the record commits to, and that no chunk may be.
fn bad_chunks(draft: &mut Draft, world: &World) {
    let minute = chunk(1, 1, 1_000_000, numbers(&[60, 61, 62]));
    let mut bad = |name: &str, why: &str, error: &str, bytes: Vec<u8>| {
        draft.bad(&format!("chunk-{name}"), why, error, committed(world, bytes));
    };
    let bytes = minute.encode();
    bad("trailing", "A byte follows after the chunk.", "chunk", [&bytes[..], &[0]].concat());
    bad("long-integer", "The vital is written in two bytes.", "chunk", minute.with(&[0], raw(&[0x18, 1])).encode());
    bad("unknown-key", "The chunk has a key 9.", "chunk", minute.with(&[9], 0u64).encode());
    bad("no-unit", "The unit is left out.", "chunk", minute.without(&[1]).encode());
    bad("unknown-vital", "Vital 10 is unknown.", "vital", minute.with(&[0], 10u64).encode());
    bad("other-unit", "The unit is not the vital's.", "unit", minute.with(&[1], 3u64).encode());
    bad("origin-0", "There is no origin 0.", "origin", minute.with(&[2], 0u64).encode());
    bad("origin-5", "There is no origin 5.", "origin", minute.with(&[2], 5u64).encode());
    bad("long-sensor", "The sensor's id has 65 bytes.", "sensor", minute.with(&[3, 0], "s".repeat(65).as_str()).encode());
    bad("period-0", "Only RR intervals have period 0.", "period", minute.with(&[6], 0u64).encode());
    bad("long-period", "The period is longer than a day.", "period", minute.with(&[6], 86_400_000_001u64).encode());
    bad("no-values", "There is no value.", "values", chunk(1, 1, 1_000_000, Vec::new()).encode());
    bad("less-quality", "A quality number is missing.", "values", minute.without(&[8, 2]).encode());
    bad("more-quality", "There is a quality number too many.", "values", minute.with(&[8, 3], 0u64).encode());
    bad("wide-value", "A value has more than 32 bits.", "chunk", minute.with(&[7, 0], 1u64 << 31).encode());
    bad("reason-0", "There is no reason of absence 0.", "chunk", minute.with(&[7, 0], absent(0)).encode());
    bad("reason-8", "There is no reason of absence 8.", "chunk", minute.with(&[7, 0], absent(8)).encode());
    bad("null-value", "A value is null.", "chunk", minute.with(&[7, 0], raw(&NULL)).encode());
    let beats = chunk(2, 2, 0, numbers(&[1024, 900]));
    bad("absent-beat", "A beat is absent.", "beats", beats.with(&[7, 1], absent(1)).encode());
    bad("long-beat", "A beat has 65,536.", "beats", beats.with(&[7, 1], 65_536u64).encode());
    bad("negative-beat", "A beat is negative.", "beats", beats.with(&[7, 1], int(-1)).encode());
    let hour = chunk(1, 1, 30_001_000, numbers(&[60, 61, 62]));
    bad("two-minutes", "The readings span more than a minute.", "minute", hour.encode());
    let long = chunk(2, 2, 0, numbers(&[0, 60_000, 2000]));
    bad("long-beats", "The beats span more than a minute.", "minute", long.encode());
}

fn absent(reason: u64) -> Cbor {
    Cbor::Map(vec![(Cbor::from(0u64), Cbor::from(reason))])
}
