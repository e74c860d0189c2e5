//! A record that was away for long, and one that comes back as an old copy.

use super::{
    circle::{more, troubles, with_circle},
    *,
};
use crate::{
    store::{Sealing, locked},
    sync::{NodeAnswer, NodeUnreachable},
};
use pulsebook_protocol::answer::{Code, ErrorBody};

/// Blocks of four segments each, made without any node; `each` says whether every one is a sealing of its own.
async fn away(record: &Record, blocks: usize, each: bool) {
    collect(record, [stream(36_000, 3), vec![temperature_at(36_010_000)]].concat()).await;
    let inner = &record.inner;
    for _ in 0..blocks {
        {
            let pipeline = locked(&inner.pipeline);
            let (mut ledger, mut random) = (locked(&inner.ledger), locked(&inner.random));
            let drafts: Vec<_> =
                (0..2).flat_map(|_| pipeline.staging().drafts(&mut **random).unwrap()).collect();
            assert_eq!(drafts.len(), 4);
            let blocks = ledger.build(drafts, &[], inner.seconds(), &mut **random).unwrap();
            let sealing = Sealing { blocks, ..Sealing::default() };
            inner.store.commit(&sealing, inner.seconds(), &mut **random).unwrap();
            ledger.advance(&sealing.blocks);
        }
        if each {
            inner.sign_head().await.unwrap();
        }
    }
    inner.sign_head().await.unwrap();
}

#[tokio::test]
async fn a_record_that_was_offline_for_days_settles_everything() {
    let (_dir, record, world) = with_circle().await;
    away(&record, 70, false).await;
    away(&record, 30, true).await;
    let report = world.sync(&record).await;
    assert_eq!(troubles(&report), [""; 0]);
    assert_eq!((report.accepted.blocks, report.accepted.settled()), (104, 104));
    let offers = world.taken(0).iter().filter(|what| what.ends_with("/offers")).count();
    assert!((5..=7).contains(&offers), "32 blocks of four segments at most in one offer: {offers}");
    let own = record.verify_through(&*world.connect(), crate::sync::Depth::Hashes).await.unwrap().own;
    assert!(own.findings.is_empty(), "{own:?}");
}

#[tokio::test]
async fn a_cut_in_the_middle_and_more_blocks_after_it_settle_everything() {
    let (_dir, record, world) = with_circle().await;
    away(&record, 50, false).await;
    for node in 0..4 {
        let mut left = 4 + node;
        world.twist(node, move |_, honest| {
            left = left.checked_sub(1).ok_or(NodeUnreachable::NoAnswer("cut".into()))?;
            honest()
        });
    }
    assert!(world.sync(&record).await.accepted.settled() < 54);
    world.straighten();
    away(&record, 50, true).await;
    let report = world.sync(&record).await;
    assert_eq!(troubles(&report), [""; 0]);
    assert_eq!(report.accepted.settled(), 104);
}

/// A node whose room for waiting segments is small, as others may have it.
#[tokio::test]
async fn blocks_that_are_all_there_are_offered_when_a_node_has_no_room() {
    let (_dir, record, world) = with_circle().await;
    away(&record, 40, true).await;
    let mut waiting = 0;
    world.twist(0, move |request, honest| {
        if request.path.ends_with("/offers") {
            waiting = 0;
        }
        let full = || {
            let body = ErrorBody::new(Code::SlowDown, "no room", "offer first");
            Ok(NodeAnswer { status: 429, body: body.to_json().into_bytes() })
        };
        if request.path.ends_with("/segments") {
            return full();
        }
        if request.path.contains("/segments/") {
            if waiting == 30 {
                return full();
            }
            waiting += 1;
        }
        honest()
    });
    let report = world.sync(&record).await;
    assert_eq!((troubles(&report), report.accepted.settled()), (vec![], 44));
    assert!(report.nodes.iter().all(|node| node.waiting == 0), "{report:?}");
}

