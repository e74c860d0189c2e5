//! Reading journal files back, record by record.

use super::{END, FRAME, HEADER, MAGIC, MAGIC_1, header_aad, nonce, record_aad, secret};
use crate::store::StoreError;
use pulsebook_faultpoint::{Point, reach};
use pulsebook_protocol::{bytes::Salt16, seal, secret::Secret32};
use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
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

/// What a file's header says.
#[derive(Debug)]
struct Keys {
    id: Salt16,
    key: Secret32,
    version: Version,
}

/// Files of the first version end with their last record; in later ones room follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// A journal file that is read again.
#[derive(Debug)]
pub struct JournalFile {
    path: PathBuf,
    input: BufReader<File>,
    keys: Option<Keys>,
    offset: u64,
    records: u64,
    done: bool,
}

pub(super) fn open(path: &Path, erase_key: &Secret32) -> Result<JournalFile, StoreError> {
    let opened = reach(Point::JournalRead).and_then(|()| File::open(path));
    let file = opened.map_err(StoreError::file("open", path))?;
    let mut input = BufReader::new(file);
    let mut header = [0; HEADER];
    let length = fill(&mut input, &mut header).map_err(StoreError::file("read", path))?;
    let keys = if length == HEADER { read_header(&header, erase_key) } else { None };
    let offset = if keys.is_some() { HEADER as u64 } else { 0 };
    // A header cut off by a power cut belongs to a file that no record was written to.
    let done = keys.is_none() && length < HEADER;
    Ok(JournalFile { path: path.to_owned(), input, keys, offset, records: 0, done })
}

fn read_header(header: &[u8; HEADER], erase_key: &Secret32) -> Option<Keys> {
    let (magic, rest) = header.split_first_chunk::<8>()?;
    let version = match magic {
        MAGIC => Version::Two,
        MAGIC_1 => Version::One,
        _ => return None,
    };
    let (id, wrapped) = rest.split_first_chunk::<16>()?;
    let id = Salt16::from_bytes(*id);
    let opened = seal::open(erase_key.expose(), &header_aad(&id), wrapped).ok()?;
    Some(Keys { id, key: secret(&opened)?, version })
}

fn fill(input: &mut impl Read, out: &mut [u8]) -> std::io::Result<usize> {
    let mut length = 0;
    reach(Point::JournalRead)?;
    while let Some(rest) = out.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match input.read(rest)? {
            0 => break,
            more => length += more,
        }
    }
    Ok(length)
}

impl Version {
    /// What its records end with.
    fn mark(self) -> &'static [u8] {
        match self {
            Version::One => &[],
            Version::Two => &[END],
        }
    }
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
        let Some(keys) = &self.keys else {
            return Ok(self.finish(Replay::Damaged(self.damage())));
        };
        let (id, key, mark) = (keys.id, keys.key.duplicate(), keys.version.mark());
        let mut frame = [0; FRAME];
        let length = fill(&mut self.input, &mut frame).map_err(StoreError::file("read", &self.path))?;
        let [a, b, c, d] = frame;
        let (size, check) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        if length < FRAME || size != !check {
            return self.without_record(&frame, length);
        }
        let mut body = vec![0; usize::from(size) + mark.len()];
        let length = fill(&mut self.input, &mut body).map_err(StoreError::file("read", &self.path))?;
        let sealed = body.strip_suffix(mark).filter(|_| length == body.len());
        let (number, offset) = (self.records, self.offset);
        if sealed.is_none() && self.is_cut_off(&body, length)? {
            return Ok(self.finish(Replay::TornTail { offset }));
        }
        let opened = sealed
            .map(|sealed| seal::open_raw(key.expose(), nonce(number), &record_aad(&id, number), sealed));
        let step = match opened {
            Some(Ok(content)) => Replay::Record(content),
            _ => Replay::Damaged(self.damage()),
        };
        self.records += 1;
        self.offset += (FRAME + body.len()) as u64;
        Ok(step)
    }

    /// What it means that no record begins here: the end, one that was cut off, or damage.
    fn without_record(&mut self, frame: &[u8; FRAME], length: usize) -> Result<Replay, StoreError> {
        let read = frame.get(..length).unwrap_or_default();
        let rest_is_room =
            self.is_room() && only_zeros(&mut self.input).map_err(StoreError::file("read", &self.path))?;
        let step = match self.is_room() {
            _ if read.is_empty() => Replay::End,
            true if rest_is_room && read.iter().all(|byte| *byte == 0) => Replay::End,
            // The last of its bytes that was written is one of its length: no whole one ends with a zero.
            true if rest_is_room && read.last() == Some(&0) => Replay::TornTail { offset: self.offset },
            _ if length < FRAME => Replay::TornTail { offset: self.offset },
            _ => Replay::Damaged(self.damage()),
        };
        Ok(self.finish(step))
    }

    /// Whether a record without its end mark was cut off while it was written: nothing follows it.
    fn is_cut_off(&mut self, body: &[u8], length: usize) -> Result<bool, StoreError> {
        if length < body.len() {
            return Ok(true);
        }
        Ok(body.last() == Some(&0)
            && only_zeros(&mut self.input).map_err(StoreError::file("read", &self.path))?)
    }

    fn is_room(&self) -> bool {
        self.keys.as_ref().is_some_and(|keys| keys.version == Version::Two)
    }

    fn finish(&mut self, step: Replay) -> Replay {
        self.done = true;
        step
    }

    fn damage(&self) -> Damage {
        Damage { path: self.path.clone(), offset: self.offset }
    }
}

/// Whether nothing but zeros follows; reads to the end, or to the first byte that is none.
fn only_zeros(input: &mut impl BufRead) -> std::io::Result<bool> {
    loop {
        let piece = input.fill_buf()?;
        let length = piece.len();
        if length == 0 {
            return Ok(true);
        }
        if piece.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        input.consume(length);
    }
}
