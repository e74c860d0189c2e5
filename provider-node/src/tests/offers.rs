//! Offers and certificates that are refused, and those that are the same again.

use super::{
    node::{NOW, code, node, owned_at},
    patient::Patient,
};
use crate::Node;
use pulsebook_protocol::{
    bytes::{ByteString, Digest},
    cbor,
    checkpoint::Checkpoint,
    owner::{Offer, path},
    seal,
};

/// A settled chain with one more block sealed and its segments sent.
fn one_more(node: &Node) -> Patient {
    let mut patient = Patient::settled_at(node, 21);
    patient.seal(1, &[]);
    patient.upload_segments(node, 1);
    patient
}

fn refused(patient: &Patient, node: &Node, offer: &Offer) -> String {
    let before = patient.head(node);
    let code = code(&patient.send_offer(node, offer));
    assert_eq!(patient.head(node), before, "a refusal changes nothing");
    code
}

/// Offers the last block with another one in its place.
fn changed(patient: &mut Patient, change: impl FnOnce(&mut pulsebook_protocol::block::Block)) -> Offer {
    change(&mut patient.blocks.last_mut().unwrap().block);
    patient.offer(1, 1, 2)
}

#[test]
fn blocks_that_do_not_follow_are_refused() {
    let node = node(1);
    let mut patient = one_more(&node);
    let kept = patient.blocks.last().unwrap().block.clone();
    let forged = changed(&mut patient, |block| block.prev = Digest::ZERO);
    assert_eq!(refused(&patient, &node, &forged), "bad_block");
    let gap = changed(&mut patient, |block| {
        *block = {
            let mut gap = kept.clone();
            gap.height += 1;
            gap
        }
    });
    assert_eq!(refused(&patient, &node, &gap), "bad_block");
    let first = patient.blocks[2].block.certificate.clone();
    let second_certificate = changed(&mut patient, |block| {
        *block = kept.clone();
        block.certificate = first;
    });
    assert_eq!(refused(&patient, &node, &second_certificate), "bad_block");
    let fine = changed(&mut patient, |block| *block = kept);
    assert_eq!(patient.send_offer(&node, &fine).status, 200);
}

#[test]
fn checkpoints_and_proofs_must_be_the_logs_own() {
    let node = node(1);
    let patient = one_more(&node);
    let fine = patient.offer(1, 1, 2);
    let sign = |root, size, key| {
        let checkpoint = Checkpoint { chain: patient.chain, epoch: 1, size, root };
        checkpoint.sign(key).unwrap().to_string()
    };
    let root = pulsebook_protocol::tree::root(&patient.leaves(1));
    let with = |checkpoint| Offer { checkpoint, ..fine.clone() };
    assert_eq!(refused(&patient, &node, &with(sign(root, 2, &patient.logs[0]))), "bad_proof");
    assert_eq!(refused(&patient, &node, &with(sign(Digest::ZERO, 2, &patient.logs[1]))), "bad_proof");
    assert_eq!(refused(&patient, &node, &with(sign(root, 3, &patient.logs[1]))), "bad_proof");
    let no_proof = Offer { consistency: Vec::new(), ..fine.clone() };
    assert_eq!(refused(&patient, &node, &no_proof), "bad_proof");
}

#[test]
fn another_root_of_the_same_size_and_an_old_start_are_conflicts() {
    let node = node(1);
    let patient = one_more(&node);
    let other = Checkpoint { chain: patient.chain, epoch: 1, size: 1, root: Digest::from_bytes([1; 32]) };
    let equal = Offer {
        epoch: 1,
        old_size: 1,
        blocks: Vec::new(),
        manifests: Vec::new(),
        checkpoint: other.sign(&patient.logs[1]).unwrap().to_string(),
        consistency: Vec::new(),
    };
    assert_eq!(refused(&patient, &node, &equal), "conflict");
    let answer = patient.send_offer(&node, &patient.offer(1, 0, 2));
    assert_eq!((answer.status, code(&answer)), (409, "conflict".to_owned()));
    assert!(String::from_utf8_lossy(&answer.body).contains("epoch 1 size 1 root"));
    assert_eq!(refused(&patient, &node, &patient.offer(0, 2, 2)), "frozen");
}

