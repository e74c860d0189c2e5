//! `verify`: checks the record here and what every node holds of it, byte by byte.

use crate::{
    exit::{Failure, Outcome},
    output::{Output, plural},
    patient::{Finding, Verified},
    patient_args::PatientArgs,
};
use clap::Args;

/// Options of `verify`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  pulsebook verify --dir my-record")]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    patient: PatientArgs,
    /// One JSON object on stdout
    #[arg(long)]
    json: bool,
}

/// Verifies.
///
/// # Errors
/// Something is wrong, here or at a node; what was found is printed first.
pub(crate) async fn run(args: VerifyArgs) -> Outcome {
    let verified = args.patient.open().await?.verify().await?;
    let out = Output::new(args.json);
    if args.json {
        out.object(&verified)?
    } else {
        lines(&verified).iter().for_each(|line| out.say(line))
    }
    match verified.findings.len() as u64 {
        0 => Ok(()),
        count => Err(Failure::new(format!("{} found by verify", plural(count, "problem")))
            .expected("every byte as it was sealed")
            .action("tell the node's operator what is named above; your own record and the other nodes still serve")),
    }
}

/// What was checked and what is wrong.
pub(crate) fn lines(verified: &Verified) -> Vec<String> {
    let mut lines = vec![format!(
        "Here: {} and {} checked.",
        plural(verified.blocks, "block"),
        plural(verified.segments, "segment")
    )];
    lines.extend(
        verified
            .nodes
            .iter()
            .map(|(node, segments)| format!("{node}: {} fetched and checked.", plural(*segments, "segment"))),
    );
    lines.extend(verified.findings.iter().map(finding));
    if verified.findings.is_empty() {
        lines.push("Everything is as it was sealed.".to_owned());
    }
    lines
}

/// "WRONG at GP: block 3, segment 2: …".
pub(crate) fn finding(finding: &Finding) -> String {
    let place = finding.node.as_ref().map_or("on this device".to_owned(), |node| format!("at {node}"));
    let block = finding.block.map(|block| format!(", block {block}")).unwrap_or_default();
    let segment = finding.segment.map(|slot| format!(", segment {slot}")).unwrap_or_default();
    format!("WRONG {place}{block}{segment}: {}", finding.what)
}
