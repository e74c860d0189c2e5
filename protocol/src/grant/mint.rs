//! Making tokens: the patient mints one, a holder narrows it offline.

use super::{ACTION_READ, GrantTerms, Purpose, category_label};
use crate::{
    bytes::{CategoryLabel, Digest},
    hash::sha256,
    key::SigningKey,
    random::{Random, RandomUnavailable},
    secret::Secret32,
};
use biscuit_auth::{
    Algorithm, BiscuitBuilder, BlockBuilder, KeyPair, PrivateKey, UnverifiedBiscuit,
    builder::{Term, fact},
    datalog::SymbolTable,
};
use std::{
    collections::{BTreeSet, HashMap},
    fmt,
};

const HOUR_MS: i64 = 3_600_000;

/// Terms that no grant can have, or a token that cannot be narrowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// Nothing, or the same twice.
    #[error("a grant needs at least one category and one purpose, each named once")]
    Lists,
    /// Empty, before 1970, or not on whole hours.
    #[error("a grant's range must begin before it ends, on whole hours after 1970")]
    Range,
    /// The library refused.
    #[error("the token could not be made: {0}")]
    Token(String),
    /// No randomness for the token's next key.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
}

impl From<biscuit_auth::error::Token> for TermsError {
    fn from(error: biscuit_auth::error::Token) -> Self {
        TermsError::Token(error.to_string())
    }
}

impl From<biscuit_auth::error::Format> for TermsError {
    fn from(error: biscuit_auth::error::Format) -> Self {
        TermsError::Token(error.to_string())
    }
}

/// A freshly minted token and what the Grant entry in the chain needs to name it.
#[derive(Clone, PartialEq, Eq)]
pub struct GrantToken {
    /// The token's bytes; contains the key that narrows it, so it is sent to the grantee only.
    pub bytes: Vec<u8>,
    /// SHA-256 of its authority block.
    pub authority_hash: Digest,
    /// The epoch whose consent key signed it.
    pub mint_epoch: u32,
}

impl fmt::Debug for GrantToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GrantToken(epoch {}, {})", self.mint_epoch, self.authority_hash)
    }
}

/// Mints a token for these terms with the consent key of `mint_epoch`.
///
/// # Errors
/// [`TermsError`] when the terms are no grant or randomness is missing.
pub fn mint_grant(
    consent_key: &SigningKey,
    mint_epoch: u32,
    terms: &GrantTerms,
    label_key: &Secret32,
    random: &mut dyn Random,
) -> Result<GrantToken, TermsError> {
    check_terms(terms)?;
    let root = key_pair(consent_key.seed())?;
    let next = key_pair(&Secret32::make(random)?)?;
    let mut builder = BiscuitBuilder::new().root_key_id(mint_epoch);
    for (name, values) in authority_facts(terms, label_key) {
        builder = builder.fact(fact(name, &values))?;
    }
    let token = builder.build_with_key_pair(&root, SymbolTable::default(), &next)?;
    let authority_hash = sha256(&[&token.container().to_proto().authority.block]);
    Ok(GrantToken { bytes: token.to_vec()?, authority_hash, mint_epoch })
}

fn check_terms(terms: &GrantTerms) -> Result<(), TermsError> {
    let categories: BTreeSet<_> = terms.categories.iter().collect();
    let purposes: BTreeSet<_> = terms.purposes.iter().collect();
    let lists = [(categories.len(), terms.categories.len()), (purposes.len(), terms.purposes.len())];
    if lists.iter().any(|(distinct, given)| *given == 0 || distinct != given) {
        return Err(TermsError::Lists);
    }
    let whole = terms.from_ms % HOUR_MS == 0 && terms.to_ms % HOUR_MS == 0;
    if !whole || terms.from_ms < 0 || terms.from_ms >= terms.to_ms {
        return Err(TermsError::Range);
    }
    Ok(())
}

