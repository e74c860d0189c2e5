//! Cases for what is passed on: token digests, delegation lists, handed keys: docs/protocol.md §6.

use super::{
    cbor::{Cbor, array, int, raw},
    derived::{Formula, wrong_results},
    draft::Draft,
    file::hex,
    p256,
    signatures::{NOT_CANONICAL, SMALL_ORDER, bytes},
    world::{GRANT, SALT, START_S, World, chain, dek, key, label, receive_key, receive_key_p256, secret},
};
use biscuit_auth::UnverifiedBiscuit;
use data_encoding::BASE64URL_NOPAD;
use pulsebook_protocol::{
    bytes::{ChainId, Commitment}, card::{Delegated, GrantFile}, cose, delegation::{HandedFor, HandedKeys, seal_handed}, domain,
    envelope::{ReceiveKey, Suite, handed_info, release_info, seal_to}, grant::{GrantTerms, Narrowing, Purpose, attenuate, mint_grant}, hash::sha256,
    random::SeededRandom, request_key::RequestKey, vital::Category,
};
use serde_json::Value;

pub(super) fn drafts(world: &World) -> Vec<Draft> {
    vec![token_digests(), delegation_lists(), handed(), files(world)]
}

/// A grant to this key that may be passed on so many times.
fn token(holder: RequestKey, delegate: u8) -> Vec<u8> {
    let terms = GrantTerms {
        chain: chain(), grant_id: GRANT, holder, receive_hash: receive_key().public().receive_hash(), suite: Suite::XWing,
        categories: vec![Category::Heart, Category::Oxygen], purposes: vec![Purpose::Treatment], from_ms: START_S as i64 * 1000,
        to_ms: (START_S as i64 + 86_400) * 1000, expires_s: START_S + 864_000, max_stale_s: 86_400, delegate,
    };
    mint_grant(&key(21), 1, &terms, &secret(8), &mut SeededRandom::new(5)).unwrap().bytes
}

fn narrowed(token: &[u8], seed: u64) -> Vec<u8> {
    let narrowing = Narrowing { labels: Some(vec![label(Category::Heart)]), ..Narrowing::default() };
    attenuate(token, &narrowing, &mut SeededRandom::new(seed)).unwrap()
}

/// The signatures of the token's blocks, after the domain.
fn parts(token: &[u8]) -> Vec<Vec<u8>> {
    let signatures = UnverifiedBiscuit::from(token).unwrap().revocation_identifiers();
    [vec![domain::TOKEN.prefix()], signatures].concat()
}

/// The digest up to this block, by the formula of the page.
fn digest(token: &[u8], block: usize) -> Vec<u8> {
    Formula::Hash.result(&parts(token)[..block + 2])
}

fn holder() -> RequestKey {
    key(0x70).public().into()
}

fn token_digests() -> Draft {
    let mut draft = Draft::new("token-digest", "Digests of a token up to a block, as a delegation names it. Context: token, block (0 is the authority).", 6);
    let (plain, once, twice) = (token(holder(), 2), narrowed(&token(holder(), 2), 6), narrowed(&narrowed(&token(holder(), 2), 6), 7));
    for (name, why, token, block) in [
        ("plain", "A token that nobody narrowed.", &plain, 0), ("narrowed", "The whole of a narrowed token.", &once, 1), ("narrowed-at-its-authority", "The token before it was narrowed.", &once, 0),
        ("narrowed-twice", "The whole of a token that was narrowed twice.", &twice, 2), ("narrowed-twice-up-to-1", "That token as it was handed on first.", &twice, 1), ("other-grant", "Another patient's wish.", &token(p256_holder(), 0), 0),
    ] {
        draft.set_hex("token", token).set("block", block);
        draft.good(name, why, digest(token, block));
    }
    draft.set_hex("token", &twice).set("block", 1);
    let all = parts(&twice);
    let named = [("domain", all[0].clone()), ("first-signature", all[1].clone()), ("second-signature", all[2].clone())];
    wrong_results(&mut draft, &Formula::Hash, &named, 32);
    draft.bad("of-the-authority", "It is the digest up to the authority.", "formula", digest(&twice, 0));
    draft.bad("of-the-whole", "It is the digest up to the last block.", "formula", digest(&twice, 2));
    draft.bad("of-the-block-alone", "It is over the block's own signature, without those before.", "formula", Formula::Hash.result(&[all[0].clone(), all[2].clone()]));
    draft.bad("of-the-bytes", "It is over the token's bytes.", "formula", Formula::Hash.result(&[all[0].clone(), twice.clone()]));
    draft.bad("of-another-narrowing", "It is of the token narrowed by somebody else.", "formula", digest(&narrowed(&plain, 9), 1));
    let right = digest(&twice, 1);
    draft.bad_in(("block", 3), "no-such-block", "The token has no such block.", "no such block", right.clone());
    draft.bad_in(("token", hex(&twice[..twice.len() - 1])), "token-cut", "The token is a byte short.", "does not verify", right.clone());
    draft.bad_in(("token", String::new()), "no-token", "There is no token.", "does not verify", right.clone());
    draft.bad_in(("token", "ff".repeat(200)), "token-not-a-biscuit", "The bytes are no Biscuit.", "does not verify", right.clone());
    draft.bad_in(("token", "00".repeat(17_000)), "token-too-large", "The token has more than 16 KiB.", "at most 16384", right);
    draft
}

