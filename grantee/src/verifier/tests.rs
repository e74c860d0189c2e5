//! A good page passes; each way to tamper with it fails under its own name.

use super::*;
use crate::world::{NOW_S, World, in_page};
use pulsebook_protocol::{
    bytes::ByteString, grant::category_label, hash::sha256, random::SystemRandom, read::ServedRow,
    release::ReleaseRow, vital::Category,
};

fn world() -> World {
    World::new(&[])
}

fn labels(world: &World, categories: &[Category]) -> Vec<CategoryLabel> {
    categories.iter().map(|category| category_label(&world.file.label_key, *category)).collect()
}

fn verifier(world: &World) -> Verifier<'_> {
    let wanted = labels(world, &[Category::Heart, Category::Oxygen]);
    Verifier::new(&world.file, &world.keys, wanted, "TREAT")
}

/// What was handed on, and the demand that failed.
fn take(world: &World, page: &ReadPage) -> (Vec<ReadSegment>, Option<Check>) {
    take_at(world, page, NOW_S)
}

fn take_at(world: &World, page: &ReadPage, now_s: UnixSeconds) -> (Vec<ReadSegment>, Option<Check>) {
    let mut found = Vec::new();
    let taken = verifier(world).take(page, now_s, &mut |segment| {
        found.push(segment);
        Ok(())
    });
    match taken {
        Ok(()) => (found, None),
        Err(PageError::Check(failed)) => (found, Some(failed.check)),
        Err(PageError::Sink(error)) => panic!("{error}"),
    }
}

fn failed(world: &World, page: &ReadPage) -> Check {
    take(world, page).1.expect("the page was changed")
}

fn served(page: &mut ReadPage, release: usize, row: usize) -> &mut ServedRow {
    match &mut page.releases[release].rows[row] {
        ReadRow::Served(served) => served,
        ReadRow::Withheld { .. } => panic!("withheld"),
    }
}

/// A page with one release of this row, whose key is that of segment `index`.
fn page_with(world: &World, row: ReleaseRow, index: usize) -> ReadPage {
    let release = world.release(ReleasePosition::FIRST, vec![row], &[index]);
    world.page_of(vec![in_page(release, vec![world.served(0, index)])])
}

#[test]
fn a_good_page_is_handed_on_whole_and_every_demand_was_made() {
    let world = world();
    let mut verifier = verifier(&world);
    let mut found = Vec::new();
    let mut sink = |segment: ReadSegment| {
        found.push((segment.category(), segment.place(), segment.readings().count()));
        Ok(())
    };
    verifier.take(&world.page(), NOW_S, &mut sink).unwrap();
    let expected =
        [(Category::Heart, (0, 1, 0), 5), (Category::Oxygen, (1, 3, 1), 5), (Category::Heart, (1, 3, 0), 5)];
    assert_eq!(found, expected);
    for (check, times, _) in verifier.checks().iter() {
        assert!(times > 0, "{check} was never demanded");
    }
    assert_eq!((verifier.checks().times(Check::Commitment), verifier.counts()), (3, (3, 0)));
    assert_eq!(verifier.as_of().unwrap().cosigned_at, NOW_S - 60);
    assert_eq!(verifier.nodes().len(), 4);
}

#[test]
fn the_sentence_is_the_tokens_and_not_the_files() {
    let mut world = world();
    world.file.sentence = "\u{1b}[2JEverybody may read everything.".into();
    let name = world.keys.name().to_owned();
    let mut verifier = verifier(&world);
    assert_eq!(verifier.sentence(), None, "nothing is verified yet");
    verifier.take(&world.page(), NOW_S, &mut |_| Ok(())).unwrap();
    let expected = "may read heart and oxygen, measured from 1970-01-01 00:00 UTC to 2026-12-01 00:00 UTC, \
                    for treatment, until 2026-12-01 00:00 UTC, and may pass this on once.";
    assert_eq!(verifier.sentence(), Some(format!("{name} {expected}")));
}

#[test]
fn a_page_survives_its_bytes() {
    let world = world();
    let page = ReadPage::decode_body(&world.page().encode_body()).unwrap();
    assert_eq!(take(&world, &page).1, None);
}

