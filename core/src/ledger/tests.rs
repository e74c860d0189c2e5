//! What the ledger makes is what protocol's own verifiers accept.

use super::*;
use crate::{
    keys::MemoryVault,
    store::{
        Folder, Sealing,
        testing::{Scratch, scratch},
    },
};
use pulsebook_protocol::{
    bytes::{ByteString, Digest, GrantId, NodeLabel},
    checkpoint::{CosignerRole, verify_checkpoint},
    control::ControlEntry,
    directory::{DirectoryNode, verify_directory},
    key_certificate::NodeKeys,
    keyring::{open_keyring_index, verify_keyring_index},
    proposal::verify_proposal,
    quorum::{ShownEpoch, verify_history},
    random::{Random, SeededRandom},
    tree::{inclusion_proof, verify_consistency, verify_inclusion},
    words::RecoveryWords,
};

const NOW: u64 = 1_800_000_000;

struct Fixture {
    _scratch: Scratch,
    store: Store,
    vault: MemoryVault,
    words: RecoveryWords,
    random: SeededRandom,
}

async fn fixture() -> (Fixture, Ledger) {
    let (scratch, vault) = (scratch(), MemoryVault::default());
    let mut random = SeededRandom::new(1);
    let words = RecoveryWords::make(&mut random).unwrap();
    let new = make_chain(&words, NOW, &mut random).unwrap();
    for (name, secret) in new.secrets() {
        vault.wrap(*name, secret).await.unwrap();
    }
    let folder = Folder::create(&scratch.join("record")).unwrap();
    let NewChain { identity, sealing, store_keys, .. } = new;
    let store = Store::create(folder, store_keys, identity).unwrap();
    store.commit(&sealing, NOW, &mut random).unwrap();
    let ledger = Ledger::open(&store, &vault).await.unwrap();
    let fixture = Fixture { _scratch: scratch, store, vault, words, random };
    fixture.sign(&ledger).await;
    (fixture, ledger)
}

impl Fixture {
    async fn sign(&self, ledger: &Ledger) -> Note {
        let marked = mark_head(&self.vault, ledger.mark()).await.unwrap();
        ledger.sign(&self.store, &marked).unwrap()
    }

    async fn seal(&mut self, ledger: &mut Ledger, entries: &[ControlEntry]) -> Note {
        let blocks = ledger.build(Vec::new(), entries, NOW, &mut self.random).unwrap();
        let sealing = Sealing { blocks, ..Sealing::default() };
        self.store.commit(&sealing, NOW, &mut self.random).unwrap();
        ledger.advance(&sealing.blocks);
        self.sign(ledger).await
    }

    fn node(&mut self, chain: &pulsebook_protocol::bytes::ChainId, number: u8) -> (DirectoryNode, NodeKeys) {
        let identity = SigningKey::make(&mut self.random).unwrap();
        let keys = NodeKeys::derive(&Secret32::make(&mut self.random).unwrap(), chain, 0).unwrap();
        let node = DirectoryNode {
            label: NodeLabel::from_bytes([number; 8]),
            name: format!("node {number}"),
            address: "https://node".to_owned(),
            tls_pin: Digest::ZERO,
            identity: identity.public(),
            key_certificate: ByteString(keys.certify(&identity)),
        };
        (node, keys)
    }
}

fn grant(number: u8) -> ControlEntry {
    let (grant_id, authority) = (GrantId::from_bytes([number; 16]), Digest::from_bytes([2; 32]));
    ControlEntry::Grant { grant_id, authority, mint_epoch: 0 }
}

fn revoke(number: u8) -> ControlEntry {
    ControlEntry::Revoke { grant_id: GrantId::from_bytes([number; 16]), time: NOW }
}

#[tokio::test]
async fn epoch_zero_is_a_history_that_protocol_accepts_and_its_proofs_hold() {
    let (mut fixture, mut ledger) = fixture().await;
    for number in 0..4 {
        fixture.seal(&mut ledger, &[grant(number)]).await;
    }
    let first = fixture.store.block(0).unwrap().unwrap();
    let chain = ledger.identity().chain;
    let shown = ShownEpoch { first_block: &first.bytes, hand_over: None, base_path: &[] };
    let history = verify_history(&chain, [shown]).unwrap();
    let note = fixture.store.newest_note(0).unwrap().unwrap().1;
    let epoch = history.newest().unwrap();
    let found = verify_checkpoint(&note, &chain, 0, &epoch.log_key()).unwrap().checkpoint();
    assert_eq!((found.size, found), (5, ledger.checkpoint()));
    let third = fixture.store.block(2).unwrap().unwrap();
    let path = inclusion_path(&fixture.store, 0, 2, 5).unwrap();
    verify_inclusion(third.leaf, 2, 5, &path, found.root).unwrap();
    let old = fixture.store.note(0, 3).unwrap().unwrap();
    let old = verify_checkpoint(&old, &chain, 0, &epoch.log_key()).unwrap().checkpoint();
    let path = consistency_path(&fixture.store, 0, 3, 5).unwrap();
    verify_consistency((3, old.root), (5, found.root), &path).unwrap();
}

