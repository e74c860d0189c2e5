//! Step 4: decode, judge, keep and seal, first alone, then with a circle of nodes; and sync.

use super::stage::Stage;
use crate::{
    commands::status::promised,
    exit::Outcome,
    feed::Gates,
    output::plural,
    patient::{Patient, StatusView, SyncedNode, Wanted},
    truth::{PerVital, lost_and_doubled},
};
use pulsebook_core::store::Counts;
use pulsebook_protocol::{card::NodeCard, words::RecoveryWords};
use std::fs;

/// Up to the first the record works alone; at each the phone syncs while it goes on collecting. In percent.
const GATES: [i64; 4] = [20, 40, 60, 80];
/// How often a last sync is repeated until all is final.
const LAST_SYNCS: usize = 3;

/// Collects everything, with the circle confirmed on the way.
///
/// # Errors
/// The record cannot keep, or no node can be reached.
pub(crate) async fn keep_and_sync(stage: &mut Stage) -> Outcome {
    stage.out.heading("4. Each reading is judged, kept and sealed; then your circle accepts the blocks");
    let moments = stage.plan.gates(&GATES).await?;
    let bar = stage.out.bar(u64::try_from(stage.plan.end - stage.plan.start).unwrap_or(0), "collecting");
    let (start, shown) = (stage.plan.start, bar.clone());
    let feed = stage.plan.feed()?.on_time(move |at| {
        shown.set_position(u64::try_from(at - start).unwrap_or(0));
    });
    let (feed, mut gates) = feed.gated(moments);
    let sent = feed.sent();
    let synced = tokio::try_join!(stage.patient.collect(Box::new(feed)), direct(stage, &mut gates))?.1;
    bar.finish_and_clear();
    sent.finished()?;
    stage.truth = sent.truth();
    stage.count_sync(&synced);
    let last = stage.patient.seal().await?;
    stage.say(format_args!("The time is over: {} sealed at the end.", plural(last, "block")));
    let status = sync_until_settled(stage).await?;
    tell_what_arrived(stage).await?;
    check_acceptance(stage, &status);
    Ok(())
}

/// What happens at the gates, while the feed waits there.
async fn direct(stage: &Stage, gates: &mut Gates) -> Outcome<Vec<SyncedNode>> {
    let mut synced = Vec::new();
    let mut first = true;
    while let Some(truth) = gates.reached().await {
        if first {
            let blocks = stage.patient.seal().await?;
            stage.say(format_args!(
                "Offline, no node known: {} kept and sealed ({} just now), epoch 0.",
                plural(truth.notifications, "notification"),
                plural(blocks, "block")
            ));
            confirm(stage, &stage.patient, &stage.words).await?;
            first = false;
        }
        let nodes = stage.patient.sync().await?;
        let sent: u64 = nodes.iter().map(|node| node.blocks).max().unwrap_or(0);
        stage.say(format_args!(
            "Sync while collecting goes on: {} went to {}.",
            plural(sent, "block"),
            plural(nodes.len() as u64, "node")
        ));
        synced.extend(nodes);
        gates.open().await;
    }
    Ok(synced)
}

async fn confirm(stage: &Stage, patient: &Patient, words: &RecoveryWords) -> Outcome {
    for place in 1..=stage.nodes.len() {
        let card = fs::read_to_string(stage.path("cards").join(format!("node-{place}.json")))?;
        patient.add_node(&NodeCard::parse(&card)?).await?;
    }
    patient.confirm_circle(RecoveryWords::parse(&words.expose())?).await?;
    stage.say(format_args!(
        "You type your 24 words once: the circle of {} is confirmed, epoch 1 begins.",
        plural(stage.nodes.len() as u64, "node")
    ));
    Ok(())
}

async fn sync_until_settled(stage: &mut Stage) -> Outcome<StatusView> {
    for _ in 0..LAST_SYNCS {
        let nodes = stage.patient.sync().await?;
        stage.count_sync(&nodes);
        for trouble in nodes.iter().filter(|node| node.error.is_some()) {
            stage.say(format_args!("  {}: {}", trouble.name, trouble.error.as_deref().unwrap_or_default()));
        }
        let status = stage.patient.status().await?;
        if status.settled.total() == status.blocks {
            return Ok(status);
        }
    }
    stage.patient.status().await
}

async fn tell_what_arrived(stage: &mut Stage) -> Outcome {
    let (counts, injected) = (stage.patient.counts().await?, stage.truth.injected);
    let report = &mut stage.report;
    (report.notifications, report.readings, report.malformed) =
        (counts.notifications, counts.readings, counts.malformed);
    (report.marked, report.absent) = (counts.marked, counts.absent);
    stage.say(format_args!(
        "{} became {}:",
        plural(counts.notifications, "notification"),
        plural(counts.readings, "reading")
    ));
    tell_faults(stage, &counts);
    stage.held = held(&stage.patient).await?;
    let (lost, doubled) = lost_and_doubled(&stage.truth.readings, &stage.held);
    (stage.report.lost, stage.report.doubled) = (lost, doubled);
    stage.promise(
        "every reading that a sensor sent is in a sealed block, none is lost",
        lost == 0 && counts.readings == stage.truth.total(),
    );
    stage.promise("none is there twice", doubled == 0);
    stage.promise(
        "every notification was counted, each malformed one kept raw",
        counts.notifications == stage.truth.notifications && counts.malformed == stage.truth.malformed,
    );
    stage.promise(
        "what had no number has none, and what is impossible is marked",
        counts.absent == stage.truth.absent && counts.marked >= injected.implausible,
    );
    Ok(())
}

/// What went wrong on the way, each by its sensor. Of a recording only the counts are known.
fn tell_faults(stage: &Stage, counts: &Counts) {
    for fault in stage.truth.faults.named() {
        stage.say(format_args!("  {}", fault.words()));
    }
    stage.say(format_args!(
        "  in all {} without a number, {} with a mark of doubt, {} malformed",
        plural(counts.absent, "reading"),
        counts.marked,
        plural(counts.malformed, "frame")
    ));
}

fn check_acceptance(stage: &mut Stage, status: &StatusView) {
    let (certified, settled) = (status.certified, status.settled);
    (stage.report.blocks, stage.report.certified, stage.report.settled) = (status.blocks, certified, settled);
    stage.say(format_args!(
        "{}: {} accepted by the majority ({} by their own checkpoint, {} covered by one above), {} final ({} and {}).",
        plural(status.blocks, "block"), certified.total(), certified.direct, certified.covered, settled.total(), settled.direct, settled.covered
    ));
    if let Some(quorum) = status.quorum {
        stage.say(format_args!(
            "The three steps: offered to {} \u{2192} accepted by {quorum} of {} (certified) \u{2192} final, every byte held by {quorum} (settled); each counts directly, or covered by the checkpoint above.",
            plural(status.nodes.len() as u64, "node"),
            status.nodes.len()
        ));
    }
    promised(status).iter().for_each(|line| stage.say(line));
    stage.promise(
        "every block is accepted by the majority of your circle",
        certified.total() == status.blocks,
    );
    stage.promise("every block is final: a quorum holds every byte", settled.total() == status.blocks);
}

/// What the record really holds: every segment opened again, counted by vital.
async fn held(patient: &Patient) -> Outcome<PerVital> {
    let mut held = PerVital::default();
    patient
        .each_hour(Wanted::default(), &mut |batch| {
            batch.readings().for_each(|reading| *held.entry(reading.vital).or_default() += 1);
            Ok(())
        })
        .await?;
    Ok(held)
}
