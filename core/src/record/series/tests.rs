//! Series beside the readings they sum up.

use super::*;
use crate::ble::TransportEvent;
use crate::record::tests::{
    START, collect, everything, heart_rate_at, new_record, reopen, stream, temperature_at,
};
use pulsebook_protocol::{quality::Tier, reading::Value};

const DAY: i64 = 86_400_000;

fn query(from: i64, to: i64, buckets: u32) -> SeriesQuery {
    SeriesQuery { vital: Vital::HeartRate, from: START + from, to: START + to, buckets, origin: None }
}

/// A calm heart: what the strap sends of it is beyond doubt.
fn calm(from: i64, seconds: i64) -> Vec<TransportEvent> {
    let rate = |second: i64| 60 + u8::try_from(second % 30).unwrap_or(0);
    (from..from + seconds).map(|second| heart_rate_at(second * 1000 + 500, &[0x00, rate(second)])).collect()
}

/// Two hours of heart rate: one good hour, half an hour of silence, then with lost contact, an impossible value, and calm.
async fn two_hours(record: &Record) {
    let mut events = calm(0, 3600);
    events.extend(calm(5400, 1200));
    events.extend((6600..6700).map(|second| heart_rate_at(second * 1000 + 500, &[0x04, 190])));
    events.push(heart_rate_at(6_700_500, &[0x00, 0]));
    events.extend(calm(6800, 400));
    collect(record, events).await;
}

/// What the readings themselves say of a range: good count, least, greatest, sum; doubtful; errors.
async fn by_hand(record: &Record, range: Range<i64>) -> (u64, i32, i32, i64, u64, u64) {
    let mut sums = (0, i32::MAX, i32::MIN, 0, 0, 0);
    for kept in everything(record).await.readings {
        let reading = kept.reading;
        let Value::Number(number) = reading.value else { continue };
        if reading.vital != Vital::HeartRate || !range.contains(&reading.measured_at) {
            continue;
        }
        match reading.quality.tier() {
            Tier::Questionable => sums.4 += 1,
            Tier::Error => sums.5 += 1,
            Tier::Good => {
                let (count, least, most, sum, ..) = sums;
                (sums.0, sums.1) = (count + 1, least.min(number));
                (sums.2, sums.3) = (most.max(number), sum + i64::from(number));
            }
        }
    }
    sums
}

async fn assert_same_as_readings(record: &Record, series: &Series) {
    assert!(!series.buckets.is_empty());
    for row in series.buckets.rows() {
        let (count, least, most, sum, doubtful, errors) =
            by_hand(record, row.start..row.start + series.width_ms).await;
        assert_eq!((row.count, row.doubtful, row.errors), (count, doubtful, errors), "at {}", row.start);
        if count > 0 {
            assert_eq!((row.min, row.max), (Some(f64::from(least)), Some(f64::from(most))));
            assert!((row.mean.unwrap() - sum as f64 / count as f64).abs() < 1e-9);
        }
    }
}

#[tokio::test]
async fn minutes_and_hours_say_what_the_readings_say_sealed_or_waiting() {
    let (dir, record) = new_record().await;
    two_hours(&record).await;
    for (buckets, width) in [(120, 60_000), (4, 31 * 60_000), (2, 3_600_000 + 60_000)] {
        let series = record.series(query(0, 2 * 3_600_000, buckets)).await.unwrap();
        assert!(series.buckets.len() <= buckets as usize && series.width_ms <= width, "{}", series.width_ms);
        assert_same_as_readings(&record, &series).await;
    }
    let before = record.series(query(0, DAY, 500)).await.unwrap();
    record.seal().await.unwrap();
    assert_eq!(
        record.series(query(0, DAY, 500)).await.unwrap(),
        before,
        "sealing changes nothing that is drawn"
    );
    drop(record);
    let record = reopen(&dir).await.unwrap();
    assert_eq!(record.series(query(0, DAY, 500)).await.unwrap(), before);
    assert_same_as_readings(&record, &record.series(query(0, 40 * DAY, 960)).await.unwrap()).await;
    assert_same_as_readings(&record, &record.series(query(0, 2000 * DAY, 300)).await.unwrap()).await;
}

#[tokio::test]
async fn a_short_range_gives_the_readings_and_a_gap_is_flagged_once() {
    let (_dir, record) = new_record().await;
    two_hours(&record).await;
    let series = record.series(query(0, 2 * 3_600_000, 1000)).await.unwrap();
    assert_eq!(series.points.len(), 3600 + 1200 + 100 + 1 + 400);
    assert_same_as_readings(&record, &series).await;
    let gaps: Vec<i64> =
        series.buckets.rows().filter(|row| row.gap_before).map(|row| row.start - START).collect();
    assert_eq!(gaps.len(), 2, "half an hour, and a hundred seconds after the impossible value: {gaps:?}");
    assert_eq!(series.buckets.errors.iter().sum::<u64>(), 1);
    assert!(series.buckets.doubtful.iter().sum::<u64>() >= 100);
    assert!(
        series.buckets.max.iter().all(|max| max.is_none_or(|max| max < 100.0)),
        "190 without contact widens nothing"
    );
}

