//! A day from sealed here to verified and durable on three nodes over TLS, both phases.

use super::{Scale, Tell};
use crate::{
    day::Day,
    measure::{Scratch, median, seconds_each},
    row::{Bound, Row},
    serving::{Warm, start_nodes},
    trouble::Outcome,
    world::{block_on, collect, record_in, settled},
};
use pulsebook_core::{ble::Notification, record::Record};
use pulsebook_protocol::hash::sha256;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use std::{fs::File, io::Write, time::Instant};

const NODES: usize = 3;

/// What a node of three must check: request and checkpoint of the offer; request, checkpoint and two cosignatures of the
/// quorum certificate.
const SIGNATURES: f64 = 6.0;

pub(super) fn run(scale: &Scale, _: &[String], tell: Tell<'_>) -> Outcome {
    let scratch = Scratch::make("day")?;
    let rounds = scale.rounds.min(4);
    let (walls, bytes) = block_on(async {
        let nodes = start_nodes(NODES, scratch.path())?;
        let warm = Warm::default();
        let (record, words) = record_in(&scratch.file("me")).await?;
        for node in &nodes {
            record.circle_add(&node.card).await?;
        }
        record.circle_confirm_through(words, &*warm.connect()).await?;
        settled(record.sync_through(&*warm.connect()).await?)?;
        let mut day = Day::seconds(scale.day_s * rounds as u64);
        let mut walls = Vec::new();
        let mut bytes = 0;
        for round in 1..=rounds {
            let until = crate::day::START + i64::try_from(scale.day_s * round as u64 * 1000)?;
            let part: Vec<Notification> = day.by_ref().take_while(|n| n.received_at < until).collect();
            collect(&record, part.into_iter()).await?;
            let (wall, sent) = one_day(&record, &warm).await?;
            walls.push(wall);
            bytes = sent;
        }
        Ok((walls, bytes))
    })?;
    let floor = floor(&scratch, bytes, scale.rounds)?;
    let (ours, least) = (median(&walls) * 1000.0, floor * 1000.0);
    let name = "a day → verified and durable on 3 nodes over TLS, wall";
    let beside = (least, "ms: sum of 3 nodes' verify + fsync");
    tell(Row::ratio(name, (ours, "ms"), beside, Bound::AtMost(5.0)))?;
    let handshakes = block_on(handshakes(&scratch))? * 1000.0;
    tell(Row::printed("apart: a first connection and request to one node", (handshakes, "ms"), "TLS 1.3"))
}

async fn one_day(record: &Record, warm: &Warm) -> Outcome<(f64, u64)> {
    let start = Instant::now();
    let report = settled(record.sync_through(&*warm.connect()).await?)?;
    let wall = start.elapsed().as_secs_f64();
    Ok((wall, report.nodes.first().map_or(0, |node| node.wire.sent)))
}

/// Both phases at three nodes one after the other, nothing but what must be: signatures checked, bytes hashed, one
/// append with fdatasync a phase.
fn floor(scratch: &Scratch, bytes: u64, rounds: usize) -> Outcome<f64> {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).map_err(|_| "no key")?;
    let message = [3; 96];
    let signature = pair.sign(&message);
    let public = UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref().to_vec());
    let verify = || public.verify(&message, signature.as_ref()).map_err(|_| "a signature failed".into());
    let verify = seconds_each(rounds, 200, verify)?;
    let day = vec![5; usize::try_from(bytes)?];
    let hash = seconds_each(rounds, 5, || {
        std::hint::black_box(sha256(&[&day]));
        Ok(())
    })?;
    let mut file = File::create(scratch.file("floor"))?;
    let mut append = |bytes: &[u8]| -> Outcome {
        file.write_all(bytes)?;
        Ok(file.sync_data()?)
    };
    let offer = seconds_each(rounds, 20, || append(&day))?;
    let certificate = seconds_each(rounds, 20, || append(&[1; 4096]))?;
    Ok(NODES as f64 * (SIGNATURES * verify + hash + offer + certificate))
}

async fn handshakes(scratch: &Scratch) -> Outcome<f64> {
    std::fs::create_dir_all(scratch.file("apart"))?;
    let nodes = start_nodes(1, &scratch.file("apart"))?;
    let node = nodes.first().ok_or("no node")?;
    let (record, words) = record_in(&scratch.file("apart-me")).await?;
    record.circle_add(&node.card).await?;
    let start = Instant::now();
    record.circle_confirm_through(words, &*Warm::default().connect()).await?;
    Ok(start.elapsed().as_secs_f64())
}
