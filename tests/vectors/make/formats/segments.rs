//! Cases for packed integers and segments: docs/protocol.md §3.

use super::{
    cbor::{Cbor, array, int, raw},
    draft::Draft,
    file::hex,
    signatures::bytes,
    world::{START_MS, chain, dek, segment},
};
use pulsebook_protocol::{
    bytes::Digest, chunk, commitment::Dek, domain, packed, quality::Quality, random::SeededRandom,
    reading::{Origin, Reading, Value}, seal, sealed_segment::seal_segment, segment::{Segment, SegmentBuilder, Sensor},
    tree, vital::{Category, Vital},
};

pub(super) fn drafts() -> Vec<Draft> {
    vec![packed_integers(), segments(), sealed(), disclosure()]
}

/// The wave of 500 integers in a pco stream of second differences, as it was frozen. A writer may take any stream the page
/// allows: ours later stopped trying second differences where first ones are longer, and now takes another for this wave.
const WAVE_AS_PCO: &str = "\
    0170636f210300087d040104f3010010820300a2eeffffffffffff3f80a00000000000000020e0e60400000000000010005802000000000080010000\
    0000000000482bcc273a10ede52f5a33e7d54201f030aa0e447bf98bd6cc79b550003c8caa03d15efea235735e2d14000fa3ea40b497bf68cd9c570b\
    05c0c3a83a10ede52f5a33e7d54201f030aa0e46fbf189d6ec383550003c8cae83c3bd74b86f8eb8580000";

fn packed_integers() -> Draft {
    let what = "Packed integers. Context: count, where the reader knows it; else limit, and the count stands in front.";
    let mut draft = Draft::new("packed-integers", what, 3);
    let wave: Vec<i64> = (0..500).map(|step| 600 + (step * step) % 37).collect();
    let stream = bytes(WAVE_AS_PCO);
    assert_eq!(packed::unpack(&stream, 500).as_ref(), Ok(&wave));
    let own = |integers: &[i64]| (integers.len(), packed::pack(integers));
    let steps: Vec<i64> = (0..40).map(|step| step * 1000).collect();
    for (name, (count, packed)) in [
        ("none", own(&[])), ("one", own(&[0])), ("edges", own(&[i64::MAX, i64::MIN, 0, -1])), ("steps", own(&steps)),
        ("wave-as-pco", (500, stream.clone())), ("negative", own(&[-64, 63, -65, 64])),
    ] {
        draft.set("count", count);
        draft.good(name, &format!("{count} integers."), packed);
    }
    draft.unset("count").set("limit", 1000);
    draft.good("counted", "The count stands in front.", [&[0xf4, 0x03], &stream[..]].concat());
    draft.good("counted-none", "No integers, counted.", packed::pack_counted(&[]));
    draft.unset("limit").set("count", 3);
    let base = packed::pack(&[1, 2, 300]);
    draft.bad("empty", "There are no bytes.", "end after 0", Vec::new());
    draft.bad("format-2", "The format byte is 2.", "format 0x02", [&[2], &base[1..]].concat());
    draft.bad("short", "An integer is missing.", "end after 2", base[..3].to_vec());
    draft.bad("cut-inside", "The last LEB128 is cut.", "end after 2", base[..base.len() - 1].to_vec());
    draft.bad("trailing", "A byte follows.", "bytes follow", [&base[..], &[0]].concat());
    draft.bad("padded-leb128", "A LEB128 is longer than it must be.", "shortest", vec![0, 2, 0x82, 0, 2]);
    draft.bad("leb128-over-64-bits", "A LEB128 has more than 64 bits.", "shortest", [&[0][..], &[0xff; 9], &[2, 2, 2]].concat());
    draft.bad("leb128-of-eleven-bytes", "A LEB128 has eleven bytes.", "at most 64 bits", [&[0][..], &[0x80; 10], &[1, 2, 2]].concat());
    draft.unset("count").set("limit", 3);
    draft.bad("count-over-limit", "The count is over the limit.", "are declared", packed::pack_counted(&[1, 2, 3, 4]));
    draft.bad("count-huge", "The count is 2⁶³ with no integers behind it.", "are declared", [&[0x80][..], &[0x80; 8], &[1, 0]].concat());
    draft.bad("count-padded", "The count is not a shortest LEB128.", "shortest", vec![0x81, 0, 0, 2]);
    draft.bad("count-missing", "There is no count.", "end after 0", Vec::new());
    draft.bad("count-alone", "There is a count and nothing behind it.", "end after 0", vec![1]);
    draft.unset("limit").set("count", 500);
    draft.bad("pco-cut", "The pco stream is cut.", "pco", stream[..stream.len() - 2].to_vec());
    draft.bad("pco-without-end", "The end mark of the pco stream is missing.", "pco", stream[..stream.len() - 1].to_vec());
    draft.bad("pco-trailing", "A byte follows the pco stream.", "pco", [&stream[..], &[0]].concat());
    draft.bad("pco-magic", "The pco stream begins with other bytes.", "pco", [&stream[..1], &[stream[1] ^ 1], &stream[2..]].concat());
    draft.bad("pco-nothing", "The format is pco and nothing follows.", "pco", vec![1]);
    draft.bad_in(("count", 499), "pco-of-another-count", "The pco stream has another count than expected.", "pco", stream);
    draft
}

