//! From when to when a recording goes: read once, line by line, before the story begins.

use crate::{exit::Outcome, feed::Feed};
use pulsebook_core::ble::{BleTransport, UnixMillis};
use std::path::Path;

/// First moment and the one after the last.
///
/// # Errors
/// The recording cannot be read, or has a bad line.
pub(crate) async fn span(path: &Path) -> Outcome<(UnixMillis, UnixMillis)> {
    let mut feed = Feed::replayed(path)?;
    let start = feed.now();
    // Nobody has connected, so that the lines are read and nothing is delivered.
    while feed.next_event().await.is_some() {}
    feed.sent().finished()?;
    Ok((start, feed.now() + 1))
}
