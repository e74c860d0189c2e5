//! What the memory store holds of each chain, and the operations that touch several parts of it.

use super::super::{rows::notes_kept, *};
use pulsebook_protocol::control::ControlEntry;
use pulsebook_protocol::hash::sha256;
use std::collections::{BTreeMap, BTreeSet};

/// Everything.
#[derive(Default)]
pub(super) struct State {
    pub(super) chains: BTreeMap<ChainId, ChainState>,
    pub(super) invites: BTreeSet<String>,
    pub(super) owner_nonces: BTreeMap<(PublicKey, Nonce), u64>,
}

/// One chain.
#[derive(Default)]
pub(super) struct ChainState {
    pub(super) row: Option<ChainRow>,
    pub(super) epochs: BTreeMap<u32, EpochRow>,
    pub(super) segments: BTreeMap<Commitment, Held>,
    pub(super) pages: BTreeMap<Digest, Vec<u8>>,
    pub(super) keyring: Option<KeyringRow>,
    pub(super) head: Option<HeadRow>,
    pub(super) blocks: BTreeMap<u64, BlockRow>,
    pub(super) notes: BTreeMap<(u32, u64), NoteRow>,
    pub(super) grants: BTreeMap<GrantId, GrantState>,
    pub(super) releases: BTreeMap<(GrantId, u32, u64), ReleaseRow>,
    pub(super) accesses: Vec<Vec<u8>>,
    pub(super) nonces: BTreeSet<(RequestKey, Nonce)>,
}

/// A segment; pending until a block names it.
pub(super) struct Held {
    pub(super) segment: StoredSegment,
    received_at: u64,
    pending: bool,
}

impl ChainState {
    pub(super) fn put_segments(
        &mut self,
        segments: &[(Commitment, &[u8])],
        now_s: u64,
        quota: Quota,
    ) -> PutSegment {
        let oldest = now_s.saturating_sub(quota.seconds);
        self.segments.retain(|_, held| !held.pending || held.received_at >= oldest);
        let mut new = Vec::new();
        for (commitment, bytes) in segments {
            let segment = StoredSegment { bytes: bytes.to_vec(), hash: sha256(&[bytes]) };
            match self.segments.get(commitment) {
                Some(held) if held.segment.hash == segment.hash => {}
                Some(held) if !held.pending => return PutSegment::Differs,
                _ => new.push((*commitment, segment)),
            }
        }
        let replaced = |commitment: &Commitment| new.iter().any(|(other, _)| other == commitment);
        let stays = self.segments.iter().filter(|(other, held)| held.pending && !replaced(other));
        let sizes = stays.map(|(_, held)| &held.segment).chain(new.iter().map(|(_, segment)| segment));
        let (count, bytes) =
            sizes.fold((0, 0), |(count, bytes), segment| (count + 1, bytes + segment.bytes.len()));
        if !new.is_empty() && (count > quota.segments || bytes > quota.bytes) {
            return PutSegment::OverQuota;
        }
        let held = |segment| Held { segment, received_at: now_s, pending: true };
        self.segments.extend(new.into_iter().map(|(commitment, segment)| (commitment, held(segment))));
        PutSegment::Done
    }

    pub(super) fn put_keyring(&mut self, row: &KeyringRow) -> PutKeyring {
        match &self.keyring {
            Some(held) if held == row => return PutKeyring::Done,
            Some(held) if held.version >= row.version => return PutKeyring::NotNewer(held.version),
            _ => {}
        }
        if let Some(missing) = row.pages.iter().find(|page| !self.pages.contains_key(page)) {
            return PutKeyring::MissingPage(*missing);
        }
        self.pages.retain(|page, _| row.pages.contains(page));
        self.keyring = Some(row.clone());
        PutKeyring::Done
    }

    pub(super) fn append(&mut self, expected: Option<&HeadRow>, append: &Append) -> Appended {
        if self.head.as_ref() != expected {
            return Appended::HeadMoved;
        }
        let live = || append.blocks.iter().flat_map(|block| &block.live).map(|(_, commitment)| commitment);
        if let Some(gone) = live().find(|commitment| !self.segments.contains_key(commitment)) {
            return Appended::SegmentGone(*gone);
        }
        for commitment in live() {
            if let Some(held) = self.segments.get_mut(commitment) {
                held.pending = false;
            }
        }
        for block in &append.blocks {
            block.entries.iter().for_each(|entry| self.take_entry(block.height, entry));
            self.blocks.insert(block.height, BlockRow { entries: Vec::new(), ..block.clone() });
        }
        self.head = Some(append.head.clone());
        Appended::Done
    }

    fn take_entry(&mut self, height: u64, entry: &ControlEntry) {
        match entry {
            ControlEntry::Grant { grant_id, authority, mint_epoch } => {
                let row = GrantRow { authority: *authority, mint_epoch: *mint_epoch, height };
                self.grants.entry(*grant_id).or_default().granted.get_or_insert(row);
            }
            ControlEntry::Revoke { grant_id, time } => {
                self.grants.entry(*grant_id).or_default().revoked.get_or_insert(*time);
            }
            ControlEntry::Erase(_) | ControlEntry::InboxAck(_) => {}
        }
    }

    pub(super) fn put_note(&mut self, row: &NoteRow) {
        self.notes.insert((row.epoch, row.size), row.clone());
        let kept = notes_kept(&self.notes.values().cloned().collect::<Vec<_>>());
        self.notes.retain(|place, _| kept.contains(place));
    }

    pub(super) fn put_release(&mut self, row: &ReleaseRow) -> PutRelease {
        let of_epoch = self.releases.range((row.grant_id, row.epoch, 0)..=(row.grant_id, row.epoch, row.seq));
        let (next, previous) = match of_epoch.last() {
            Some((_, held)) if held.seq == row.seq => {
                return if held.hash == row.hash { PutRelease::Done } else { PutRelease::Differs };
            }
            Some((_, held)) => (held.seq + 1, held.hash),
            None => (0, Digest::ZERO),
        };
        if (row.seq, row.previous) != (next, previous) {
            return PutRelease::Expected(next);
        }
        self.releases.insert((row.grant_id, row.epoch, row.seq), row.clone());
        PutRelease::Done
    }

    pub(super) fn release_cursors(&self) -> Vec<ReleaseCursor> {
        let mut next: BTreeMap<(GrantId, u32), u64> = BTreeMap::new();
        for (grant_id, epoch, seq) in self.releases.keys() {
            next.insert((*grant_id, *epoch), seq + 1);
        }
        let cursor = |((grant_id, epoch), next_seq)| ReleaseCursor { grant_id, epoch, next_seq };
        next.into_iter().map(cursor).collect()
    }
}
