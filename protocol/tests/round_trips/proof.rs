//! The whole proof of one reading, from generated readings to what a stranger reads.

use crate::{
    Counting, dek,
    handed::{Handed, Shape},
    only_whole,
};
use proptest::{collection::vec, prelude::*};
use pulsebook_protocol::{
    bytes::{Commitment, Digest},
    chunk::disclose,
    commitment::Dek,
    proof::{ProofEpoch, ProofOpening, ProofPlace, ReadingProof, verify_reading_proof},
    quality::Quality,
    reading::{Origin, Reading, Value},
    sealed_segment::{SealedSegment, seal_segment},
    segment::{Segment, SegmentBuilder, Sensor},
    vital::{Category, Vital},
};

const HOUR_MS: i64 = 3_600_000;

/// Heart rates, each some seconds and milliseconds after the one before, and beats or not.
fn segment() -> impl Strategy<Value = Segment> {
    let steps = vec((1i64..30_000, 300u16..2000), 1..80);
    (steps, "[a-z0-9-]{1,20}", "\\PC{0,20}", any::<u16>(), any::<bool>()).prop_map(
        |(steps, id, kind, decoder, simulated)| {
            let origin = if simulated { Origin::Simulated } else { Origin::Measured };
            let sensor = Sensor { id, kind };
            let mut builder =
                SegmentBuilder::new(Category::Heart, 0..HOUR_MS, origin, sensor, decoder, Digest::ZERO);
            let mut measured_at = 0;
            for (step, value) in steps {
                measured_at += step;
                let value = Value::Number(value.into());
                let reading = Reading { vital: Vital::HeartRate, measured_at, value, quality: Quality::GOOD };
                builder.push(reading).unwrap();
            }
            builder.finish().unwrap()
        },
    )
}

/// A chain with the segment in one slot of every block.
fn chain_with(seed: [u8; 31], shape: Shape, sealed: &SealedSegment, slot: u8) -> Handed {
    let mut slots = [Commitment::from_bytes([7; 32]); 8];
    slots[usize::from(slot)] = sealed.commitment;
    Handed::of_blocks(seed, shape, slots)
}

fn opening(sealed: &SealedSegment, dek: &Dek) -> ProofOpening {
    ProofOpening { key_check: dek.key_check(), blinder: sealed.blinder, segment_hash: sealed.hash }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn proofs_of_any_reading_in_any_block_come_back(
        segment in segment(), which: prop::sample::Index, secret in dek(), seed: [u8; 31],
        shape in (1u8..=7, 1usize..9, 0usize..9), block: prop::sample::Index, slot in 0u8..8, cut: prop::sample::Index, bit in 0u8..8,
    ) {
        let reading = which.get(&segment.readings().collect::<Vec<_>>()).to_owned();
        let chain = Handed::chain_of(seed);
        let sealed = seal_segment(&chain, &secret, &segment, &mut Counting(1)).unwrap();
        let handed = chain_with(seed, shape, &sealed, slot);
        let block = *block.get(&handed.blocks().collect::<Vec<_>>());
        let (path, note) = handed.settles(block);
        let epochs: Vec<ProofEpoch> = handed.proof_epochs();
        let place = ProofPlace { chain, epochs: epochs.clone(), note: note.clone(), block: (block.to_bytes(), path.clone()), slot };
        let shown = disclose(&segment, &secret, reading.vital, reading.measured_at).unwrap();
        let proof = ReadingProof::new(place, opening(&sealed, &secret), shown.clone());
        let bytes = proof.encode();
        let read = ReadingProof::decode(&bytes).unwrap();
        prop_assert_eq!(&read, &proof);
        prop_assert_eq!((&read.epochs, &read.note, &read.block_path), (&epochs, &note, &path));
        prop_assert_eq!((&read.chunk.0, read.salt, &read.chunk_path), (&shown.chunk, shown.salt, &shown.path));
        prop_assert_eq!(read.encode(), bytes.clone());
        let verified = verify_reading_proof(&bytes, Some(&chain)).unwrap();
        prop_assert_eq!((verified.chain(), verified.place()), (chain, (block.epoch, block.height, slot)));
        let chunk = verified.chunk();
        prop_assert_eq!((chunk.origin(), chunk.sensor(), chunk.decoder_version()), (segment.origin(), segment.sensor(), segment.decoder_version()));
        let found = chunk.readings().filter(|found| (found.measured_at - reading.measured_at).abs() <= 1).any(|found| found.value == reading.value);
        prop_assert!(found, "the reading is shown");
        only_whole(&bytes, cut, |bytes| verify_reading_proof(bytes, None).ok());
        let mut flipped = bytes.clone();
        flipped[cut.index(bytes.len())] ^= 1 << bit;
        // A note may lose the signature of a node that it does not need; nothing else may change.
        if let Ok(other) = verify_reading_proof(&flipped, Some(&chain)) {
            prop_assert_eq!((other.chunk(), other.place()), (verified.chunk(), verified.place()));
        }
    }
}
