//! Admission: what a node does with a verified fact about one chain. Pure: state × fact → new state and effects.
//!
//! The node makes the state and effects durable in one transaction before any answer leaves it.

use crate::{
    bytes::Digest,
    checkpoint::VerifiedCheckpoint,
    epoch::VerifiedEpoch,
    log_state::{LogState, RootDigest, Symbol},
    quorum::{VerifiedQuorum, VerifiedSettled},
    tree::{VerifiedConsistency, VerifiedInclusion},
};

/// Where a node stands with one chain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Admission<D> {
    head: Option<LogState<D>>,
    certified: Option<LogState<D>>,
    mirrored: Option<LogState<D>>,
    settled: Option<LogState<D>>,
}

impl<D> Default for Admission<D> {
    fn default() -> Self {
        Admission { head: None, certified: None, mirrored: None, settled: None }
    }
}

/// Something that was shown to the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact<D>(Kind<D>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind<D> {
    Extends { old: LogState<D>, new: LogState<D> },
    Starts { base: Option<LogState<D>>, new: LogState<D> },
    Quorum { state: LogState<D>, holding: Holding },
    Settled(LogState<D>),
}

/// Whether the node holds every byte up to a certified state: blocks, manifests, live segments, keyring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// Everything from the first block on.
    Everything,
    /// Something is missing.
    Incomplete,
}

/// What the node has to do, after making it durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect<D> {
    /// Keep the offered blocks; this is the new head.
    KeepHead(LogState<D>),
    /// Cosign with the witness key.
    Cosign(LogState<D>),
    /// Keep the quorum certificate.
    KeepQuorum(LogState<D>),
    /// Cosign with the mirror key.
    Mirror(LogState<D>),
    /// Keep the settled note; serve from it.
    KeepSettled(LogState<D>),
}

/// Why a node does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal<D: RootDigest> {
    /// The offer does not start at the node's head.
    #[error("the node stands elsewhere; fetch its head and offer from there")]
    Conflict(Option<LogState<D>>),
    /// The base of a new epoch is not the node's own head.
    #[error("the new epoch does not branch off the block this node holds last")]
    WrongBase(Option<LogState<D>>),
    /// An epoch the node cannot enter from where it stands.
    #[error("epoch {0} cannot follow here")]
    WrongEpoch(u32),
    /// A certificate for something the node does not hold completely.
    #[error("the node does not hold everything up to this certificate yet")]
    Incomplete,
}

impl Fact<Digest> {
    /// Blocks that extend the log the node may have: the log key signed the new state, and it extends the old.
    ///
    /// Returns `None` when the proof and the checkpoint speak of different states.
    pub fn extends(consistency: &VerifiedConsistency, checkpoint: &VerifiedCheckpoint) -> Option<Self> {
        let new = LogState::from(checkpoint.checkpoint());
        let (size, root) = consistency.start();
        let old = LogState { epoch: new.epoch, size, root };
        (consistency.end() == (new.size, new.root)).then_some(Fact(Kind::Extends { old, new }))
    }

    /// The first blocks of an epoch: its certificate was verified and its first block lies at place 0 under the checkpoint.
    ///
    /// Returns `None` when the values speak of different blocks or epochs.
    pub fn starts(
        epoch: &VerifiedEpoch,
        base: Option<&VerifiedCheckpoint>,
        first: &VerifiedInclusion,
        checkpoint: &VerifiedCheckpoint,
    ) -> Option<Self> {
        let new = LogState::from(checkpoint.checkpoint());
        let at_start = first.index() == 0 && first.leaf() == epoch.first_leaf();
        let same = first.tree() == (new.size, new.root) && new.epoch == epoch.number();
        let based = epoch.base().is_some() == base.is_some();
        let base = base.map(|base| LogState::from(base.checkpoint()));
        (at_start && same && based).then_some(Fact(Kind::Starts { base, new }))
    }

    /// A quorum certificate, and whether the node holds everything up to it.
    pub fn quorum(quorum: &VerifiedQuorum, holding: Holding) -> Self {
        Fact(Kind::Quorum { state: quorum.checkpoint().into(), holding })
    }

