//! Segments on their way to a node: many in one request, singly where a node has no room for them together.

use super::{
    error::NodeError,
    exchange::{Exchange, Peer, SEGMENTS},
};
use crate::store::{Store, StoredBlock};
use pulsebook_protocol::{
    answer::Code,
    block::SLOTS,
    owner::{SEGMENTS_MOST, SegmentUpload},
};

/// So many bytes of segments go into one request: what is in memory at a time for each node.
const TOGETHER: usize = 512 * 1024;

/// Some of the blocks' segments are not at the node.
#[derive(Debug)]
pub(crate) struct Stopped {
    /// Blocks, from the first, whose segments are all there.
    pub(crate) done: u64,
    /// Why.
    pub(crate) error: NodeError,
}

/// A segment that the node does not have yet.
struct Waiting {
    /// How many blocks before its own have all their segments at the node then.
    done: u64,
    /// height · 8 + slot
    place: u64,
    upload: SegmentUpload,
}

impl Exchange<'_> {
    /// Sends the segments of these blocks, unless the node took them before.
    pub(crate) async fn send_segments(&self, peer: &Peer<'_>, blocks: &[StoredBlock]) -> Result<(), Stopped> {
        let ours = |error| Stopped { done: 0, error };
        let taken = self.store.cursor(&peer.label, SEGMENTS).map_err(|error| ours(error.into()))?;
        let (mut together, mut bytes) = (Vec::new(), 0);
        for (done, stored) in (0_u64..).zip(blocks) {
            for waiting in self.waiting(stored, taken.unwrap_or(0), done).map_err(ours)? {
                let size = waiting.upload.sealed.0.len();
                if bytes + size > TOGETHER || together.len() == SEGMENTS_MOST {
                    self.send_together(peer, std::mem::take(&mut together)).await?;
                    bytes = 0;
                }
                bytes += size;
                together.push(waiting);
            }
        }
        self.send_together(peer, together).await
    }

    fn waiting(&self, stored: &StoredBlock, taken: u64, done: u64) -> Result<Vec<Waiting>, NodeError> {
        let first = stored.height * SLOTS as u64;
        if taken >= first + SLOTS as u64 {
            return Ok(Vec::new());
        }
        let block = Store::parse(stored)?;
        let mut found = Vec::new();
        for (slot, commitment) in (0_u8..).zip(&block.commitments) {
            let place = first + u64::from(slot);
            if place < taken {
                continue;
            }
            let Some(segment) = self.store.segment(stored.height, slot)? else { continue };
            let upload = SegmentUpload { commitment: *commitment, sealed: segment.bytes.into() };
            found.push(Waiting { done, place, upload });
        }
        Ok(found)
    }

    /// One request, or one each when the node has no room for all of them.
    async fn send_together(&self, peer: &Peer<'_>, together: Vec<Waiting>) -> Result<(), Stopped> {
        let Some((first, last)) = together.first().zip(together.last()) else { return Ok(()) };
        let (done, last, count) = (first.done, last.place, together.len() as u64);
        if count > 1 {
            let (places, uploads): (Vec<_>, Vec<_>) =
                together.into_iter().map(|waiting| ((waiting.done, waiting.place), waiting.upload)).unzip();
            match peer.client.put_segments(&uploads).await {
                Ok(()) => return self.sent(peer, last, count).map_err(|error| Stopped { done, error }),
                Err(NodeError::Refused { code: Code::SlowDown, .. }) => {}
                Err(error) => return Err(Stopped { done, error }),
            }
            return self.send_singly(peer, places.into_iter().zip(uploads)).await;
        }
        let one = together.into_iter().map(|waiting| ((waiting.done, waiting.place), waiting.upload));
        self.send_singly(peer, one).await
    }

    async fn send_singly(
        &self,
        peer: &Peer<'_>,
        uploads: impl Iterator<Item = ((u64, u64), SegmentUpload)>,
    ) -> Result<(), Stopped> {
        for ((done, place), SegmentUpload { commitment, sealed }) in uploads {
            let stopped = |error| Stopped { done, error };
            peer.client.put_segment(&commitment, sealed.0).await.map_err(stopped)?;
            self.sent(peer, place, 1).map_err(stopped)?;
        }
        Ok(())
    }

    fn sent(&self, peer: &Peer<'_>, place: u64, count: u64) -> Result<(), NodeError> {
        peer.note(|done| done.sent.segments += count);
        Ok(self.store.set_cursor(&peer.label, SEGMENTS, place + 1)?)
    }
}
