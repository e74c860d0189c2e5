//! Step 5, the other half: what was not granted is neither served nor can the clinic's keys open it.

use super::{
    granting::{GRANTED, clinic_of, grant_file},
    node_store::NodeStore,
    stage::Stage,
};
use crate::{
    clinic_folder::Ask,
    exit::{Failure, Outcome},
    output::plural,
};
use pulsebook_protocol::{card::GrantFile, grant::Purpose, vital::Category};

/// Asks for the temperature, then tries the clinic's keys on the very bytes.
///
/// # Errors
/// The node's store cannot be read.
pub(crate) async fn try_to_open(stage: &mut Stage) -> Outcome {
    let mut served = 0;
    let grant = grant_file(stage)?;
    let ask = Ask { categories: vec![Category::Temperature], ..Ask::new(Purpose::Treatment) };
    let read = clinic_of(stage)?
        .read(&grant, &ask, &mut |segment| {
            served += u64::from(!GRANTED.contains(&segment.category));
            Ok(())
        })
        .await?;
    stage.clinic_bytes += read.wire_bytes;
    match &read.refused {
        Some(why) => {
            stage.report.reads_denied += 1;
            stage.say(format_args!("The clinic asks for your temperature too and is refused: {why}"));
        }
        None => {
            stage.report.reads_allowed += 1;
            stage.say("The clinic asks for your temperature too: the node answers and serves none of it.");
        }
    }
    let (tried, opened) = try_keys(stage, &grant).await?;
    stage.say(format_args!(
        "Suppose it had the node's disk: {} not granted, every key it was given tried on each: {opened} opened.",
        plural(tried, "sealed segment")
    ));
    stage.report.ungranted_opened = served + opened;
    stage.promise(
        "temperature and pressure, not granted, are neither served nor can the clinic open them",
        served + opened == 0,
    );
    Ok(())
}

/// Tries every released key on every segment that no grant covers; how many there are, and how many opened.
async fn try_keys(stage: &Stage, grant: &GrantFile) -> Outcome<(u64, u64)> {
    let node = stage.nodes.first().ok_or_else(|| Failure::new("there is no node"))?;
    let (store, clinic) = (NodeStore::open(&node.dir)?, clinic_of(stage)?);
    let releases = store.releases()?;
    let (mut tried, mut opened) = (0, 0);
    stage
        .patient
        .each_segment(&mut |segment| {
            if GRANTED.contains(&segment.category) {
                return Ok(());
            }
            let (_, sealed) = store.segment(segment.height, segment.slot)?;
            tried += 1;
            opened += u64::from(clinic.can_open(grant, &releases, &sealed)?);
            Ok(())
        })
        .await?;
    Ok((tried, opened))
}
