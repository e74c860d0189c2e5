//! How many blocks a node admits on one core, in batches of a day.

use super::{Scale, Tell};
use crate::{
    day::Day,
    measure::{Scratch, median, seconds_each},
    row::{Bound, Row},
    trouble::Outcome,
    world::{Nodes, block_on, collect, record_in},
};
use pulsebook_core::ble::Notification;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

pub(super) fn run(scale: &Scale, _: &[String], tell: Tell<'_>) -> Outcome {
    let scratch = Scratch::make("node")?;
    let (mut walls, mut cpus, mut requests) = (Vec::new(), Vec::new(), 0);
    let blocks = scale.day_s.div_ceil(3600) as f64;
    let days = (scale.rounds as u64 * 2).min(8);
    block_on(async {
        let nodes = Nodes::make(1, scratch.path())?;
        let (record, words) = record_in(&scratch.file("me")).await?;
        nodes.join(&record, words).await?;
        let mut day = Day::seconds(scale.day_s * days).peekable();
        for number in 1..=days {
            let until = crate::day::START + i64::try_from(scale.day_s * number * 1000)?;
            let next = std::iter::from_fn(|| day.next_if(|n| n.received_at < until));
            collect(&record, next.collect::<Vec<Notification>>().into_iter()).await?;
            nodes.take_costs();
            nodes.sync(&record).await?;
            let costs = nodes.take_costs();
            let admission = || ["segments", "offers"].iter().filter_map(|kind| costs.get(*kind));
            walls.push(admission().map(|cost| cost.wall).sum::<f64>());
            cpus.push(admission().map(|cost| cost.cpu).sum::<f64>());
            requests = admission().map(|cost| cost.requests).sum();
        }
        Ok(())
    })?;
    let verify = (1.0 / verify_seconds(scale.rounds)?, "/s: ring's single verifies");
    let rate = (blocks / median(&walls), "blocks/s");
    let words = format!("node admission, batches of {blocks} blocks with their segments, handler to commit");
    tell(Row::ratio(&words, rate, verify, Bound::AtLeast(1.0)))?;
    let beside = format!("{requests} requests a batch; waits for the disk not counted");
    tell(Row::printed("the same by CPU seconds", (blocks / median(&cpus), "blocks/s"), &beside))
}

/// Seconds that ring takes to check one signature.
pub(super) fn verify_seconds(rounds: usize) -> Outcome<f64> {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).map_err(|_| "no key")?;
    let message = [3; 96];
    let signature = pair.sign(&message);
    let public = UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref().to_vec());
    seconds_each(rounds, 500, || {
        public.verify(&message, signature.as_ref()).map_err(|_| "a signature failed".into())
    })
}
