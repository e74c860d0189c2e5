//! Permits: the only way to a segment's bytes, made from the owner's proof or by the read decision alone.

use pulsebook_protocol::{
    answer::Code,
    bytes::{CategoryLabel, ChainId, Commitment, Digest},
    checkpoint::UnixSeconds,
    delegation::VerifiedDelegation,
    grant::{ACTION_READ, GrantRequest, VerifiedGrant},
    key::PublicKey,
    release::ReleaseRow,
    request::{Profile, VerifiedRequest},
    request_key::RequestKey,
};

/// Proof that the owner of a chain asks.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    chain: ChainId,
}

impl Owner {
    /// From a verified owner's request whose signer is one of the chain's devices; `None` otherwise.
    pub(crate) fn of(request: &VerifiedRequest, chain: ChainId, devices: &[PublicKey]) -> Option<Self> {
        let owner =
            request.profile() == Profile::Owner && devices.iter().any(|device| request.signer() == *device);
        owner.then_some(Owner { chain })
    }

    /// The owner's chain.
    #[must_use]
    pub fn chain(&self) -> ChainId {
        self.chain
    }
}

/// Allows the store to give out one sealed segment. Nothing outside this module can make one without a proof.
#[derive(Debug)]
pub struct SegmentPermit {
    chain: ChainId,
    commitment: Commitment,
}

impl SegmentPermit {
    /// The owner may have every segment of the own chain.
    pub(crate) fn for_owner(owner: &Owner, commitment: Commitment) -> Self {
        SegmentPermit { chain: owner.chain(), commitment }
    }

    /// The chain it is for.
    #[must_use]
    pub fn chain(&self) -> &ChainId {
        &self.chain
    }

    /// The segment it is for.
    #[must_use]
    pub fn commitment(&self) -> &Commitment {
        &self.commitment
    }

    #[cfg(test)]
    pub(crate) fn in_test(chain: ChainId, commitment: Commitment) -> Self {
        SegmentPermit { chain, commitment }
    }
}

/// A Grant entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantRow {
    /// SHA-256 of the only authority block that counts.
    pub authority: Digest,
    /// Epoch whose consent key minted it.
    pub mint_epoch: u32,
    /// Height of the block that carries it.
    pub height: u64,
}

/// What the control entries say of a grant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GrantState {
    /// The Grant entry, if one was seen; a later one never replaces it.
    pub granted: Option<GrantRow>,
    /// Time of the Revoke entry, if one was seen.
    pub revoked: Option<UnixSeconds>,
}

/// What the node knows that bears on a read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// Whether the node's keys are in the newest circle.
    pub(crate) in_circle: bool,
    /// What the control entries say of the grant.
    pub(crate) grant: GrantState,
    /// Highest height under a quorum certificate.
    pub(crate) certified_height: Option<u64>,
    /// Since when the node knows of a quorum (the k-th newest witness time), seconds.
    pub(crate) fresh_at_s: u64,
    /// Now, seconds.
    pub(crate) now_s: u64,
}

/// A read that is refused, with what there is to say besides the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Denial {
    /// The code, also of the access entry.
    pub(crate) code: Code,
    /// For the grantee.
    pub(crate) words: String,
}

/// The labels that a token allows now. Only [`decide_read`] makes it, and only through it does a grantee reach bytes.
#[derive(Debug)]
pub(crate) struct PermittedLabels {
    chain: ChainId,
    labels: Vec<CategoryLabel>,
}

impl PermittedLabels {
    /// A permit for a released row, if its label is allowed.
    pub(crate) fn permit(&self, row: &ReleaseRow) -> Option<SegmentPermit> {
        let allowed = self.labels.contains(&row.label);
        allowed.then_some(SegmentPermit { chain: self.chain, commitment: row.commitment })
    }
}

/// Decides one read: holder or delegate, circle, Grant entry, Revoke, token, freshness, in this order.
pub(crate) fn decide_read(
    grant: &VerifiedGrant,
    (delegation, signer): (&VerifiedDelegation, &RequestKey),
    standing: &Standing,
    labels: &[CategoryLabel],
    purpose: &str,
) -> Result<PermittedLabels, Denial> {
    check_user(grant, delegation, signer)?;
    let links = delegation.permit(grant.facts(), standing.now_s);
    links.map_err(|refusal| deny(refusal.code(), refusal.to_string()))?;
    check_in_force(grant, standing)?;
    let request = GrantRequest { now_s: standing.now_s, action: ACTION_READ, labels, purpose };
    let labels = grant.authorise(&request).map_err(|refusal| deny(refusal.code(), refusal.to_string()))?;
    let stale_after = standing.fresh_at_s.saturating_add(grant.facts().max_stale_s.into());
    if standing.now_s > stale_after {
        let words = format!("no quorum of the circle was heard since {} s (UTC)", standing.fresh_at_s);
        return Err(deny(Code::NotFresh, words));
    }
    Ok(PermittedLabels { chain: grant.facts().chain, labels })
}

fn check_user(
    grant: &VerifiedGrant,
    delegation: &VerifiedDelegation,
    signer: &RequestKey,
) -> Result<(), Denial> {
    if delegation.user() == *signer {
        return Ok(());
    }
    let facts = grant.facts();
    let words = match (facts.delegate, delegation.delegates().is_empty()) {
        (0, _) => format!("the grant was given to {}, which may not pass it on", facts.holder),
        (_, true) => format!("the grant was given to {}, and no delegation was shown", facts.holder),
        (_, false) => format!("the delegation that was shown is for {}", delegation.user()),
    };
    Err(deny(Code::NotHolder, words))
}

fn check_in_force(grant: &VerifiedGrant, standing: &Standing) -> Result<(), Denial> {
    if !standing.in_circle {
        return Err(deny(Code::NotInCircle, "ask a node of the newest circle"));
    }
    if let Some(time) = standing.grant.revoked {
        return Err(deny(Code::Revoked, format!("revoked at {time} s (UTC)")));
    }
    let entry = standing.grant.granted.ok_or_else(|| {
        deny(Code::NotInForce, "the patient's phone has not brought this grant to this node yet")
    })?;
    if (entry.authority, entry.mint_epoch) != (grant.authority_hash(), grant.mint_epoch()) {
        return Err(deny(Code::NotInForce, "another token than this one was put on the chain"));
    }
    if standing.certified_height.is_none_or(|height| height < entry.height) {
        return Err(deny(Code::NotInForce, "its block is not accepted by the circle yet"));
    }
    Ok(())
}

fn deny(code: Code, words: impl Into<String>) -> Denial {
    Denial { code, words: words.into() }
}
