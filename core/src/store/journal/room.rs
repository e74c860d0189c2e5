//! Room ahead: a file is made longer by zeros in pieces, and records overwrite them.
//!
//! A write that makes a file longer changes its metadata, and each flush after it writes the file system's own journal too:
//! several blocks for a minute's few kilobytes. A write into bytes that are there changes nothing but these bytes.

use pulsebook_faultpoint::{Point, write_all};
use std::{
    fs::File,
    io::{self, Write},
};

/// Bytes of one piece of room: some minutes of three sensors' streams.
pub(super) const PIECE: u64 = 64 * 1024;

/// How far a file is written, and how far it reaches.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) written: u64,
    pub(super) length: u64,
}

impl Room {
    /// Makes sure that so many bytes fit. A disk that has no room for a whole piece may have it for a record: that write tells.
    pub(super) fn make(&mut self, file: &File, bytes: u64) {
        let needed = self.written.saturating_add(bytes);
        if needed <= self.length {
            return;
        }
        let length = needed.div_ceil(PIECE).saturating_mul(PIECE);
        let zeros = vec![0; usize::try_from(length - self.length).unwrap_or(0)];
        if write_all(Point::JournalRoom, &mut At { file, at: self.length }, &zeros).is_ok() {
            self.length = length;
        }
    }

    /// So many bytes were written, with room for them or without: none of them may be made room of.
    pub(super) fn wrote(&mut self, bytes: u64) {
        self.written += bytes;
        self.length = self.length.max(self.written);
    }
}

/// A place in a file that bytes are written to, without a call to go there first.
pub(super) struct At<'a> {
    pub(super) file: &'a File,
    pub(super) at: u64,
}

impl Write for At<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let written = std::os::unix::fs::FileExt::write_at(self.file, bytes, self.at)?;
        #[cfg(windows)]
        let written = std::os::windows::fs::FileExt::seek_write(self.file, bytes, self.at)?;
        self.at += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::scratch;
    use std::fs;

    #[test]
    fn what_was_written_where_no_room_could_be_made_is_never_made_room_of() {
        let scratch = scratch();
        let path = scratch.join("file");
        let file = File::create(&path).unwrap();
        let mut room = Room { written: 0, length: 0 };
        write_all(Point::JournalAppend, &mut At { file: &file, at: 0 }, b"written").unwrap();
        room.wrote(7);
        room.make(&file, 1);
        let bytes = fs::read(&path).unwrap();
        assert_eq!((&bytes[..7], bytes.len() as u64), (&b"written"[..], PIECE));
        assert!(bytes[7..].iter().all(|byte| *byte == 0));
    }
}
