//! Checks pages one after the other, from whichever node they come, and hands on what holds.

mod opener;
mod words;

use crate::{
    GranteeKeys,
    check::{Check, CheckFailed, Checks, Failing},
    outcome::SinkError,
    proof::{AsOf, Proofs},
    row::{ReadSegment, check_row},
};
use opener::Opener;
use pulsebook_protocol::{
    bytes::{CategoryLabel, Commitment, Digest},
    card::GrantFile,
    checkpoint::UnixSeconds,
    commitment::Dek,
    delegation::VerifiedDelegation,
    directory::DirectoryNode,
    grant::VerifiedGrant,
    read::{ReadPage, ReadPosition, ReadRelease, ReadRow},
    release::{ReleasePosition, ReleaseRow, VerifiedReleaseHeader, verify_release_header},
};
use std::collections::BTreeMap;

/// Why a page was not taken to its end. What was handed on before is checked and stays.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The node's page does not hold.
    #[error(transparent)]
    Check(#[from] CheckFailed),
    /// Whoever gets the segments cannot take more.
    #[error("the readings could not be handed on: {0}")]
    Sink(SinkError),
}

/// The state of one read, without network. Memory: one page, and one exported secret for 30 days of releases.
#[derive(Debug)]
pub struct Verifier<'a> {
    file: &'a GrantFile,
    keys: &'a GranteeKeys,
    wanted: Vec<CategoryLabel>,
    purpose: &'a str,
    proofs: Option<Proofs>,
    allowed: Vec<CategoryLabel>,
    current: Option<Current>,
    position: Option<ReadPosition>,
    opener: Opener,
    checks: Checks,
    segments: u64,
    withheld: u64,
    without_key: u64,
    kept: Option<BTreeMap<Commitment, Dek>>,
}

/// The release that is being read.
#[derive(Debug)]
struct Current {
    hash: Digest,
    next: ReleasePosition,
    epoch: u32,
    rows: usize,
    next_row: usize,
}

impl<'a> Verifier<'a> {
    /// Begins a read of these labels for this purpose (a code of [`pulsebook_protocol::grant::Purpose`]).
    pub fn new(
        file: &'a GrantFile,
        keys: &'a GranteeKeys,
        wanted: Vec<CategoryLabel>,
        purpose: &'a str,
    ) -> Self {
        Verifier {
            file,
            keys,
            wanted,
            purpose,
            proofs: None,
            allowed: Vec::new(),
            current: None,
            position: None,
            opener: Opener::default(),
            checks: Checks::default(),
            segments: 0,
            withheld: 0,
            without_key: 0,
            kept: None,
        }
    }

    /// The last row that was done; the next page begins after it, at whichever node.
    pub fn position(&self) -> Option<ReadPosition> {
        self.position
    }

    /// What was demanded so far and how often it held.
    pub fn checks(&self) -> &Checks {
        &self.checks
    }

    /// The checkpoint of the last page.
    pub fn as_of(&self) -> Option<AsOf> {
        self.proofs.as_ref().map(|proofs| proofs.as_of)
    }

    /// The same, remembering each segment's key, to hand it on.
    pub(crate) fn keeping_keys(mut self) -> Self {
        self.kept = Some(BTreeMap::new());
        self
    }

    /// The keys of all segments that were handed on so far, if they were to be kept.
    pub(crate) fn take_keys(&mut self) -> BTreeMap<Commitment, Dek> {
        self.kept.take().unwrap_or_default()
    }

    /// Token and list, once a page's proofs held.
    pub(crate) fn grant(&self) -> Option<(&VerifiedGrant, &VerifiedDelegation)> {
        self.proofs.as_ref().map(|proofs| (&proofs.grant, &proofs.delegation))
    }

    /// The circle's nodes, once a directory was checked.
    pub fn nodes(&self) -> &[DirectoryNode] {
        self.proofs.as_ref().map_or(&[], |proofs| &proofs.nodes)
    }

    /// Segments handed on so far, and rows that the node withheld because they were not asked for or not granted.
    pub fn counts(&self) -> (u64, u64) {
        (self.segments, self.withheld)
    }

    /// Segments that a delegate could not open: they were released after the grant was passed on to it.
    pub fn without_key(&self) -> u64 {
        self.without_key
    }

    /// Checks a page and hands on each segment of it as soon as it holds.
    ///
    /// # Errors
    /// [`PageError`]: the first demand that is not met, or the sink's own error.
    pub fn take(
        &mut self,
        page: &ReadPage,
        now_s: UnixSeconds,
        sink: &mut dyn FnMut(ReadSegment) -> Result<(), SinkError>,
    ) -> Result<(), PageError> {
        self.take_proofs(page, now_s)?;
        let before = self.position;
        for release in &page.releases {
            self.take_release(release, sink)?;
        }
        if let Some(missing) = page.missing_seq {
            let why = format!("this node lacks release {missing}, though later ones exist");
            return Err(CheckFailed::new(Check::ReleaseHeaders, why).into());
        }
        match page.next {
            None => Ok(self.check_finished()?),
            Some(_) if self.position == before => {
                Err(CheckFailed::new(Check::Complete, "the node says that there is more, but sends nothing")
                    .into())
            }
            Some(_) => Ok(()),
        }
    }

