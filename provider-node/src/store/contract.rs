//! The contract of [`NodeStore`] as tests: every store passes all of them.

use super::*;
use crate::scratch::Scratch;
use pulsebook_protocol::{
    bytes::Salt16, control::ControlEntry, hash::sha256, key::SigningKey, random::SystemRandom,
    secret::Secret32,
};

const CHAIN: ChainId = ChainId::from_bytes([1; 32]);
const QUOTA: Quota = Quota { segments: 2, bytes: 1000, seconds: 100 };
const GRANT: GrantId = GrantId::from_bytes([3; 16]);

/// Runs a test on every store.
fn on_every_store(test: impl Fn(&dyn NodeStore)) {
    test(&MemoryStore::default());
    let scratch = Scratch::make("contract");
    let blobs = FileBlobs::open(&scratch.file("blobs"), Box::new(SystemRandom)).unwrap();
    test(&SqliteStore::open(&scratch.file("node.db"), Box::new(blobs)).unwrap());
}

fn key(seed: u8) -> PublicKey {
    SigningKey::from_seed(Secret32::from_bytes([seed; 32])).unwrap().public()
}

fn commitment(number: u8) -> Commitment {
    Commitment::from_bytes([number; 32])
}

fn head(size: u64) -> HeadRow {
    HeadRow { epoch: 0, size, root: sha256(&[&size.to_be_bytes()]), height: size - 1, cosigned_at: 5 }
}

fn block(height: u64, live: &[u8], entries: Vec<ControlEntry>) -> BlockRow {
    BlockRow {
        height,
        epoch: 0,
        leaf: sha256(&[&height.to_be_bytes()]),
        block: vec![1; 10],
        manifest: vec![2; 10],
        live: (0u8..).zip(live.iter().map(|number| commitment(*number))).collect(),
        entries,
    }
}

fn put(store: &dyn NodeStore, number: u8, bytes: &[u8], now_s: u64) -> PutSegment {
    store.put_segments(&CHAIN, &[(commitment(number), bytes)], now_s, QUOTA).unwrap()
}

#[test]
fn a_chain_is_taken_in_once_and_an_invite_used_once() {
    on_every_store(|store| {
        let row = |chain| ChainRow {
            chain,
            first_root: key(1),
            salt: Salt16::from_bytes([2; 16]),
            device: key(2),
            locator: Digest::ZERO,
            generation: 0,
            enrolled_at: 9,
        };
        let (first, other) = (row(CHAIN), row(ChainId::from_bytes([9; 32])));
        assert_eq!(store.enrol(&first, Some("a")).unwrap(), Enrolled::New);
        assert_eq!(store.enrol(&first, Some("b")).unwrap(), Enrolled::Known(first.clone()));
        assert_eq!(store.enrol(&other, Some("a")).unwrap(), Enrolled::InviteUsed);
        assert_eq!(store.chain(&other.chain).unwrap(), None);
        assert_eq!(store.enrol(&other, Some("b")).unwrap(), Enrolled::New, "a known chain used up nothing");
        assert_eq!(store.chain(&CHAIN).unwrap(), Some(first.clone()));
        store.replace_device(&CHAIN, &key(3)).unwrap();
        assert_eq!(store.chain(&CHAIN).unwrap(), Some(ChainRow { device: key(3), ..first }));
    });
}

#[test]
fn the_head_moves_from_the_expected_place_only() {
    on_every_store(|store| {
        let one = Append { blocks: vec![block(0, &[], Vec::new())], head: head(1) };
        let two = Append { blocks: vec![block(1, &[], Vec::new())], head: head(2) };
        assert_eq!(store.append(&CHAIN, Some(&head(1)), &two).unwrap(), Appended::HeadMoved);
        assert_eq!(store.append(&CHAIN, None, &one).unwrap(), Appended::Done);
        assert_eq!(store.append(&CHAIN, None, &one).unwrap(), Appended::HeadMoved);
        assert_eq!(store.append(&CHAIN, Some(&head(1)), &two).unwrap(), Appended::Done);
        assert_eq!(store.head(&CHAIN).unwrap(), Some(head(2)));
        assert_eq!(store.leaves(&CHAIN, 0).unwrap().len(), 2);
        assert_eq!(store.first_block(&CHAIN, 0).unwrap().unwrap().height, 0);
        assert_eq!(store.block(&CHAIN, 2).unwrap(), None);
    });
}

#[test]
fn an_append_that_lacks_a_segment_changes_nothing() {
    on_every_store(|store| {
        put(store, 1, b"one", 0);
        let entry = ControlEntry::Revoke { grant_id: GRANT, time: 4 };
        let append = Append { blocks: vec![block(0, &[1, 2], vec![entry])], head: head(1) };
        assert_eq!(store.append(&CHAIN, None, &append).unwrap(), Appended::SegmentGone(commitment(2)));
        assert_eq!((store.head(&CHAIN).unwrap(), store.block(&CHAIN, 0).unwrap()), (None, None));
        assert_eq!(store.grant(&CHAIN, &GRANT).unwrap(), GrantState::default());
        put(store, 2, b"two", 0);
        assert_eq!(store.append(&CHAIN, None, &append).unwrap(), Appended::Done);
        assert_eq!(store.grant(&CHAIN, &GRANT).unwrap().revoked, Some(4));
        assert_eq!(store.missing_segments(&CHAIN, 0).unwrap(), []);
    });
}

