//! When a recording goes on: read before the story begins, line by line, for its span and its gates.

use crate::{exit::Outcome, feed::Feed, moment::HOUR};
use pulsebook_core::ble::{BleTransport, TransportEvent, UnixMillis};
use std::path::Path;

/// The longest that the record works alone: ten minutes of a recording, which may have holes of days.
const ALONE: i64 = HOUR / 6;

/// First moment and the one after the last.
///
/// # Errors
/// The recording cannot be read, or has a bad line.
pub(crate) async fn span(path: &Path) -> Outcome<(UnixMillis, UnixMillis)> {
    let mut feed = Feed::recorded(path)?;
    let start = feed.now();
    // Nobody has connected, so that the lines are read and nothing is delivered.
    while feed.next_event().await.is_some() {}
    feed.sent().finished()?;
    Ok((start, feed.now() + 1))
}

/// The moments at which so many percent of the notifications have come, the first of them not after ten minutes.
///
/// # Errors
/// As [`span`].
pub(crate) async fn gates(path: &Path, percent: &[i64]) -> Outcome<Vec<UnixMillis>> {
    let count = times(path, &mut |_, _| {}).await?;
    let due = |percent: &i64| count * u64::try_from(*percent).unwrap_or(0) / 100;
    let places: Vec<u64> = percent.iter().map(due).collect();
    let (mut gates, start) = (Vec::new(), Feed::recorded(path)?.now());
    times(path, &mut |place, at| {
        gates.extend(places.iter().filter(|due| **due == place).map(|_| at));
    })
    .await?;
    if let Some(first) = gates.first_mut() {
        *first = (*first).min(start + ALONE);
    }
    Ok(gates)
}

/// Gives place and time of each notification; how many there are.
async fn times(path: &Path, each: &mut (dyn FnMut(u64, UnixMillis) + Send)) -> Outcome<u64> {
    let mut feed = Feed::recorded(path)?;
    for sensor in feed.scan().await? {
        feed.connect(&sensor.id).await?;
        for characteristic in sensor.notifies {
            feed.subscribe(&sensor.id, characteristic).await?;
        }
    }
    let mut count = 0;
    while let Some(event) = feed.next_event().await {
        if let TransportEvent::Notification(notification) = event {
            each(count, notification.received_at);
            count += 1;
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hole_of_days_does_not_keep_the_record_alone() {
        let path = std::env::temp_dir().join(format!("pulsebook-hole-{}.csv", std::process::id()));
        let hole = |place: i64| if place < 900 { 0 } else { 41 * HOUR };
        let line = |place: i64| format!("{},70\n", 1_772_366_400_000 + 2_000 * place + hole(place));
        std::fs::write(&path, (0..1000).map(line).collect::<String>()).unwrap();
        let gates = gates(&path, &[20, 40, 60, 80]).await.unwrap();
        std::fs::remove_file(&path).unwrap();
        let minutes: Vec<i64> = gates.iter().map(|gate| (gate - 1_772_366_400_000) / 60_000).collect();
        // 20 % are 200 notifications, 2 s apart: six minutes and forty seconds.
        assert_eq!(minutes, [6, 13, 20, 26]);
    }
}
