//! The page that answers a read: releases from a place on, with exactly the slots that are permitted.

use crate::{
    admit::{
        Admitted,
        chain::{Chain, corrupt, damaged},
    },
    node::Node,
    permit::PermittedLabels,
    refusal::Refusal,
    store::{NoteRow, ReleaseRow, StoredSegment},
};
use pulsebook_protocol::{
    access::{AsOf, ServedSlot},
    answer::Code,
    bytes::Digest,
    epoch::VerifiedEpoch,
    grant::VerifiedGrant,
    note::Note,
    read::{ReadEpoch, ReadPage, ReadPosition, ReadQuery, ReadRelease, ReadRow, ServedRow},
    release::{self, verify_release_header},
    tree,
};
use std::collections::BTreeMap;

/// Most bytes of segments and blocks in a page, whatever was asked. One row is served in any case.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// So many releases are read from the store at a time.
const BATCH: usize = 16;

/// A page with what its access entry states.
pub(super) struct Page {
    pub(super) page: ReadPage,
    pub(super) slots: Vec<ServedSlot>,
    pub(super) as_of: AsOf,
}

/// Makes the page. Bytes come from the store by permits alone.
pub(super) fn make_page(
    node: &Node,
    chain: &Chain,
    grant: &VerifiedGrant,
    permitted: &PermittedLabels,
    query: &ReadQuery,
) -> Admitted<Page> {
    let settled = chain.settled().ok_or_else(not_settled)?;
    let as_of = AsOf { epoch: settled.epoch, size: settled.size, root: settled.root };
    let proofs = Proofs { node, chain, settled, leaves: BTreeMap::new(), done: BTreeMap::new() };
    let wanted: Vec<_> = query.labels.clone();
    let mut maker =
        Maker { node, chain, permitted, wanted, proofs, room: room(query), slots: Vec::new(), last: None };
    let mut page = ReadPage { note: Some(settled.note.clone()), ..ReadPage::default() };
    if query.with_proofs {
        page.epochs = Some(epochs(node, chain)?);
        page.directory = chain.announced(settled.epoch).and_then(|row| row.directory.clone()).map(Into::into);
    }
    let mut from = query.after.map_or((0, 0), |after| (after.epoch, after.seq));
    let mut after = query.after;
    loop {
        let batch = node.store.releases(&chain.row.chain, &grant.facts().grant_id, from, BATCH)?;
        let Some(last) = batch.last() else { break };
        let next = (last.epoch, last.seq.saturating_add(1));
        for release in &batch {
            let (read, stopped) = maker.release(release, after)?;
            page.releases.extend(read);
            if stopped.is_some() {
                page.next = stopped;
                return Ok(Page { page, slots: maker.slots, as_of });
            }
            after = None;
        }
        from = next;
    }
    Ok(Page { page, slots: maker.slots, as_of })
}

fn room(query: &ReadQuery) -> usize {
    usize::try_from(query.most_bytes).unwrap_or(MOST_BYTES).min(MOST_BYTES)
}

fn not_settled() -> Refusal {
    let expected = "a settled note at this node";
    Refusal::new(Code::NotInForce, expected, "wait for the patient's phone to sync, or try another node")
}

fn epochs(node: &Node, chain: &Chain) -> Admitted<Vec<ReadEpoch>> {
    let mut shown = Vec::new();
    for (index, epoch) in chain.verified.iter().enumerate() {
        let first = node.store.first_block(&chain.row.chain, epoch.number())?;
        let first_block = first.ok_or_else(|| corrupt("a first block is gone"))?.block.into();
        let note = match epoch.number() {
            0 => chain.verified.get(index + 1).and_then(|next| next.base()).map(|base| base.note.clone()),
            number => chain.hand_over(number).map(|row| row.note.clone()),
        };
        let base_path = base_path(node, chain, epoch)?;
        shown.push(ReadEpoch { first_block, note: note.ok_or_else(not_settled)?, base_path });
    }
    Ok(shown)
}

/// That the block an epoch branches off is the last under the base's checkpoint.
fn base_path(node: &Node, chain: &Chain, epoch: &VerifiedEpoch) -> Admitted<Vec<Digest>> {
    let Some(base) = epoch.base() else { return Ok(Vec::new()) };
    let mut leaves = node.store.leaves(&chain.row.chain, base.epoch)?;
    let last = leaves.iter().position(|leaf| *leaf == base.leaf).ok_or_else(|| corrupt("a base is gone"))?;
    leaves.truncate(last + 1);
    Ok(tree::inclusion_proof(&leaves, last))
}

struct Maker<'a> {
    node: &'a Node,
    chain: &'a Chain,
    permitted: &'a PermittedLabels,
    wanted: Vec<pulsebook_protocol::bytes::CategoryLabel>,
    proofs: Proofs<'a>,
    room: usize,
    slots: Vec<ServedSlot>,
    last: Option<ReadPosition>,
}

