//! Signed objects: COSE, possession, key certificates, proposals, epoch certificates, directories, words, tokens.

use crate::{digest, key, octets, only_whole};
use proptest::{collection::vec, prelude::*};
use pulsebook_protocol::{
    block::{Block, SLOTS},
    bytes::{ByteString, ChainId, Commitment, Digest, GrantId, NodeLabel, Salt16},
    circle::{Circle, CircleNode},
    cose::{self, Sign1},
    directory::{DirectoryDraft, DirectoryNode, verify_directory},
    domain,
    epoch::{sign_epoch_certificate, verify_epoch},
    key::{PublicKey, SigningKey},
    key_certificate::{NodeKeys, verify_key_certificate},
    proposal::{GrantsKept, Proposal, ProposalKeys, ProposalTerms, chain_id, sign_proposal, verify_proposal},
    secret::Secret32,
    words::RecoveryWords,
};

#[derive(Debug)]
struct Patient {
    keys: [SigningKey; 4],
    salt: Salt16,
}

/// Root, log, consent and device of one patient.
fn patient() -> impl Strategy<Value = Patient> {
    (any::<[u8; 31]>(), any::<[u8; 16]>()).prop_map(|(seed, salt)| {
        let of = |number: u8| {
            let mut bytes = [number; 32];
            bytes[..31].copy_from_slice(&seed);
            key(bytes)
        };
        Patient { keys: [of(0), of(1), of(2), of(3)], salt: Salt16::from_bytes(salt) }
    })
}

impl Patient {
    fn chain(&self) -> ChainId {
        chain_id(&self.keys[0].public(), &self.salt)
    }

    fn propose(
        &self,
        epoch: u32,
        circle: Circle,
        directory_hash: Option<Digest>,
        kept: GrantsKept,
    ) -> Vec<u8> {
        let [root, log, consent, device] = &self.keys;
        let terms = ProposalTerms {
            salt: self.salt,
            epoch,
            previous: None,
            circle,
            control_check: Digest::ZERO,
            directory_hash,
            grants_kept: kept,
        };
        sign_proposal(ProposalKeys { root, log, consent, device }, terms)
    }

    fn verified(&self, proposal: &[u8]) -> Proposal {
        let signed = [ByteString(proposal.to_vec())];
        verify_proposal(&signed, Some(&self.keys[0].public())).unwrap().proposal().clone()
    }
}

fn nodes(count: u8, chain: &ChainId, generation: u32) -> Vec<(SigningKey, NodeKeys, NodeLabel)> {
    (0..count)
        .map(|number| {
            let keys =
                NodeKeys::derive(&Secret32::from_bytes([number + 100; 32]), chain, generation).unwrap();
            (key([number + 200; 32]), keys, NodeLabel::from_bytes([number; 8]))
        })
        .collect()
}

