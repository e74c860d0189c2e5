//! `verify`: checks the record here and what every node holds of it, byte by byte; or a proof or a bundle, offline.

mod bundle;
mod proof;

use crate::{
    exit::{Failure, Kind, Outcome},
    output::{Output, plural},
    patient::{Finding, NotAsked, Verified},
    patient_args::PatientArgs,
    secrets::PassphraseArgs,
};
use clap::Args;
use pulsebook_protocol::bytes::ChainId;
use std::path::PathBuf;

/// Options of `verify`.
#[derive(Args, Debug)]
#[command(
    override_usage = "pulsebook verify --dir <DIR> [--passphrase-file <FILE>] [--deep] [--json]\n       pulsebook verify --proof <FILE> [--chain <CHAIN>] [--json]\n       pulsebook verify --bundle <FILE> [--chain <CHAIN>] [--json]",
    after_help = "Example:\n  pulsebook verify --dir my-record\n  pulsebook verify --deep --dir my-record\n  pulsebook verify --proof fever.proof\n  pulsebook verify --bundle my-record.bundle --chain CHAIN"
)]
pub(crate) struct VerifyArgs {
    /// The folder of the record
    #[arg(long, value_name = "DIR", required_unless_present_any = ["proof", "bundle"])]
    dir: Option<PathBuf>,
    /// Where the passphrase comes from
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// Fetch every segment from every node and hash it here, instead of trusting the hashes that nodes give; and sum up
    /// every segment here again, to compare with what charts are drawn from
    #[arg(long, conflicts_with_all = ["proof", "bundle"])]
    deep: bool,
    /// Check a proof of one reading instead: offline, with public keys alone
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dir", "bundle"])]
    proof: Option<PathBuf>,
    /// Check an exported record instead: offline, with public keys alone
    #[arg(long, value_name = "FILE", conflicts_with = "dir")]
    bundle: Option<PathBuf>,
    /// The chain that a proof or bundle must be of, as its patient says it
    #[arg(long, value_name = "CHAIN", conflicts_with = "dir", value_parser = chain)]
    chain: Option<ChainId>,
}

/// Verifies.
///
/// # Errors
/// Something is wrong, here or at a node; what was found is printed first.
pub(crate) async fn run(args: VerifyArgs, out: Output) -> Outcome {
    let dir = match (&args.proof, &args.bundle, args.dir) {
        (Some(file), _, _) => return proof::run(file, args.chain.as_ref(), out),
        (_, Some(file), _) => return bundle::run(file, args.chain, out),
        (_, _, Some(dir)) => dir,
        _ => return Err(Failure::usage("name what to check: --dir DIR, --proof FILE or --bundle FILE")),
    };
    let patient = PatientArgs { dir, passphrase: args.passphrase };
    let patient = patient.open().await?;
    let verified = if args.deep { patient.verify_deep().await? } else { patient.verify().await? };
    if !out.is_json() {
        lines(&verified).iter().for_each(|line| out.say(line));
    }
    out.answer(&verified, verdict(&verified))
}

/// A chain's id, for clap.
fn chain(text: &str) -> Result<ChainId, String> {
    text.parse().map_err(|_| {
        "expected the id of a chain: 52 letters and digits, as `pulsebook status` prints it".to_owned()
    })
}

/// Wrong bytes weigh more than a node that could not be asked; both end with exit code 1.
fn verdict(verified: &Verified) -> Outcome {
    let (findings, unasked) = (verified.findings.len() as u64, verified.could_not_ask.len() as u64);
    if findings > 0 {
        return Err(Failure::new(format!("{} found by verify", plural(findings, "problem")))
            .of(Kind::NotVerified)
            .expected("every byte as it was sealed")
            .action("tell the node's operator what is named above; whatever is not named still serves"));
    }
    if unasked > 0 {
        return Err(Failure::new(format!("{} could not be checked", plural(unasked, "node")))
            .of(Kind::Unreachable)
            .expected("every node of the circle to answer")
            .action("verify again when it can be reached; nothing that was checked is wrong"));
    }
    Ok(())
}

/// What was checked, what is wrong, and who could not be asked.
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
            .map(|node| format!("{}: {} fetched and checked.", node.name, plural(node.segments, "segment"))),
    );
    lines.extend(verified.findings.iter().map(finding));
    lines.extend(verified.could_not_ask.iter().map(not_asked));
    if verified.findings.is_empty() {
        let what =
            if verified.could_not_ask.is_empty() { "Everything" } else { "Everything that was checked" };
        lines.push(format!("{what} is as it was sealed."));
    }
    lines
}

/// "GP was not checked: …".
fn not_asked(node: &NotAsked) -> String {
    match node.segments {
        0 => format!("{} was not checked: {}", node.node, node.why),
        some => format!("{} was checked only up to {}: {}", node.node, plural(some, "segment"), node.why),
    }
}

/// "WRONG at GP: block 3, segment 2: …".
pub(crate) fn finding(finding: &Finding) -> String {
    let place = finding.node.as_ref().map_or("on this device".to_owned(), |node| format!("at {node}"));
    let block = finding.block.map(|block| format!(", block {block}")).unwrap_or_default();
    let segment = finding.segment.map(|slot| format!(", segment {slot}")).unwrap_or_default();
    format!("WRONG {place}{block}{segment}: {}", finding.what)
}
