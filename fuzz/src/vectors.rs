//! The frozen vectors as seeds: input and context of each case.

use serde_json::Value;
use std::{fs, path::PathBuf};

/// Enough for any signed object of ours.
pub(crate) const LIMIT: usize = 4 << 20;

/// One case: its format, its input, what a verifier knows beside it.
pub(crate) struct Case {
    pub(crate) format: String,
    pub(crate) input: Vec<u8>,
    pub(crate) context: Value,
}

/// Every case that has an input.
pub(crate) fn cases() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder).expect("tests/vectors").flatten() {
        if entry.path().extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = fs::read_to_string(entry.path()).expect("a readable file of vectors");
        let file: Value = serde_json::from_str(&text).expect("a file of vectors");
        for case in file["cases"].as_array().into_iter().flatten() {
            let text = case["text"].as_str().map(|text| text.as_bytes().to_vec());
            let Some(input) = text.or_else(|| case["bytes"].as_str().map(unhex)) else { continue };
            let format = file["format"].as_str().unwrap_or_default().to_owned();
            cases.push(Case { format, input, context: case["context"].clone() });
        }
    }
    cases
}

fn unhex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).expect("hex in a file of vectors")
}
