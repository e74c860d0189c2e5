//! Cases for keys: docs/protocol.md §2, and the proofs that a key is held.

use super::{derived::{Formula, wrong_results}, draft::Draft, file::hex, world::{chain, key, receive_key, secret}};
use pulsebook_protocol::{
    bytes::{ChainId, Salt16}, control::control_check, domain, grant::category_label, key_certificate::NodeKeys, proposal::chain_id,
    vital::Category, words::LocatorKey,
};

pub(super) fn drafts() -> Vec<Draft> {
    vec![words(), chains(), locators(), node_keys(), possession(), voucher(), segment_keys(), control_checks(), labels(), receive_hashes()]
}

const ZERO: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art";
const LETTER: &str = "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic bless";
const LEGAL: &str = "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title";
const ZOO: &str = "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote";
const HAMSTER: &str = "hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis maple dilemma loan word shrug inflict delay length";

fn words() -> Draft {
    let what = "24 recovery words and the keys from them: seeds of root (Ed25519), recovery (X-Wing) and locator. The words are those of BIP39's published test vectors.";
    let mut draft = Draft::new("words", what, 2);
    for (name, text) in [("zeros", ZERO), ("7f", LEGAL), ("80", LETTER), ("ff", ZOO), ("random", HAMSTER)] {
        draft.good(name, "Words of BIP39's test vectors with 256 bits.", text);
    }
    draft.good("upper-case", "Case does not matter when words are typed.", ZOO.to_uppercase());
    draft.good("spread-out", "Nor does white space between them.", format!("  {}\n", LEGAL.replace(' ', "\n \t")));
    let without = |index: usize| -> String {
        let mut list: Vec<&str> = HAMSTER.split(' ').collect();
        list.remove(index);
        list.join(" ")
    };
    let swapped = |a: usize, b: usize| -> String {
        let mut list: Vec<&str> = HAMSTER.split(' ').collect();
        list.swap(a, b);
        list.join(" ")
    };
    draft.bad("nothing", "There are no words.", "found 0", "");
    draft.bad("23-words", "The last word is missing.", "found 23", without(23));
    draft.bad("first-missing", "The first word is missing.", "found 23", without(0));
    draft.bad("25-words", "There is a word too many.", "found 25", format!("{HAMSTER} zoo"));
    draft.bad("12-words", "They are 12 valid words.", "found 12", "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about");
    draft.bad("other-checksum", "The last word is another; the checksum is wrong.", "do not belong together", HAMSTER.replace(" length", " zoo"));
    draft.bad("other-word", "One word is another of the list.", "do not belong together", HAMSTER.replace("diagram", "dial"));
    draft.bad("neighbours-swapped", "Two neighbours have changed places.", "do not belong together", swapped(4, 5));
    draft.bad("ends-swapped", "First and last have changed places.", "do not belong together", swapped(0, 23));
    draft.bad("all-equal", "24 times the first word of the list.", "do not belong together", ["abandon"; 24].join(" "));
    draft.bad("all-zoo", "24 times the last word of the list.", "do not belong together", ["zoo"; 24].join(" "));
    draft.bad("misspelt", "The first word is misspelt.", "word 1 ", HAMSTER.replace("hamster", "hamstr"));
    draft.bad("misspelt-last", "The last word is misspelt.", "word 24 ", HAMSTER.replace(" length", " lenght"));
    draft.bad("four-letters", "A word is shortened to its first four letters.", "word 1 ", HAMSTER.replace("hamster", "hams"));
    draft.bad("prefix", "A word is lengthened.", "word 1 ", HAMSTER.replace("hamster", "hamsters"));
    draft.bad("umlaut", "A word has an accent.", "word 1 ", HAMSTER.replace("hamster", "hämster"));
    draft.bad("commas", "Commas stand between the words.", "word 1 ", HAMSTER.replace(' ', ", "));
    draft.bad("hyphens", "Hyphens stand between the words.", "found 1", HAMSTER.replace(' ', "-"));
    draft.bad("numbered", "The words are numbered.", "found 48", HAMSTER.split(' ').map(|word| format!("1. {word}")).collect::<Vec<_>>().join(" "));
    draft
}