    fn take_proofs(&mut self, page: &ReadPage, now_s: UnixSeconds) -> Result<(), CheckFailed> {
        match &mut self.proofs {
            Some(proofs) if page.epochs.is_none() => proofs.check_again(page, now_s, &mut self.checks)?,
            _ => self.proofs = Some(Proofs::check(page, self.file, self.keys, now_s, &mut self.checks)?),
        }
        if let Some(proofs) = &self.proofs {
            self.allowed = proofs.allowed(&self.wanted, self.purpose, now_s)?;
            self.opener.prepare(self.file, self.keys, proofs, &mut self.checks)?;
        }
        Ok(())
    }

    fn take_release(
        &mut self,
        release: &ReadRelease,
        sink: &mut dyn FnMut(ReadSegment) -> Result<(), SinkError>,
    ) -> Result<(), PageError> {
        let header = self.check_header(&release.header.0)?;
        self.enter(&header)?;
        let keys = self.opener.open(self.keys, &header, &release.ciphertext.0, &mut self.checks)?;
        for row in &release.rows {
            if let Some(segment) = self.take_row(row, &keys)? {
                sink(segment).map_err(PageError::Sink)?;
                self.segments += 1;
            }
            self.step(&header);
        }
        Ok(())
    }

    fn check_header(&self, bytes: &[u8]) -> Result<VerifiedReleaseHeader, CheckFailed> {
        let epochs = self.proofs.as_ref().map_or(&[][..], Proofs::epochs);
        let mut refusal = CheckFailed::new(Check::ReleaseHeaders, "no epoch is known");
        for epoch in epochs.iter().rev() {
            match verify_release_header(bytes, &epoch.log_key()).failing(Check::ReleaseHeaders) {
                Ok(header) if header.header().epoch == epoch.number() => return self.check_target(header),
                Ok(_) => refusal.why = "it is signed by the log key of another epoch".into(),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    fn check_target(&self, header: VerifiedReleaseHeader) -> Result<VerifiedReleaseHeader, CheckFailed> {
        let grant_id = self.proofs.as_ref().map(|proofs| proofs.grant.facts().grant_id);
        if header.header().chain != self.file.chain || Some(header.header().grant_id) != grant_id {
            return Err(CheckFailed::new(Check::ReleaseHeaders, "it is a release of another grant"));
        }
        Ok(header)
    }

    /// Goes on with the release of the page before, or on to the one that must follow it.
    fn enter(&mut self, header: &VerifiedReleaseHeader) -> Result<(), CheckFailed> {
        if self.current.as_ref().is_some_and(|current| current.hash == header.hash()) {
            return Ok(());
        }
        self.check_finished()?;
        let epoch = header.header().epoch;
        let expected = match &self.current {
            Some(current) if current.epoch == epoch => current.next,
            Some(current) if current.epoch > epoch => {
                return Err(CheckFailed::new(Check::ReleaseHeaders, "releases go back to an earlier epoch"));
            }
            _ => ReleasePosition::FIRST,
        };
        header.check_follows(&expected).failing(Check::ReleaseHeaders)?;
        self.checks.held_with(Check::ReleaseHeaders, format!("up to release {}", header.header().seq));
        let (hash, next, rows) = (header.hash(), header.next_position(), header.header().rows.len());
        self.current = Some(Current { hash, next, epoch, rows, next_row: 0 });
        Ok(())
    }

    fn take_row(
        &mut self,
        row: &ReadRow,
        keys: &[(ReleaseRow, Option<Dek>)],
    ) -> Result<Option<ReadSegment>, CheckFailed> {
        let expected = self.current.as_ref().map_or(0, |current| current.next_row);
        let found = usize::try_from(row.row()).unwrap_or(usize::MAX);
        let released = keys.get(found).filter(|_| found == expected);
        let left_out =
            || CheckFailed::new(Check::Complete, format!("row {found} came, row {expected} was expected"));
        let (released, dek) = released.ok_or_else(left_out)?;
        match (row, &self.proofs) {
            (ReadRow::Withheld { .. }, _) if self.allowed.contains(&released.label) => {
                let why = format!("row {found} was asked for and is granted, but was withheld");
                Err(CheckFailed::new(Check::Complete, why))
            }
            (ReadRow::Served(_), _) if !self.wanted.contains(&released.label) => {
                Err(CheckFailed::new(Check::Label, format!("row {found} was served but not asked for")))
            }
            (ReadRow::Served(served), Some(proofs)) => {
                let Some(dek) = dek else {
                    self.without_key += 1;
                    return Ok(None);
                };
                let segment = check_row(*released, served, dek, proofs, self.file, &mut self.checks)?;
                if let Some(kept) = &mut self.kept {
                    kept.insert(released.commitment, dek.duplicate());
                }
                Ok(Some(segment))
            }
            _ => {
                self.withheld += 1;
                Ok(None)
            }
        }
    }

    /// A row is done: a page that comes later begins behind it.
    fn step(&mut self, header: &VerifiedReleaseHeader) {
        let Some(current) = &mut self.current else { return };
        let row = u32::try_from(current.next_row).unwrap_or(u32::MAX);
        current.next_row += 1;
        self.position = Some(ReadPosition { epoch: current.epoch, seq: header.header().seq, row });
    }

    /// Before the next release, and at the end, no row may be missing.
    fn check_finished(&mut self) -> Result<(), CheckFailed> {
        match &self.current {
            Some(current) if current.next_row < current.rows => {
                let why = format!("{} of {} rows of a release came", current.next_row, current.rows);
                Err(CheckFailed::new(Check::Complete, why))
            }
            Some(_) => {
                self.checks.held(Check::Complete);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
