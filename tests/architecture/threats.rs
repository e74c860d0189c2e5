//! docs/threat-model.md against the tests: what it names exists, each row says who tries to break it, and what a hostile
//! node, grantee or phone does in our tests has its line there.

use crate::source::{self, Source, rust_sources, shared_tests};
use std::{collections::BTreeSet, fs};

/// What was demanded to be tried, and by which tests.
const HOSTILE: &[(&str, &[&str])] = &[
    (
        "lies about its head",
        &[
            "a_node_that_says_it_is_ahead_gets_nothing_and_fences_nobody",
            "a_node_with_another_root_is_sent_nothing",
        ],
    ),
    (
        "signs two roots",
        &[
            "a_signature_under_another_root_counts_nothing",
            "a_node_that_signs_two_roots_of_one_size_is_named_by_whoever_is_shown_the_wrong_one",
        ],
    ),
    ("withholds", &["a_node_that_withholds_its_signatures_does_not_keep_the_others_from_settling"]),
    (
        "delays",
        &["one_slow_node_keeps_nobody_from_settling", "a_late_answer_to_a_clinic_is_read_like_any_other"],
    ),
    ("answers garbage", &["garbage_truncated_cbor_and_another_object_are_named"]),
    (
        "a gigabyte",
        &["a_gigabyte_is_not_read", "a_body_without_an_end_and_without_a_length_is_not_read_either"],
    ),
    ("redirects", &["a_redirect_is_never_followed"]),
    (
        "slow bytes",
        &[
            "bytes_that_never_end_the_answer_are_given_up_after_a_bounded_time",
            "a_clinic_gives_up_a_silent_or_dripping_node_and_reads_the_same_elsewhere",
        ],
    ),
    (
        "wrong TLS key",
        &["another_tls_key_is_sent_nothing", "a_clinic_sends_nothing_to_who_answers_with_another_tls_key"],
    ),
    ("another's token", &["a_grantee_with_anothers_token_gets_nothing"]),
    ("an appended block that widens", &["an_appended_block_that_widens_is_refused_or_changes_nothing"]),
    ("a delegate without certificate", &["a_delegate_without_a_certificate_is_not_the_holder"]),
    ("a released slot of another grant", &["a_released_slot_of_another_grant_is_not_served"]),
    ("a replay", &["a_replay_is_refused_at_the_same_and_at_another_node"]),
    ("10,000 requests", &["ten_thousand_reads_are_bounded_and_another_grantee_is_still_served"]),
    ("a corrupt database", &["a_node_does_not_start_on_a_corrupt_database"]),
    ("an oversized body", &["a_body_over_its_limit_is_refused"]),
    ("a foreign block", &["a_foreign_block_is_refused_and_changes_nothing"]),
];

/// Folders whose every test is an attack.
const ATTACKS: &[&str] = &[
    "tests/hostile/lies.rs",
    "tests/hostile/roots.rs",
    "tests/hostile/wire.rs",
    "tests/hostile/command.rs",
    "tests/hostile/clinic.rs",
    "radio/tests/over_dbus/hostile.rs",
    "provider-node/src/tests/hostile",
];

fn document() -> String {
    fs::read_to_string(source::root().join("docs/threat-model.md")).unwrap()
}

/// Every test there is: its name and its file.
fn tests() -> Vec<(String, String)> {
    let all = source::crates().into_iter().flat_map(|name| rust_sources(&name)).chain(shared_tests());
    all.flat_map(|file| tests_of(&file)).collect()
}

fn tests_of(file: &Source) -> Vec<(String, String)> {
    let lines: Vec<&str> = file.text.lines().map(str::trim).collect();
    let is_test = |line: &&str| line.starts_with("#[test]") || line.starts_with("#[tokio::test");
    let named = |at: usize| {
        let head = lines[at..].iter().find(|line| line.contains("fn "))?;
        let name = head.split("fn ").nth(1)?.split(['(', '<']).next()?;
        Some((name.to_owned(), file.path.clone()))
    };
    lines.iter().enumerate().filter(|(_, line)| is_test(line)).filter_map(|(at, _)| named(at)).collect()
}

/// What stands in backquotes and reads like a sentence.
fn named_in(text: &str) -> BTreeSet<String> {
    let like_a_test = |word: &&str| {
        word.matches('_').count() >= 3
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    text.split('`').skip(1).step_by(2).filter(like_a_test).map(str::to_owned).collect()
}

/// The rows of the table under a heading, without its head.
fn rows<'a>(document: &'a str, heading: &str) -> Vec<&'a str> {
    let section = document.split(heading).nth(1).unwrap_or_else(|| panic!("no {heading}"));
    let section = section.split("\n## ").next().unwrap();
    section.lines().filter(|line| line.starts_with("| ")).skip(1).collect()
}

#[test]
fn every_test_that_the_threat_model_names_exists() {
    let tests: BTreeSet<String> = tests().into_iter().map(|(name, _)| name).collect();
    let named = named_in(&document());
    assert!(named.len() > 120 && tests.len() > 500, "{} of {}", named.len(), tests.len());
    let missing: Vec<_> = named.difference(&tests).collect();
    assert!(missing.is_empty(), "docs/threat-model.md names tests that are not there: {missing:?}");
}

#[test]
fn every_attack_and_every_promise_names_the_test_that_tries_it() {
    let document = document();
    for heading in ["## Attacks", "## What the README promises"] {
        let rows = rows(&document, heading);
        assert!(rows.len() > 10, "{heading}: {} rows", rows.len());
        for row in rows {
            assert!(!named_in(row).is_empty(), "no test is named in: {row}");
        }
    }
}

#[test]
fn what_the_readme_promises_stands_there_in_these_words() {
    let readme = fs::read_to_string(source::root().join("README.md")).unwrap();
    let readme = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    for row in rows(&document(), "## What the README promises") {
        let words = row.split('|').nth(1).unwrap().trim();
        for part in words.split(" … ") {
            assert!(readme.contains(part), "README.md does not say `{part}` any more");
        }
    }
}

#[test]
fn everything_hostile_that_we_try_has_its_line_in_the_threat_model() {
    let named = named_in(&document());
    for (attack, by) in HOSTILE {
        for test in *by {
            assert!(named.contains(*test), "{attack}: docs/threat-model.md does not name `{test}`");
        }
    }
    for (test, file) in tests() {
        if ATTACKS.iter().any(|folder| file.starts_with(folder)) {
            assert!(named.contains(&test), "{file}: docs/threat-model.md does not name `{test}`");
        }
    }
}