fn chains() -> Draft {
    let mut draft = Draft::new("chain", "The name of a chain. Context: the first root's public key and 16 random bytes. Value: its base32 form.", 2);
    for seed in 0..5u8 {
        let (root, salt) = (key(seed).public(), Salt16::from_bytes([seed; 16]));
        draft.set_hex("first_root", root.as_bytes()).set_hex("salt16", salt.as_bytes());
        draft.good(&format!("root-{seed}"), "A chain of its own.", chain_id(&root, &salt).as_bytes().to_vec());
    }
    let root = key(4).public().as_bytes().to_vec();
    let salt: Vec<u8> = (0..16).collect();
    draft.set_hex("salt16", &salt);
    wrong_results(&mut draft, &Formula::Hash, &[("domain", domain::CHAIN.prefix()), ("root", root), ("salt", salt)], 32);
    draft
}

fn locators() -> Draft {
    let mut draft = Draft::new("locator", "By what a node finds a chain again. Context: the locator key from the words and the node's identity.", 2);
    for seed in 0..5u8 {
        let identity = key(40 + seed).public();
        draft.set_hex("locator_key", [seed; 32]).set_hex("identity", identity.as_bytes());
        draft.good(&format!("node-{seed}"), "Each node sees another locator.", LocatorKey::from_secret(secret(seed)).locator(&identity).as_bytes().to_vec());
    }
    let parts = [("domain", domain::LOCATOR.prefix()), ("identity", key(44).public().as_bytes().to_vec())];
    wrong_results(&mut draft, &Formula::Hmac(vec![4; 32]), &parts, 32);
    draft
}

fn node_keys() -> Draft {
    let mut draft = Draft::new("node-keys", "Seeds of a node's keys for a chain. Context: master secret, chain, generation, role. Value: the public key of that seed.", 2);
    draft.set_hex("chain", chain().as_bytes()).set_hex("master", [0x50; 32]);
    for generation in [0, 1, u32::MAX] {
        let keys = NodeKeys::derive(&secret(0x50), &chain(), generation).unwrap();
        for (role, key) in [("witness", &keys.witness), ("mirror", &keys.mirror), ("entry", &keys.entry)] {
            draft.set("generation", generation).set("role", role);
            draft.good(&format!("{role}-{generation}"), "The seed of this role and generation.", key.seed().expose().to_vec());
        }
    }
    draft.set("generation", 258).set("role", "mirror");
    let generation = 258u32.to_be_bytes().to_vec();
    let parts = [("domain", domain::NODE_KEY.prefix()), ("chain", chain().as_bytes().to_vec()), ("generation", generation), ("role", b"mirror".to_vec())];
    wrong_results(&mut draft, &Formula::Expand([0x50; 32]), &parts, 32);
    draft
}

fn possession() -> Draft {
    let what = "Proofs that a key is held: the key's own signature. Context: key, chain, role, number (generation or epoch). Bytes: the signature.";
    let mut draft = Draft::new("possession", what, 5);
    let held = key(0x61);
    draft.set_hex("key", held.public().as_bytes()).set_hex("chain", chain().as_bytes());
    for (role, number) in [("witness", 0), ("mirror", 1), ("entry", u32::MAX), ("log", 7), ("consent", 0), ("device", 1)] {
        draft.set("role", role).set("number", number);
        draft.good(role, &format!("In the role {role}."), held.prove_possession(&chain(), role, number).as_bytes().to_vec());
    }
    let zero = ChainId::from_bytes([0; 32]);
    draft.set("role", "grantee").set("number", 0).set_hex("chain", zero.as_bytes());
    draft.good("grantee", "A grantee's card belongs to no chain: 32 zero bytes.", held.prove_possession(&zero, "grantee", 0).as_bytes().to_vec());
    draft.set("role", "device").set("number", 0).set_hex("chain", chain().as_bytes());
    signature_cases(&mut draft, &|role, number, chain| held.prove_possession(chain, role, number).as_bytes().to_vec());
    let other = key(0x62);
    draft.bad("by-another-key", "Another key signed.", "verify", other.prove_possession(&chain(), "device", 0).as_bytes().to_vec());
    draft.bad("about-another-key", "This key signed for another.", "verify", held.vouch_for(&chain(), "device", 0, &other.public()).as_bytes().to_vec());
    let bare = |prefix: &[u8]| held.sign(&[prefix, chain().as_bytes(), b"device\0", &[0; 4], held.public().as_bytes()].concat()).as_bytes().to_vec();
    draft.bad("no-domain", "The message has no domain.", "verify", bare(&[]));
    draft.bad("domain-without-zero", "The domain has no zero byte after it.", "verify", bare(b"pulsebook/possession/v1"));
    draft.bad("of-the-key-alone", "The signature is over the key alone.", "verify", held.sign(held.public().as_bytes()).as_bytes().to_vec());
    draft
}

