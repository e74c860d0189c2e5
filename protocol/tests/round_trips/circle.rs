//! What a circle signs: quorum certificates, settled notes, and a chain's history of epochs.

use crate::{key, only_whole};
use proptest::prelude::*;
use pulsebook_protocol::{
    block::Block,
    bytes::{ByteString, ChainId, Commitment, Digest, NodeLabel, Salt16},
    cbor,
    checkpoint::{Checkpoint, CosignerRole, VerifiedCosignature},
    circle::{Circle, CircleNode},
    epoch::{Base, sign_epoch_certificate},
    hash::sha256,
    key::SigningKey,
    key_certificate::NodeKeys,
    note::Note,
    proposal::{GrantsKept, ProposalKeys, ProposalTerms, chain_id, sign_proposal},
    quorum::{HistoryError, ShownEpoch, VerifiedHistory, verify_history, verify_quorum, verify_settled},
    read::ReadEpoch,
    secret::Secret32,
    tree,
};

const SALT: Salt16 = Salt16::from_bytes([0x5a; 16]);
const LIMIT: usize = 1 << 20;

/// A chain of two epochs and its circle.
#[derive(Debug)]
struct Handed {
    chain: ChainId,
    log: SigningKey,
    nodes: Vec<(NodeKeys, NodeLabel)>,
    epochs: [ReadEpoch; 2],
}

/// Keys of one patient, by number.
fn keys(seed: [u8; 31]) -> impl Fn(u8) -> SigningKey {
    move |number| {
        let mut bytes = [number; 32];
        bytes[..31].copy_from_slice(&seed);
        key(bytes)
    }
}

/// So many blocks, one on the other.
fn blocks(
    chain: ChainId,
    epoch: u32,
    first: (u64, Digest),
    certificate: Vec<u8>,
    count: usize,
) -> Vec<Block> {
    let (mut place, mut certificate, mut blocks) = (first, Some(ByteString(certificate)), Vec::new());
    for _ in 0..count {
        let mut block = Block::new(chain, epoch, place, 7200, [Commitment::from_bytes([7; 32]); 8]);
        block.certificate = certificate.take();
        place = (place.0 + 1, block.leaf());
        blocks.push(block);
    }
    blocks
}

fn over(chain: ChainId, epoch: u32, blocks: &[Block]) -> (Checkpoint, Vec<Digest>) {
    let leaves: Vec<Digest> = blocks.iter().map(Block::leaf).collect();
    (Checkpoint { chain, epoch, size: leaves.len() as u64, root: tree::root(&leaves) }, leaves)
}

impl Handed {
    fn make(seed: [u8; 31], count: u8, before: usize) -> Handed {
        let of = keys(seed);
        let chain = chain_id(&of(1).public(), &SALT);
        let node = |number: u8| {
            let keys = NodeKeys::derive(&Secret32::from_bytes([number + 100; 32]), &chain, 0).unwrap();
            (keys, NodeLabel::from_bytes([number; 8]))
        };
        let nodes: Vec<(NodeKeys, NodeLabel)> = (0..count).map(node).collect();
        let member = |(keys, label): &(NodeKeys, NodeLabel)| CircleNode {
            label: *label,
            witness: keys.witness.public(),
            mirror: keys.mirror.public(),
            entry: keys.entry.public(),
        };
        let circles =
            [Vec::new(), nodes.iter().map(member).collect()].map(|nodes| Circle::new(nodes).unwrap());
        let propose = |epoch: u8, previous| {
            let (root, log, consent, device) = (of(1), of(10 + epoch), of(20 + epoch), of(30));
            let terms = ProposalTerms {
                salt: SALT,
                epoch: epoch.into(),
                previous,
                circle: circles[usize::from(epoch)].clone(),
                control_check: Digest::ZERO,
                directory_hash: (epoch > 0).then_some(Digest::ZERO),
                grants_kept: GrantsKept::All,
            };
            sign_proposal(ProposalKeys { root: &root, log: &log, consent: &consent, device: &device }, terms)
        };
        let certificate = sign_epoch_certificate(&of(10), &[propose(0, None)], None);
        let previous = Some(sha256(&[&certificate]));
        let first = blocks(chain, 0, (0, Digest::ZERO), certificate, before);
        let (checkpoint, leaves) = over(chain, 0, &first);
        let (height, leaf) = (before as u64 - 1, *leaves.last().unwrap());
        let base_note = checkpoint.sign(&of(10)).unwrap().to_string();
        let base = Base { epoch: 0, height, leaf, note: base_note.clone() };
        let certificate = sign_epoch_certificate(&of(11), &[propose(1, previous)], Some(base));
        let second = blocks(chain, 1, (height + 1, leaf), certificate, 1);
        let base_path = tree::inclusion_proof(&leaves, before - 1);
        let mut handed = Handed {
            chain,
            log: of(11),
            nodes,
            epochs: [
                ReadEpoch { first_block: first[0].to_bytes().into(), note: base_note, base_path: Vec::new() },
                ReadEpoch { first_block: second[0].to_bytes().into(), note: String::new(), base_path },
            ],
        };
        handed.epochs[1].note = handed.note(over(chain, 1, &second).0, u8::MAX, u8::MAX).to_string();
        handed
    }

