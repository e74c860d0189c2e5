//! Foreign bytes and round trips; whole proofs are tested where records are made, and by the vectors.

use super::*;
use crate::{
    bundle::{BundleHead, BundleVerifier},
    chunk::{self, disclose},
    commitment::Dek,
    quality::Quality,
    reading::{Origin, Reading, Value},
    segment::{Segment, SegmentBuilder, Sensor},
    vital::Vital,
};
use proptest::prelude::*;

fn segment(vital: Vital, values: &[(u16, u8)], cadence: Option<u64>) -> Segment {
    let sensor = Sensor { id: "s-1".into(), kind: "k".into() };
    let range = 0..3_600_000;
    let mut builder = SegmentBuilder::new(vital.category(), range, Origin::Measured, sensor, 7, Digest::ZERO);
    if let Some(cadence) = cadence {
        builder.cadence(vital, cadence);
    }
    let mut measured_at = 1_000;
    for (value, step) in values {
        measured_at += i64::from(*step) * 37 + i64::from(*value);
        let value = Value::Number(i32::from(*value));
        builder.push(Reading { vital, measured_at, value, quality: Quality::GOOD }).unwrap();
    }
    builder.finish().unwrap()
}

proptest! {
    #[test]
    fn every_chunk_stands_alone_and_gives_its_readings_within_a_millisecond(
        values in prop::collection::vec((300u16..1500, 0u8..40), 1..200),
        stream in any::<bool>(),
        beats in any::<bool>(),
    ) {
        let vital = if beats { Vital::RrInterval } else { Vital::HeartRate };
        let segment = segment(vital, &values, stream.then_some(900_000));
        let mut kept = segment.readings();
        for chunk in chunk::chunks(&segment) {
            let shown = ShownChunk::decode(&chunk.encode()).unwrap();
            prop_assert_eq!((shown.vital(), shown.origin(), shown.decoder_version()), (vital, Origin::Measured, 7));
            for reading in shown.readings() {
                let own = kept.next().unwrap();
                prop_assert_eq!((reading.value, reading.quality), (own.value, own.quality));
                prop_assert!((reading.measured_at - own.measured_at).abs() <= 1);
            }
        }
        prop_assert_eq!(kept.next(), None);
    }

    #[test]
    fn a_disclosure_of_any_reading_leads_to_the_root(values in prop::collection::vec((300u16..1500, 0u8..40), 1..120)) {
        let segment = segment(Vital::HeartRate, &values, None);
        let dek = Dek::from_bytes([3; 32]);
        let root = chunk::disclosure_root(&segment, &dek);
        for reading in segment.readings() {
            let shown = disclose(&segment, &dek, reading.vital, reading.measured_at).unwrap();
            let leaf = leaf_of_bytes(shown.salt.as_bytes(), &shown.chunk);
            prop_assert_eq!(root_above(leaf, &shown.path), root);
            let chunk = ShownChunk::decode(&shown.chunk).unwrap();
            prop_assert!(chunk.readings().any(|found| (found.measured_at - reading.measured_at).abs() <= 1));
        }
        prop_assert!(disclose(&segment, &dek, Vital::RrInterval, 1_000).is_none());
    }

    #[test]
    fn foreign_bytes_never_panic(junk in prop::collection::vec(any::<u8>(), 0..400), place in 0usize..400) {
        prop_assert!(verify_reading_proof(&junk, None).is_err());
        let _ = ShownChunk::decode(&junk);
        let mut verifier = BundleVerifier::new(None);
        prop_assert!(verifier.take(&junk).is_err());
        let mut verifier = BundleVerifier::new(None);
        let head = BundleHead::new(ChainId::from_bytes([1; 32]), 3, place % 2 == 0).to_item();
        verifier.take(&head[2..]).unwrap();
        prop_assert!(verifier.take(&junk).is_err() && verifier.finish().is_err());
    }
}
