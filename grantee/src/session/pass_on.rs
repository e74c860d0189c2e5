//! Passing a grant on: reads what there is, narrows the token, signs the next link, and seals the keys to the delegate.

use super::{ReadRequest, ReadSession};
use crate::{
    outcome::{ReadError, ReadReport},
    verifier::Verifier,
};
use pulsebook_protocol::{
    card::{Delegated, GrantFile, GranteeCard},
    checkpoint::UnixSeconds,
    delegation::{HandedError, HandedFor, MAX_LINKS, MakeLinkError, encode_list, seal_handed, sign_link},
    grant::{Narrowing, Purpose, TermsError, attenuate},
    random::Random,
    time_text::minute_utc,
    vital::Category,
};

/// To whom, what, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassOn {
    /// The delegate's card.
    pub to: GranteeCard,
    /// Categories; empty: all that the grant file names.
    pub categories: Vec<Category>,
    /// Until when: UTC seconds.
    pub not_after_s: UnixSeconds,
    /// How many times the delegate may pass it on; 0 is never.
    pub hops: u8,
    /// For what it is read to be passed on: goes into the access entry.
    pub purpose: Purpose,
}

/// A grant that was passed on.
#[derive(Debug)]
pub struct PassedOn {
    /// The file for the delegate, and for nobody else.
    pub file: GrantFile,
    /// How many segments it can open with it.
    pub segments: usize,
    /// The read that gave their keys.
    pub report: ReadReport,
}

/// A grant that cannot be passed on.
#[derive(Debug, thiserror::Error)]
pub enum PassOnError {
    /// The patient, or whoever passed it on, did not allow it.
    #[error(
        "the grant may be passed on {left} more time(s), and {asked} would be needed; ask the patient for a grant with --delegate"
    )]
    NotAllowed {
        /// Links that are still allowed.
        left: u8,
        /// Links that were asked for, this one included.
        asked: u32,
    },
    /// A category that the file does not name.
    #[error("the grant file does not name {}; only what was granted can be passed on", .0.name())]
    NotGranted(Category),
    /// It would be over before it began.
    #[error("it would end at {}, which is past; choose a later end", minute_utc(*.0))]
    Over(UnixSeconds),
    /// It could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The token.
    #[error(transparent)]
    Token(#[from] TermsError),
    /// The link.
    #[error(transparent)]
    Link(#[from] MakeLinkError),
    /// The keys.
    #[error(transparent)]
    Handed(#[from] HandedError),
}

impl ReadSession {
    /// Passes the grant on. What is released after this is not in the file: the delegate then needs a new one.
    ///
    /// # Errors
    /// [`PassOnError`].
    pub async fn pass_on(
        &self,
        wish: &PassOn,
        clock: &(dyn Fn() -> UnixSeconds + Sync),
        random: &mut dyn Random,
    ) -> Result<PassedOn, PassOnError> {
        let categories = self.check(wish, clock())?;
        let request = ReadRequest { purpose: wish.purpose, categories: categories.clone() };
        let labels = self.labels(&categories);
        let mut verifier =
            Verifier::new(&self.file, &self.keys, labels.clone(), wish.purpose.code()).keeping_keys();
        let report = self.read_all(&mut verifier, &request, clock, random, &mut |_| Ok(())).await?;
        let Some((grant, delegation)) = verifier.grant() else {
            return Err(ReadError::NoNode { left: report.left }.into());
        };
        let (left, grant_id) = (delegation.hops_left(grant.facts()), grant.facts().grant_id);
        if wish.hops >= left {
            return Err(PassOnError::NotAllowed { left, asked: u32::from(wish.hops) + 1 });
        }
        let narrowing =
            Narrowing { labels: Some(labels), expires_s: Some(wish.not_after_s), ..Narrowing::default() };
        let token = attenuate(&self.file.token, &narrowing, random)?;
        let links = self.links(wish, &token)?;
        let what = HandedFor { chain: &self.file.chain, grant_id: &grant_id, list: &encode_list(&links) };
        let keys = verifier.take_keys();
        let handed = seal_handed(wish.to.receive_key(), what, &keys, random)?;
        let file = self.file_for(wish, categories, token, Delegated { links, handed });
        Ok(PassedOn { file, segments: keys.len(), report })
    }

    fn check(&self, wish: &PassOn, now_s: UnixSeconds) -> Result<Vec<Category>, PassOnError> {
        if wish.not_after_s <= now_s {
            return Err(PassOnError::Over(wish.not_after_s));
        }
        if let Some(missing) = wish.categories.iter().find(|one| !self.file.categories.contains(one)) {
            return Err(PassOnError::NotGranted(*missing));
        }
        let all = wish.categories.is_empty();
        Ok(if all { self.file.categories.clone() } else { wish.categories.clone() })
    }

    /// The list so far, and the link of this key to the next.
    fn links(&self, wish: &PassOn, token: &[u8]) -> Result<Vec<Vec<u8>>, PassOnError> {
        let mut links = self.file.delegated.as_ref().map(|before| before.links.clone()).unwrap_or_default();
        if links.len() >= MAX_LINKS {
            return Err(PassOnError::NotAllowed { left: 0, asked: u32::from(wish.hops) + 1 });
        }
        let by = self.keys.request_key();
        links.push(sign_link(by, token, wish.to.request_key(), wish.not_after_s, wish.hops)?);
        Ok(links)
    }

    fn file_for(
        &self,
        wish: &PassOn,
        categories: Vec<Category>,
        token: Vec<u8>,
        delegated: Delegated,
    ) -> GrantFile {
        let names: Vec<&str> = categories.iter().map(|category| category.name()).collect();
        let (to, by, until) = (wish.to.name(), self.keys.name(), minute_utc(wish.not_after_s));
        let sentence =
            format!("{} Passed on by {by} to {to}: {}, until {until}.", self.file.sentence, names.join(", "));
        GrantFile {
            token,
            chain: self.file.chain,
            first_root: self.file.first_root,
            salt: self.file.salt,
            label_key: self.file.label_key.duplicate(),
            categories,
            directory: self.file.directory.clone(),
            sentence,
            delegated: Some(delegated),
        }
    }
}
