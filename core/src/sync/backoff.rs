//! When to try a failing node again by oneself: later each time, spread by chance, at most an hour apart.
//!
//! A sync that the patient asks for tries every node at once, whatever stands here.

use super::error::SyncError;
use crate::store::Store;
use pulsebook_protocol::{
    bytes::NodeLabel,
    checkpoint::UnixSeconds,
    random::{Random, make_bytes},
};

const FAILURES: &str = "failures";
const RETRY_AT: &str = "retry-at";
const FIRST_S: u64 = 30;
const LONGEST_S: u64 = 3600;

/// Whether a node is due for a try that nobody asked for.
///
/// # Errors
/// [`SyncError`] when the store fails.
pub fn is_due(store: &Store, label: &NodeLabel, now: UnixSeconds) -> Result<bool, SyncError> {
    Ok(store.cursor(label, RETRY_AT)?.unwrap_or(0) <= now)
}

pub(crate) fn succeeded(store: &Store, label: &NodeLabel) -> Result<(), SyncError> {
    store.set_cursor(label, FAILURES, 0)?;
    Ok(store.set_cursor(label, RETRY_AT, 0)?)
}

pub(crate) fn failed(
    store: &Store,
    label: &NodeLabel,
    now: UnixSeconds,
    random: &mut dyn Random,
) -> Result<(), SyncError> {
    let failures = store.cursor(label, FAILURES)?.unwrap_or(0);
    let spread = u64::from(u16::from_be_bytes(make_bytes(random)?));
    store.set_cursor(label, FAILURES, failures + 1)?;
    Ok(store.set_cursor(label, RETRY_AT, now + wait(failures, spread))?)
}

/// Seconds to wait after so many failures before this one; `spread` (0 to 65,535) takes up to half of them off.
fn wait(failures: u64, spread: u64) -> u64 {
    let full = FIRST_S
        .checked_shl(u32::try_from(failures.min(16)).unwrap_or(16))
        .unwrap_or(LONGEST_S)
        .min(LONGEST_S);
    full - full / 2 * spread / 65_536
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour_and_spread_downwards() {
        assert_eq!([0, 1, 2, 6, 7, 60].map(|failures| wait(failures, 0)), [30, 60, 120, 1920, 3600, 3600]);
        assert!((1800..=1801).contains(&wait(9, 65_535)));
    }
}
