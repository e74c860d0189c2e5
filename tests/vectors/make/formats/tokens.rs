//! Cases for grant tokens and grant files: docs/protocol.md §6.

use super::{
    draft::Draft,
    file::hex,
    signatures::{NOT_CANONICAL, SMALL_ORDER},
    world::{GRANT, SALT, START_S, World, chain, key, label, receive_key, secret},
};
use biscuit_auth::{Algorithm, BiscuitBuilder, BlockBuilder, KeyPair, PrivateKey, UnverifiedBiscuit, datalog::SymbolTable};
use pulsebook_protocol::{
    card::GrantFile, envelope::Suite, grant::{GrantTerms, Narrowing, Purpose, attenuate, mint_grant}, random::SeededRandom, vital::Category,
};
use serde_json::Value;

pub(super) fn drafts(world: &World) -> Vec<Draft> {
    vec![tokens(), grant_files(world)]
}

fn terms() -> GrantTerms {
    GrantTerms {
        chain: chain(), grant_id: GRANT, holder: key(0x70).public().into(), receive_hash: receive_key().public().receive_hash(), suite: Suite::XWing,
        categories: vec![Category::Heart, Category::Oxygen], purposes: vec![Purpose::Treatment], from_ms: START_S as i64 * 1000,
        to_ms: (START_S as i64 + 86_400) * 1000, expires_s: START_S + 864_000, max_stale_s: 86_400, delegate: 0,
    }
}

fn mint(terms: &GrantTerms) -> Vec<u8> {
    mint_grant(&key(21), 1, terms, &secret(8), &mut SeededRandom::new(5)).unwrap().bytes
}

fn pair(seed: u8) -> KeyPair {
    KeyPair::from(&PrivateKey::from_bytes(&[seed; 32], Algorithm::Ed25519).unwrap())
}

/// The facts of an ordinary grant as Datalog, one a line.
fn facts() -> Vec<String> {
    let right = |category| format!("right(\"read\", hex:{})", hex(label(category).as_bytes()));
    let mut rights = [right(Category::Heart), right(Category::Oxygen)];
    rights.sort();
    [
        format!("chain(hex:{})", hex(chain().as_bytes())), format!("grant_id(hex:{GRANT})"), format!("holder(hex:{})", key(0x70).public()),
        format!("receive(hex:{}, 1)", receive_key().public().receive_hash()), rights[0].clone(), rights[1].clone(), "purposes({\"TREAT\"})".into(),
        "from(2026-11-01T00:00:00Z)".into(), "to(2026-11-02T00:00:00Z)".into(), "expires(2026-11-11T00:00:00Z)".into(), "max_stale(86400)".into(), "delegate(0)".into(),
    ]
    .to_vec()
}

/// A token whose authority block is this Datalog, signed with the consent key of epoch 1.
fn signed(code: &[String], root_key_id: Option<u32>) -> Vec<u8> {
    let code: String = code.iter().map(|line| format!("{line};\n")).collect();
    let mut builder = BiscuitBuilder::new().code(code).unwrap();
    if let Some(id) = root_key_id {
        builder = builder.root_key_id(id);
    }
    builder.build_with_key_pair(&pair(21), SymbolTable::default(), &pair(0x90)).unwrap().to_vec().unwrap()
}

fn appended(token: &[u8], code: &str) -> Vec<u8> {
    let block = BlockBuilder::new().code(code).unwrap();
    UnverifiedBiscuit::from(token).unwrap().append_with_keypair(&pair(0x91), block).unwrap().to_vec().unwrap()
}

