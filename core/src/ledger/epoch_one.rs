//! From epoch 0 to epoch 1: the patient names the circle with the words at hand.

use super::{
    Ledger, LedgerError,
    build::{BlockPlace, first_block},
    chain::{NamedSecret, named},
};
use crate::{
    keys::SecretName,
    store::{NewEpoch, Sealing, Store},
};
use pulsebook_protocol::{
    bytes::Salt16,
    checkpoint::UnixSeconds,
    circle::{Circle, CircleNode},
    control::{control_check, seal_entries},
    directory::{DirectoryDraft, DirectoryNode},
    epoch::{Base, sign_epoch_certificate},
    key::SigningKey,
    key_certificate::verify_key_certificate,
    proposal::{GrantsKept, ProposalKeys, ProposalTerms, sign_proposal},
    random::{Random, make_bytes},
    secret::Secret32,
    words::RecoveryWords,
};

/// An epoch that is not stored yet: wrap its secrets, commit its sealing, open the ledger anew, mark, sign.
#[derive(Debug)]
pub struct PreparedEpoch {
    /// One block, the first of the epoch.
    pub sealing: Sealing,
    secrets: Vec<NamedSecret>,
}

impl PreparedEpoch {
    /// What goes into the vault before the sealing is committed.
    pub fn secrets(&self) -> &[NamedSecret] {
        &self.secrets
    }
}

struct EpochKeys {
    log: SigningKey,
    consent: SigningKey,
    control: Secret32,
}

impl Ledger {
    /// Prepares epoch 1 with these nodes. The head must be signed: its checkpoint is the base.
    ///
    /// # Errors
    /// [`LedgerError::Fenced`], [`LedgerError::HasCircle`], [`LedgerError::NoNodes`], [`LedgerError::OtherWords`],
    /// [`LedgerError::Node`] and [`LedgerError::Circle`] for nodes that cannot form a circle.
    pub fn prepare_epoch_one(
        &self,
        store: &Store,
        (words, device): (&RecoveryWords, &SigningKey),
        nodes: Vec<DirectoryNode>,
        time: UnixSeconds,
        random: &mut dyn Random,
    ) -> Result<PreparedEpoch, LedgerError> {
        let root = self.check_first_circle(words, &nodes)?;
        let chain = self.identity.chain;
        let circle = circle(&nodes, |node| verify_member(node, &chain))?;
        let confirmed = nodes.iter().map(|node| node.label).collect();
        let keys = EpochKeys {
            log: SigningKey::make(random)?,
            consent: SigningKey::make(random)?,
            control: Secret32::make(random)?,
        };
        let draft = DirectoryDraft::new(chain, 1, Salt16::from_bytes(make_bytes(random)?), nodes);
        let terms = ProposalTerms {
            salt: self.identity.salt,
            epoch: 1,
            previous: Some(self.certificate_hash(store)?),
            circle,
            control_check: control_check(&keys.control, &chain, 1),
            directory_hash: Some(draft.hash()),
            grants_kept: GrantsKept::All,
        };
        let signers = ProposalKeys { root: &root, log: &keys.log, consent: &keys.consent, device };
        let proposal = sign_proposal(signers, terms);
        let certificate =
            sign_epoch_certificate(&keys.log, std::slice::from_ref(&proposal), Some(self.base(store)?));
        let place = BlockPlace { chain, epoch: 1, height: self.head.height + 1, prev: self.head.leaf, time };
        let control = self.restate(store, &keys.control, place, random)?;
        let block = first_block(place, certificate, control, random)?;
        let epoch = NewEpoch { proposal, directory: Some(draft.sign(&keys.log)), confirmed };
        let sealing = Sealing { blocks: vec![block], epoch: Some(epoch), ..Sealing::default() };
        Ok(PreparedEpoch { sealing, secrets: keys.secrets() })
    }

    fn check_first_circle(
        &self,
        words: &RecoveryWords,
        nodes: &[DirectoryNode],
    ) -> Result<SigningKey, LedgerError> {
        self.check_not_fenced()?;
        if self.head.epoch != 0 {
            return Err(LedgerError::HasCircle(self.head.epoch));
        }
        if nodes.is_empty() {
            return Err(LedgerError::NoNodes);
        }
        let root = words.root_key()?;
        if root.public() == self.identity.first_root { Ok(root) } else { Err(LedgerError::OtherWords) }
    }

    fn base(&self, store: &Store) -> Result<Base, LedgerError> {
        let checkpoint = self.checkpoint();
        let note = store.note(checkpoint.epoch, checkpoint.size)?.ok_or(LedgerError::NotMarked)?;
        let (epoch, height, leaf) = (self.head.epoch, self.head.height, self.head.leaf);
        Ok(Base { epoch, height, leaf, note: note.to_string() })
    }

    fn restate(
        &self,
        store: &Store,
        control: &Secret32,
        place: BlockPlace,
        random: &mut dyn Random,
    ) -> Result<Option<Vec<u8>>, LedgerError> {
        let entries = self.binding_entries(store)?;
        if entries.is_empty() {
            return Ok(None);
        }
        Ok(Some(seal_entries(control, (&place.chain, place.epoch, place.height), &entries, random)?))
    }
}

impl EpochKeys {
    fn secrets(&self) -> Vec<NamedSecret> {
        vec![
            named(SecretName::LogKey(1), self.log.seed()),
            named(SecretName::ConsentKey(1), self.consent.seed()),
            named(SecretName::ControlKey(1), &self.control),
        ]
    }
}

fn circle(
    nodes: &[DirectoryNode],
    member: impl Fn(&DirectoryNode) -> Result<CircleNode, LedgerError>,
) -> Result<Circle, LedgerError> {
    Ok(Circle::new(nodes.iter().map(member).collect::<Result<_, _>>()?)?)
}

fn verify_member(
    node: &DirectoryNode,
    chain: &pulsebook_protocol::bytes::ChainId,
) -> Result<CircleNode, LedgerError> {
    let certificate = verify_key_certificate(&node.key_certificate.0, chain, &node.identity)
        .map_err(|source| LedgerError::Node { name: node.name.clone(), source })?;
    let (witness, mirror, entry) = certificate.keys();
    Ok(CircleNode { label: node.label, witness, mirror, entry })
}
