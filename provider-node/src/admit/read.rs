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
    grant::{ACTION_READ, VerifiedGrant, verify_grant},
    key::PublicKey,
    read::ReadQuery,
    request::VerifiedRequest,
};

/// The longest purpose that is copied into an access entry, in bytes.
const PURPOSE_LIMIT: usize = 64;

/// Serves one read page, or refuses. Whoever proved a token and its key gets an access entry either way.
pub(crate) fn read(node: &Node, id: &ChainId, request: &Incoming, now_s: u64) -> Admitted<Vec<u8>> {
    let chain = Chain::load(node, id)?;
    let verified = authenticate_grantee(node, request, now_s)?;
    let grant = token_of(&chain, &verified)?;
    let outcome = answer(node, &chain, &grant, &verified, &request.body, now_s);
    let (stated, slots, as_of) = match &outcome {
        Ok(page) => (Outcome::Permit, page.slots.clone(), Some(page.as_of)),
        Err(refusal) => (Outcome::Deny(refusal.code()), Vec::new(), None),
    };
    let entry = Entry { stated, slots, as_of, now_s };
    enter(node, &chain, &grant, &verified, entry)?;
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

fn answer(
    node: &Node,
    chain: &Chain,
    grant: &VerifiedGrant,
    request: &VerifiedRequest,
    body: &[u8],
    now_s: u64,
) -> Admitted<Page> {
    let query = ReadQuery::decode_body(body).map_err(Refusal::malformed)?;
    let standing = standing(node, chain, grant, now_s)?;
    let permitted: PermittedLabels =
        decide_read(grant, &request.signer(), &standing, &query.labels, request.purpose()).map_err(refuse)?;
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

fn enter(
    node: &Node,
    chain: &Chain,
    grant: &VerifiedGrant,
    request: &VerifiedRequest,
    entry: Entry,
) -> Admitted<()> {
    let id = chain.row.chain;
    let signer: PublicKey = request.signer();
    let mut make = |seq, previous| {
        let access = Access {
            grant_id: grant.facts().grant_id,
            holder: signer,
            delegates: Vec::new(),
            action: ACTION_READ.to_owned(),
            purpose: request.purpose().chars().take(PURPOSE_LIMIT).collect(),
        };
        let position = EntryPosition { seq, previous };
        let mut stated = AccessEntry::new(id, position, entry.now_s, access, entry.stated);
        stated.slots = entry.slots.clone();
        stated.as_of = entry.as_of;
        sign_access_entry(&chain.keys.entry, &stated)
    };
    match node.store.append_access(&id, (&signer, &request.nonce()), &mut make)? {
        Some(_) => Ok(()),
        None => Err(replayed()),
    }
}