fn tokens() -> Draft {
    let what = "Grant tokens and a request under them. Context: consent key and its epoch; now (s), action, labels asked for, purpose. Value: the facts, the authority block's hash, the labels allowed.";
    let mut draft = Draft::new("grant-token", what, 6);
    let both = |draft: &mut Draft| {
        let labels = [Category::Heart, Category::Oxygen].map(|category| Value::from(hex(label(category).as_bytes())));
        draft.set("labels", labels.to_vec());
    };
    draft.set_hex("consent_key", key(21).public().as_bytes()).set("epoch", 1).set("now", START_S).set("action", "read").set("purpose", "TREAT");
    both(&mut draft);
    let plain = mint(&terms());
    draft.good("plain", "Heart and oxygen for treatment.", plain.clone());
    draft.good("more-purposes", "Three purposes, delegation once.", mint(&GrantTerms { purposes: vec![Purpose::Treatment, Purpose::Research, Purpose::FamilyRequest], delegate: 1, ..terms() }));
    draft.good("one-label-asked-in-vain", "A label that is not granted is left out of what is allowed.", mint(&GrantTerms { categories: vec![Category::Heart], ..terms() }));
    draft.good("from-datalog", "The same facts written as Datalog.", signed(&facts(), Some(1)));
    let mut reversed = facts();
    reversed.reverse();
    draft.good("any-order-of-facts", "Facts may come in any order.", signed(&reversed, Some(1)));
    let narrowing = Narrowing { labels: Some(vec![label(Category::Oxygen)]), purposes: Some(vec![Purpose::Treatment]), expires_s: Some(START_S + 60) };
    draft.good("narrowed", "An appended block allows oxygen alone.", attenuate(&plain, &narrowing, &mut SeededRandom::new(6)).unwrap());
    let twice = attenuate(&plain, &Narrowing { expires_s: Some(START_S + 1), ..Narrowing::default() }, &mut SeededRandom::new(7)).unwrap();
    draft.good("narrowed-twice", "Two appended blocks; both must allow.", attenuate(&twice, &narrowing, &mut SeededRandom::new(8)).unwrap());
    draft.good("check-with-alternatives", "A check with two alternatives.", appended(&plain, "check if purpose(\"ETREAT\") or purpose(\"TREAT\");"));
    let sixteen = (0..16).fold(plain.clone(), |token, _| appended(&token, "check if action(\"read\");"));
    draft.good("sixteen-blocks", "As many blocks as may be appended.", sixteen.clone());
    draft.bad("seventeen-blocks", "One appended block too many.", "16 attenuations", appended(&sixteen, "check if action(\"read\");"));
    requests(&mut draft, &plain);
    signatures(&mut draft, &plain);
    wrong_facts(&mut draft);
    wrong_blocks(&mut draft, &plain);
    draft
}

/// What an ordinary token does not allow.
fn requests(draft: &mut Draft, plain: &[u8]) {
    draft.bad_in(("now", START_S + 864_000), "expired", "The grant ends at this very second.", "expired", plain.to_vec());
    draft.bad_in(("purpose", "HRESCH"), "other-purpose", "It is not for research.", "not for purpose", plain.to_vec());
    draft.bad_in(("purpose", "treat"), "purpose-in-lower-case", "Codes are compared exactly.", "not for purpose", plain.to_vec());
    draft.bad_in(("purpose", "NOSUCH"), "unknown-purpose", "There is no such purpose.", "not for purpose", plain.to_vec());
    draft.bad_in(("action", "write"), "other-action", "Only reading is granted.", "allows nothing", plain.to_vec());
    draft.bad_in(("labels", vec![Value::from(hex(label(Category::Temperature).as_bytes()))]), "other-label", "Temperature is not granted.", "allows nothing", plain.to_vec());
    draft.bad_in(("labels", Vec::<Value>::new()), "no-label", "Nothing is asked for.", "allows nothing", plain.to_vec());
    let late = attenuate(plain, &Narrowing { expires_s: Some(START_S), ..Narrowing::default() }, &mut SeededRandom::new(7)).unwrap();
    draft.bad("narrowed-and-late", "An appended block ended a second ago.", "allows nothing", late);
    let research = Narrowing { purposes: Some(vec![Purpose::Research]), ..Narrowing::default() };
    draft.bad("narrowed-to-another-purpose", "An appended block allows research alone.", "allows nothing", attenuate(plain, &research, &mut SeededRandom::new(7)).unwrap());
    let elsewhere = Narrowing { labels: Some(vec![label(Category::Temperature)]), ..Narrowing::default() };
    draft.bad("narrowed-to-another-label", "An appended block allows a label that the grant does not.", "allows nothing", attenuate(plain, &elsewhere, &mut SeededRandom::new(7)).unwrap());
}

fn signatures(draft: &mut Draft, plain: &[u8]) {
    draft.bad_in(("consent_key", hex(key(22).public().as_bytes())), "other-consent-key", "The epoch has another consent key.", "does not verify", plain.to_vec());
    draft.bad_in(("epoch", 2), "epoch-not-known", "The key of the epoch that it names is not known.", "names epoch Some(1)", plain.to_vec());
    draft.bad("no-epoch", "It names no epoch (root_key_id).", "names epoch None", signed(&facts(), None));
    draft.bad("other-epoch", "It names another epoch.", "names epoch Some(0)", signed(&facts(), Some(0)));
    draft.bad("empty", "There are no bytes.", "does not verify", Vec::new());
    draft.bad("cut", "The last byte is missing.", "does not verify", plain[..plain.len() - 1].to_vec());
    let at = plain.len() / 2;
    draft.bad("flipped", "One bit in the middle is flipped.", "does not verify", [&plain[..at], &[plain[at] ^ 1], &plain[at + 1..]].concat());
    draft.bad("too-large", "It has more than 16 KiB.", "at most 16384", vec![0; 17_000]);
    draft.bad("no-protobuf", "The bytes are no Biscuit.", "does not verify", vec![0xff; 200]);
}

