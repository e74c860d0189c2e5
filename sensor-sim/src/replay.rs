//! A recording (`t_ms,value` lines) as the notifications of a heart-rate strap.

use crate::{
    encode::{HEART_RATE, encode},
    gatt::{About, Address, AttError, Link, Output, Properties, Service, SimSensor},
    in_process::{self, InProcess},
    measured::Measured,
};
use pulsebook_core::ble::{Characteristic, Origin, UnixMillis};
use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

/// A recording that cannot be played, with the line where it goes wrong (counted from 1).
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// There is no such file, or it may not be read.
    #[error("the recording cannot be opened: {0}; expected a readable file of lines `t_ms,value`")]
    Open(#[source] std::io::Error),
    /// Reading stops in the middle.
    #[error("the recording cannot be read at line {line}: {source}")]
    Io {
        /// Where.
        line: u64,
        /// Why.
        source: std::io::Error,
    },
    /// A line is not `t_ms,value`.
    #[error(
        "line {line} of the recording: expected `t_ms,value` (milliseconds since 1970, beats per minute 0–65535), found {found:?}"
    )]
    Line {
        /// Where.
        line: u64,
        /// The beginning of what stands there.
        found: String,
    },
    /// A line is earlier than the one before it.
    #[error("line {line} of the recording goes back in time; sort it by its first column")]
    Order {
        /// Where.
        line: u64,
    },
    /// There is no value in it.
    #[error("the recording is empty; expected lines `t_ms,value`")]
    Empty,
}

/// Plays a recording, line by line; it never holds more than one line.
pub struct Replay<R>(InProcess<Recording<R>>);

/// The strap whose notifications were recorded.
struct Recording<R> {
    about: About,
    table: Vec<Service>,
    lines: Lines<R>,
    /// Read ahead, so that a file that is no recording is refused when it is opened.
    ahead: Option<(UnixMillis, u16)>,
    error: Option<ReplayError>,
}

struct Lines<R> {
    input: R,
    line: u64,
    latest: UnixMillis,
    without_value: u64,
}

impl Replay<BufReader<File>> {
    /// Opens a recording.
    ///
    /// # Errors
    /// It cannot be read, its first value is malformed, or it has none.
    pub fn open(path: &Path) -> Result<Self, ReplayError> {
        let file = File::open(path).map_err(ReplayError::Open)?;
        let name = path.file_name().map_or_else(|| "recording".into(), |name| name.to_string_lossy());
        Replay::new(BufReader::new(file), &name)
    }
}

impl<R: BufRead + Send> Replay<R> {
    /// Plays what this reader gives; `name` names the recording and makes its sensor's identity.
    ///
    /// # Errors
    /// It cannot be read, its first value is malformed, or it has none.
    ///
    /// ```
    /// use pulsebook_sensor_sim::replay::Replay;
    /// let replay = Replay::new("t_ms,value\n1000,72\n2000,73\n".as_bytes(), "demo").unwrap();
    /// assert_eq!(replay.now(), 1000);
    /// ```
    pub fn new(input: R, name: &str) -> Result<Self, ReplayError> {
        let mut lines = Lines { input, line: 0, latest: UnixMillis::MIN, without_value: 0 };
        let ahead = lines.next()?.ok_or(ReplayError::Empty)?;
        // Recordings need not be regular, so that no gap can be told from them: no cadence.
        let about = About {
            origin: Origin::Replayed,
            ..About::new(
                &format!("replay-{name}"),
                &format!("Replay of {name}"),
                "heart-rate strap (recording)",
                Address::simulated(0),
            )
        };
        let offers = [(HEART_RATE.characteristic, Properties::NOTIFY)];
        let table = vec![Service::new(HEART_RATE.service, &offers)];
        let recording = Recording { about, table, lines, ahead: Some(ahead), error: None };
        Ok(Replay(InProcess::new(vec![recording], ahead.0, i64::MAX)))
    }

    /// The virtual clock: the receive time of the last event, at first that of the first line.
    pub fn now(&self) -> UnixMillis {
        self.0.now()
    }

