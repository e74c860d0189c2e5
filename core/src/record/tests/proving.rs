//! Proofs of one reading and exported records: they hold, they say nothing of the rest, and what is wrong is named.

use super::circle::{World, more, with_circle};
use super::*;
use crate::error::ProvingError;
use pulsebook_protocol::{
    bundle::{BundleVerifier, VerifiedBundle, head_rest, item, item_length},
    bytes::ByteString,
    proof::{ReadingProof, verify_reading_proof},
};
use std::io::Write;

const HOUR: i64 = 3_600_000;

fn temperature(at: i64) -> ReadingName {
    ReadingName { vital: Vital::BodyTemperature, measured_at: START + at, sensor: None }
}

/// A thermometer's notification: mantissa of three bytes, two decimals.
fn temperature_of(ms: i64, mantissa: i32) -> TransportEvent {
    let (sensor, characteristic) = (thermometer().id, thermometer::MEASUREMENT);
    let [a, b, c, _] = mantissa.to_le_bytes();
    let bytes = vec![0x00, a, b, c, 0xfe];
    TransportEvent::Notification(Notification { sensor, characteristic, received_at: START + ms, bytes })
}

async fn settled() -> (Scratch, Record, World) {
    let (dir, record, world) = with_circle().await;
    more(&record, 2).await;
    world.sync(&record).await;
    (dir, record, world)
}

#[tokio::test]
async fn a_reading_of_any_settled_block_is_proven_to_a_stranger() {
    let (_dir, record, _world) = settled().await;
    for (hour, epoch) in [(0, 0), (1, 0), (2, 1), (3, 1)] {
        let name = temperature(hour * HOUR + 60_000);
        let proof = record.prove(&name).await.unwrap();
        let shown = verify_reading_proof(&proof, Some(&record.chain())).unwrap();
        let readings: Vec<_> = shown.chunk().readings().collect();
        assert_eq!(readings.len(), 1, "a spot reading stands alone");
        assert_eq!((readings[0].measured_at, readings[0].value), (name.measured_at, Value::Number(3707)));
        assert_eq!((shown.place().0, shown.chunk().origin()), (epoch, Origin::Simulated));
        assert!(shown.holders().count() >= 3 && shown.existed_by() > 1_700_000_000);
        assert_eq!(shown.first_root(), Some(record.inner.store.identity().first_root));
    }
    let name = ReadingName { vital: Vital::HeartRate, measured_at: START + 500, sensor: None };
    let shown = verify_reading_proof(&record.prove(&name).await.unwrap(), None).unwrap();
    assert_eq!(shown.chunk().readings().count(), 30, "of a stream its minute");
}

#[tokio::test]
async fn what_is_not_settled_or_not_there_is_not_proven_and_says_why() {
    let (_dir, record, world) = settled().await;
    let why = async |name: ReadingName| match record.prove(&name).await {
        Err(Error::Proving(why)) => why,
        other => panic!("{other:?}"),
    };
    assert!(matches!(why(temperature(61_000)).await, ProvingError::NoSuchReading));
    let of = |sensor: &str| ReadingName { sensor: Some(sensor.into()), ..temperature(60_000) };
    assert!(matches!(why(of("another")).await, ProvingError::NoSuchReading));
    assert!(record.prove(&of("thermometer")).await.is_ok());
    collect(&record, vec![temperature_at(9 * HOUR)]).await;
    assert!(matches!(why(temperature(9 * HOUR)).await, ProvingError::NotSealed));
    record.seal().await.unwrap();
    assert!(matches!(why(temperature(9 * HOUR)).await, ProvingError::NotSettled(6)));
    world.sync(&record).await;
    assert!(record.prove(&temperature(9 * HOUR)).await.is_ok());
}

