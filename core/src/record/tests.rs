//! A record from its first day to its bad ones: kills, torn files, old copies, wrong keys.

mod circle;
mod clocks;
mod edges;
mod evidence;
mod offline;
mod passing_on;
mod proving;
mod receive;
mod refusals;
mod sensors;
mod sharing;
mod trouble;
mod users;

use super::*;
use crate::{
    ble::{
        Attributes, BleTransport, Characteristic, Disconnect, Notification, Origin, Pending, Sensor,
        SensorId, TransportError, TransportEvent,
    },
    clock::ManualClock,
    decode::{heart_rate, thermometer},
    error::Error,
    event::Event,
    keys::{FileVault, PassphraseCost},
    store::{
        StoreError,
        testing::{Scratch, all_bytes, scratch},
    },
};
use pulsebook_protocol::{
    checkpoint::verify_checkpoint,
    quorum::{ShownEpoch, verify_history},
    random::SeededRandom,
    reading::Value,
    vital::Vital,
};
use std::{collections::VecDeque, future::ready, path::Path};

pub(super) const START: i64 = 1_800_000_000_000;

/// A transport that plays events from a list.
struct Script(VecDeque<TransportEvent>, Answers);

/// What the strap and the thermometer answer when they are read.
type Answers = Vec<(SensorId, Characteristic, &'static [u8])>;

impl BleTransport for Script {
    fn scan(&mut self) -> Pending<'_, Result<Vec<Sensor>, TransportError>> {
        Box::pin(ready(Ok(vec![strap(), thermometer()])))
    }

    fn connect<'a>(&'a mut self, _: &'a SensorId) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(Ok(())))
    }

    fn disconnect<'a>(&'a mut self, _: &'a SensorId) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(Ok(())))
    }

    fn attributes<'a>(&'a mut self, _: &'a SensorId) -> Pending<'a, Result<Attributes, TransportError>> {
        Box::pin(ready(Ok(Attributes::default())))
    }

    fn read<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        asked: Characteristic,
    ) -> Pending<'a, Result<Vec<u8>, TransportError>> {
        let mut answers = self.1.iter();
        let answer = answers.find(|(whose, which, _)| whose == sensor && *which == asked);
        let missing = || TransportError::NotOffered {
            sensor: sensor.clone(),
            characteristic: asked,
            operation: "read",
        };
        Box::pin(ready(answer.map(|(_, _, bytes)| bytes.to_vec()).ok_or_else(missing)))
    }

    fn write<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        _: Characteristic,
        _: &'a [u8],
    ) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(Err(TransportError::NotConnected(sensor.clone()))))
    }

    fn subscribe<'a>(
        &'a mut self,
        _: &'a SensorId,
        _: Characteristic,
    ) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(Ok(())))
    }

    fn next_event(&mut self) -> Pending<'_, Option<TransportEvent>> {
        Box::pin(ready(self.0.pop_front()))
    }
}

fn sensor(id: &str, kind: &str, cadence_ms: Option<u32>) -> Sensor {
    let (id, name, kind) = (SensorId::new(id), "PLANTED-NAME".to_owned(), kind.to_owned());
    Sensor { id, name, kind, cadence_ms, has_clock: false, origin: Origin::Simulated, notifies: vec![] }
}

fn strap() -> Sensor {
    sensor("PLANTED-STRAP", "PLANTED-KIND strap", Some(1000))
}

fn thermometer() -> Sensor {
    sensor("thermometer", "thermometer", None)
}

pub(super) fn heart_rate_at(ms: i64, bytes: &[u8]) -> TransportEvent {
    let (sensor, characteristic) = (strap().id, heart_rate::MEASUREMENT);
    TransportEvent::Notification(Notification {
        sensor,
        characteristic,
        received_at: START + ms,
        bytes: bytes.to_vec(),
    })
}

