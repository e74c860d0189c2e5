//! Makes the files of test vectors once: `cargo run -p pulsebook-cli --example make-vectors [-- --replace NAME…]`.
//!
//! A file that exists is kept as it is, unless its name follows `--replace`. Randomness is seeded.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]
#![allow(unreachable_pub, dead_code)]

#[path = "make/cbor.rs"]
mod cbor;
#[path = "make/draft.rs"]
mod draft;
#[path = "file.rs"]
mod file;
#[path = "make/formats.rs"]
mod formats;
#[path = "judge.rs"]
mod judge;
#[path = "make/world.rs"]
mod world;

use std::{collections::BTreeMap, fs, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let replaced = match arguments.split_first() {
        None => Vec::new(),
        Some((first, names)) if first == "--replace" && !names.is_empty() => names.to_vec(),
        Some(_) => {
            eprintln!("expected nothing, or --replace and the names of formats; nothing was written");
            return ExitCode::from(2);
        }
    };
    let mut differs = Vec::new();
    let drafts = formats::drafts();
    let problems: Vec<&String> = drafts.iter().flat_map(|draft| &draft.problems).collect();
    if !problems.is_empty() {
        problems.iter().for_each(|problem| eprintln!("{problem}"));
        eprintln!("our code does not agree with these cases; nothing was written");
        return ExitCode::FAILURE;
    }
    for draft in drafts {
        let name = draft.file.format.clone();
        let path = file::folder().join(format!("{name}.json"));
        let text = serde_json::to_string_pretty(&draft.file).unwrap() + "\n";
        match fs::read_to_string(&path) {
            Ok(old) if old == text => {}
            Ok(_) if !replaced.contains(&name) => differs.push(name),
            _ => {
                fs::write(&path, &text).unwrap();
                write_sum(&name, &text);
                println!("wrote {name}: {} cases", draft.file.cases.len());
            }
        }
    }
    if differs.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!(
        "frozen, and would differ now: {}. Nothing of them was written; --replace NAME overwrites one.",
        differs.join(", ")
    );
    ExitCode::FAILURE
}

/// Puts the file's hash into SHA256SUMS, beside the others'.
fn write_sum(name: &str, text: &str) {
    let path = file::folder().join("SHA256SUMS");
    let old = fs::read_to_string(&path).unwrap_or_default();
    let mut sums: BTreeMap<String, String> = old
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(hash, name)| (name.into(), hash.into()))
        .collect();
    let hash = pulsebook_protocol::hash::sha256(&[text.as_bytes()]);
    sums.insert(format!("{name}.json"), hash.to_string());
    let lines: String = sums.iter().map(|(name, hash)| format!("{hash}  {name}\n")).collect();
    fs::write(path, lines).unwrap();
}
