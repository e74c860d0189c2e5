//! Cases for releases and the keyring: docs/protocol.md §6.

use super::{
    cbor::{Cbor, array, int, raw},
    draft::Draft,
    file::hex,
    world::{GRANT, START_S, World, chain, dek, key, label, receive_key, receive_key_p256, secret},
};
use pulsebook_protocol::{
    bytes::{Commitment, Digest}, commitment::Dek, cose, domain, envelope::{ReceiveKey, make_envelope, release_info}, hash::sha256,
    keyring::{IndexPlace, IndexedPage, make_keyring_index, make_keyring_page, page_number}, random::SeededRandom,
    release::{Encapsulation, Release, ReleaseHeader, ReleaseRow, make_release}, seal, secret::Secret32, vital::Category,
};

pub(super) fn drafts(world: &World) -> Vec<Draft> {
    vec![releases(world, &XWING), releases(world, &P256), pages(), indexes()]
}

fn rows(world: &World) -> Vec<ReleaseRow> {
    let row = |index: usize, epoch, height, slot, category| ReleaseRow { commitment: world.sealed[index].commitment, epoch, height, slot, label: label(category) };
    vec![row(0, 0, 1, 0, Category::Heart), row(1, 1, 3, 0, Category::Heart), row(2, 1, 3, 1, Category::Oxygen)]
}

/// What differs between the suites: name, the grantee's key, what its private key is, and how an enc is told that is a byte short.
struct Of {
    format: &'static str,
    key: fn() -> ReceiveKey,
    private: &'static str,
    short: &'static str,
}

const XWING: Of = Of { format: "release", key: receive_key, private: "the X-Wing private key", short: "1,119 bytes" };
const P256: Of = Of { format: "release-p256", key: receive_key_p256, private: "the P-256 scalar; suite is 2", short: "64 bytes" };

fn envelope(of: &Of, seed: u64, info: &[u8]) -> (Vec<u8>, Secret32) {
    let made = make_envelope(&(of.key)().public(), info, &mut SeededRandom::new(seed)).unwrap();
    (made.enc, made.secret)
}

fn own_info(of: &Of) -> Vec<u8> {
    release_info(&chain(), &GRANT, &(of.key)().public())
}

fn made(seq: u64, previous: Digest, encapsulation: Encapsulation, rows: Vec<ReleaseRow>, secret: &Secret32) -> Release {
    let header = ReleaseHeader { chain: chain(), grant_id: GRANT, epoch: 1, seq, previous, encapsulation, rows };
    let keys: Vec<Dek> = (0..header.rows.len()).map(|index| dek(70 + index as u8)).collect();
    make_release(&key(11), header, &keys, secret, &mut SeededRandom::new(seq)).unwrap()
}

fn releases(world: &World, of: &Of) -> Draft {
    let what = format!("Releases: header and ciphertext as they are uploaded, {{0: header COSE, 1: ciphertext}}. Context: log key, chain, grant_id, the position expected (seq, previous), receive_seed ({}), earlier_enc (the enc of an earlier header, where this one names it). Value: the header's hash, and rows [commitment, epoch, height, slot, label, DEK].", of.private);
    let mut draft = Draft::new(of.format, &what, 6);
    if of.format == P256.format {
        draft.set("suite", 2);
    }
    draft.set_hex("log_key", key(11).public().as_bytes()).set_hex("chain", chain().as_bytes()).set_hex("grant_id", GRANT.as_bytes());
    draft.set_hex("receive_seed", [0x77; 32]).set("seq", 0).set_hex("previous", [0; 32]);
    let (enc, exported) = envelope(of, 1, &own_info(of));
    let here = || Encapsulation::Here(enc.clone());
    let first = made(0, Digest::ZERO, here(), rows(world)[..1].to_vec(), &exported);
    draft.good("first", "The first release of an epoch, one row.", first.encode_body());
    draft.good("three-rows", "Rows of two epochs and two categories.", made(0, Digest::ZERO, here(), rows(world), &exported).encode_body());
    draft.good("many-rows", "180 rows.", made(0, Digest::ZERO, here(), vec![rows(world)[0]; 180], &exported).encode_body());
    let previous = sha256(&[&first.header]);
    draft.set("seq", 1).set_hex("previous", previous.as_bytes()).set_hex("earlier_enc", &enc);
    let second = made(1, previous, Encapsulation::Earlier(0), rows(world), &exported);
    draft.good("carried", "The second release uses the first one's enc.", second.encode_body());
    let (enc_2, exported_2) = envelope(of, 2, &own_info(of));
    draft.good("new-enc", "The second release has an enc of its own.", made(1, previous, Encapsulation::Here(enc_2.clone()), rows(world), &exported_2).encode_body());
    draft.bad("other-previous", "It names another header before it.", "does not follow", made(1, Digest::from_bytes([1; 32]), Encapsulation::Earlier(0), rows(world), &exported).encode_body());
    draft.bad("seq-left-out", "A seq is left out.", "does not follow", made(2, previous, Encapsulation::Earlier(0), rows(world), &exported).encode_body());
    draft.bad("seq-repeated", "The seq was there before.", "does not follow", first.encode_body());
    draft.bad_in(("earlier_enc", hex(&enc_2)), "other-earlier-enc", "The earlier enc is another.", "does not open", second.encode_body());
    draft.bad_in(("earlier_enc", hex(&enc[1..])), "short-earlier-enc", &format!("The earlier enc has {}.", of.short), "encapsulated key", second.encode_body());
    draft.set("seq", 0).set_hex("previous", [0; 32]).unset("earlier_enc");
    release_rules(&mut draft, world, of, (&enc, &exported));
    if of.format == P256.format {
        points(&mut draft, world, &enc, &exported);
    }
    draft
}

