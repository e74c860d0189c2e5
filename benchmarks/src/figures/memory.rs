//! Peak memory after the passphrase: collecting, syncing and verifying, for little and for much.

use super::{Scale, Tell};
use crate::{
    measure::{Scratch, peak_mb},
    row::{Bound, Row},
    sealed_year::{create, open, seal_hours},
    serving::{NodeProcess, Warm},
    trouble::Outcome,
    world::{block_on, collect_seconds, settled},
};
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// What an app may take on a small phone.
const MOST_MB: f64 = 24.0;

pub(super) fn run(scale: &Scale, words: &[String], tell: Tell<'_>) -> Outcome {
    if let [step, folder, rest @ ..] = words {
        let seconds = rest.first().map_or(Ok(0), |seconds| seconds.parse())?;
        let peak = block_on(child(step, Path::new(folder), seconds))?;
        return Ok(writeln!(std::io::stdout(), "{peak}")?);
    }
    let scratch = Scratch::in_memory("memory")?;
    let (mut verify, mut sync, mut collect) = (Vec::new(), Vec::new(), Vec::new());
    for (index, hours) in [24.min(scale.year_hours / 2), scale.year_hours].into_iter().enumerate() {
        let folder = scratch.file(&format!("record-{index}"));
        let node = NodeProcess::start(&scratch.file(&format!("node-{index}")))?;
        block_on(seal_hours(&folder, hours, Some(&node)))?;
        verify.push((spawn("verify", &folder, 0)?, hours));
        sync.push((spawn("sync", &folder, 0)?, hours));
    }
    // Told as soon as they are there: a year of collecting takes longest.
    rows("verify", &verify, tell)?;
    rows("sync", &sync, tell)?;
    for (index, seconds) in [scale.day_s, scale.long_s].into_iter().enumerate() {
        let folder = scratch.file(&format!("collected-{index}"));
        collect.push((spawn("collect", &folder, seconds)?, seconds / 3600));
    }
    rows("collect", &collect, tell)
}

fn rows(step: &str, measured: &[(f64, u64)], tell: Tell<'_>) -> Outcome {
    let &[(little, few), (much, many)] = measured else { return Err("a step is missing".into()) };
    let name = format!("peak memory after unlock, {step}, {many} hours");
    tell(Row::ratio(&name, (much, "MB"), (MOST_MB, "MB: the bound itself"), Bound::AtMost(1.0)))?;
    let name = format!("the same beside {few} hours");
    tell(Row::ratio(&name, (much, "MB"), (little, "MB"), Bound::AtMost(1.1)))
}

fn spawn(step: &str, folder: &Path, seconds: u64) -> Outcome<f64> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["figure", "memory", step]).arg(folder).arg(seconds.to_string()).stderr(Stdio::inherit());
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("the step `{step}` did not run").into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

async fn child(step: &str, folder: &Path, seconds: u64) -> Outcome<f64> {
    match step {
        "collect" => {
            let (record, _) = create(folder).await?;
            collect_seconds(&record, seconds).await?;
        }
        "sync" => {
            let record = open(folder).await?;
            settled(record.sync_through(&*Warm::default().connect()).await?)?;
        }
        _ => {
            // Without its nodes: they are checked block by block, like the own blocks.
            let record = open(folder).await?;
            let nobody = |_: &_| Err(pulsebook_core::sync::NodeUnreachable::NoAnswer("not asked".into()));
            let report = record.verify_through(&nobody, pulsebook_core::sync::Depth::Hashes).await?;
            if !report.own.findings.is_empty() {
                return Err("an untouched record has findings".into());
            }
        }
    }
    peak_mb()
}