#[tokio::test]
async fn epoch_one_is_handed_over_and_restates_what_binds() {
    let (mut fixture, mut ledger) = fixture().await;
    fixture.seal(&mut ledger, &[grant(1), grant(2)]).await;
    fixture.seal(&mut ledger, &[revoke(1)]).await;
    let chain = ledger.identity().chain;
    let (nodes, keys): (Vec<_>, Vec<_>) = (1..=4).map(|number| fixture.node(&chain, number)).unzip();
    let device = vault_key(&fixture.vault, SecretName::DeviceKey).await.unwrap();
    let other = RecoveryWords::make(&mut fixture.random).unwrap();
    let random: &mut dyn Random = &mut fixture.random;
    let refused = ledger.prepare_epoch_one(&fixture.store, (&other, &device), nodes.clone(), NOW, random);
    assert!(matches!(refused, Err(LedgerError::OtherWords)));
    let prepared = ledger
        .prepare_epoch_one(&fixture.store, (&fixture.words, &device), nodes.clone(), NOW, random)
        .unwrap();
    for (name, secret) in prepared.secrets() {
        fixture.vault.wrap(*name, secret).await.unwrap();
    }
    fixture.store.commit(&prepared.sealing, NOW, random).unwrap();
    let ledger = Ledger::open(&fixture.store, &fixture.vault).await.unwrap();
    let mut note = fixture.sign(&ledger).await;
    for (node, keys) in nodes.iter().zip(&keys) {
        for (key, role) in [(&keys.witness, CosignerRole::Witness), (&keys.mirror, CosignerRole::Mirror)] {
            note.push(ledger.checkpoint().cosign(key, &node.label, role, NOW)).unwrap();
        }
    }
    let firsts = [0, 3].map(|height| fixture.store.block(height).unwrap().unwrap().bytes);
    let leaves = fixture.store.leaves(0).unwrap();
    let base_path = inclusion_proof(&leaves, leaves.len() - 1);
    let zero = ShownEpoch { first_block: &firsts[0], hand_over: None, base_path: &[] };
    let one = ShownEpoch { first_block: &firsts[1], hand_over: Some(&note), base_path: &base_path };
    assert!(verify_history(&chain, [zero, ShownEpoch { base_path: &[], ..one }]).is_err());
    let history = verify_history(&chain, [zero, one]).unwrap();
    assert_eq!(history.newest().unwrap().circle().quorum().k, 3);
    let stored = fixture.store.epoch(1).unwrap().unwrap();
    let proposal = verify_proposal(&[ByteString(stored.proposal)], None).unwrap();
    assert_eq!(verify_directory(&stored.directory.unwrap(), proposal.proposal()).unwrap().nodes(), nodes);
    assert_eq!(ledger.binding_entries(&fixture.store).unwrap(), [grant(2), revoke(1)]);
    assert!(matches!(
        ledger.prepare_epoch_one(&fixture.store, (&fixture.words, &device), nodes, NOW, &mut fixture.random),
        Err(LedgerError::HasCircle(1))
    ));
}

#[tokio::test]
async fn an_old_database_is_fenced_and_a_cut_off_signing_is_done_again() {
    let (mut fixture, mut ledger) = fixture().await;
    let note = fixture.seal(&mut ledger, &[grant(1)]).await;
    let again = Ledger::open(&fixture.store, &fixture.vault).await.unwrap();
    assert_eq!(again.checkpoint().sign(again.log_key().unwrap()).unwrap(), note);
    let ahead = HighWaterMark { height: 9, ..again.mark() };
    fixture.vault.set_high_water_mark(ahead).await.unwrap();
    let fenced = Ledger::open(&fixture.store, &fixture.vault).await.unwrap();
    assert_eq!(fenced.fenced(), Some(FenceReason::OldDatabase { found: 1, signed: 9 }));
    assert!(matches!(
        fenced.build(Vec::new(), &[grant(2)], NOW, &mut fixture.random),
        Err(LedgerError::Fenced(_))
    ));
    assert!(matches!(fenced.log_key(), Err(LedgerError::Fenced(_))));
}

#[tokio::test]
async fn the_keyring_opens_with_the_words_and_is_made_once_per_head() {
    let (mut fixture, ledger) = fixture().await;
    let recovery = fixture.words.recovery_key();
    let index = ledger.update_keyring(&fixture.store, &recovery.public(), &mut fixture.random).unwrap();
    let log_key = ledger.log_key().unwrap().public();
    let verified = verify_keyring_index(&index.bytes, &ledger.identity().chain, &log_key).unwrap();
    assert_eq!((verified.header().version, verified.header().height), (1, 0));
    assert!(open_keyring_index(&verified, &recovery).unwrap().is_empty());
    assert_eq!(
        ledger.update_keyring(&fixture.store, &recovery.public(), &mut fixture.random).unwrap(),
        index
    );
}
