//! Reading a token's blocks: exactly the facts of a grant, then blocks of plain checks, nothing else.
//!
//! The blocks are read as the structures the library decoded, not as printed Datalog: text could be made to lie.

use super::{ACTION_READ, GrantFacts, Purpose};
use crate::{bytes::CategoryLabel, envelope::Suite, request_key::RequestKey};
use biscuit_auth::{
    datalog::SymbolTable,
    format::schema::{self, op, op_binary, op_unary, term::Content},
};
use std::collections::BTreeSet;

type Refused<T> = Result<T, &'static str>;

/// Most blocks of attenuations.
const MAX_BLOCKS: usize = 16;
/// Most checks in one of them, and queries in one check.
const MAX_CHECKS: usize = 16;
/// Most predicates that one query joins: what bounds the work of one check.
const MAX_JOINED: usize = 4;
const HOUR_S: u64 = 3600;

/// Reads the authority block's facts and refuses every block that is not of the one shape.
pub(super) fn read_blocks(blocks: &[schema::SnapshotBlock], symbols: &SymbolTable) -> Refused<GrantFacts> {
    let (authority, attenuations) = blocks.split_first().ok_or("it has no authority block")?;
    if attenuations.len() > MAX_BLOCKS {
        return Err("more than 16 attenuations");
    }
    attenuations.iter().try_for_each(check_attenuation)?;
    read_authority(authority, symbols)
}

fn read_authority(block: &schema::SnapshotBlock, symbols: &SymbolTable) -> Refused<GrantFacts> {
    let bare = block.rules.is_empty()
        && block.checks.is_empty()
        && block.scope.is_empty()
        && block.context.is_none()
        && block.external_key.is_none();
    if !bare {
        return Err("its authority block has more in it than facts");
    }
    let mut found = Found::default();
    for fact in &block.facts {
        found.take(&fact.predicate, symbols)?;
    }
    found.finish()
}

/// The facts found so far; each may come once, rights several times.
#[derive(Default)]
struct Found {
    chain: Option<[u8; 32]>,
    grant_id: Option<[u8; 16]>,
    holder: Option<RequestKey>,
    receive: Option<([u8; 32], i64)>,
    labels: BTreeSet<CategoryLabel>,
    purposes: Option<Vec<Purpose>>,
    from: Option<u64>,
    to: Option<u64>,
    expires: Option<u64>,
    max_stale: Option<i64>,
    delegate: Option<i64>,
}

impl Found {
    fn take(&mut self, predicate: &schema::Predicate, symbols: &SymbolTable) -> Refused<()> {
        let contents: Option<Vec<&Content>> =
            predicate.terms.iter().map(|term| term.content.as_ref()).collect();
        let contents = contents.ok_or("an empty term")?;
        let name = symbols.get_symbol(predicate.name).ok_or("a fact without a name")?;
        match (name, contents.as_slice()) {
            ("chain", [Content::Bytes(bytes)]) => once(&mut self.chain, exact(bytes)?),
            ("grant_id", [Content::Bytes(bytes)]) => once(&mut self.grant_id, exact(bytes)?),
            ("holder", [Content::Bytes(bytes)]) => once(&mut self.holder, holder(bytes)?),
            ("receive", [Content::Bytes(bytes), Content::Integer(suite)]) => {
                once(&mut self.receive, (exact(bytes)?, *suite))
            }
            ("right", [Content::String(action), Content::Bytes(label)]) => {
                self.take_right(symbols.get_symbol(*action), label)
            }
            ("purposes", [Content::Set(set)]) => once(&mut self.purposes, purposes(set, symbols)?),
            ("from", [Content::Date(date)]) => once(&mut self.from, *date),
            ("to", [Content::Date(date)]) => once(&mut self.to, *date),
            ("expires", [Content::Date(date)]) => once(&mut self.expires, *date),
            ("max_stale", [Content::Integer(seconds)]) => once(&mut self.max_stale, *seconds),
            ("delegate", [Content::Integer(hops)]) => once(&mut self.delegate, *hops),
            _ => Err("a fact that no grant has, or with other terms"),
        }
    }

    fn take_right(&mut self, action: Option<&str>, label: &[u8]) -> Refused<()> {
        if action != Some(ACTION_READ) {
            return Err("a right to something else than read");
        }
        match self.labels.insert(CategoryLabel::from_bytes(exact(label)?)) {
            true => Ok(()),
            false => Err("the same right twice"),
        }
    }