    /// Lines so far whose value is negative: recorders write −1 for "measured nothing". They send no notification.
    pub fn without_value(&self) -> u64 {
        self.0.sensors().map(|recording| recording.lines.without_value).sum()
    }

    /// Why it ended early, if it did; ask after [`pulsebook_core::ble::TransportEvent::Finished`].
    pub fn error(&self) -> Option<&ReplayError> {
        self.0.sensors().find_map(|recording| recording.error.as_ref())
    }
}

impl<R: BufRead + Send> SimSensor for Recording<R> {
    fn about(&self) -> &About {
        &self.about
    }

    fn table(&self) -> &[Service] {
        &self.table
    }

    fn read(&mut self, _at: Characteristic, _link: &Link) -> Result<Vec<u8>, AttError> {
        Err(AttError::READ_NOT_PERMITTED)
    }

    fn due(&self) -> Option<UnixMillis> {
        self.ahead.map(|(at, _)| at)
    }

    fn step(&mut self, _link: &Link) -> Option<Output> {
        let (_, rate) = self.ahead.take()?;
        self.ahead = self.lines.next().unwrap_or_else(|error| {
            self.error = Some(error);
            None
        });
        let bytes = encode(&Measured::Heart { rate, rr: Vec::new(), contact: true });
        Some(Output::Value { at: HEART_RATE, bytes, delay_ms: 0 })
    }
}

in_process::transport!(Replay<R> where R: BufRead + Send);

impl<R: BufRead> Lines<R> {
    /// The next value; `None` at the end. The first line may be a header; empty lines are skipped.
    fn next(&mut self) -> Result<Option<(UnixMillis, u16)>, ReplayError> {
        let mut text = String::new();
        loop {
            text.clear();
            self.line += 1;
            let line = self.line;
            let read = self.input.read_line(&mut text).map_err(|source| ReplayError::Io { line, source })?;
            if read == 0 {
                return Ok(None);
            }
            let trimmed = text.trim();
            if trimmed.is_empty() || (line == 1 && trimmed.starts_with(|first: char| first.is_alphabetic())) {
                continue;
            }
            let found = || ReplayError::Line { line, found: trimmed.chars().take(40).collect() };
            let (at, rate) = pair(trimmed).ok_or_else(found)?;
            if at < self.latest {
                return Err(ReplayError::Order { line });
            }
            self.latest = at;
            match rate {
                Some(rate) => return Ok(Some((at, rate))),
                None => self.without_value += 1,
            }
        }
    }
}

/// `t_ms,value`; a fraction of a beat is rounded, since the profile sends whole ones; a negative value is none.
fn pair(line: &str) -> Option<(UnixMillis, Option<u16>)> {
    let (at, rate) = line.split_once(',')?;
    let rate: f64 = rate.trim().parse().ok()?;
    let whole = match rate {
        negative if negative < 0.0 && negative.is_finite() => None,
        rate => Some((0.0..65_535.5).contains(&rate).then(|| rate.round() as u16)?),
    };
    Some((at.trim().parse().ok()?, whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_recording_is_played_as_it_was_recorded(
            mut lines in proptest::collection::vec((any::<i64>(), any::<Option<u16>>()), 1..40),
            header in any::<bool>(),
        ) {
            lines.sort_by_key(|(at, _)| *at);
            let mut text = if header { "t_ms,value\n".to_owned() } else { String::new() };
            for (at, rate) in &lines {
                text.push_str(&format!("{at},{}\n", rate.map_or("-1".to_owned(), |rate| rate.to_string())));
            }
            let expected: Vec<(i64, u16)> = lines.iter().filter_map(|(at, rate)| Some((*at, (*rate)?))).collect();
            let mut input = Lines { input: text.as_bytes(), line: 0, latest: UnixMillis::MIN, without_value: 0 };
            let mut played = Vec::new();
            while let Some(line) = input.next().unwrap() {
                played.push(line);
            }
            prop_assert_eq!(played, expected);
            prop_assert_eq!(input.without_value, lines.iter().filter(|(_, rate)| rate.is_none()).count() as u64);
        }
    }
}
