//! What stands above all rows of a page: the record's epochs, its newest settled checkpoint, the grant itself.

use crate::{
    GranteeKeys,
    check::{Check, CheckFailed, Checks, Failing},
};
use pulsebook_protocol::{
    bytes::{CategoryLabel, Digest},
    card::GrantFile,
    checkpoint::{Checkpoint, UnixSeconds, verify_checkpoint},
    delegation::{VerifiedDelegation, verify_delegation},
    directory::{DirectoryNode, verify_directory},
    epoch::{EpochError, VerifiedEpoch},
    grant::{ACTION_READ, GrantRefusal, GrantRequest, VerifiedGrant, verify_grant},
    note::Note,
    proposal::ProposalError,
    quorum::{HistoryError, ShownEpoch, VerifiedHistory, VerifiedSettled, verify_history, verify_settled},
    read::{ReadEpoch, ReadPage},
};

/// A cosignature may be this many seconds ahead of our clock.
const AHEAD_S: u64 = 300;

/// The settled checkpoint that readings were checked against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// Its epoch.
    pub epoch: u32,
    /// Blocks of that epoch under it.
    pub size: u64,
    /// Its root.
    pub root: Digest,
    /// When the last of a quorum cosigned it: UTC seconds, by the nodes' clocks.
    pub cosigned_at: UnixSeconds,
}

/// A page's proofs, checked.
#[derive(Debug)]
pub(crate) struct Proofs {
    history: VerifiedHistory,
    pub(crate) grant: VerifiedGrant,
    pub(crate) delegation: VerifiedDelegation,
    pub(crate) nodes: Vec<DirectoryNode>,
    settled: VerifiedSettled,
    pub(crate) as_of: AsOf,
}

impl Proofs {
    /// Checks a page that came with epochs and directory.
    pub(crate) fn check(
        page: &ReadPage,
        file: &GrantFile,
        keys: &GranteeKeys,
        now_s: UnixSeconds,
        checks: &mut Checks,
    ) -> Result<Proofs, CheckFailed> {
        let missing = |what| CheckFailed::new(Check::EpochCertificates, format!("the page has no {what}"));
        let history = check_history(page.epochs.as_deref().ok_or_else(|| missing("epochs"))?, file)?;
        let newest = history.newest().ok_or_else(|| missing("epochs"))?;
        checks.held_with(Check::Chain, format!("chain {}", file.chain));
        checks.held_with(Check::EpochCertificates, format!("epochs 0 to {}", newest.number()));
        checks.held(Check::HandOver);
        let directory = page.directory.as_ref().ok_or_else(|| missing("directory"))?;
        let directory = verify_directory(&directory.0, newest.proposal()).failing(Check::Directory)?;
        checks.held_with(Check::Directory, format!("nodes: {}", directory.nodes().len()));
        let (grant, delegation) = check_grant(file, keys, &history, now_s)?;
        checks.held(Check::Grant);
        let (settled, as_of) = check_settled(page, newest, &grant, now_s, checks)?;
        Ok(Proofs { nodes: directory.nodes().to_vec(), grant, delegation, settled, as_of, history })
    }

    /// Checks the note of a further page, against the same epochs.
    pub(crate) fn check_again(
        &mut self,
        page: &ReadPage,
        now_s: UnixSeconds,
        checks: &mut Checks,
    ) -> Result<(), CheckFailed> {
        let Some(newest) = self.history.newest() else { return Ok(()) };
        (self.settled, self.as_of) = check_settled(page, newest, &self.grant, now_s, checks)?;
        Ok(())
    }

    pub(crate) fn epochs(&self) -> &[VerifiedEpoch] {
        self.history.epochs()
    }

    pub(crate) fn epoch(&self, number: u32) -> Option<&VerifiedEpoch> {
        self.history.epoch(number)
    }

    /// The checkpoint that covers an epoch's blocks: the newest settled one, or for an earlier epoch the base of the
    /// epoch after it, which that one's hand-over settled.
    pub(crate) fn covering(&self, epoch: u32) -> Result<Checkpoint, CheckFailed> {
        let settled = self.settled.checkpoint();
        if epoch == settled.epoch {
            return Ok(settled);
        }
        let nothing = || CheckFailed::new(Check::Inclusion, format!("nothing shown covers epoch {epoch}"));
        let own = self.epoch(epoch).ok_or_else(nothing)?;
        let base = self.epoch(epoch.saturating_add(1)).and_then(VerifiedEpoch::base).ok_or_else(nothing)?;
        let note = Note::parse(&base.note).failing(Check::Inclusion)?;
        let verified = verify_checkpoint(&note, &own.chain(), epoch, &own.log_key());
        Ok(verified.failing(Check::Inclusion)?.checkpoint())
    }

    /// Which of these labels the token allows now.
    pub(crate) fn allowed(
        &self,
        labels: &[CategoryLabel],
        purpose: &str,
        now_s: UnixSeconds,
    ) -> Result<Vec<CategoryLabel>, CheckFailed> {
        let request = GrantRequest { now_s, action: ACTION_READ, labels, purpose };
        match self.grant.authorise(&request) {
            Ok(labels) => Ok(labels),
            Err(error @ GrantRefusal::TryAgain) => Err(CheckFailed::new(Check::Grant, error)),
            Err(_) => Ok(Vec::new()),
        }
    }
}