/// A key of P-256, scalar 0x71.
fn p256_holder() -> RequestKey {
    RequestKey::from_bytes(&p256::public(0x71)).unwrap()
}

const END: u64 = START_S + 3600;

/// A link's payload by hand.
fn link(token: &[u8], block: usize, next: &[u8], hops_left: i64) -> Cbor {
    Cbor::Map(vec![(int(0), int(1)), (int(1), digest(token, block).into()), (int(2), next.into()), (int(3), END.into()), (int(4), int(hops_left))])
}

/// Signed with Ed25519 by the key of this seed.
fn ed(seed: u8, payload: &Cbor) -> Vec<u8> {
    cose::sign(&key(seed), domain::DELEGATION, &payload.encode())
}

/// Signed with P-256 by the key of this scalar.
fn p(scalar: u8, payload: &Cbor) -> Vec<u8> {
    p256::cose(scalar, domain::DELEGATION, &payload.encode())
}

fn list(links: &[Vec<u8>]) -> Vec<u8> {
    array(links.iter().map(|link| link.clone().into())).encode()
}

fn delegation_lists() -> Draft {
    let what = "Delegation lists beside the token that is shown. Context: token, consent_key and its epoch, now (s). Value: user (the key that may use the token), delegates, hops_left, not_after (the first of its links', null for an empty list).";
    let mut draft = Draft::new("delegation-list", what, 6);
    let whole = token(holder(), 2);
    let (first, second) = (narrowed(&whole, 6), narrowed(&narrowed(&whole, 6), 7));
    let (next, phone, third) = (key(0x71).public().as_bytes().to_vec(), p256::public(0x72), key(0x73).public().as_bytes().to_vec());
    draft.set_hex("consent_key", key(21).public().as_bytes()).set("epoch", 1).set("now", START_S).set_hex("token", &whole);
    draft.good("empty", "No bytes: the holder uses the token.", Vec::new());
    draft.good("one-link", "To a key of Ed25519, which may pass it on once.", list(&[ed(0x70, &link(&whole, 0, &next, 1))]));
    draft.good("to-a-phone", "To a key of P-256, which may not pass it on.", list(&[ed(0x70, &link(&whole, 0, &phone, 0))]));
    draft.good("two-links", "On from a key of P-256: that link has alg −7.", list(&[ed(0x70, &link(&whole, 0, &phone, 1)), p(0x72, &link(&whole, 0, &third, 0))]));
    draft.set_hex("token", &second);
    draft.good("narrowed-between", "The token was narrowed before each link.", list(&[ed(0x70, &link(&first, 1, &phone, 1)), p(0x72, &link(&second, 2, &third, 0))]));
    draft.good("narrowed-after", "The token was narrowed after the link.", list(&[ed(0x70, &link(&whole, 0, &next, 0))]));
    let from_phone = token(p256_holder(), 1);
    draft.set_hex("token", &from_phone);
    draft.good("of-a-p256-holder", "The holder's key is of P-256.", list(&[p(0x71, &link(&from_phone, 0, &third, 0))]));
    draft.set_hex("token", &whole).set("now", END - 1);
    draft.good("last-second", "The second before it ends.", list(&[ed(0x70, &link(&whole, 0, &next, 0))]));
    draft.set("now", START_S);
    lists_of_eight(&mut draft);
    signed_wrongly(&mut draft, &whole, &phone);
    links_wrong(&mut draft, &whole, &phone);
    chains_wrong(&mut draft, [&whole, &first, &second], [&next, &phone, &third]);
    draft
}

