//! The steps one at a time over a folder that stays: what a patient, a node and a clinic type.

use crate::scratch::{Scratch, text, typed};

const GRANT: &str = "grant --to clinic.json --categories heart,oxygen --from 2026-03-01 --before 2026-03-02 \
                     --purpose TREAT --until 2099-01-01 --out grant.json";
const READ: &str = "clinic read --dir clinic --grant grant.json --purpose TREAT";

/// A record with ten minutes in it and a clinic's card.
fn collected(name: &str) -> Scratch {
    let scratch = Scratch::make(name);
    scratch.init();
    let told = scratch.me("collect --sim rest --start 2026-03-01T12:00:00Z --duration 10m");
    assert!(told.contains("1 kept raw because malformed"), "{told}");
    scratch.done("clinic init --dir clinic --name Cardiology");
    scratch.done("clinic card --dir clinic --out clinic.json");
    scratch
}

#[test]
fn a_record_works_alone_until_it_is_shared_and_then_is_read_and_revoked() {
    let scratch = collected("steps");
    assert!(scratch.me("show").contains("body temperature"), "what is not sealed yet is shown too");
    assert!(scratch.me("seal").contains("Sealed 1 new block"));
    assert!(scratch.me("status").contains("There is no circle yet"));
    let nodes = ["north", "east", "south", "west"].map(|name| scratch.node(name));
    scratch.me("circle add north.json east.json south.json west.json");
    assert!(scratch.me("circle list").contains("waits to be confirmed"));
    scratch.me("circle confirm --words-file words");
    scratch.me("sync");
    let status = scratch.json("status");
    assert_eq!(
        status["settled"]["direct"].as_u64().unwrap() + status["settled"]["covered"].as_u64().unwrap(),
        status["blocks"]
    );
    let granted = scratch.me(GRANT);
    assert!(granted.contains("Cardiology may read heart and oxygen"), "{granted}");
    assert!(granted.contains("Granted: in force at 4 of 4 nodes."), "{granted}");
    let read = scratch.done(&format!("{READ} --fhir readings.json"));
    assert!(
        read.contains("heart rate") && read.contains("impossible value") && !read.contains("temperature"),
        "{read}"
    );
    let fhir = std::fs::read_to_string(scratch.file("readings.json")).unwrap();
    assert!(fhir.contains("8867-4") && fhir.contains("HTEST") && !fhir.contains("8310-5"));
    assert!(scratch.me("accesses").contains("permit"));
    revoked(&scratch);
    assert!(scratch.me("verify").contains("Everything is as it was sealed"));
    scratch.me("export --out mine.json");
    assert!(
        std::fs::read_to_string(scratch.file("mine.json")).unwrap().contains("8310-5"),
        "all that is mine"
    );
    let again = scratch.refused(1, "export --out mine.json --dir me --passphrase-file passphrase");
    assert!(again.contains("mine.json is there already"), "{again}");
    nodes.into_iter().for_each(crate::scratch::Serving::end);
}

fn revoked(scratch: &Scratch) {
    let grants = scratch.me("grants");
    let id = grants.split(':').next().unwrap().trim();
    assert!(scratch.me(&format!("revoke {id}")).contains("in force at 4 of 4 nodes"));
    assert!(scratch.refused(1, READ).contains("revoked"));
    assert!(scratch.me("accesses").contains("deny:revoked"));
    assert!(scratch.me("grants").contains("revoked; in force at 4 of 4 nodes"));
}

#[test]
fn the_words_are_shown_once_and_three_are_asked_back() {
    let scratch = Scratch::make("words");
    // Two wrong words and the end of the input; then three wrong words.
    let output = typed(scratch.command("init --dir deep/er/me"), "my passphrase\nwrong\nwrong\n");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(!scratch.file("deep").exists(), "nothing half-made stays");
    let output = typed(scratch.command("init --dir me"), "my passphrase\nwrong\nwrong\nwrong\n");
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("what was begun is removed again") && !scratch.file("me").exists(), "{told}");
    assert!(
        told.contains(" 1 ") && told.contains("24 ") && told.contains("Look at your paper again"),
        "{told}"
    );
}

#[test]
fn the_passphrase_comes_from_a_pipe_as_well() {
    let scratch = Scratch::make("pipe");
    scratch.init();
    let output = typed(scratch.command("status --dir me"), "a passphrase for tests\n");
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn a_second_collection_adds_to_the_first() {
    let scratch = collected("again");
    let readings = || scratch.json("status")["readings"].as_u64().unwrap();
    let first = readings();
    scratch.me("collect --sim night --start 2026-03-01T13:00:00Z --duration 2m");
    assert!(readings() > first);
    assert!(scratch.done("sim list").contains("exercise"));
}