fn reading(vital: Vital, at: i64, value: i32) -> Reading {
    Reading { vital, measured_at: START_MS + at, value: Value::Number(value), quality: Quality::GOOD }
}

fn build(category: Category, readings: &[Reading]) -> Segment {
    let sensor = Sensor { id: "s-1".into(), kind: "simulated".into() };
    let range = START_MS..START_MS + 3_600_000;
    let mut builder = SegmentBuilder::new(category, range, Origin::Measured, sensor, 258, Digest::from_bytes([0xee; 32]));
    readings.iter().for_each(|reading| builder.push(*reading).unwrap());
    builder.finish().unwrap()
}

/// Heart rate with RR intervals: two columns, one of them beats.
pub(super) fn beats() -> Segment {
    let rate: Vec<Reading> = (0..130).map(|second| reading(Vital::HeartRate, second * 1000, 60 + (second % 5) as i32)).collect();
    let mut at = 0;
    let intervals: Vec<Reading> = (0..150).map(|beat| {
        let interval = 800 + beat % 40;
        at += i64::from(interval) * 1000 / 1024;
        reading(Vital::RrInterval, at, interval)
    }).collect();
    build(Category::Heart, &[rate, intervals].concat())
}

fn good_segments() -> Vec<(&'static str, &'static str, Segment)> {
    let spots: Vec<Reading> = [(17, 3655), (1_000_000, 3671), (3_599_999, 3702)].map(|(at, value)| reading(Vital::BodyTemperature, at, value)).to_vec();
    let cuff = [(Vital::SystolicPressure, 1215), (Vital::DiastolicPressure, 797), (Vital::MeanArterialPressure, 930), (Vital::CuffPulseRate, 640)];
    let cuff: Vec<Reading> = cuff.iter().map(|(vital, value)| reading(*vital, 5_000, *value)).collect();
    let jitter: Vec<Reading> = (0..60).map(|step| reading(Vital::OxygenSaturation, step * 1000 + (step * 7919) % 40, 970 + (step % 3) as i32)).collect();
    let twice = [reading(Vital::BodyTemperature, 500, 3650), reading(Vital::BodyTemperature, 500, 3651)];
    vec![
        ("one-reading", "One reading at the first moment of the range.", build(Category::Temperature, &[reading(Vital::BodyTemperature, 0, -5)])),
        ("spots", "Three spot readings, each a run of one slot.", build(Category::Temperature, &spots)),
        ("cuff", "Four columns of one measurement.", build(Category::Pressure, &cuff)),
        ("stream-with-absences", "A stream with absent values and marks.", segment(Vital::HeartRate, 120)),
        ("beats", "Heart rate, and RR intervals as beats.", beats()),
        ("jitter", "A stream whose times jitter, on a fitted grid.", build(Category::Oxygen, &jitter)),
        ("two-at-once", "Two readings of one time.", build(Category::Temperature, &twice)),
    ]
}

fn segments() -> Draft {
    let what = "Plaintexts of segments. Value: columns with runs [start ms, period µs, count] and slots [time ms, value or {absent: reason}, quality bits].";
    let mut draft = Draft::new("segment", what, 3);
    for (name, why, segment) in good_segments() {
        draft.good(name, why, segment.encode());
    }
    let base = Cbor::parse(&segment(Vital::HeartRate, 120).encode());
    draft.good("unknown-mark", "A quality mark of a later version is kept.", base.with(&[8, 0, 8], array([int(120), int(1 << 31)])));
    draft.map_shapes(&base, &|bytes| bytes);
    draft.missing_fields(&base, &[0, 1, 3, 5, 7, 8], &|bytes| bytes);
    frame_rules(&mut draft, &base);
    column_rules(&mut draft, &base);
    time_rules(&mut draft, &base);
    beat_rules(&mut draft);
    draft
}