/// As many links as a list may have, and one more.
fn lists_of_eight(draft: &mut Draft) {
    let long = token(holder(), 9);
    draft.set_hex("token", &long);
    let links: Vec<Vec<u8>> = (0..9).map(|n: u8| ed(0x70 + n, &link(&long, 0, key(0x71 + n).public().as_bytes(), 8 - i64::from(n)))).collect();
    draft.good("eight-links", "As many links as are read.", list(&links[..8]));
    draft.bad("nine-links", "One link too many.", "at most 8", list(&links));
    draft.set_hex("token", token(holder(), 2));
}

/// Lists of one link whose payload is right.
fn signed_wrongly(draft: &mut Draft, whole: &[u8], phone: &[u8]) {
    let payload = link(whole, 0, phone, 0);
    draft.cose_shapes(&key(0x70), domain::DELEGATION, &payload.encode(), &|bytes| list(&[bytes]));
    let right = list(&[ed(0x70, &payload)]);
    draft.bad("cut", "The last byte is missing.", "CBOR", right[..right.len() - 1].to_vec());
    draft.bad("trailing-byte", "A byte follows after the list.", "CBOR", [&right[..], &[0]].concat());
    draft.bad("indefinite", "The list has an indefinite length.", "CBOR", [&[0x9f], &right[1..], &[0xff]].concat());
    draft.bad("long-head", "The list's length is not in its shortest form.", "CBOR", [&[0x98, 1], &right[1..]].concat());
    draft.bad("not-wrapped", "The link is an array in the list and no byte string.", "CBOR", [&[0x81], &ed(0x70, &payload)[..]].concat());
    draft.bad("link-alone", "The link is not in a list.", "CBOR", ed(0x70, &payload));
    draft.bad("empty-array", "The list is an empty array; an empty list is no bytes at all.", "CBOR", vec![0x80]);
    draft.bad("not-cbor", "The bytes are no CBOR.", "CBOR", vec![0xff; 40]);
    draft.bad("too-large", "The list is larger than eight links can be.", "too large", vec![0; 5000]);
    draft.bad("link-too-large", "A link has more than 512 bytes.", "too large", list(&[vec![0x84; 513]]));
    let from_phone = token(p256_holder(), 1);
    draft.set_hex("token", &from_phone);
    let payload = link(&from_phone, 0, key(0x73).public().as_bytes(), 0);
    let plain = payload.encode();
    let made = |alg: i64, aad: &str, change: &dyn Fn(Vec<u8>) -> Vec<u8>| list(&[p256::cose_with(int(alg), 0x71, aad, &plain, change)]);
    let name = domain::DELEGATION.text();
    let mut bad = |name: &str, why: &str, error: &str, bytes: Vec<u8>| {
        draft.bad(&format!("p256-{name}"), why, error, bytes);
    };
    bad("high-s", "s is the higher one.", "verify", made(-7, name, &|signature| p256::other_s(&signature)));
    bad("flipped", "One bit of the signature is flipped.", "verify", made(-7, name, &|mut signature| { signature[63] ^= 1; signature }));
    bad("short", "The signature has 63 bytes.", "CBOR", made(-7, name, &|signature| signature[1..].to_vec()));
    bad("alg-8", "The header names EdDSA (−8), kid is of P-256.", "header", made(-8, name, &|signature| signature));
    bad("alg-9", "The header names ESP256 (−9).", "header", made(-9, name, &|signature| signature));
    bad("other-domain", "It was signed for another purpose.", "verify", made(-7, "pulsebook/access/v1", &|signature| signature));
    bad("domain-with-zero", "external_aad is the domain with its zero byte.", "verify", made(-7, &format!("{name}\0"), &|signature| signature));
    bad("by-another", "Another key of P-256 signed, and says so.", "another key", list(&[p(0x72, &payload)]));
    bad("by-ed25519", "A key of Ed25519 signed, and says so.", "header", list(&[ed(0x70, &payload)]));
    draft.set_hex("token", whole);
}

