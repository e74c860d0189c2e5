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

#[test]
fn records_come_back_in_order_and_never_stand_in_the_clear() {
    let (_scratch, store, path) = written(&RECORDS);
    assert_eq!(replay(&store), (RECORDS.map(<[u8]>::to_vec).to_vec(), vec![], None));
    let bytes = fs::read(path).unwrap();
    assert!(!bytes.windows(6).any(|window| window == b"second"));
}

#[test]
fn every_cut_is_a_torn_tail_of_what_came_before() {
    let (_scratch, store, path) = written(&RECORDS);
    let bytes = fs::read(&path).unwrap();
    let second = HEADER + 4 + 16 + 5;
    for length in second + 1..second + 4 + 16 + 6 {
        fs::write(&path, &bytes[..length]).unwrap();
        assert_eq!(replay(&store), (vec![b"first".to_vec()], vec![], Some(second as u64)), "at {length}");
    }
    fs::write(&path, &bytes[..HEADER - 1]).unwrap();
    assert_eq!(replay(&store), (vec![], vec![], None));
}

#[test]
fn every_flipped_byte_is_named_with_the_offset_of_its_record() {
    let (_scratch, store, path) = written(&RECORDS);
    let bytes = fs::read(&path).unwrap();
    let second = HEADER + 4 + 16 + 5;
    for index in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[index] ^= 0x40;
        fs::write(&path, &flipped).unwrap();
        let (records, damaged, torn) = replay(&store);
        assert_eq!((damaged.len(), torn), (1, None), "byte {index}");
        if (second..second + 4 + 16 + 6).contains(&index) {
            assert_eq!(damaged, [second as u64], "byte {index}");
            assert_eq!(records[0], b"first");
        }
    }
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
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - cut]).unwrap();
        let (read, damaged, torn) = replay(&store);
        prop_assert_eq!((&read[..], damaged.len()), (&records[..records.len() - 1], 0));
        prop_assert!(torn.is_some());
    }
}
