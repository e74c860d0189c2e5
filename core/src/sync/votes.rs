//! Cosignatures as they come in: verified, counted once, kept in their note, and told when they complete a quorum.

use super::{
    error::{NodeError, SyncError},
    own::OwnChain,
    report::SyncEvent,
};
use crate::store::Store;
use pulsebook_protocol::{
    acceptance::{Acceptance, Effect, Fact},
    bytes::{Digest, NodeLabel},
    checkpoint::{CosignerRole, UnixSeconds, VerifiedCosignature, cosigner_name, verify_checkpoint},
    epoch::VerifiedEpoch,
    note::{Note, NoteLine},
    quorum::{valid_cosignatures, verify_quorum, verify_settled},
};
use std::collections::BTreeMap;

/// So many seconds may a node's clock be ahead of ours (docs/protocol.md §4).
const AHEAD_S: u64 = 300;
/// Notes that are read from the store at a time.
const NOTES_AT_A_TIME: u32 = 64;

/// The votes on the newest epoch's log.
#[derive(Debug)]
pub(crate) struct Votes {
    epoch: u32,
    /// Time of the newest cosignature of each node, as witness (false) and as mirror (true).
    times: BTreeMap<(NodeLabel, bool), UnixSeconds>,
    acceptance: Acceptance<Digest, NodeLabel>,
}

fn settled_mark(epoch: u32) -> String {
    format!("sync/settled/{epoch}")
}

fn certified_mark(epoch: u32) -> String {
    format!("sync/certified/{epoch}")
}

/// The largest size that was ever seen certified and settled in an epoch.
pub(crate) fn accepted_sizes(store: &Store, epoch: u32) -> Result<(u64, u64), SyncError> {
    let certified = store.mark(&certified_mark(epoch))?.unwrap_or(0);
    Ok((certified, store.mark(&settled_mark(epoch))?.unwrap_or(0)))
}

impl Votes {
    /// Counts again what the stored notes carry, from the settled one on.
    pub(crate) fn restore(store: &Store, own: &OwnChain) -> Result<Self, SyncError> {
        let epoch = own.epoch(own.newest())?;
        let acceptance = Acceptance::new(epoch.circle().quorum());
        let mut votes = Votes { epoch: epoch.number(), times: BTreeMap::new(), acceptance };
        if epoch.circle().nodes().is_empty() {
            return Ok(votes);
        }
        let mut from = accepted_sizes(store, votes.epoch)?.1;
        loop {
            let notes = store.notes_from(votes.epoch, from, NOTES_AT_A_TIME)?;
            let Some((last, _)) = notes.last() else { return Ok(votes) };
            from = last + 1;
            // With our own line alone a note counts nothing: a checkpoint that nobody was offered.
            for (_, note) in notes.iter().filter(|(_, note)| note.lines().len() > 1) {
                let verified = verify_checkpoint(note, &own.chain, votes.epoch, &epoch.log_key())?;
                for role in [CosignerRole::Witness, CosignerRole::Mirror] {
                    for found in valid_cosignatures(note, &verified.checkpoint(), epoch, role) {
                        let newest = votes.times.entry(place(&found)).or_default();
                        *newest = found.time().max(*newest);
                        let effects = votes.acceptance.accept(Fact::from(&found));
                        votes.keep(store, &effects)?;
                    }
                }
            }
        }
    }

