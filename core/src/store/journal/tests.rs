//! A journal survives what happens to files, and says what did not survive.

use super::*;
use crate::store::testing::{Scratch, scratch, store};
use proptest::prelude::*;
use pulsebook_protocol::random::SystemRandom;

fn written(records: &[&[u8]]) -> (Scratch, Store, PathBuf) {
    let scratch = scratch();
    let store = store(&scratch.join("record"));
    let mut journal = store.start_journal(&mut SystemRandom).unwrap();
    for record in records {
        journal.append(record).unwrap();
    }
    journal.sync().unwrap();
    let path = store.journal_path(journal.number());
    (scratch, store, path)
}

fn replay(store: &Store) -> (Vec<Vec<u8>>, Vec<u64>, Option<u64>) {
    let (mut records, mut damaged, mut torn) = (Vec::new(), Vec::new(), None);
    let mut file = store.open_journal(0).unwrap();
    loop {
        match file.next_record().unwrap() {
            Replay::Record(content) => records.push(content.to_vec()),
            Replay::Damaged(damage) => damaged.push(damage.offset),
            Replay::TornTail { offset } => torn = Some(offset),
            Replay::End => return (records, damaged, torn),
        }
    }
}

const RECORDS: [&[u8]; 3] = [b"first", b"second", b"third"];
/// What a record takes besides its content.
const BESIDE: usize = FRAME + 16 + 1;

/// Where the written part of a file ends.
fn end_of(records: &[&[u8]]) -> usize {
    HEADER + records.iter().map(|record| record.len() + BESIDE).sum::<usize>()
}

/// The file as the first version would have written it: another magic, no end marks, no room.
fn as_version_1(bytes: &[u8], records: &[&[u8]]) -> Vec<u8> {
    let mut old = [&MAGIC_1[..], &bytes[8..HEADER]].concat();
    let mut at = HEADER;
    for record in records {
        old.extend_from_slice(&bytes[at..at + record.len() + BESIDE - 1]);
        at += record.len() + BESIDE;
    }
    old
}

#[test]
fn records_come_back_in_order_and_never_stand_in_the_clear() {
    let (_scratch, store, path) = written(&RECORDS);
    assert_eq!(replay(&store), (RECORDS.map(<[u8]>::to_vec).to_vec(), vec![], None));
    let bytes = fs::read(path).unwrap();
    assert!(!bytes.windows(6).any(|window| window == b"second"));
}

#[test]
fn no_record_makes_the_file_longer_until_its_room_is_used_up() {
    let scratch = scratch();
    let store = store(&scratch.join("record"));
    let mut journal = store.start_journal(&mut SystemRandom).unwrap();
    let length = |journal: &Journal| fs::metadata(store.journal_path(journal.number())).unwrap().len();
    for _ in 0..65 {
        journal.append(&[7; 1000]).unwrap();
    }
    assert_eq!(length(&journal), 2 * room::PIECE);
    journal.append(&[8; RECORD_LIMIT]).unwrap();
    assert_eq!(length(&journal), 2 * room::PIECE);
    let records = replay(&store).0;
    assert_eq!((records.len(), records[65].len()), (66, RECORD_LIMIT));
}

#[test]
fn records_that_are_written_together_come_back_one_by_one() {
    let (_scratch, store, path) = written(&RECORDS);
    let mut journal = store.start_journal(&mut SystemRandom).unwrap();
    RECORDS.iter().for_each(|record| journal.add(record).unwrap());
    let before = fs::read(store.journal_path(1)).unwrap();
    assert!(before[HEADER..].iter().all(|byte| *byte == 0), "nothing is written before it is said");
    journal.write().unwrap();
    fs::rename(store.journal_path(1), path).unwrap();
    assert_eq!(replay(&store), (RECORDS.map(<[u8]>::to_vec).to_vec(), vec![], None));
}

#[test]
fn a_file_of_the_first_version_is_read_and_every_cut_of_it_is_a_torn_tail() {
    let (_scratch, store, path) = written(&RECORDS);
    let bytes = as_version_1(&fs::read(&path).unwrap(), &RECORDS);
    fs::write(&path, &bytes).unwrap();
    assert_eq!(replay(&store), (RECORDS.map(<[u8]>::to_vec).to_vec(), vec![], None));
    let second = HEADER + 5 + BESIDE - 1;
    for length in second + 1..second + 6 + BESIDE - 1 {
        fs::write(&path, &bytes[..length]).unwrap();
        assert_eq!(replay(&store), (vec![b"first".to_vec()], vec![], Some(second as u64)), "at {length}");
    }
    for index in HEADER..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[index] ^= 0x40;
        fs::write(&path, &flipped).unwrap();
        assert_eq!(replay(&store).1.len(), 1, "byte {index}");
    }
}

