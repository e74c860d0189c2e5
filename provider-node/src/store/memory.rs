//! The store in memory, for tests and for judging what a store has to do: nothing survives it.

mod state;

use super::*;
use pulsebook_protocol::hash::sha256;
use state::{ChainState, State};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A store that forgets everything when it is dropped.
#[derive(Default)]
pub struct MemoryStore(Mutex<State>);

impl MemoryStore {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of<T>(&self, chain: &ChainId, work: impl FnOnce(&mut ChainState) -> T) -> Stored<T> {
        Ok(work(self.state().chains.entry(*chain).or_default()))
    }
}

impl NodeStore for MemoryStore {
    fn enrol(&self, row: &ChainRow, invite: Option<&str>) -> Stored<Enrolled> {
        let mut state = self.state();
        if let Some(known) = state.chains.get(&row.chain).and_then(|chain| chain.row.clone()) {
            return Ok(Enrolled::Known(known));
        }
        if invite.is_some_and(|code| !state.invites.insert(code.to_owned())) {
            return Ok(Enrolled::InviteUsed);
        }
        state.chains.entry(row.chain).or_default().row = Some(row.clone());
        Ok(Enrolled::New)
    }

    fn replace_device(&self, chain: &ChainId, device: &PublicKey) -> Stored<()> {
        let mut state = self.state();
        if let Some(row) = state.chains.get_mut(chain).and_then(|chain| chain.row.as_mut()) {
            row.device = *device;
        }
        Ok(())
    }

    fn chain(&self, chain: &ChainId) -> Stored<Option<ChainRow>> {
        self.of(chain, |state| state.row.clone())
    }

    fn put_epoch(&self, chain: &ChainId, row: &EpochRow) -> Stored<PutEpoch> {
        self.of(chain, |state| {
            let begun = state.blocks.values().any(|block| block.epoch == row.epoch);
            let same = state.epochs.get(&row.epoch).is_some_and(|held| held.proposal == row.proposal);
            if begun && !same {
                return PutEpoch::Begun;
            }
            state.epochs.insert(row.epoch, row.duplicate());
            PutEpoch::Done
        })
    }

    fn epochs(&self, chain: &ChainId) -> Stored<Vec<EpochRow>> {
        self.of(chain, |state| state.epochs.values().map(EpochRow::duplicate).collect())
    }

    fn put_segments(
        &self,
        chain: &ChainId,
        segments: &[(Commitment, &[u8])],
        now_s: u64,
        quota: Quota,
    ) -> Stored<PutSegment> {
        self.of(chain, |state| state.put_segments(segments, now_s, quota))
    }

    fn segment_hashes(&self, chain: &ChainId, asked: &[Commitment]) -> Stored<Vec<Option<Digest>>> {
        self.of(chain, |state| {
            let hash = |commitment| state.segments.get(commitment).map(|held| held.segment.hash);
            asked.iter().map(hash).collect()
        })
    }

    fn segment(&self, permit: &SegmentPermit) -> Stored<Option<StoredSegment>> {
        self.of(permit.chain(), |state| {
            state.segments.get(permit.commitment()).map(|held| held.segment.clone())
        })
    }

    fn missing_segments(&self, chain: &ChainId, height: u64) -> Stored<Vec<(u64, u8)>> {
        self.of(chain, |state| {
            let blocks = state.blocks.values().take_while(|block| block.height <= height);
            let slots = blocks.flat_map(|block| block.live.iter().map(|live| (block.height, *live)));
            let gone = slots.filter(|(_, (_, commitment))| !state.segments.contains_key(commitment));
            gone.map(|(height, (slot, _))| (height, slot)).take(16).collect()
        })
    }

    fn put_keyring_page(&self, chain: &ChainId, hash: &Digest, bytes: &[u8], most: usize) -> Stored<bool> {
        self.of(chain, |state| {
            let named = |page: &&Digest| state.keyring.as_ref().is_some_and(|row| row.pages.contains(page));
            let unnamed = state.pages.keys().filter(|page| !named(page) && *page != hash).count();
            if unnamed < most {
                state.pages.insert(*hash, bytes.to_vec());
            }
            unnamed < most
        })
    }

