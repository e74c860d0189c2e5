//! The whole way at four nodes, and what each step leaves behind.

use super::{
    node::{NOW, node},
    patient::Patient,
};
use crate::Node;
use pulsebook_protocol::{
    block::Block,
    checkpoint::UnixSeconds,
    epoch::verify_epoch,
    note::Note,
    owner::{HeldBlock, path},
    quorum::{verify_hand_over, verify_quorum, verify_settled},
};

fn circle_of(patient: &mut Patient, nodes: &[Node]) {
    patient.seal(1, &[]);
    let rows = nodes.iter().zip(1u8..).map(|(node, label)| patient.enrol(node, label)).collect();
    for node in nodes {
        patient.upload_epoch(node, 0);
        patient.upload_segments(node, 0);
        patient.offered(node, 0, 0, 1);
    }
    patient.begin(rows);
    patient.seal(3, &[]);
    for node in nodes {
        patient.upload_epoch(node, 1);
        patient.upload_segments(node, 1);
        patient.upload_keyring(node);
    }
}

fn settle(patient: &Patient, nodes: &[Node], old: usize, size: usize) -> Note {
    let mut note = patient.note(1, size);
    for node in nodes {
        note.push(patient.offered(node, 1, old, size).unwrap()).unwrap();
    }
    let lines: Vec<_> = nodes.iter().map(|node| patient.certified(node, &note)).collect();
    lines.into_iter().for_each(|line| note.push(line).unwrap());
    nodes.iter().for_each(|node| drop(patient.certified(node, &note)));
    note
}

#[test]
fn three_of_four_nodes_certify_settle_and_hand_over() {
    let nodes: Vec<Node> = (1..=4).map(node).collect();
    let mut patient = Patient::new(1);
    circle_of(&mut patient, &nodes);
    let hand_over = settle(&patient, &nodes[..3], 0, 1);
    let zero = verify_epoch(&patient.blocks[0].block, &patient.chain, None).unwrap();
    let one = verify_epoch(&patient.blocks[1].block, &patient.chain, Some(&zero)).unwrap();
    assert!(verify_hand_over(&one, Some(&hand_over)).is_ok());
    let times: Vec<UnixSeconds> =
        verify_quorum(&hand_over, &one).unwrap().witnesses().iter().map(|line| line.time()).collect();
    assert_eq!(times, [NOW; 3]);

    patient.seal(2, &[]);
    for node in &nodes[..3] {
        patient.upload_segments(node, 1);
        patient.upload_keyring(node);
    }
    let note = settle(&patient, &nodes[..3], 1, 2);
    assert_eq!(verify_settled(&note, &one).unwrap().holders().count(), 3);
    let head = patient.head(&nodes[0]);
    assert_eq!((head.epoch, head.size, head.height), (1, 2, Some(2)));
    assert_eq!(
        verify_settled(&Note::parse(&head.settled.unwrap()).unwrap(), &one).unwrap().checkpoint().size,
        2
    );
}

#[test]
fn a_node_that_was_away_catches_up_in_one_offer() {
    let nodes: Vec<Node> = (1..=4).map(node).collect();
    let mut patient = Patient::new(2);
    circle_of(&mut patient, &nodes);
    settle(&patient, &nodes[..3], 0, 1);
    patient.seal(1, &[]);
    patient.upload_segments(&nodes[3], 1);
    assert!(patient.offered(&nodes[3], 1, 0, 2).is_some());
}

#[test]
fn the_owner_gets_back_what_was_sent() {
    let node = node(1);
    let patient = Patient::settled_at(&node, 3);
    for (height, made) in patient.blocks.iter().enumerate() {
        let path = path::block(&patient.chain, height as u64);
        let held: HeldBlock =
            pulsebook_protocol::cbor::decode(&patient.sent(&node, "GET", &path, &[]), 200_000).unwrap();
        assert_eq!(Block::from_bytes(&held.block.0).unwrap(), made.block);
        assert_eq!(held.manifest.0, made.manifest);
        assert_eq!(held.segments.len(), made.segments.len());
        for (commitment, bytes) in &made.segments {
            let path = path::segment(&patient.chain, commitment);
            assert_eq!(patient.sent(&node, "GET", &path, &[]), *bytes);
        }
    }
}
