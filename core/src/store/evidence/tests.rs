//! Packing, files and their damage, removal, and what a crash leaves.

use super::*;
use crate::store::testing::{identity, scratch};
use pulsebook_protocol::random::SeededRandom;

fn raw(at: i64, bytes: &[u8]) -> RawNotification {
    let bytes = bytes.to_vec().into();
    RawNotification { service: 0x180d, characteristic: 0x2a37, instance: 0, received_at: at, bytes }
}

fn evidence(notifications: Vec<RawNotification>) -> Evidence {
    Evidence { seed: Secret32::from_bytes([4; 32]), notifications: notifications.into() }
}

#[test]
fn packed_notifications_come_back_in_order() {
    let all = vec![raw(1000, &[0, 72]), raw(2003, &[16, 72, 1, 2]), raw(2990, &[0, 73]), raw(4001, &[])];
    assert_eq!(columns::unpack_page(&columns::pack_page(&all)).unwrap(), all);
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(24))]

    #[test]
    fn any_notifications_come_back_from_their_page(
        frames in proptest::collection::vec(
            (0u16..4, proptest::num::i64::ANY, proptest::collection::vec(0u8.., 0..12)), 0..60)
    ) {
        let one = |(instance, at, bytes): &(u16, i64, Vec<u8>)| RawNotification { instance: *instance, ..raw(*at, bytes) };
        let all: Vec<_> = frames.iter().map(one).collect();
        let packed = columns::pack_page(&all);
        proptest::prop_assert_eq!(columns::unpack_page(&packed).unwrap(), all);
        // Whatever is cut off or altered is refused or read as something else, and never a panic.
        for at in 0..packed.len() {
            let _ = columns::unpack_page(&packed[..at]);
            let mut flipped = packed.clone();
            flipped[at] ^= 0x41;
            let _ = columns::unpack_page(&flipped);
        }
    }
}

#[test]
fn pages_are_cut_by_count_and_by_bytes_and_lose_none() {
    let mut all: Vec<_> = (0..20_000).map(|at| raw(at, &[0, 72])).collect();
    all.extend((20_000..20_040).map(|at| raw(at, &[1; 60_000])));
    let pages: Vec<_> = columns::pages(&all).collect();
    assert_eq!(pages.iter().map(|page| page.len()).collect::<Vec<_>>(), [8192, 8192, 3633, 17, 6]);
    assert_eq!(pages.concat(), all);
    assert_eq!(columns::pages(&[]).count(), 0);
}

#[test]
fn a_file_gives_each_slot_its_own_and_names_any_damage() {
    let (scratch, random, chain) = (scratch(), &mut SeededRandom::new(1), identity().chain);
    let path = scratch.join("1.streams");
    let first = evidence((0..9000).map(|at| raw(at, &[0, 70])).collect());
    let second = evidence(vec![raw(5, &[0, 71])]);
    let index = file::write(&path, &chain, &[(0, &first), (3, &second)], random).unwrap();
    let read = |slot| file::read(&path, &chain, &index, slot);
    assert_eq!(read(0).unwrap().root(), first.root());
    assert_eq!(read(3).unwrap().notifications, second.notifications);
    assert!(read(1).unwrap_err().to_string().contains("nothing of this slot"));
    let whole = std::fs::read(&path).unwrap();
    let damaged = |bytes: &[u8], slot| {
        std::fs::write(&path, bytes).unwrap();
        read(slot).unwrap_err().to_string()
    };
    for at in [0, 10, 30, whole.len() - 1] {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        assert!(damaged(&flipped, if at < 40 { 0 } else { 3 }).contains("is damaged"), "{at}");
    }
    assert!(damaged(&whole[..whole.len() - 1], 3).contains("another length"));
    std::fs::remove_file(&path).unwrap();
    assert!(read(0).unwrap_err().to_string().contains("it is missing"));
}

#[test]
fn evidence_with_one_spot_measurement_is_kept_as_one() {
    let spot = RawNotification { service: 0x1809, characteristic: 0x2a1c, ..raw(2, &[1]) };
    assert_eq!(evidence(vec![raw(1, &[0, 72])]).class(), EvidenceClass::Streams);
    assert_eq!(evidence(vec![raw(1, &[0, 72]), spot]).class(), EvidenceClass::Spots);
}

#[test]
fn other_evidence_than_the_segments_is_refused() {
    let (mine, other) = (evidence(vec![raw(1, &[0, 72])]), evidence(vec![raw(1, &[0, 73])]));
    let root = mine.root();
    assert!(other.verify_root(&root).is_err());
    assert_eq!(mine.verify_root(&root).unwrap().evidence().root(), root);
}
