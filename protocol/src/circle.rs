//! The circle: which nodes count, how many of them make a quorum, and what a circle of n nodes survives.

mod promise;

pub use promise::Promise;

use crate::{bytes::NodeLabel, key::PublicKey};
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;

/// At most this many nodes in a circle.
pub const CIRCLE_LIMIT: usize = 7;

/// A circle that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CircleError {
    /// More than [`CIRCLE_LIMIT`] nodes.
    #[error("a circle of {0} nodes; at most 7 expected")]
    TooMany(usize),
    /// The stated n, f or k is not what the rule gives.
    #[error("a circle of {n} nodes tolerates {f} liars and needs {k}; the proposal says otherwise")]
    WrongNumbers {
        /// Nodes.
        n: usize,
        /// Liars tolerated.
        f: usize,
        /// Quorum.
        k: usize,
    },
    /// Labels are not strictly ascending.
    #[error("the circle's nodes are not in ascending order of their labels")]
    NotAscending,
    /// One key stands at two places.
    #[error("one key stands at two places of the circle")]
    SharedKey,
}

/// How many nodes must agree, by PROTOCOL's rule for n nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quorum {
    /// Nodes.
    pub n: usize,
    /// Liars tolerated: ⌊(n−1)/3⌋.
    pub f: usize,
    /// Cosignatures that certify or settle: ⌊(n+f)/2⌋+1; 0 without nodes.
    pub k: usize,
    /// Freezes that an epoch change needs: ⌈(n+f)/2⌉.
    pub q: usize,
}

impl Quorum {
    /// The numbers for n nodes.
    ///
    /// ```
    /// use pulsebook_protocol::circle::Quorum;
    /// assert_eq!(Quorum::of(4), Quorum { n: 4, f: 1, k: 3, q: 3 });
    /// assert_eq!(Quorum::of(0).k, 0);
    /// ```
    pub fn of(n: usize) -> Quorum {
        if n == 0 {
            return Quorum { n: 0, f: 0, k: 0, q: 0 };
        }
        let f = (n - 1) / 3;
        Quorum { n, f, k: (n + f) / 2 + 1, q: (n + f).div_ceil(2) }
    }

    /// How many nodes may fail while the rest still form a quorum.
    pub fn may_fail(self) -> usize {
        self.n - self.k
    }
}

/// One node's keys in this circle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CircleNode {
    /// Its label in this circle.
    #[n(0)]
    pub label: NodeLabel,
    /// Phase-one key.
    #[n(1)]
    pub witness: PublicKey,
    /// Phase-two key.
    #[n(2)]
    pub mirror: PublicKey,
    /// Key of its access entries.
    #[n(3)]
    pub entry: PublicKey,
}

/// The nodes whose cosignatures count in one epoch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Circle {
    #[n(0)]
    n: usize,
    #[n(1)]
    f: usize,
    #[n(2)]
    k: usize,
    #[n(3)]
    nodes: Vec<CircleNode>,
}

impl Circle {
    /// The circle of these nodes, put into order.
    ///
    /// # Errors
    /// [`CircleError`] when there are too many, or two share a label or a key.
    pub fn new(mut nodes: Vec<CircleNode>) -> Result<Self, CircleError> {
        nodes.sort_by_key(|node| node.label);
        let quorum = Quorum::of(nodes.len());
        let circle = Circle { n: quorum.n, f: quorum.f, k: quorum.k, nodes };
        circle.check()?;
        Ok(circle)
    }

    /// Checks the numbers, the order and that no key is used twice.
    ///
    /// # Errors
    /// [`CircleError`] saying what is wrong.
    pub fn check(&self) -> Result<(), CircleError> {
        let Quorum { n, f, k, .. } = Quorum::of(self.nodes.len());
        if n > CIRCLE_LIMIT {
            return Err(CircleError::TooMany(n));
        }
        if (self.n, self.f, self.k) != (n, f, k) {
            return Err(CircleError::WrongNumbers { n, f, k });
        }
        if !self.nodes.is_sorted_by(|a, b| a.label < b.label) {
            return Err(CircleError::NotAscending);
        }
        let keys: BTreeSet<PublicKey> = self.keys().collect();
        if keys.len() != 3 * n {
            return Err(CircleError::SharedKey);
        }
        Ok(())
    }

    /// The numbers of this circle.
    pub fn quorum(&self) -> Quorum {
        Quorum::of(self.nodes.len())
    }

    /// The nodes, ascending by label.
    pub fn nodes(&self) -> &[CircleNode] {
        &self.nodes
    }

    /// The node of that label.
    pub fn node(&self, label: &NodeLabel) -> Option<&CircleNode> {
        self.nodes.iter().find(|node| node.label == *label)
    }

    /// All keys of all nodes.
    pub fn keys(&self) -> impl Iterator<Item = PublicKey> + '_ {
        self.nodes.iter().flat_map(|node| [node.witness, node.mirror, node.entry])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_table() {
        let table = [
            (1, 0, 1, 1),
            (2, 0, 2, 1),
            (3, 0, 2, 2),
            (4, 1, 3, 3),
            (5, 1, 4, 3),
            (6, 1, 4, 4),
            (7, 2, 5, 5),
        ];
        for (n, f, k, q) in table {
            assert_eq!(Quorum::of(n), Quorum { n, f, k, q });
        }
        let may_fail: Vec<usize> = (1..=7).map(|n| Quorum::of(n).may_fail()).collect();
        assert_eq!(may_fail, [0, 0, 1, 1, 1, 2, 2]);
    }

    #[test]
    fn two_quorums_always_share_an_honest_node() {
        for n in 1..=CIRCLE_LIMIT {
            let Quorum { f, k, q, .. } = Quorum::of(n);
            assert!(2 * k > n + f, "two certificates, n = {n}");
            assert!(k + q > n + f || f == 0 && k + q > n, "a certificate and a freeze, n = {n}");
        }
    }
}
