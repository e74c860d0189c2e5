//! `verify --bundle`: an exported record, checked offline with public keys alone.

use super::proof::whose;
use crate::{
    bundle_file::verify_bundle,
    exit::{Failure, Kind, Outcome},
    moment,
    output::{Output, bytes, plural},
};
use pulsebook_protocol::{
    bundle::{Kept, VerifiedBundle},
    bytes::ChainId,
};
use serde::Serialize;
use std::path::Path;

/// What `--json` prints.
#[derive(Serialize)]
struct Shown {
    chain: String,
    first_root: String,
    epoch: u32,
    blocks: u64,
    segments: u64,
    segment_bytes: u64,
    readings: Option<u64>,
    certified: Option<ShownKept>,
    settled: Option<ShownKept>,
}

#[derive(Serialize)]
struct ShownKept {
    blocks: u64,
    nodes: Vec<String>,
    existed_by: String,
}

/// Verifies a bundle and prints how far who vouches for it.
///
/// # Errors
/// The file cannot be read, or something in it is wrong: the first thing is named.
pub(super) fn run(file: &Path, chain: Option<ChainId>, out: Output) -> Outcome {
    let verified = verify_bundle(file, chain).map_err(|error| {
        Failure::new(format!("WRONG: {}: {error}", file.display()))
            .of(Kind::NotVerified)
            .expected("a bundle made by `pulsebook export --bundle`, every byte as it was written")
            .action("do not rely on it; ask whoever gave it to you for it again")
    })?;
    out.tell(&shown(&verified), lines(&verified, chain.is_some()))
}

fn shown(verified: &VerifiedBundle) -> Shown {
    let kept = |kept: &Kept| ShownKept {
        blocks: kept.height + 1,
        nodes: kept.nodes.iter().map(|(label, _)| label.to_string()).collect(),
        existed_by: moment::rfc3339_s(kept.existed_by),
    };
    Shown {
        chain: verified.chain.to_string(),
        first_root: verified.first_root.to_string(),
        epoch: verified.epoch,
        blocks: verified.blocks,
        segments: verified.segments,
        segment_bytes: verified.segment_bytes,
        readings: verified.readings,
        certified: verified.certified.as_ref().map(kept),
        settled: verified.settled.as_ref().map(kept),
    }
}

fn lines(verified: &VerifiedBundle, compared: bool) -> Vec<String> {
    let mut lines = vec![format!(
        "Holds: {} and {} ({}), every byte as the patient sealed it.",
        plural(verified.blocks, "block"),
        plural(verified.segments, "segment"),
        bytes(verified.segment_bytes)
    )];
    let kept = |what: &str, kept: &Option<Kept>| match kept {
        None => format!("{what}: nothing; no quorum of nodes vouches for any of it."),
        Some(kept) => format!(
            "{what}: the first {} by {}; they stood in the record by {}.",
            plural(kept.height + 1, "block"),
            plural(kept.nodes.len() as u64, "node"),
            moment::rfc3339_s(kept.existed_by)
        ),
    };
    lines.push(kept("Accepted", &verified.certified));
    lines.push(kept("Held", &verified.settled));
    lines.push(match verified.readings {
        Some(readings) => format!(
            "The keys are in the file: {} can be read by anybody who has it.",
            plural(readings, "reading")
        ),
        None => "The keys are not in the file: it shows no reading.".to_owned(),
    });
    lines.extend(whose(&verified.chain.to_string(), &verified.first_root.to_string(), compared));
    lines
}