#[test]
fn the_same_head_again_is_cosigned_with_a_later_time() {
    let node = node(1);
    let patient = one_more(&node);
    let line = |now_s| {
        let body = cbor::encode(&patient.offer(1, 1, 1));
        let request = owned_at(&patient.device, "POST", &path::offers(&patient.chain), &body, now_s);
        String::from_utf8(node.answer(&request, now_s).body).unwrap()
    };
    let (first, later, back) = (line(NOW), line(NOW + 60), line(NOW + 30));
    assert!(first.starts_with("— pulsebook/") && first != later);
    assert_eq!(later, back, "times never run backwards");
}

#[test]
fn manifests_and_segments_must_match_and_be_here() {
    let node = node(1);
    let mut patient = one_more(&node);
    let mut swapped = patient.offer(1, 1, 2);
    swapped.manifests = vec![patient.blocks[2].manifest.clone().into()];
    assert_eq!(refused(&patient, &node, &swapped), "bad_manifest");
    let (commitment, _) = patient.blocks[3].segments[0].clone();
    // Other bytes under the commitment, while no block binds it.
    patient.sent(&node, "PUT", &path::segment(&patient.chain, &commitment), &[1; 285]);
    assert_eq!(refused(&patient, &node, &patient.offer(1, 1, 2)), "bad_manifest");
    patient.seal(1, &[]);
    patient.upload_segments(&node, 1);
    let unknown = patient.seal(1, &[]).segments[0].0;
    let answer = patient.send_offer(&node, &patient.offer(1, 1, 4));
    assert!(String::from_utf8_lossy(&answer.body).contains(&unknown.to_string()), "{}", code(&answer));
    assert_eq!(code(&answer), "missing");
    let bound = patient.blocks[2].segments[0].0;
    let answer = patient.send(&node, "PUT", &path::segment(&patient.chain, &bound), &[1; 285]);
    assert_eq!(code(&answer), "conflict");
}

#[test]
fn entries_that_do_not_open_or_are_unknown_are_refused() {
    let node = node(1);
    let mut patient = one_more(&node);
    let place = |patient: &Patient| {
        let mut aad = pulsebook_protocol::domain::CONTROL.prefix();
        aad.extend_from_slice(patient.chain.as_bytes());
        aad.extend_from_slice(&1u32.to_be_bytes());
        aad.extend_from_slice(&3u64.to_be_bytes());
        aad
    };
    // One map with kind 9, which nobody knows.
    let unknown = seal::pad(vec![0x81, 0xa1, 0x00, 0x09]);
    let aad = place(&patient);
    let key = patient.control[1].duplicate();
    let sealed = seal::seal(key.expose(), &aad, &unknown, &mut patient.random).unwrap();
    let offer = changed(&mut patient, |block| block.control = Some(sealed.into()));
    assert_eq!(refused(&patient, &node, &offer), "bad_entry");
    let offer = changed(&mut patient, |block| block.control = Some(ByteString(vec![1; 300])));
    assert_eq!(refused(&patient, &node, &offer), "bad_entry");
}

#[test]
fn a_mirror_signs_only_what_it_holds_whole() {
    let node = node(1);
    let mut patient = one_more(&node);
    let mut note = patient.note(1, 2);
    assert_eq!(code(&patient.send_certificate(&node, &note)), "bad_proof", "no witness line");
    note.push(patient.offered(&node, 1, 1, 2).unwrap()).unwrap();
    let answer = patient.send_certificate(&node, &note);
    assert!(String::from_utf8_lossy(&answer.body).contains("keyring index up to block 3"));
    assert_eq!(code(&answer), "missing");
    patient.upload_keyring(&node);
    patient.certified(&node, &note);
}

#[test]
fn a_new_epoch_branches_off_the_nodes_own_head_or_not_at_all() {
    let node = node(1);
    let mut patient = Patient::new(22);
    let row = patient.enrol(&node, 1);
    patient.seal(1, &[]);
    patient.seal(1, &[]);
    patient.upload_epoch(&node, 0);
    patient.upload_segments(&node, 0);
    patient.offered(&node, 0, 0, 1);
    patient.begin(vec![row]);
    patient.seal(1, &[]);
    patient.upload_segments(&node, 1);
    assert_eq!(refused(&patient, &node, &patient.offer(1, 0, 1)), "missing", "epoch not announced");
    patient.upload_epoch(&node, 1);
    // The node has one block of epoch 0, the base says two.
    assert_eq!(refused(&patient, &node, &patient.offer(1, 0, 1)), "bad_block");
    patient.offered(&node, 0, 1, 2);
    assert!(patient.offered(&node, 1, 0, 1).is_some());
}