fn release_rules(draft: &mut Draft, world: &World, of: &Of, (enc, exported): (&[u8], &Secret32)) {
    let right = made(0, Digest::ZERO, Encapsulation::Here(enc.to_vec()), rows(world), exported);
    let payload = cose::Sign1::parse(&right.header, 262_144).unwrap().unverified_payload().to_vec();
    let (base, log) = (Cbor::parse(&payload), key(11));
    let body = |header: Vec<u8>| Release { header, ciphertext: right.ciphertext.clone() }.encode_body();
    let wrap = |payload: Vec<u8>| body(cose::sign(&log, domain::RELEASE, &payload));
    draft.cose_shapes(&log, domain::RELEASE, &payload, &body);
    draft.map_shapes(&base, &wrap);
    draft.missing_fields(&base, &[0, 1, 2, 3, 4, 5, 8, 9], &wrap);
    let mut bad = |name: &str, why: &str, error: &str, cbor: Cbor| {
        draft.bad(name, why, error, wrap(cbor.encode()));
    };
    bad("version-2", "The version is 2.", "version", base.with(&[0], 2));
    bad("no-ciphertext-hash", "It names no ciphertext.", "names no ciphertext", base.without(&[10]));
    bad("other-ciphertext-hash", "It names another ciphertext.", "ciphertext is not the one", base.flipped(&[10]));
    bad("no-enc", "It has no enc and names none.", "exactly one encapsulation", base.without(&[6]));
    bad("enc-and-carried", "It has an enc and names an earlier one.", "exactly one encapsulation", base.with(&[7], array([int(1), int(0)])));
    bad("carried-of-another-epoch", "The enc it names is of another epoch.", "exactly one encapsulation", base.without(&[6]).with(&[7], array([int(0), int(0)])));
    bad("carried-by-itself", "The enc it names is its own.", "earlier header", base.without(&[6]).with(&[7], array([int(1), int(0)])));
    bad("first-with-previous", "The first has a header before it.", "first release", base.with(&[5], [1; 32]));
    bad("second-without-previous", "The second has none before it.", "first release", base.with(&[4], 1));
    bad("no-rows", "There are no rows.", "1 to 1,024", base.with(&[9], array([])));
    bad("too-many-rows", "There are 1,025 rows.", "1 to 1,024", base.with(&[9], array(vec![base.at(&[9, 0]).clone(); 1025])));
    bad("slot-8", "A row names slot 8.", "slot over 7", base.with(&[9, 0, 3], 8));
    bad("later-epoch", "A row names a later epoch.", "later epoch", base.with(&[9, 0, 1], 2));
    bad("short-row", "A row has no label.", "CBOR", base.without(&[9, 0, 4]));
    bad("short-label", "A label has seven bytes.", "CBOR", base.with(&[9, 0, 4], [1; 7]));
    bad("row-null", "A row is null.", "CBOR", base.with(&[9, 0], raw(&[0xf6])));
    bad("row-left-out", "A row was taken out after sealing.", "ciphertext is not the one", base.without(&[9, 2]));
    bad("rows-swapped", "Two rows have changed places after sealing.", "does not open", base.with(&[9, 0], base.at(&[9, 1]).clone()).with(&[9, 1], base.at(&[9, 0]).clone()));
    bad("other-commitment", "A commitment was changed after sealing.", "does not open", base.flipped(&[9, 0, 0]));
    bad("other-random", "The random bytes were changed after sealing.", "does not open", base.flipped(&[8]));
    bad("other-grant-id", "It is of another grant.", "another chain or grant", base.with(&[2], [1; 16]));
    bad("other-chain", "It is of another chain.", "another chain or grant", base.with(&[1], [1; 32]));
    bad("short-enc", &format!("enc has {}.", of.short), "encapsulated key", base.with(&[6], enc[1..].to_vec()));
    let error = if of.format == P256.format { "encapsulated key" } else { "does not open" };
    bad("flipped-enc", "One bit of enc is flipped.", error, base.flipped(&[6]));
    let flipped = Release { header: right.header.clone(), ciphertext: [&[right.ciphertext[0] ^ 1], &right.ciphertext[1..]].concat() };
    draft.bad("flipped-ciphertext", "One bit of the ciphertext is flipped.", "ciphertext is not the one", flipped.encode_body());
    draft.bad_in(("receive_seed", hex(&[0x78; 32])), "other-receiver", "It was sealed to another key.", "does not open", right.encode_body());
    let other_chain = release_info(&pulsebook_protocol::bytes::ChainId::from_bytes([1; 32]), &GRANT, &(of.key)().public());
    for (name, why, info) in [("info-of-another-chain", "HPKE's info is of another chain.", other_chain), ("empty-info", "HPKE's info is empty.", Vec::new())] {
        let (enc, exported) = envelope(of, 1, &info);
        draft.bad(name, why, "does not open", made(0, Digest::ZERO, Encapsulation::Here(enc), rows(world), &exported).encode_body());
    }
    let outer = Cbor::parse(&right.encode_body());
    draft.bad("body-without-ciphertext", "The body has no ciphertext.", "CBOR", outer.without(&[1]));
    draft.bad("body-with-more", "The body has another field.", "CBOR", outer.with(&[2], 0));
}

