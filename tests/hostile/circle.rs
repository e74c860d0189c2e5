//! A record with a circle of four nodes, any of which may begin to lie.

use crate::{
    liar::{Liar, Lie},
    strap::{START, Strap},
};
use pulsebook_core::{
    clock::ManualClock,
    keys::MemoryVault,
    record::{CollectOptions, Record, RecordOptions},
    sync::{NodeReport, SyncReport},
};
use pulsebook_protocol::random::SystemRandom;
use std::{path::PathBuf, sync::Arc};

/// The phone and its nodes; the folder goes with it.
pub(crate) struct Circle {
    pub(crate) record: Record,
    pub(crate) nodes: Vec<Arc<Liar>>,
    folder: PathBuf,
}

impl Drop for Circle {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Circle {
    /// Three blocks before the circle, the first of epoch 1 after it; synced once, everything settled.
    pub(crate) async fn settled(name: &str) -> Circle {
        let circle = Circle::of(name, Vec::new()).await;
        let report = circle.sync().await;
        assert_eq!(troubles(&report), [""; 0]);
        assert_eq!(report.accepted.settled(), report.accepted.blocks);
        circle
    }

    /// The same without a sync, the first nodes being these.
    pub(crate) async fn of(name: &str, mut nodes: Vec<Arc<Liar>>) -> Circle {
        for number in (0..4).skip(nodes.len()) {
            nodes.push(Liar::start(number).await);
        }
        let folder = std::env::temp_dir().join(format!("pulsebook-hostile-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let clock = Arc::new(ManualClock::at(START));
        let options = RecordOptions { clock, random: Box::new(SystemRandom) };
        let vault = Box::new(MemoryVault::default());
        let (record, words) = Record::create(&folder, vault, options).await.unwrap();
        let circle = Circle { record, nodes, folder };
        circle.more(0).await;
        circle.more(1).await;
        for node in &circle.nodes {
            circle.record.circle_add(&node.card).await.unwrap();
        }
        circle.record.circle_confirm(words).await.unwrap();
        circle
    }

    /// One more block, with a segment of an hour.
    pub(crate) async fn more(&self, hour: i64) {
        self.record.collect(Box::new(Strap::minute(hour)), CollectOptions::default()).await.unwrap();
        self.record.seal().await.unwrap();
    }

    pub(crate) async fn sync(&self) -> SyncReport {
        self.record.sync().await.unwrap()
    }

    /// Node 0 lies while a new block is synced: the others settle it, and only node 0 is complained about. What is said.
    pub(crate) async fn while_node_0(&self, lie: Lie) -> String {
        self.nodes[0].lies(lie);
        self.more(2).await;
        let report = self.sync().await;
        self.assert_only_node_0(&report)
    }

    pub(crate) fn assert_only_node_0(&self, report: &SyncReport) -> String {
        let troubled: Vec<&NodeReport> = report.nodes.iter().filter(|node| node.trouble.is_some()).collect();
        let [node] = troubled[..] else { panic!("{report:?}") };
        assert_eq!(node.name, "node 0");
        assert_eq!(report.accepted.settled(), report.accepted.blocks, "{report:?}");
        assert_eq!(report.fenced, None);
        node.trouble.clone().unwrap()
    }

    /// Honest again, node 0 has everything after one more sync.
    pub(crate) async fn heals(&self) {
        self.nodes[0].lies(Lie::None);
        let report = self.sync().await;
        assert_eq!(troubles(&report), [""; 0]);
        assert!(report.nodes.iter().all(|node| node.waiting == 0), "{report:?}");
    }
}

pub(crate) fn troubles(report: &SyncReport) -> Vec<&str> {
    report.nodes.iter().filter_map(|node| node.trouble.as_deref()).collect()
}