fn wrong_facts(draft: &mut Draft) {
    let names = ["chain", "grant_id", "holder", "receive", "purposes", "from", "to", "expires", "max_stale", "delegate"];
    for name in names {
        let left: Vec<String> = facts().into_iter().filter(|fact| !fact.starts_with(&format!("{name}("))).collect();
        draft.bad(&format!("without-{}", name.replace('_', "-")), &format!("The fact {name} is missing."), "missing", signed(&left, Some(1)));
        let twice: Vec<String> = facts().into_iter().find(|fact| fact.starts_with(&format!("{name}("))).into_iter().collect();
        let mut changed = [twice, facts()].concat();
        changed[0] = changed[0].replace("hex:5", "hex:4").replace("hex:0", "hex:1").replace("T00", "T01").replace("(0)", "(1)").replace("86400", "86401").replace("{\"TREAT\"}", "{\"HRESCH\"}");
        if changed[0] == changed[1..].iter().find(|fact| fact.starts_with(name)).cloned().unwrap_or_default() {
            changed[0] = flip_digit(&changed[0]);
        }
        draft.bad(&format!("two-{}", name.replace('_', "-")), &format!("The fact {name} is there twice."), "same fact twice", signed(&changed, Some(1)));
    }
    let with = |old: &str, new: &str| {
        let list: Vec<String> = facts().into_iter().map(|fact| if fact.starts_with(&format!("{old}(")) { new.to_owned() } else { fact }).collect();
        signed(&list, Some(1))
    };
    let mut bad = |name: &str, why: &str, error: &str, token: Vec<u8>| {
        draft.bad(name, why, error, token);
    };
    let without_rights: Vec<String> = facts().into_iter().filter(|fact| !fact.starts_with("right")).collect();
    bad("without-rights", "There is no right.", "missing", signed(&without_rights, Some(1)));
    let plus = |fact: &str| signed(&[facts(), vec![fact.to_owned()]].concat(), Some(1));
    bad("right-to-write", "There is a right to something else than read.", "something else", plus("right(\"write\", hex:0102030405060708)"));
    bad("short-label", "A label has seven bytes.", "wrong length", plus("right(\"read\", hex:01020304050607)"));
    bad("other-fact", "There is a fact that no grant has.", "no grant has", plus("owner(\"me\")"));
    bad("right-of-three", "A right has three terms.", "other terms", plus("right(\"read\", hex:0102030405060708, 1)"));
    bad("check-in-authority", "The authority block has a check.", "more in it", plus("check if action(\"read\")"));
    bad("rule-in-authority", "The authority block has a rule.", "more in it", plus("a($x) <- label($x)"));
    bad("chain-as-text", "The chain is a text.", "other terms", with("chain", "chain(\"abc\")"));
    bad("short-chain", "The chain has 31 bytes.", "wrong length", with("chain", &format!("chain(hex:{})", "01".repeat(31))));
    bad("short-grant-id", "The grant_id has 15 bytes.", "wrong length", with("grant_id", &format!("grant_id(hex:{})", "01".repeat(15))));
    bad("short-holder", "The holder key has 31 bytes.", "may not be enrolled", with("holder", &format!("holder(hex:{})", "01".repeat(31))));
    for (kind, encoding) in SMALL_ORDER.iter().chain(&NOT_CANONICAL[..2]) {
        bad(&format!("holder-{kind}"), "The holder key may not be enrolled.", "may not be enrolled", with("holder", &format!("holder(hex:{encoding})")));
    }
    bad("suite-0", "There is no suite 0.", "suite", with("receive", &format!("receive(hex:{}, 0)", "01".repeat(32))));
    bad("suite-65537", "The suite does not fit into 16 bits.", "suite", with("receive", &format!("receive(hex:{}, 65537)", "01".repeat(32))));
    bad("suite-negative", "The suite is negative.", "suite", with("receive", &format!("receive(hex:{}, -1)", "01".repeat(32))));
    bad("no-suite", "The receive key has no suite.", "other terms", with("receive", &format!("receive(hex:{})", "01".repeat(32))));
    bad("unknown-purpose-granted", "A purpose is not known.", "purposes", with("purposes", "purposes({\"TREAT\", \"NOSUCH\"})"));
    bad("purposes-of-numbers", "Purposes are numbers.", "purposes", with("purposes", "purposes({1, 2})"));
    bad("no-purpose", "The set of purposes is empty.", "missing", with("purposes", "purposes({,})"));
    bad("purpose-as-text", "The purpose is a text and no set.", "other terms", with("purposes", "purposes(\"TREAT\")"));
    bad("from-off-the-hour", "The range begins at half past.", "whole hours", with("from", "from(2026-11-01T00:30:00Z)"));
    bad("to-off-the-hour", "The range ends a second past.", "whole hours", with("to", "to(2026-11-02T00:00:01Z)"));
    bad("empty-range", "The range is empty.", "range", with("to", "to(2026-11-01T00:00:00Z)"));
    bad("reversed-range", "The range ends before it begins.", "range", with("to", "to(2026-10-01T00:00:00Z)"));
    bad("from-as-number", "The beginning is a number.", "other terms", with("from", "from(1793491200)"));
    bad("negative-max-stale", "max_stale is negative.", "out of range", with("max_stale", "max_stale(-1)"));
    bad("max-stale-too-wide", "max_stale has 33 bits.", "out of range", with("max_stale", "max_stale(4294967296)"));
    bad("delegate-256", "delegate does not fit into a byte.", "out of range", with("delegate", "delegate(256)"));
    bad("negative-delegate", "delegate is negative.", "out of range", with("delegate", "delegate(-1)"));
}