/// Lists of one link, properly signed by the holder.
fn links_wrong(draft: &mut Draft, whole: &[u8], phone: &[u8]) {
    let base = link(whole, 0, phone, 0);
    let wrap = |payload: Vec<u8>| list(&[cose::sign(&key(0x70), domain::DELEGATION, &payload)]);
    draft.missing_fields(&base, &[0, 1, 2, 3, 4], &wrap);
    let mut bad = |name: &str, why: &str, error: &str, cbor: Cbor| {
        draft.bad(&format!("link-{name}"), why, error, wrap(cbor.encode()));
    };
    bad("version-2", "The version is 2.", "version 1", base.with(&[0], 2));
    bad("unknown-field", "A link has a field that no version 1 has.", "CBOR", base.with(&[5], raw(&[0])));
    bad("short-digest", "The token digest has 31 bytes.", "CBOR", base.with(&[1], [1; 31]));
    bad("other-token", "The token digest is of no token.", "another token", base.flipped(&[1]));
    bad("negative-end", "The end is negative.", "CBOR", base.with(&[3], int(-1)));
    bad("ended", "It ended this second.", "the delegation ended", base.with(&[3], START_S));
    bad("ends-at-0", "Its end is 0.", "the delegation ended", base.with(&[3], 0));
    bad("hops-256", "hops left does not fit into a byte.", "CBOR", base.with(&[4], 256));
    bad("hops-as-allowed", "hops left is not below what the patient allowed.", "passed on 1 times", base.with(&[4], 2));
    bad("hops-more", "hops left is more than the patient allowed.", "passed on 1 times", base.with(&[4], 255));
    bad("to-the-holder", "It goes to the holder.", "goes back", base.with(&[2], holder().as_bytes()));
    for (kind, encoding) in SMALL_ORDER.iter().chain(&NOT_CANONICAL) {
        bad(&format!("next-{kind}"), "The next key may not be enrolled.", "the public key is", base.with(&[2], bytes(encoding)));
    }
    for (kind, why, point) in p256::not_points() {
        bad(&format!("next-{kind}"), why, "point of the curve", base.with(&[2], point));
    }
    bad("next-compressed", "The next key is compressed.", "65 bytes", base.with(&[2], [&[2], &phone[1..33]].concat()));
}

/// Lists that are wrong as a whole.
fn chains_wrong(draft: &mut Draft, [whole, first, second]: [&[u8]; 3], [next, phone, third]: [&[u8]; 3]) {
    let none = token(holder(), 0);
    draft.bad_in(("token", hex(&none)), "not-delegable", "The patient allowed no delegation.", "allowed 0", list(&[ed(0x70, &link(&none, 0, next, 0))]));
    let mut bad = |name: &str, why: &str, error: &str, links: &[Vec<u8>]| {
        draft.bad(name, why, error, list(links));
    };
    bad("by-the-next-key", "The next key signed its own link.", "signed by", &[ed(0x71, &link(whole, 0, next, 1))]);
    bad("link-left-out", "The first of two links is left out.", "header", &[p(0x72, &link(whole, 0, third, 0))]);
    bad("links-swapped", "The links have changed places.", "header", &[p(0x72, &link(whole, 0, third, 0)), ed(0x70, &link(whole, 0, phone, 1))]);
    bad("link-twice", "The link is there twice.", "header", &[ed(0x70, &link(whole, 0, phone, 1)), ed(0x70, &link(whole, 0, phone, 1))]);
    bad("second-by-the-holder", "The holder signed the second link too.", "signed by", &[ed(0x70, &link(whole, 0, next, 1)), ed(0x70, &link(whole, 0, third, 0))]);
    bad("goes-round", "The second link goes back to the holder.", "goes back", &[ed(0x70, &link(whole, 0, next, 1)), ed(0x71, &link(whole, 0, holder().as_bytes(), 0))]);
    bad("to-itself", "The second link goes to the one who made it.", "goes back", &[ed(0x70, &link(whole, 0, next, 1)), ed(0x71, &link(whole, 0, next, 0))]);
    bad("hops-do-not-fall", "hops left is the same in both links.", "allowed 1", &[ed(0x70, &link(whole, 0, next, 1)), ed(0x71, &link(whole, 0, third, 1))]);
    bad("past-0", "A link follows one that left 0 hops.", "allowed 1", &[ed(0x70, &link(whole, 0, next, 0)), ed(0x71, &link(whole, 0, third, 0))]);
    bad("second-ended", "The first link ended, the second did not.", "the delegation ended", &[ed(0x70, &link(whole, 0, next, 1).with(&[3], START_S)), ed(0x71, &link(whole, 0, third, 0))]);
    bad("of-more-blocks", "It is for the token with a block that is taken away here.", "another token", &[ed(0x70, &link(first, 1, next, 1))]);
    let back = [ed(0x70, &link(second, 2, next, 1)), ed(0x71, &link(first, 1, third, 0))];
    draft.bad_in(("token", hex(second)), "back-behind-a-narrowing", "The second link is for fewer blocks than the first.", "another token", list(&back));
    let other = narrowed(whole, 9);
    draft.bad_in(("token", hex(&other)), "other-narrowing", "The token was narrowed in another way than handed on.", "another token", list(&[ed(0x70, &link(first, 1, next, 1))]));
    draft.bad_in(("consent_key", hex(key(22).public().as_bytes())), "other-consent-key", "The token is not of this consent key.", "does not verify", list(&[ed(0x70, &link(whole, 0, next, 1))]));
}

