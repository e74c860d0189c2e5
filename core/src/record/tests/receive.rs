//! Notifications that a phone's system hands over together.

use super::*;

fn notifications(events: Vec<TransportEvent>) -> Vec<Notification> {
    let one = |event| match event {
        TransportEvent::Notification(notification) => notification,
        other => panic!("{other:?}"),
    };
    events.into_iter().map(one).collect()
}

fn kept(page: &VitalsPage) -> Vec<pulsebook_protocol::reading::Reading> {
    page.readings.iter().map(|kept| kept.reading).collect()
}

/// Over the end of an hour, so that a sealing lies between.
#[tokio::test]
async fn notifications_handed_over_together_are_kept_like_those_that_come_one_by_one() {
    let events = || {
        [stream(0, 40), vec![temperature_at(40_200), heart_rate_at(41_000, &[0x10])], stream(3600, 5)]
            .concat()
    };
    let (_one, single) = new_record().await;
    let expected = single.collect(script(events()), CollectOptions::default()).await.unwrap();
    let (dir, together) = new_record().await;
    let sensors = vec![strap(), thermometer()];
    let found = together.receive(sensors, notifications(events())).await.unwrap();
    assert_eq!((found.counts, found.blocks), (expected.counts, expected.blocks));
    assert_eq!((found.counts.malformed, found.blocks), (1, 1));
    let expected = kept(&everything(&single).await);
    assert_eq!(kept(&everything(&together).await), expected);
    // As after a kill: what was told is in the journal.
    drop(together);
    let again = reopen(&dir).await.unwrap();
    assert_eq!(again.replayed().notifications, 5);
    assert_eq!(kept(&everything(&again).await), expected);
}

#[tokio::test]
async fn nothing_handed_over_is_nothing_kept() {
    let (_dir, record) = new_record().await;
    let summary = record.receive(vec![strap()], Vec::new()).await.unwrap();
    assert_eq!(summary, CollectSummary::default());
    assert!(everything(&record).await.readings.is_empty());
}