fn check_history(epochs: &[ReadEpoch], file: &GrantFile) -> Result<VerifiedHistory, CheckFailed> {
    let mut notes = Vec::with_capacity(epochs.len());
    for (place, epoch) in epochs.iter().enumerate() {
        // Epoch 0 has no hand-over of its own; its base note is taken from the certificate of epoch 1.
        let note = (place > 0).then(|| Note::parse(&epoch.note)).transpose().failing(Check::HandOver)?;
        notes.push(note);
    }
    let shown = epochs.iter().zip(&notes).map(|(epoch, note)| ShownEpoch {
        first_block: &epoch.first_block.0,
        hand_over: note.as_ref(),
        base_path: &epoch.base_path,
    });
    let history = verify_history(&file.chain, shown).map_err(sort_history)?;
    let first_root = history.epoch(0).map(|epoch| epoch.proposal().first_root);
    if first_root != Some(file.first_root) {
        return Err(CheckFailed::new(
            Check::Chain,
            "it does not begin with the first root of the grant file",
        ));
    }
    Ok(history)
}

fn sort_history(error: HistoryError) -> CheckFailed {
    let check = match &error {
        HistoryError::NotHandedOver { .. } | HistoryError::WrongHandOver(_) => Check::HandOver,
        HistoryError::Epoch(EpochError::Proposal(
            ProposalError::WrongChain | ProposalError::Signature(_),
        )) => Check::Chain,
        _ => Check::EpochCertificates,
    };
    CheckFailed::new(check, error)
}

fn check_grant(
    file: &GrantFile,
    keys: &GranteeKeys,
    history: &VerifiedHistory,
    now_s: UnixSeconds,
) -> Result<(VerifiedGrant, VerifiedDelegation), CheckFailed> {
    let consent_key = |epoch| history.epoch(epoch).map(|epoch| epoch.proposal().consent_key);
    let grant = verify_grant(&file.token, consent_key).failing(Check::Grant)?;
    let facts = grant.facts();
    let wrong = |why| Err(CheckFailed::new(Check::Grant, why));
    if facts.chain != file.chain {
        return wrong("it is for another record");
    }
    let links = file.delegated.as_ref().map_or(&[][..], |delegated| &delegated.links);
    let delegation = verify_delegation(&grant, links).failing(Check::Grant)?;
    if delegation.user() != keys.request_key().public() {
        return wrong("it was given to another request key");
    }
    delegation.permit(facts, now_s).failing(Check::Grant)?;
    // A delegate opens with keys that were handed on, sealed to its own receive key.
    if links.is_empty() && facts.receive_hash != keys.receive_key().public().receive_hash() {
        return wrong("it releases to another receive key");
    }
    Ok((grant, delegation))
}

fn check_settled(
    page: &ReadPage,
    newest: &VerifiedEpoch,
    grant: &VerifiedGrant,
    now_s: UnixSeconds,
    checks: &mut Checks,
) -> Result<(VerifiedSettled, AsOf), CheckFailed> {
    let text = page.note.as_ref();
    let text = text.ok_or_else(|| CheckFailed::new(Check::Settled, "the page has no settled checkpoint"))?;
    let note = Note::parse(text).failing(Check::Settled)?;
    let settled = verify_settled(&note, newest).failing(Check::Settled)?;
    let quorum = newest.circle().quorum();
    let (seen, holders) = (settled.quorum().witnesses().len(), settled.holders().count());
    let detail =
        format!("accepted by {seen} of {n}, held by {holders} of {n}, {} needed", quorum.k, n = quorum.n);
    checks.held_with(Check::Settled, detail);
    let cosigned_at = settled.quorum().fresh_at(quorum.k);
    let max_stale = u64::from(grant.facts().max_stale_s);
    check_fresh(cosigned_at, now_s, max_stale)?;
    let age = now_s.saturating_sub(cosigned_at);
    checks.held_with(Check::Fresh, format!("a quorum cosigned {age} s ago, within {max_stale} s"));
    let Checkpoint { epoch, size, root, .. } = settled.checkpoint();
    Ok((settled, AsOf { epoch, size, root, cosigned_at }))
}

fn check_fresh(cosigned_at: UnixSeconds, now_s: UnixSeconds, max_stale: u64) -> Result<(), CheckFailed> {
    let age = now_s.saturating_sub(cosigned_at);
    if age > max_stale {
        let why = format!("a quorum cosigned it {age} s ago, the grant demands {max_stale} s");
        return Err(CheckFailed::new(Check::Fresh, why));
    }
    if cosigned_at > now_s.saturating_add(AHEAD_S) {
        return Err(CheckFailed::new(
            Check::Fresh,
            "a quorum cosigned it in the future: check this computer's clock",
        ));
    }
    Ok(())
}
