//! Sending releases: in order and without a gap, from where the node stands.

use super::{
    error::NodeError,
    exchange::{Exchange, Peer},
};
use pulsebook_protocol::{answer::Code, bytes::GrantId, owner::NodeHead, release::Release};

const AT_A_TIME: u32 = 16;

impl Exchange<'_> {
    pub(crate) async fn send_releases(&self, peer: &Peer<'_>, head: &NodeHead) -> Result<(), NodeError> {
        self.release_once()?;
        for grant in self.store.grants()? {
            let sent = self.send_releases_of(peer, &grant.grant_id, head).await;
            match sent {
                // Revoked at this node already, or its Grant entry is still on the way: nothing to release there now.
                Err(NodeError::Refused { code: Code::Revoked | Code::Missing, .. }) => {}
                other => other?,
            }
        }
        Ok(())
    }

    async fn send_releases_of(
        &self,
        peer: &Peer<'_>,
        grant: &GrantId,
        head: &NodeHead,
    ) -> Result<(), NodeError> {
        let epoch = self.own.newest();
        let at_node = head.releases.iter().find(|cursor| (cursor.grant_id, cursor.epoch) == (*grant, epoch));
        let mut next = at_node.map_or(0, |cursor| cursor.next_seq);
        loop {
            let releases = self.store.releases(grant, epoch, next, AT_A_TIME)?;
            let Some(last) = releases.last() else { return Ok(()) };
            next = last.seq + 1;
            for stored in releases {
                let release = Release { header: stored.header, ciphertext: stored.ciphertext };
                peer.client.put_release(grant, (epoch, stored.seq), &release).await?;
                peer.note(|done| done.sent.releases += 1);
            }
        }
    }
}
