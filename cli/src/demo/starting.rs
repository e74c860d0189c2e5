//! Steps 1 and 2: a record of one's own, and provider nodes that run as processes of their own.

use super::{nodes::RunningNode, plan::Plan, promises::Promises, report::Report, stage::Stage};
use crate::{
    commands::node,
    exit::Outcome,
    output::Output,
    patient::Patient,
    secrets::write_secret,
    truth::{PerVital, Truth},
};
use pulsebook_protocol::{
    random::{SystemRandom, make_bytes},
    words::RecoveryWords,
};
use std::{fs, time::Instant};
use zeroize::Zeroizing;

/// Names of the nodes' organisations, in order.
const NAMES: [&str; 7] = [
    "Hospital East",
    "Dr Linden",
    "Clinic River",
    "Health Centre West",
    "Hospital North",
    "Dr Maple",
    "Laboratory South",
];

/// Step 1: the record.
///
/// # Errors
/// The folder cannot be written.
pub(crate) async fn make_record(plan: Plan, out: Output) -> Outcome<Stage> {
    let began = Instant::now();
    out.say("Pulsebook demo. Simulated data, not a medical device.");
    out.heading("1. You make a record of your own");
    let passphrase = passphrase()?;
    let (patient, words) = Patient::create(&plan.dir.join("patient"), &passphrase, Some(plan.start)).await?;
    write_secret(&plan.dir.join("passphrase.txt"), &passphrase)?;
    write_secret(&plan.dir.join("words.txt"), &words.expose())?;
    out.say(format_args!(
        "It lies in {}, sealed under the passphrase {}",
        plan.dir.join("patient").display(),
        *passphrase
    ));
    out.say("Its 24 words are the record: write them on paper, show them to nobody. (A demo may show them.)");
    words_in_rows(&words).iter().for_each(|row| out.say(row));
    out.say(format_args!("Chain {}", patient.chain()));
    let report = Report { seed: plan.seed, ..Report::default() };
    Ok(Stage {
        plan,
        out,
        began,
        patient,
        words,
        report,
        nodes: Vec::new(),
        clinic: None,
        grant_id: String::new(),
        truth: Truth::default(),
        held: PerVital::default(),
        sync_bytes: 0,
        clinic_bytes: 0,
        promises: Promises::default(),
    })
}

/// Step 2: the nodes.
///
/// # Errors
/// A node does not start.
pub(crate) async fn start_nodes(stage: &mut Stage) -> Outcome {
    stage.out.heading(format_args!(
        "2. {} provider nodes start, each a process with its own keys and store",
        stage.plan.nodes
    ));
    fs::create_dir_all(stage.path("cards"))?;
    for (place, name) in NAMES.into_iter().enumerate().take(stage.plan.nodes) {
        let dir = stage.path(&format!("node-{}", place + 1));
        node::make(&dir, name)?;
        let running = RunningNode::start(name, &dir).await?;
        let card = node::card_of(&dir)?;
        fs::write(stage.path("cards").join(format!("node-{}.json", place + 1)), card.to_json())?;
        stage.say(format_args!("  {name} listens at {}, TLS key pinned by its card", running.address));
        stage.nodes.push(running);
    }
    stage.say("A node stores sealed bytes and signs that it has them. It holds no key that opens a reading.");
    Ok(())
}

/// 80 random bits in four groups.
fn passphrase() -> Outcome<Zeroizing<String>> {
    let bytes = Zeroizing::new(make_bytes::<10>(&mut SystemRandom)?);
    let text = Zeroizing::new(data_encoding::BASE32_NOPAD.encode(bytes.as_slice()).to_lowercase());
    let groups: Vec<&str> = (0..4).filter_map(|group| text.get(group * 4..group * 4 + 4)).collect();
    Ok(Zeroizing::new(groups.join("-")))
}

fn words_in_rows(words: &RecoveryWords) -> Vec<String> {
    let text = words.expose();
    text.split(' ').collect::<Vec<_>>().chunks(6).map(|row| format!("    {}", row.join(" "))).collect()
}