#[tokio::test]
async fn a_proof_holds_nothing_of_the_readings_beside_it() {
    let (_dir, record, world) = with_circle().await;
    // Neighbours in the same segment, and a strap in the same block; their values and times can be recognised.
    let planted = [(5 * HOUR + 120_000, 8_000_123), (5 * HOUR + 240_000, 8_111_321)];
    let mut events = vec![temperature_at(5 * HOUR + 180_000)];
    events.splice(0..0, [temperature_of(planted[0].0, planted[0].1)]);
    events.push(temperature_of(planted[1].0, planted[1].1));
    events.extend(stream(5 * 3600 + 300, 30));
    collect(&record, events).await;
    record.seal().await.unwrap();
    world.sync(&record).await;
    let proof = record.prove(&temperature(5 * HOUR + 180_000)).await.unwrap();
    let found = |needle: &[u8]| proof.windows(needle.len()).any(|window| window == needle);
    assert!(found(&(START + 5 * HOUR + 180_000).to_be_bytes()), "the search finds what is there");
    for (at, value) in planted {
        let time = START + at;
        assert!(!found(&time.to_be_bytes()) && !found(&time.to_le_bytes()), "a neighbour's time");
        assert!(!found(&value.to_be_bytes()) && !found(&value.to_le_bytes()), "a neighbour's value");
        assert!(!found(time.to_string().as_bytes()) && !found(value.to_string().as_bytes()));
    }
    assert!(!found(b"PLANTED"), "the other sensor of the block");
    let beats = START + (5 * 3600 + 300) * 1000;
    assert!((beats..beats + 30_000).all(|time| !found(&time.to_be_bytes())), "the stream's times");
    // No key is in it, and not one byte of a sealed segment of the block.
    for slot in record.inner.store.slots(4).unwrap() {
        assert!(!found(slot.dek.expose()));
        let sealed = record.inner.store.segment(4, slot.slot).unwrap().unwrap();
        assert!(sealed.bytes.chunks_exact(16).all(|part| !found(part)));
    }
}

#[tokio::test]
async fn a_proof_of_which_any_part_is_changed_is_refused() {
    let (_dir, record, _world) = settled().await;
    let bytes = record.prove(&temperature(2 * HOUR + 60_000)).await.unwrap();
    let proof = ReadingProof::decode(&bytes).unwrap();
    let mut copies: Vec<ReadingProof> = (0..12).map(|_| proof.clone()).collect();
    copies[0].slot = (proof.slot + 1) % 8;
    copies[1].chunk.0[20] ^= 1;
    copies[2].salt = proof.key_check;
    copies[3].key_check = proof.salt;
    copies[4].segment_hash = proof.salt;
    copies[5].block_path.pop();
    copies[6].note = None;
    copies[7].epochs.pop();
    copies[8].epochs[1].hand_over = None;
    copies[9].epochs[1].base_path.pop();
    copies[10].block = proof.epochs[1].first_block.clone();
    copies[11].chunk_path.push(pulsebook_protocol::chunk::PathStep {
        side: pulsebook_protocol::chunk::Side::Left,
        hash: proof.salt,
    });
    for (number, copy) in copies.iter().enumerate() {
        assert!(verify_reading_proof(&copy.encode(), None).is_err(), "change {number}");
    }
    let other = pulsebook_protocol::bytes::ChainId::from_bytes([1; 32]);
    assert!(verify_reading_proof(&bytes, Some(&other)).unwrap_err().to_string().contains("expected"));
    for cut in (0..bytes.len()).step_by(97) {
        assert!(verify_reading_proof(&bytes[..cut], None).is_err());
    }
}

/// Where a bundle is written to in a test.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

async fn exported(record: &Record, with_keys: bool) -> Vec<Vec<u8>> {
    let sink = Sink::default();
    let summary = record.export_bundle(with_keys, Box::new(sink.clone())).await.unwrap();
    let bytes = sink.0.lock().unwrap().clone();
    assert_eq!(summary.bytes, bytes.len() as u64);
    let (mut items, mut rest) = (Vec::new(), &bytes[..]);
    while let Some(first) = rest.first() {
        let head = 1 + head_rest(*first).unwrap();
        let end = head + item_length(&rest[..head]).unwrap();
        assert_eq!(item(&rest[head..end]), rest[..end]);
        items.push(rest[head..end].to_vec());
        rest = &rest[end..];
    }
    items
}