/// `seconds` of heart rate with RR intervals from `from` on.
pub(super) fn stream(from: i64, seconds: i64) -> Vec<TransportEvent> {
    let one = |second: i64| {
        let rate = 60 + u8::try_from(second % 30).unwrap_or(0);
        heart_rate_at((from + second) * 1000 + 500, &[0x10, rate, 0x00, 0x03])
    };
    (0..seconds).map(one).collect()
}

pub(super) fn temperature_at(ms: i64) -> TransportEvent {
    let (sensor, characteristic) = (thermometer().id, thermometer::MEASUREMENT);
    let bytes = vec![0x00, 0x7b, 0x0e, 0x00, 0xfe];
    TransportEvent::Notification(Notification { sensor, characteristic, received_at: START + ms, bytes })
}

fn script(events: Vec<TransportEvent>) -> Box<dyn BleTransport> {
    telling_script(events, Vec::new())
}

fn telling_script(events: Vec<TransportEvent>, answers: Answers) -> Box<dyn BleTransport> {
    let mut all =
        VecDeque::from([TransportEvent::Connected(strap()), TransportEvent::Connected(thermometer())]);
    all.extend(events);
    all.push_back(TransportEvent::Finished);
    Box::new(Script(all, answers))
}

fn options(seed: u64) -> RecordOptions {
    let clock = Arc::new(ManualClock::at(START));
    RecordOptions { clock, random: Box::new(SeededRandom::new(seed)) }
}

fn vault(dir: &Path) -> Box<dyn crate::keys::KeyVault> {
    let path = dir.join("vault.json");
    let vault = match path.exists() {
        true => FileVault::open(&path, "passphrase"),
        false => FileVault::create(&path, "passphrase", PassphraseCost::WEAK_FOR_TESTS),
    };
    Box::new(vault.unwrap())
}

pub(super) async fn new_record() -> (Scratch, Record) {
    let dir = scratch();
    let (record, _) = Record::create(&dir.join("record"), vault(&dir), options(1)).await.unwrap();
    (dir, record)
}

pub(super) async fn reopen(dir: &Path) -> Result<Record, Error> {
    Record::open(&dir.join("record"), vault(dir), options(2)).await
}

pub(super) async fn collect(record: &Record, events: Vec<TransportEvent>) -> CollectSummary {
    record.collect(script(events), CollectOptions::default()).await.unwrap()
}

pub(super) async fn everything(record: &Record) -> VitalsPage {
    let query = VitalsQuery { from: 0, to: START * 2, vitals: vec![], limit: 100_000, after: None };
    record.vitals(query).await.unwrap()
}

#[tokio::test]
async fn a_killed_process_loses_nothing_and_doubles_nothing() {
    let (dir, record) = new_record().await;
    let mut events = stream(0, 120);
    events.insert(60, heart_rate_at(60_400, &[0x01]));
    events.push(temperature_at(121_000));
    let summary = collect(&record, events).await;
    assert_eq!((summary.counts.notifications, summary.counts.malformed), (122, 1));
    let before = (everything(&record).await, record.counts().await.unwrap());
    assert_eq!(before.0.readings.len(), 241);
    drop(record);
    for _ in 0..2 {
        let record = reopen(&dir).await.unwrap();
        assert_eq!(record.replayed().notifications, 122);
        assert_eq!((everything(&record).await, record.counts().await.unwrap()), before);
        drop(record);
    }
    let record = reopen(&dir).await.unwrap();
    collect(&record, stream(200, 5)).await;
    record.seal().await.unwrap();
    drop(record);
    let record = reopen(&dir).await.unwrap();
    assert_eq!(record.replayed().notifications, 0);
    assert_eq!(
        (everything(&record).await.readings.len(), record.counts().await.unwrap().readings),
        (251, 251)
    );
    assert_eq!(record.inner.store.malformed().unwrap().len(), 1);
}

