//! Where a folder is hurt: bytes flipped, files cut short, files gone.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

/// Files up to this size are hurt at every byte when there is time for it.
const HEADER: usize = 100;

/// One damage.
#[derive(Clone, Debug)]
pub(crate) struct Hurt {
    file: PathBuf,
    how: How,
}

#[derive(Clone, Copy, Debug)]
enum How {
    Flip { at: usize, bit: u8 },
    Cut { at: usize },
    Gone,
}

impl fmt::Display for Hurt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.file.display(), self.how)
    }
}

impl Hurt {
    /// Does it in a folder.
    pub(crate) fn apply(&self, folder: &Path) {
        let path = folder.join(&self.file);
        let mut bytes = fs::read(&path).unwrap();
        match self.how {
            How::Flip { at, bit } => bytes[at] ^= 1 << bit,
            How::Cut { at } => bytes.truncate(at),
            How::Gone => return fs::remove_file(&path).unwrap(),
        }
        fs::write(&path, bytes).unwrap();
    }

    /// Whether it is in a file whose name ends so.
    pub(crate) fn is_of(&self, end: &str) -> bool {
        self.file.to_string_lossy().ends_with(end)
    }

    /// A journal or a write-ahead log cut short or gone cannot be told from one whose process was killed: what was read from
    /// it is kept. A flipped byte looks like nothing but damage.
    pub(crate) fn looks_like_a_kill(&self) -> bool {
        let cut = !matches!(self.how, How::Flip { .. });
        let name = self.file.to_string_lossy();
        cut && (name.ends_with(".journal") || name.ends_with("-wal"))
    }
}

/// Damages of every file below a folder: about `dense` flips of each, its first bytes among them, a few cuts, and its absence.
pub(crate) fn hurts(folder: &Path, dense: usize) -> Vec<Hurt> {
    let mut files = Vec::new();
    list(folder, Path::new(""), &mut files);
    files.sort();
    let mut hurts = Vec::new();
    for (file, size) in files {
        let hurt = |how| Hurt { file: file.clone(), how };
        let step = (size / dense).max(1);
        let spread = (0..size).step_by(step).map(|at| at + at / step * 7 % step).filter(|at| *at < size);
        let header = (0..size.min(HEADER)).step_by((HEADER / dense).max(1));
        let bit = |at: usize| u8::try_from((at * 5 + 3) % 8).unwrap();
        hurts.extend(spread.chain(header).map(|at| hurt(How::Flip { at, bit: bit(at) })));
        let cut = (size / (dense / 8).max(1)).max(512).div_ceil(512) * 512;
        hurts.extend((0..size).step_by(cut).map(|at| hurt(How::Cut { at })));
        hurts.push(hurt(How::Gone));
    }
    hurts
}

/// About `dense` flips of the bytes of a file in a range.
pub(crate) fn flips_in(file: &Path, range: std::ops::Range<usize>, dense: usize) -> Vec<Hurt> {
    let step = (range.len() / dense).max(1);
    let spread =
        range.clone().step_by(step).map(|at| at + at / step * 7 % step).filter(|at| range.contains(at));
    let flip = |at: usize| How::Flip { at, bit: u8::try_from((at * 5 + 3) % 8).unwrap() };
    spread.map(|at| Hurt { file: file.to_owned(), how: flip(at) }).collect()
}

fn list(root: &Path, below: &Path, files: &mut Vec<(PathBuf, usize)>) {
    for entry in fs::read_dir(root.join(below)).unwrap().flatten() {
        let (name, data) = (below.join(entry.file_name()), entry.metadata().unwrap());
        if data.is_dir() {
            list(root, &name, files);
        } else if name
            .file_name()
            .is_some_and(|name| name != "lock" && name != "record.sqlite-shm" && name != "node.db-shm")
        {
            files.push((name, usize::try_from(data.len()).unwrap()));
        }
    }
}