    /// A settled note.
    pub fn settled(settled: &VerifiedSettled) -> Self {
        Fact(Kind::Settled(settled.checkpoint().into()))
    }
}

impl<D: Symbol> Fact<D> {
    /// Assumes an extension, in a search over symbols.
    pub fn assume_extends(old: LogState<D>, new: LogState<D>) -> Self {
        Fact(Kind::Extends { old, new })
    }

    /// Assumes an epoch's start, in a search over symbols.
    pub fn assume_starts(base: Option<LogState<D>>, new: LogState<D>) -> Self {
        Fact(Kind::Starts { base, new })
    }

    /// Assumes a quorum certificate, in a search over symbols.
    pub fn assume_quorum(state: LogState<D>, holding: Holding) -> Self {
        Fact(Kind::Quorum { state, holding })
    }
}

impl<D: RootDigest> Admission<D> {
    /// Restores what was durable.
    pub fn restore(
        head: Option<LogState<D>>,
        certified: Option<LogState<D>>,
        mirrored: Option<LogState<D>>,
        settled: Option<LogState<D>>,
    ) -> Self {
        Admission { head, certified, mirrored, settled }
    }

    /// The newest log state that the node admitted.
    pub fn head(&self) -> Option<LogState<D>> {
        self.head
    }

    /// The highest state with a quorum certificate.
    pub fn certified(&self) -> Option<LogState<D>> {
        self.certified
    }

    /// The highest state that this node mirror-signed.
    pub fn mirrored(&self) -> Option<LogState<D>> {
        self.mirrored
    }

    /// The highest settled state.
    pub fn settled(&self) -> Option<LogState<D>> {
        self.settled
    }

    /// Takes in a fact.
    ///
    /// # Errors
    /// [`Refusal`]; the state is then unchanged.
    pub fn admit(&mut self, fact: Fact<D>) -> Result<Vec<Effect<D>>, Refusal<D>> {
        match fact.0 {
            Kind::Extends { old, new } => self.admit_extension(old, new),
            Kind::Starts { base, new } => self.admit_start(base, new),
            Kind::Quorum { state, holding } => self.admit_quorum(state, holding),
            Kind::Settled(state) => Ok(self.keep_settled(state)),
        }
    }

    fn admit_extension(&mut self, old: LogState<D>, new: LogState<D>) -> Result<Vec<Effect<D>>, Refusal<D>> {
        let head = self.head.ok_or(Refusal::Conflict(None))?;
        if head == new {
            return Ok(cosigned(new));
        }
        if head != old || new.size <= old.size {
            return Err(Refusal::Conflict(self.head));
        }
        Ok(self.advance(new))
    }

    fn admit_start(
        &mut self,
        base: Option<LogState<D>>,
        new: LogState<D>,
    ) -> Result<Vec<Effect<D>>, Refusal<D>> {
        match (self.head, base) {
            (Some(head), _) if head == new => Ok(cosigned(new)),
            (None, None) if new.epoch == 0 => Ok(self.advance(new)),
            (Some(head), Some(base)) if new.epoch == head.epoch + 1 => {
                // Epoch 0 has no circle, so nothing above the base can be certified; the node's own head decides.
                if base == head { Ok(self.advance(new)) } else { Err(Refusal::WrongBase(self.head)) }
            }
            (Some(head), _) if new.epoch <= head.epoch => Err(Refusal::Conflict(self.head)),
            _ => Err(Refusal::WrongEpoch(new.epoch)),
        }
    }

    fn admit_quorum(&mut self, state: LogState<D>, holding: Holding) -> Result<Vec<Effect<D>>, Refusal<D>> {
        if holding == Holding::Incomplete {
            return Err(Refusal::Incomplete);
        }
        let mut effects = Vec::new();
        if self.certified.is_none_or(|old| state.is_above(&old)) {
            self.certified = Some(state);
            effects.push(Effect::KeepQuorum(state));
        }
        if self.mirrored.is_none_or(|old| state.is_above(&old)) {
            self.mirrored = Some(state);
        }
        effects.push(Effect::Mirror(state));
        Ok(effects)
    }

