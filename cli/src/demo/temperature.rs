//! Step 5, the other half: what was not granted is neither served nor can the clinic's keys open it.

use super::{
    attempt::Keys,
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

/// What became of every sealed segment that a node holds, under every key that the clinic was given.
#[derive(Default)]
struct Tried {
    segments: u64,
    granted: u64,
    ungranted: u64,
}

/// Asks for the temperature, then tries the clinic's keys on the very bytes.
///
/// # Errors
/// The node's store cannot be read.
pub(crate) async fn try_to_open(stage: &mut Stage) -> Outcome {
    let grant = grant_file(stage)?;
    let served = ask_for_it(stage, &grant).await?;
    let tried = try_keys(stage, &grant)?;
    stage.say(format_args!(
        "Suppose it had a node's disk: {} tried with every key it was given, {} of heart and oxygen open, of all others {}.",
        plural(tried.segments, "sealed segment"),
        tried.granted,
        tried.ungranted
    ));
    stage.report.ungranted_opened = served + tried.ungranted;
    let meant = tried.granted > 0 && (stage.plan.is_recording() || tried.segments > tried.granted);
    stage.promise(
        "temperature and pressure, not granted, are neither served nor can the clinic open them",
        meant && served + tried.ungranted == 0,
    );
    Ok(())
}

/// How many segments outside the grant were served.
async fn ask_for_it(stage: &mut Stage, grant: &GrantFile) -> Outcome<u64> {
    let mut served = 0;
    let ask = Ask { categories: vec![Category::Temperature], ..Ask::new(Purpose::Treatment) };
    let read = clinic_of(stage)?
        .read(grant, &ask, &mut |segment| {
            served += u64::from(!GRANTED.contains(&segment.category()));
            Ok(())
        })
        .await?;
    stage.clinic_bytes += read.wire_bytes;
    match &read.refused {
        Some(why) => {
            stage.report.reads_denied += 1;
            stage.say(format_args!("The clinic asks {} for your temperature too: {why}", read.node));
        }
        None => {
            stage.report.reads_allowed += 1;
            stage.say(format_args!(
                "The clinic asks {} for your temperature too: it answers and serves none of it.",
                read.node
            ));
        }
    }
    Ok(served)
}

fn try_keys(stage: &Stage, grant: &GrantFile) -> Outcome<Tried> {
    let node = stage.nodes.first().ok_or_else(|| Failure::new("there is no node"))?;
    let store = NodeStore::open(&node.dir)?;
    let keys = Keys::from_releases(&clinic_of(stage)?.keys()?, &store.releases()?)?;
    let mut tried = Tried::default();
    store.each_segment(&mut |sealed| {
        tried.segments += 1;
        match keys.open(&grant.chain, sealed) {
            Some(category) if GRANTED.contains(&category) => tried.granted += 1,
            Some(_) => tried.ungranted += 1,
            None => {}
        }
    })?;
    Ok(tried)
}
