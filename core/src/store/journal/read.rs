//! Reading journal files back, record by record.

use super::{HEADER, MAGIC, header_aad, nonce, record_aad, secret};
use crate::store::StoreError;
use pulsebook_protocol::{bytes::Salt16, seal, secret::Secret32};
use std::{
    fs::File,
    io::{BufReader, Read},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Bytes in a journal file that are not what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("journal file {} is damaged at byte {offset}; what could be read was kept, a copy of the file was set aside", path.display())]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// Where the record begins that does not open.
    pub offset: u64,
}

/// One step of a replay.
#[derive(Debug)]
pub enum Replay {
    /// A record's content.
    Record(Zeroizing<Vec<u8>>),
    /// A record that does not open; the next step tries the one after it, if its length is known.
    Damaged(Damage),
    /// The last record was cut off while it was written; it was never acknowledged.
    TornTail {
        /// Where it begins.
        offset: u64,
    },
    /// Nothing follows.
    End,
}

/// A journal file that is read again.
#[derive(Debug)]
pub struct JournalFile {
    path: PathBuf,
    input: BufReader<File>,
    keys: Option<(Salt16, Secret32)>,
    offset: u64,
    records: u64,
    done: bool,
}

pub(super) fn open(path: &Path, erase_key: &Secret32) -> Result<JournalFile, StoreError> {
    let file = File::open(path).map_err(StoreError::file("open", path))?;
    let mut input = BufReader::new(file);
    let mut header = [0; HEADER];
    let length = fill(&mut input, &mut header).map_err(StoreError::file("read", path))?;
    let keys = if length == HEADER { read_header(&header, erase_key) } else { None };
    let offset = if keys.is_some() { HEADER as u64 } else { 0 };
    // A header cut off by a power cut belongs to a file that no record was written to.
    let done = keys.is_none() && length < HEADER;
    Ok(JournalFile { path: path.to_owned(), input, keys, offset, records: 0, done })
}

fn read_header(header: &[u8; HEADER], erase_key: &Secret32) -> Option<(Salt16, Secret32)> {
    let rest = header.strip_prefix(MAGIC)?;
    let (id, wrapped) = rest.split_first_chunk::<16>()?;
    let id = Salt16::from_bytes(*id);
    let opened = seal::open(erase_key.expose(), &header_aad(&id), wrapped).ok()?;
    Some((id, secret(&opened)?))
}

fn fill(input: &mut impl Read, out: &mut [u8]) -> std::io::Result<usize> {
    let mut length = 0;
    while let Some(rest) = out.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match input.read(rest)? {
            0 => break,
            more => length += more,
        }
    }
    Ok(length)
}

impl JournalFile {
    /// The next step of the replay.
    ///
    /// # Errors
    /// [`StoreError::File`] when the file cannot be read.
    pub fn next_record(&mut self) -> Result<Replay, StoreError> {
        if self.done {
            return Ok(Replay::End);
        }
        let Some((id, key)) = &self.keys else {
            self.done = true;
            return Ok(Replay::Damaged(self.damage()));
        };
        let (id, key) = (*id, key.duplicate());
        let mut frame = [0; 4];
        match self.fill(&mut frame)? {
            0 => return Ok(self.finish(Replay::End)),
            4 => (),
            _ => return Ok(self.finish(Replay::TornTail { offset: self.offset })),
        }
        let [a, b, c, d] = frame;
        let (size, check) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        if size != !check {
            return Ok(self.finish(Replay::Damaged(self.damage())));
        }
        let mut body = vec![0; usize::from(size)];
        if self.fill(&mut body)? < body.len() {
            return Ok(self.finish(Replay::TornTail { offset: self.offset }));
        }
        let opened = seal::open_raw(key.expose(), nonce(self.records), &record_aad(&id, self.records), &body);
        let step = match opened {
            Ok(content) => Replay::Record(content),
            Err(_) => Replay::Damaged(self.damage()),
        };
        self.records += 1;
        self.offset += 4 + u64::from(size);
        Ok(step)
    }

    fn fill(&mut self, out: &mut [u8]) -> Result<usize, StoreError> {
        fill(&mut self.input, out).map_err(StoreError::file("read", &self.path))
    }

    fn finish(&mut self, step: Replay) -> Replay {
        self.done = true;
        step
    }

    fn damage(&self) -> Damage {
        Damage { path: self.path.clone(), offset: self.offset }
    }
}
