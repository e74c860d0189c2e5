//! Cases for commitments, evidence and manifests: docs/protocol.md §3.

use super::{
    cbor::{Cbor, array, int, raw},
    derived::{Formula, wrong_results},
    draft::Draft,
    file::hex,
    world::{World, blinder, secret},
};
use pulsebook_protocol::{
    bytes::{Blinder, Digest}, commitment, domain, evidence::{EvidenceTree, Notification}, hash::sha256, manifest::{Manifest, Row}, tree,
};
use serde_json::{Value, json};

pub(super) fn drafts(world: &World) -> Vec<Draft> {
    vec![commitments(), evidence(), manifests(world)]
}

fn commitments() -> Draft {
    let what = "Commitments. Context: blinder, and for a live slot key check, disclosure root and hash of the sealed segment; without them the slot is unused. Value: inner.";
    let mut draft = Draft::new("commitment", what, 3);
    for seed in [0, 3, 0xff] {
        let blinder = Blinder::from_bytes([seed; 32]);
        draft.set_hex("blinder", [seed; 32]);
        draft.good(&format!("unused-{seed:02x}"), "An unused slot.", commitment::unused(&blinder).as_bytes().to_vec());
    }
    for seed in 1..4u8 {
        let (check, root, segment) = ([seed; 32], [seed + 1; 32], [seed + 2; 32]);
        let inner = commitment::inner(&Digest::from_bytes(check), &Digest::from_bytes(root));
        let live = commitment::live(&Blinder::from_bytes([seed; 32]), &inner, &Digest::from_bytes(segment));
        draft.set_hex("blinder", [seed; 32]).set_hex("key_check", check).set_hex("disclosure_root", root).set_hex("segment_hash", segment);
        draft.good(&format!("live-{seed}"), "A live slot.", live.as_bytes().to_vec());
    }
    let inner = commitment::inner(&Digest::from_bytes([3; 32]), &Digest::from_bytes([4; 32]));
    let parts = [("domain", domain::SEGMENT_COMMITMENT.prefix()), ("inner", inner.as_bytes().to_vec()), ("segment-hash", vec![5; 32])];
    wrong_results(&mut draft, &Formula::Hmac(vec![3; 32]), &parts, 32);
    let mut bad = |name: &str, why: &str, inner: Digest| {
        let live = commitment::live(&Blinder::from_bytes([3; 32]), &inner, &Digest::from_bytes([5; 32]));
        draft.bad(name, why, "formula", live.as_bytes().to_vec());
    };
    bad("inner-without-domain", "inner is hashed without its domain.", sha256(&[&[3; 32], &[4; 32]]));
    bad("inner-swapped", "Key check and root have changed places.", commitment::inner(&Digest::from_bytes([4; 32]), &Digest::from_bytes([3; 32])));
    bad("root-for-inner", "The disclosure root stands for inner.", Digest::from_bytes([4; 32]));
    draft.bad("as-if-unused", "The commitment of an unused slot with this blinder.", "formula", commitment::unused(&Blinder::from_bytes([3; 32])).as_bytes().to_vec());
    draft
}

/// Service, characteristic, instance, received_at, bytes.
type Raw = (u16, u16, u16, i64, Vec<u8>);

fn notifications() -> Vec<Raw> {
    (0..7u8).map(|index| (0x180d, 0x2a37, u16::from(index % 2), 1_793_491_200_000 + i64::from(index) * 1003, vec![0x10, 60 + index, index])).collect()
}

fn tree_over(list: &[Raw]) -> Digest {
    let mut tree = EvidenceTree::new(secret(0x0e));
    for (service, characteristic, instance, received_at, bytes) in list {
        tree.append(&Notification { service: *service, characteristic: *characteristic, instance: *instance, received_at: *received_at, bytes });
    }
    tree.root()
}

