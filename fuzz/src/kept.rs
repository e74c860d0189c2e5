//! What the phone keeps in files: a journal that foreign hands altered, and what stands inside sealed pages.

use crate::{canonical::assert_canonical, selected, world};
use pulsebook_core::{
    assess::{Assessor, Limits},
    pipeline::journal_record_again,
    store::{
        ChainIdentity, Folder, Grain, MalformedNotification, Store, StoreKeys, StoredFact, StoredSensor,
        StoredUser, Unassigned, journal::{RECORD_LIMIT, Replay},
        fetched_page_again, read_evidence_page, read_index_twice, read_rollups_twice, write_evidence_page,
    },
};
use pulsebook_protocol::{cbor, random::SeededRandom};
use std::{fs, path::PathBuf, sync::OnceLock};

const RECORDS: [&[u8]; 4] = [b"first", b"", b"the third record", &[7; 300]];

/// Magic, file id, sealed file key.
const HEAD: usize = 8 + 16 + 29 + 32;

struct Journal {
    store: Store,
    path: PathBuf,
    bytes: Vec<u8>,
}

/// A journal of four records in a folder of this process.
fn journal_file() -> &'static Journal {
    static JOURNAL: OnceLock<Journal> = OnceLock::new();
    JOURNAL.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("pulsebook-fuzz-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let keys = StoreKeys { store: world::secret(1), erase: world::secret(2) };
        let identity =
            ChainIdentity { chain: world::chain(), salt: world::SALT, first_root: world::key(1).public() };
        let store =
            Store::create(Folder::create(&folder).expect("a folder"), keys, identity).expect("a store");
        let mut journal = store.start_journal(&mut SeededRandom::new(4)).expect("a journal");
        RECORDS.iter().for_each(|record| journal.append(record).expect("appended"));
        let path = folder.join("journal/0000000000.journal");
        let bytes = fs::read(&path).expect("the journal's file");
        Journal { store, path, bytes }
    })
}

/// Choice 0: a file as it comes. 1: our file, cut at the number of the next two bytes, then each three bytes are a place and
/// what is flipped there; more than the file has stands behind it.
pub(crate) fn journal(data: &[u8]) {
    let (choice, bytes) = selected(data);
    let journal = journal_file();
    let altered = if choice & 1 == 0 { bytes.to_vec() } else { alter(&journal.bytes, bytes) };
    fs::write(&journal.path, &altered).expect("written");
    let mut file = journal.store.open_journal(0).expect("a file that is there can be opened");
    let (mut records, mut told, mut steps) = (Vec::new(), false, 0);
    loop {
        steps += 1;
        assert!(steps <= altered.len() + 2, "a replay without an end");
        match file.next_record().expect("a file that is there can be read") {
            Replay::Record(content) => records.push(content.to_vec()),
            Replay::Damaged(damage) => {
                assert!(damage.offset <= altered.len() as u64);
                told = true;
            }
            Replay::TornTail { offset } => {
                assert!(offset <= altered.len() as u64);
                told = true;
            }
            Replay::End => break,
        }
    }
    // What is read was written, in its order; what is missing is told, or cut off where a record ends.
    let mut written = RECORDS.iter();
    for record in &records {
        assert!(written.any(|original| original == record), "a record that nobody wrote");
    }
    // A file shorter than its head is one that no record was written to: the head is durable before the first.
    // Zeros are room: behind what was written they are as good as nothing.
    let end = altered.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let whole = journal.bytes.starts_with(&altered[..end]) || altered.len() < HEAD;
    assert!(records.len() == RECORDS.len() || told || whole, "records are gone and nobody says so");
    assert!(altered == journal.bytes || told || whole, "the file was altered and nobody says so");
}

pub(crate) fn alter(original: &[u8], with: &[u8]) -> Vec<u8> {
    let mut bytes = original.to_vec();
    let Some((length, patches)) = with.split_first_chunk() else { return bytes };
    let length = usize::from(u16::from_be_bytes(*length));
    bytes.truncate(length);
    for patch in patches.chunks_exact(3) {
        let at = usize::from(u16::from_be_bytes([patch[0], patch[1]]));
        match bytes.get_mut(at) {
            Some(byte) => *byte ^= patch[2],
            None => bytes.push(patch[2]),
        }
    }
    bytes
}