fn handed() -> Draft {
    let what = "Handed keys. Context: chain, grant_id, list (the whole delegation list's bytes), receive_seed and suite of the delegate's receive key. Value: keys [commitment, DEK].";
    let mut draft = Draft::new("handed-keys", what, 6);
    let beside = list(&[ed(0x70, &link(&token(holder(), 2), 0, &p256::public(0x72), 0))]);
    draft.set_hex("chain", chain().as_bytes()).set_hex("grant_id", GRANT.as_bytes()).set_hex("list", &beside).set_hex("receive_seed", [0x77; 32]);
    let keys = |count: u8| (0..count).map(|n| (Commitment::from_bytes([n + 1; 32]), dek(n))).collect();
    let sealed = |to: &ReceiveKey, count: u8| {
        let (chain, grant_id) = (chain(), GRANT);
        let what = HandedFor { chain: &chain, grant_id: &grant_id, list: &beside };
        seal_handed(&to.public(), what, &keys(count), &mut SeededRandom::new(count.into())).unwrap().to_bytes()
    };
    for count in [0, 1, 24] {
        draft.set("suite", 1);
        draft.good(&format!("x-wing-{count}"), &format!("{count} keys, to a receive key of suite 1."), sealed(&receive_key(), count));
        draft.set("suite", 2);
        draft.good(&format!("p256-{count}"), &format!("{count} keys, to a receive key of suite 2."), sealed(&receive_key_p256(), count));
    }
    let rows = array((1..3).map(|n: u8| array([[n; 32].into(), [n + 1; 32].into()])));
    let info = handed_info(&chain(), &GRANT, &receive_key_p256().public());
    let by_hand = |info: &[u8], aad: &[u8], plaintext: Vec<u8>| {
        let (enc, ciphertext) = seal_to(&receive_key_p256().public(), info, aad, &plaintext, &mut SeededRandom::new(9)).unwrap();
        array([enc.into(), ciphertext.into()])
    };
    let aad = sha256(&[&beside]);
    let seal = |plaintext: Cbor| by_hand(&info, aad.as_bytes(), plaintext.encode()).encode();
    draft.good("by-hand", "Written from the page of the protocol.", seal(rows.clone()));
    plaintexts_wrong(&mut draft, &rows, &seal);
    let mut sealed_otherwise = |name: &str, why: &str, info: &[u8], aad: &[u8]| {
        draft.bad(name, why, "do not open", by_hand(info, aad, rows.encode()).encode());
    };
    sealed_otherwise("info-of-a-release", "info has a release's domain.", &release_info(&chain(), &GRANT, &receive_key_p256().public()), aad.as_bytes());
    sealed_otherwise("info-of-another-chain", "info is of another chain.", &handed_info(&ChainId::from_bytes([1; 32]), &GRANT, &receive_key_p256().public()), aad.as_bytes());
    sealed_otherwise("info-of-another-receiver", "info has another receive key's hash.", &handed_info(&chain(), &GRANT, &receive_key().public()), aad.as_bytes());
    sealed_otherwise("empty-info", "info is empty.", &[], aad.as_bytes());
    sealed_otherwise("no-aad", "aad is empty.", &info, &[]);
    sealed_otherwise("list-as-aad", "aad is the list and not its hash.", &info, &beside);
    boxes_wrong(&mut draft, &Cbor::parse(&seal(rows.clone())), &beside);
    draft
}