fn copy_all(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_all(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

#[tokio::test]
async fn an_old_copy_of_everything_is_fenced_by_the_nodes_and_stays_so() {
    let (dir, record, world) = with_circle().await;
    world.sync(&record).await;
    drop(record);
    let parts = |root: &Path| (root.join("record"), root.join("vault.json"));
    let (folder, keys) = parts(&dir);
    let (old_folder, old_keys) = parts(&dir.join("old"));
    copy_all(&folder, &old_folder);
    std::fs::copy(&keys, &old_keys).unwrap();
    let record = reopen(&dir).await.unwrap();
    more(&record, 2).await;
    world.sync(&record).await;
    drop(record);
    std::fs::remove_dir_all(&folder).unwrap();
    copy_all(&old_folder, &folder);
    std::fs::copy(&old_keys, &keys).unwrap();

    let record = reopen(&dir).await.unwrap();
    let words = world.sync(&record).await.fenced.unwrap().words;
    assert!(words.contains("this device holds an old copy of the record; the nodes are ahead"), "{words}");
    drop(record);
    let record = reopen(&dir).await.unwrap();
    let before = record.inner.store.newest_note(1).unwrap().unwrap().0;
    assert_eq!(record.status().await.unwrap().fenced.as_deref(), Some(&*words));
    assert_eq!(collect(&record, stream(90_000, 10)).await.counts.notifications, 10, "it still collects");
    assert!(matches!(record.seal().await, Err(Error::Ledger(_))));
    assert_eq!(record.inner.store.newest_note(1).unwrap().unwrap().0, before);
    assert_eq!(world.sync(&record).await.fenced.unwrap().words, words);
    let nodes = record.verify_through(&*world.connect(), crate::sync::Depth::Hashes).await.unwrap().nodes;
    assert!(nodes.iter().all(|node| node.checked.findings.is_empty()), "{nodes:?}");
    let trouble = nodes[0].checked.trouble.as_deref().unwrap();
    assert_eq!(trouble, "this device holds an old copy of the record; the nodes are ahead");
}

#[tokio::test]
async fn a_fence_outlasts_the_database_that_it_was_written_to() {
    let (dir, record, world) = with_circle().await;
    world.sync(&record).await;
    drop(record);
    let folder = dir.join("record");
    let (old_folder, old_keys) = (dir.join("old"), dir.join("old-vault.json"));
    copy_all(&folder, &old_folder);
    std::fs::copy(dir.join("vault.json"), &old_keys).unwrap();
    let record = reopen(&dir).await.unwrap();
    more(&record, 2).await;
    world.sync(&record).await;
    drop(record);
    // Folder and vault are put back: the nodes fence.
    let restore_folder = || {
        std::fs::remove_dir_all(&folder).unwrap();
        copy_all(&old_folder, &folder);
    };
    restore_folder();
    std::fs::copy(&old_keys, dir.join("vault.json")).unwrap();
    let record = reopen(&dir).await.unwrap();
    let words = world.sync(&record).await.fenced.unwrap().words;
    drop(record);
    // The same folder again, the vault lies elsewhere and stays.
    restore_folder();
    let record = reopen(&dir).await.unwrap();
    assert_eq!(record.status().await.unwrap().fenced.as_deref(), Some(&*words));
    assert!(matches!(record.seal().await, Err(Error::Ledger(_))));
}

#[tokio::test]
async fn what_a_fenced_record_collected_for_hours_is_counted_and_shown_after_each_opening() {
    let (dir, record) = new_record().await;
    collect(&record, stream(0, 5)).await;
    crate::store::locked(&record.inner.ledger).fence(&record.inner.store, 99).unwrap();
    let hours = [stream(3_600, 5), stream(7_200, 5), stream(10_800, 5)].concat();
    collect(&record, hours).await;
    let expected = everything(&record).await;
    assert_eq!((record.counts().await.unwrap().readings, expected.readings.len()), (40, 40));
    drop(record);
    for _opening in 0..2 {
        let record = reopen(&dir).await.unwrap();
        assert_eq!(record.counts().await.unwrap().readings, 40);
        assert_eq!(record.status().await.unwrap().waiting_readings, 40);
        assert_eq!(everything(&record).await, expected);
    }
    let record = reopen(&dir).await.unwrap();
    collect(&record, stream(14_400, 5)).await;
    drop(record);
    let record = reopen(&dir).await.unwrap();
    assert_eq!((record.counts().await.unwrap().readings, everything(&record).await.readings.len()), (50, 50));
}
