//! A disk that may forget whatever was not synced: bytes by sectors of 512, names by folders.

use super::trace::Deed;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

const SECTOR: u64 = 512;

/// What a power cut does to everything that was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// Nothing: all of it is there.
    None,
    /// Nothing of it is there, bytes and names alike.
    Dropped,
    /// Names are there, bytes are not.
    BytesDropped,
    /// Each sector of 512 bytes is there or not, as a coin with this seed falls; names are there.
    Torn(u64),
}

#[derive(Clone, Debug)]
enum Change {
    Bytes(u64, Vec<u8>),
    Length(u64),
}

#[derive(Clone, Debug, Default)]
struct Content {
    synced: Vec<u8>,
    pending: Vec<Change>,
}

/// A file's number, or none for a folder.
type Entry = Option<usize>;

/// A folder with what is durable in it and what is not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    contents: Vec<Content>,
    names: BTreeMap<PathBuf, Entry>,
    durable: BTreeMap<PathBuf, Entry>,
}

impl Disk {
    /// A folder as it is, all of it durable.
    pub(crate) fn load(root: &Path) -> Disk {
        let mut disk = Disk::default();
        disk.load_folder(root, Path::new(""));
        disk.durable = disk.names.clone();
        disk
    }

    fn load_folder(&mut self, root: &Path, folder: &Path) {
        for entry in fs::read_dir(root.join(folder)).unwrap().flatten() {
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                self.names.insert(path.clone(), None);
                self.load_folder(root, &path);
            } else {
                let synced = fs::read(entry.path()).unwrap();
                self.contents.push(Content { synced, pending: Vec::new() });
                self.names.insert(path, Some(self.contents.len() - 1));
            }
        }
    }

    /// Does what the process did.
    pub(crate) fn apply(&mut self, deed: &Deed) {
        match deed {
            Deed::Open { path, emptied } => {
                let emptied = *emptied && self.names.contains_key(path);
                let content = self.content(path);
                if emptied {
                    content.pending.push(Change::Length(0));
                }
            }
            Deed::Write { path, at, bytes } => {
                self.content(path).pending.push(Change::Bytes(*at, bytes.clone()));
            }
            Deed::Length { path, length } => self.content(path).pending.push(Change::Length(*length)),
            Deed::Sync { path } => self.sync(path),
            Deed::Rename { from, to } => {
                if let Some(entry) = self.names.remove(from) {
                    self.names.insert(to.clone(), entry);
                }
            }
            Deed::Remove { path } => drop(self.names.remove(path)),
            Deed::Folder { path } => drop(self.names.insert(path.clone(), None)),
            Deed::Told { .. } | Deed::Sent => {}
        }
    }

    fn content(&mut self, path: &Path) -> &mut Content {
        let next = self.contents.len();
        let number = self.names.entry(path.to_owned()).or_insert(Some(next)).unwrap();
        if number == next {
            self.contents.push(Content::default());
        }
        &mut self.contents[number]
    }

    fn sync(&mut self, path: &Path) {
        if let Some(Some(number)) = self.names.get(path) {
            let content = &mut self.contents[*number];
            content.synced = after(&content.synced, &content.pending, &mut |_| true);
            content.pending.clear();
            return;
        }
        let below = |name: &Path| name.parent() == Some(path);
        self.durable.retain(|name, _| !below(name));
        let now = self.names.iter().filter(|(name, _)| below(name));
        self.durable.extend(now.map(|(name, entry)| (name.clone(), *entry)));
    }

    /// Whether anything is not durable.
    pub(crate) fn can_lose(&self) -> bool {
        self.durable != self.names || self.contents.iter().any(|content| !content.pending.is_empty())
    }

    /// The folder as it is after the power came back; only names that are `ours`.
    pub(crate) fn image(&self, loss: Loss, ours: impl Fn(&Path) -> bool) -> Image {
        let names = if loss == Loss::Dropped { &self.durable } else { &self.names };
        let mut coin = coin(loss);
        let mut bytes = |number: usize| {
            let content = &self.contents[number];
            after(&content.synced, &content.pending, &mut coin)
        };
        let ours = names.iter().filter(|(name, _)| ours(name));
        Image(ours.map(|(name, entry)| (name.clone(), entry.map(&mut bytes))).collect())
    }
}

