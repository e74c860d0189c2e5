//! The write-ahead log beside a database, looked at before SQLite reads it: bytes that are not what was written are named.
//!
//! SQLite takes the first frame that does not check for the end of the log, and leaves what follows unread without a word. A
//! killed process leaves a log that ends after a frame or within the last one; a frame of this log that is there and does not
//! check, or a later one behind it, is from a power cut while it was written, or from a disk that changed it.
//! Layout and sums: <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>.

use rusqlite::Connection;
use std::{
    fmt,
    fs::{self, File},
    io::{self, BufReader, ErrorKind, Read},
    path::{Path, PathBuf},
};

const HEADER: usize = 32;
const FRAME: usize = 24;
/// Sums over words in little-endian order; the number after it: in big-endian order.
const MAGIC: u32 = 0x377f_0682;

/// A log that does not hold what was written; a copy of it lies aside until somebody takes it away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenLog {
    /// The copy.
    pub kept: PathBuf,
}

impl fmt::Display for BrokenLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the write-ahead log of the database was damaged, a copy of it is kept as {}: if the power failed while \
             something was written, nothing acknowledged is missing; if not, what was written last may be",
            self.kept.display()
        )
    }
}

/// Looks at the log that a killed process left beside a database, keeps a copy of it if it is not what was written, and lets
/// SQLite take the rest of it into the database. Tells about a copy for as long as it lies there.
///
/// To be called before the database is opened, by whoever alone has it.
///
/// ```
/// let folder = std::env::temp_dir();
/// assert_eq!(pulsebook_rowsum::settle_log(&folder.join("there is no such database"))?, None);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// The log cannot be read. That there is no room for a copy is none: reading needs no room.
pub fn settle_log(database: &Path) -> io::Result<Option<BrokenLog>> {
    let (log, kept) = (beside(database, "-wal"), beside(database, "-wal.damaged"));
    let there = fs::metadata(&log).is_ok_and(|data| data.len() > 0);
    let broken = there && broken_at(&log)?.is_some();
    // The first copy is the one to look into.
    let copied = kept.exists() || (broken && fs::copy(&log, &kept).is_ok());
    // A frame that was never committed would lie behind later ones, and look like one that changed: the log begins anew.
    if there {
        let _ = take_in(database);
    }
    Ok((broken || copied).then_some(BrokenLog { kept }))
}

fn beside(database: &Path, end: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// On a full disk the log stays as it is.
fn take_in(database: &Path) -> rusqlite::Result<()> {
    let db = Connection::open(database)?;
    db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

/// Where the first frame begins that is not as it was written, if one is.
fn broken_at(log: &Path) -> io::Result<Option<u64>> {
    let file = match File::open(log) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut input = BufReader::new(file);
    let mut header = [0; HEADER];
    if !fill(&mut input, &mut header)? {
        return Ok(None);
    }
    let mut frame = [0; FRAME];
    let Some(mut sums) = Sums::of(&header) else {
        // Its header is durable before the first frame is written.
        return Ok(fill(&mut input, &mut frame)?.then_some(0));
    };
    let (mut page, mut at, mut end) = (vec![0; sums.page], HEADER as u64, None);
    while fill(&mut input, &mut frame)? && fill(&mut input, &mut page)? {
        if end.is_none() && !sums.take(&frame, &page) {
            end = Some(at);
        }
        if end.is_some() && sums.is_of_this_log(&frame) {
            return Ok(end);
        }
        at += (FRAME + page.len()) as u64;
    }
    Ok(None)
}

/// Whether there was as much.
fn fill(input: &mut impl Read, out: &mut [u8]) -> io::Result<bool> {
    match input.read_exact(out) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        read => read.map(|()| true),
    }
}

/// The running sums of a log.
struct Sums {
    page: usize,
    salts: [u32; 2],
    is_big_endian: bool,
    sums: [u32; 2],
}

impl Sums {
    /// None when the header is not one.
    fn of(header: &[u8; HEADER]) -> Option<Sums> {
        let page = word(header, 8);
        let is_big_endian = word(header, 0) == MAGIC + 1;
        let salts = [word(header, 16), word(header, 20)];
        let mut log = Sums { page: usize::try_from(page).ok()?, salts, is_big_endian, sums: [0, 0] };
        log.add(&header[..24]);
        let is_whole = word(header, 0) & !1 == MAGIC && log.sums == [word(header, 24), word(header, 28)];
        (is_whole && page.is_power_of_two() && (512..=65_536).contains(&page)).then_some(log)
    }

    /// Goes on over a frame; whether it is the next one.
    fn take(&mut self, frame: &[u8; FRAME], page: &[u8]) -> bool {
        self.add(&frame[..8]);
        self.add(page);
        let is_next = self.salts == [word(frame, 8), word(frame, 12)];
        is_next && word(frame, 0) != 0 && self.sums == [word(frame, 16), word(frame, 20)]
    }

    /// Frames of an older log that lay in the same file have two other salts; a changed byte changes one.
    fn is_of_this_log(&self, frame: &[u8; FRAME]) -> bool {
        self.salts[0] == word(frame, 8) || self.salts[1] == word(frame, 12)
    }

    fn add(&mut self, bytes: &[u8]) {
        let [mut a, mut b] = self.sums;
        for pair in bytes.chunks_exact(8) {
            let (mut x, mut y) = (word(pair, 0), word(pair, 4));
            if !self.is_big_endian {
                (x, y) = (x.swap_bytes(), y.swap_bytes());
            }
            a = a.wrapping_add(x).wrapping_add(b);
            b = b.wrapping_add(y).wrapping_add(a);
        }
        self.sums = [a, b];
    }
}

/// Four bytes, the greatest first.
fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |four| four.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
}

#[cfg(test)]
mod tests;
