//! Blocks, manifests, control entries, notes, checkpoints, cosignatures, boxes and trees.

use crate::{Counting, digest, key, octets, only_whole};
use proptest::{collection::vec, prelude::*};
use pulsebook_protocol::{
    block::Block,
    bytes::{Blinder, ChainId, Commitment, GrantId, NodeLabel},
    checkpoint::{Checkpoint, CosignerRole, verify_checkpoint},
    control::{ControlEntry, control_check, open_entries, seal_entries, verify_control_key},
    evidence::{EvidenceTree, Notification, leaf},
    manifest::{Manifest, Row},
    note::{Note, NoteLine},
    seal,
    secret::Secret32,
    tree,
};

fn row() -> impl Strategy<Value = Row> {
    prop_oneof![
        (any::<[u8; 32]>(), digest())
            .prop_map(|(blinder, inner)| Row::Live { blinder: Blinder::from_bytes(blinder), inner }),
        any::<[u8; 32]>().prop_map(|blinder| Row::Unused { blinder: Blinder::from_bytes(blinder) }),
        Just(Row::Erased),
    ]
}

fn entry() -> impl Strategy<Value = ControlEntry> {
    let grant = any::<[u8; 16]>().prop_map(GrantId::from_bytes);
    prop_oneof![
        (grant.clone(), digest(), any::<u32>()).prop_map(|(grant_id, authority, mint_epoch)| {
            ControlEntry::Grant { grant_id, authority, mint_epoch }
        }),
        (grant, any::<u64>()).prop_map(|(grant_id, time)| ControlEntry::Revoke { grant_id, time }),
        octets(100).prop_map(ControlEntry::Erase),
        octets(100).prop_map(ControlEntry::InboxAck),
    ]
}

fn block() -> impl Strategy<Value = Block> {
    let place = (any::<[u8; 32]>(), any::<u32>(), any::<u64>(), digest(), any::<u64>());
    let parts =
        (any::<[[u8; 32]; 8]>(), proptest::option::of(octets(300)), proptest::option::of(octets(300)));
    (place, parts).prop_map(|((chain, epoch, height, prev, time), (slots, certificate, control))| {
        let slots = slots.map(Commitment::from_bytes);
        let mut block = Block::new(ChainId::from_bytes(chain), epoch, (height, prev), time, slots);
        (block.certificate, block.control) = (certificate, control);
        block
    })
}