fn flip_digit(fact: &str) -> String {
    let at = fact.find("hex:").map_or(fact.len() - 2, |at| at + 5);
    let digit = if fact.as_bytes()[at] == b'1' { "2" } else { "1" };
    format!("{}{digit}{}", &fact[..at], &fact[at + 1..])
}

fn wrong_blocks(draft: &mut Draft, plain: &[u8]) {
    let extra = hex(label(Category::Temperature).as_bytes());
    let mut bad = |name: &str, why: &str, error: &str, code: &str| {
        draft.bad(name, why, error, appended(plain, code));
    };
    bad("appended-right", "An appended block grants another label.", "more in it than checks", &format!("right(\"read\", hex:{extra});"));
    bad("appended-expiry", "An appended block has a later end.", "more in it than checks", "expires(2036-11-11T00:00:00Z);");
    bad("appended-holder", "An appended block names another holder.", "more in it than checks", &format!("holder(hex:{});", key(0x71).public()));
    bad("appended-delegate", "An appended block allows delegation.", "more in it than checks", "delegate(5);");
    bad("appended-rule", "An appended block has a rule.", "more in it than checks", "right(\"read\", $l) <- label($l);");
    bad("seventeen-checks", "A block has 17 different checks.", "more than 16 checks", &(0..17).map(|n| format!("check if action($a), {n} < 100;")).collect::<String>());
    bad("five-predicates", "A check joins five predicates.", "joins more than 4", "check if now($a), action($b), label($c), purpose($d), now($e);");
    bad("seventeen-alternatives", "A check has 17 alternatives.", "16 alternatives", &format!("check if {};", vec!["action(\"read\")"; 17].join(" or ")));
    bad("regular-expression", "A check has a regular expression.", "not Datalog 3.0", "check if purpose($p), $p.matches(\"TR.*\");");
    bad("lazy-and", "A check has && and with it a closure.", "not Datalog 3.0", "check if now($t), $t > 2020-01-01T00:00:00Z && $t > 2021-01-01T00:00:00Z;");
    bad("lazy-or", "A check has || and with it a closure.", "not Datalog 3.0", "check if now($t), $t > 2020-01-01T00:00:00Z || $t > 2021-01-01T00:00:00Z;");
    bad("loose-equality", "A check has == of Datalog 3.3.", "not Datalog 3.0", "check if purpose($p), $p == \"TREAT\";");
    bad("array", "A check has an array.", "not Datalog 3.0", "check if purpose($p), [\"TREAT\"].contains($p);");
    bad("map", "A check has a map.", "not Datalog 3.0", "check if purpose($p), {\"a\": 1}.contains(\"a\");");
    bad("null", "A check has null.", "not Datalog 3.0", "check if purpose($p), null !== $p;");
    bad("never", "A check that nothing fulfils.", "allows nothing", "check if false;");
    bad("reject-if", "A check that refuses what is there.", "allows nothing", "reject if action(\"read\");");
}

