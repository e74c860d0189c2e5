//! What waits becomes drafts whole, or an error says why not.

use super::*;
use pulsebook_protocol::{quality::Quality, random::SeededRandom, reading::Value};

fn strap() -> Arc<Sensor> {
    let id = crate::ble::SensorId::new("strap");
    let (name, kind, origin) = (String::new(), "strap".to_owned(), Origin::Simulated);
    Arc::new(Sensor { id, name, kind, cadence_ms: Some(1000), has_clock: false, origin, notifies: vec![] })
}

fn raw(received_at: UnixMillis) -> RawNotification {
    RawNotification {
        service: 0x180D,
        characteristic: 0x2A37,
        instance: 0,
        received_at,
        bytes: vec![0, 70].into(),
    }
}

fn rate_at(measured_at: UnixMillis) -> Reading {
    Reading { vital: Vital::HeartRate, measured_at, value: Value::Number(70), quality: Quality::GOOD }
}

fn staged(times: impl IntoIterator<Item = UnixMillis>) -> Staging {
    let (mut staging, sensor) = (Staging::default(), strap());
    for at in times {
        staging.add(&sensor, raw(at), &[rate_at(at)]);
    }
    staging
}

fn drafts(staging: &Staging) -> Result<Vec<SegmentDraft>, DraftError> {
    staging.drafts(&mut SeededRandom::new(1))
}

#[test]
fn readings_that_make_no_segment_are_an_error_and_go_on_waiting() {
    let staging = staged([1000, i64::MAX]);
    let error = drafts(&staging).unwrap_err();
    let source = BuildError::OutsideRange(i64::MAX);
    assert!(matches!(error, DraftError::Build { source: found, .. } if found == source), "{error}");
    assert!(error.to_string().contains("nothing is lost"), "{error}");
    assert_eq!((staging.segments(), staging.counts().readings), (2, 2));
}

#[test]
fn every_hour_that_a_record_holds_makes_a_segment() {
    let times = [RECORDABLE.start, RECORDABLE.end - 1];
    let drafts = drafts(&staged(times)).unwrap();
    let found = drafts.iter().flat_map(|draft| draft.segment.readings()).map(|reading| reading.measured_at);
    assert_eq!(found.collect::<Vec<_>>(), times);
}

#[test]
fn more_readings_in_an_hour_than_a_segment_takes_make_several_with_their_own_evidence() {
    let most = i64::try_from(MOST_READINGS).unwrap();
    let staging = staged((0..=most).map(|at| at * 50));
    let drafts = drafts(&staging).unwrap();
    let sizes =
        drafts.iter().map(|draft| (draft.segment.readings().count(), draft.evidence.notifications.len()));
    assert_eq!(sizes.collect::<Vec<_>>(), [(MOST_READINGS, MOST_READINGS), (1, 1)]);
    assert_eq!(staging.segments(), 2);
    assert_eq!(staging.in_hour(0).count(), MOST_READINGS + 1);
    assert!(drafts.iter().all(|draft| draft.segment.range() == (0..HOUR_MS)));
}

/// Times, values and marks without any order: nothing here can be packed well.
#[test]
fn the_most_irregular_full_segment_is_small_enough_to_be_sealed() {
    use pulsebook_protocol::{bytes::ChainId, commitment::Dek, quality::Mark, sealed_segment::seal_segment};
    let (mut staging, sensor, mut random) = (Staging::default(), strap(), SeededRandom::new(2));
    for _ in 0..MOST_READINGS {
        let mut bytes = [0; 8];
        random.fill(&mut bytes).unwrap();
        let [low, high] = [0, 4].map(|at| u32::from_le_bytes(*bytes[at..].first_chunk().unwrap()));
        let quality = if low & 1 == 0 { Quality::GOOD } else { Quality::GOOD.with(Mark::ContactLost) };
        let value = Value::Number(i32::from_le_bytes(high.to_le_bytes()));
        let reading = Reading { value, quality, ..rate_at(i64::from(low) % HOUR_MS) };
        staging.add(&sensor, raw(0), &[reading]);
    }
    let draft = drafts(&staging).unwrap().remove(0);
    let dek = Dek::make(&mut random).unwrap();
    let sealed = seal_segment(&ChainId::from_bytes([1; 32]), &dek, &draft.segment, &mut random);
    assert!(sealed.is_ok(), "{:?}", sealed.err());
}

#[test]
fn a_notification_from_no_recordable_hour_does_not_keep_the_next_hour_from_being_sealed() {
    let (mut staging, sensor) = (Staging::default(), strap());
    staging.add_malformed(&sensor, raw(i64::MAX));
    staging.add(&sensor, raw(1000), &[rate_at(1000)]);
    assert!(!staging.is_due(HOUR_MS - 1) && staging.is_due(HOUR_MS));
}
