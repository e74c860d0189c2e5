//! One released slot: from the block's proof to the opened segment.

use crate::{
    check::{Check, CheckFailed, Checks, Failing},
    proof::Proofs,
};
use pulsebook_fhir::{BundleError, BundleWriter, Source};
use pulsebook_protocol::{
    block::Block,
    bytes::Commitment,
    card::GrantFile,
    commitment::Dek,
    grant::category_label,
    read::ServedRow,
    reading::{Origin, Reading},
    release::ReleaseRow,
    sealed_segment::{OpenSegmentError, open_segment},
    segment::{Segment, Sensor},
    time_text::minute_utc,
    tree::verify_inclusion,
    vital::Category,
};
use std::io;

/// A segment of which every claim was checked, and where it stands in the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadSegment {
    row: ReleaseRow,
    segment: Segment,
}

impl ReadSegment {
    /// What kind of readings it has.
    pub fn category(&self) -> Category {
        self.segment.category()
    }

    /// What measured.
    pub fn sensor(&self) -> &Sensor {
        self.segment.sensor()
    }

    /// Measured, simulated, replayed or typed in.
    pub fn origin(&self) -> Origin {
        self.segment.origin()
    }

    /// Epoch, height and slot in the record.
    pub fn place(&self) -> (u32, u64, u8) {
        (self.row.epoch, self.row.height, self.row.slot)
    }

    /// What the block says about it.
    pub fn commitment(&self) -> Commitment {
        self.row.commitment
    }

    /// The readings with their marks: vital by vital, each in order of time.
    pub fn readings(&self) -> impl Iterator<Item = Reading> + '_ {
        self.segment.readings()
    }

    /// All of it.
    pub fn segment(&self) -> &Segment {
        &self.segment
    }

    /// Writes the readings into a FHIR Bundle; returns how many Observations they became.
    ///
    /// # Errors
    /// [`BundleError`] when the Bundle's file fails.
    pub fn write_fhir<W: io::Write>(&self, bundle: &mut BundleWriter<W>) -> Result<u64, BundleError> {
        bundle.write(Source { sensor: self.sensor(), origin: self.origin() }, self.readings())
    }
}

/// Checks a served row against its release row and opens it with the released key.
pub(crate) fn check_row(
    row: ReleaseRow,
    served: &ServedRow,
    dek: &Dek,
    proofs: &Proofs,
    file: &GrantFile,
    checks: &mut Checks,
) -> Result<ReadSegment, CheckFailed> {
    check_block(&row, served, proofs, file, checks)?;
    let opened = open_segment(&file.chain, dek, &served.segment).map_err(sort_opening)?;
    let verified = opened.verify_commitment(&row.commitment).failing(Check::Commitment)?;
    checks.held(Check::Commitment);
    // Opening recomputes the root from the columns; it is part of the commitment that was just compared.
    checks.held(Check::DisclosureRoot);
    let segment = verified.into_segment();
    if category_label(&file.label_key, segment.category()) != row.label {
        let why = format!("released as another category, opened as {}", segment.category().name());
        return Err(CheckFailed::new(Check::Label, why));
    }
    checks.held(Check::Label);
    check_range(&segment, proofs)?;
    checks.held(Check::Range);
    Ok(ReadSegment { row, segment })
}

/// A segment is released when it touches the granted time at all; one that lies outside was released wrongly.
fn check_range(segment: &Segment, proofs: &Proofs) -> Result<(), CheckFailed> {
    let (granted, measured) = (proofs.grant.facts(), segment.range());
    if measured.start < granted.to_ms && measured.end > granted.from_ms {
        return Ok(());
    }
    let moment = |ms: i64| minute_utc(u64::try_from(ms.div_euclid(1000)).unwrap_or(0));
    let why = format!(
        "released, but measured from {} to {}, outside the granted {} to {}",
        moment(measured.start),
        moment(measured.end),
        moment(granted.from_ms),
        moment(granted.to_ms)
    );
    Err(CheckFailed::new(Check::Range, why))
}

fn check_block(
    row: &ReleaseRow,
    served: &ServedRow,
    proofs: &Proofs,
    file: &GrantFile,
    checks: &mut Checks,
) -> Result<(), CheckFailed> {
    let block = Block::from_bytes(&served.block).failing(Check::HeaderRow)?;
    let slot = block.commitments.get(usize::from(row.slot));
    let place = (block.chain, block.epoch, block.height);
    if place != (file.chain, row.epoch, row.height) || slot != Some(&row.commitment) {
        let why =
            format!("the release names slot {} of block {}, which has something else", row.slot, row.height);
        return Err(CheckFailed::new(Check::HeaderRow, why));
    }
    checks.held(Check::HeaderRow);
    let checkpoint = proofs.covering(row.epoch)?;
    let index = proofs.epoch(row.epoch).and_then(|epoch| row.height.checked_sub(epoch.first_height()));
    let outside = || CheckFailed::new(Check::Inclusion, "the block lies before its epoch");
    let index = index.ok_or_else(outside)?;
    verify_inclusion(block.leaf(), index, checkpoint.size, &served.proof, checkpoint.root)
        .failing(Check::Inclusion)?;
    checks.held(Check::Inclusion);
    Ok(())
}

fn sort_opening(error: OpenSegmentError) -> CheckFailed {
    let check = match &error {
        OpenSegmentError::Content(_) => Check::DisclosureRoot,
        _ => Check::Commitment,
    };
    CheckFailed::new(check, error)
}