/// Encapsulated keys that are no point of P-256 in the one form, or of the other suite.
fn points(draft: &mut Draft, world: &World, enc: &[u8], exported: &Secret32) {
    let sign = if enc[64] & 1 == 1 { 3 } else { 2 };
    let x_wing = envelope(&XWING, 1, &own_info(&XWING));
    let off = [&[4][..], &enc[1..33], &enc[1..33]].concat();
    let cases = [
        ("compressed", "enc is a compressed point.", [&[sign], &enc[1..33]].concat()),
        ("hybrid", "enc is in hybrid form.", [&[sign + 4], &enc[1..]].concat()),
        ("infinity", "enc is the point at infinity.", vec![0]),
        ("zeros", "enc is 65 zero bytes.", vec![0; 65]),
        ("off-curve", "enc is no point of the curve.", off),
        ("x-past-p", "x is the field's prime and more.", [&[4][..], &[0xff; 32], &enc[33..]].concat()),
        ("of-suite-1", "enc is of suite 1.", x_wing.0),
    ];
    for (name, why, enc) in cases {
        let release = made(0, Digest::ZERO, Encapsulation::Here(enc), rows(world), exported);
        draft.bad(&format!("enc-{name}"), why, "encapsulated key", release.encode_body());
    }
    let info = [&domain::RELEASE_INFO.prefix()[..], &[0, 1], chain().as_bytes(), GRANT.as_bytes(), receive_key_p256().public().receive_hash().as_bytes()].concat();
    let (enc, exported) = envelope(&P256, 1, &info);
    draft.bad("info-of-suite-1", "HPKE's info names suite 1.", "does not open", made(0, Digest::ZERO, Encapsulation::Here(enc), rows(world), &exported).encode_body());
}