/// A folder: bytes for a file, none for a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Image(BTreeMap<PathBuf, Option<Vec<u8>>>);

impl Image {
    pub(crate) fn write(&self, root: &Path) {
        for (name, bytes) in &self.0 {
            let path = root.join(name);
            // A folder whose own name was lost takes what is in it along.
            if path.parent().is_none_or(|folder| !folder.exists()) {
                continue;
            }
            match bytes {
                None => fs::create_dir_all(&path).unwrap(),
                Some(bytes) => fs::write(&path, bytes).unwrap(),
            }
        }
    }
}

/// Decides for each change, or each sector of one, whether it reached the disk.
fn coin(loss: Loss) -> impl FnMut(u64) -> bool {
    let (mut state, is_torn) = if let Loss::Torn(seed) = loss { (seed, true) } else { (0, false) };
    move |_sector| {
        if loss == Loss::None {
            return true;
        }
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        is_torn && (state >> 40) % 2 == 1
    }
}

/// Bytes after the changes that reached the disk.
fn after(synced: &[u8], pending: &[Change], reached: &mut dyn FnMut(u64) -> bool) -> Vec<u8> {
    let mut bytes = synced.to_vec();
    for change in pending {
        match change {
            Change::Length(length) => {
                if reached(0) {
                    bytes.resize(usize::try_from(*length).unwrap(), 0);
                }
            }
            Change::Bytes(at, new) => put(&mut bytes, *at, new, reached),
        }
    }
    bytes
}

fn put(bytes: &mut Vec<u8>, at: u64, new: &[u8], reached: &mut dyn FnMut(u64) -> bool) {
    let end = at + new.len() as u64;
    let mut from = at;
    while from < end {
        let sector = from / SECTOR;
        let to = ((sector + 1) * SECTOR).min(end);
        if reached(sector) {
            let [first, last] = [from, to].map(|place| usize::try_from(place).unwrap());
            let [begin, stop] = [from - at, to - at].map(|place| usize::try_from(place).unwrap());
            if bytes.len() < last {
                bytes.resize(last, 0);
            }
            bytes[first..last].copy_from_slice(&new[begin..stop]);
        }
        from = to;
    }
}

#[test]
fn what_was_not_synced_is_lost_and_what_was_is_not() {
    let root = std::env::temp_dir().join(format!("pulsebook-disk-{}", std::process::id()));
    let (old, new) = (root.join("old"), root.join("new"));
    fs::create_dir_all(&old).unwrap();
    fs::create_dir_all(&new).unwrap();
    fs::write(old.join("a"), "before").unwrap();
    let mut disk = Disk::load(&old);
    let path = PathBuf::from("a.next");
    let sync = |path: &str| Deed::Sync { path: path.into() };
    for deed in [
        Deed::Open { path: path.clone(), emptied: true },
        Deed::Write { path: path.clone(), at: 0, bytes: vec![7; 2000] },
        Deed::Rename { from: path, to: "a".into() },
    ] {
        disk.apply(&deed);
    }
    let read = |disk: &Disk, loss| {
        disk.image(loss, |_| true).write(&new);
        fs::read(new.join("a")).unwrap()
    };
    assert_eq!(read(&disk, Loss::Dropped), b"before", "the name was not synced");
    assert_eq!(read(&disk, Loss::BytesDropped), b"", "renamed before it was synced");
    let torn: Vec<Vec<u8>> = (1..40).map(|seed| read(&disk, Loss::Torn(seed))).collect();
    assert!(torn.iter().any(|bytes| bytes.contains(&0) && bytes.contains(&7)), "some sectors, not all");
    disk.apply(&sync("a"));
    assert!(disk.can_lose());
    assert_eq!(read(&disk, Loss::BytesDropped), vec![7; 2000]);
    disk.apply(&sync(""));
    assert!(!disk.can_lose());
    assert_eq!(read(&disk, Loss::Dropped), vec![7; 2000]);
    fs::remove_dir_all(&root).unwrap();
}
