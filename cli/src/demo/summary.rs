//! Step 8: what was done, what it cost, and where everything lies.

use super::{node_store::NodeStore, stage::Stage};
use crate::{
    exit::Outcome,
    files,
    output::{bytes, plural},
};

/// Tells it, ends the nodes, and gives the verdict.
///
/// # Errors
/// A promise was not kept.
pub(crate) async fn tell(stage: &mut Stage) -> Outcome {
    stage.out.heading("8. What was done");
    costs(stage).await?;
    let places =
        stage.nodes.iter().map(|node| (node.dir.clone(), node.listen().to_owned())).collect::<Vec<_>>();
    let mut ended = true;
    for node in stage.nodes.drain(..).collect::<Vec<_>>() {
        ended &= node.end().await.is_ok();
    }
    stage.promise("every node process ended when its standard input closed", ended);
    stage.report.seconds = (stage.began.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
    stage.say(format_args!(
        "{} promises held, in {:.1} seconds.",
        stage.promises.held(),
        stage.report.seconds
    ));
    if !stage.plan.clean {
        look_around(stage, &places);
    }
    stage.say("Simulated data, not a medical device.");
    stage.out.answer(&stage.report, stage.promises.outcome())
}

async fn costs(stage: &mut Stage) -> Outcome {
    let (rest, status) = (stage.patient.at_rest().await?, stage.patient.status().await?);
    // Grant and revocation have sealed blocks of their own since step 4.
    (stage.report.blocks, stage.report.certified, stage.report.settled) =
        (status.blocks, status.certified, status.settled);
    stage.promise(
        "at the end too every block is accepted and final",
        status.certified.total() == status.blocks && status.settled.total() == status.blocks,
    );
    let total = rest.database + rest.journal;
    stage.report.rest_bytes = total;
    stage.report.wire_bytes = stage.sync_bytes + stage.clinic_bytes;
    let readings = stage.report.readings.max(1);
    let nodes = stage.nodes.len() as u64;
    let grown = rest.segments + rest.evidence;
    stage.say(format_args!(
        "{} in {}; {} accepted by the majority, {} final; {} served, {} refused.",
        plural(stage.report.readings, "reading"),
        plural(stage.report.blocks, "block"),
        stage.report.certified.total(),
        stage.report.settled.total(),
        plural(stage.report.reads_allowed, "read"),
        stage.report.reads_denied
    ));
    stage.say(format_args!(
        "On the wire to {}: {} fixed, and {} a reading and node. The clinic's reads: {}.",
        plural(nodes, "node"),
        bytes(stage.sync_bytes.saturating_sub(rest.segments * nodes)),
        per(rest.segments, readings),
        bytes(stage.clinic_bytes)
    ));
    stage.say(format_args!(
        "At rest on the phone: {} fixed, and {} a reading ({} sealed, {} raw evidence).",
        bytes(total.saturating_sub(grown)),
        per(grown, readings),
        per(rest.segments, readings),
        per(rest.evidence, readings)
    ));
    if let Some(node) = stage.nodes.first() {
        let (all, segments) =
            (files::size_of(&node.dir, "node.db"), NodeStore::open(&node.dir)?.segment_bytes()?);
        stage.say(format_args!(
            "At rest on a node: {} fixed, and {} a reading.",
            bytes(all.saturating_sub(segments)),
            per(segments, readings)
        ));
    }
    Ok(())
}

/// "0.71 bytes".
fn per(count: u64, readings: u64) -> String {
    format!("{:.2} bytes", count as f64 / readings as f64)
}

fn look_around(stage: &Stage, places: &[(std::path::PathBuf, String)]) {
    let (dir, patient) = (stage.plan.dir.display(), stage.patient_dir());
    let program =
        std::env::current_exe().map_or_else(|_| "pulsebook".to_owned(), |path| path.display().to_string());
    let record = format!("--dir {} --passphrase-file {dir}/passphrase.txt", patient.display());
    stage.say(format_args!("Everything lies in {dir}. To look around:"));
    for command in ["status", "show", "grants"] {
        stage.say(format_args!("  {program} {command} {record}"));
    }
    stage.say(format_args!("  {program} export {record} --out {dir}/mine.fhir.json"));
    stage.say("The nodes again, each in a terminal of its own, at the addresses on their cards:");
    for (node, listen) in places {
        stage.say(format_args!("  {program} node serve --dir {} --listen {listen}", node.display()));
    }
    stage.say("and then, for what needs them:");
    stage.say(format_args!("  {program} verify {record}"));
    stage.say(format_args!(
        "  {program} clinic read --dir {dir}/clinic --grant {dir}/grant.json --purpose TREAT"
    ));
}