/// What proofs and vouchers have in common: role, number and chain are covered, and a signature has one form.
fn signature_cases(draft: &mut Draft, sign: &dyn Fn(&str, u32, &ChainId) -> Vec<u8>) {
    let right = sign("device", 0, &chain());
    draft.bad("other-role", "It is for another role.", "verify", sign("log", 0, &chain()));
    draft.bad("upper-case-role", "The role is in upper case.", "verify", sign("DEVICE", 0, &chain()));
    draft.bad("no-role", "The role is empty.", "verify", sign("", 0, &chain()));
    draft.bad("other-number", "It is for another number.", "verify", sign("device", 1, &chain()));
    draft.bad("number-little-endian", "The number is in reverse order.", "verify", sign("device", 1 << 24, &chain()));
    draft.bad("other-chain", "It is for another chain.", "verify", sign("device", 0, &ChainId::from_bytes([1; 32])));
    draft.bad("no-chain", "The chain is 32 zero bytes.", "verify", sign("device", 0, &ChainId::from_bytes([0; 32])));
    draft.bad("empty", "There is no signature.", "verify", Vec::new());
    draft.bad("cut", "The signature has 63 bytes.", "verify", right[..63].to_vec());
    draft.bad("longer", "The signature has 65 bytes.", "verify", [&right[..], &[0]].concat());
    let flip = |at: usize| [&right[..at], &[right[at] ^ 1], &right[at + 1..]].concat();
    draft.bad("flipped-r", "One bit of R is flipped.", "verify", flip(0));
    draft.bad("flipped-s", "One bit of S is flipped.", "verify", flip(32));
    draft.bad("s-plus-l", "S is larger by the group's order.", "verify", super::signatures::plus_l(&right));
    draft.bad("zero", "The signature is 64 zero bytes.", "verify", vec![0; 64]);
}

fn voucher() -> Draft {
    let what = "Vouchers: one key's word for another. Context: by (the signer), key (whom it vouches for), chain, role, number. Bytes: the signature.";
    let mut draft = Draft::new("voucher", what, 5);
    let (by, other) = (key(1), key(0x62));
    draft.set_hex("by", by.public().as_bytes()).set_hex("chain", chain().as_bytes()).set("number", 0);
    for seed in 30..34u8 {
        let device = key(seed).public();
        draft.set_hex("key", device.as_bytes()).set("role", "enrol");
        draft.good(&format!("device-{seed}"), "The first root vouches for the device that enrols.", by.vouch_for(&chain(), "enrol", 0, &device).as_bytes().to_vec());
    }
    draft.set_hex("key", by.public().as_bytes());
    draft.good("for-itself", "A key may vouch for itself.", by.vouch_for(&chain(), "enrol", 0, &by.public()).as_bytes().to_vec());
    let device = key(30).public();
    draft.set_hex("key", device.as_bytes()).set("role", "device");
    signature_cases(&mut draft, &|role, number, chain| by.vouch_for(chain, role, number, &device).as_bytes().to_vec());
    draft.bad("by-another-key", "Another key signed.", "verify", other.vouch_for(&chain(), "device", 0, &device).as_bytes().to_vec());
    draft.bad("by-the-device", "The device vouches for itself.", "verify", key(30).prove_possession(&chain(), "device", 0).as_bytes().to_vec());
    draft.bad("for-another-key", "It vouches for another key.", "verify", by.vouch_for(&chain(), "device", 0, &other.public()).as_bytes().to_vec());
    draft
}