#[tokio::test]
async fn a_late_reading_changes_the_minute_it_was_measured_in() {
    let (_dir, record) = new_record().await;
    collect(&record, stream(0, 600)).await;
    record.seal().await.unwrap();
    collect(&record, [stream(3600, 60), stream(300, 3), stream(7200, 5)].concat()).await;
    record.seal().await.unwrap();
    let series = record.series(query(0, DAY, 1440)).await.unwrap();
    let minute = series.buckets.rows().find(|row| row.start == START + 300_000).unwrap();
    assert_eq!(minute.count + minute.doubtful, 63);
    assert_same_as_readings(&record, &series).await;
}

#[tokio::test]
async fn what_was_never_measured_is_an_empty_series_and_an_extent_of_nothing() {
    let (_dir, record) = new_record().await;
    let series = record.series(query(0, DAY, 10)).await.unwrap();
    assert!(series.buckets.is_empty() && series.origin.is_none() && series.points.is_empty());
    assert_eq!(record.extent(Vital::HeartRate, None).await.unwrap(), None);
    collect(&record, vec![temperature_at(61_000)]).await;
    let minute = START.div_euclid(60_000) * 60_000 + 60_000;
    let extent = record.extent(Vital::BodyTemperature, None).await.unwrap();
    assert_eq!(extent, Some(minute..minute + 60_000));
    let backwards = record.series(query(DAY, 0, 10)).await.unwrap();
    assert!(backwards.buckets.is_empty());
    let forever = SeriesQuery { from: i64::MIN, to: i64::MAX, ..query(0, 0, u32::MAX) };
    assert!(record.series(forever).await.unwrap().buckets.is_empty());
}

#[tokio::test]
async fn an_older_database_is_summed_up_and_damage_is_named_and_made_good() {
    let (_dir, record) = new_record().await;
    two_hours(&record).await;
    record.seal().await.unwrap();
    let (minutes, days) = (query(0, DAY, 1000), query(0, 2000 * DAY, 300));
    let before = record.series(minutes.clone()).await.unwrap();
    let days_before = record.series(days.clone()).await.unwrap();
    assert_eq!(before.repairs, []);
    for (sql, expected) in [
        ("DELETE FROM rollup_index; DELETE FROM rollups", 0),
        ("UPDATE rollups SET sealed = X'00' WHERE grain = 0", 1),
        ("UPDATE rollups SET page = page + 1 WHERE grain = 0", 1),
        ("UPDATE rollup_index SET sealed = X'0102'", 1),
        ("UPDATE rollup_index SET period = 1", 1),
    ] {
        record.inner.store.execute_for_tests(sql);
        let after = record.series(minutes.clone()).await.unwrap();
        assert_eq!(after.repairs.len(), expected, "{sql}");
        assert_eq!(after.buckets, before.buckets, "{sql}");
        let again = record.series(minutes.clone()).await.unwrap();
        assert_eq!((again.repairs.len(), again.buckets), (0, before.buckets.clone()), "{sql}");
    }
    record.inner.store.execute_for_tests("DELETE FROM rollups");
    let after = record.series(days.clone()).await.unwrap();
    assert_eq!(
        (after.repairs.len(), &after.buckets),
        (3, &days_before.buckets),
        "the days, their hours, their minutes"
    );
}

#[tokio::test]
async fn sealing_goes_on_over_damaged_rollups_and_counts_nothing_twice() {
    let (_dir, record) = new_record().await;
    for (round, sql) in [
        "UPDATE rollups SET sealed = X'00'",
        "UPDATE rollup_index SET sealed = X'00'",
        "DELETE FROM rollup_index; DELETE FROM rollups",
        "SELECT 1",
    ]
    .into_iter()
    .enumerate()
    {
        let from = i64::try_from(round).unwrap() * 600;
        collect(&record, stream(from, 300)).await;
        record.seal().await.unwrap();
        record.inner.store.execute_for_tests(sql);
        collect(&record, stream(from + 300, 200)).await;
        record.seal().await.unwrap();
    }
    assert_same_as_readings(&record, &record.series(query(0, DAY, 1440)).await.unwrap()).await;
}

/// What opens need not be the newest: only the segments tell.
#[tokio::test]
async fn an_older_copy_of_a_page_of_rollups_is_found_by_a_deep_verify_and_made_good() {
    let (_dir, record) = new_record().await;
    let store = &record.inner.store;
    let derived = async || record.verify_deep().await.unwrap().own.derived;
    collect(&record, calm(0, 3600)).await;
    record.seal().await.unwrap();
    assert_eq!(derived().await, [""; 0]);
    store.execute_for_tests("CREATE TEMP TABLE old AS SELECT * FROM rollups");
    collect(&record, calm(3600, 3600)).await;
    record.seal().await.unwrap();
    let whole = record.series(query(0, DAY, 1000)).await.unwrap();
    for (grain, words) in [(0, "by minute"), (1, "by hour"), (2, "by day")] {
        let back = format!("INSERT OR REPLACE INTO rollups SELECT * FROM old WHERE grain = {grain}");
        store.execute_for_tests(&back);
        let found = derived().await;
        assert!(found.len() == 1 && found[0].contains(words), "{found:?}");
        assert!(found[0].contains("heart rate") && found[0].contains("made again"), "{found:?}");
        assert_eq!(derived().await, [""; 0]);
    }
    assert_eq!(record.series(query(0, DAY, 1000)).await.unwrap().buckets, whole.buckets);
    store.execute_for_tests("UPDATE rollups SET sealed = X'00'; UPDATE rollup_index SET sealed = X'00'");
    assert_eq!(derived().await.len(), 1, "the index, and with it everything");
    assert_eq!(derived().await, [""; 0]);
}
