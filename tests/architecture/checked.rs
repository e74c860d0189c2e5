//! What `./check` runs: every test there is, also those that need a feature.

use crate::source;
use std::fs;

/// The tests of a manifest that cargo leaves out unless a feature is given.
fn left_out(manifest: &str) -> Vec<String> {
    let named = |section: &str| {
        let name = section.split("name = \"").nth(1)?.split('"').next()?;
        section.contains("required-features").then(|| name.to_owned())
    };
    manifest.split("[[test]]").skip(1).filter_map(|part| named(part.split("\n[").next()?)).collect()
}

#[test]
fn check_runs_every_test_also_those_that_need_a_feature() {
    let check = fs::read_to_string(source::root().join("check")).unwrap();
    assert!(check.contains("cargo test --locked --workspace --all-targets"));
    assert!(check.contains("cargo test --locked --workspace --doc"));
    let with_faults = check.lines().find(|line| line.contains("--features pulsebook-cli/faults")).unwrap();
    let mut names = Vec::new();
    for name in source::crates() {
        let manifest = fs::read_to_string(source::root().join(&name).join("Cargo.toml")).unwrap();
        names.extend(left_out(&manifest));
    }
    assert!(!names.is_empty());
    for name in names {
        assert!(with_faults.contains(&format!("--test {name}")), "./check never runs the test {name}");
    }
    // A test that only a feature compiles would be seen by nobody.
    for file in source::crates().iter().flat_map(|name| source::rust_sources(name)) {
        let code: Vec<&str> = file.text.lines().map(str::trim).collect();
        let hidden = |pair: &[&str]| pair[0].starts_with("#[cfg(feature") && pair[1].contains("test]");
        assert!(!code.windows(2).any(hidden), "{}: a test behind a feature", file.path);
    }
}