fn pages() -> Draft {
    let what = "Keyring pages. Context: chain, page (its number), page_key. Value: keys [commitment, DEK].";
    let mut draft = Draft::new("keyring-page", what, 6);
    let number = page_number(START_S);
    draft.set_hex("chain", chain().as_bytes()).set("page", number).set_hex("page_key", [0x33; 32]);
    let keys = |count: u8| (0..count).map(|index| (Commitment::from_bytes([index; 32]), dek(index)));
    for count in [0, 1, 2, 24, 200] {
        let page = make_keyring_page(&chain(), number, &secret(0x33), keys(count), &mut SeededRandom::new(count.into())).unwrap();
        draft.good(&format!("keys-{count}"), &format!("{count} keys."), page);
    }
    draft.set("page", 0);
    draft.good("page-0", "The first page there is.", make_keyring_page(&chain(), 0, &secret(0x33), keys(1), &mut SeededRandom::new(7)).unwrap());
    draft.set("page", number);
    let aad = |number: u32| [&domain::KEYRING_PAGE.prefix()[..], chain().as_bytes(), &number.to_be_bytes()].concat();
    let seal = |plaintext: Vec<u8>| seal::seal(&[0x33; 32], &aad(number), &seal::pad(plaintext), &mut SeededRandom::new(9)).unwrap();
    let row = |index: u8| array([[index; 32].into(), [index + 1; 32].into()]);
    let base = Cbor::Map(vec![(int(0), int(1)), (int(1), int(number.into())), (int(2), array([row(1), row(2)]))]);
    draft.good("by-hand", "Written from the page of the protocol.", seal(base.encode()));
    draft.map_shapes(&base, &seal);
    draft.missing_fields(&base, &[0, 1, 2], &seal);
    let mut bad = |name: &str, why: &str, error: &str, cbor: Cbor| {
        draft.bad(name, why, error, seal(cbor.encode()));
    };
    bad("version-2", "The version is 2.", "version", base.with(&[0], 2));
    bad("other-number-inside", "The page says another number than sealed for.", "number", base.with(&[1], 0));
    bad("short-key", "A key has 31 bytes.", "CBOR", base.with(&[2, 0, 1], [1; 31]));
    bad("short-commitment", "A commitment has 31 bytes.", "CBOR", base.with(&[2, 0, 0], [1; 31]));
    bad("key-alone", "A row has no key.", "CBOR", base.without(&[2, 0, 1]));
    bad("row-of-three", "A row has three elements.", "CBOR", base.with(&[2, 0, 2], 0));
    let right = seal(base.encode());
    draft.bad("not-padded", "The plaintext is not padded.", "padded", seal::seal(&[0x33; 32], &aad(number), &base.encode(), &mut SeededRandom::new(9)).unwrap());
    draft.bad("flipped", "One bit is flipped.", "does not open", [&right[..50], &[right[50] ^ 1], &right[51..]].concat());
    draft.bad_in(("page", number + 1), "other-page", "It is another page's place.", "does not open", right.clone());
    draft.bad_in(("chain", hex(&[1; 32])), "other-chain", "It is another chain's.", "does not open", right.clone());
    draft.bad_in(("page_key", hex(&[0x34; 32])), "other-key", "The key is another.", "does not open", right);
    draft
}

fn place(version: u64) -> IndexPlace {
    IndexPlace { chain: chain(), version, epoch: 1, height: 3 }
}

fn indexed(numbers: &[u32]) -> Vec<IndexedPage> {
    numbers.iter().map(|number| IndexedPage { number: *number, key: secret(*number as u8), hash: Digest::from_bytes([(*number as u8).wrapping_add(1); 32]) }).collect()
}

