//! Segments that come together.

use super::{
    node::{code, node},
    patient::Patient,
};
use pulsebook_protocol::{
    cbor,
    owner::{SegmentUpload, path},
};

fn uploads(patient: &Patient) -> Vec<SegmentUpload> {
    let made = patient.blocks.last().unwrap();
    let upload = |(commitment, bytes): &(_, Vec<u8>)| SegmentUpload {
        commitment: *commitment,
        sealed: bytes.clone().into(),
    };
    made.segments.iter().map(upload).collect()
}

#[test]
fn an_offer_after_one_request_with_all_its_segments_is_cosigned() {
    let node = node(1);
    let mut patient = Patient::settled_at(&node, 31);
    patient.seal(5, &[]);
    let body = cbor::encode(&uploads(&patient));
    let path = path::segments(&patient.chain);
    for _ in 0..2 {
        assert_eq!(patient.send(&node, "POST", &path, &body).status, 204, "once is as good as twice");
    }
    assert!(patient.offered(&node, 1, 1, 2).is_some());
}

#[test]
fn a_request_with_no_segment_one_twice_or_one_that_is_not_sealed_keeps_nothing() {
    let node = node(1);
    let mut patient = Patient::settled_at(&node, 32);
    patient.seal(2, &[]);
    let good = uploads(&patient);
    let mut bare = good.clone();
    bare[1].sealed.0[0] = 7;
    for wrong in [vec![], [&good[..], &good[..1]].concat(), bare] {
        let answer = patient.send(&node, "POST", &path::segments(&patient.chain), &cbor::encode(&wrong));
        assert_eq!((answer.status, code(&answer).as_str()), (400, "malformed"));
    }
    let missing = patient.send_offer(&node, &patient.offer(1, 1, 2));
    assert_eq!(code(&missing), "missing");
}
