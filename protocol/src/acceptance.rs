//! Acceptance: what the phone concludes from verified cosignatures. Pure: state × fact → new state and effects.

use crate::{
    bytes::{Digest, NodeLabel},
    checkpoint::{CosignerRole, VerifiedCosignature},
    circle::Quorum,
    log_state::{LogState, RootDigest, Symbol},
};
use std::collections::{BTreeMap, BTreeSet};

/// How far the circle has accepted one epoch's log. `N` names a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance<D, N> {
    quorum: Quorum,
    votes: BTreeMap<LogState<D>, Votes<N>>,
    certified: Option<LogState<D>>,
    settled: Option<LogState<D>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Votes<N> {
    witnesses: BTreeSet<N>,
    mirrors: BTreeSet<N>,
}

impl<N> Default for Votes<N> {
    fn default() -> Self {
        Votes { witnesses: BTreeSet::new(), mirrors: BTreeSet::new() }
    }
}

/// A cosignature of a circle's node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact<D, N> {
    node: N,
    role: CosignerRole,
    state: LogState<D>,
}

/// What just became true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect<D> {
    /// k witnesses: accepted by the majority.
    Certified(LogState<D>),
    /// k mirrors: final.
    Settled(LogState<D>),
}

impl From<&VerifiedCosignature> for Fact<Digest, NodeLabel> {
    fn from(cosignature: &VerifiedCosignature) -> Self {
        let state = cosignature.checkpoint().into();
        Fact { node: cosignature.label(), role: cosignature.role(), state }
    }
}

impl<D: Symbol, N> Fact<D, N> {
    /// Assumes a cosignature, in a search over symbols.
    pub fn assume(node: N, role: CosignerRole, state: LogState<D>) -> Self {
        Fact { node, role, state }
    }
}

impl<D: RootDigest, N: Ord + Clone> Acceptance<D, N> {
    /// Nothing accepted yet, in a circle of this quorum.
    pub fn new(quorum: Quorum) -> Self {
        Acceptance { quorum, votes: BTreeMap::new(), certified: None, settled: None }
    }

    /// The highest certified state.
    pub fn certified(&self) -> Option<LogState<D>> {
        self.certified
    }

    /// The highest settled state; every block under it is final.
    pub fn settled(&self) -> Option<LogState<D>> {
        self.settled
    }

    /// Who cosigned this state in this role.
    pub fn signers(&self, state: &LogState<D>, role: CosignerRole) -> impl Iterator<Item = &N> {
        self.votes.get(state).into_iter().flat_map(move |votes| match role {
            CosignerRole::Witness => votes.witnesses.iter(),
            CosignerRole::Mirror => votes.mirrors.iter(),
        })
    }

    /// Takes in a cosignature. A node counts once a state and role, however often it signs.
    ///
    /// A state is settled only when it is certified too: mirrors alone never settle.
    pub fn accept(&mut self, fact: Fact<D, N>) -> Vec<Effect<D>> {
        let state = fact.state;
        let votes = self.votes.entry(state).or_default();
        match fact.role {
            CosignerRole::Witness => votes.witnesses.insert(fact.node),
            CosignerRole::Mirror => votes.mirrors.insert(fact.node),
        };
        let needed = self.quorum.k.max(1);
        let certified = votes.witnesses.len() >= needed;
        let settled = certified && votes.mirrors.len() >= needed;
        let mut effects = Vec::new();
        if certified && self.certified.is_none_or(|old| state.is_above(&old)) {
            self.certified = Some(state);
            effects.push(Effect::Certified(state));
        }
        if settled && self.settled.is_none_or(|old| state.is_above(&old)) {
            self.settled = Some(state);
            effects.push(Effect::Settled(state));
        }
        self.forget_covered();
        effects
    }

