//! `export --bundle`: the whole record as it was sealed, checked before it gets its name.

use crate::{
    bundle_file::verify_bundle,
    exit::{Failure, Kind, Outcome},
    files::Beside,
    output::{Output, bytes, plural},
    patient::Patient,
};
use serde::Serialize;
use std::path::Path;

/// What `--json` says.
#[derive(Serialize)]
struct Exported {
    file: String,
    blocks: u64,
    segments: u64,
    bytes: u64,
    with_keys: bool,
}

/// Writes the bundle.
///
/// # Errors
/// The record does not verify, or the file cannot be written; what is half a record is not left lying for somebody to rely on.
pub(super) async fn run(patient: &Patient, path: &Path, with_keys: bool, out: Output) -> Outcome {
    let file = Beside::begin(path)?;
    let written = patient.export_bundle(with_keys, file.writer()?).await?;
    // Whoever is handed the file will check it: what is damaged here is found now and not there.
    verify_bundle(file.part(), Some(patient.chain())).map_err(|error| {
        Failure::new(format!("the exported record does not verify: {error}"))
            .of(Kind::NotVerified)
            .expected("every byte as it was sealed")
            .action("run `pulsebook verify --dir DIR`, which names what is damaged")
    })?;
    file.finish()?;
    let file = path.display().to_string();
    let (blocks, segments) = (plural(written.blocks, "block"), plural(written.segments, "segment"));
    let secrecy = if with_keys {
        "The keys are in it: whoever has the file reads every reading in it, for ever."
    } else {
        "It opens nothing: it shows when your record grew and how much, the sizes of its segments and your nodes' labels, and no reading."
    };
    let size = bytes(written.bytes);
    let lines = [format!("{blocks} and {segments} in {file} ({size}), verified."), secrecy.to_owned()];
    let (blocks, segments, bytes) = (written.blocks, written.segments, written.bytes);
    out.tell(&Exported { file, blocks, segments, bytes, with_keys }, lines)
}