/// A killed process leaves zeros behind the last byte it wrote, a file cut short nothing at all.
#[test]
fn every_cut_is_a_torn_tail_of_what_came_before() {
    let (_scratch, store, path) = written(&RECORDS);
    let bytes = fs::read(&path).unwrap();
    let second = end_of(&RECORDS[..1]);
    for length in second + 1..end_of(&RECORDS[..2]) {
        let mut zeros = bytes[..length].to_vec();
        zeros.resize(bytes.len(), 0);
        for cut in [&bytes[..length], &zeros] {
            fs::write(&path, cut).unwrap();
            let (records, damaged, torn) = replay(&store);
            // The first byte of a length under 256 is a zero: nothing of that record was written.
            let torn_at = if length == second + 1 { None } else { Some(second as u64) };
            assert_eq!((records, damaged, torn), (vec![b"first".to_vec()], vec![], torn_at), "at {length}");
        }
    }
    fs::write(&path, &bytes[..HEADER - 1]).unwrap();
    assert_eq!(replay(&store), (vec![], vec![], None));
}

#[test]
fn every_flipped_byte_is_named_with_the_offset_of_its_record() {
    let (_scratch, store, path) = written(&RECORDS);
    let bytes = fs::read(&path).unwrap();
    let (second, third) = (end_of(&RECORDS[..1]), end_of(&RECORDS[..2]));
    for index in 0..end_of(&RECORDS) {
        let mut flipped = bytes.clone();
        flipped[index] ^= 0x40;
        fs::write(&path, &flipped).unwrap();
        let (records, damaged, torn) = replay(&store);
        assert_eq!((damaged.len(), torn), (1, None), "byte {index}");
        if (second..third).contains(&index) {
            assert_eq!(damaged, [second as u64], "byte {index}");
            assert_eq!(records[0], b"first");
        }
    }
}

#[test]
fn a_hole_before_what_was_written_and_a_byte_in_the_room_are_named() {
    let (_scratch, store, path) = written(&RECORDS);
    let bytes = fs::read(&path).unwrap();
    let (second, end) = (end_of(&RECORDS[..1]), end_of(&RECORDS));
    let mut hole = bytes.clone();
    hole[second..second + 6 + BESIDE].fill(0);
    fs::write(&path, &hole).unwrap();
    assert_eq!(replay(&store), (vec![b"first".to_vec()], vec![second as u64], None));
    let mut stray = bytes;
    stray[end + 5000] = 1;
    fs::write(&path, &stray).unwrap();
    assert_eq!(replay(&store), (RECORDS.map(<[u8]>::to_vec).to_vec(), vec![end as u64], None));
}

#[test]
fn a_file_in_blocks_is_dropped_and_its_number_is_not_used_again() {
    let (_scratch, store, path) = written(&RECORDS);
    let sealing = crate::store::Sealing { journal_through: Some(0), ..Default::default() };
    store.commit(&sealing, 0, &mut SystemRandom).unwrap();
    assert_eq!(store.journal_files().unwrap(), Vec::<u64>::new());
    assert!(!path.exists());
    assert_eq!(store.start_journal(&mut SystemRandom).unwrap().number(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_records_come_back_and_a_cut_loses_only_the_last(
        records in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 1..12),
        cut in 1usize..16,
    ) {
        let borrowed: Vec<&[u8]> = records.iter().map(Vec::as_slice).collect();
        let (_scratch, store, path) = written(&borrowed);
        prop_assert_eq!(replay(&store), (records.clone(), vec![], None));
        let mut bytes = fs::read(&path).unwrap();
        let end = end_of(&borrowed);
        bytes[end - cut..].fill(0);
        fs::write(&path, &bytes).unwrap();
        let (read, damaged, torn) = replay(&store);
        prop_assert_eq!((&read[..], damaged.len()), (&records[..records.len() - 1], 0));
        prop_assert!(torn.is_some());
    }
}
