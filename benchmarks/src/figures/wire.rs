//! Bytes on the wire for each reading of a day.

use super::{Scale, Tell};
use crate::{
    day::Day,
    entropy::Floor,
    measure::Scratch,
    peers::python,
    row::{Bound, Row},
    trouble::Outcome,
    world::{Nodes, block_on, collect, record_in},
};
use pulsebook_core::ble::Notification;
use std::collections::BTreeMap;

pub(super) fn run(scale: &Scale, _: &[String], tell: Tell<'_>) -> Outcome {
    let scratch = Scratch::make("wire")?;
    let day: Vec<Notification> = Day::seconds(scale.day_s).collect();
    let floor = Floor::of(day.iter());
    let readings = floor.readings();
    let bytes = block_on(one_sync(&scratch, day.clone()))?;
    let each =
        |kinds: &[&str]| kinds.iter().filter_map(|kind| bytes.get(*kind)).sum::<u64>() as f64 / readings;
    let ours = each(&["segments", "offers", "certificates"]);
    let least = (floor.bytes() / readings, "B: the day's own floor");
    tell(Row::ratio("wire, one sync a day, B a reading", (ours, "B"), least, Bound::AtMost(1.7)))?;
    tell(Row::printed("wire, of it segments", (each(&["segments"]), "B"), &floor.words()))?;
    let rest = (each(&["keyring", "epochs", "releases"]), "B");
    tell(Row::printed("wire, apart: keyring pages and index", rest, "sealed to the recovery words"))?;
    let hourly = block_on(hourly(&scratch, scale.day_s))? as f64 / readings;
    tell(Row::printed("wire, apart: one sync an hour, all bodies", (hourly, "B"), "keyring included"))?;
    for (name, size) in python::formats(&scratch, &day)? {
        match size {
            Ok(size) => {
                let beside = format!("ours is {:.3} of it", ours / (size / readings));
                tell(Row::printed(&format!("the same day as {name}"), (size / readings, "B"), &beside))?;
            }
            Err(why) => tell(Row::missing(&format!("the same day as {name}"), &why))?,
        }
    }
    Ok(())
}

async fn one_sync(scratch: &Scratch, day: Vec<Notification>) -> Outcome<BTreeMap<String, u64>> {
    let nodes = Nodes::make(1, scratch.path())?;
    let (record, words) = record_in(&scratch.file("me")).await?;
    nodes.join(&record, words).await?;
    nodes.take_costs();
    collect(&record, day.into_iter()).await?;
    nodes.sync(&record).await?;
    Ok(nodes.take_costs().into_iter().map(|(kind, cost)| (kind, cost.body_bytes)).collect())
}

/// The same day, synced after each hour.
async fn hourly(scratch: &Scratch, seconds: u64) -> Outcome<u64> {
    let folder = scratch.file("hourly");
    std::fs::create_dir_all(&folder)?;
    let nodes = Nodes::make(1, &folder)?;
    let (record, words) = record_in(&folder.join("me")).await?;
    nodes.join(&record, words).await?;
    nodes.take_costs();
    let mut day = Day::seconds(seconds).peekable();
    while day.peek().is_some() {
        let until = crate::day::hour_after(day.peek());
        let hour: Vec<Notification> =
            std::iter::from_fn(|| day.next_if(|notification| notification.received_at < until)).collect();
        collect(&record, hour.into_iter()).await?;
        nodes.sync(&record).await?;
    }
    Ok(nodes.take_costs().values().map(|cost| cost.body_bytes).sum())
}