    /// Votes below the settled state decide nothing any more.
    fn forget_covered(&mut self) {
        if let Some(settled) = self.settled {
            self.votes.retain(|state, _| !settled.is_above(state));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::{self, Admission, Holding};

    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    struct Letter(char);
    impl RootDigest for Letter {}
    impl Symbol for Letter {}

    fn at(size: u64, letter: char) -> LogState<Letter> {
        LogState { epoch: 1, size, root: Letter(letter) }
    }

    fn vote(node: u8, role: CosignerRole, state: LogState<Letter>) -> Fact<Letter, u8> {
        Fact::assume(node, role, state)
    }

    #[test]
    fn three_of_four_certify_and_a_repeated_signer_does_not_count_twice() {
        let mut phone = Acceptance::new(Quorum::of(4));
        for node in [1, 2, 2, 2] {
            assert_eq!(phone.accept(vote(node, CosignerRole::Witness, at(1, 'a'))), []);
        }
        let effects = phone.accept(vote(3, CosignerRole::Witness, at(1, 'a')));
        assert_eq!(effects, [Effect::Certified(at(1, 'a'))]);
        assert_eq!(phone.settled(), None);
    }

    #[test]
    fn mirrors_settle_only_what_is_certified() {
        let mut phone = Acceptance::new(Quorum::of(1));
        assert_eq!(phone.accept(vote(1, CosignerRole::Mirror, at(1, 'a'))), []);
        let effects = phone.accept(vote(1, CosignerRole::Witness, at(1, 'a')));
        assert_eq!(effects, [Effect::Certified(at(1, 'a')), Effect::Settled(at(1, 'a'))]);
    }

    #[test]
    fn an_older_state_changes_nothing_any_more() {
        let mut phone = Acceptance::new(Quorum::of(1));
        for role in [CosignerRole::Witness, CosignerRole::Mirror] {
            phone.accept(vote(1, role, at(5, 'a')));
        }
        assert_eq!(phone.accept(vote(1, CosignerRole::Witness, at(4, 'b'))), []);
        assert_eq!(phone.settled(), Some(at(5, 'a')));
    }

    /// Every order in which four real admissions (one of them lying) can meet two branches of one size:
    /// whatever the phone is shown, two roots of one size are never both certified.
    #[test]
    fn with_one_liar_of_four_two_branches_are_never_both_certified() {
        for honest in 0..8u8 {
            let mut phone = Acceptance::new(Quorum::of(4));
            let mut certified = BTreeSet::new();
            for node in 0..3u8 {
                let first = if honest >> node & 1 == 0 { 'b' } else { 'c' };
                let second = if first == 'b' { 'c' } else { 'b' };
                let mut admission = Admission::restore(Some(at(1, 'a')), None, None, None);
                for root in [first, second] {
                    let fact = admission::Fact::assume_extends(at(1, 'a'), at(2, root));
                    for effect in admission.admit(fact).unwrap_or_default() {
                        if let admission::Effect::Cosign(state) = effect {
                            certified.extend(
                                phone.accept(vote(node, CosignerRole::Witness, state)).iter().map(|effect| {
                                    match effect {
                                        Effect::Certified(state) | Effect::Settled(state) => state.root,
                                    }
                                }),
                            );
                        }
                    }
                }
            }
            for root in ['b', 'c'] {
                let effects = phone.accept(vote(3, CosignerRole::Witness, at(2, root)));
                certified.extend(effects.iter().map(|effect| match effect {
                    Effect::Certified(state) | Effect::Settled(state) => state.root,
                }));
            }
            assert!(certified.len() <= 1, "honest nodes {honest:03b}: {certified:?}");
        }
    }

    #[test]
    fn a_mirror_effect_of_a_node_settles_at_the_phone() {
        let mut phone = Acceptance::new(Quorum::of(1));
        phone.accept(vote(1, CosignerRole::Witness, at(1, 'a')));
        let mut node = Admission::restore(Some(at(1, 'a')), None, None, None);
        let fact = admission::Fact::assume_quorum(at(1, 'a'), Holding::Everything);
        for effect in node.admit(fact).unwrap() {
            if let admission::Effect::Mirror(state) = effect {
                let effects = phone.accept(vote(1, CosignerRole::Mirror, state));
                assert_eq!(effects, [Effect::Settled(at(1, 'a'))]);
            }
        }
        assert_eq!(phone.settled(), Some(at(1, 'a')));
    }
}