/// Properly sealed, but no list of keys.
fn plaintexts_wrong(draft: &mut Draft, rows: &Cbor, seal: &dyn Fn(Cbor) -> Vec<u8>) {
    let mut bad = |name: &str, why: &str, plaintext: Cbor| {
        draft.bad(&format!("plaintext-{name}"), why, "no list of keys", seal(plaintext));
    };
    let (one, two) = (rows.at(&[0]).clone(), rows.at(&[1]).clone());
    bad("descending", "The commitments descend.", array([two, one.clone()]));
    bad("twice", "A commitment is there twice.", array([one.clone(), one]));
    bad("key-short", "A key has 31 bytes.", rows.with(&[0, 1], [1; 31]));
    bad("commitment-short", "A commitment has 31 bytes.", rows.with(&[0, 0], [1; 31]));
    bad("row-of-three", "A row has three elements.", rows.with(&[0, 2], 0));
    bad("row-of-one", "A row has no key.", rows.without(&[0, 1]));
    bad("map", "It is a map.", Cbor::Map(vec![([1; 32].into(), [2; 32].into())]));
    bad("empty", "There are no bytes.", raw(&[]));
    bad("trailing", "A byte follows.", raw(&[&rows.encode()[..], &[0]].concat()));
    bad("indefinite", "Its length is indefinite.", raw(&[&[0x9f], &rows.encode()[1..], &[0xff]].concat()));
}

/// The outer array, the ciphertext and the context.
fn boxes_wrong(draft: &mut Draft, right: &Cbor, beside: &[u8]) {
    let plain = right.encode();
    let mut bad = |name: &str, why: &str, error: &str, bytes: Vec<u8>| {
        draft.bad(name, why, error, bytes);
    };
    bad("nothing", "There are no bytes.", "CBOR", Vec::new());
    bad("cut", "The last byte is missing.", "CBOR", plain[..plain.len() - 1].to_vec());
    bad("trailing-byte", "A byte follows.", "CBOR", [&plain[..], &[0]].concat());
    bad("long-head", "The array's length is not in its shortest form.", "CBOR", [&[0x98, 2], &plain[1..]].concat());
    bad("enc-alone", "There is no ciphertext.", "CBOR", right.without(&[1]).encode());
    bad("three-parts", "There is a third element.", "CBOR", right.with(&[2], 0).encode());
    bad("enc-as-text", "enc is a text.", "CBOR", right.with(&[0], "enc").encode());
    bad("enc-short", "enc has 64 bytes.", "encapsulated key", right.with(&[0], right.bytes_at(&[0])[1..].to_vec()).encode());
    bad("enc-flipped", "One bit of enc is flipped.", "encapsulated key", right.flipped(&[0]).encode());
    bad("flipped", "One bit of the ciphertext is flipped.", "do not open", right.flipped(&[1]).encode());
    bad("ciphertext-empty", "The ciphertext is empty.", "do not open", right.with(&[1], Vec::new()).encode());
    draft.bad_in(("chain", hex(&[1; 32])), "other-chain", "It is of another chain.", "do not open", plain.clone());
    draft.bad_in(("grant_id", hex(&[1; 16])), "other-grant", "It is of another grant.", "do not open", plain.clone());
    draft.bad_in(("list", hex(&[beside, &[0]].concat())), "other-list", "The list is another.", "do not open", plain.clone());
    draft.bad_in(("list", String::new()), "no-list", "There is no list.", "do not open", plain.clone());
    draft.bad_in(("receive_seed", hex(&[0x78; 32])), "other-delegate", "It is sealed to another delegate.", "do not open", plain.clone());
    draft.bad_in(("suite", 1), "other-suite", "The delegate's key is of suite 1.", "encapsulated key", plain);
}

/// A grant file as a holder or delegate hands it on.
fn file(world: &World, links: Vec<Vec<u8>>, handed: Vec<u8>) -> String {
    let (token, handed) = (token(holder(), 2), HandedKeys::from_bytes(&handed).unwrap());
    let (sentence, categories) = ("Clinic may read heart.".into(), vec![Category::Heart]);
    let directory = world.draft.sign(&key(11));
    let delegated = Some(Delegated { links, handed });
    GrantFile { token, chain: chain(), first_root: key(1).public(), salt: SALT, label_key: secret(8), categories, directory, sentence, delegated }.to_json().to_string()
}

