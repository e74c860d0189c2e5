//! Databases that are newer, older, damaged or no databases, and large bytes beside them.

use super::*;
use crate::{scratch::Scratch, store::blob::LARGE};
use pulsebook_protocol::random::SystemRandom;
use std::path::PathBuf;

const CHAIN: ChainId = ChainId::from_bytes([1; 32]);
const QUOTA: Quota = Quota { segments: 10, bytes: 1 << 20, seconds: 100 };
const MEMORY: fn() -> Box<dyn BlobStore> = || Box::<MemoryBlobs>::default();

fn open(folder: &Scratch) -> SqliteStore {
    let blobs = FileBlobs::open(&folder.file("blobs"), Box::new(SystemRandom)).unwrap();
    SqliteStore::open(&folder.file("node.db"), Box::new(blobs)).unwrap()
}

fn files(folder: &Scratch) -> Vec<PathBuf> {
    std::fs::read_dir(folder.file("blobs")).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn put(store: &SqliteStore, number: u8, bytes: &[u8], now_s: u64) -> PutSegment {
    store.put_segments(&CHAIN, &[(Commitment::from_bytes([number; 32]), bytes)], now_s, QUOTA).unwrap()
}

/// Any write that is synced.
fn durable(store: &SqliteStore) {
    let note = String::new();
    let row = NoteRow { epoch: 1, size: 1, root: Digest::ZERO, note, settled: false, mirrored_at: 0 };
    store.put_note(&CHAIN, &row).unwrap();
    assert!(store.dropped.lock().unwrap().is_empty());
}

fn segment(store: &SqliteStore, number: u8) -> Option<StoredSegment> {
    store.segment(&SegmentPermit::in_test(CHAIN, Commitment::from_bytes([number; 32]))).unwrap()
}

#[test]
fn a_database_of_a_newer_version_is_not_touched() {
    let folder = Scratch::make("newer");
    let file = folder.file("node.db");
    drop(SqliteStore::open(&file, MEMORY()).unwrap());
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = SqliteStore::open(&file, MEMORY()).err().unwrap();
    assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error}");
}

#[test]
fn a_folder_from_before_there_were_blobs_opens_with_what_it_holds() {
    let folder = Scratch::make("older");
    let old = Connection::open(folder.file("node.db")).unwrap();
    old.execute_batch(MIGRATIONS[0]).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    let large = vec![5_u8; LARGE];
    let hash = pulsebook_protocol::hash::sha256(&[&large]);
    let sql = "INSERT INTO segments VALUES (?1, ?2, ?3, ?4, 0, 1, ?5)";
    old.execute(sql, params![[1_u8; 32], [9_u8; 32], hash.as_bytes(), large.len(), large]).unwrap();
    drop(old);
    let held = segment(&open(&folder), 9).unwrap();
    assert!(held.is_whole() && held.bytes == large);
}

#[test]
fn what_waited_in_a_folder_of_the_second_version_waits_still_and_what_was_bound_does_not() {
    let folder = Scratch::make("waited");
    let old = Connection::open(folder.file("node.db")).unwrap();
    MIGRATIONS[..2].iter().for_each(|script| old.execute_batch(script).unwrap());
    old.pragma_update(None, "user_version", 2).unwrap();
    for (number, pending) in [(1_u8, 1), (2, 0)] {
        let hash = pulsebook_protocol::hash::sha256(&[&[number]]);
        let sql = "INSERT INTO segments VALUES (?1, ?2, ?3, 1, 50, ?4, ?5, NULL)";
        old.execute(sql, params![[1_u8; 32], [number; 32], hash.as_bytes(), pending, [number]]).unwrap();
    }
    drop(old);
    let store = open(&folder);
    assert_eq!(put(&store, 2, b"forged", 60), PutSegment::Differs);
    assert_eq!(put(&store, 1, b"newer", 60), PutSegment::Done);
    assert_eq!(put(&store, 3, b"later", 200), PutSegment::Done);
    let held = [1, 2, 3].map(|number| segment(&store, number).map(|segment| segment.bytes));
    assert_eq!(held, [None, Some(vec![2]), Some(b"later".to_vec())], "what waits has an end");
}

#[test]
fn what_is_no_database_is_an_error_and_no_panic() {
    let folder = Scratch::make("junk");
    let file = folder.file("node.db");
    std::fs::write(&file, [7; 5000]).unwrap();
    assert!(SqliteStore::open(&file, MEMORY()).is_err());
}

#[test]
fn a_node_does_not_start_on_a_corrupt_database() {
    let folder = Scratch::make("corrupt");
    let file = folder.file("node.db");
    let store = SqliteStore::open(&file, MEMORY()).unwrap();
    for number in 0..40 {
        put(&store, number, &[number; 20_000], 0);
    }
    let connection = store.connection.into_inner().unwrap();
    connection.pragma_update(None, "wal_checkpoint", "TRUNCATE").unwrap();
    drop(connection);
    let mut bytes = std::fs::read(&file).unwrap();
    // A page of links between pages, which no hash of ours covers.
    bytes[4096..8192].fill(0xa5);
    std::fs::write(&file, bytes).unwrap();
    let error = SqliteStore::open(&file, MEMORY()).err().unwrap().to_string();
    assert!(error.contains("damaged") || error.contains("malformed"), "{error}");
}

