//! Bad input: what happened, what was expected, what to do; exit 2 for usage, 1 for failure, nothing lost.

use crate::scratch::Scratch;
use std::fs;

#[test]
fn a_bad_flag_or_value_is_usage() {
    let scratch = Scratch::make("usage");
    for line in [
        "collect --dir me",
        "demo --nodes 8",
        "demo --duration soon",
        "demo --start yesterday",
        "demo --no-such-flag",
        "no-such-command",
        "grant --dir me --to c --categories hair --from 2026-03-01 --before 2026-03-02 --until 2099-01-01 --out g",
        "clinic read --dir c --grant g --purpose FUN",
        "init --dir me --passphrase secret",
    ] {
        let said = scratch.refused(2, line);
        assert!(said.contains("error:"), "{line}: {said}");
    }
}

#[test]
fn a_wrong_passphrase_opens_nothing_and_harms_nothing() {
    let scratch = Scratch::make("passphrase");
    scratch.init();
    fs::write(scratch.file("wrong"), "another").unwrap();
    let said = scratch.refused(1, "status --dir me --passphrase-file wrong");
    assert!(said.contains("the passphrase does not open this vault"), "{said}");
    let said = scratch.refused(1, "status --dir me --passphrase-file nowhere");
    assert!(said.contains("nowhere could not be read") && said.contains("expected:"), "{said}");
    assert!(scratch.me("status").contains("epoch 0"));
    let said = scratch.refused(1, "init --dir me --passphrase-file passphrase --words-out words2");
    assert!(said.contains("holds a patient already"), "{said}");
}

#[test]
fn another_roles_folder_is_refused_by_name() {
    let scratch = Scratch::make("roles");
    scratch.init();
    scratch.done("node init --dir node --name East");
    scratch.done("clinic init --dir clinic --name Cardiology");
    for (line, role) in [
        ("status --dir node --passphrase-file passphrase", "node"),
        ("status --dir clinic --passphrase-file passphrase", "clinic"),
        ("node serve --dir me", "patient"),
        ("node card --dir clinic", "clinic"),
        ("clinic card --dir me", "patient"),
        ("clinic init --dir node --name X", "node"),
        ("init --dir clinic --passphrase-file passphrase --words-out w", "clinic"),
    ] {
        let said = scratch.refused(1, line);
        assert!(said.contains(role), "{line}: {said}");
    }
    let said = scratch.refused(1, "status --dir nothing --passphrase-file passphrase");
    assert!(said.contains("pulsebook init"), "{said}");
}

#[test]
fn a_card_or_recording_that_is_none_is_named() {
    let scratch = Scratch::make("files");
    scratch.init();
    fs::write(scratch.file("shopping.txt"), "milk\n").unwrap();
    for line in [
        "circle add shopping.txt --dir me --passphrase-file passphrase",
        "circle add missing.json --dir me --passphrase-file passphrase",
        "collect --replay shopping.txt --dir me --passphrase-file passphrase",
        "demo --replay shopping.txt --dir new",
        "demo --replay missing.csv --dir new",
        "demo --scenario party --dir new",
        "demo --dir me",
    ] {
        let said = scratch.refused(1, line);
        assert!(
            said.contains("error:") && (said.contains("expected") || said.contains("there is no scenario")),
            "{line}: {said}"
        );
        assert!(!said.contains("line 0"), "{line}: {said}");
    }
    assert!(!scratch.file("new").exists(), "nothing is made before everything is checked");
    let said = scratch.refused(1, "circle confirm --dir me --passphrase-file passphrase --words-file words");
    assert!(said.contains("no node waits"), "{said}");
}

#[test]
fn words_of_somebody_else_confirm_no_circle() {
    let scratch = Scratch::make("stranger");
    scratch.init();
    scratch.done("init --dir other --passphrase-file passphrase --words-out others");
    let _node = scratch.node("east");
    scratch.me("circle add east.json");
    scratch.refused(1, "circle confirm --dir me --passphrase-file passphrase --words-file others");
    scratch.refused(1, "circle confirm --dir me --passphrase-file passphrase --words-file passphrase");
    scratch.me("circle confirm --words-file words");
    assert!(scratch.me("circle list").contains("in the circle"));
}
