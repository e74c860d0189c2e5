//! Runs the frozen test vectors: our code accepts every valid case with its value and refuses every invalid one.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "vectors/make/cbor.rs"]
#[allow(dead_code)]
mod cbor;
#[path = "vectors/enrolment.rs"]
mod enrolment;
#[path = "vectors/file.rs"]
mod file;
#[path = "vectors/judge.rs"]
mod judge;
#[path = "vectors/make/world.rs"]
#[allow(dead_code)]
mod world;

use file::VectorFile;
use std::{collections::BTreeSet, fs};

fn files() -> Vec<(String, VectorFile)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(file::folder()).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".json") {
            let text = fs::read_to_string(entry.path()).unwrap();
            files.push((
                name.clone(),
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}")),
            ));
        }
    }
    files
}

#[test]
fn every_file_is_the_frozen_one() {
    let sums = fs::read_to_string(file::folder().join("SHA256SUMS")).unwrap();
    let frozen: BTreeSet<String> = sums.lines().map(|line| line[66..].to_owned()).collect();
    let there: BTreeSet<String> = files().into_iter().map(|(name, _)| name).collect();
    assert_eq!(frozen, there, "SHA256SUMS and the folder name different files");
    for line in sums.lines() {
        let bytes = fs::read(file::folder().join(&line[66..])).unwrap();
        let found = pulsebook_protocol::hash::sha256(&[&bytes]).to_string();
        assert_eq!(found, line[..64], "{} was changed; vectors are frozen: take it back", &line[66..]);
    }
}

#[test]
fn every_format_of_the_protocol_page_has_a_file_with_enough_cases() {
    let page = fs::read_to_string(file::folder().join("../../docs/protocol.md")).unwrap();
    let files = files();
    for (format, words, _) in judge::formats() {
        assert!(page.contains(words), "docs/protocol.md no longer says `{words}`, which defines {format}");
        let (_, file) = files
            .iter()
            .find(|(name, _)| *name == format!("{format}.json"))
            .unwrap_or_else(|| panic!("{format} has no file"));
        let count = |expect| file.cases.iter().filter(|case| case.expect == expect).count();
        assert!(count("valid") >= 5, "{format}: {} valid cases, 5 expected", count("valid"));
        assert!(count("invalid") >= 15, "{format}: {} invalid cases, 15 expected", count("invalid"));
        assert_eq!(count("valid") + count("invalid"), file.cases.len());
        let names: BTreeSet<&str> = file.cases.iter().map(|case| case.name.as_str()).collect();
        assert_eq!((names.len(), &file.format[..]), (file.cases.len(), format), "{format}: a name twice");
    }
    let known: Vec<String> = judge::formats().iter().map(|(format, ..)| format!("{format}.json")).collect();
    assert!(files.iter().all(|(name, _)| known.contains(name)), "a file without a judge");
}

/// What the page defines in bold and what stands in the table of routes, drawn from the page itself.
#[test]
fn no_definition_of_the_protocol_page_is_without_vectors() {
    let page = fs::read_to_string(file::folder().join("../../docs/protocol.md")).unwrap();
    let defined: String = judge::formats().iter().map(|(_, words, _)| format!("{words}\n")).collect();
    for (word, why) in NOT_A_FORMAT {
        assert!(
            page.contains(&format!("**{word}**")),
            "docs/protocol.md does not define {word} any more ({why})"
        );
    }
    for word in page.split("**").skip(1).step_by(2) {
        let known =
            defined.contains(&format!("**{word}**")) || NOT_A_FORMAT.iter().any(|(other, _)| *other == word);
        assert!(
            known,
            "docs/protocol.md defines **{word}**: make vectors for it, or say in NOT_A_FORMAT why not"
        );
    }
    let routes =
        page.lines().filter(|line| ["| PUT ", "| POST ", "| GET "].iter().any(|way| line.starts_with(way)));
    for route in routes {
        let known = judge::formats().iter().any(|(_, words, _)| route.contains(words));
        let bare = BARE_ROUTES.iter().any(|path| route.contains(path));
        assert!(known || bare, "no vectors for {route}");
    }
}

/// Words that the page has in bold and that are no format of their own.
const NOT_A_FORMAT: &[(&str, &str)] = &[
    ("Domains.", "the prefixes of every other format"),
    ("Hash", "SHA-256 itself"),
    ("HMAC", "HMAC itself"),
    ("Expand(prk, info, n)", "HKDF itself"),
    ("AEAD", "AES-256-GCM itself"),
    ("Padding", "in sealed-box"),
    ("base32", "in chain"),
    ("sealed", "a state"),
    ("offered", "a state"),
    ("certified", "a state"),
    ("settled", "a state"),
];

/// Routes whose body is another format, octets or nothing.
const BARE_ROUTES: &[&str] = &["/v1/card", "/segments/<commitment>", "/keyring/", "/releases/<grant>"];

#[test]
fn our_code_accepts_every_valid_case_and_reads_its_value() {
    for (name, file) in files() {
        for case in file.cases.iter().filter(|case| case.expect == "valid") {
            let value = judge::judge(&file.format, case)
                .unwrap_or_else(|error| panic!("{name} {}: {error}", case.name));
            assert_eq!(Some(&value), case.value.as_ref(), "{name} {}", case.name);
        }
    }
}

#[test]
fn our_code_refuses_every_invalid_case_at_its_rule() {
    for (name, file) in files() {
        for case in file.cases.iter().filter(|case| case.expect == "invalid") {
            let error = judge::judge(&file.format, case)
                .err()
                .unwrap_or_else(|| panic!("{name} {} was accepted", case.name));
            let rule = case.error.as_ref().unwrap_or_else(|| panic!("{name} {} names no error", case.name));
            assert!(
                !rule.is_empty() && error.contains(rule),
                "{name} {}: `{error}` instead of `{rule}`",
                case.name
            );
        }
    }
}