fn frame_rules(draft: &mut Draft, base: &Cbor) {
    let mut bad = |name: &str, why: &str, error: &str, cbor: Cbor| {
        draft.bad(name, why, error, cbor);
    };
    bad("version-2", "The version is 2.", "version", base.with(&[0], 2));
    bad("version-0", "The version is 0.", "version", base.with(&[0], 0));
    bad("category-0", "There is no category 0.", "category", base.with(&[1], 0));
    bad("category-255", "There is no category 255.", "category", base.with(&[1], 255));
    bad("category-too-wide", "A category has one byte.", "CBOR", base.with(&[1], 257));
    bad("other-category", "The vitals are of another category.", "does not belong", base.with(&[1], 2));
    bad("empty-range", "The range is empty.", "range", base.with(&[3], START_MS as u64));
    bad("reversed-range", "The range ends before it begins.", "range", base.with(&[3], 5));
    bad("origin-0", "There is no origin 0.", "origin", base.with(&[4], 0));
    bad("origin-5", "There is no origin 5.", "origin", base.with(&[4], 5));
    bad("long-sensor-id", "The sensor's id has 65 bytes.", "64 bytes", base.with(&[5, 0], &*"x".repeat(65)));
    bad("long-sensor-kind", "The sensor's kind has 33 characters of two bytes.", "64 bytes", base.with(&[5, 1], &*"ä".repeat(33)));
    bad("sensor-not-utf-8", "The sensor's id is not UTF-8.", "CBOR", base.with(&[5, 0], raw(&[0x62, 0xff, 0xfe])));
    bad("decoder-too-wide", "The decoder version has 17 bits.", "CBOR", base.with(&[6], 65_536));
    bad("short-evidence-root", "The evidence root has 31 bytes.", "CBOR", base.with(&[7], [0; 31]));
    bad("no-column", "There is no column.", "0 columns", base.with(&[8], array([])));
    let column = base.at(&[8, 0]).clone();
    bad("seventeen-columns", "There are 17 columns.", "17 columns", base.with(&[8], array(vec![column.clone(); 17])));
    bad("column-twice", "A vital has two columns.", "ascend", base.with(&[8], array([column.clone(), column])));
}

fn column_rules(draft: &mut Draft, base: &Cbor) {
    let mut bad = |name: &str, why: &str, error: &str, cbor: Cbor| {
        draft.bad(name, why, error, cbor);
    };
    let field = |key: u64| [8, 0, key];
    bad("unknown-vital", "There is no such vital.", "unknown vital", base.with(&field(0), 60_000));
    bad("other-exponent", "The exponent is not the vital's.", "exponent", base.with(&field(1), int(-1)));
    bad("clock-0", "There is no clock 0.", "clock", base.with(&field(2), 0));
    bad("clock-3", "There is no clock 3.", "clock", base.with(&field(2), 3));
    bad("packed-starts", "The run starts are cut.", "run starts", base.with(&field(3), &[1, 0][..]));
    bad("no-runs", "There are no runs.", "do not belong together", [3, 4, 5].iter().fold(base.clone(), |cbor, key| cbor.with(&field(*key), packed::pack_counted(&[]))));
    bad("more-periods", "There are more periods than starts.", "do not belong together", base.with(&field(4), packed::pack_counted(&[1_000_000, 1_000_000])));
    bad("count-0", "A run has no slot.", "a run of 0", base.with(&field(5), packed::pack_counted(&[0])));
    bad("negative-count", "A run has −1 slots.", "a run of -1", base.with(&field(5), packed::pack_counted(&[-1])));
    bad("count-over-limit", "A run has more than 2²⁰ slots.", "a run of", base.with(&field(5), packed::pack_counted(&[(1 << 20) + 1])));
    bad("fewer-values", "There are fewer values than present slots.", "values", base.with(&field(6), packed::pack(&[1; 116])));
    bad("more-values", "There are more values than present slots.", "values", base.with(&field(6), packed::pack(&[1; 118])));
    let mut wide = [1i64; 117];
    wide[5] = 1 << 31;
    bad("value-over-32-bits", "A value has 33 bits.", "more than 32 bits", base.with(&field(6), packed::pack(&wide)));
    bad("absences-empty", "The list of absences is empty instead of left out.", "absent", base.with(&field(7), array([])));
    bad("absence-of-nothing", "An absence has no slot.", "absent", base.with(&[8, 0, 7, 0, 1], 0));
    bad("absences-descend", "Absences do not ascend.", "absent", base.with(&[8, 0, 7, 0, 0], 60));
    bad("absence-outside", "An absence reaches past the column.", "absent", base.with(&[8, 0, 7, 2, 1], 100));
    bad("absences-touch", "Two absences of one reason touch.", "absent", base.with(&[8, 0, 7, 1, 0], 8));
    bad("unknown-reason", "There is no such reason of absence.", "reason", base.with(&[8, 0, 7, 0, 2], 8));
    bad("reason-0", "There is no reason 0.", "reason", base.with(&[8, 0, 7, 0, 2], 0));
    bad("quality-short", "Quality covers one slot less.", "quality", base.with(&field(8), array([int(119), int(0)])));
    bad("quality-long", "Quality covers one slot more.", "quality", base.with(&field(8), array([int(121), int(0)])));
    bad("quality-odd", "A count of quality has no bits.", "quality", base.with(&field(8), array([int(120)])));
    bad("quality-zero", "A group of quality has no slot.", "quality", base.with(&field(8), array([int(120), int(0), int(0), int(1)])));
    bad("quality-split", "Neighbouring groups of quality are equal.", "quality", base.with(&field(8), array([int(60), int(0), int(60), int(0)])));
}

