//! Checking tokens: the signature and shape once, then each request against terms and attenuations.

use super::{
    ACTION_READ, GrantError, GrantFacts, MAX_TOKEN_BYTES, Purpose, digest::digests_of, facts::read_blocks,
};
use crate::{
    answer::Code,
    bytes::{CategoryLabel, Digest},
    hash::sha256,
    key::PublicKey,
    time_text::rfc3339,
};
use biscuit_auth::{
    AuthorizerBuilder, AuthorizerLimits, Biscuit,
    builder::{Term, fact},
    datalog::SymbolTable,
    error,
    format::schema::{SignedBlock, public_key::Algorithm},
};
use std::{cell::Cell, fmt, time::Duration};

/// Most facts, derived ones included, in one authorisation.
const MAX_FACTS: u64 = 256;
/// Most rounds of rules in one authorisation.
const MAX_ITERATIONS: u64 = 16;
/// Most wall-clock time for one label; the library's own default, 1 ms, refuses at random on a busy machine.
const MAX_TIME: Duration = Duration::from_millis(250);

/// A token that the consent key signed and that has the shape of a grant. What it allows is asked with
/// [`VerifiedGrant::authorise`].
///
/// ```
/// use pulsebook_protocol::{bytes::*, envelope::Suite, grant::*, key::SigningKey, random::SystemRandom, secret::Secret32,
///     vital::Category};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut random = SystemRandom;
/// let (consent_key, label_key) = (SigningKey::make(&mut random)?, Secret32::make(&mut random)?);
/// let terms = GrantTerms {
///     chain: ChainId::from_bytes([0; 32]), grant_id: GrantId::from_bytes([0; 16]),
///     holder: SigningKey::make(&mut random)?.public().into(), receive_hash: Digest::ZERO, suite: Suite::XWing,
///     categories: vec![Category::Heart], purposes: vec![Purpose::Treatment],
///     from_ms: 1_793_527_200_000, to_ms: 1_796_083_200_000, expires_s: 1_796_083_200, max_stale_s: 86_400, delegate: 0,
/// };
/// let minted = mint_grant(&consent_key, 1, &terms, &label_key, &mut random)?;
/// let grant = verify_grant(&minted.bytes, |epoch| (epoch == 1).then(|| consent_key.public()))?;
/// let wanted = [Category::Heart, Category::Temperature].map(|category| category_label(&label_key, category));
/// let request = GrantRequest { now_s: 1_793_600_000, action: ACTION_READ, labels: &wanted, purpose: "TREAT" };
/// assert_eq!(grant.authorise(&request)?, [wanted[0]]);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct VerifiedGrant {
    token: Biscuit,
    facts: GrantFacts,
    authority_hash: Digest,
    digests: Vec<Digest>,
    mint_epoch: u32,
}

impl fmt::Debug for VerifiedGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedGrant").field("facts", &self.facts).finish_non_exhaustive()
    }
}

/// What somebody wants to do with a grant.
#[derive(Clone, Copy, Debug)]
pub struct GrantRequest<'a> {
    /// The node's clock, UTC seconds.
    pub now_s: u64,
    /// [`ACTION_READ`].
    pub action: &'a str,
    /// What is wanted.
    pub labels: &'a [CategoryLabel],
    /// The purpose's code, as sent.
    pub purpose: &'a str,
}

/// Why a valid token does not allow a request. [`GrantRefusal::code`] is the answer's code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantRefusal {
    /// Past its end.
    #[error("the grant expired at {}", rfc3339(*.expires_s))]
    Expired {
        /// When it ended, UTC seconds.
        expires_s: u64,
    },
    /// Not one of the grant's purposes.
    #[error("the grant is not for purpose `{asked}`")]
    WrongPurpose {
        /// The purpose asked for.
        asked: String,
    },
    /// None of the labels, or another action.
    #[error("the grant, as narrowed by whoever passed it on, allows nothing of what was asked for")]
    NotGranted,
    /// A limit was hit. Says nothing about what is allowed.
    #[error("the token could not be checked within its limits: try again")]
    TryAgain,
}

impl GrantRefusal {
    /// The code of the answer and of the access entry.
    pub fn code(&self) -> Code {
        match self {
            GrantRefusal::Expired { .. } => Code::Expired,
            GrantRefusal::WrongPurpose { .. } => Code::WrongPurpose,
            GrantRefusal::NotGranted => Code::NotGranted,
            GrantRefusal::TryAgain => Code::TryAgain,
        }
    }
}

/// Checks a token: size, signatures from the consent key of its epoch on, shape of every block.
///
/// `consent_key` answers with the consent key of an epoch, if that epoch is known.
///
/// # Errors
/// [`GrantError`] says which of these failed.
pub fn verify_grant(
    token: &[u8],
    consent_key: impl Fn(u32) -> Option<PublicKey>,
) -> Result<VerifiedGrant, GrantError> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(GrantError::TooLarge { found: token.len() });
    }
    let (token, mint_epoch) = verify_signatures(token, consent_key)?;
    let container = token.container().to_proto();
    let signed_blocks = || std::iter::once(&container.authority).chain(&container.blocks);
    let ours = |block: &SignedBlock| {
        block.next_key.algorithm == Algorithm::Ed25519 as i32 && block.external_signature.is_none()
    };
    if !signed_blocks().all(ours) {
        return Err(GrantError::NotAGrant("it has a third party's block or a key that is not Ed25519"));
    }
    let authority_hash = sha256(&[&container.authority.block]);
    let facts = read_facts(&token)?;
    let digests = digests_of(&token.revocation_identifiers());
    Ok(VerifiedGrant { token, facts, authority_hash, digests, mint_epoch })
}