#[test]
fn a_swapped_or_altered_segment_fails_the_commitment() {
    let world = world();
    let mut page = world.page();
    let mut other = page.clone();
    served(&mut page, 0, 0).segment = served(&mut other, 1, 0).segment.clone();
    let (found, check) = take(&world, &page);
    assert_eq!((found.len(), check), (0, Some(Check::Commitment)));
    let mut page = world.page();
    *served(&mut page, 0, 1).segment.last_mut().unwrap() ^= 1;
    let (found, check) = take(&world, &page);
    assert_eq!((found.len(), check), (1, Some(Check::Commitment)), "the row before holds and stays");
}

#[test]
fn another_commitment_in_the_release_is_not_the_blocks() {
    let world = world();
    let row = ReleaseRow { commitment: world.placed[1].row.commitment, ..world.placed[2].row };
    assert_eq!(failed(&world, &page_with(&world, row, 2)), Check::HeaderRow);
}

#[test]
fn a_commitment_that_the_block_has_but_the_segment_does_not_lead_to_is_noticed() {
    let world = world();
    let mut page = page_with(&world, world.placed[1].row, 1);
    served(&mut page, 0, 0).segment.clone_from(&world.placed[2].sealed.bytes);
    assert_eq!(failed(&world, &page), Check::Commitment);
    let release = world.release(ReleasePosition::FIRST, vec![world.placed[1].row], &[2]);
    let mut with_other_key = world.page_of(vec![in_page(release, vec![world.served(0, 2)])]);
    served(&mut with_other_key, 0, 0).segment.clone_from(&world.placed[2].sealed.bytes);
    assert_eq!(
        failed(&world, &with_other_key),
        Check::Commitment,
        "key and segment fit, the block's slot does not"
    );
}

#[test]
fn another_block_or_a_wrong_proof_is_noticed() {
    let world = world();
    let mut page = world.page();
    let mut other = page.clone();
    served(&mut page, 0, 0).block = served(&mut other, 1, 0).block.clone();
    assert_eq!(failed(&world, &page), Check::HeaderRow);

    let mut page = world.page();
    let mut block = pulsebook_protocol::block::Block::from_bytes(&served(&mut page, 0, 0).block).unwrap();
    block.time += 3600;
    served(&mut page, 0, 0).block = block.to_bytes();
    assert_eq!(failed(&world, &page), Check::Inclusion);

    let mut page = world.page();
    served(&mut page, 1, 0).proof[0] = Digest::ZERO;
    assert_eq!(failed(&world, &page), Check::Inclusion);
}

#[test]
fn a_gap_in_the_releases_is_noticed_by_header_and_by_the_nodes_own_word() {
    let world = world();
    let mut page = world.page();
    page.releases.remove(0);
    assert_eq!(failed(&world, &page), Check::ReleaseHeaders);
    let page = ReadPage { missing_seq: Some(2), ..world.page() };
    let (found, check) = take(&world, &page);
    assert_eq!((found.len(), check), (3, Some(Check::ReleaseHeaders)), "what came before the gap holds");
}

#[test]
fn a_release_of_another_history_is_noticed() {
    let world = world();
    let mut page = world.page();
    let position = ReleasePosition { seq: 1, previous: sha256(&[b"another release 0"]) };
    let other = world.release(position, vec![world.placed[1].row], &[1]);
    page.releases[1] = in_page(other, vec![world.served(0, 1)]);
    assert_eq!(failed(&world, &page), Check::ReleaseHeaders);
    page.releases[1].header.0[40] ^= 1;
    assert_eq!(failed(&world, &page), Check::ReleaseHeaders);
}

#[test]
fn a_checkpoint_with_one_cosignature_too_few_is_not_settled() {
    let world = world();
    for (witnesses, mirrors, expected) in
        [(3, 3, None), (2, 4, Some(Check::Settled)), (4, 2, Some(Check::Settled))]
    {
        let page = ReadPage { note: Some(world.note(2, witnesses, mirrors, NOW_S)), ..world.page() };
        assert_eq!(take(&world, &page).1, expected, "{witnesses} witnesses, {mirrors} mirrors");
    }
    assert_eq!(failed(&world, &ReadPage { note: None, ..world.page() }), Check::Settled);
}

