//! Bytes on the wire for each reading of a day.

use super::{Scale, Tell};
use crate::{
    day::{Day, START},
    entropy::Floor,
    measure::Scratch,
    peers::python,
    row::{Bound, Row},
    trouble::Outcome,
    world::{Nodes, block_on, collect, record_in},
};
use pulsebook_core::{ble::Notification, consent::Choice, record::Record};
use pulsebook_protocol::{
    card::GranteeCard, envelope::ReceiveKey, grant::Purpose, key::SigningKey, random::SystemRandom,
    vital::Category,
};
use std::collections::BTreeMap;

/// 2100-01-01, in seconds: a grant ends by the real clock, and the day is one of long ago or to come.
const FAR_S: u64 = 4_102_444_800;

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
    let rest = (each(&["keyring", "epochs"]), "B");
    tell(Row::printed("wire, apart: keyring pages and index", rest, "sealed to the recovery words"))?;
    let envelopes = (each(&["releases"]), "B");
    tell(Row::printed("wire, apart: envelopes", envelopes, "one grant of the whole day, X-Wing"))?;
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
    let of_day = nodes.take_costs().into_iter().map(|(kind, cost)| (kind, cost.body_bytes));
    let mut bytes: BTreeMap<String, u64> = of_day.collect();
    bytes.insert("releases".into(), envelopes(&nodes, &record).await?);
    Ok(bytes)
}

/// What the envelopes of the day take, when everything of it is granted to one clinic.
async fn envelopes(nodes: &Nodes, record: &Record) -> Outcome<u64> {
    let receive = ReceiveKey::make(&mut SystemRandom)?;
    let clinic = GranteeCard::make("Cardiology", &SigningKey::make(&mut SystemRandom)?, receive.public());
    let choice = Choice {
        categories: vec![Category::Heart, Category::Oxygen, Category::Temperature],
        purposes: vec![Purpose::Treatment],
        from: START,
        to: START + 31 * 86_400_000,
        expires: FAR_S,
        delegate: 0,
    };
    record.grant(&clinic, &choice).await?;
    // The first settles the grant's own block, the second sends what it allows.
    nodes.sync(record).await?;
    nodes.sync(record).await?;
    let released = nodes.take_costs().get("releases").map_or(0, |cost| cost.body_bytes);
    match released {
        0 => Err("a grant released nothing".into()),
        bytes => Ok(bytes),
    }
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