/// The facts in the order of docs/protocol.md; rights ascend by label, so that their order tells no category.
fn authority_facts(terms: &GrantTerms, label_key: &Secret32) -> Vec<(&'static str, Vec<Term>)> {
    let bytes = |bytes: &[u8]| Term::Bytes(bytes.to_vec());
    let date_of_ms = |ms: i64| Term::Date(u64::try_from(ms / 1000).unwrap_or(0));
    let labels: BTreeSet<CategoryLabel> =
        terms.categories.iter().map(|category| category_label(label_key, *category)).collect();
    let mut facts = vec![
        ("chain", vec![bytes(terms.chain.as_bytes())]),
        ("grant_id", vec![bytes(terms.grant_id.as_bytes())]),
        ("holder", vec![bytes(terms.holder.as_bytes())]),
        ("receive", vec![bytes(terms.receive_hash.as_bytes()), Term::Integer(terms.suite.wire().into())]),
    ];
    let right =
        |label: CategoryLabel| ("right", vec![Term::Str(ACTION_READ.into()), bytes(label.as_bytes())]);
    facts.extend(labels.into_iter().map(right));
    facts.extend([
        ("purposes", vec![purpose_set(&terms.purposes)]),
        ("from", vec![date_of_ms(terms.from_ms)]),
        ("to", vec![date_of_ms(terms.to_ms)]),
        ("expires", vec![Term::Date(terms.expires_s)]),
        ("max_stale", vec![Term::Integer(terms.max_stale_s.into())]),
        ("delegate", vec![Term::Integer(terms.delegate.into())]),
    ]);
    facts
}

fn purpose_set(purposes: &[Purpose]) -> Term {
    Term::Set(purposes.iter().map(|purpose| Term::Str(purpose.code().into())).collect())
}

fn key_pair(seed: &Secret32) -> Result<KeyPair, TermsError> {
    Ok(KeyPair::from(&PrivateKey::from_bytes(seed.expose(), Algorithm::Ed25519)?))
}

/// What a narrowed token still allows; `None` leaves a side as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowing {
    /// Only these labels.
    pub labels: Option<Vec<CategoryLabel>>,
    /// Only these purposes.
    pub purposes: Option<Vec<Purpose>>,
    /// Only before this second (UTC).
    pub expires_s: Option<u64>,
}

/// Appends checks to a token, offline. The result allows less or the same, never more.
///
/// # Errors
/// [`TermsError`] when the bytes are no token, the token is sealed, or randomness is missing.
pub fn attenuate(
    token: &[u8],
    narrowing: &Narrowing,
    random: &mut dyn Random,
) -> Result<Vec<u8>, TermsError> {
    let mut block = BlockBuilder::new();
    for (code, name, value) in checks_of(narrowing) {
        block = block.code_with_params(code, HashMap::from([(name.to_owned(), value)]), HashMap::new())?;
    }
    let next = key_pair(&Secret32::make(random)?)?;
    Ok(UnverifiedBiscuit::from(token)?.append_with_keypair(&next, block)?.to_vec()?)
}

fn checks_of(narrowing: &Narrowing) -> Vec<(&'static str, &'static str, Term)> {
    let label_set = |labels: &Vec<CategoryLabel>| {
        Term::Set(labels.iter().map(|label| Term::Bytes(label.as_bytes().to_vec())).collect())
    };
    let mut checks = Vec::new();
    if let Some(labels) = &narrowing.labels {
        checks.push(("check if label($l), {labels}.contains($l)", "labels", label_set(labels)));
    }
    if let Some(purposes) = &narrowing.purposes {
        checks.push(("check if purpose($p), {purposes}.contains($p)", "purposes", purpose_set(purposes)));
    }
    if let Some(expires_s) = narrowing.expires_s {
        checks.push(("check if now($t), $t < {expires}", "expires", Term::Date(expires_s)));
    }
    checks
}
