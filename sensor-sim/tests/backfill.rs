//! A record fetches what a simulated meter stored: whole, once, over links that drop, and dated by the meter's own clock.
#![allow(clippy::unwrap_used)]

use pulsebook_core::{
    backfill::Ending,
    clock::ManualClock,
    event::Event,
    keys::MemoryVault,
    record::{CollectOptions, Record, RecordOptions, VitalsQuery},
};
use pulsebook_sensor_sim::{in_process::InProcess, sensors::GlucoseMeter};
use std::{path::PathBuf, sync::Arc};

const NOON: i64 = 1_784_030_400_000;
const HALF_HOUR: i64 = 1_800_000;

/// A folder that is gone afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn make(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("pulsebook-backfill-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn record(scratch: &Scratch) -> Record {
    let options = RecordOptions { clock: Arc::new(ManualClock::at(NOON)), ..RecordOptions::default() };
    Record::create(&scratch.0, Box::new(MemoryVault::default()), options).await.unwrap().0
}

/// Collects from the meter for a minute and says how each fetching ended.
async fn collect(record: &Record, meter: GlucoseMeter, options: CollectOptions) -> Vec<Ending> {
    let mut events = record.events();
    record.collect(Box::new(InProcess::new(vec![meter], NOON, 60_000)), options).await.unwrap();
    let mut endings = Vec::new();
    while let Some(heard) = events.try_next() {
        if let Event::Fetched { ending, .. } = heard.event {
            endings.push(ending);
        }
    }
    endings
}

async fn times(record: &Record) -> Vec<i64> {
    let query =
        VitalsQuery { from: 0, to: NOON + 86_400_000, vitals: Vec::new(), limit: 10_000, after: None };
    let page = record.vitals(query).await.unwrap();
    let mut times: Vec<i64> = page.readings.iter().map(|kept| kept.reading.measured_at).collect();
    times.sort_unstable();
    times
}

/// When a meter with so many records took them: one each half hour up to noon.
fn taken(count: i64) -> Vec<i64> {
    (1..=count).rev().map(|back| NOON - back * HALF_HOUR).collect()
}

fn complete(records: u32) -> Ending {
    Ending::Complete { records, forgotten: false, anew: false }
}

#[tokio::test]
async fn a_meters_memory_is_fetched_once_however_often_it_is_met() {
    let scratch = Scratch::make("once");
    let record = record(&scratch).await;
    let meter = || GlucoseMeter::new(1, NOON, 7, 40);
    assert_eq!(collect(&record, meter(), CollectOptions::default()).await, [complete(40)]);
    assert_eq!(times(&record).await, taken(40));
    // Nothing is new: the last one is looked at again, and not kept again.
    assert_eq!(collect(&record, meter(), CollectOptions::default()).await, [complete(1)]);
    record.seal().await.unwrap();
    collect(&record, meter(), CollectOptions::default()).await;
    assert_eq!(times(&record).await, taken(40));
}

#[tokio::test]
async fn a_link_that_drops_in_the_middle_loses_and_doubles_nothing() {
    for cut in [0, 1, 19, 39] {
        let scratch = Scratch::make(&format!("cut-{cut}"));
        let record = record(&scratch).await;
        let meter = GlucoseMeter::new(1, NOON, 7, 40).cut_after(cut);
        let endings = collect(&record, meter, CollectOptions::default()).await;
        let records = cut as u32;
        assert_eq!(endings, [Ending::Interrupted { records }, complete(40 - records)], "cut after {cut}");
        assert_eq!(times(&record).await, taken(40), "cut after {cut}");
    }
}

#[tokio::test]
async fn numbers_that_run_out_go_on_at_zero() {
    let scratch = Scratch::make("wrap");
    let record = record(&scratch).await;
    let meter = |count| GlucoseMeter::new(1, NOON, 65_530, count);
    collect(&record, meter(40), CollectOptions::default()).await;
    assert_eq!(times(&record).await, taken(40));
    let endings = collect(&record, meter(40), CollectOptions::default()).await;
    assert!(matches!(endings[..], [Ending::Complete { forgotten: false, .. }]), "{endings:?}");
    assert_eq!(times(&record).await, taken(40));
}

#[tokio::test]
async fn a_meter_forgets_only_when_it_is_asked_to() {
    let scratch = Scratch::make("forget");
    let record = record(&scratch).await;
    let options = CollectOptions { forget_on_sensor: true, ..CollectOptions::default() };
    let endings = collect(&record, GlucoseMeter::new(1, NOON, 7, 40), options).await;
    assert_eq!(endings, [Ending::Complete { records: 40, forgotten: true, anew: false }]);
    assert_eq!(times(&record).await, taken(40));
}
