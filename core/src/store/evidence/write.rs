//! Writing evidence: files first, durable with their names; then their rows, in the transaction of the blocks they stand
//! behind. A crash in between leaves files that no row names: the next opening removes them.

use super::{Evidence, EvidenceClass, Keep, file, file::Index, file_name};
use crate::store::{SealedBlock, Store, StoreError, files, rows};
use pulsebook_faultpoint::{Point, reach};
use pulsebook_protocol::{checkpoint::UnixSeconds, random::Random};
use rusqlite::Connection;
use std::fs;

/// Files that are written and durable; their rows are not.
#[derive(Default)]
pub(crate) struct WrittenEvidence(Vec<Written>);

struct Written {
    height: u64,
    class: EvidenceClass,
    sealed_at: UnixSeconds,
    index: Index,
}

impl Store {
    /// Writes what stands behind the segments of new blocks, as far as it is kept at all.
    pub(crate) fn write_evidence(
        &self,
        blocks: &[SealedBlock],
        random: &mut dyn Random,
    ) -> Result<WrittenEvidence, StoreError> {
        let keeping = self.evidence_keeping()?;
        let mut written = WrittenEvidence::default();
        for SealedBlock { block, segments, .. } in blocks {
            let all = segments.iter().map(|segment| (segment.slot.slot, &segment.evidence));
            let kept: Vec<_> =
                all.filter(|(_, evidence)| keeping.of(evidence.class()) != Keep::None).collect();
            let at = (block.height, block.time);
            if let Err(error) = self.write_block_evidence(at, &kept, &mut written, random) {
                self.take_back(&written);
                return Err(error);
            }
        }
        if !written.0.is_empty() {
            files::sync_folder(&self.folder().evidence())?;
        }
        Ok(written)
    }

    pub(super) fn write_block_evidence(
        &self,
        (height, sealed_at): (u64, UnixSeconds),
        segments: &[(u8, &Evidence)],
        written: &mut WrittenEvidence,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        for class in EvidenceClass::ALL {
            let of_class: Vec<_> =
                segments.iter().copied().filter(|(_, evidence)| evidence.class() == class).collect();
            if of_class.is_empty() {
                continue;
            }
            self.make_evidence_folder()?;
            let path = self.evidence_path(height, class);
            let index = file::write(&path, &self.identity().chain, &of_class, random)?;
            written.0.push(Written { height, class, sealed_at, index });
        }
        Ok(())
    }

    fn make_evidence_folder(&self) -> Result<(), StoreError> {
        let folder = self.folder().evidence();
        if folder.is_dir() {
            return Ok(());
        }
        files::private_folder(&folder)?;
        files::sync_folder(self.folder().path())
    }

    /// Names written files in the database.
    pub(crate) fn insert_evidence(
        &self,
        db: &Connection,
        written: &WrittenEvidence,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        for Written { height, class, sealed_at, index } in &written.0 {
            self.insert_index(db, (*height, *class, *sealed_at), index, random)?;
        }
        Ok(())
    }

    /// Removes files whose rows will not come; what cannot be removed now, the next opening removes.
    pub(crate) fn take_back(&self, written: &WrittenEvidence) {
        for Written { height, class, .. } in &written.0 {
            let _ = fs::remove_file(self.evidence_path(*height, *class));
        }
    }

    /// Removes files that a crash left without a row, and halves of files; how many.
    ///
    /// Never called for a fenced record: its database may be an old copy that does not know its newest files.
    ///
    /// # Errors
    /// [`StoreError`] when folder or database cannot be read.
    pub(crate) fn sweep_evidence(&self) -> Result<u64, StoreError> {
        let folder = self.folder().evidence();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            Err(source) => return Err(StoreError::file("read", &folder)(source)),
        };
        let named = self.live_evidence()?;
        let mut removed = 0;
        for path in entries.flatten().map(|entry| entry.path()).filter(|path| is_ours(path)) {
            if named_by(&path).is_none_or(|file| named.binary_search(&file).is_err()) {
                let swept = reach(Point::EvidenceSweep).and_then(|()| fs::remove_file(&path));
                swept.map_err(StoreError::file("remove", &path))?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// The files that have a row, ascending. There are thousands: no path of each, which would be compared part by part.
    fn live_evidence(&self) -> Result<Vec<(u64, EvidenceClass)>, StoreError> {
        let db = self.db();
        let sql = "SELECT height, class FROM evidence_files INDEXED BY evidence_files_plain WHERE removed_at IS NULL ORDER BY height, class";
        let mut query = db.prepare_cached(sql)?;
        let found = query.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, u8>(1)?)))?;
        let mut files = Vec::new();
        for row in found {
            let (height, class) = row?;
            let class = EvidenceClass::from_wire(class).ok_or(StoreError::Damaged("the list of evidence"))?;
            files.push((rows::from_sql(height), class));
        }
        Ok(files)
    }
}

/// What a file of evidence is named after; none when it has another name than ours.
fn named_by(path: &std::path::Path) -> Option<(u64, EvidenceClass)> {
    let name = path.file_name()?.to_str()?;
    let (height, class) = name.split_once('.')?;
    let file = (height.parse().ok()?, class.parse().ok()?);
    (file_name(file.0, file.1) == name).then_some(file)
}

fn is_ours(path: &std::path::Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("streams" | "spots" | "next"))
}
