//! Sealed segments open with their key and place only, and lead to one commitment.

use proptest::prelude::*;

use super::*;
use crate::{
    quality::Quality,
    random::SeededRandom,
    reading::{Origin, Reading, Value},
    segment::{SegmentBuilder, Sensor},
    vital::{Category, Vital},
};

const CHAIN: ChainId = ChainId::from_bytes([1; 32]);

fn dek() -> Dek {
    Dek::from_bytes([2; 32])
}

fn segment(numbers: &[i32]) -> Segment {
    let sensor = Sensor { id: "strap".into(), kind: "chest strap".into() };
    let mut builder =
        SegmentBuilder::new(Category::Heart, 0..3_600_000, Origin::Simulated, sensor, 1, Digest::ZERO);
    for (second, number) in (0i64..).zip(numbers) {
        let value = Value::Number(*number);
        let reading =
            Reading { vital: Vital::HeartRate, measured_at: second * 1000, value, quality: Quality::GOOD };
        builder.push(reading).unwrap();
    }
    builder.finish().unwrap()
}

fn sealed(numbers: &[i32]) -> SealedSegment {
    seal_segment(&CHAIN, &dek(), &segment(numbers), &mut SeededRandom::new(1)).unwrap()
}

#[test]
fn opening_leads_to_what_sealing_said() {
    let sealed = sealed(&[60, 61, 62]);
    let opened = open_segment(&CHAIN, &dek(), &sealed.bytes).unwrap();
    assert_eq!(
        (opened.hash(), opened.inner(), opened.blinder()),
        (sealed.hash, sealed.inner, sealed.blinder)
    );
    let verified = opened.verify_commitment(&sealed.commitment).unwrap();
    assert_eq!(verified.commitment(), sealed.commitment);
    assert_eq!(verified.into_segment(), segment(&[60, 61, 62]));
    assert_eq!((sealed.bytes.len() - seal::OVERHEAD) % 256, 0);
}

#[test]
fn another_segment_under_the_same_key_leads_elsewhere() {
    let (one, other) = (sealed(&[60, 61]), sealed(&[60, 62]));
    assert_ne!(one.inner, other.inner);
    let opened = open_segment(&CHAIN, &dek(), &other.bytes).unwrap();
    let wrong = WrongCommitment { found: other.commitment, expected: one.commitment };
    assert_eq!(opened.verify_commitment(&one.commitment), Err(wrong));
}

#[test]
fn the_same_content_sealed_twice_has_two_commitments() {
    let again = seal_segment(&CHAIN, &dek(), &segment(&[60]), &mut SeededRandom::new(2)).unwrap();
    assert_eq!(sealed(&[60]).inner, again.inner);
    assert_ne!(sealed(&[60]).commitment, again.commitment);
}

#[test]
fn another_key_or_chain_does_not_open_it() {
    let bytes = sealed(&[60]).bytes;
    let refused = Err(OpenSegmentError::Sealed(OpenError::Refused));
    assert_eq!(open_segment(&CHAIN, &Dek::from_bytes([3; 32]), &bytes), refused);
    assert_eq!(open_segment(&ChainId::from_bytes([2; 32]), &dek(), &bytes), refused);
}

#[test]
fn every_flipped_bit_is_refused() {
    let bytes = sealed(&[60, 61]).bytes;
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(
            matches!(open_segment(&CHAIN, &dek(), &flipped), Err(OpenSegmentError::Sealed(_))),
            "bit {bit}"
        );
    }
}

#[test]
fn what_is_sealed_but_no_segment_is_refused() {
    let seal = |plaintext: &[u8]| {
        seal::seal(dek().seal_key().expose(), &place(&CHAIN), plaintext, &mut SeededRandom::new(1)).unwrap()
    };
    let unpadded = open_segment(&CHAIN, &dek(), &seal(b"abc"));
    assert_eq!(unpadded, Err(OpenSegmentError::Sealed(OpenError::BadPadding)));
    let padded = open_segment(&CHAIN, &dek(), &seal(&seal::pad(b"abc".to_vec())));
    assert!(matches!(padded, Err(OpenSegmentError::Content(SegmentError::Malformed(_)))));
    assert_eq!(open_segment(&CHAIN, &dek(), &vec![1; LIMIT + 1]), Err(OpenSegmentError::TooLarge(LIMIT + 1)));
}

proptest! {
    #[test]
    fn any_values_come_back_through_sealing(numbers in prop::collection::vec(any::<i32>(), 1..200)) {
        let sealed = sealed(&numbers);
        let opened = open_segment(&CHAIN, &dek(), &sealed.bytes).unwrap();
        let verified = opened.verify_commitment(&sealed.commitment).unwrap();
        prop_assert_eq!(verified.segment(), &segment(&numbers));
        let values = verified.segment().readings().map(|reading| reading.value);
        prop_assert!(values.eq(numbers.into_iter().map(Value::Number)));
    }
}