/// The first byte chooses what the opened bytes should be.
pub(crate) fn store_pages(data: &[u8]) {
    let (choice, bytes) = selected(data);
    match choice % 10 {
        0 => {
            let Some(notifications) = read_evidence_page(bytes) else { return };
            assert!(notifications.len() <= 8192);
            let again = read_evidence_page(&write_evidence_page(&notifications));
            assert_eq!(again, Some(notifications), "notifications do not come back");
        }
        1 => twice(read_rollups_twice(Grain::Minute, 19_000, bytes), 1440),
        2 => twice(read_rollups_twice(Grain::Day, -3, bytes), 360),
        3 => twice(read_index_twice(bytes), 64),
        4 => {
            if let Some(again) = journal_record_again(bytes) {
                assert_eq!(again, bytes, "a journal record has one spelling");
                assert!(bytes.len() <= RECORD_LIMIT);
            }
        }
        6 => {
            if let Some(again) = fetched_page_again(bytes) {
                assert_eq!(again, bytes, "what was fetched has one spelling");
            }
        }
        7 => again::<Unassigned>(bytes, 16 * 1024),
        8 => again::<Vec<MalformedNotification>>(bytes, 1 << 30),
        9 => again::<StoredSensor>(bytes, 64 * 1024),
        _ => {
            let assessor = || Assessor::new(Limits::builtin().clone());
            let (mut first, mut second) = (assessor(), assessor());
            first.restore(bytes);
            second.restore(&first.snapshot());
            assert_eq!(first.snapshot(), second.snapshot(), "an assessor remembers something else");
        }
    }
}

/// A page that is plain CBOR has one spelling; the limits are those of the tables unassigned, malformed and sensors.
fn again<T: for<'b> minicbor::Decode<'b, ()> + minicbor::Encode<()>>(bytes: &[u8], limit: usize) {
    let Ok(page) = cbor::decode::<T>(bytes, limit) else { return };
    assert_canonical(bytes);
    assert_eq!(cbor::encode(&page), bytes);
}

fn twice(read: Option<Result<usize, String>>, most: usize) {
    match read {
        Some(Ok(count)) => assert!(count <= most, "{count} of at most {most}"),
        Some(Err(differs)) => panic!("{differs}"),
        None => (),
    }
}

/// Pages that our own code wrote, with the choice before them.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let raw = |number: u16| pulsebook_core::store::RawNotification {
        service: 0x180D,
        characteristic: 0x2A37,
        instance: number % 2,
        received_at: 1_700_000_000_000 + i64::from(number) * 997,
        bytes: vec![0; usize::from(number % 3)].into(),
    };
    let page = write_evidence_page(&(0..40).map(raw).collect::<Vec<_>>());
    let snapshot = cbor::encode(&vec![("strap", 1u16, Some((5i64, 0u8, 72i32)), Some((5i64, 72i32)), 3u32)]);
    let fetched = cbor::encode(&("sysid-12", 0x1808u16, Some(41u32), pulsebook_protocol::bytes::ByteString(vec![7; 16])));
    let held = cbor::encode(&Unassigned { sensor: "scale".into(), user: 2, raw: raw(5) });
    let malformed: Vec<MalformedNotification> = (0..3).map(|number| ("strap".into(), raw(number))).collect();
    let sensor = cbor::encode(&StoredSensor {
        id: "sysid-12".into(),
        known_as: vec!["a".into(), "b".into()],
        name: "Scale".into(),
        kind: "weight scale".into(),
        met_at: 1_700_000_000_000,
        facts: vec![StoredFact { service: 0x180A, characteristic: 0x2A29, bytes: b"maker".to_vec().into() }],
        users: vec![StoredUser { number: 2, mine: true }],
    });
    let chosen = |choice: u8, page: &[u8]| [&[choice], page].concat();
    vec![
        chosen(0, &page),
        chosen(5, &snapshot),
        chosen(6, &fetched),
        chosen(7, &held),
        chosen(8, &cbor::encode(&malformed)),
        chosen(9, &sensor),
    ]
}