#[test]
fn segments_that_come_together_are_kept_together_or_not_at_all() {
    on_every_store(|store| {
        let together = |segments: &[(u8, &[u8])]| {
            let segments: Vec<_> =
                segments.iter().map(|(number, bytes)| (commitment(*number), *bytes)).collect();
            store.put_segments(&CHAIN, &segments, 0, QUOTA).unwrap()
        };
        let held = |number| store.segment_hashes(&CHAIN, &[commitment(number)]).unwrap()[0].is_some();
        assert_eq!(together(&[(1, b"one"), (2, b"two"), (3, b"three")]), PutSegment::OverQuota);
        assert_eq!(together(&[(1, &[0; 600]), (2, &[0; 600])]), PutSegment::OverQuota);
        assert!(!held(1) && !held(2));
        assert_eq!(together(&[(1, b"one"), (2, b"two")]), PutSegment::Done);
        assert_eq!(together(&[(1, b"one"), (2, b"another")]), PutSegment::Done, "the quota counts each once");
        let append = Append { blocks: vec![block(0, &[1], Vec::new())], head: head(1) };
        assert_eq!(store.append(&CHAIN, None, &append).unwrap(), Appended::Done);
        assert_eq!(together(&[(4, b"four"), (1, b"forged")]), PutSegment::Differs);
        assert!(!held(4));
    });
}

#[test]
fn pending_segments_have_a_quota_and_an_end_and_bound_ones_neither() {
    on_every_store(|store| {
        assert_eq!(put(store, 1, b"one", 0), PutSegment::Done);
        assert_eq!(put(store, 1, b"other", 0), PutSegment::Done, "nothing binds it yet");
        assert_eq!(put(store, 2, &[0; 998], 0), PutSegment::OverQuota);
        assert_eq!(put(store, 2, b"two", 50), PutSegment::Done);
        assert_eq!(put(store, 3, b"three", 50), PutSegment::OverQuota);
        let append = Append { blocks: vec![block(0, &[1], Vec::new())], head: head(1) };
        assert_eq!(store.append(&CHAIN, None, &append).unwrap(), Appended::Done);
        assert_eq!(put(store, 1, b"forged", 50), PutSegment::Differs);
        assert_eq!(put(store, 3, b"three", 151), PutSegment::Done);
        let held = store.segment_hashes(&CHAIN, &[commitment(1), commitment(2), commitment(3)]).unwrap();
        assert_eq!(held, [Some(sha256(&[b"other"])), None, Some(sha256(&[b"three"]))]);
        let permit = SegmentPermit::in_test(CHAIN, commitment(1));
        assert_eq!(store.segment(&permit).unwrap().unwrap().bytes, b"other");
    });
}

#[test]
fn a_keyring_needs_its_pages_and_a_higher_version() {
    on_every_store(|store| {
        let (one, two) = (Digest::from_bytes([1; 32]), Digest::from_bytes([2; 32]));
        let row = |version, pages: &[Digest]| KeyringRow {
            version,
            height: 7,
            pages: pages.to_vec(),
            bytes: vec![3],
        };
        assert_eq!(store.put_keyring(&CHAIN, &row(1, &[one])).unwrap(), PutKeyring::MissingPage(one));
        assert!(store.put_keyring_page(&CHAIN, &one, b"1", 1).unwrap());
        assert!(!store.put_keyring_page(&CHAIN, &two, b"2", 1).unwrap());
        assert_eq!(store.put_keyring(&CHAIN, &row(1, &[one])).unwrap(), PutKeyring::Done);
        assert_eq!(store.put_keyring(&CHAIN, &row(1, &[one])).unwrap(), PutKeyring::Done);
        assert_eq!(store.put_keyring(&CHAIN, &row(1, &[])).unwrap(), PutKeyring::NotNewer(1));
        assert!(store.put_keyring_page(&CHAIN, &two, b"2", 1).unwrap(), "a named page waits for nothing");
        assert_eq!(store.put_keyring(&CHAIN, &row(2, &[two])).unwrap(), PutKeyring::Done);
        assert_eq!(store.put_keyring(&CHAIN, &row(3, &[one])).unwrap(), PutKeyring::MissingPage(one));
        assert_eq!(store.keyring(&CHAIN).unwrap(), Some(row(2, &[two])));
    });
}

