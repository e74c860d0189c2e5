//! One sync: what all nodes share, and the steps that each goes through beside the others.

use super::{
    client::{NodeClient, Signing},
    error::{NodeError, SyncError},
    own::OwnChain,
    phases::{Phase, Phases, Place},
    report::{Sent, SyncEvent},
    votes::{Votes, is_accepted, our_note},
};
use crate::store::{Store, StoredIndex, locked};
use futures_util::future::join;
use pulsebook_protocol::{
    answer::Code,
    bytes::{ByteString, NodeLabel},
    checkpoint::CosignerRole,
    note::{Note, NoteLine},
    owner::{EpochUpload, NodeHead},
    secret::Secret32,
};
use std::{collections::BTreeSet, fmt, sync::Mutex};

/// Cursor: epochs whose papers the node has.
pub(crate) const EPOCHS: &str = "epochs";
/// Cursor: blocks the node has, of the whole chain.
pub(crate) const BLOCKS: &str = "blocks";
/// Cursor: places (height · 8 + slot) below which the node took every segment.
pub(crate) const SEGMENTS: &str = "segments";
/// Cursor: blocks that the keyring at the node covers.
pub(crate) const KEYRING: &str = "keyring";
/// Cursor: size in the newest epoch whose quorum certificate the node took.
pub(crate) const CERTIFIED: &str = "certified";
/// Cursor: size in the newest epoch whose settled note the node took.
pub(crate) const SETTLED: &str = "settled";

/// What every node's steps share.
pub(crate) struct Exchange<'a> {
    pub(crate) store: &'a Store,
    pub(crate) own: OwnChain,
    pub(crate) signing: &'a Signing<'a>,
    pub(crate) control_keys: &'a [(u32, Secret32)],
    pub(crate) votes: Mutex<Votes>,
    /// Sizes whose note was seen certified, and settled (true): verified once a sync, since lines are only added.
    pub(crate) accepted: Mutex<BTreeSet<(u64, bool)>>,
    pub(crate) phases: Phases,
    pub(crate) index: StoredIndex,
    pub(crate) on_event: &'a (dyn Fn(SyncEvent) + Send + Sync),
    /// Makes the releases that have become possible; done once, by whoever sees the settled note first.
    pub(crate) release: &'a (dyn Fn() -> Result<u64, SyncError> + Send + Sync),
    pub(crate) released: Mutex<Option<u64>>,
}

impl fmt::Debug for Exchange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("own", &self.own).finish_non_exhaustive()
    }
}

/// One node in a sync.
#[derive(Debug)]
pub(crate) struct Peer<'a> {
    pub(crate) label: NodeLabel,
    pub(crate) client: NodeClient<'a>,
    pub(crate) done: Mutex<Done>,
}

/// What became of a node so far; kept outside its steps, so that a time-out does not lose it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Done {
    pub(crate) answered: bool,
    pub(crate) other_key: bool,
    pub(crate) sent: Sent,
    pub(crate) accesses: u64,
    /// The node showed a checkpoint of ours that we never made, or claims to stand ahead.
    pub(crate) ahead: Option<Ahead>,
}

/// A sign that another copy of the record has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ahead {
    /// Where the node says that it stands.
    pub(crate) height: u64,
    /// It shows a note signed by our log key; otherwise it only says so.
    pub(crate) shown: bool,
}

impl Peer<'_> {
    pub(crate) fn note(&self, change: impl FnOnce(&mut Done)) {
        change(&mut locked(&self.done));
    }
}