#[test]
fn a_stale_checkpoint_and_one_from_the_future_are_refused() {
    let world = world();
    let noted = |time| ReadPage { note: Some(world.note(2, 4, 4, time)), ..world.page() };
    assert_eq!(take(&world, &noted(NOW_S - 86_400)).1, None);
    assert_eq!(take(&world, &noted(NOW_S - 86_401)).1, Some(Check::Fresh));
    assert_eq!(take(&world, &noted(NOW_S + 300)).1, None);
    assert_eq!(take(&world, &noted(NOW_S + 301)).1, Some(Check::Fresh));
}

#[test]
fn a_settled_checkpoint_too_small_for_a_block_does_not_cover_it() {
    let world = world();
    let page = ReadPage { note: Some(world.note(1, 4, 4, NOW_S)), ..world.page() };
    let (found, check) = take(&world, &page);
    assert_eq!((found.len(), check), (1, Some(Check::Inclusion)), "epoch 0 is covered by its base");
}

#[test]
fn a_category_released_under_another_label_is_noticed() {
    let world = world();
    let row = ReleaseRow { label: world.placed[1].row.label, ..world.placed[3].row };
    let (found, check) = take(&world, &page_with(&world, row, 3));
    assert_eq!((found.len(), check), (0, Some(Check::Label)), "temperature released as heart");
}

#[test]
fn a_segment_released_from_outside_the_granted_time_is_refused() {
    let mut world = world();
    // The segments lie in the first hour of 1970; the half-open ranges touch and do not meet.
    world.granted_from(3_600_000);
    let (found, check) = take(&world, &world.page());
    assert_eq!((found.len(), check), (0, Some(Check::Range)));
}

#[test]
fn keys_of_secure_hardware_open_what_is_released_to_suite_2() {
    let keys = GranteeKeys::make_p256("Phone", &mut SystemRandom).unwrap();
    let world = World::of(keys, &[]);
    let (found, check) = take(&world, &world.page());
    assert_eq!((found.len(), check), (3, None));
}

#[test]
fn an_epoch_without_hand_over_is_not_believed() {
    let world = world();
    let with_note = |note: String| {
        let mut page = world.page();
        page.epochs.as_mut().unwrap()[1].note = note;
        failed(&world, &page)
    };
    assert_eq!(with_note(world.note(1, 4, 2, NOW_S)), Check::HandOver);
    assert_eq!(with_note(world.note(2, 4, 4, NOW_S)), Check::HandOver, "size 2 is no hand-over");
    assert_eq!(with_note(String::new()), Check::HandOver);
}

#[test]
fn epochs_that_are_missing_altered_or_of_another_record_are_not_believed() {
    let world = world();
    let mut page = world.page();
    page.epochs.as_mut().unwrap().remove(0);
    assert_eq!(failed(&world, &page), Check::EpochCertificates);
    assert_eq!(failed(&world, &ReadPage { epochs: None, ..world.page() }), Check::EpochCertificates);
    let mut page = world.page();
    page.epochs.as_mut().unwrap().truncate(1);
    assert!(take(&world, &page).1.is_some(), "epoch 0 alone settles nothing");
    let mut other = World::new(&[]);
    other.file.first_root = world.keys.request_key().public().as_ed25519().unwrap();
    assert_eq!(failed(&other, &other.page()), Check::Chain);
}

#[test]
fn a_directory_that_the_proposal_does_not_name_is_refused() {
    let world = world();
    let other = World::new(&[("https://elsewhere.example".into(), Digest::ZERO)]);
    let page = ReadPage { directory: other.page().directory, ..world.page() };
    assert_eq!(failed(&world, &page), Check::Directory);
}

