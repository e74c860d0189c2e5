//! The house rules as tests: which crate may import which, no cycles, small files and functions, one word per idea.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "architecture/checked.rs"]
mod checked;
#[path = "architecture/modules.rs"]
mod modules;
#[path = "architecture/source.rs"]
mod source;
#[path = "architecture/threats.rs"]
mod threats;

use source::{Source, crates, rust_sources};
use std::{collections::BTreeMap, fs};

/// No file is longer than this many lines.
const FILE_LINES: usize = 400;

/// No function is longer than this many lines.
const FUNCTION_LINES: usize = 60;

/// Which of our crates each crate may import (dev-dependencies aside). Whoever is not listed imports none.
const ARROWS: &[(&str, &[&str])] = &[
    ("fhir", &["protocol"]),
    ("dial", &["faultpoint", "protocol"]),
    ("core", &["faultpoint", "rowsum", "protocol", "fhir", "dial"]),
    ("grantee", &["faultpoint", "protocol", "fhir", "dial"]),
    ("provider-node", &["faultpoint", "rowsum", "protocol"]),
    ("sensor-sim", &["core"]),
    ("radio", &["core"]),
    ("conformance", &["protocol", "core"]),
    (
        "cli",
        &[
            "faultpoint",
            "protocol",
            "fhir",
            "core",
            "grantee",
            "provider-node",
            "sensor-sim",
            "radio",
            "conformance",
        ],
    ),
    ("benchmarks", &["protocol", "core", "provider-node"]),
];

/// Files where other people's names are turned into ours.
const FOREIGN: &[&str] = &["radio/src/foreign.rs"];

/// Features that must never reach a release: nobody may have them by default, or demand them outside of tests.
const TEST_FEATURES: &[&str] = &["faults", "fuzzing", "seeded"];

/// Inside core, a module imports only modules to its left.
const CORE_ORDER: &[&str] = &[
    "clock", "ble", "decode", "backfill", "assess", "store", "keys", "ledger", "consent", "sync", "event",
    "pipeline", "error", "record",
];

#[test]
fn crates_import_only_along_the_arrows() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    for name in crates() {
        let manifest = fs::read_to_string(source::root().join(&name).join("Cargo.toml")).unwrap();
        let section = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        let section = section.split("\n[").next().unwrap_or_default();
        for line in section.lines().filter_map(|line| line.strip_prefix("pulsebook-")) {
            let imported = line.split(['.', ' ', '=']).next().unwrap();
            let may = allowed.get(name.as_str()).copied().unwrap_or_default();
            assert!(may.contains(&imported), "{name} must not import {imported}");
        }
    }
}

#[test]
fn no_default_and_no_dependency_turns_a_test_feature_on() {
    for name in crates() {
        let manifest = fs::read_to_string(source::root().join(&name).join("Cargo.toml")).unwrap();
        let own = manifest.split("[dev-dependencies]").next().unwrap();
        for line in own.lines().filter(|line| line.contains("features = [") || line.starts_with("default")) {
            for feature in TEST_FEATURES {
                assert!(!line.contains(&format!("\"{feature}\"")), "{name}: {line}");
            }
        }
    }
    let guard = fs::read_to_string(source::root().join("faultpoint/src/lib.rs")).unwrap();
    assert!(guard.contains("#[cfg(all(feature = \"faults\", not(debug_assertions)))]\ncompile_error!"));
}

#[test]
fn the_simulator_and_the_radio_see_nothing_of_core_but_the_bluetooth_seam() {
    // Their tests may: they hold what is encoded against what core decodes.
    for name in ["sensor-sim", "radio"] {
        for file in rust_sources(name).iter().filter(|file| file.path.contains("/src/")) {
            for part in file.production().split("pulsebook_core::").skip(1) {
                assert!(part.starts_with("ble"), "{} imports core beyond core::ble", file.path);
            }
        }
    }
}

#[test]
fn no_module_imports_in_a_circle() {
    for name in crates() {
        let graph = modules::graph(&name);
        if let Some(circle) = modules::circle(&graph) {
            panic!("{name}: modules import each other in a circle: {}", circle.join(" → "));
        }
    }
}

#[test]
fn core_imports_point_left() {
    let place = |module: &str| CORE_ORDER.iter().position(|name| *name == module);
    for (module, imports) in modules::graph("core") {
        let own = place(&module).unwrap_or_else(|| panic!("core::{module} has no place in CORE_ORDER"));
        for import in imports {
            assert!(place(&import).is_some_and(|other| other < own), "core::{module} imports core::{import}");
        }
    }
}

#[test]
fn files_and_functions_stay_small() {
    let mut too_long = Vec::new();
    for file in crates().iter().flat_map(|name| rust_sources(name)).chain(source::shared_tests()) {
        let lines = file.text.lines().count();
        if lines > FILE_LINES {
            too_long.push(format!("{}: {lines} lines", file.path));
        }
        for (name, lines) in file.functions() {
            if lines > FUNCTION_LINES {
                too_long.push(format!("{}: fn {name}: {lines} lines", file.path));
            }
        }
    }
    assert!(too_long.is_empty(), "over {FILE_LINES} or {FUNCTION_LINES} lines:\n{}", too_long.join("\n"));
}

#[test]
fn every_file_says_first_what_lives_there_and_none_is_mod_rs() {
    for file in crates().iter().flat_map(|name| rust_sources(name)).chain(source::shared_tests()) {
        assert!(file.text.starts_with("//! "), "{} does not start with a sentence", file.path);
        assert!(!file.path.ends_with("/mod.rs"), "{} must be x.rs beside x/", file.path);
    }
}

#[test]
fn no_name_is_one_the_glossary_replaces() {
    let banned = source::banned_words();
    assert!(banned.len() > 5, "docs/glossary.md lists words not to use in its third column");
    let mut found = Vec::new();
    for file in crates().iter().flat_map(|name| rust_sources(name)) {
        if FOREIGN.contains(&file.path.as_str()) {
            continue;
        }
        found.extend(names_not_to_use(&file, &banned));
    }
    assert!(found.is_empty(), "words that the glossary replaces:\n{}", found.join("\n"));
}

fn names_not_to_use(file: &Source, banned: &[String]) -> Vec<String> {
    let code = file.code_only();
    let mut found = Vec::new();
    for (number, line) in code.lines().enumerate() {
        for name in source::identifiers(line) {
            let words = source::words_of(name);
            let ours = !["futures_util", "hyper_util"].contains(&name);
            if ours && words.iter().any(|word| banned.contains(word)) {
                found.push(format!("{}:{}: {name}", file.path, number + 1));
            }
        }
        if line.contains("fn get_") {
            found.push(format!("{}:{}: a name that begins with get_", file.path, number + 1));
        }
        if line.contains("fn verify_") && line.contains("-> bool") {
            found.push(format!("{}:{}: verify_… returns bool", file.path, number + 1));
        }
    }
    found
}
