//! Targets for foreign bytes: each feeds one parser and asserts more than that nothing panics.
//!
//! What is read must be the one canonical form and come back as it was; what is decoded lies within its stated range; what a
//! token or a signature does not allow is refused; and no input takes more memory than its target says.
#![allow(missing_docs)] // Nobody imports this crate; each target says what it asserts.

mod bodies;
mod canonical;
mod cards;
mod circle;
mod consent;
mod decoders;
mod folders;
mod handed;
mod http;
mod kept;
mod ledger;
/// What the radio shows of a sensor's name; the crate itself needs a Bluetooth stack.
#[path = "../../radio/src/name.rs"]
mod name;
mod proofs;
mod requests;
mod seeds;
mod segments;
mod sensors;
mod stored;
mod tokens;
mod vectors;
mod way;
/// The small record of tests/vectors, so that its cases are seeds that verify.
#[path = "../../tests/vectors/make/world.rs"]
#[allow(dead_code)]
mod world;

// The files above are written for the crate they test.
use pulsebook_provider_node::{Answer, Incoming, InvitePolicy, Node, NodeSecrets, store};

use peak_alloc::PeakAlloc;
use std::sync::OnceLock;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// A parser of foreign bytes.
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// Most bytes of memory that one input may take at its peak, however it was made.
    most_memory: usize,
    /// Feeds it.
    feed: fn(&[u8]),
}

const MIB: usize = 1 << 20;

const fn target(name: &'static str, most_memory: usize, feed: fn(&[u8])) -> Target {
    Target { name, most_memory, feed }
}

/// Every target.
pub const TARGETS: &[Target] = &[
    target("decoders", MIB, decoders::decoders),
    target("device-information", MIB, decoders::device_information),
    target("frames", 4 * MIB, stored::frames),
    target("backfill", MIB, stored::backfill),
    target("names", MIB, names),
    target("block", MIB, ledger::block),
    target("manifest", MIB, ledger::manifest),
    target("note", MIB, ledger::note),
    target("control-entries", MIB, ledger::control_entries),
    target("cose", MIB, ledger::cose),
    target("segment", 96 * MIB, segments::segment),
    target("packed", 24 * MIB, segments::packed),
    target("proposal", MIB, circle::proposal),
    target("epoch", 2 * MIB, circle::epoch),
    target("directory", MIB, circle::directory),
    target("key-certificate", MIB, circle::key_certificate),
    target("release", 2 * MIB, consent::release),
    target("keyring-page", 2 * MIB, consent::keyring_page),
    target("keyring-index", 2 * MIB, consent::keyring_index),
    target("access-entry", MIB, consent::access_entry),
    target("token", 8 * MIB, tokens::token),
    target("attenuation", 8 * MIB, tokens::attenuation),
    target("delegation", 8 * MIB, tokens::delegation),
    target("handed-keys", 2 * MIB, handed::handed),
    target("bodies", 2 * MIB, bodies::bodies),
    target("read-page", 2 * MIB, bodies::read_page),
    target("proof", 4 * MIB, proofs::proof),
    target("bundle", 96 * MIB, proofs::bundle),
    target("cards", 2 * MIB, cards::cards),
    target("words", MIB, cards::words),
    target("request", MIB, requests::request),
    target("http", 16 * MIB, http::http),
    target("journal", 4 * MIB, kept::journal),
    target("store-pages", 160 * MIB, kept::store_pages),
    target("folder-files", 4 * MIB, folders::folder_files),
    target("log", 4 * MIB, folders::log),
    target("scenario", 4 * MIB, sensors::scenario),
    target("replay", 4 * MIB, sensors::replay),
    target("trace", 4 * MIB, sensors::trace),
];

static CHOSEN: OnceLock<&'static Target> = OnceLock::new();

/// Chooses the target; when PULSEBOOK_FUZZ_SEEDS names a folder, writes the seeds of all targets into it and ends.
pub fn begin() {
    if let Some(folder) = std::env::var_os("PULSEBOOK_FUZZ_SEEDS") {
        seeds::write(folder.as_ref());
        std::process::exit(0);
    }
    let asked = std::env::var("PULSEBOOK_FUZZ").unwrap_or_default();
    let Some(target) = TARGETS.iter().find(|target| target.name == asked) else {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        println!("{}", names.join("\n"));
        std::process::exit(if asked == "list" { 0 } else { 2 });
    };
    // Whatever is made once is not charged to the first input.
    (target.feed)(&[]);
    CHOSEN.get_or_init(|| target);
}

/// Feeds one input to the chosen target.
///
/// # Panics
/// When an assertion of the target does not hold: that is the finding.
pub fn feed(data: &[u8]) {
    let target = CHOSEN.get().expect("begin() chose");
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    (target.feed)(data);
    let taken = ALLOCATED.peak_usage().saturating_sub(before);
    let most = target.most_memory + 16 * data.len();
    assert!(
        taken <= most,
        "{} took {taken} bytes for an input of {}, at most {most} expected",
        target.name,
        data.len()
    );
}

/// The first byte chooses how the rest is meant.
fn selected(data: &[u8]) -> (u8, &[u8]) {
    data.split_first().map_or((0, data), |(first, rest)| (*first, rest))
}

/// Names and reasons of strangers: short, of one line, nothing that acts on a terminal, and clean already the second time.
fn names(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for (clean, again, most) in [
        (name::clean(&text), name::clean as fn(&str) -> String, 64),
        (name::clean_reason(&text), name::clean_reason, 200),
    ] {
        assert!(clean.chars().count() <= most, "{} letters", clean.chars().count());
        assert!(!clean.chars().any(char::is_control) && clean.trim() == clean, "{clean:?}");
        assert_eq!(again(&clean), clean, "it is not clean yet");
    }
}
