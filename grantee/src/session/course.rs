//! How a read goes from node to node: who served, who was left, who lacked what another had, and when it is over.

use crate::{
    AsOf,
    outcome::{Attempt, NodeFailure, ReadError, ReadReport, Refusal},
    verifier::Verifier,
};
use pulsebook_protocol::{answer::Code, circle::Quorum, directory::DirectoryNode, read::ReadPosition};

/// So many nodes are asked to their end, if there are: the first serves, the second has no more, or more.
const ASKED: usize = 2;

/// The state of one read over all nodes.
pub(super) struct Course {
    nodes: usize,
    served: Vec<String>,
    behind: Vec<String>,
    left: Vec<Attempt>,
    as_of: Option<AsOf>,
    pub(super) pages: u64,
}

impl Course {
    /// Of a circle of so many nodes.
    pub(super) fn new(nodes: usize) -> Self {
        Course { nodes, served: Vec::new(), behind: Vec::new(), left: Vec::new(), as_of: None, pages: 0 }
    }

    /// Two nodes, and one more than may lie, were read to their end; or more nodes than may lie say that the grant is revoked.
    pub(super) fn is_over(&self) -> bool {
        let enough = ASKED.max(Quorum::of(self.nodes).f + 1);
        let revoked = self.left.iter().filter(|attempt| is_revoked(attempt)).count();
        self.served.len() >= enough || (self.served.is_empty() && revoked >= enough)
    }

    /// A node was read to its end. When it brought something new, those before it lacked it.
    pub(super) fn served(
        &mut self,
        node: &DirectoryNode,
        verifier: &Verifier<'_>,
        before: Option<ReadPosition>,
    ) {
        if verifier.position() != before {
            self.behind.append(&mut self.served.clone());
        }
        self.served.push(node.name.clone());
        let place = |as_of: &AsOf| (as_of.epoch, as_of.size, as_of.cosigned_at);
        self.as_of = self.as_of.into_iter().chain(verifier.as_of()).max_by_key(place);
    }

    /// A node was left.
    pub(super) fn left(&mut self, node: &DirectoryNode, failure: NodeFailure) {
        self.left.push(Attempt { node: node.name.clone(), failure });
    }

    /// What came of it.
    pub(super) fn end(self, verifier: &Verifier<'_>, wire_bytes: u64) -> Result<ReadReport, ReadError> {
        let mut served = self.served.into_iter();
        let Some(node) = served.next() else { return Err(refused_or_none(self.left)) };
        let (segments, withheld) = verifier.counts();
        let mut behind = self.behind;
        behind.sort();
        behind.dedup();
        Ok(ReadReport {
            node,
            compared_with: served.collect(),
            behind,
            left: self.left,
            sentence: verifier.sentence(),
            checks: verifier.checks().clone(),
            as_of: self.as_of,
            segments,
            withheld,
            without_key: verifier.without_key(),
            pages: self.pages,
            wire_bytes,
        })
    }
}

fn is_revoked(attempt: &Attempt) -> bool {
    attempt.failure.refusal().and_then(Refusal::known_code) == Some(Code::Revoked)
}

/// The No about the grant that most deserves to be told: that the patient revoked it, else the last one.
fn refused_or_none(left: Vec<Attempt>) -> ReadError {
    let about = |attempt: &&Attempt| attempt.failure.refusal().is_some_and(Refusal::is_about_the_grant);
    let told = left.iter().find(|attempt| is_revoked(attempt)).or_else(|| left.iter().rev().find(about));
    let told = told.and_then(|attempt| Some((attempt.node.clone(), attempt.failure.refusal()?.clone())));
    match told {
        Some((node, refusal)) => ReadError::Refused { node, refusal: Box::new(refusal), left },
        None => ReadError::NoNode { left },
    }
}
