//! Proposals, epochs, directories, key certificates: as they come, and signed by who may sign, so that what is inside is read.

use crate::{canonical::assert_canonical, selected, vectors, world};
use pulsebook_protocol::{
    block::Block,
    bytes::{ByteString, Digest},
    cbor, cose,
    directory::{unverified_nodes, verify_directory},
    domain,
    epoch::verify_epoch,
    hash::sha256,
    key_certificate::verify_key_certificate,
    proposal::{Proposal, chain_id, verify_proposal},
};
use std::{collections::BTreeSet, sync::OnceLock};

/// Even choices: the array of signatures. Odd: a payload, signed by its root.
pub(crate) fn proposal(data: &[u8]) {
    let (choice, bytes) = selected(data);
    let signatures: Vec<ByteString> = match choice & 1 {
        0 => match cbor::decode(bytes, vectors::LIMIT) {
            Ok(signatures) => signatures,
            Err(_) => return,
        },
        _ => vec![ByteString(cose::sign(&world::key(1), domain::PROPOSAL, bytes))],
    };
    let Ok(verified) = verify_proposal(&signatures, None) else { return };
    let proposal = verified.proposal();
    let payload = cbor::encode(proposal);
    assert_canonical(&payload);
    assert!(choice & 1 == 0 || payload == bytes, "the payload has another spelling");
    assert_eq!(chain_id(&proposal.first_root, &proposal.salt), proposal.chain);
    assert!((1..=8).contains(&proposal.devices.len()) && proposal.circle.nodes().len() <= 7);
    assert!(proposal.circle.nodes().is_sorted_by(|a, b| a.label < b.label));
    let devices: BTreeSet<_> = proposal.devices.iter().map(|device| device.key).collect();
    assert_eq!(devices.len(), proposal.devices.len(), "one key in two roles");
    assert!(!devices.contains(&proposal.log_key) && proposal.log_key != proposal.consent_key);
}

/// Even choices: a first block. Odd: an epoch certificate's payload, signed by the log key of epoch 0 in a first block.
pub(crate) fn epoch(data: &[u8]) {
    static FIRST: OnceLock<Block> = OnceLock::new();
    let (choice, bytes) = selected(data);
    let block = match choice & 1 {
        0 => match Block::from_bytes(bytes) {
            Ok(block) => block,
            Err(_) => return,
        },
        _ => {
            let mut block = FIRST.get_or_init(|| world::World::new().blocks.swap_remove(0)).clone();
            block.certificate =
                Some(ByteString(cose::sign(&world::key(10), domain::EPOCH_CERTIFICATE, bytes)));
            block
        }
    };
    let Ok(epoch) = verify_epoch(&block, &block.chain, None) else { return };
    assert_eq!((epoch.number(), epoch.first_height(), epoch.chain()), (0, 0, block.chain));
    assert_eq!(epoch.first_leaf(), block.leaf());
    assert!(epoch.circle().nodes().is_empty() && epoch.base().is_none(), "epoch 0 stands alone");
}

/// Even choices: a directory as it comes. Odd: a payload, signed and named by the proposal.
pub(crate) fn directory(data: &[u8]) {
    static PROPOSED: OnceLock<Proposal> = OnceLock::new();
    let proposed = PROPOSED.get_or_init(|| {
        let signed = ByteString(world::World::new().proposals[1].clone());
        verify_proposal(&[signed], None).expect("the world's proposal").proposal().clone()
    });
    let (choice, bytes) = selected(data);
    if choice & 1 == 0 {
        if let Ok(nodes) = unverified_nodes(bytes) {
            assert!(nodes.len() <= bytes.len());
        }
        let _ = verify_directory(bytes, proposed).map(|directory| assert_eq!(directory.bytes(), bytes));
        return;
    }
    let mut proposal = proposed.clone();
    let hash: Digest = sha256(&[&domain::DIRECTORY_HASH.prefix(), bytes]);
    proposal.directory_hash = Some(hash);
    let signed = cose::sign(&world::key(11), domain::DIRECTORY, bytes);
    let Ok(directory) = verify_directory(&signed, &proposal) else { return };
    assert_canonical(bytes);
    let labels: Vec<_> = directory.nodes().iter().map(|node| node.label).collect();
    let members: Vec<_> = proposal.circle.nodes().iter().map(|node| node.label).collect();
    assert_eq!(labels, members, "a directory names exactly the circle");
}

/// Even choices: a certificate as it comes. Odd: a payload, signed by the node's identity key.
pub(crate) fn key_certificate(data: &[u8]) {
    let (choice, bytes) = selected(data);
    let identity = world::key(40);
    let signed = match choice & 1 {
        0 => bytes.to_vec(),
        _ => cose::sign(&identity, domain::KEY_CERTIFICATE, bytes),
    };
    let Ok(certificate) = verify_key_certificate(&signed, &world::chain(), &identity.public()) else {
        return;
    };
    assert_canonical(&signed);
    let (witness, mirror, entry) = certificate.keys();
    let keys = BTreeSet::from([witness, mirror, entry]);
    assert!(!keys.is_empty() && signed.len() <= 2048);
}
