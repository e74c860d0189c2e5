//! Raw evidence: kept for its time, moved from where the first version had it, and never left behind by a crash.

use super::*;
use crate::store::{EvidenceClass, EvidenceFile, Keep, locked};

const DAY_MS: i64 = 86_400_000;

/// A record with one block: heart rate and one temperature.
async fn with_evidence() -> (Scratch, Record, ManualClock) {
    let dir = scratch();
    let clock = ManualClock::at(START);
    let options = RecordOptions { clock: Arc::new(clock.clone()), ..options(1) };
    let (record, _) = Record::create(&dir.join("record"), vault(&dir), options).await.unwrap();
    collect(&record, [stream(0, 20), vec![temperature_at(20_500)]].concat()).await;
    record.seal().await.unwrap();
    (dir, record, clock)
}

async fn there(record: &Record) -> Vec<EvidenceFile> {
    let files = record.evidence_files().await.unwrap();
    files.into_iter().filter(|file| file.removed_at.is_none()).collect()
}

fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir.join("record/evidence")).unwrap().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn each_segment_shows_the_notifications_that_its_root_was_made_of() {
    let (dir, record, _) = with_evidence().await;
    assert_eq!(names(&dir), ["0000000001.spots", "0000000001.streams"]);
    let mut counts = Vec::new();
    for file in there(&record).await {
        for (slot, count) in file.segments {
            let shown = record.segment_evidence(file.height, slot).await.unwrap().unwrap();
            assert_eq!(shown.evidence.evidence().root(), shown.root);
            assert_eq!(shown.evidence.evidence().notifications.len(), count as usize);
            counts.push((file.class, count));
        }
    }
    assert_eq!(counts, [(EvidenceClass::Streams, 20), (EvidenceClass::Spots, 1)]);
    assert!(record.segment_evidence(1, 7).await.unwrap().is_none());
}

#[tokio::test]
async fn a_streams_evidence_goes_after_thirty_days_and_a_spot_measurements_stays() {
    let (dir, record, clock) = with_evidence().await;
    let mut events = record.events();
    for day in 1..=29 {
        clock.set(START + day * DAY_MS);
        assert_eq!(record.inner.store.expire_evidence(record.inner.seconds(), false).unwrap().files, 0);
    }
    let at = 30 * DAY_MS + 3_600_000;
    collect(&record, vec![heart_rate_at(at, &[0, 61])]).await;
    record.seal().await.unwrap();
    let told = std::iter::from_fn(|| events.try_next()).map(|heard| heard.event);
    assert!(told.into_iter().any(|event| matches!(event, Event::EvidenceRemoved { files: 1, .. })));
    assert_eq!(names(&dir), ["0000000001.spots", "0000000002.streams"]);
    assert!(record.segment_evidence(1, 0).await.unwrap().is_none());
    assert_eq!(everything(&record).await.readings.len(), 42, "the readings stay");
    let gone = record.evidence_files().await.unwrap().into_iter().find(|file| file.removed_at.is_some());
    assert_eq!(gone.map(|file| (file.height, file.class)), Some((1, EvidenceClass::Streams)));
}

#[tokio::test]
async fn a_clock_that_jumps_years_ahead_and_back_removes_nothing() {
    let (dir, record, clock) = with_evidence().await;
    drop(record);
    for ms in [0, 10 * 365 * DAY_MS, 0, 40 * DAY_MS] {
        clock.set(START + ms);
        let options = RecordOptions { clock: Arc::new(clock.clone()), ..options(2) };
        let record = Record::open(&dir.join("record"), vault(&dir), options).await.unwrap();
        assert_eq!(record.evidence_removed_at_opening().files, 0, "{ms}");
    }
    clock.set(START + 41 * DAY_MS);
    let options = RecordOptions { clock: Arc::new(clock.clone()), ..options(2) };
    let record = Record::open(&dir.join("record"), vault(&dir), options).await.unwrap();
    assert_eq!(record.evidence_removed_at_opening().files, 1, "a day later the clock still says so");
}

#[tokio::test]
async fn the_patient_chooses_how_long() {
    let (dir, record, _) = with_evidence().await;
    assert_eq!(record.keep_evidence(EvidenceClass::Spots, Keep::Days(1)).await.unwrap().files, 0);
    assert_eq!(record.keep_evidence(EvidenceClass::Streams, Keep::None).await.unwrap().files, 1);
    collect(&record, stream(30, 5)).await;
    record.seal().await.unwrap();
    assert_eq!(names(&dir), ["0000000001.spots"], "none is written any more");
    drop(record);
    let record = reopen(&dir).await.unwrap();
    let keeping = record.evidence_keeping().await.unwrap();
    assert_eq!((keeping.streams, keeping.spots), (Keep::None, Keep::Days(1)));
}