fn evidence() -> Draft {
    let what = "Evidence roots. Context: seed, and notifications [service, characteristic, instance, received_at ms, bytes].";
    let mut draft = Draft::new("evidence-root", what, 3);
    let all = notifications();
    let shown = |list: &[Raw]| -> Vec<Value> { list.iter().map(|(a, b, c, d, e)| json!([a, b, c, d, hex(e)])).collect() };
    draft.set_hex("seed", [0x0e; 32]);
    for count in [0, 1, 2, 5, 7] {
        draft.set("notifications", shown(&all[..count]));
        draft.good(&format!("notifications-{count}"), &format!("{count} notifications; none give 32 zero bytes."), tree_over(&all[..count]).as_bytes().to_vec());
    }
    let changed = |change: &dyn Fn(&mut Raw)| {
        let mut list = all.clone();
        change(&mut list[3]);
        tree_over(&list).as_bytes().to_vec()
    };
    let mut bad = |name: &str, why: &str, root: Vec<u8>| {
        draft.bad(name, why, "formula", root);
    };
    bad("other-service", "A service is another.", changed(&|item| item.0 = 0x1822));
    bad("other-characteristic", "A characteristic is another.", changed(&|item| item.1 = 0x2a38));
    bad("other-instance", "An instance is another.", changed(&|item| item.2 = 9));
    bad("other-time", "A notification came a millisecond later.", changed(&|item| item.3 += 1));
    bad("seconds", "A time is in seconds.", changed(&|item| item.3 /= 1000));
    bad("other-bytes", "A byte is another.", changed(&|item| item.4[1] = 61));
    bad("no-bytes", "The bytes of one are missing.", changed(&|item| item.4.clear()));
    bad("one-less", "The last is missing.", tree_over(&all[..6]).as_bytes().to_vec());
    bad("one-twice", "The last is there twice.", tree_over(&[&all[..], &all[6..]].concat()).as_bytes().to_vec());
    let mut moved = all.clone();
    moved.swap(2, 3);
    bad("other-order", "Two have changed places.", tree_over(&moved).as_bytes().to_vec());
    let rooted = |salt: &dyn Fn(u64) -> Vec<u8>, prefix: &[u8]| {
        let encoded = |(a, b, c, d, e): &Raw| array([int((*a).into()), int((*b).into()), int((*c).into()), int(*d), e.clone().into()]).encode();
        let leaves: Vec<Digest> = (0..).zip(&all).map(|(index, item)| sha256(&[prefix, &salt(index), &encoded(item)])).collect();
        tree::root(&leaves).as_bytes().to_vec()
    };
    let expand = |rest: Vec<u8>| Formula::Expand([0x0e; 32]).result(&[b"pulsebook/evidence-salt/v1".to_vec(), rest]);
    assert_eq!(rooted(&|index| expand([&[0][..], &index.to_be_bytes()].concat()), &[0]), tree_over(&all).as_bytes());
    bad("no-salts", "Leaves have no salt.", rooted(&|_| Vec::new(), &[0]));
    bad("seed-as-salt", "The seed itself is every salt.", rooted(&|_| vec![0x0e; 32], &[0]));
    bad("index-u32", "The index of a salt has four bytes.", rooted(&|index| expand([&[0][..], &(index as u32).to_be_bytes()].concat()), &[0]));
    bad("no-zero-byte", "The salt's label has no zero byte after it.", rooted(&|index| expand(index.to_be_bytes().to_vec()), &[0]));
    bad("little-endian-index", "The index of a salt is in reverse order.", rooted(&|index| expand([&[0][..], &index.to_le_bytes()].concat()), &[0]));
    bad("no-leaf-prefix", "Leaves are hashed without the byte 00.", rooted(&|index| expand([&[0][..], &index.to_be_bytes()].concat()), &[]));
    bad("as-if-empty", "32 zero bytes, though there are notifications.", vec![0; 32]);
    draft.set("notifications", Vec::<Value>::new());
    draft.bad("empty-tree", "No notification is 32 zero bytes, not the empty tree's root.", "formula", tree::root(&[]).as_bytes().to_vec());
    draft
}