    /// A note of epoch 1 with the cosignatures of these nodes, a bit each; the time tells which node it was.
    fn note(&self, checkpoint: Checkpoint, witnesses: u8, mirrors: u8) -> Note {
        let mut note = checkpoint.sign(&self.log).unwrap();
        for (number, (keys, label)) in (0u64..).zip(&self.nodes) {
            let roles = [
                (witnesses, &keys.witness, CosignerRole::Witness),
                (mirrors, &keys.mirror, CosignerRole::Mirror),
            ];
            for (_, key, role) in roles.into_iter().filter(|(who, ..)| who >> number & 1 == 1) {
                note.push(checkpoint.cosign(key, label, role, 9000 + number)).unwrap();
            }
        }
        note
    }

    fn history(&self) -> Result<VerifiedHistory, HistoryError> {
        let notes = self.epochs.each_ref().map(|epoch| Note::parse(&epoch.note).unwrap());
        let shown = self.epochs.iter().zip(&notes).enumerate().map(|(number, (epoch, note))| ShownEpoch {
            first_block: &epoch.first_block.0,
            hand_over: (number > 0).then_some(note),
            base_path: &epoch.base_path,
        });
        verify_history(&self.chain, shown)
    }
}

fn times(cosignatures: &[VerifiedCosignature]) -> Vec<u64> {
    let mut times: Vec<u64> = cosignatures.iter().map(VerifiedCosignature::time).collect();
    times.sort_unstable();
    times
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_note_counts_for_exactly_the_nodes_that_signed_it(
        seed: [u8; 31], count in 1u8..=7, size in 1u64..1000, root: [u8; 32], witnesses: u8, mirrors: u8,
    ) {
        let handed = Handed::make(seed, count, 2);
        let history = handed.history().unwrap();
        let epoch = history.newest().unwrap();
        let checkpoint = Checkpoint { chain: handed.chain, epoch: 1, size, root: Digest::from_bytes(root) };
        let note = Note::parse(&handed.note(checkpoint, witnesses, mirrors).to_string()).unwrap();
        let those = |who: u8| (0..u64::from(count)).filter(|node| who >> node & 1 == 1).map(|node| 9000 + node).collect::<Vec<_>>();
        let (k, f) = (epoch.circle().quorum().k, epoch.circle().quorum().f);
        let certified = verify_quorum(&note, epoch);
        prop_assert_eq!(certified.is_ok(), those(witnesses).len() >= k);
        let settled = verify_settled(&note, epoch);
        prop_assert_eq!(settled.is_ok(), those(witnesses).len() >= k && those(mirrors).len() >= k);
        if let Ok(certified) = certified {
            prop_assert_eq!((certified.checkpoint(), certified.note()), (checkpoint, &note));
            prop_assert_eq!(times(certified.witnesses()), those(witnesses));
            prop_assert_eq!(certified.existed_by(f), those(witnesses)[f]);
        }
        if let Ok(settled) = settled {
            prop_assert_eq!(times(settled.mirrors()), those(mirrors));
        }
    }

    #[test]
    fn histories_come_back_and_hold_whole_only(
        seed: [u8; 31], count in 1u8..=7, before in 1usize..9, cut: prop::sample::Index, bit in 0u8..8,
    ) {
        let mut handed = Handed::make(seed, count, before);
        let shown = handed.epochs.to_vec();
        let bytes = cbor::encode(&shown);
        prop_assert_eq!(cbor::decode::<Vec<ReadEpoch>>(&bytes, LIMIT), Ok(shown));
        only_whole(&bytes, cut, |bytes| cbor::decode::<Vec<ReadEpoch>>(bytes, LIMIT).ok());
        let history = handed.history().unwrap();
        let numbers: Vec<u32> = history.epochs().iter().map(|epoch| epoch.number()).collect();
        prop_assert_eq!((numbers, history.newest().unwrap().first_height()), (vec![0, 1], before as u64));
        handed.epochs[1].base_path.push(Digest::ZERO);
        prop_assert!(handed.history().is_err(), "a path that is too long");
        handed.epochs[1].base_path.pop();
        let place = cut.index(handed.epochs[1].first_block.0.len());
        handed.epochs[1].first_block.0[place] ^= 1 << bit;
        prop_assert!(handed.history().is_err(), "a first block that was changed");
    }
}