impl Maker<'_> {
    /// A release after a row of it, if any; and where the page stops, if it is full.
    fn release(
        &mut self,
        row: &ReleaseRow,
        after: Option<ReadPosition>,
    ) -> Admitted<(Option<ReadRelease>, Option<ReadPosition>)> {
        let log_key = self.chain.epoch(row.epoch).ok_or_else(|| corrupt("a release of no epoch"))?.log_key();
        let header = verify_release_header(&row.header, &log_key).map_err(corrupt)?;
        header.check_ciphertext(&row.ciphertext).map_err(corrupt)?;
        let here = after.filter(|after| (after.epoch, after.seq) == (row.epoch, row.seq));
        let skip = here.map_or(0, |after| after.row as usize + 1);
        let mut rows = Vec::new();
        let mut full = false;
        for (index, released) in (0u32..).zip(&header.header().rows).skip(skip) {
            let Some(served) = self.row(index, released)? else {
                full = true;
                break;
            };
            rows.push(served);
            self.last = Some(ReadPosition { epoch: row.epoch, seq: row.seq, row: index });
        }
        let read = ReadRelease {
            header: row.header.clone().into(),
            ciphertext: row.ciphertext.clone().into(),
            rows,
        };
        // A page is only ever full after a row was served, so there is a place to continue after.
        Ok(((!read.rows.is_empty()).then_some(read), self.last.filter(|_| full)))
    }

    /// A served or withheld row; `None` when a served one does not fit any more.
    fn row(&mut self, index: u32, released: &release::ReleaseRow) -> Admitted<Option<ReadRow>> {
        let permit = self.permitted.permit(released).filter(|_| self.wanted.contains(&released.label));
        let Some(permit) = permit else { return Ok(Some(ReadRow::Withheld { row: index })) };
        let proven = self.proofs.of(released.epoch, released.height)?;
        let Some((block, proof)) = proven else { return Ok(Some(ReadRow::Withheld { row: index })) };
        let segment = self.node.store.segment(&permit)?.filter(StoredSegment::is_whole);
        // Not withheld: the grantee would take it for something that it may not see.
        let segment = segment.ok_or_else(|| damaged(released.height, released.slot))?;
        let cost = block.len() + segment.bytes.len() + 40 * proof.len();
        if cost > self.room && !self.slots.is_empty() {
            return Ok(None);
        }
        self.room = self.room.saturating_sub(cost);
        self.slots.push(ServedSlot { height: released.height, slot: released.slot });
        Ok(Some(ReadRow::Served(ServedRow { row: index, block, proof, segment: segment.bytes })))
    }
}

type Proven = (Vec<u8>, Vec<Digest>);

/// Blocks with inclusion proofs, each made once a page.
struct Proofs<'a> {
    node: &'a Node,
    chain: &'a Chain,
    settled: &'a NoteRow,
    leaves: BTreeMap<u32, Vec<Digest>>,
    done: BTreeMap<u64, Proven>,
}

impl Proofs<'_> {
    /// The block at a height and its proof under the note for its epoch; `None` when no settled note covers it.
    fn of(&mut self, epoch: u32, height: u64) -> Admitted<Option<Proven>> {
        if let Some(done) = self.done.get(&height) {
            return Ok(Some(done.clone()));
        }
        let id = &self.chain.row.chain;
        let Some(first) = self.chain.epoch(epoch).map(|epoch| epoch.first_height()) else { return Ok(None) };
        if !self.leaves.contains_key(&epoch) {
            let mut leaves = self.node.store.leaves(id, epoch)?;
            leaves.truncate(self.size(epoch)?);
            self.leaves.insert(epoch, leaves);
        }
        let leaves = self.leaves.get(&epoch).map(Vec::as_slice).unwrap_or_default();
        let index = height.checked_sub(first).and_then(|index| usize::try_from(index).ok());
        let Some(index) = index.filter(|index| *index < leaves.len()) else { return Ok(None) };
        let Some(block) = self.node.store.block(id, height)? else { return Ok(None) };
        let proven = (block.block, tree::inclusion_proof(leaves, index));
        self.done.insert(height, proven.clone());
        Ok(Some(proven))
    }

    /// Size of the log under the note that proofs of this epoch lead to.
    fn size(&self, epoch: u32) -> Admitted<usize> {
        if epoch == self.settled.epoch {
            return Ok(usize::try_from(self.settled.size).unwrap_or(usize::MAX));
        }
        let base = self.chain.epoch(epoch + 1).and_then(|next| next.base());
        let base = base.ok_or_else(|| corrupt("an epoch without a base"))?;
        let note = Note::parse(&base.note).map_err(corrupt)?;
        let checkpoint =
            pulsebook_protocol::checkpoint::Checkpoint::parse(note.text(), &self.chain.row.chain, epoch)
                .map_err(corrupt)?;
        Ok(usize::try_from(checkpoint.size).unwrap_or(usize::MAX))
    }
}