    fn keep_settled(&mut self, state: LogState<D>) -> Vec<Effect<D>> {
        if self.settled.is_some_and(|old| !state.is_above(&old)) {
            return Vec::new();
        }
        self.settled = Some(state);
        vec![Effect::KeepSettled(state)]
    }

    fn advance(&mut self, new: LogState<D>) -> Vec<Effect<D>> {
        self.head = Some(new);
        let mut effects = vec![Effect::KeepHead(new)];
        effects.extend(cosigned(new));
        effects
    }
}

/// Epoch 0 has no circle: its blocks are kept and nobody cosigns them.
fn cosigned<D: RootDigest>(state: LogState<D>) -> Vec<Effect<D>> {
    if state.epoch == 0 { Vec::new() } else { vec![Effect::Cosign(state)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    struct Letter(char);
    impl RootDigest for Letter {}
    impl Symbol for Letter {}

    fn at(epoch: u32, size: u64, letter: char) -> LogState<Letter> {
        LogState { epoch, size, root: Letter(letter) }
    }

    fn in_epoch_one() -> Admission<Letter> {
        let mut node = Admission::default();
        node.admit(Fact::assume_starts(None, at(0, 2, 'z'))).unwrap();
        node.admit(Fact::assume_starts(Some(at(0, 2, 'z')), at(1, 1, 'a'))).unwrap();
        node
    }

    #[test]
    fn epoch_zero_is_kept_and_not_cosigned() {
        let mut node = Admission::default();
        let effects = node.admit(Fact::assume_starts(None, at(0, 1, 'a'))).unwrap();
        assert_eq!(effects, [Effect::KeepHead(at(0, 1, 'a'))]);
    }

    #[test]
    fn one_size_is_never_cosigned_with_two_roots() {
        let mut node = in_epoch_one();
        let extend = |root| Fact::assume_extends(at(1, 1, 'a'), at(1, 2, root));
        assert_eq!(node.admit(extend('b')).unwrap().len(), 2);
        assert_eq!(node.admit(extend('c')), Err(Refusal::Conflict(Some(at(1, 2, 'b')))));
        assert_eq!(node.admit(extend('b')), Ok(vec![Effect::Cosign(at(1, 2, 'b'))]), "again: a fresh one");
    }

    #[test]
    fn an_epoch_starts_once_and_on_its_base_only() {
        let mut node = in_epoch_one();
        let other = Fact::assume_starts(Some(at(0, 2, 'z')), at(1, 1, 'b'));
        assert_eq!(node.admit(other), Err(Refusal::Conflict(Some(at(1, 1, 'a')))));
        let mut node = Admission::default();
        node.admit(Fact::assume_starts(None, at(0, 2, 'z'))).unwrap();
        let elsewhere = Fact::assume_starts(Some(at(0, 2, 'y')), at(1, 1, 'a'));
        assert_eq!(node.admit(elsewhere), Err(Refusal::WrongBase(Some(at(0, 2, 'z')))));
        assert_eq!(node.admit(Fact::assume_starts(None, at(2, 1, 'a'))), Err(Refusal::WrongEpoch(2)));
    }

    #[test]
    fn a_mirror_signs_only_what_is_held_and_certified() {
        let mut node = in_epoch_one();
        let incomplete = Fact::assume_quorum(at(1, 1, 'a'), Holding::Incomplete);
        assert_eq!(node.admit(incomplete), Err(Refusal::Incomplete));
        assert_eq!((node.certified(), node.mirrored()), (None, None));
        let complete = Fact::assume_quorum(at(1, 1, 'a'), Holding::Everything);
        let effects = node.admit(complete).unwrap();
        assert_eq!(effects, [Effect::KeepQuorum(at(1, 1, 'a')), Effect::Mirror(at(1, 1, 'a'))]);
    }
}