fn time_rules(draft: &mut Draft, base: &Cbor) {
    let field = |key: u64| [8, 0, key];
    let mut bad = |name: &str, why: &str, error: &str, cbor: Cbor| {
        draft.bad(name, why, error, cbor);
    };
    bad("before-range", "The first time lies before the range.", "outside", base.with(&field(3), packed::pack_counted(&[START_MS - 1])));
    bad("after-range", "The last time is the end of the range.", "outside", base.with(&field(3), packed::pack_counted(&[START_MS + 3_600_000 - 119_000])));
    bad("period-0", "Only RR intervals have period 0.", "period", base.with(&field(4), packed::pack_counted(&[0])));
    bad("negative-period", "The period is negative.", "period", base.with(&field(4), packed::pack_counted(&[-1])));
    bad("period-over-a-day", "The period is over a day.", "period", base.with(&field(4), packed::pack_counted(&[86_400_000_001])));
    let mut overlapping = base.with(&field(3), packed::pack_counted(&[START_MS, START_MS + 50_000]));
    overlapping = overlapping.with(&field(4), packed::pack_counted(&[1_000_000, 1_000_000]));
    overlapping = overlapping.with(&field(5), packed::pack_counted(&[60, 60]));
    bad("runs-overlap", "The second run begins before the first ends.", "times go back", overlapping);
    bad("start-far-away", "The start is the largest number.", "outside", base.with(&field(3), packed::pack_counted(&[i64::MAX])));
}

fn beat_rules(draft: &mut Draft) {
    let base = Cbor::parse(&beats().encode());
    let count = 150;
    let mut values = vec![800i64; count];
    let mut bad = |name: &str, why: &str, error: &str, cbor: Cbor| {
        draft.bad(name, why, error, cbor);
    };
    values[9] = 65_536;
    bad("beat-too-long", "An interval is over 65,535.", "beats", base.with(&[8, 1, 6], packed::pack(&values)));
    values[9] = -1;
    bad("negative-beat", "An interval is negative.", "beats", base.with(&[8, 1, 6], packed::pack(&values)));
    values.pop();
    values[9] = 800;
    let absent = base.with(&[8, 1, 6], packed::pack(&values)).with(&[8, 1, 7], array([array([int(3), int(1), int(1)])]));
    bad("absent-beat", "A run of beats has an absent slot.", "beats", absent);
    let swapped = base.with(&[8], array([base.at(&[8, 1]).clone(), base.at(&[8, 0]).clone()]));
    bad("columns-descend", "Columns do not ascend by vital.", "ascend", swapped);
}