fn verify_signatures(
    token: &[u8],
    consent_key: impl Fn(u32) -> Option<PublicKey>,
) -> Result<(Biscuit, u32), GrantError> {
    let (asked, known) = (Cell::new(None), Cell::new(false));
    let choose = |epoch: Option<u32>| {
        asked.set(epoch);
        let key = epoch.and_then(&consent_key).ok_or(error::Format::UnknownPublicKey)?;
        known.set(true);
        biscuit_auth::PublicKey::from_bytes(key.as_bytes(), biscuit_auth::Algorithm::Ed25519)
    };
    match (Biscuit::from(token, choose), asked.get()) {
        (Ok(token), Some(epoch)) => Ok((token, epoch)),
        (Err(error::Token::Format(error::Format::UnknownPublicKey)), epoch) if !known.get() => {
            Err(GrantError::UnknownEpoch(epoch))
        }
        (Ok(_), None) => Err(GrantError::UnknownEpoch(None)),
        (Err(error), _) => Err(GrantError::NotSigned(error.to_string())),
    }
}

fn read_facts(token: &Biscuit) -> Result<GrantFacts, GrantError> {
    let unreadable = |_| GrantError::NotAGrant("its blocks cannot be read");
    let world = token
        .authorizer()
        .map_err(unreadable)?
        .snapshot()
        .map_err(|_| unreadable(error::Token::InternalError))?;
    let symbols = SymbolTable::from(world.world.symbols)
        .map_err(|_| GrantError::NotAGrant("its symbols cannot be read"))?;
    read_blocks(&world.world.blocks, &symbols).map_err(GrantError::NotAGrant)
}

impl VerifiedGrant {
    /// What the authority block says; attenuations may allow less.
    pub fn facts(&self) -> &GrantFacts {
        &self.facts
    }

    /// SHA-256 of the authority block: must be the one of the Grant entry in the chain.
    pub fn authority_hash(&self) -> Digest {
        self.authority_hash
    }

    /// Digests of the token up to each of its blocks, as [`super::token_digests`] has them.
    pub fn digests(&self) -> &[Digest] {
        &self.digests
    }

    /// The epoch whose consent key signed.
    pub fn mint_epoch(&self) -> u32 {
        self.mint_epoch
    }

    /// Which of the wanted labels the grant with all its attenuations allows now, in the order asked.
    ///
    /// # Errors
    /// [`GrantRefusal`] when it allows none; [`GrantRefusal::TryAgain`] when a limit was hit.
    pub fn authorise(&self, request: &GrantRequest<'_>) -> Result<Vec<CategoryLabel>, GrantRefusal> {
        self.authorise_within(request, MAX_TIME)
    }

    pub(super) fn authorise_within(
        &self,
        request: &GrantRequest<'_>,
        max_time: Duration,
    ) -> Result<Vec<CategoryLabel>, GrantRefusal> {
        if request.now_s >= self.facts.expires_s {
            return Err(GrantRefusal::Expired { expires_s: self.facts.expires_s });
        }
        let purpose = request.purpose.parse::<Purpose>().ok();
        if !purpose.is_some_and(|purpose| self.facts.purposes.contains(&purpose)) {
            return Err(GrantRefusal::WrongPurpose { asked: request.purpose.chars().take(40).collect() });
        }
        let mut allowed = Vec::new();
        for label in request.labels {
            let granted = request.action == ACTION_READ && self.facts.labels.contains(label);
            if granted && !allowed.contains(label) && self.attenuations_allow(request, label, max_time)? {
                allowed.push(*label);
            }
        }
        if allowed.is_empty() { Err(GrantRefusal::NotGranted) } else { Ok(allowed) }
    }

    fn attenuations_allow(
        &self,
        request: &GrantRequest<'_>,
        label: &CategoryLabel,
        max_time: Duration,
    ) -> Result<bool, GrantRefusal> {
        let limits = AuthorizerLimits { max_facts: MAX_FACTS, max_iterations: MAX_ITERATIONS, max_time };
        let facts = [
            fact("now", &[Term::Date(request.now_s)]),
            fact("action", &[Term::Str(request.action.into())]),
            fact("label", &[Term::Bytes(label.as_bytes().to_vec())]),
            fact("purpose", &[Term::Str(request.purpose.into())]),
        ];
        let outcome = facts
            .into_iter()
            .try_fold(AuthorizerBuilder::new().set_limits(limits.clone()), AuthorizerBuilder::fact)
            .and_then(|builder| builder.policy("allow if true"))
            .and_then(|builder| builder.build(&self.token))
            .and_then(|mut authorizer| authorizer.authorize_with_limits(limits));
        match outcome {
            Ok(_) => Ok(true),
            Err(error::Token::RunLimit(_)) => Err(GrantRefusal::TryAgain),
            Err(_) => Ok(false),
        }
    }
}