#[tokio::test]
async fn what_a_crash_left_is_gone_at_the_next_opening_and_a_fence_keeps_its_hands_off() {
    let (dir, record, _) = with_evidence().await;
    let folder = dir.join("record/evidence");
    let leave = || {
        for name in ["0000000002.streams", "0000000009.next"] {
            std::fs::write(folder.join(name), b"half").unwrap();
        }
    };
    leave();
    drop(record);
    let record = reopen(&dir).await.unwrap();
    assert_eq!(names(&dir), ["0000000001.spots", "0000000001.streams"]);
    locked(&record.inner.ledger).fence(&record.inner.store, 99).unwrap();
    leave();
    drop(record);
    let _record = reopen(&dir).await.unwrap();
    assert_eq!(names(&dir).len(), 4);
}

#[tokio::test]
async fn a_sealing_cut_off_after_its_evidence_is_done_again_and_doubles_nothing() {
    let (dir, record, _) = with_evidence().await;
    collect(&record, stream(30, 10)).await;
    {
        // As a process that is killed between the files and the transaction.
        let (mut pipeline, mut random) = (locked(&record.inner.pipeline), locked(&record.inner.random));
        let drafts = pipeline.staging().drafts(&mut **random).unwrap();
        let blocks = locked(&record.inner.ledger).build(drafts, &[], 1_800_000_000, &mut **random).unwrap();
        record.inner.store.write_evidence(&blocks, &mut **random).unwrap();
        pipeline.sync(None).unwrap();
    }
    assert_eq!(names(&dir).len(), 3);
    drop(record);
    let record = reopen(&dir).await.unwrap();
    assert_eq!(names(&dir).len(), 2);
    record.seal().await.unwrap();
    let shown = record.segment_evidence(2, 0).await.unwrap().unwrap();
    assert_eq!(shown.evidence.evidence().notifications.len(), 10);
    assert_eq!(everything(&record).await.readings.len(), 61);
}

#[tokio::test]
async fn evidence_that_is_damaged_or_gone_is_named_and_the_readings_stay() {
    let (dir, record, _) = with_evidence().await;
    let path = dir.join("record/evidence/0000000001.streams");
    let mut bytes = std::fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let error = record.segment_evidence(1, 0).await.unwrap_err().to_string();
    assert!(error.contains("0000000001.streams is damaged: a page does not open"), "{error}");
    std::fs::remove_file(&path).unwrap();
    let error = record.segment_evidence(1, 0).await.unwrap_err().to_string();
    assert!(error.contains("it is missing") && error.contains("backup"), "{error}");
    assert_eq!(everything(&record).await.readings.len(), 41);
}

/// The folder that the first version wrote.
fn old_record() -> Scratch {
    let dir = scratch();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/compatibility/record-0002");
    std::fs::create_dir(dir.join("record")).unwrap();
    for name in ["record.sqlite", "role.json"] {
        std::fs::copy(from.join(name), dir.join("record").join(name)).unwrap();
    }
    std::fs::copy(from.join("vault.json"), dir.join("vault.json")).unwrap();
    dir
}

#[tokio::test]
async fn what_the_first_version_kept_moves_into_files_and_still_has_its_roots() {
    let dir = old_record();
    let vault = FileVault::open(&dir.join("vault.json"), "old passphrase").unwrap();
    let record = Record::open(&dir.join("record"), Box::new(vault), options(2)).await.unwrap();
    assert_eq!(record.status().await.unwrap().left_undone, Vec::<String>::new());
    let files = there(&record).await;
    let segments = files.iter().flat_map(|file| file.segments.iter().map(|(slot, _)| (file.height, *slot)));
    let mut shown = 0;
    for (height, slot) in segments {
        let evidence = record.segment_evidence(height, slot).await.unwrap().unwrap();
        shown += usize::from(!evidence.evidence.evidence().notifications.is_empty());
    }
    assert_eq!((files.len(), shown), (4, 7));
    assert_eq!(everything(&record).await.readings.len(), 882);
    assert_eq!(record.inner.store.malformed().unwrap().len(), 2);
}