fn grant_files(world: &World) -> Draft {
    let mut draft = Draft::new("grant-file", "Grant files (JSON). Text: the file.", 6);
    let file = |categories: Vec<Category>, sentence: &str| {
        let token = mint(&GrantTerms { categories: categories.clone(), ..terms() });
        let file = GrantFile { token, chain: chain(), first_root: key(1).public(), salt: SALT, label_key: secret(8), categories, directory: world.draft.sign(&key(11)), sentence: sentence.into(), delegated: None };
        file.to_json().to_string()
    };
    draft.good("one-category", "Heart alone.", file(vec![Category::Heart], "Clinic may read heart."));
    draft.good("two-categories", "Heart and oxygen.", file(vec![Category::Heart, Category::Oxygen], "Clinic may read heart and oxygen."));
    draft.good("every-category", "All categories.", file(Category::ALL.to_vec(), "Everything."));
    draft.good("other-letters", "The sentence has letters of any script.", file(vec![Category::Heart], "Клиника 心臓 — „Ä“."));
    let json = file(vec![Category::Heart, Category::Oxygen], "Clinic may read heart and oxygen.");
    let value: Value = serde_json::from_str(&json).unwrap();
    draft.good("compact", "White space between the fields says nothing.", value.to_string());
    let with = |key: &str, new: Value| {
        let mut changed = value.clone();
        changed[key] = new;
        changed.to_string()
    };
    let mut bad = |name: &str, why: &str, error: &str, text: String| {
        draft.bad(name, why, error, text);
    };
    bad("empty", "There is nothing.", "cannot be read", String::new());
    bad("not-json", "It is no JSON.", "cannot be read", json[..json.len() - 2].to_owned());
    bad("trailing", "Text follows the object.", "cannot be read", format!("{json} x"));
    bad("array", "It is an array.", "expected a grant file", format!("[{json}]"));
    bad("node-card", "It is of another kind.", "expected a grant file", with("pulsebook", "node/1".into()));
    bad("version-2", "It is of version 2.", "expected a grant file", with("pulsebook", "grant/2".into()));
    bad("unknown-field", "It has an unknown field.", "cannot be read", with("no_such_field", 1.into()));
    bad("field-twice", "A field is there twice.", "cannot be read", json.replacen('{', "{\"sentence\": \"another\",", 1));
    for field in ["token", "chain", "first_root", "salt16", "label_key", "categories", "directory", "sentence"] {
        let mut changed = value.clone();
        changed.as_object_mut().unwrap().remove(field);
        bad(&format!("without-{}", field.replace('_', "-")), &format!("{field} is missing."), "cannot be read", changed.to_string());
    }
    bad("other-root", "The chain is not of this root.", "`chain` is wrong", with("first_root", key(2).public().to_string().into()));
    bad("other-salt", "The chain is not of this salt.", "`chain` is wrong", with("salt16", "00".repeat(16).into()));
    bad("other-chain", "The chain is another.", "`chain` is wrong", with("chain", "a".repeat(52).into()));
    bad("chain-in-hex", "The chain is in hex.", "`chain` is wrong", with("chain", hex(chain().as_bytes()).into()));
    bad("upper-case-chain", "The chain is in upper case.", "`chain` is wrong", with("chain", chain().to_string().to_uppercase().into()));
    bad("upper-case-root", "The root is in upper case.", "`first_root` is wrong", with("first_root", key(1).public().to_string().to_uppercase().into()));
    bad("root-small-order", "The root is of small order.", "small order", with("first_root", SMALL_ORDER[6].1.into()));
    bad("root-not-canonical", "The root is not canonical.", "canonical", with("first_root", NOT_CANONICAL[0].1.into()));
    bad("short-salt", "The salt has 15 bytes.", "`salt16` is wrong", with("salt16", "00".repeat(15).into()));
    bad("short-label-key", "The label key has 31 bytes.", "`label_key` is wrong", with("label_key", "08".repeat(31).into()));
    bad("other-label-key", "The labels are not of this key.", "`categories` is wrong", with("label_key", "09".repeat(32).into()));
    bad("unknown-category", "A category is not known.", "`categories` is wrong", with("categories", serde_json::json!({"brain": "00".repeat(8)})));
    bad("other-label", "A label is not the one its key gives.", "`categories` is wrong", with("categories", serde_json::json!({"heart": "00".repeat(8)})));
    bad("padded-token", "The token's base64 is padded.", "`token` is wrong", with("token", "AQ==".into()));
    bad("token-not-url-safe", "The token is not in the URL-safe alphabet.", "`token` is wrong", with("token", "ab+/".into()));
    bad("directory-not-base64", "The directory is no base64.", "`directory` is wrong", with("directory", "*".into()));
    bad("token-as-number", "The token is a number.", "cannot be read", with("token", 5.into()));
    bad("too-large", "It has more than 128 KiB.", "at most", with("sentence", "x".repeat(140_000).into()));
    draft
}