fn circle(nodes: &[(SigningKey, NodeKeys, NodeLabel)]) -> Circle {
    let member = |(_, keys, label): &(SigningKey, NodeKeys, NodeLabel)| CircleNode {
        label: *label,
        witness: keys.witness.public(),
        mirror: keys.mirror.public(),
        entry: keys.entry.public(),
    };
    Circle::new(nodes.iter().map(member).collect()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn signed_objects_come_back(seed: [u8; 32], payload in octets(300), cut: prop::sample::Index, bit in 0u8..8) {
        let signer = key(seed);
        let bytes = cose::sign(&signer, domain::ACCESS, &payload.0);
        let read = |bytes: &[u8]| Sign1::parse(bytes, 4096).ok()?.verify(domain::ACCESS, &signer.public()).ok();
        let verified = read(&bytes).unwrap();
        prop_assert_eq!((verified.payload(), verified.signer()), (&payload.0[..], signer.public()));
        only_whole(&bytes, cut, read);
        let mut flipped = bytes.clone();
        flipped[cut.index(bytes.len())] ^= 1 << bit;
        prop_assert!(read(&flipped).is_none());
    }

    #[test]
    fn possession_and_vouchers_hold_for_what_they_name(seed: [u8; 32], other: [u8; 32], chain: [u8; 32], role in "[a-z]{1,10}", number: u32) {
        prop_assume!(seed != other);
        let (held, by, chain) = (key(seed), key(other), ChainId::from_bytes(chain));
        let proof = held.prove_possession(&chain, &role, number);
        prop_assert!(held.public().verify_possession(&chain, &role, number, &proof).is_ok());
        prop_assert!(held.public().verify_possession(&chain, &role, number ^ 1, &proof).is_err());
        prop_assert!(by.public().verify_possession(&chain, &role, number, &proof).is_err());
        let voucher = by.vouch_for(&chain, &role, number, &held.public());
        prop_assert!(by.public().verify_voucher(&chain, &role, number, &held.public(), &voucher).is_ok());
        prop_assert!(held.public().verify_voucher(&chain, &role, number, &held.public(), &voucher).is_err());
    }

    #[test]
    fn keys_come_back_from_text(seed: [u8; 32]) {
        let public = key(seed).public();
        prop_assert_eq!(public.to_string().parse::<PublicKey>(), Ok(public));
        prop_assert_eq!(PublicKey::from_bytes(*public.as_bytes()), Ok(public));
    }

    #[test]
    fn key_certificates_come_back(master: [u8; 32], chain: [u8; 32], generation: u32, identity: [u8; 32], cut: prop::sample::Index) {
        let (chain, identity) = (ChainId::from_bytes(chain), key(identity));
        let keys = NodeKeys::derive(&Secret32::from_bytes(master), &chain, generation).unwrap();
        let bytes = keys.certify(&identity);
        let verified = verify_key_certificate(&bytes, &chain, &identity.public()).unwrap();
        prop_assert_eq!(verified.generation(), generation);
        prop_assert_eq!(verified.keys(), (keys.witness.public(), keys.mirror.public(), keys.entry.public()));
        only_whole(&bytes, cut, |bytes| verify_key_certificate(bytes, &chain, &identity.public()).ok());
    }

    #[test]
    fn proposals_come_back(patient in patient(), epoch: u32, count in 0u8..=7, hash in proptest::option::of(digest()), ids in vec(any::<[u8; 16]>(), 0..5)) {
        let kept = if ids.is_empty() { GrantsKept::All } else { GrantsKept::Only(ids.into_iter().map(GrantId::from_bytes).collect()) };
        let circle = circle(&nodes(count, &patient.chain(), 0));
        let read = patient.verified(&patient.propose(epoch, circle.clone(), hash, kept.clone()));
        prop_assert_eq!((read.chain, read.epoch, read.salt), (patient.chain(), epoch, patient.salt));
        prop_assert_eq!((read.circle, read.directory_hash, read.grants_kept), (circle, hash, kept));
        let keys = (read.root, read.log_key, read.consent_key);
        prop_assert_eq!(keys, (patient.keys[0].public(), patient.keys[1].public(), patient.keys[2].public()));
    }

    #[test]
    fn epoch_certificates_come_back(patient in patient(), slots: [[u8; 32]; SLOTS]) {
        let proposal = patient.propose(0, Circle::new(Vec::new()).unwrap(), None, GrantsKept::All);
        let certificate = sign_epoch_certificate(&patient.keys[1], &[proposal], None);
        let mut first = Block::new(patient.chain(), 0, (0, Digest::ZERO), 7200, slots.map(Commitment::from_bytes));
        first.certificate = Some(ByteString(certificate));
        let verified = verify_epoch(&first, &patient.chain(), None).unwrap();
        prop_assert_eq!((verified.number(), verified.log_key(), verified.first_leaf()), (0, patient.keys[1].public(), first.leaf()));
        prop_assert!(verify_epoch(&first, &ChainId::from_bytes([0; 32]), None).is_err());
    }

    #[test]
    fn directories_come_back(patient in patient(), count in 1u8..=7, names in vec("\\PC{0,40}", 7), pin in digest()) {
        let nodes = nodes(count, &patient.chain(), 0);
        let entries: Vec<DirectoryNode> = nodes.iter().zip(&names).map(|((identity, keys, label), name)| DirectoryNode {
            label: *label, name: name.clone(), address: format!("https://{name}"), tls_pin: pin, identity: identity.public(),
            key_certificate: ByteString(keys.certify(identity)),
        }).collect();
        let draft = DirectoryDraft::new(patient.chain(), 1, patient.salt, entries.clone());
        let proposal = patient.verified(&patient.propose(1, circle(&nodes), Some(draft.hash()), GrantsKept::All));
        let signed = draft.sign(&patient.keys[1]);
        let verified = verify_directory(&signed, &proposal).unwrap();
        prop_assert_eq!(verified.nodes(), &entries[..]);
        let other = patient.verified(&patient.propose(1, circle(&nodes), None, GrantsKept::All));
        prop_assert!(verify_directory(&signed, &other).is_err());
    }

    #[test]
    fn words_come_back(fill: u8) {
        let words = RecoveryWords::make(&mut crate::Counting(fill)).unwrap();
        let read = RecoveryWords::parse(&words.expose()).unwrap();
        prop_assert_eq!(read.root_key().unwrap().public(), words.root_key().unwrap().public());
        let text = words.expose();
        prop_assert_eq!(text.split(' ').count(), RecoveryWords::COUNT);
    }
}