fn check(items: &[Vec<u8>]) -> Result<VerifiedBundle, String> {
    let mut verifier = BundleVerifier::new(None);
    for item in items {
        assert!(item.len() <= verifier.limit());
        verifier.take(item).map_err(|error| error.to_string())?;
    }
    verifier.finish().map_err(|error| error.to_string())
}

#[tokio::test]
async fn an_exported_record_verifies_with_public_keys_alone_and_opens_only_with_its_keys() {
    let (_dir, record, _world) = settled().await;
    collect(&record, vec![temperature_at(9 * HOUR)]).await;
    record.seal().await.unwrap();
    let items = exported(&record, false).await;
    let verified = check(&items).unwrap();
    assert_eq!((verified.blocks, verified.segments, verified.readings), (7, 9, None));
    assert_eq!(verified.settled.as_ref().map(|kept| kept.height), Some(5), "the seventh was not synced");
    assert_eq!((verified.chain, verified.epoch), (record.chain(), 1));
    assert_eq!(verified.first_root, record.inner.store.identity().first_root);
    let opened = check(&exported(&record, true).await).unwrap();
    // Two hours and two hours of thirty rates, thirty intervals and a temperature each, and one temperature.
    assert_eq!(opened.readings, Some(4 * 61 + 1));
    let keys: Vec<[u8; 32]> = (0..7)
        .flat_map(|height| record.inner.store.slots(height).unwrap())
        .map(|slot| *slot.dek.expose())
        .collect();
    let all = items.concat();
    assert!(
        keys.iter().all(|key| !all.windows(32).any(|window| window == key)),
        "no key without being asked"
    );
}

#[tokio::test]
async fn the_first_thing_wrong_in_a_bundle_is_named_with_block_and_slot() {
    let (_dir, record, _world) = settled().await;
    for with_keys in [false, true] {
        let items = exported(&record, with_keys).await;
        // Head, block 0 without segments, block 1 with two.
        let mut altered = items.clone();
        altered[4][40] ^= 1;
        let error = check(&altered).unwrap_err();
        assert!(error.starts_with("block 1, slot 1: "), "{error}");
        let mut missing = items.clone();
        missing.remove(4);
        assert!(check(&missing).unwrap_err().starts_with("block 1, slot 1: "));
        let swapped = [&items[..3], &[items[4].clone(), items[3].clone()], &items[5..]].concat();
        assert!(check(&swapped).unwrap_err().starts_with("block 1, slot 0: "));
        let short = &items[..items.len() - 1];
        assert!(check(short).unwrap_err().contains("ends here"), "the last segment is missing");
        let twice = [&items[..], &[items[1].clone()]].concat();
        assert!(check(&twice).unwrap_err().contains("more follows"));
        for place in 1..3 {
            for byte in 0..items[place].len() {
                let mut flipped = items.clone();
                flipped[place][byte] ^= 1;
                assert!(check(&flipped).is_err(), "item {place}, byte {byte}");
            }
        }
    }
}

#[tokio::test]
async fn a_bundle_whose_last_blocks_nobody_signed_is_refused() {
    let (_dir, record, _world) = settled().await;
    let items = exported(&record, false).await;
    let mut block: pulsebook_protocol::bundle::BundleBlock =
        pulsebook_protocol::cbor::decode(&items[items.len() - 3], 1 << 20).unwrap();
    assert!(block.note.take().is_some());
    let mut unsigned = items.clone();
    let place = unsigned.len() - 3;
    unsigned[place] = pulsebook_protocol::cbor::encode(&block);
    assert!(check(&unsigned).unwrap_err().contains("no signed checkpoint covers"));
    block.manifest = ByteString(vec![0xa0]);
    unsigned[place] = pulsebook_protocol::cbor::encode(&block);
    assert!(check(&unsigned).unwrap_err().starts_with("block 5: "));
}
