//! A record fetches what a simulated meter stored: whole, once, over links that drop, and dated by the meter's own clock.
#![allow(clippy::unwrap_used)]

use pulsebook_core::{
    backfill::Ending,
    ble::Characteristic,
    clock::ManualClock,
    event::Event,
    keys::MemoryVault,
    record::{CollectOptions, Record, RecordOptions, VitalsQuery},
};
use pulsebook_protocol::{
    quality::{Mark, Quality},
    reading::Reading,
};
use pulsebook_sensor_sim::{
    gatt::{About, Address, Properties, Service, SimSensor},
    in_process::InProcess,
    sensors::{CountedStrap, GlucoseMeter, Scripted},
};
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

/// Collects from the meter for more than a minute and says how each fetching ended.
async fn collect(record: &Record, meter: GlucoseMeter, options: CollectOptions) -> Vec<Ending> {
    fetched(record, vec![meter], options).await
}

async fn fetched<S: SimSensor + 'static>(
    record: &Record,
    sensors: Vec<S>,
    options: CollectOptions,
) -> Vec<Ending> {
    let mut events = record.events();
    record.collect(Box::new(InProcess::new(sensors, NOON, 70_000)), options).await.unwrap();
    let mut endings = Vec::new();
    while let Some(heard) = events.try_next() {
        if let Event::Fetched { ending, .. } = heard.event {
            endings.push(ending);
        }
    }
    endings
}

async fn readings(record: &Record) -> Vec<Reading> {
    let query =
        VitalsQuery { from: 0, to: NOON + 86_400_000, vitals: Vec::new(), limit: 10_000, after: None };
    record.vitals(query).await.unwrap().readings.iter().map(|kept| kept.reading).collect()
}

async fn times(record: &Record) -> Vec<i64> {
    let mut times: Vec<i64> = readings(record).await.iter().map(|reading| reading.measured_at).collect();
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
async fn what_was_stored_for_days_says_so_and_is_not_taken_for_a_jump_of_the_clock() {
    let scratch = Scratch::make("old");
    let record = record(&scratch).await;
    collect(&record, GlucoseMeter::new(1, NOON, 7, 100), CollectOptions::default()).await;
    let marks = readings(&record).await.into_iter().map(|reading| reading.quality);
    let stored = Quality::GOOD.with(Mark::FromStorage);
    let others: Vec<Quality> = marks.filter(|quality| *quality != stored).collect();
    assert_eq!(others, [], "50 hours of measurements");
}

#[tokio::test]
async fn a_link_that_drops_in_the_middle_loses_and_doubles_nothing() {
    for cut in [0, 1, 19, 39] {
        let scratch = Scratch::make(&format!("cut-{cut}"));
        let record = record(&scratch).await;
        let meter = GlucoseMeter::new(1, NOON, 7, 40).cut_after(cut);
        let endings = collect(&record, meter, CollectOptions::default()).await;
        let records = cut as u32;
        // What was not sent whole is asked for from the start again, and recognised.
        assert_eq!(endings, [Ending::Interrupted { records }, complete(40)], "cut after {cut}");
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

/// The meter is met when its newest number is 65,533, and again when it has gone on at zero.
#[tokio::test]
async fn a_meter_whose_numbers_ran_out_forgets_nothing_that_was_not_fetched() {
    let scratch = Scratch::make("wrap-forget");
    let record = record(&scratch).await;
    let before = GlucoseMeter::new(1, NOON - 36 * HALF_HOUR, 65_530, 4);
    collect(&record, before, CollectOptions::default()).await;
    let options = CollectOptions { forget_on_sensor: true, ..CollectOptions::default() };
    collect(&record, GlucoseMeter::new(1, NOON, 65_530, 40), options).await;
    assert_eq!(times(&record).await, taken(40));
}

/// Half a minute of silence is one, whoever else is heard meanwhile; no time passes while this runs but the simulated one.
#[tokio::test]
async fn a_mute_meter_beside_a_busy_strap_is_left() {
    let scratch = Scratch::make("mute");
    let record = record(&scratch).await;
    let access = Characteristic::new(0x1808, 0x2A52);
    let offers = [(0x2A18, Properties::NOTIFY), (0x2A52, Properties::WRITE | Properties::INDICATE)];
    let about = About::new("mute", "Mute Meter", "glucose meter", Address::simulated(7));
    let mute = Scripted::new(about, vec![Service::new(0x1808, &offers)]).takes(access);
    let strap = CountedStrap::new(2, NOON, 1000, 100);
    let sensors: Vec<Box<dyn SimSensor>> = vec![Box::new(mute), Box::new(strap)];
    assert_eq!(fetched(&record, sensors, CollectOptions::default()).await, [Ending::NoAnswer { records: 0 }]);
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
