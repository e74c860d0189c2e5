//! Step 7: who read what; the grant is revoked; the next read is refused, and that is an access entry too.

use super::{
    granting::{clinic_of, grant_file},
    stage::Stage,
};
use crate::{
    clinic_folder::Ask,
    commands::{accesses, revoke},
    exit::Outcome,
    patient::AccessView,
};
use pulsebook_protocol::grant::Purpose;

/// Pulls the access entries, revokes, and lets the clinic try again.
///
/// # Errors
/// The record fails.
pub(crate) async fn revoke(stage: &mut Stage) -> Outcome {
    stage.out.heading("7. You see who read, and you end it");
    let before = pull(stage).await?;
    accesses::lines(&before).iter().for_each(|line| stage.say(line));
    let permits = before.iter().filter(|access| access.outcome == "permit").count() as u64;
    let allowed = stage.report.reads_allowed;
    stage.promise(
        "every read stands in an access entry that its node signed",
        permits >= allowed && allowed > 0,
    );
    let (revoked, synced) = stage.patient.revoke(&stage.grant_id).await?;
    stage.count_sync(&synced);
    stage.say(revoke::in_force("Revoked", revoked));
    let nodes = stage.nodes.len();
    stage.promise("the revocation is in force at every node", revoked.nodes == nodes && revoked.of == nodes);
    refused(stage, &before).await
}

async fn refused(stage: &mut Stage, before: &[AccessView]) -> Outcome {
    let grant = grant_file(stage)?;
    let mut segments = 0_u64;
    let read = clinic_of(stage)?
        .read(&grant, &Ask::new(Purpose::Treatment), &mut |_| {
            segments += 1;
            Ok(())
        })
        .await?;
    stage.clinic_bytes += read.wire_bytes;
    let why = read.refused.clone().unwrap_or_else(|| "it was not refused".to_owned());
    stage.report.reads_denied += u64::from(read.refused.is_some());
    stage.say(format_args!("The clinic reads again at {}: {why}", read.node));
    stage.promise(
        "the next read is refused, and says that the grant was revoked",
        segments == 0 && why.contains("revoked"),
    );
    let after = pull(stage).await?;
    let new: Vec<AccessView> = after
        .into_iter()
        .filter(|access| !before.iter().any(|old| old.node == access.node && old.seq == access.seq))
        .collect();
    accesses::lines(&new).iter().for_each(|line| stage.say(line));
    stage.promise(
        "that refusal is an access entry too",
        new.iter().any(|access| access.outcome == "deny:revoked"),
    );
    Ok(())
}

/// Every access entry of every node, pulled now.
async fn pull(stage: &mut Stage) -> Outcome<Vec<AccessView>> {
    let synced = stage.patient.sync().await?;
    stage.count_sync(&synced);
    stage.patient.accesses().await
}
