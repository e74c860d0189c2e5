//! Scratch folders for tests, removed when dropped.

use std::path::{Path, PathBuf};

/// A new empty folder under the system's temporary one.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes it; `name` tells tests apart in listings.
    pub(crate) fn make(name: &str) -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("pulsebook-node-{}-{number}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