proptest! {
    #[test]
    fn blocks_come_back(block in block(), cut: prop::sample::Index) {
        let bytes = block.to_bytes();
        prop_assert_eq!(Block::from_bytes(&bytes), Ok(block));
        only_whole(&bytes, cut, |bytes| Block::from_bytes(bytes).ok());
    }

    #[test]
    fn manifests_come_back(height: u64, rows in vec(row(), 8), cut: prop::sample::Index) {
        let manifest = Manifest::new(height, rows.try_into().unwrap());
        let bytes = manifest.encode();
        prop_assert_eq!(Manifest::decode(&bytes), Ok(manifest));
        only_whole(&bytes, cut, |bytes| Manifest::decode(bytes).ok());
    }

    #[test]
    fn control_entries_come_back_at_their_place_only(
        entries in vec(entry(), 0..20), secret: [u8; 32], chain: [u8; 32], epoch: u32, height: u64, cut: prop::sample::Index,
    ) {
        let (key, chain) = (Secret32::from_bytes(secret), ChainId::from_bytes(chain));
        let sealed = seal_entries(&key, (&chain, epoch, height), &entries, &mut Counting(1)).unwrap();
        prop_assert_eq!(open_entries(&key, (&chain, epoch, height), &sealed), Ok(entries));
        prop_assert!(open_entries(&key, (&chain, epoch, height ^ 1), &sealed).is_err());
        prop_assert!(open_entries(&key, (&chain, epoch ^ 1, height), &sealed).is_err());
        only_whole(&sealed, cut, |bytes| open_entries(&key, (&chain, epoch, height), bytes).ok());
        let check = control_check(&key, &chain, epoch);
        prop_assert!(verify_control_key(Secret32::from_bytes(secret), &chain, epoch, &check).is_ok());
        prop_assert!(verify_control_key(Secret32::from_bytes(secret), &chain, epoch ^ 1, &check).is_err());
    }

    #[test]
    fn checkpoints_and_cosignatures_come_back(
        chain: [u8; 32], epoch: u32, size: u64, root in digest(), log: [u8; 32], witness: [u8; 32], label: [u8; 8], time: u64,
    ) {
        let chain = ChainId::from_bytes(chain);
        let checkpoint = Checkpoint { chain, epoch, size, root };
        prop_assert_eq!(Checkpoint::parse(&checkpoint.text(), &chain, epoch), Ok(checkpoint));
        let (log, witness, label) = (key(log), key(witness), NodeLabel::from_bytes(label));
        let mut note = checkpoint.sign(&log).unwrap();
        let line = checkpoint.cosign(&witness, &label, CosignerRole::Witness, time);
        prop_assert_eq!(NoteLine::parse(&line.to_string()), Ok(line.clone()));
        note.push(line.clone()).unwrap();
        let read = Note::parse(&note.to_string()).unwrap();
        prop_assert_eq!(&read, &note);
        prop_assert_eq!(verify_checkpoint(&read, &chain, epoch, &log.public()).unwrap().checkpoint(), checkpoint);
        let verified = checkpoint.verify_cosignature(&line, &label, CosignerRole::Witness, &witness.public());
        prop_assert_eq!(verified.unwrap().time(), time);
        let as_mirror = checkpoint.verify_cosignature(&line, &label, CosignerRole::Mirror, &witness.public());
        prop_assert!(as_mirror.is_err());
    }

    #[test]
    fn foreign_notes_never_panic(text in "\\PC{0,200}", lines in "[— a-z+/=\n]{0,100}") {
        let _ = Note::parse(&text);
        let _ = Note::parse(&format!("{text}\n\n{lines}"));
        let _ = NoteLine::parse(&lines);
    }

    #[test]
    fn boxes_come_back_with_padding(secret: [u8; 32], place in octets(60), content in octets(900), cut: prop::sample::Index) {
        let padded = seal::pad(content.0.clone());
        prop_assert!(padded.len().is_multiple_of(seal::PADDING));
        let sealed = seal::seal(&secret, &place.0, &padded, &mut Counting(3)).unwrap();
        let opened = seal::open(&secret, &place.0, &sealed).unwrap();
        prop_assert_eq!(seal::unpad(&opened), Ok(&content.0[..]));
        only_whole(&sealed, cut, |bytes| seal::open(&secret, &place.0, bytes).ok());
    }

    #[test]
    fn proofs_of_any_tree_hold(leaves in vec(digest(), 1..70), index: prop::sample::Index, old: prop::sample::Index) {
        let (size, index, old) = (leaves.len(), index.index(leaves.len()), old.index(leaves.len() + 1));
        let root = tree::root(&leaves);
        let path = tree::inclusion_proof(&leaves, index);
        prop_assert!(tree::verify_inclusion(leaves[index], index as u64, size as u64, &path, root).is_ok());
        let before = (old as u64, tree::root(&leaves[..old]));
        let path = tree::consistency_proof(&leaves, old);
        prop_assert!(tree::verify_consistency(before, (size as u64, root), &path).is_ok());
    }

    #[test]
    fn the_evidence_root_is_that_of_its_leaves(seed: [u8; 32], list in vec((any::<[u16; 3]>(), any::<i64>(), octets(30)), 1..20)) {
        let mut grown = EvidenceTree::new(Secret32::from_bytes(seed));
        let notifications: Vec<Notification<'_>> = list
            .iter()
            .map(|([service, characteristic, instance], received_at, bytes)| Notification {
                service: *service, characteristic: *characteristic, instance: *instance, received_at: *received_at, bytes: &bytes.0,
            })
            .collect();
        notifications.iter().for_each(|notification| grown.append(notification));
        let seed = Secret32::from_bytes(seed);
        let leaves: Vec<_> = (0..).zip(&notifications).map(|(index, item)| leaf(&seed, index, item)).collect();
        prop_assert_eq!(grown.root(), tree::root(&leaves));
    }
}