#[tokio::test]
async fn marks_given_after_a_restart_are_those_given_before() {
    let (dir, record) = new_record().await;
    let mut events = stream(0, 5);
    events.extend((0..700).map(|second| heart_rate_at(10_000 + second * 1000, &[0x00, 70])));
    collect(&record, events[..400].to_vec()).await;
    drop(record);
    let record = reopen(&dir).await.unwrap();
    collect(&record, events[400..].to_vec()).await;
    let two = everything(&record).await;
    let (_other, record) = new_record().await;
    collect(&record, events).await;
    assert_eq!(everything(&record).await, two);
}

#[tokio::test]
async fn an_hour_is_sealed_when_it_is_over_and_protocol_accepts_the_chain() {
    let (_dir, record) = new_record().await;
    let mut events = vec![temperature_at(1000)];
    events.extend(stream(3590, 20));
    let staged = collect(&record, events).await;
    assert_eq!(staged.blocks, 1);
    let status = record.status().await.unwrap();
    assert_eq!((status.blocks, status.epoch, status.waiting_segments), (2, 0, 1));
    let summary = record.seal().await.unwrap();
    assert_eq!((summary.blocks, summary.segments, summary.height), (1, 1, 2));
    assert_eq!(record.seal().await.unwrap().blocks, 0);
    let store = &record.inner.store;
    let first = store.block(0).unwrap().unwrap();
    let shown = ShownEpoch { first_block: &first.bytes, hand_over: None, base_path: &[] };
    let history = verify_history(&record.chain(), [shown]).unwrap();
    let log_key = history.newest().unwrap().log_key();
    let (size, note) = store.newest_note(0).unwrap().unwrap();
    let checkpoint = verify_checkpoint(&note, &record.chain(), 0, &log_key).unwrap().checkpoint();
    assert_eq!((size, checkpoint.root), (3, pulsebook_protocol::tree::root(&store.leaves(0).unwrap())));
    for height in 1..3 {
        let stored = store.block(height).unwrap().unwrap();
        let block = Store::parse(&stored).unwrap();
        let manifest = pulsebook_protocol::manifest::Manifest::decode(&stored.manifest).unwrap();
        let hashes = store.segment_hashes(height).unwrap();
        assert!(!manifest.verify(height, &block.commitments, &hashes).unwrap().live().is_empty());
    }
    let evidence = store.evidence(1, 0).unwrap().unwrap();
    assert_eq!(evidence.notifications.len(), 10);
}

#[tokio::test]
async fn readings_come_back_page_by_page_with_marks_and_sensors() {
    let (_dir, record) = new_record().await;
    collect(&record, [stream(3500, 200), vec![temperature_at(3_700_500)]].concat()).await;
    let all = everything(&record).await;
    assert_eq!(all.readings.len(), 401);
    assert!(
        all.readings.iter().any(|kept| kept.block.is_some())
            && all.readings.iter().any(|kept| kept.block.is_none())
    );
    let mut query =
        VitalsQuery { from: 0, to: START * 2, vitals: vec![Vital::HeartRate], limit: 33, after: None };
    let mut paged = Vec::new();
    loop {
        let page = record.vitals(query.clone()).await.unwrap();
        assert!(page.readings.len() <= 33);
        paged.extend(page.readings.iter().map(|kept| kept.reading));
        query.after = page.next;
        if page.next.is_none() {
            break;
        }
    }
    let heart =
        all.readings.iter().map(|kept| kept.reading).filter(|reading| reading.vital == Vital::HeartRate);
    assert_eq!(paged, heart.collect::<Vec<_>>());
    let warm = all.readings.last().unwrap();
    assert_eq!(
        (warm.reading.value, all.sensors[warm.sensor as usize].kind.as_str()),
        (Value::Number(3707), "thermometer")
    );
}

#[tokio::test]
async fn the_same_seed_gives_the_same_blocks() {
    let mut leaves = Vec::new();
    for _ in 0..2 {
        let (_dir, record) = new_record().await;
        collect(&record, stream(3500, 200)).await;
        record.seal().await.unwrap();
        leaves.push(record.inner.store.leaves(0).unwrap());
    }
    assert_eq!(leaves[0].len(), 3);
    assert_eq!(leaves[0], leaves[1]);
}