fn segment_keys() -> Draft {
    let what = "What comes from a segment's key (DEK). Context: dek, of (seal-key, key-check, blinder, disclosure-salt), index of a salt.";
    let mut draft = Draft::new("segment-keys", what, 3);
    let dek = pulsebook_protocol::commitment::Dek::from_bytes([7; 32]);
    draft.set_hex("dek", [7; 32]);
    draft.set("of", "seal-key").good("seal-key", "The key that seals.", dek.seal_key().expose().to_vec());
    draft.set("of", "key-check").good("key-check", "The key check.", dek.key_check().as_bytes().to_vec());
    draft.set("of", "blinder").good("blinder", "The commitment's blinder.", dek.blinder().as_bytes().to_vec());
    draft.set("of", "disclosure-salt");
    for index in [0, 1, 258, u32::MAX] {
        draft.set("index", index).good(&format!("salt-{index}"), "The salt of this chunk.", dek.disclosure_salt(index).to_vec());
    }
    draft.set("index", 258);
    let parts = [("label", domain::DISCLOSURE_SALT.text().as_bytes().to_vec()), ("zero", vec![0]), ("index", 258u32.to_be_bytes().to_vec())];
    wrong_results(&mut draft, &Formula::Expand([7; 32]), &parts, 32);
    draft.bad("neighbours-salt", "It is the salt of the next chunk.", "formula", dek.disclosure_salt(259).to_vec());
    draft
}

fn control_checks() -> Draft {
    let mut draft = Draft::new("control-check", "The check value of an epoch's control key. Context: control key, chain, epoch.", 4);
    draft.set_hex("chain", chain().as_bytes());
    for epoch in [0, 1, 2, 258, u32::MAX] {
        draft.set_hex("control_key", [0x60; 32]).set("epoch", epoch);
        draft.good(&format!("epoch-{epoch}"), "Each epoch has another check value.", control_check(&secret(0x60), &chain(), epoch).as_bytes().to_vec());
    }
    draft.set("epoch", 258);
    let parts = [("domain", domain::CONTROL_CHECK.prefix()), ("chain", chain().as_bytes().to_vec()), ("epoch", 258u32.to_be_bytes().to_vec())];
    wrong_results(&mut draft, &Formula::Hmac(vec![0x60; 32]), &parts, 32);
    draft
}

fn labels() -> Draft {
    let mut draft = Draft::new("category-label", "Labels that stand for categories in a grant. Context: label key, category. Bytes: 8.", 6);
    draft.set_hex("label_key", [8; 32]);
    for category in Category::ALL {
        draft.set("category", category.wire());
        draft.good(category.name(), "The label of this category.", category_label(&secret(8), category).as_bytes().to_vec());
    }
    draft.set("category", 1);
    wrong_results(&mut draft, &Formula::Hmac(vec![8; 32]), &[("domain", domain::LABEL.prefix()), ("category", vec![1])], 8);
    let wide = Formula::Hmac(vec![8; 32]).result(&[domain::LABEL.prefix(), vec![0, 1]]);
    draft.bad("category-u16", "The category is written in two bytes.", "formula", wide[..8].to_vec());
    let whole = Formula::Hmac(vec![8; 32]).result(&[domain::LABEL.prefix(), vec![1]]);
    draft.bad("last-eight-bytes", "The last 8 bytes of the HMAC instead of the first.", "formula", whole[24..].to_vec());
    draft
}

fn receive_hashes() -> Draft {
    let mut draft = Draft::new("receive-hash", "Hashes of receive keys, as a grant names them. Context: the public key of suite 1 (X-Wing).", 6);
    for seed in 1..5u8 {
        let public = pulsebook_protocol::envelope::ReceiveKey::from_seed(secret(seed)).public();
        draft.set_hex("receive", public.to_bytes());
        draft.good(&format!("seed-{seed}"), &format!("The key of the seed 32 × {seed:02x}."), public.receive_hash().as_bytes().to_vec());
    }
    let public = receive_key().public();
    draft.set_hex("receive", public.to_bytes());
    draft.good("seed-119", "The key of the seed 32 × 77.", public.receive_hash().as_bytes().to_vec());
    let parts = [("domain", domain::RECEIVE_KEY.prefix()), ("suite", vec![0, 1]), ("key", public.to_bytes())];
    wrong_results(&mut draft, &Formula::Hash, &parts, 32);
    let right = public.receive_hash().as_bytes().to_vec();
    draft.bad_in(("receive", hex(&public.to_bytes()[1..])), "short-key", "The key has 1,215 bytes.", "X-Wing", right);
    draft
}