fn manifests(world: &World) -> Draft {
    let what = "Manifests. Context: the block's height and 8 commitments, and for each slot the hash of the segment that is held, or null.";
    let mut draft = Draft::new("manifest", what, 3);
    let rows_of = |live: &[usize]| {
        let mut rows = [0, 1, 2, 3, 4, 5, 6, 7].map(|slot| Row::Unused { blinder: blinder(slot) });
        for (row, index) in rows.iter_mut().zip(live) {
            *row = Row::Live { blinder: world.sealed[*index].blinder, inner: world.sealed[*index].inner };
        }
        rows
    };
    for (height, live) in [(0u64, &[][..]), (1, &[0]), (3, &[1, 2, 3]), (24, &[3]), (u64::MAX, &[0, 1, 2, 3])] {
        let sealed: Vec<_> = live.iter().map(|index| &world.sealed[*index]).collect();
        let slots = super::world::commitments(&sealed);
        let mut hashes = vec![Value::Null; 8];
        hashes.iter_mut().zip(&sealed).for_each(|(hash, sealed)| *hash = hex(sealed.hash.as_bytes()).into());
        draft.set("height", height).set("segment_hashes", hashes);
        draft.set("commitments", slots.iter().map(|slot| Value::from(hex(slot.as_bytes()))).collect::<Vec<_>>());
        draft.good(&format!("live-{}-at-{height}", live.len()), &format!("{} live slots.", live.len()), Manifest::new(height, rows_of(live)).encode());
        if height == 3 {
            manifest_rules(&mut draft, &Cbor::parse(&Manifest::new(height, rows_of(live)).encode()));
        }
    }
    draft
}

fn manifest_rules(draft: &mut Draft, base: &Cbor) {
    draft.map_shapes(base, &|bytes| bytes);
    draft.missing_fields(base, &[0, 1, 2], &|bytes| bytes);
    draft.bad("version-2", "The version is 2.", "version", base.with(&[0], 2));
    draft.bad("other-height", "It is for another height.", "height", base.with(&[1], 4));
    draft.bad("seven-rows", "There are seven rows.", "7 rows", base.without(&[2, 7]));
    draft.bad("nine-rows", "There are nine rows.", "9 rows", base.with(&[2, 8], base.at(&[2, 7]).clone()));
    draft.bad("no-rows", "There are no rows.", "0 rows", base.with(&[2], array([])));
    draft.bad("other-blinder", "A blinder is another.", "slot 0", base.flipped(&[2, 0, 1]));
    draft.bad("other-inner", "inner of a row is another.", "slot 1", base.flipped(&[2, 1, 2]));
    draft.bad("other-unused-blinder", "The blinder of an unused slot is another.", "slot 7", base.flipped(&[2, 7, 1]));
    draft.bad("rows-swapped", "Two rows have changed places.", "slot 0", base.with(&[2, 0], base.at(&[2, 1]).clone()).with(&[2, 1], base.at(&[2, 0]).clone()));
    draft.bad("live-as-unused", "A live slot is called unused.", "slot 0", base.with(&[2, 0], array([int(1), base.at(&[2, 0, 1]).clone()])));
    draft.bad("unused-as-live", "An unused slot is called live.", "slot 7", base.with(&[2, 7], array([int(0), base.at(&[2, 7, 1]).clone(), [0; 32].into()])));
    draft.bad("erased-without-entry", "A slot is called erased and no Erase entry names it.", "slot 2", base.with(&[2, 2], array([int(2)])));
    draft.bad("row-kind-3", "A row is of kind 3.", "CBOR", base.with(&[2, 0, 0], 3));
    draft.bad("live-without-inner", "A live row has no inner.", "CBOR", base.without(&[2, 0, 2]));
    draft.bad("unused-with-inner", "An unused row has an inner.", "CBOR", base.with(&[2, 7, 2], [0; 32]));
    draft.bad("short-blinder", "A blinder has 31 bytes.", "CBOR", base.with(&[2, 0, 1], [1; 31]));
    draft.bad("row-as-map", "A row is a map.", "CBOR", base.with(&[2, 0], Cbor::Map(vec![(int(0), int(1))])));
    draft.bad("row-null", "A row is null.", "CBOR", base.with(&[2, 0], raw(&[0xf6])));
    draft.bad("too-large", "The manifest has more than 2 KiB.", "too large", base.with(&[2, 0, 1], vec![0; 2048]));
    let mut hashes: Vec<Value> = vec![Value::Null; 8];
    draft.bad_in(("segment_hashes", hashes.clone()), "segments-missing", "No segment is held.", "missing", base.clone());
    hashes[..3].fill(hex(&[1; 32]).into());
    draft.bad_in(("segment_hashes", hashes), "other-segments", "The segments that are held are others.", "slot 0", base.clone());
    draft.bad_in(("height", 2), "block-below", "The block has another height.", "height", base.clone());
}