fn indexes() -> Draft {
    let what = "Keyring indexes. Context: chain, log key, recovery_seed (the X-Wing private key from the words). Value: version, epoch, height, pages [number, key, hash].";
    let mut draft = Draft::new("keyring-index", what, 6);
    let recovery = ReceiveKey::from_seed(secret(0x44));
    draft.set_hex("chain", chain().as_bytes()).set_hex("log_key", key(11).public().as_bytes()).set_hex("recovery_seed", [0x44; 32]);
    for (version, numbers) in [(0, &[][..]), (1, &[690]), (2, &[690, 691]), (u64::MAX, &[0, 1, 2, 255]), (24, &[5, 700, 701])] {
        let index = make_keyring_index(&place(version), &indexed(numbers), &recovery.public(), &key(11), &mut SeededRandom::new(version)).unwrap();
        draft.good(&format!("version-{version}"), &format!("{} pages.", numbers.len()), index);
    }
    let right = make_keyring_index(&place(7), &indexed(&[690, 691]), &recovery.public(), &key(11), &mut SeededRandom::new(3)).unwrap();
    let outer = Cbor::parse(&right);
    let payload = cose::Sign1::parse(&outer.bytes_at(&[0]), 65_536).unwrap().unverified_payload().to_vec();
    let (base, log) = (Cbor::parse(&payload), key(11));
    let body = |header: Vec<u8>| outer.with(&[0], header).encode();
    let wrap = |payload: Vec<u8>| body(cose::sign(&log, domain::KEYRING, &payload));
    draft.cose_shapes(&log, domain::KEYRING, &payload, &body);
    draft.map_shapes(&base, &wrap);
    draft.missing_fields(&base, &[0, 1, 2, 3, 4, 5, 6, 7], &wrap);
    let mut bad = |name: &str, why: &str, error: &str, cbor: Cbor| {
        draft.bad(name, why, error, wrap(cbor.encode()));
    };
    bad("format-2", "The version of the format is 2.", "version", base.with(&[0], 2));
    bad("other-chain", "It is of another chain.", "chain", base.with(&[1], [1; 32]));
    bad("other-version", "The version was changed after sealing.", "does not open", base.with(&[2], 8));
    bad("hash-left-out", "A page's hash is missing.", "fit together", base.without(&[5, 1]));
    bad("hash-too-many", "There is a hash too many.", "fit together", base.with(&[5, 2], [1; 32]));
    bad("flipped-enc", "One bit of enc is flipped.", "does not open", base.flipped(&[6]));
    bad("short-enc", "enc has 1,119 bytes.", "encapsulated key", base.with(&[6], base.bytes_at(&[6])[1..].to_vec()));
    bad("other-ciphertext-hash", "It names another ciphertext.", "ciphertext", base.flipped(&[7]));
    draft.bad("flipped-ciphertext", "One bit of the ciphertext is flipped.", "ciphertext", outer.flipped(&[1]));
    draft.bad("no-ciphertext", "There is no ciphertext.", "CBOR", outer.without(&[1]));
    draft.bad("with-more", "The index has another field.", "CBOR", outer.with(&[2], 0));
    draft.bad("too-large", "It has more than 64 KiB.", "too large", outer.with(&[1], vec![0; 65_536]));
    draft.bad_in(("recovery_seed", hex(&[0x45; 32])), "other-words", "The words are another record's.", "does not open", right.clone());
    draft.bad_in(("chain", hex(&[1; 32])), "asked-for-another-chain", "Another chain is expected.", "chain", right.clone());
    draft.bad_in(("log_key", hex(key(12).public().as_bytes())), "asked-for-another-log", "Another log key is expected.", "signed by", right);
    sealed_rows(&mut draft, &base, &log, &recovery);
    draft
}

/// Indexes whose sealed list is wrong inside.
fn sealed_rows(draft: &mut Draft, base: &Cbor, log: &pulsebook_protocol::key::SigningKey, recovery: &ReceiveKey) {
    let info = [&domain::KEYRING_INFO.prefix()[..], chain().as_bytes()].concat();
    let aad = [&domain::KEYRING_INDEX.prefix()[..], &7u64.to_be_bytes()].concat();
    let row = |number: i64| array([int(number), [5; 32].into()]);
    let index = |list: Cbor, info: &[u8], aad: &[u8]| {
        let (enc, ciphertext) = pulsebook_protocol::envelope::seal_to(&recovery.public(), info, aad, &list.encode(), &mut SeededRandom::new(4)).unwrap();
        let header = base.with(&[6], enc).with(&[7], *sha256(&[&ciphertext]).as_bytes());
        let header = cose::sign(log, domain::KEYRING, &header.encode());
        Cbor::Map(vec![(int(0), header.into()), (int(1), ciphertext.into())]).encode()
    };
    let right = array([row(690), row(691)]);
    draft.good("by-hand", "Written from the page of the protocol.", index(right.clone(), &info, &aad));
    let mut bad = |name: &str, why: &str, error: &str, bytes: Vec<u8>| {
        draft.bad(name, why, error, bytes);
    };
    bad("pages-descend", "Pages do not ascend by number.", "fit together", index(array([row(691), row(690)]), &info, &aad));
    bad("page-twice", "A page is there twice.", "fit together", index(array([row(690), row(690)]), &info, &aad));
    bad("page-left-out", "A page has a hash and no key.", "fit together", index(array([row(690)]), &info, &aad));
    bad("short-page-key", "A page key has 31 bytes.", "CBOR", index(array([row(690), array([int(691), [5; 31].into()])]), &info, &aad));
    bad("padded", "The list is padded.", "CBOR", index(raw(&seal::pad(right.encode())), &info, &aad));
    bad("no-info", "HPKE's info is empty.", "does not open", index(right.clone(), &[], &aad));
    bad("no-aad", "HPKE's aad is empty.", "does not open", index(right, &info, &[]));
}
