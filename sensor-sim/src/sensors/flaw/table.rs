//! The flaws: what is changed, and which clause that breaks.

mod records;
mod spot;
mod strap;
mod streams;

use super::{Change, Exemplar, Flaw, Sent};
use pulsebook_core::ble::Characteristic;

impl Flaw {
    /// Every flaw.
    pub fn all() -> impl Iterator<Item = &'static Flaw> {
        [strap::FLAWS, spot::FLAWS, records::FLAWS, streams::FLAWS].into_iter().flatten()
    }
}

const fn at(service: u16, characteristic: u16) -> Characteristic {
    Characteristic::new(service, characteristic)
}

const fn flaw(
    exemplar: Exemplar,
    name: &'static str,
    clause: &'static str,
    says: &'static str,
    changes: &'static [Change],
) -> Flaw {
    Flaw { name, exemplar, says, clause, changes }
}

fn with_flags(bytes: &[u8], set: u8) -> Vec<u8> {
    replaced(bytes, 0, &[bytes.first().copied().unwrap_or_default() | set])
}

fn replaced(bytes: &[u8], from: usize, with: &[u8]) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    if let Some(part) = changed.get_mut(from..from + with.len()) {
        part.copy_from_slice(with);
    }
    changed
}

fn turned(bytes: &[u8], part: std::ops::Range<usize>) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    if let Some(part) = changed.get_mut(part) {
        part.reverse();
    }
    changed
}

fn next_year(bytes: &[u8], year_at: usize) -> Vec<u8> {
    let year = bytes.get(year_at).copied().unwrap_or_default();
    replaced(bytes, year_at, &[year.wrapping_add(1)])
}

/// The answer with another response code, where it is this one.
fn instead(bytes: &[u8], answer: &[u8], code: u8) -> Vec<u8> {
    if bytes == answer { replaced(bytes, 3, &[code]) } else { bytes.to_vec() }
}

/// One more, unless it has none.
fn counted_more(sent: &Sent<'_>) -> Vec<u8> {
    match sent.bytes {
        [5, 0, count, 0] if *count > 0 => vec![5, 0, count.saturating_add(1), 0],
        other => other.to_vec(),
    }
}