#[test]
fn a_grant_to_somebody_else_is_refused() {
    let world = world();
    let other = GranteeKeys::make("Other clinic", &mut SystemRandom).unwrap();
    let wanted = labels(&world, &[Category::Heart]);
    let error =
        Verifier::new(&world.file, &other, wanted, "TREAT").take(&world.page(), NOW_S, &mut |_| Ok(()));
    assert!(matches!(error, Err(PageError::Check(CheckFailed { check: Check::Grant, .. }))));
}

#[test]
fn swapped_keys_of_a_release_do_not_open() {
    let world = world();
    let mut page = world.page();
    page.releases[0].ciphertext.0[3] ^= 1;
    assert_eq!(failed(&world, &page), Check::Envelope);
    let mut page = world.page();
    page.releases[0].ciphertext = page.releases[1].ciphertext.clone();
    assert_eq!(failed(&world, &page), Check::Envelope);
}

#[test]
fn a_granted_row_that_is_withheld_or_left_out_is_noticed_and_an_ungranted_one_is_counted() {
    let world = world();
    let mut page = world.page();
    page.releases[0].rows[1] = ReadRow::Withheld { row: 1 };
    assert_eq!(failed(&world, &page), Check::Complete);
    let mut page = world.page();
    page.releases[0].rows.truncate(1);
    assert_eq!(failed(&world, &page), Check::Complete);
    let mut page = world.page();
    page.releases[0].rows.remove(0);
    assert_eq!(failed(&world, &page), Check::Complete);

    let mut page = world.page();
    page.releases[0].rows[1] = ReadRow::Withheld { row: 1 };
    let mut heart_only = Verifier::new(&world.file, &world.keys, labels(&world, &[Category::Heart]), "TREAT");
    heart_only.take(&page, NOW_S, &mut |_| Ok(())).unwrap();
    assert_eq!(heart_only.counts(), (2, 1));
}

#[test]
fn what_was_not_asked_for_is_not_taken() {
    let world = world();
    let mut heart_only = Verifier::new(&world.file, &world.keys, labels(&world, &[Category::Heart]), "TREAT");
    let error = heart_only.take(&world.page(), NOW_S, &mut |_| Ok(()));
    assert!(matches!(error, Err(PageError::Check(CheckFailed { check: Check::Label, .. }))));
}

#[test]
fn a_read_goes_on_at_another_node_in_the_middle_of_a_release() {
    let world = world();
    let whole = world.page();
    let mut first = whole.clone();
    first.releases.truncate(1);
    first.releases[0].rows.truncate(1);
    first.next = Some(ReadPosition { epoch: 1, seq: 0, row: 0 });
    let mut rest = whole;
    rest.releases[0].rows.remove(0);
    for with_proofs in [true, false] {
        let mut verifier = verifier(&world);
        verifier.take(&first, NOW_S, &mut |_| Ok(())).unwrap();
        assert_eq!(verifier.position(), first.next);
        let epochs = rest.epochs.clone().filter(|_| with_proofs);
        verifier.take(&ReadPage { epochs, ..rest.clone() }, NOW_S, &mut |_| Ok(())).unwrap();
        assert_eq!(verifier.counts(), (3, 0));
    }
}

#[test]
fn a_node_that_promises_more_and_sends_nothing_is_left() {
    let world = world();
    let page = ReadPage { next: Some(ReadPosition { epoch: 1, seq: 0, row: 0 }), ..world.page_of(vec![]) };
    assert_eq!(failed(&world, &page), Check::Complete);
}

#[test]
fn no_flipped_byte_of_a_page_hands_on_another_reading() {
    let world = world();
    let bytes = world.page().encode_body();
    let good = take(&world, &world.page()).0;
    for at in (0..bytes.len()).step_by(41) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        let Ok(page) = ReadPage::decode_body(&flipped) else { continue };
        for segment in take(&world, &page).0 {
            assert!(good.contains(&segment), "byte {at}");
        }
    }
}

#[test]
fn an_encapsulation_that_never_came_is_refused() {
    let world = world();
    let mut page = world.page();
    page.releases[0].header = ByteString(vec![]);
    assert_eq!(failed(&world, &page), Check::ReleaseHeaders);
}
