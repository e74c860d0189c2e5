//! `verify --proof`: what one reading's proof shows, to whom it need not be believed, and what it does not show.

use crate::{
    exit::{Failure, Kind, Outcome},
    moment,
    output::{Output, plural, table},
    reading_name, vitals,
};
use pulsebook_protocol::{
    bytes::ChainId,
    proof::{PROOF_LIMIT, VerifiedReadingProof, verify_reading_proof},
    reading::{Origin, Reading, Value},
};
use serde::Serialize;
use std::{fs::File, io::Read, path::Path};

/// What `--json` prints.
#[derive(Serialize)]
struct Shown {
    chain: String,
    first_root: String,
    epoch: u32,
    block: u64,
    slot: u8,
    sealed_at: String,
    vital: &'static str,
    unit: &'static str,
    origin: &'static str,
    simulated: bool,
    sensor: String,
    sensor_kind: String,
    decoder_version: u16,
    nodes: usize,
    needed: usize,
    accepted_by: Vec<Node>,
    held_by: Vec<Node>,
    existed_by: String,
    readings: Vec<ShownReading>,
}

#[derive(Serialize)]
struct Node {
    label: String,
    at: String,
}

#[derive(Serialize)]
struct ShownReading {
    name: String,
    at: String,
    value: Option<f64>,
    absent: Option<&'static str>,
    quality: String,
}

/// Verifies a proof and prints what it shows.
///
/// # Errors
/// The file cannot be read, or the proof does not hold.
pub(super) fn run(file: &Path, chain: Option<&ChainId>, out: Output) -> Outcome {
    let bytes = read(file)?;
    let verified = verify_reading_proof(&bytes, chain).map_err(|error| {
        Failure::new(format!("WRONG: {}: {error}", file.display()))
            .of(Kind::NotVerified)
            .expected("a proof made by `pulsebook prove`, every byte as it was made")
            .action("do not rely on it; ask whoever gave it to you for a new one")
    })?;
    let shown = shown(&verified);
    out.tell(&shown, lines(&verified, &shown, chain.is_some()))
}

fn read(file: &Path) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(PROOF_LIMIT).unwrap_or(u64::MAX).saturating_add(1);
    let read = File::open(file).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.map_err(|error| {
        Failure::new(format!("{} could not be read: {error}", file.display()))
            .of(Kind::BadFile)
            .expected("a proof made by `pulsebook prove`")
            .action("check the name of the file")
    })?;
    Ok(bytes)
}

fn shown(proof: &VerifiedReadingProof) -> Shown {
    let (chunk, (epoch, block, slot)) = (proof.chunk(), proof.place());
    let quorum = proof.epoch().map(|epoch| epoch.circle().quorum());
    let node = |label: String, at| Node { label, at: moment::rfc3339_s(at) };
    let witnesses = proof.settled().quorum().witnesses().iter();
    let reading = |reading: Reading| ShownReading {
        name: reading_name::name(reading.vital, reading.measured_at, &chunk.sensor().id),
        at: reading_name::exact(reading.measured_at),
        value: reading.value.in_unit(reading.vital),
        absent: match reading.value {
            Value::Absent(why) => Some(why.words()),
            Value::Number(_) => None,
        },
        quality: reading.quality.to_string(),
    };
    Shown {
        chain: proof.chain().to_string(),
        first_root: proof.first_root().map(|root| root.to_string()).unwrap_or_default(),
        epoch,
        block,
        slot,
        sealed_at: moment::rfc3339_s(proof.sealed_at()),
        vital: chunk.vital().name(),
        unit: chunk.vital().unit().symbol(),
        origin: origin(chunk.origin()),
        simulated: chunk.origin() == Origin::Simulated,
        sensor: chunk.sensor().id.clone(),
        sensor_kind: chunk.sensor().kind.clone(),
        decoder_version: chunk.decoder_version(),
        nodes: quorum.map_or(0, |quorum| quorum.n),
        needed: quorum.map_or(0, |quorum| quorum.k),
        accepted_by: witnesses.map(|one| node(one.label().to_string(), one.time())).collect(),
        held_by: proof.holders().map(|(label, time)| node(label.to_string(), time)).collect(),
        existed_by: moment::rfc3339_s(proof.existed_by()),
        readings: chunk.readings().map(reading).collect(),
    }
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Measured => "measured by a sensor",
        Origin::Simulated => "SIMULATED: no body was measured",
        Origin::Replayed => "a recording played again",
        Origin::Manual => "typed in by a person",
    }
}

fn lines(proof: &VerifiedReadingProof, shown: &Shown, compared: bool) -> Vec<String> {
    let mut lines = vec![format!(
        "Holds: {} of {} ({}), {}.",
        plural(shown.readings.len() as u64, "reading"),
        shown.vital,
        shown.unit,
        shown.origin
    )];
    let rows: Vec<Vec<String>> = proof.chunk().readings().map(|reading| row(&reading)).collect();
    lines.extend(table(&["time", "vital", "value", "quality"], &rows));
    lines.push(format!(
        "Sensor: {} ({}), decoder version {}.",
        shown.sensor, shown.sensor_kind, shown.decoder_version
    ));
    lines.push(format!(
        "Sealed: epoch {}, block {}, slot {}, in the hour of {} by the patient's clock.",
        shown.epoch, shown.block, shown.slot, shown.sealed_at
    ));
    let nodes = |nodes: &[Node]| {
        nodes.iter().map(|node| format!("{} ({})", node.label, node.at)).collect::<Vec<_>>().join(", ")
    };
    let (of, needed) = (shown.nodes, shown.needed);
    lines.push(format!(
        "Accepted by {} of {of} nodes, {needed} needed: {}.",
        shown.accepted_by.len(),
        nodes(&shown.accepted_by)
    ));
    lines.push(format!("Held by {} of {of} nodes: {}.", shown.held_by.len(), nodes(&shown.held_by)));
    lines.push(format!(
        "It stood in the record by {}, unless more nodes lie than this circle tolerates.",
        shown.existed_by
    ));
    lines.extend(whose(&shown.chain, &shown.first_root, compared));
    lines.push(
        "Not shown: that the sensor measured right or on whom, what lies beside this reading, which organisations the nodes are. Integrity is not truth."
            .to_owned(),
    );
    lines
}

/// Whose record it is, and what the reader still has to compare.
pub(super) fn whose(chain: &str, first_root: &str, compared: bool) -> Vec<String> {
    let who = if compared {
        "It is the chain that you expected."
    } else {
        "Whose that is, nobody but the patient can tell you: compare it, or give it with --chain."
    };
    vec![format!("Chain: {chain}, first root {first_root}. {who}")]
}

/// A reading with its exact time.
fn row(reading: &Reading) -> Vec<String> {
    let mut cells = vitals::row(reading);
    if let Some(time) = cells.first_mut() {
        *time = reading_name::exact(reading.measured_at);
    }
    cells
}