impl Exchange<'_> {
    /// All steps of one node, in order; the first failure ends them.
    pub(crate) async fn run(
        &self,
        peer: &Peer<'_>,
        (offering, certifying): (Place<'_>, Place<'_>),
    ) -> Result<(), NodeError> {
        self.send_epochs(peer).await?;
        let head = peer.client.head().await?;
        peer.note(|done| done.answered = true);
        self.check_head(peer, &head)?;
        let blocks = async {
            let sent = self.send_blocks(peer, &head).await;
            drop(offering);
            sent
        };
        // Side by side: only a mirror signature asks for both.
        let (blocks, keyring) = join(blocks, self.send_keyring(peer)).await;
        blocks.and(keyring)?;
        self.send_certificates(peer).await?;
        drop(certifying);
        self.send_settled(peer).await?;
        self.send_releases(peer, &head).await?;
        self.pull_accesses(peer, head.accesses).await
    }

    async fn send_epochs(&self, peer: &Peer<'_>) -> Result<(), NodeError> {
        let had = self.store.cursor(&peer.label, EPOCHS)?.unwrap_or(0);
        for epoch in 0..=self.own.newest() {
            if u64::from(epoch) < had {
                continue;
            }
            let missing = || SyncError::Missing(format!("epoch {epoch}"));
            let stored = self.store.epoch(epoch)?.ok_or_else(missing)?;
            let key = self.control_keys.iter().find(|(number, _)| *number == epoch);
            let (_, key) =
                key.ok_or_else(|| SyncError::Missing(format!("the control key of epoch {epoch}")))?;
            let upload = EpochUpload {
                proposal: vec![ByteString(stored.proposal)],
                directory: stored.directory.map(ByteString),
                control_key: ByteString(key.expose().to_vec()),
            };
            let put = peer.client.put_epoch(epoch, &upload).await;
            wipe(upload);
            put?;
            peer.note(|done| done.answered = true);
            self.store.set_cursor(&peer.label, EPOCHS, u64::from(epoch) + 1)?;
        }
        Ok(())
    }

    /// Sizes of the newest epoch that are to be certified and settled: its hand-over and its head.
    fn targets(&self) -> Vec<u64> {
        let size = self.own.size(self.own.newest());
        match size {
            0 => Vec::new(),
            1 => vec![1],
            size => vec![1, size],
        }
    }

    async fn send_certificates(&self, peer: &Peer<'_>) -> Result<(), NodeError> {
        for size in self.targets() {
            let ready = || self.accepted_note(size, CosignerRole::Witness).map(|note| note.is_some());
            self.phases.wait(Phase::Offering, ready).await?;
            let Some(note) = self.accepted_note(size, CosignerRole::Witness)? else { continue };
            let taken = self.store.cursor(&peer.label, CERTIFIED)?.unwrap_or(0) >= size;
            if taken && self.accepted_note(size, CosignerRole::Mirror)?.is_some() {
                continue;
            }
            let line = self.certify(peer, &note).await?;
            peer.note(|done| done.sent.certificates += 1);
            self.take(peer, CosignerRole::Mirror, size, line)?;
            self.store.set_cursor(&peer.label, CERTIFIED, size)?;
        }
        Ok(())
    }

    /// The node's mirror line. A node that lost the keyring since it took it is sent it again, once.
    async fn certify(&self, peer: &Peer<'_>, note: &Note) -> Result<NoteLine, NodeError> {
        match peer.client.certificate(note.to_string()).await {
            Err(NodeError::Refused { code: Code::Missing, .. }) => {
                self.store.set_cursor(&peer.label, KEYRING, 0)?;
                self.send_keyring(peer).await?;
                peer.client.certificate(note.to_string()).await
            }
            answered => answered,
        }
    }

    /// The note at a size of the newest epoch, once it is a quorum certificate (witnesses) or settled (mirrors).
    fn accepted_note(&self, size: u64, role: CosignerRole) -> Result<Option<Note>, SyncError> {
        let note = our_note(self.store, self.own.newest(), size)?;
        let place = (size, role == CosignerRole::Mirror);
        if locked(&self.accepted).contains(&place) {
            return Ok(Some(note));
        }
        if !is_accepted(&note, self.own.epoch(self.own.newest())?, role) {
            return Ok(None);
        }
        locked(&self.accepted).insert(place);
        Ok(Some(note))
    }

    async fn send_settled(&self, peer: &Peer<'_>) -> Result<(), NodeError> {
        for size in self.targets() {
            let ready = || self.accepted_note(size, CosignerRole::Mirror).map(|note| note.is_some());
            self.phases.wait(Phase::Certifying, ready).await?;
            let Some(note) = self.accepted_note(size, CosignerRole::Mirror)? else { continue };
            if self.store.cursor(&peer.label, SETTLED)?.unwrap_or(0) >= size {
                continue;
            }
            peer.client.certificate(note.to_string()).await?;
            peer.note(|done| done.sent.certificates += 1);
            self.store.set_cursor(&peer.label, SETTLED, size)?;
        }
        Ok(())
    }

    async fn send_keyring(&self, peer: &Peer<'_>) -> Result<(), NodeError> {
        let covered = self.store.cursor(&peer.label, KEYRING)?.unwrap_or(0);
        if covered > self.index.height {
            return Ok(());
        }
        for entry in self.store.keyring_entries()?.iter().filter(|entry| entry.height >= covered) {
            // One at a time: all pages of a year are megabytes.
            if let Some(page) = self.store.keyring_page(entry.number)? {
                peer.client.put_keyring_page(&page.entry.hash, page.bytes).await?;
            }
        }
        peer.client.put_keyring_index(self.index.bytes.clone()).await?;
        Ok(self.store.set_cursor(&peer.label, KEYRING, self.index.height + 1)?)
    }

    /// Counts a cosignature and lets the others look again.
    pub(crate) fn take(
        &self,
        peer: &Peer<'_>,
        role: CosignerRole,
        size: u64,
        line: NoteLine,
    ) -> Result<(), NodeError> {
        let now = (self.signing.now)();
        let taken = locked(&self.votes).take((self.store, &self.own), (peer.label, role, size), line, now);
        self.phases.wake();
        taken?.into_iter().for_each(|event| (self.on_event)(event));
        Ok(())
    }

    /// Makes releases once a sync; the count of those made.
    pub(crate) fn release_once(&self) -> Result<(), SyncError> {
        let mut released = locked(&self.released);
        if released.is_none() {
            *released = Some((self.release)()?);
        }
        Ok(())
    }

    /// Looks whether the node stands on our chain; a head that is not ours ends its steps.
    fn check_head(&self, peer: &Peer<'_>, head: &NodeHead) -> Result<(), NodeError> {
        let ours = (self.own.newest(), self.own.size(self.own.newest()));
        let shown = self.shows_more(head);
        if shown || (head.epoch, head.size) > ours {
            let height = head.height.unwrap_or(head.size);
            peer.note(|done| done.ahead = Some(Ahead { height, shown }));
            let (epoch, size) = (head.epoch, head.size);
            return Err(NodeError::Head(format!(
                "the node says that it holds {size} blocks of epoch {epoch}, this device has {} of epoch {}; nothing was sent",
                ours.1, ours.0
            )));
        }
        if head.size > 0 && self.own.root(head.epoch, head.size) != Some(head.root) {
            return Err(NodeError::Head(format!(
                "the node says that its first {} blocks of epoch {} are others than ours; nothing was sent: run `pulsebook verify`",
                head.size, head.epoch
            )));
        }
        Ok(())
    }

    /// Whether its settled note is signed by our log key for a state that we do not have.
    fn shows_more(&self, head: &NodeHead) -> bool {
        use pulsebook_protocol::checkpoint::{Checkpoint, verify_checkpoint};
        let Some(note) = head.settled.as_deref().and_then(|text| Note::parse(text).ok()) else {
            return false;
        };
        let Some(epoch) = Checkpoint::claimed_epoch(&note) else { return false };
        let Ok(known) = self.own.epoch(epoch) else { return false };
        let Ok(verified) = verify_checkpoint(&note, &self.own.chain, epoch, &known.log_key()) else {
            return false;
        };
        let checkpoint = verified.checkpoint();
        self.own.root(epoch, checkpoint.size) != Some(checkpoint.root)
    }
}

fn wipe(mut upload: EpochUpload) {
    zeroize::Zeroize::zeroize(&mut upload.control_key.0);
}
