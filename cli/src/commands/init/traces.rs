//! What `init` makes on the disk, so that it can be taken back: its own files and folders, nobody else's.

use crate::exit::{Failure, Outcome};
use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

/// How things stood before a folder was filled.
pub(super) struct Traces {
    dir: PathBuf,
    /// What lay in the folder before.
    before: BTreeSet<OsString>,
    /// The folder and those above it that were not there, innermost first.
    missing: Vec<PathBuf>,
}

impl Traces {
    /// Looks at a folder before anything is made in it.
    pub(super) fn before(dir: &Path) -> Traces {
        let missing = dir.ancestors().filter(|path| !path.as_os_str().is_empty());
        let missing = missing.take_while(|path| !path.exists()).map(Path::to_owned).collect();
        Traces { dir: dir.to_owned(), before: entries(dir), missing }
    }

    /// Removes what was made since.
    ///
    /// # Errors
    /// Something cannot be removed; it is named.
    pub(super) fn take_back(&self) -> Outcome {
        for name in entries(&self.dir).difference(&self.before) {
            let path = self.dir.join(name);
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.map_err(|error| cannot(&path, &error))?;
        }
        self.missing
            .iter()
            .filter(|path| path.exists())
            .try_for_each(|path| fs::remove_dir(path).map_err(|error| cannot(path, &error)))
    }
}

fn entries(dir: &Path) -> BTreeSet<OsString> {
    fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.file_name()).collect()
}

fn cannot(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{} could not be removed: {error}", path.display()))
        .action("remove it yourself: it belongs to a record whose words nobody confirmed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_made_is_taken_back() {
        let root = std::env::temp_dir().join(format!("pulsebook-traces-{}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        fs::write(root.join("mine"), "x").unwrap();
        let new = root.join("a/b");
        let (outer, inner) = (Traces::before(&root), Traces::before(&new));
        fs::create_dir_all(new.join("journal")).unwrap();
        fs::write(new.join("vault.json"), "x").unwrap();
        inner.take_back().unwrap();
        assert!(!root.join("a").exists());
        fs::write(root.join("vault.json"), "x").unwrap();
        outer.take_back().unwrap();
        assert_eq!(entries(&root), BTreeSet::from(["mine".into()]));
        fs::remove_dir_all(&root).unwrap();
    }
}