    fn put_keyring(&self, chain: &ChainId, row: &KeyringRow) -> Stored<PutKeyring> {
        self.of(chain, |state| state.put_keyring(row))
    }

    fn keyring(&self, chain: &ChainId) -> Stored<Option<KeyringRow>> {
        self.of(chain, |state| state.keyring.clone())
    }

    fn head(&self, chain: &ChainId) -> Stored<Option<HeadRow>> {
        self.of(chain, |state| state.head.clone())
    }

    fn append(&self, chain: &ChainId, expected: Option<&HeadRow>, append: &Append) -> Stored<Appended> {
        self.of(chain, |state| state.append(expected, append))
    }

    fn block(&self, chain: &ChainId, height: u64) -> Stored<Option<BlockRow>> {
        self.of(chain, |state| state.blocks.get(&height).cloned())
    }

    fn first_block(&self, chain: &ChainId, epoch: u32) -> Stored<Option<BlockRow>> {
        self.of(chain, |state| state.blocks.values().find(|block| block.epoch == epoch).cloned())
    }

    fn leaves(&self, chain: &ChainId, epoch: u32) -> Stored<Vec<Digest>> {
        self.of(chain, |state| {
            state.blocks.values().filter(|block| block.epoch == epoch).map(|block| block.leaf).collect()
        })
    }

    fn put_note(&self, chain: &ChainId, row: &NoteRow) -> Stored<()> {
        self.of(chain, |state| state.put_note(row))
    }

    fn notes(&self, chain: &ChainId) -> Stored<Vec<NoteRow>> {
        self.of(chain, |state| state.notes.values().cloned().collect())
    }

    fn grant(&self, chain: &ChainId, grant: &GrantId) -> Stored<GrantState> {
        self.of(chain, |state| state.grants.get(grant).copied().unwrap_or_default())
    }

    fn put_release(&self, chain: &ChainId, row: &ReleaseRow) -> Stored<PutRelease> {
        self.of(chain, |state| state.put_release(row))
    }

    fn releases(
        &self,
        chain: &ChainId,
        grant: &GrantId,
        from: (u32, u64),
        most: usize,
    ) -> Stored<Vec<ReleaseRow>> {
        self.of(chain, |state| {
            let from = state.releases.range((*grant, from.0, from.1)..).map(|(_, row)| row);
            from.take_while(|row| row.grant_id == *grant).take(most).cloned().collect()
        })
    }

    fn release_cursors(&self, chain: &ChainId) -> Stored<Vec<ReleaseCursor>> {
        self.of(chain, |state| state.release_cursors())
    }

    fn append_access(
        &self,
        chain: &ChainId,
        (key, nonce): (&RequestKey, &Nonce),
        make: MakeEntry<'_>,
    ) -> Stored<Option<u64>> {
        self.of(chain, |state| {
            if !state.nonces.insert((*key, *nonce)) {
                return None;
            }
            let seq = state.accesses.len() as u64;
            let previous = state.accesses.last().map_or(Digest::ZERO, |entry| sha256(&[entry]));
            state.accesses.push(make(seq, previous));
            Some(seq)
        })
    }

    fn accesses(&self, chain: &ChainId, after: Option<u64>, most: usize) -> Stored<Vec<Vec<u8>>> {
        let skip = after.map_or(0, |seq| usize::try_from(seq).unwrap_or(usize::MAX).saturating_add(1));
        self.of(chain, |state| state.accesses.iter().skip(skip).take(most).cloned().collect())
    }

    fn access_count(&self, chain: &ChainId) -> Stored<u64> {
        self.of(chain, |state| state.accesses.len() as u64)
    }

    fn take_nonce(&self, key: &PublicKey, nonce: &Nonce, now_s: u64) -> Stored<bool> {
        let mut state = self.state();
        state.owner_nonces.retain(|_, taken_at| *taken_at + NONCE_SECONDS >= now_s);
        // A refused try does not prolong it.
        let taken = state.owner_nonces.contains_key(&(*key, *nonce));
        state.owner_nonces.entry((*key, *nonce)).or_insert(now_s);
        Ok(!taken)
    }
}
