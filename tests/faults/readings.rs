//! Readings as acknowledged and as held: the same ones, each once.

use serde_json::Value;
use std::collections::BTreeMap;

/// Sealing fits a stream's times to the sensor's clock (docs/protocol.md, segment): no reading moves further than this.
const FIT_MS: i64 = 2_000;

/// Most readings that one notification gives.
pub(crate) const IN_FLIGHT: usize = 16;

/// One line of `collect --each --json` or `show --list --json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    what: String,
    at: i64,
    pub(crate) vital: String,
}

/// The lines; the last is left out when it was cut off, and so is the summary, which is of no vital.
pub(crate) fn parse(text: &str) -> Vec<Reading> {
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().filter(|line| line.contains("\"vital\"")).map(read).collect()
}

fn read(line: &str) -> Reading {
    let mut object: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
    let at = object["measured_at_ms"].as_i64().unwrap();
    let vital = object["vital"].as_str().unwrap().to_owned();
    // Sealing moves a time a little, and says in which block it is.
    for field in ["measured_at_ms", "measured_at", "name", "block", "origin"] {
        object.as_object_mut().unwrap().remove(field);
    }
    Reading { what: object.to_string(), at, vital }
}

impl Reading {
    /// The same but for its time.
    pub(crate) fn is_like(&self, other: &Reading) -> bool {
        self.what == other.what
    }

    /// Not one of a stream: measured once, by a person's own act.
    fn is_spot(&self) -> bool {
        ["body temperature", "pressure"].iter().any(|name| self.vital.contains(name))
    }
}

/// What differs, if anything does.
pub(crate) fn difference(expected: &[Reading], found: &[Reading]) -> Option<String> {
    let (expected, mut found) = (by_what(expected), by_what(found));
    for (what, times) in expected {
        let others = found.remove(&what).unwrap_or_default();
        if times.len() != others.len() {
            return Some(format!("{what}: {} acknowledged, {} held", times.len(), others.len()));
        }
        if times.iter().zip(&others).any(|(a, b)| a.abs_diff(*b) > FIT_MS.unsigned_abs()) {
            return Some(format!("{what}: held at other times"));
        }
    }
    found.into_iter().next().map(|(what, times)| format!("{what}: {} held that nobody sent", times.len()))
}

fn by_what(readings: &[Reading]) -> BTreeMap<String, Vec<i64>> {
    let mut map: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    readings.iter().for_each(|reading| map.entry(reading.what.clone()).or_default().push(reading.at));
    map.values_mut().for_each(|times| times.sort_unstable());
    map
}

/// The readings of one collection that may be held: those of an uncut one, up to what was acknowledged, or one
/// notification more; which of these is held, or what differs from the first.
pub(crate) fn held_of(whole: &[Reading], acknowledged: usize, held: &[Reading]) -> Result<usize, String> {
    let most = (acknowledged + IN_FLIGHT).min(whole.len());
    let fits = (acknowledged..=most).find(|count| difference(&whole[..*count], held).is_none());
    fits.ok_or_else(|| difference(&whole[..acknowledged], held).unwrap())
}

/// Milliseconds of a stream that a power cut may take (docs/protocol.md, journal), and what sealing may move a time by.
const STREAM_LOSS_MS: i64 = 60_000 + FIT_MS;

/// After a power cut: each spot reading that was acknowledged is held, a stream but for its last minute, and nothing that
/// nobody sent.
pub(crate) fn survived(whole: &[Reading], acknowledged: usize, held: &[Reading]) -> Result<(), String> {
    let acknowledged = &whole[..acknowledged];
    let last = acknowledged.iter().map(|reading| reading.at).max().unwrap_or(0);
    let safe = |reading: &&Reading| reading.is_spot() || reading.at < last - STREAM_LOSS_MS;
    let safe: Vec<Reading> = acknowledged.iter().filter(safe).cloned().collect();
    contained(&safe, held).map_err(|why| format!("acknowledged and lost: {why}"))?;
    contained(held, whole).map_err(|why| format!("held and never sent, or doubled: {why}"))
}

/// Whether each of the few is among the many, each of them once.
fn contained(few: &[Reading], many: &[Reading]) -> Result<(), String> {
    let many = by_what(many);
    for (what, times) in by_what(few) {
        let mut others = many.get(&what).into_iter().flatten().peekable();
        for time in times {
            while others.next_if(|other| **other < time - FIT_MS).is_some() {}
            others.next_if(|other| **other <= time + FIT_MS).ok_or_else(|| format!("{what} at {time}"))?;
        }
    }
    Ok(())
}

#[test]
fn a_lost_a_doubled_and_an_invented_reading_are_found() {
    let line = |at: i64, value: u8| {
        format!("{{\"sensor\":\"s\",\"vital\":\"v\",\"measured_at_ms\":{at},\"value\":{value}}}\n")
    };
    let all = parse(&[line(1000, 1), line(2000, 1), line(3000, 2)].concat());
    assert_eq!(difference(&all, &all), None);
    assert!(difference(&all, &all[..2]).unwrap().contains("1 acknowledged, 0 held"));
    let doubled = [&all[..], &all[..1]].concat();
    assert!(difference(&all, &doubled).unwrap().contains("2 acknowledged, 3 held"));
    let invented = [&all[..], &parse(&line(1, 9))].concat();
    assert!(difference(&all, &invented).unwrap().contains("nobody sent"));
    assert!(held_of(&all, 2, &all[..1]).is_err() && held_of(&all, 2, &all) == Ok(3));
    assert_eq!(
        parse("{\"vital\":\"v\",\"measured_at_ms\":1}\n{\"vit").len(),
        1,
        "a line cut off is no promise"
    );
}