#[test]
fn an_epoch_can_be_announced_anew_until_it_has_a_block() {
    on_every_store(|store| {
        let row = |proposal: &[u8]| EpochRow {
            epoch: 0,
            proposal: vec![proposal.to_vec()],
            directory: None,
            control_key: Secret32::from_bytes([6; 32]),
        };
        assert_eq!(store.put_epoch(&CHAIN, &row(b"a")).unwrap(), PutEpoch::Done);
        assert_eq!(store.put_epoch(&CHAIN, &row(b"b")).unwrap(), PutEpoch::Done);
        let append = Append { blocks: vec![block(0, &[], Vec::new())], head: head(1) };
        store.append(&CHAIN, None, &append).unwrap();
        assert_eq!(store.put_epoch(&CHAIN, &row(b"a")).unwrap(), PutEpoch::Begun);
        assert_eq!(store.put_epoch(&CHAIN, &row(b"b")).unwrap(), PutEpoch::Done);
        let kept = store.epochs(&CHAIN).unwrap();
        assert_eq!((kept.len(), &kept[0].proposal[0][..]), (1, &b"b"[..]));
        assert_eq!(kept[0].control_key.expose(), &[6; 32]);
    });
}

#[test]
fn of_notes_stay_the_hand_over_the_newest_and_the_newest_settled() {
    on_every_store(|store| {
        for size in 1..=5 {
            let note = format!("note {size}");
            let row =
                NoteRow { epoch: 1, size, root: Digest::ZERO, note, settled: size == 3, mirrored_at: size };
            store.put_note(&CHAIN, &row).unwrap();
        }
        let kept: Vec<u64> = store.notes(&CHAIN).unwrap().iter().map(|note| note.size).collect();
        assert_eq!(kept, [1, 3, 5]);
    });
}

#[test]
fn the_first_grant_entry_stays() {
    on_every_store(|store| {
        let entry = |authority| ControlEntry::Grant { grant_id: GRANT, authority, mint_epoch: 1 };
        let (one, two) = (Digest::from_bytes([1; 32]), Digest::from_bytes([2; 32]));
        let blocks = vec![block(0, &[], vec![entry(one)]), block(1, &[], vec![entry(two)])];
        store.append(&CHAIN, None, &Append { blocks, head: head(2) }).unwrap();
        let expected = GrantRow { authority: one, mint_epoch: 1, height: 0 };
        assert_eq!(store.grant(&CHAIN, &GRANT).unwrap().granted, Some(expected));
    });
}

#[test]
fn releases_have_no_gap_and_no_second_version() {
    on_every_store(|store| {
        let hash = |seq: u64| sha256(&[&seq.to_be_bytes()]);
        let row = |seq: u64| ReleaseRow {
            grant_id: GRANT,
            epoch: 1,
            seq,
            hash: hash(seq),
            previous: if seq == 0 { Digest::ZERO } else { hash(seq - 1) },
            header: vec![seq as u8],
            ciphertext: vec![],
        };
        assert_eq!(store.put_release(&CHAIN, &row(1)).unwrap(), PutRelease::Expected(0));
        for seq in 0..3 {
            assert_eq!(store.put_release(&CHAIN, &row(seq)).unwrap(), PutRelease::Done);
        }
        assert_eq!(store.put_release(&CHAIN, &row(1)).unwrap(), PutRelease::Done);
        let other = ReleaseRow { hash: hash(77), ..row(1) };
        assert_eq!(store.put_release(&CHAIN, &other).unwrap(), PutRelease::Differs);
        let wrong = ReleaseRow { previous: hash(77), ..row(3) };
        assert_eq!(store.put_release(&CHAIN, &wrong).unwrap(), PutRelease::Expected(3));
        assert_eq!(store.releases(&CHAIN, &GRANT, (1, 1), 9).unwrap(), [row(1), row(2)]);
        assert_eq!(store.releases(&CHAIN, &GRANT, (0, 9), 1).unwrap(), [row(0)]);
        let cursors = [ReleaseCursor { grant_id: GRANT, epoch: 1, next_seq: 3 }];
        assert_eq!(store.release_cursors(&CHAIN).unwrap(), cursors);
    });
}

#[test]
fn access_entries_chain_and_a_nonce_counts_once() {
    on_every_store(|store| {
        let nonce = |number| Nonce::from_bytes([number; 16]);
        let mut places = Vec::new();
        for number in [1, 2, 1] {
            let mut make = |seq: u64, previous: Digest| {
                places.push((seq, previous));
                vec![seq as u8]
            };
            let seq = store.append_access(&CHAIN, (&key(1).into(), &nonce(number)), &mut make).unwrap();
            assert_eq!(seq.is_some(), places.len() == usize::from(number), "{number}");
        }
        assert_eq!(places, [(0, Digest::ZERO), (1, sha256(&[&[0]]))]);
        assert_eq!(store.accesses(&CHAIN, None, 9).unwrap(), [[0], [1]]);
        assert_eq!(store.accesses(&CHAIN, Some(0), 9).unwrap(), [[1]]);
        assert_eq!(store.accesses(&CHAIN, Some(u64::MAX), 9).unwrap(), Vec::<Vec<u8>>::new());
        assert_eq!(store.access_count(&CHAIN).unwrap(), 2);
        assert!(store.take_nonce(&key(1), &nonce(1), 1000).unwrap());
        assert!(!store.take_nonce(&key(1), &nonce(1), 1000 + NONCE_SECONDS).unwrap());
        assert!(store.take_nonce(&key(1), &nonce(1), 1001 + NONCE_SECONDS).unwrap());
    });
}
