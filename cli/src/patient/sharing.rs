//! The circle, sync, grants, access entries and verification.

use super::{
    AccessView, CheckedNode, CircleNode, Finding, GrantView, GrantWish, Granted, InForce, NodeProgress,
    NotAsked, Patient, Progress, StatusView, SyncedNode, Verified,
};
use crate::{
    exit::{Failure, Outcome},
    moment,
};
use pulsebook_core::{
    consent::Choice,
    record::{AccessView as CoreAccess, GrantStanding},
    sync::{Accepted, Finding as CoreFinding, NodeReport, VerifyReport},
};
use pulsebook_protocol::{
    card::{GranteeCard, NodeCard},
    circle::Quorum,
    words::RecoveryWords,
};

impl Patient {
    /// Stages a node for the circle.
    ///
    /// # Errors
    /// It is there already.
    pub(crate) async fn add_node(&self, card: &NodeCard) -> Outcome {
        Ok(self.record.circle_add(card).await.map(drop)?)
    }

    /// Enrols at the staged nodes and begins epoch 1 with them.
    ///
    /// # Errors
    /// Other words, or a node that cannot be reached.
    pub(crate) async fn confirm_circle(&self, words: RecoveryWords) -> Outcome {
        Ok(self.record.circle_confirm(words).await?)
    }

    /// The nodes, staged and confirmed.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn circle(&self) -> Outcome<Vec<CircleNode>> {
        let view = |node: pulsebook_core::record::CircleNodeView| CircleNode {
            name: node.name,
            address: node.address,
            confirmed: node.confirmed,
        };
        let mut nodes: Vec<CircleNode> = self.record.circle().await?.into_iter().map(view).collect();
        nodes.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(nodes)
    }

    /// Sends what waits to every node and pulls what they have to tell; one that fails does not hold up the others.
    ///
    /// # Errors
    /// Our own side fails, or another copy of this record has written.
    pub(crate) async fn sync(&self) -> Outcome<Vec<SyncedNode>> {
        let report = self.record.sync().await?;
        match report.fenced {
            Some(fenced) => Err(Failure::new(fenced.words)),
            None => {
                let mut nodes: Vec<SyncedNode> = report.nodes.into_iter().map(synced).collect();
                nodes.sort_by(|a, b| a.name.cmp(&b.name));
                Ok(nodes)
            }
        }
    }

    /// What is sealed, accepted and final, and who is behind.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn status(&self) -> Outcome<StatusView> {
        let status = self.record.status().await?;
        let (counts, accepted) = (self.record.counts().await?, self.record.accepted().await?);
        let nodes = self.record.circle().await?.into_iter().filter(|node| node.confirmed);
        let progress = |node: pulsebook_core::record::CircleNodeView| NodeProgress {
            name: node.name,
            blocks: status.blocks.saturating_sub(node.waiting),
            behind: node.waiting,
            trouble: node.trouble,
            last_reached_s: node.last_reached,
        };
        let mut nodes: Vec<NodeProgress> = nodes.map(progress).collect();
        nodes.sort_by(|a, b| a.name.cmp(&b.name));
        let circle = usize::try_from(status.circle_nodes).unwrap_or(usize::MAX);
        Ok(StatusView {
            chain: status.chain.clone(),
            epoch: status.epoch,
            blocks: status.blocks,
            certified: certified(&accepted),
            settled: Progress { direct: accepted.settled_directly, covered: accepted.settled_covered },
            quorum: (circle > 0).then(|| Quorum::of(circle).k),
            nodes,
            fenced: status.fenced.clone(),
            damage: status.damage.clone(),
            notifications: counts.notifications,
            readings: counts.readings,
            left_undone: status.left_undone,
            evidence_removed: self.record.evidence_removed_at_opening().files,
            malformed: counts.malformed,
            waiting_readings: status.waiting_readings,
            promise: status.headline.clone(),
            can: status.promise.can.clone(),
            cannot: status.promise.cannot.clone(),
        })
    }

    /// Grants, and makes the grant file. [`Patient::put_in_force`] or the next sync puts it in force.
    ///
    /// # Errors
    /// No circle, or terms that no grant has.
    pub(crate) async fn grant(&self, card: &GranteeCard, wish: &GrantWish) -> Outcome<Granted> {
        let choice = Choice {
            categories: wish.categories.clone(),
            purposes: vec![wish.purpose],
            from: wish.from,
            to: wish.to,
            expires: moment::seconds(wish.until),
            delegate: wish.delegate,
        };
        let given = self.record.grant(card, &choice).await?;
        Ok(Granted { id: given.grant_id.to_string(), sentence: given.sentence, file: given.file.to_json() })
    }

    /// All grants.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn grants(&self) -> Outcome<Vec<GrantView>> {
        let view = |standing: GrantStanding| GrantView {
            id: standing.grant.grant_id.to_string(),
            sentence: standing.grant.sentence,
            state: format!("{}; {}", standing.grant.state, standing.in_force),
        };
        Ok(self.record.grants().await?.into_iter().map(view).collect())
    }

    /// Ends a grant and tells the nodes.
    ///
    /// # Errors
    /// Unknown, or revoked before.
    pub(crate) async fn revoke(&self, id: &str) -> Outcome<(InForce, Vec<SyncedNode>)> {
        let grant_id = id.parse().map_err(|_| Failure::new(format!("{id} is not the id of a grant")))?;
        self.record.revoke(&grant_id).await?;
        self.put_in_force(id).await
    }

    /// Brings a grant, or its revocation, to the nodes at once; says where it is in force and what the syncs did.
    ///
    /// # Errors
    /// Our own side fails, or another copy of this record has written.
    pub(crate) async fn put_in_force(&self, id: &str) -> Outcome<(InForce, Vec<SyncedNode>)> {
        // The first brings the block, the second its certificate: from then on it binds.
        let mut synced = self.sync().await?;
        synced.extend(self.sync().await?);
        let mut grants = self.record.grants().await?.into_iter();
        let standing = grants.find(|standing| standing.grant.grant_id.to_string() == id);
        let in_force = standing.map(|standing| standing.in_force).unwrap_or_default();
        Ok((InForce { nodes: in_force.nodes, of: in_force.of }, synced))
    }

    /// The access entries that the last sync pulled.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn accesses(&self) -> Outcome<Vec<AccessView>> {
        Ok(self.record.accesses().await?.into_iter().map(access).collect())
    }

    /// Checks the record here and at each node, by the hashes that nodes give.
    ///
    /// # Errors
    /// Our own side fails.
    pub(crate) async fn verify(&self) -> Outcome<Verified> {
        Ok(verified(self.record.verify().await?))
    }

    /// The same, fetching every segment of every node.
    ///
    /// # Errors
    /// Our own side fails.
    pub(crate) async fn verify_deep(&self) -> Outcome<Verified> {
        Ok(verified(self.record.verify_deep().await?))
    }
}