    fn finish(self) -> Refused<GrantFacts> {
        const MISSING: &str = "a fact that every grant has is missing";
        let (receive_hash, suite) = self.receive.ok_or(MISSING)?;
        let (from_s, to_s) = (self.from.ok_or(MISSING)?, self.to.ok_or(MISSING)?);
        let purposes = self.purposes.ok_or(MISSING)?;
        if self.labels.is_empty() || purposes.is_empty() {
            return Err(MISSING);
        }
        if from_s >= to_s || !from_s.is_multiple_of(HOUR_S) || !to_s.is_multiple_of(HOUR_S) {
            return Err("a range that is empty or not on whole hours");
        }
        let suite = u16::try_from(suite).ok().and_then(|number| Suite::from_wire(number).ok());
        Ok(GrantFacts {
            chain: crate::bytes::ChainId::from_bytes(self.chain.ok_or(MISSING)?),
            grant_id: crate::bytes::GrantId::from_bytes(self.grant_id.ok_or(MISSING)?),
            holder: self.holder.ok_or(MISSING)?,
            receive_hash: crate::bytes::Digest::from_bytes(receive_hash),
            suite: suite.ok_or("an HPKE suite that is not supported")?,
            labels: self.labels.into_iter().collect(),
            purposes,
            from_ms: ms(from_s)?,
            to_ms: ms(to_s)?,
            expires_s: self.expires.ok_or(MISSING)?,
            max_stale_s: number(self.max_stale.ok_or(MISSING)?)?,
            delegate: number(self.delegate.ok_or(MISSING)?)?,
        })
    }
}

fn once<T>(place: &mut Option<T>, value: T) -> Refused<()> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err("the same fact twice"),
    }
}

fn exact<const N: usize>(bytes: &[u8]) -> Refused<[u8; N]> {
    bytes.try_into().map_err(|_| "a fact whose bytes have the wrong length")
}

fn holder(bytes: &[u8]) -> Refused<RequestKey> {
    RequestKey::from_bytes(bytes).map_err(|_| "a holder key that may not be enrolled")
}

fn number<T: TryFrom<i64>>(value: i64) -> Refused<T> {
    T::try_from(value).map_err(|_| "a number out of range")
}

fn ms(seconds: u64) -> Refused<i64> {
    seconds.checked_mul(1000).and_then(|ms| i64::try_from(ms).ok()).ok_or("a date out of range")
}

fn purposes(set: &schema::TermSet, symbols: &SymbolTable) -> Refused<Vec<Purpose>> {
    let purpose = |term: &schema::Term| match &term.content {
        Some(Content::String(symbol)) => symbols.get_symbol(*symbol).and_then(|code| code.parse().ok()),
        _ => None,
    };
    let found: Option<BTreeSet<Purpose>> = set.set.iter().map(purpose).collect();
    let found = found.filter(|found| found.len() == set.set.len());
    found.map(|found| found.into_iter().collect()).ok_or("purposes that this version does not know")
}

/// An attenuation: checks in the Datalog that every implementation reads and that ends quickly.
fn check_attenuation(block: &schema::SnapshotBlock) -> Refused<()> {
    if !block.facts.is_empty() || !block.rules.is_empty() || block.external_key.is_some() {
        return Err("an appended block has more in it than checks");
    }
    if block.checks.len() > MAX_CHECKS {
        return Err("an appended block has more than 16 checks");
    }
    block.checks.iter().try_for_each(|check| {
        if check.queries.len() > MAX_CHECKS {
            return Err("an appended check has more than 16 alternatives");
        }
        check.queries.iter().try_for_each(check_query)
    })
}

fn check_query(query: &schema::Rule) -> Refused<()> {
    if query.body.len() > MAX_JOINED {
        return Err("an appended check joins more than 4 predicates");
    }
    let terms = query.body.iter().flat_map(|predicate| &predicate.terms);
    let ops = query.expressions.iter().flat_map(|expression| &expression.ops);
    let plain = terms.chain(&query.head.terms).all(is_plain_term) && ops.clone().all(is_plain_op);
    if plain {
        Ok(())
    } else {
        Err("an appended check has an array, a map, null, or an operator that is not Datalog 3.0")
    }
}

fn is_plain_term(term: &schema::Term) -> bool {
    match &term.content {
        Some(Content::Null(_) | Content::Array(_) | Content::Map(_)) | None => false,
        Some(Content::Set(set)) => set.set.iter().all(is_plain_term),
        Some(_) => true,
    }
}

fn is_plain_op(op: &schema::Op) -> bool {
    use op_binary::Kind;
    match &op.content {
        Some(op::Content::Value(term)) => is_plain_term(term),
        Some(op::Content::Unary(unary)) => {
            unary.kind <= op_unary::Kind::Length as i32 && unary.kind >= 0 && unary.ffi_name.is_none()
        }
        Some(op::Content::Binary(binary)) => {
            let datalog_3 = (Kind::LessThan as i32..=Kind::Union as i32).contains(&binary.kind);
            datalog_3 && binary.kind != Kind::Regex as i32 && binary.ffi_name.is_none()
        }
        Some(op::Content::Closure(_)) | None => false,
    }
}
