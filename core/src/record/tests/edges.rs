//! Readings at times that no clock should show: none is lost, none is hidden.

use super::*;
use crate::{pipeline::DraftError, store::locked};
use pulsebook_protocol::{
    quality::{Mark, Quality},
    reading::Reading,
};

/// A heart rate received at this time, not counted from the start.
fn rate_at(at: i64) -> TransportEvent {
    let (sensor, characteristic) = (strap().id, heart_rate::MEASUREMENT);
    let bytes = vec![0x00, 70];
    TransportEvent::Notification(Notification { sensor, characteristic, received_at: at, bytes })
}

/// Stages a reading that no decoder would give at this time.
fn plant(record: &Record, measured_at: i64) {
    let TransportEvent::Notification(notification) = rate_at(START) else { panic!("a notification") };
    let (vital, value, quality) = (Vital::HeartRate, Value::Number(70), Quality::GOOD);
    let reading = Reading { vital, measured_at, value, quality };
    locked(&record.inner.pipeline).stage_as_is(strap(), notification, reading);
}

async fn all_times(record: &Record, limit: u32) -> Vec<i64> {
    let (mut times, mut after) = (Vec::new(), None);
    loop {
        let query = VitalsQuery { from: i64::MIN, to: i64::MAX, vitals: vec![], limit, after };
        let page = record.vitals(query).await.unwrap();
        times.extend(page.readings.iter().map(|kept| kept.reading.measured_at));
        after = page.next;
        if after.is_none() {
            return times;
        }
    }
}

#[tokio::test]
async fn every_reading_of_the_last_recordable_hour_is_sealed_and_shown() {
    let (dir, record) = new_record().await;
    let last = 253_402_214_400_000 - 60_000;
    let summary = collect(&record, (0..180).map(|second| rate_at(last + second * 1000)).collect()).await;
    assert_eq!((summary.counts.readings, summary.counts.malformed), (60, 120));
    record.seal().await.unwrap();
    drop(record);
    let record = reopen(&dir).await.unwrap();
    assert_eq!((all_times(&record, 7).await.len(), record.counts().await.unwrap().readings), (60, 60));
    assert_eq!(record.inner.store.malformed().unwrap().len(), 120);
}

#[tokio::test]
async fn notifications_received_at_impossible_times_are_kept_raw_and_disturb_no_other() {
    let (_dir, record) = new_record().await;
    let mut events = vec![rate_at(i64::MAX), rate_at(i64::MIN), rate_at(-1)];
    events.splice(1..1, stream(0, 10));
    let summary = collect(&record, events).await;
    assert_eq!((summary.counts.readings, summary.counts.malformed, summary.blocks), (20, 3, 0));
    assert_eq!(record.inner.clock.now(), START + 9_500, "the clock follows no impossible time");
    record.seal().await.unwrap();
    assert_eq!((all_times(&record, 100).await.len(), record.counts().await.unwrap().readings), (20, 20));
    assert_eq!(record.inner.store.malformed().unwrap().len(), 3);
}

#[tokio::test]
async fn a_thermometer_that_says_1900_is_sealed_and_shown_at_the_phones_time() {
    let (_dir, record) = new_record().await;
    let bytes = vec![0x02, 0x6C, 1, 0, 0xFF, 0x6C, 0x07, 1, 1, 0, 0, 0];
    let (sensor, characteristic) = (thermometer().id, thermometer::MEASUREMENT);
    let notification = Notification { sensor, characteristic, received_at: START, bytes };
    collect(&record, vec![TransportEvent::Notification(notification)]).await;
    record.seal().await.unwrap();
    let kept = everything(&record).await.readings[0];
    assert_eq!((kept.reading.measured_at, kept.block.is_some()), (START, true));
    assert!(kept.reading.quality.has(Mark::ClockJump) && kept.reading.quality.has(Mark::PhoneTime));
}

#[tokio::test]
async fn a_sealing_with_a_reading_that_fits_no_segment_fails_loudly_and_keeps_the_journal() {
    let (dir, record) = new_record().await;
    collect(&record, stream(0, 5)).await;
    plant(&record, i64::MAX);
    let before = record.counts().await.unwrap();
    for _ in 0..2 {
        let error = record.seal().await.unwrap_err();
        assert!(matches!(error, Error::Draft(DraftError::Build { .. })), "{error}");
    }
    assert_eq!(record.counts().await.unwrap(), before);
    drop(record);
    let record = reopen(&dir).await.unwrap();
    assert_eq!(record.replayed().notifications, 5);
    record.seal().await.unwrap();
    assert_eq!(all_times(&record, 100).await.len(), 10);
}

#[tokio::test]
async fn what_is_sealed_is_shown_whatever_its_hour() {
    let (_dir, record) = new_record().await;
    let times = [-2_208_988_800_000, -3_600_001, -1, 0, START, 253_402_300_800_000];
    times.iter().for_each(|at| plant(&record, *at));
    assert_eq!(all_times(&record, 100).await, times);
    record.seal().await.unwrap();
    for limit in [1, 100] {
        assert_eq!(all_times(&record, limit).await, times);
    }
}

#[tokio::test]
async fn a_sensor_that_floods_with_large_frames_is_sealed_before_it_fills_the_memory() {
    let (_dir, record) = new_record().await;
    let frame = |ms: i64| heart_rate_at(ms, &vec![0x01; 50_000][..]);
    let mut events = record.events();
    collect(&record, (0..400).map(|ms| frame(ms * 10)).collect()).await;
    let waiting = locked(&record.inner.pipeline).staging().malformed().len();
    assert!(waiting < 200, "{waiting} large frames wait in memory");
    let failed = std::iter::from_fn(|| events.try_next())
        .find(|heard| matches!(heard.event, Event::SealingFailed { .. }));
    assert_eq!(failed, None);
    record.seal().await.unwrap();
    assert_eq!(record.inner.store.malformed().unwrap().len(), 400);
}