fn sealed() -> Draft {
    let what = "Sealed segments. Context: chain, dek, and the commitment that the block has. Value: hash of the sealed bytes, inner, blinder, plaintext.";
    let mut draft = Draft::new("sealed-segment", what, 3);
    draft.set_hex("chain", chain().as_bytes());
    for (seed, (name, why, segment)) in (0u8..).zip(good_segments()) {
        let sealed = seal_segment(&chain(), &dek(seed), &segment, &mut SeededRandom::new(seed.into())).unwrap();
        draft.set_hex("dek", [seed; 32]).set_hex("commitment", sealed.commitment.as_bytes());
        draft.good(name, why, sealed.bytes);
    }
    let kept = dek(0x80);
    let sealed = seal_segment(&chain(), &kept, &segment(Vital::HeartRate, 60), &mut SeededRandom::new(9)).unwrap();
    let base = sealed.bytes.clone();
    draft.set_hex("dek", [0x80; 32]).set_hex("commitment", sealed.commitment.as_bytes());
    let flip = |at: usize| [&base[..at], &[base[at] ^ 1], &base[at + 1..]].concat();
    draft.bad("empty", "There are no bytes.", "not a sealed box", Vec::new());
    draft.bad("suite-0", "The suite is 0.", "not a sealed box", flip(0));
    draft.bad("flipped-nonce", "One bit of the nonce is flipped.", "does not open", flip(1));
    draft.bad("flipped-ciphertext", "One bit of the ciphertext is flipped.", "does not open", flip(99));
    draft.bad("flipped-tag", "One bit of the tag is flipped.", "does not open", flip(base.len() - 1));
    draft.bad("cut", "The last byte is missing.", "does not open", base[..base.len() - 1].to_vec());
    draft.bad("longer", "A byte follows.", "does not open", [&base[..], &[0]].concat());
    draft.bad_in(("dek", hex(&[0x81; 32])), "other-key", "The key is another.", "does not open", base.clone());
    draft.bad_in(("chain", hex(&[1; 32])), "other-chain", "The segment is of another chain.", "does not open", base.clone());
    draft.bad_in(("commitment", hex(&[1; 32])), "other-commitment", "The block has another commitment.", "leads to commitment", base.clone());
    let again = seal_segment(&chain(), &kept, &segment(Vital::HeartRate, 60), &mut SeededRandom::new(10)).unwrap();
    draft.bad("sealed-again", "The same plaintext sealed again: other bytes.", "leads to commitment", again.bytes);
    let other = seal_segment(&chain(), &kept, &segment(Vital::HeartRate, 61), &mut SeededRandom::new(9)).unwrap();
    draft.bad("other-readings", "Other readings under the same key.", "leads to commitment", other.bytes);
    sealed_wrongly(&mut draft, &kept);
    draft
}

/// What the right key opens and is still no segment.
fn sealed_wrongly(draft: &mut Draft, kept: &Dek) {
    let place = [&domain::SEGMENT.prefix()[..], chain().as_bytes()].concat();
    let plaintext = segment(Vital::HeartRate, 60).encode();
    let seal = |key: &[u8; 32], aad: &[u8], plaintext: &[u8]| seal::seal(key, aad, plaintext, &mut SeededRandom::new(9)).unwrap();
    let own = |plaintext: &[u8]| seal(kept.seal_key().expose(), &place, plaintext);
    draft.bad("dek-as-seal-key", "The DEK itself sealed it.", "does not open", seal(kept.expose(), &place, &seal::pad(plaintext.clone())));
    draft.bad("no-aad", "It was sealed without associated data.", "does not open", seal(kept.seal_key().expose(), &[], &seal::pad(plaintext.clone())));
    let without_zero = [b"pulsebook/segment/v1", &chain().as_bytes()[..]].concat();
    draft.bad("domain-without-zero", "The domain in the aad has no zero byte.", "does not open", seal(kept.seal_key().expose(), &without_zero, &seal::pad(plaintext.clone())));
    draft.bad("not-padded", "The plaintext is not padded.", "padded", own(&plaintext));
    draft.bad("padded-with-zero", "The padding is zero bytes alone.", "padded", own(&[&plaintext[..], &vec![0; 256 - plaintext.len() % 256]].concat()));
    draft.bad("padded-too-far", "The padding is longer than a block.", "padded", own(&[&seal::pad(plaintext.clone())[..], &[0; 256]].concat()));
    draft.bad("padded-twice", "The padding was done twice.", "CBOR", own(&seal::pad(seal::pad(plaintext.clone()))));
    draft.bad("empty-plaintext", "The plaintext is empty.", "CBOR", own(&seal::pad(Vec::new())));
    draft.bad("not-cbor", "The plaintext is no CBOR.", "CBOR", own(&seal::pad(vec![0xff; 20])));
}

