//! Reading a trace line by line: bounded, numbered, and each line held to the format.

use super::{
    error::TraceError,
    line::{FORMAT, Header, Line, VERSION},
    step::{Marking, Step},
};
use serde::de::DeserializeOwned;
use std::io::{BufRead, Read};

/// Longer than any line that is written: a name of thousands of letters, or 512 bytes in hex.
const LONGEST: u64 = 128 * 1024;

/// The lines of a trace; never more than one of them is held.
#[derive(Debug)]
pub(super) struct Lines<R> {
    input: R,
    line: u64,
    marking: Marking,
}

impl<R: BufRead> Lines<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// The first line is none, or of another version.
    pub(super) fn open(input: R) -> Result<(Header, Lines<R>), TraceError> {
        let mut lines = Lines { input, line: 0, marking: Marking { simulated: false } };
        let expected = format!("a header like {{\"format\":\"{FORMAT}\",\"version\":{VERSION},…}}");
        let text = lines.text()?.unwrap_or_default();
        let header: Header = lines.parsed(&text, &expected)?;
        if header.format != FORMAT || header.version != VERSION {
            let expected = format!("the format {FORMAT} in version {VERSION}");
            return Err(lines.wrong(&text, expected));
        }
        lines.marking = Marking { simulated: header.simulated };
        Ok((header, lines))
    }

    /// The next step; `None` at the end. Empty lines are skipped.
    ///
    /// # Errors
    /// The line is none of the format.
    pub(super) fn next(&mut self) -> Result<Option<Step>, TraceError> {
        let Some(text) = self.text()? else { return Ok(None) };
        let line: Line = self.parsed(&text, "an object with at_ms, sensor and direction (docs/trace.md)")?;
        Step::of(line, self.marking).map(Some).map_err(|expected| self.wrong(&text, expected))
    }

    /// Which line was read last, counted from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    fn text(&mut self) -> Result<Option<String>, TraceError> {
        loop {
            self.line += 1;
            let line = self.line;
            let mut bytes = Vec::new();
            let read = self.input.by_ref().take(LONGEST + 1).read_until(b'\n', &mut bytes);
            if read.map_err(|source| TraceError::Io { line, source })? == 0 {
                return Ok(None);
            }
            if bytes.len() as u64 > LONGEST {
                return Err(TraceError::TooLong { line, most: LONGEST });
            }
            let text = String::from_utf8_lossy(&bytes);
            if !text.trim().is_empty() {
                return Ok(Some(text.trim().to_owned()));
            }
        }
    }

    fn parsed<T: DeserializeOwned>(&self, text: &str, expected: &str) -> Result<T, TraceError> {
        // What serde says is what came; it quotes the line, whose beginning follows anyway.
        serde_json::from_str(text).map_err(|error| {
            let why: String =
                error.to_string().chars().filter(|letter| !letter.is_control()).take(120).collect();
            self.wrong(text, format!("{expected} ({why})"))
        })
    }

    fn wrong(&self, text: &str, expected: String) -> TraceError {
        TraceError::Line { line: self.line, expected, found: text.chars().take(60).collect() }
    }
}