    /// Takes in a cosignature line that a node answered with.
    ///
    /// A line that does not verify, or whose time no honest clock gives, counts nothing and is an error of that node.
    pub(crate) fn take(
        &mut self,
        (store, own): (&Store, &OwnChain),
        (label, role, size): (NodeLabel, CosignerRole, u64),
        line: NoteLine,
        now: UnixSeconds,
    ) -> Result<Vec<SyncEvent>, NodeError> {
        let epoch = own.epoch(self.epoch).map_err(NodeError::Own)?;
        let mut note = our_note(store, self.epoch, size)?;
        let checkpoint = verify_checkpoint(&note, &own.chain, self.epoch, &epoch.log_key())
            .map_err(SyncError::from)?
            .checkpoint();
        let forged =
            |found: String| NodeError::Garbage { expected: "its own cosignature of our checkpoint", found };
        let node = epoch.circle().node(&label).ok_or_else(|| forged("a node outside the circle".into()))?;
        let key = if role == CosignerRole::Witness { &node.witness } else { &node.mirror };
        let verified = checkpoint
            .verify_cosignature(&line, &label, role, key)
            .map_err(|error| forged(error.to_string()))?;
        let newest = self.times.entry(place(&verified)).or_default();
        check_time(verified.time(), *newest, now)?;
        *newest = verified.time();
        note.replace(line);
        store.put_cosigned(self.epoch, size, &note)?;
        let effects = self.acceptance.accept(Fact::from(&verified));
        Ok(self.keep(store, &effects)?)
    }

    /// Remembers how far the circle has accepted, and says it.
    fn keep(&self, store: &Store, effects: &[Effect<Digest>]) -> Result<Vec<SyncEvent>, SyncError> {
        let mut events = Vec::new();
        for effect in effects {
            let (state, name) = match effect {
                Effect::Certified(state) => (state, certified_mark(state.epoch)),
                Effect::Settled(state) => (state, settled_mark(state.epoch)),
            };
            if store.mark(&name)?.unwrap_or(0) >= state.size {
                continue;
            }
            // On a full disk it is counted again the next time: whoever only asks is answered.
            match store.set_mark(&name, state.size) {
                Err(error) if error.is_no_room() => {}
                kept => kept?,
            }
            let (epoch, size) = (state.epoch, state.size);
            events.push(match effect {
                Effect::Certified(_) => SyncEvent::Certified { epoch, size },
                Effect::Settled(_) => SyncEvent::Settled { epoch, size },
            });
        }
        Ok(events)
    }
}

fn place(cosignature: &VerifiedCosignature) -> (NodeLabel, bool) {
    (cosignature.label(), cosignature.role() == CosignerRole::Mirror)
}

/// Cosignatures are the record's trustworthy time: never backwards, at most [`AHEAD_S`] ahead of our own clock.
fn check_time(time: UnixSeconds, newest: UnixSeconds, now: UnixSeconds) -> Result<(), NodeError> {
    let found = match (time.checked_sub(now), newest.checked_sub(time)) {
        (Some(ahead), _) if ahead > AHEAD_S => {
            format!("one that is {ahead} s ahead of this device's clock: one of the two clocks is wrong")
        }
        (_, Some(back)) if back > 0 => format!("one that is {back} s older than its cosignature before"),
        _ => return Ok(()),
    };
    Err(NodeError::Garbage { expected: "a cosignature with the time of an honest clock", found })
}

/// Our own note at a size, with the lines that came back so far.
pub(crate) fn our_note(store: &Store, epoch: u32, size: u64) -> Result<Note, SyncError> {
    let missing = || SyncError::Missing(format!("the checkpoint of epoch {epoch} at size {size}"));
    store.note(epoch, size)?.ok_or_else(missing)
}

/// Whether a note has as many lines of a role as a quorum needs, none of them verified: without them nothing else need be.
fn has_lines(note: &Note, epoch: &VerifiedEpoch, role: CosignerRole) -> bool {
    let lines = epoch.circle().nodes().iter().filter_map(|node| note.line(&cosigner_name(&node.label, role)));
    lines.count() >= epoch.circle().quorum().k
}

/// Whether a note of the epoch is a quorum certificate (witnesses) or settled (mirrors).
pub(crate) fn is_accepted(note: &Note, epoch: &VerifiedEpoch, role: CosignerRole) -> bool {
    has_lines(note, epoch, role)
        && match role {
            CosignerRole::Witness => verify_quorum(note, epoch).is_ok(),
            CosignerRole::Mirror => verify_settled(note, epoch).is_ok(),
        }
}