#[test]
fn only_what_is_over_64_kib_lies_in_a_file() {
    let folder = Scratch::make("large");
    let store = open(&folder);
    put(&store, 1, &[1; LARGE - 1], 0);
    assert_eq!(files(&folder).len(), 0);
    put(&store, 2, &[2; LARGE], 0);
    assert_eq!(files(&folder).len(), 1);
    drop(store);
    let store = open(&folder);
    assert_eq!(segment(&store, 2).unwrap().bytes, [2; LARGE]);
    assert!(store.put_keyring_page(&CHAIN, &Digest::ZERO, &[3; LARGE], 9).unwrap());
    let row = ReleaseRow {
        grant_id: GrantId::from_bytes([3; 16]),
        epoch: 1,
        seq: 0,
        hash: Digest::ZERO,
        previous: Digest::ZERO,
        header: vec![1],
        ciphertext: vec![4; LARGE],
    };
    assert_eq!(store.put_release(&CHAIN, &row).unwrap(), PutRelease::Done);
    assert_eq!(store.releases(&CHAIN, &row.grant_id, (0, 0), 9).unwrap(), [row]);
    assert_eq!(files(&folder).len(), 3);
}

#[test]
fn a_file_goes_after_its_row_and_an_orphan_at_the_next_start() {
    let folder = Scratch::make("orphans");
    let store = open(&folder);
    put(&store, 1, &[1; LARGE], 0);
    put(&store, 1, &[2; LARGE], 0);
    assert_eq!(files(&folder).len(), 2, "a power cut may bring the old row back");
    durable(&store);
    assert_eq!(files(&folder).len(), 1, "the newest upload counts");
    put(&store, 2, &[2; 10], 200);
    durable(&store);
    assert_eq!((files(&folder).len(), segment(&store, 1)), (0, None), "it waited too long");
    assert_eq!(put(&store, 3, &[3; 1 << 21], 200), PutSegment::OverQuota);
    assert_eq!(files(&folder).len(), 0);
    put(&store, 4, &[4; LARGE], 200);
    store.blobs.put(&[5; LARGE]).unwrap();
    drop(store);
    let store = open(&folder);
    assert_eq!((files(&folder).len(), segment(&store, 4).unwrap().is_whole()), (1, true));
}

#[test]
fn a_lost_or_altered_file_is_seen_and_made_good_by_the_same_bytes() {
    let folder = Scratch::make("mended");
    let store = open(&folder);
    put(&store, 1, &[1; LARGE], 0);
    std::fs::write(&files(&folder)[0], [0; LARGE]).unwrap();
    assert!(!segment(&store, 1).unwrap().is_whole());
    put(&store, 1, &[1; LARGE], 0);
    assert!(segment(&store, 1).unwrap().is_whole());
    durable(&store);
    std::fs::remove_file(&files(&folder)[0]).unwrap();
    assert_eq!(segment(&store, 1), None);
    put(&store, 1, &[1; LARGE], 0);
    durable(&store);
    assert!(segment(&store, 1).unwrap().is_whole() && files(&folder).len() == 1);
}

/// What is said when a database is opened of which bytes are others.
fn open_changed(name: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let folder = Scratch::make(name);
    let file = folder.file("node.db");
    drop(SqliteStore::open(&file, MEMORY()).unwrap());
    let mut bytes = std::fs::read(&file).unwrap();
    change(&mut bytes);
    std::fs::write(&file, bytes).unwrap();
    SqliteStore::open(&file, MEMORY()).err().unwrap().to_string()
}

/// Places of the header: <https://www.sqlite.org/fileformat.html#the_database_header>.
#[test]
fn a_changed_header_or_schema_is_named_with_what_to_do() {
    let named = |error: &str, what: &str| {
        assert!(error.contains(what) && error.contains("put node.db back from a backup"), "{error}");
        assert!(!error.contains("look at the disk"), "{error}");
    };
    named(&open_changed("format", |bytes| bytes[47] ^= 8), "unsupported file format");
    let greater = open_changed("greater", |bytes| bytes[62] ^= 2);
    named(&greater, &format!("is of version {}", 0x200 + MIGRATIONS.len()));
    assert!(greater.contains("use that program"), "{greater}");
    named(&open_changed("negative", |bytes| bytes[60] ^= 0x80), "is of version -");
    let read_only = open_changed("write-version", |bytes| bytes[18] ^= 0x20);
    named(&read_only, "can only be read");
    let letter = |bytes: &mut Vec<u8>| {
        let (word, other) = (b"first_root", b"first_rooz");
        let places: Vec<usize> =
            (0..bytes.len() - word.len()).filter(|at| bytes[*at..].starts_with(word)).collect();
        assert!(!places.is_empty());
        places.iter().for_each(|at| bytes[*at..][..word.len()].copy_from_slice(other));
    };
    named(&open_changed("letter", letter), "no such column");
}

#[test]
fn a_segment_that_a_block_names_and_the_disk_lost_is_missing_whatever_waits() {
    let folder = Scratch::make("gone");
    let store = open(&folder);
    for number in [1, 2, 3] {
        assert_eq!(put(&store, number, &[number], 0), PutSegment::Done);
    }
    let live = [1, 2].map(|number| (number - 1, Commitment::from_bytes([number; 32]))).to_vec();
    let (block, manifest, entries) = (vec![1], vec![2], Vec::new());
    let block = BlockRow { height: 0, epoch: 0, leaf: Digest::ZERO, block, manifest, live, entries };
    let head = HeadRow { epoch: 0, size: 1, root: Digest::ZERO, height: 0, cosigned_at: 5 };
    assert_eq!(store.append(&CHAIN, None, &Append { blocks: vec![block], head }).unwrap(), Appended::Done);
    assert_eq!(store.missing_segments(&CHAIN, 0).unwrap(), []);
    let disk = Connection::open(folder.file("node.db")).unwrap();
    disk.execute("DELETE FROM segments WHERE commitment = ?1", [[2_u8; 32]]).unwrap();
    assert_eq!(store.missing_segments(&CHAIN, 0).unwrap(), [(0, 1)]);
}