fn certified(accepted: &Accepted) -> Progress {
    Progress { direct: accepted.certified_directly, covered: accepted.certified_covered }
}

fn synced(node: NodeReport) -> SyncedNode {
    let wire_bytes = node.wire.sent + node.wire.received;
    SyncedNode {
        name: node.name,
        blocks: node.sent.blocks,
        waiting: node.waiting,
        wire_bytes,
        shows_another_key: node.other_key,
        error: node.trouble,
    }
}

fn access(view: CoreAccess) -> AccessView {
    let who = view.who();
    let entry = view.entry;
    let as_of = entry
        .as_of
        .map_or_else(String::new, |as_of| format!("{} blocks of epoch {}", as_of.size, as_of.epoch));
    AccessView {
        node: view.node,
        seq: entry.seq,
        time_s: entry.time_s,
        who,
        action: entry.action,
        segments: entry.slots.len() as u64,
        purpose: entry.purpose,
        outcome: entry.outcome.to_string(),
        as_of,
    }
}

fn verified(report: VerifyReport) -> Verified {
    let finding = |node: Option<&str>, found: &CoreFinding| Finding {
        node: node.map(str::to_owned),
        block: Some(found.height),
        segment: found.slot,
        what: found.words.clone(),
    };
    let mut verified =
        Verified { blocks: report.own.blocks, segments: report.own.segments, ..Verified::default() };
    verified.findings.extend(report.own.findings.iter().map(|found| finding(None, found)));
    verified.findings.extend(report.own.derived.iter().map(|what| Finding {
        node: None,
        block: None,
        segment: None,
        what: what.clone(),
    }));
    for node in &report.nodes {
        let (name, segments) = (node.name.clone(), node.checked.segments);
        match &node.checked.trouble {
            None => verified.nodes.push(CheckedNode { name, segments }),
            Some(why) => verified.could_not_ask.push(NotAsked { node: name, segments, why: why.clone() }),
        }
        verified.findings.extend(node.checked.findings.iter().map(|found| finding(Some(&node.name), found)));
    }
    verified.nodes.sort();
    verified.could_not_ask.sort_by(|a, b| a.node.cmp(&b.node));
    verified
}
