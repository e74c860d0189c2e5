//! A grantee's read: token, decision, page; and the access entry that is durable before any answer.

mod page;

use super::{Admitted, chain::Chain};
use crate::{
    authenticate::{Incoming, authenticate_grantee, replayed},
    node::Node,
    permit::{Denial, PermittedLabels, Standing, decide_read},
    refusal::Refusal,
};
use page::{Page, make_page};
use pulsebook_protocol::{
    access::{Access, AccessEntry, AsOf, EntryPosition, Outcome, ServedSlot, sign_access_entry},
    answer::Code,
    bytes::ChainId,
    delegation::{VerifiedDelegation, decode_list, verify_delegation},
    grant::{ACTION_READ, VerifiedGrant, verify_grant},
    read::ReadQuery,
    request::VerifiedRequest,
    request_key::RequestKey,
};
use std::time::Duration;

/// The longest purpose that is copied into an access entry, in bytes.
const PURPOSE_LIMIT: usize = 64;

/// Who asks, with which token and list: all of it verified, nothing of it decided.
struct Asking {
    request: VerifiedRequest,
    grant: VerifiedGrant,
    delegation: VerifiedDelegation,
}

impl Asking {
    fn signer(&self) -> RequestKey {
        self.request.signer()
    }

    /// Whether the key that signed is the one that token and list lead to.
    fn is_user(&self) -> bool {
        self.delegation.user() == self.signer()
    }
}

/// Serves one read page, or refuses. Whoever proved a token and its key gets an access entry either way.
pub(crate) fn read(node: &Node, id: &ChainId, request: &Incoming, now_s: u64) -> Admitted<Vec<u8>> {
    let verified = authenticate_grantee(node, request, now_s)?;
    if !node.readers.allows(&(*id, verified.signer()), Duration::from_secs(now_s)) {
        return Err(slow_down());
    }
    let chain = Chain::load(node, id)?;
    let grant = token_of(&chain, &verified)?;
    let delegation = delegation_of(&grant, &verified)?;
    let asking = Asking { request: verified, grant, delegation };
    pace(node, &asking, now_s)?;
    let outcome = answer(node, &chain, &asking, &request.body, now_s);
    let (stated, slots, as_of) = match &outcome {
        Ok(page) => (Outcome::Permit, page.slots.clone(), Some(page.as_of)),
        Err(refusal) => (Outcome::Deny(refusal.code()), Vec::new(), None),
    };
    let entry = Entry { stated, slots, as_of, now_s };
    enter(node, &chain, &asking, entry)?;
    outcome.map(|page| page.page.encode_body())
}

fn token_of(chain: &Chain, request: &VerifiedRequest) -> Admitted<VerifiedGrant> {
    let consent_key = |epoch| chain.epoch(epoch).map(|epoch| epoch.proposal().consent_key);
    let bad =
        || Refusal::new(Code::BadToken, "a token of this record", "ask the patient for a new grant file");
    let grant = verify_grant(request.token(), consent_key).map_err(|error| bad().because(error))?;
    if grant.facts().chain != chain.row.chain {
        return Err(bad().because("the token is for another record"));
    }
    Ok(grant)
}

fn delegation_of(grant: &VerifiedGrant, request: &VerifiedRequest) -> Admitted<VerifiedDelegation> {
    let bad = || {
        let expected = "a delegation list of this token, each link signed by the key before it";
        Refusal::new(Code::BadToken, expected, "ask whoever passed the grant on for a new grant file")
    };
    let links = decode_list(request.delegation()).map_err(|error| bad().because(error))?;
    verify_delegation(grant, &links).map_err(|error| bad().because(error))
}

/// Charges the grant for this read. What is over the limit is refused before it costs an access entry.
fn pace(node: &Node, asking: &Asking, now_s: u64) -> Admitted<()> {
    let facts = asking.grant.facts();
    let (bucket, now) = ((facts.chain, facts.grant_id, asking.is_user()), Duration::from_secs(now_s));
    if !node.reads.allows(&bucket, now) {
        return Err(slow_down());
    }
    node.reads.take(bucket, now);
    node.readers.take((facts.chain, asking.signer()), now);
    Ok(())
}

fn slow_down() -> Refusal {
    let expected = "at most 600 reads of a record in a row by one key or under one grant, then one a second";
    Refusal::new(Code::SlowDown, expected, "wait, then go on")
}

fn answer(node: &Node, chain: &Chain, asking: &Asking, body: &[u8], now_s: u64) -> Admitted<Page> {
    let query = ReadQuery::decode_body(body).map_err(Refusal::malformed)?;
    let Asking { request, grant, delegation } = asking;
    let standing = standing(node, chain, grant, now_s)?;
    let who = (delegation, &asking.signer());
    let permitted: PermittedLabels =
        decide_read(grant, who, &standing, &query.labels, request.purpose()).map_err(refuse)?;
    make_page(node, chain, grant, &permitted, &query)
}

fn standing(node: &Node, chain: &Chain, grant: &VerifiedGrant, now_s: u64) -> Admitted<Standing> {
    let newest = chain.newest();
    let quorum = chain.newest_quorum();
    let k = newest.map_or(0, |epoch| epoch.circle().quorum().k);
    Ok(Standing {
        in_circle: newest.is_some_and(|epoch| chain.label(epoch.proposal()).is_some()),
        grant: node.store.grant(&chain.row.chain, &grant.facts().grant_id)?,
        certified_height: chain.height_under(chain.notes.last()),
        fresh_at_s: quorum.map_or(0, |quorum| quorum.fresh_at(k)),
        now_s,
    })
}

fn refuse(denial: Denial) -> Refusal {
    let advice = match denial.code {
        Code::NotFresh | Code::TryAgain => "try again later, or at another node of the circle",
        Code::NotInForce | Code::NotInCircle => "try another node, or wait for the patient's phone to sync",
        Code::Revoked | Code::Expired => "ask the patient for a new grant if care needs it",
        _ => "ask for what the grant allows, with the key that it names",
    };
    Refusal::new(denial.code, denial.words, advice)
}

/// What an access entry states besides who asked.
struct Entry {
    stated: Outcome,
    slots: Vec<ServedSlot>,
    as_of: Option<AsOf>,
    now_s: u64,
}

fn enter(node: &Node, chain: &Chain, asking: &Asking, entry: Entry) -> Admitted<()> {
    let id = chain.row.chain;
    let mut make = |seq, previous| {
        let position = EntryPosition { seq, previous };
        let mut stated = AccessEntry::new(id, position, entry.now_s, access(asking), entry.stated);
        stated.slots = entry.slots.clone();
        stated.as_of = entry.as_of;
        sign_access_entry(&chain.keys.entry, &stated)
    };
    match node.store.append_access(&id, (&asking.signer(), &asking.request.nonce()), &mut make)? {
        Some(_) => Ok(()),
        None => Err(replayed()),
    }
}

/// Who asked. Holder and delegates are named only when the key that signed is theirs: a copied token accuses nobody.
fn access(asking: &Asking) -> Access {
    let facts = asking.grant.facts();
    let (holder, delegates) = match asking.is_user() {
        true => (facts.holder, asking.delegation.delegates()),
        false => (asking.signer(), Vec::new()),
    };
    Access {
        grant_id: facts.grant_id,
        holder,
        delegates,
        action: ACTION_READ.to_owned(),
        purpose: asking.request.purpose().chars().take(PURPOSE_LIMIT).collect(),
    }
}