#[tokio::test]
async fn nothing_personal_stands_in_any_file() {
    let (dir, record) = new_record().await;
    let frame = [0x10, 0x77, 0xad, 0x5e];
    collect(
        &record,
        [stream(3500, 90), vec![heart_rate_at(3_595_000, &frame), heart_rate_at(3_600_500, &frame)]].concat(),
    )
    .await;
    record.seal().await.unwrap();
    collect(&record, vec![heart_rate_at(3_700_500, &frame), heart_rate_at(3_700_900, &[0x01])]).await;
    for _closed in 0..2 {
        let bytes = all_bytes(&dir);
        for marker in [&b"PLANTED"[..], &frame, b"passphrase", b"thermometer"] {
            assert!(!bytes.windows(marker.len()).any(|window| window == marker), "{marker:?}");
        }
    }
}

#[tokio::test]
async fn an_old_copy_of_the_database_keeps_collecting_and_signs_nothing() {
    let (dir, record) = new_record().await;
    drop(record);
    let (live, copy) = (dir.join("record/record.sqlite"), dir.join("copy.sqlite"));
    std::fs::copy(&live, &copy).unwrap();
    let record = reopen(&dir).await.unwrap();
    collect(&record, stream(0, 10)).await;
    record.seal().await.unwrap();
    drop(record);
    for leftover in ["record.sqlite-wal", "record.sqlite-shm"] {
        let _ = std::fs::remove_file(dir.join("record").join(leftover));
    }
    std::fs::copy(&copy, &live).unwrap();
    let record = reopen(&dir).await.unwrap();
    let fenced = record.status().await.unwrap().fenced.unwrap();
    assert!(fenced.contains("old copy") && fenced.contains("still kept"), "{fenced}");
    let mut events = record.events();
    let summary = collect(&record, stream(3590, 20)).await;
    assert_eq!((summary.counts.readings, summary.blocks), (40, 0));
    let told =
        std::iter::from_fn(|| events.try_next()).any(|heard| matches!(heard.event, Event::Fenced { .. }));
    assert!(told);
    assert!(matches!(record.seal().await, Err(Error::Ledger(_))));
    assert_eq!(record.inner.store.block_count().unwrap(), 1);
}

#[tokio::test]
async fn a_flipped_journal_byte_is_named_and_the_rest_is_kept() {
    let (dir, record) = new_record().await;
    collect(&record, stream(0, 10)).await;
    drop(record);
    let journal = dir.join("record/journal/0000000000.journal");
    let mut bytes = std::fs::read(&journal).unwrap();
    let last = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[last - 200] ^= 1;
    std::fs::write(&journal, bytes).unwrap();
    let record = reopen(&dir).await.unwrap();
    let status = record.status().await.unwrap();
    assert!(status.damage[0].contains("0000000000.journal is damaged at byte"), "{:?}", status.damage);
    assert_eq!(everything(&record).await.readings.len(), 18);
    assert!(journal.with_extension("damaged").exists());
}

#[tokio::test]
async fn events_tell_the_story() {
    let (_dir, record) = new_record().await;
    let mut events = record.events();
    let lost =
        TransportEvent::Disconnected { sensor: strap().id, reason: Disconnect::Lost, at: START + 1500 };
    collect(&record, vec![heart_rate_at(500, &[0x00, 70]), lost, temperature_at(60_000)]).await;
    let told: Vec<String> = std::iter::from_fn(|| events.try_next())
        .map(|heard| format!("{:?}", heard.event).split([' ', '{']).next().unwrap_or_default().to_owned())
        .collect();
    let expected = [
        "SensorConnected",
        "SensorConnected",
        "SensorState",
        "ReadingKept",
        "SensorLost",
        "Silence",
        "SensorState",
        "ReadingKept",
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_record_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Record>();
}