fn files(world: &World) -> Draft {
    let mut draft = Draft::new("grant-file-passed-on", "Grant files (JSON) that were passed on. Text: the file. Value: as in grant-file, and delegation (the list's bytes) and handed (the handed keys' bytes). The list's signatures are judged in delegation-list.", 6);
    let whole = token(holder(), 2);
    let links = [ed(0x70, &link(&whole, 0, &p256::public(0x72), 1)), p(0x72, &link(&whole, 0, key(0x73).public().as_bytes(), 0))];
    let sealed = |bytes: usize| array([vec![4; 65].into(), vec![5; bytes].into()]).encode();
    draft.good("one-link", "Passed on once.", file(world, links[..1].to_vec(), sealed(17)));
    draft.good("two-links", "Passed on twice.", file(world, links.to_vec(), sealed(100)));
    draft.good("eight-links", "As many links as a list may have.", file(world, vec![links[0].clone(); 8], sealed(17)));
    draft.good("suite-1", "The handed keys are sealed with suite 1.", file(world, links[..1].to_vec(), array([vec![4; 1120].into(), vec![5; 17].into()]).encode()));
    draft.good("larger-than-a-card", "With handed keys a file may be larger than 128 KiB.", file(world, links[..1].to_vec(), sealed(140_000)));
    let value: Value = serde_json::from_str(&file(world, links.to_vec(), sealed(17))).unwrap();
    let with = |field: &str, new: Value| {
        let mut changed = value.clone();
        changed[field] = new;
        changed.to_string()
    };
    let b64 = |bytes: &[u8]| Value::from(BASE64URL_NOPAD.encode(bytes));
    let without = |field: &str| {
        let mut changed = value.clone();
        changed.as_object_mut().unwrap().remove(field);
        changed.to_string()
    };
    let (list, handed) = (list(&links), sealed(17));
    let mut bad = |name: &str, why: &str, error: &str, text: String| {
        draft.bad(name, why, error, text);
    };
    bad("no-handed", "There is a list and no handed keys.", "come together", without("handed"));
    bad("no-delegation", "There are handed keys and no list.", "come together", without("delegation"));
    bad("delegation-null", "The list is null.", "come together", with("delegation", Value::Null));
    bad("delegation-empty", "The list is empty.", "`delegation` is wrong", with("delegation", "".into()));
    bad("delegation-empty-array", "The list is an empty array.", "`delegation` is wrong", with("delegation", b64(&[0x80])));
    bad("delegation-cut", "The list is a byte short.", "`delegation` is wrong", with("delegation", b64(&list[..list.len() - 1])));
    bad("delegation-trailing", "A byte follows the list.", "`delegation` is wrong", with("delegation", b64(&[&list[..], &[0]].concat())));
    bad("delegation-indefinite", "The list has an indefinite length.", "`delegation` is wrong", with("delegation", b64(&[&[0x9f], &list[1..], &[0xff]].concat())));
    bad("delegation-too-large", "The list is larger than eight links can be.", "`delegation` is wrong", with("delegation", b64(&[0; 5000])));
    bad("delegation-padded", "The list's base64 is padded.", "`delegation` is wrong", with("delegation", "gA==".into()));
    bad("delegation-not-url-safe", "The list is not in the URL-safe alphabet.", "`delegation` is wrong", with("delegation", "ab+/".into()));
    bad("delegation-in-hex", "The list is in hex.", "`delegation` is wrong", with("delegation", hex(&list).into()));
    bad("delegation-as-array", "The list is an array of JSON.", "cannot be read", with("delegation", Value::Array(vec![b64(&links[0])])));
    bad("handed-empty", "The handed keys are empty.", "`handed` is wrong", with("handed", "".into()));
    bad("handed-cut", "The handed keys are a byte short.", "`handed` is wrong", with("handed", b64(&handed[..handed.len() - 1])));
    bad("handed-trailing", "A byte follows the handed keys.", "`handed` is wrong", with("handed", b64(&[&handed[..], &[0]].concat())));
    bad("handed-of-three", "The handed keys have a third part.", "`handed` is wrong", with("handed", b64(&[&[0x83], &handed[1..], &[0]].concat())));
    bad("handed-padded", "The base64 of the handed keys is padded.", "`handed` is wrong", with("handed", "gA==".into()));
    bad("handed-as-number", "The handed keys are a number.", "cannot be read", with("handed", 5.into()));
    bad("unknown-field", "It has an unknown field.", "cannot be read", with("handed_on", b64(&handed)));
    bad("other-chain", "The chain is another.", "`chain` is wrong", with("chain", "a".repeat(52).into()));
    bad("without-token", "The token is missing.", "cannot be read", without("token"));
    draft
}