fn disclosure() -> Draft {
    let what = "Disclosure roots. Context: dek, and the segment's plaintext. Value: its chunks in order.";
    let mut draft = Draft::new("disclosure-root", what, 3);
    for (seed, (name, why, segment)) in (0u8..).zip(good_segments()) {
        draft.set_hex("dek", [seed; 32]).set_hex("segment", segment.encode());
        draft.good(name, why, chunk::disclosure_root(&segment, &dek(seed)).as_bytes().to_vec());
    }
    let (segment, kept) = (beats(), dek(0x80));
    draft.set_hex("dek", [0x80; 32]).set_hex("segment", segment.encode());
    let chunks: Vec<Vec<u8>> = chunk::chunks(&segment).map(|chunk| chunk.encode()).collect();
    let salted = |salt: &dyn Fn(u32) -> Vec<u8>, chunks: &[Vec<u8>], prefix: &[u8]| {
        let leaf = |(index, chunk): (u32, &Vec<u8>)| pulsebook_protocol::hash::sha256(&[prefix, &salt(index), chunk]);
        tree::root(&(0..).zip(chunks).map(leaf).collect::<Vec<_>>()).as_bytes().to_vec()
    };
    let right = |index: u32| kept.disclosure_salt(index).to_vec();
    let mut bad = |name: &str, why: &str, root: Vec<u8>| {
        draft.bad(name, why, "formula", root);
    };
    bad("no-salt", "Leaves have no salt.", salted(&|_| Vec::new(), &chunks, &[0]));
    bad("one-salt", "All leaves have the first salt.", salted(&|_| right(0), &chunks, &[0]));
    bad("salts-from-1", "Salts are counted from 1.", salted(&|index| right(index + 1), &chunks, &[0]));
    bad("other-key", "The salts are of another key.", salted(&|index| dek(1).disclosure_salt(index).to_vec(), &chunks, &[0]));
    bad("no-prefix", "Leaves are hashed without the byte 00.", salted(&right, &chunks, &[]));
    bad("node-prefix", "Leaves are hashed with the byte 01.", salted(&right, &chunks, &[1]));
    bad("one-chunk-less", "The last chunk is missing.", salted(&right, &chunks[..chunks.len() - 1], &[0]));
    bad("chunk-twice", "The last chunk is there twice.", salted(&right, &[&chunks[..], &chunks[chunks.len() - 1..]].concat(), &[0]));
    let mut moved = chunks.clone();
    moved.rotate_left(1);
    bad("other-order", "The chunks are in another order.", salted(&right, &moved, &[0]));
    let mut sorted = chunks.clone();
    sorted.sort_by_key(|chunk| { let Cbor::Unsigned(start) = *Cbor::parse(chunk).at(&[5]) else { panic!() }; start });
    assert_ne!(sorted, chunks);
    bad("by-time-first", "The chunks are ordered by time before column.", salted(&right, &sorted, &[0]));
    for (field, what) in [(0u64, "vital"), (1, "unit"), (2, "origin"), (4, "decoder version"), (5, "start"), (6, "period")] {
        let mut changed = chunks.clone();
        changed[0] = Cbor::parse(&chunks[0]).with(&[field], 77).encode();
        bad(&format!("other-{}", what.replace(' ', "-")), &format!("The first chunk has another {what}."), salted(&right, &changed, &[0]));
    }
    let mut changed = chunks.clone();
    changed[0] = Cbor::parse(&chunks[0]).with(&[7, 0], 61).encode();
    bad("other-value", "A value is another.", salted(&right, &changed, &[0]));
    changed[0] = Cbor::parse(&chunks[0]).with(&[8, 0], 1).encode();
    bad("other-quality", "A quality is another.", salted(&right, &changed, &[0]));
    bad("zero", "32 zero bytes.", vec![0; 32]);
    bad("of-the-plaintext", "The leaf hash of the whole plaintext.", tree::leaf_hash(&segment.encode()).as_bytes().to_vec());
    draft
}
