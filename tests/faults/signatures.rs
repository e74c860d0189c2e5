//! Every signature that ever left a vault, gathered from all databases: one for each epoch and size.

use crate::way::{NODES, Way, copy};
use rusqlite::Connection;
use std::{collections::BTreeMap, fs, path::Path};

/// The checkpoints seen so far, over all restarts of one run.
#[derive(Clone, Default)]
pub(crate) struct Signatures {
    /// Body and log key's line by epoch and size.
    signed: BTreeMap<(u32, u64), String>,
    /// The leaf by height.
    leaves: BTreeMap<u64, Vec<u8>>,
}

impl Signatures {
    /// Looks into the databases of the record and its nodes, and compares with everything seen before.
    pub(crate) fn gather(&mut self, way: &Way) {
        // A copy is opened: reading the databases themselves would finish what a kill left unfinished.
        let aside = way.beside("aside");
        let _ = fs::remove_dir_all(&aside);
        for folder in ["me"].iter().chain(&NODES).filter(|folder| way.file(folder).exists()) {
            copy(&way.file(folder), &aside.join(folder));
            for name in ["record.sqlite", "node.db"] {
                let file = aside.join(folder).join(name);
                if file.exists() {
                    self.read(&file);
                }
            }
        }
    }

    fn read(&mut self, file: &Path) {
        let db = Connection::open(file).unwrap();
        // A database whose first migration was cut off has no tables.
        if let Ok(mut query) = db.prepare("SELECT epoch, size, note FROM notes") {
            let rows = query.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)));
            rows.unwrap().for_each(|row| self.sign(row.unwrap(), file));
        }
        if let Ok(mut query) = db.prepare("SELECT height, leaf FROM blocks") {
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
            rows.unwrap().for_each(|row| self.block(row.unwrap(), file));
        }
    }

    fn sign(&mut self, ((epoch, size), note): ((u32, u64), String), file: &Path) {
        let (body, lines) = note.split_once("\n\n").unwrap();
        let origin = body.lines().next().unwrap();
        let own = lines.lines().find(|line| line.starts_with(&format!("\u{2014} {origin} ")));
        let signed = format!("{body}\n{}", own.expect("the log key's line"));
        let before = self.signed.entry((epoch, size)).or_insert_with(|| signed.clone());
        assert_eq!(*before, signed, "two signatures for epoch {epoch} size {size}, in {}", file.display());
    }

    /// A block that was never signed may be made anew; all that is in any database now must agree.
    fn block(&mut self, (height, leaf): (u64, Vec<u8>), file: &Path) {
        let before = self.leaves.entry(height).or_insert_with(|| leaf.clone());
        assert_eq!(*before, leaf, "two blocks at height {height}, in {}", file.display());
    }

    /// How many checkpoints were seen.
    pub(crate) fn count(&self) -> usize {
        self.signed.len()
    }
}
