//! One evidence file: the pages of one block's segments of one class, each sealed under the file's own random key.
//!
//! File: magic ‖ file id (16 random bytes) ‖ pages (ciphertext ‖ tag), one after the other. nonce = page number, aad =
//! D(evidence-file) ‖ chain ‖ file id ‖ number. Key, seeds and lengths stand in the index, a sealed page of the database:
//! without it the file is noise.

use super::{Evidence, RawNotification, columns};
use crate::store::{StoreError, files};
use pulsebook_faultpoint::{Point, reach, write_all};
use pulsebook_protocol::{
    bytes::ChainId,
    domain,
    random::{Random, make_bytes},
    seal,
    secret::Secret32,
};
use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::Path,
};
use zeroize::Zeroize;

const MAGIC: &[u8; 8] = b"PBEVID1\n";
/// magic ‖ id.
const HEADER: u64 = 24;

/// What opens a file, and what of it belongs to which slot.
#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub(super) struct Index {
    #[cbor(n(0), with = "minicbor::bytes")]
    id: [u8; 16],
    #[cbor(n(1), with = "minicbor::bytes")]
    key: [u8; 32],
    #[n(2)]
    pub(super) segments: Vec<Indexed>,
}

/// The pages of one slot.
#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub(super) struct Indexed {
    #[n(0)]
    pub(super) slot: u8,
    #[cbor(n(1), with = "minicbor::bytes")]
    seed: [u8; 32],
    /// How many notifications.
    #[n(2)]
    pub(super) count: u32,
    /// Length of each page, tag included.
    #[n(3)]
    pages: Vec<u32>,
}

impl Drop for Index {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl Drop for Indexed {
    fn drop(&mut self) {
        self.seed.zeroize();
    }
}

impl Index {
    pub(super) fn has(&self, slot: u8) -> bool {
        self.segments.iter().any(|segment| segment.slot == slot)
    }

    /// Length that the file must have.
    pub(super) fn file_length(&self) -> u64 {
        HEADER
            + self
                .segments
                .iter()
                .flat_map(|segment| &segment.pages)
                .map(|page| u64::from(*page))
                .sum::<u64>()
    }

    fn aad(&self, chain: &ChainId, number: u32) -> Vec<u8> {
        [&domain::EVIDENCE_FILE.prefix()[..], chain.as_bytes(), &self.id, &number.to_be_bytes()].concat()
    }
}

fn nonce(number: u32) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[8..].copy_from_slice(&number.to_be_bytes());
    nonce
}

/// Writes a file under its own new key; it has its name, but that name is not durable yet.
pub(super) fn write(
    path: &Path,
    chain: &ChainId,
    segments: &[(u8, &Evidence)],
    random: &mut dyn Random,
) -> Result<Index, StoreError> {
    let key = Secret32::make(random)?;
    let mut index = Index { id: make_bytes(random)?, key: *key.expose(), segments: Vec::new() };
    let next = path.with_extension("next");
    let made = reach(Point::EvidenceCreate).and_then(|()| files::private(&next));
    let mut file = made.map_err(StoreError::file("create", &next))?;
    let failed = |source| StoreError::file("write", &next)(source);
    let header = [&MAGIC[..], &index.id].concat();
    write_all(Point::EvidenceWrite, &mut file, &header).map_err(failed)?;
    let mut number = 0;
    for (slot, evidence) in segments {
        let mut pages = Vec::new();
        for page in columns::pages(&evidence.notifications) {
            let sealed = seal_page(&index, chain, number, page)?;
            write_all(Point::EvidenceWrite, &mut file, &sealed).map_err(failed)?;
            pages.push(u32::try_from(sealed.len()).unwrap_or(u32::MAX));
            number += 1;
        }
        let count = u32::try_from(evidence.notifications.len()).unwrap_or(u32::MAX);
        index.segments.push(Indexed { slot: *slot, seed: *evidence.seed.expose(), count, pages });
    }
    reach(Point::EvidenceSync).and_then(|()| file.sync_all()).map_err(StoreError::file("sync", &next))?;
    let named = reach(Point::EvidenceRename).and_then(|()| fs::rename(&next, path));
    named.map_err(StoreError::file("replace", path))?;
    Ok(index)
}

fn seal_page(
    index: &Index,
    chain: &ChainId,
    number: u32,
    page: &[RawNotification],
) -> Result<Vec<u8>, StoreError> {
    let plain = zeroize::Zeroizing::new(columns::pack_page(page));
    Ok(seal::seal_raw(&index.key, nonce(number), &index.aad(chain, number), &plain)?)
}

/// Reads the evidence of one slot.
pub(super) fn read(path: &Path, chain: &ChainId, index: &Index, slot: u8) -> Result<Evidence, StoreError> {
    let damaged = |what: &'static str| StoreError::EvidenceFile { path: path.to_owned(), what };
    let mut file = open(path, index)?;
    let (mut number, mut offset) = (0, HEADER);
    for segment in &index.segments {
        if segment.slot != slot {
            number += u32::try_from(segment.pages.len()).unwrap_or(u32::MAX);
            offset += segment.pages.iter().map(|page| u64::from(*page)).sum::<u64>();
            continue;
        }
        let mut notifications = Vec::new();
        file.seek(SeekFrom::Start(offset)).map_err(StoreError::file("read", path))?;
        for length in &segment.pages {
            let mut sealed = vec![0; usize::try_from(*length).unwrap_or(0)];
            let read = reach(Point::EvidenceRead).and_then(|()| file.read_exact(&mut sealed));
            read.map_err(StoreError::file("read", path))?;
            let opened = seal::open_raw(&index.key, nonce(number), &index.aad(chain, number), &sealed)
                .map_err(|_| damaged("a page does not open"))?;
            let page =
                columns::unpack_page(&opened).ok_or_else(|| damaged("a page is not what was packed"))?;
            notifications.extend(page);
            number += 1;
        }
        return match u32::try_from(notifications.len()) == Ok(segment.count) {
            true => {
                Ok(Evidence { seed: Secret32::from_bytes(segment.seed), notifications: notifications.into() })
            }
            false => Err(damaged("notifications are missing")),
        };
    }
    Err(damaged("it holds nothing of this slot"))
}

fn open(path: &Path, index: &Index) -> Result<File, StoreError> {
    let damaged = |what: &'static str| StoreError::EvidenceFile { path: path.to_owned(), what };
    let opened = reach(Point::EvidenceRead).and_then(|()| File::open(path));
    let mut file = opened.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => damaged("it is missing"),
        _ => StoreError::file("open", path)(error),
    })?;
    let length = file.metadata().map_err(StoreError::file("read", path))?.len();
    if length != index.file_length() {
        return Err(damaged("it has another length"));
    }
    let mut header = [0; HEADER as usize];
    file.read_exact(&mut header).map_err(StoreError::file("read", path))?;
    match header.strip_prefix(MAGIC) == Some(&index.id) {
        true => Ok(file),
        false => Err(damaged("it is another file")),
    }
}
