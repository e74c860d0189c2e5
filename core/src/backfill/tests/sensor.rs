//! A sensor with a memory, what is kept of it, and a session between the two.

use super::super::*;
use crate::decode::record_access::Outcome;
use std::collections::{BTreeSet, VecDeque};

/// A stored record: its number, and what else makes it this one.
pub(super) type Record = (u16, u8);

/// A sensor's memory in the order in which it was filled, as the Glucose service describes it; its own code, no shared
/// parsing.
#[derive(Clone)]
pub(super) struct Sensor {
    pub(super) records: Vec<Record>,
    /// It announces so many more than it sends.
    pub(super) boasts: u32,
    /// The greatest operator of the control point that it knows: 1 all, 2 at most, 3 at least, 4 within.
    pub(super) operators: u8,
    pub(super) deletes: bool,
    pub(super) mute: bool,
    /// Records of another person.
    pub(super) others: BTreeSet<Record>,
}

pub(super) fn holding(records: Vec<Record>) -> Sensor {
    Sensor { records, boasts: 0, operators: 4, deletes: true, mute: false, others: BTreeSet::new() }
}

pub(super) fn sensor(numbers: std::ops::Range<u16>) -> Sensor {
    holding(numbers.map(|number| (number, 0)).collect())
}

/// What comes of a request.
enum Sent {
    Record(Record),
    Other(Input),
}

impl Sensor {
    fn chosen(&self, request: &[u8]) -> Option<Vec<Record>> {
        let number = |at: usize| u16::from_le_bytes([request[at], request[at + 1]]);
        let within = |numbers: std::ops::RangeInclusive<u16>| {
            self.records.iter().filter(|(number, _)| numbers.contains(number)).copied().collect()
        };
        Some(match request[1] {
            operator if operator > self.operators => return None,
            1 => self.records.clone(),
            2 => within(0..=number(3)),
            3 => within(number(3)..=u16::MAX),
            4 => within(number(3)..=number(5)),
            _ => return None,
        })
    }

    /// What it sends for a request: records, then an answer.
    fn react(&mut self, request: &[u8]) -> Vec<Sent> {
        if self.mute {
            return vec![Sent::Other(Input::Silent)];
        }
        let answered = |answer| vec![Sent::Other(Input::Answered(answer))];
        let outcome = |outcome| answered(Answer::Outcome(request[0], outcome));
        if request[0] == 3 {
            return outcome(Outcome::Success);
        }
        let Some(chosen) = self.chosen(request) else { return outcome(Outcome::NotSupported) };
        match request[0] {
            4 => answered(Answer::Count(chosen.len() as u32 + self.boasts)),
            1 if chosen.is_empty() => outcome(Outcome::NoRecords),
            1 => chosen.into_iter().map(Sent::Record).chain(outcome(Outcome::Success)).collect(),
            2 if self.deletes => {
                self.records.retain(|record| !chosen.contains(record));
                outcome(Outcome::Success)
            }
            _ => outcome(Outcome::NotSupported),
        }
    }
}

/// What is kept over sessions.
#[derive(Clone, Default)]
pub(super) struct Phone {
    pub(super) kept: BTreeSet<Record>,
    pub(super) last: Option<u32>,
}

impl Phone {
    /// One that fetched these in an earlier session.
    pub(super) fn having(records: impl IntoIterator<Item = Record>) -> Phone {
        let kept: Vec<Record> = records.into_iter().collect();
        let last = kept.last().map(|(number, _)| u32::from(*number));
        Phone { kept: kept.into_iter().collect(), last }
    }

    fn take(&mut self, sensor: &Sensor, record: Record) -> Came {
        let kept = match record {
            record if sensor.others.contains(&record) => Keeping::NotMine,
            record if self.kept.insert(record) => Keeping::New,
            _ => Keeping::Known,
        };
        Came { number: Some(record.0.into()), kept }
    }
}

/// What one session got, and how it ended.
pub(super) struct Session {
    pub(super) got: Vec<u16>,
    pub(super) ending: Option<Ending>,
    pub(super) steps: usize,
}

/// Runs a session; the link drops before step number `cut`. Nothing may be forgotten that is not durable here.
pub(super) fn session(sensor: &mut Sensor, phone: &mut Phone, forget: bool, cut: usize) -> Session {
    let mut backfill = Backfill::new(Wanted { dialect: Dialect::Short, last: phone.last, forget });
    let mut sent = VecDeque::from([Sent::Other(Input::Begin)]);
    let (mut got, mut durable, mut steps) = (Vec::new(), BTreeSet::new(), 0);
    while let Some(next) = sent.pop_front() {
        let input = match next {
            _ if steps == cut => Input::Lost,
            Sent::Other(input) => input,
            Sent::Record(record) => {
                got.push(record.0);
                Input::Record(phone.take(sensor, record))
            }
        };
        steps += 1;
        for effect in backfill.step(input) {
            match effect {
                Effect::Write(request) => {
                    let before = sensor.records.clone();
                    sent.extend(sensor.react(&request));
                    let mut gone = before.iter().filter(|record| !sensor.records.contains(record));
                    assert!(gone.all(|record| durable.contains(record)), "{request:?} of {before:?}");
                }
                Effect::MakeDurable => {
                    durable.clone_from(&phone.kept);
                    sent.push_back(Sent::Other(Input::Durable));
                }
                Effect::End(ending) => {
                    assert!(backfill.is_over());
                    if matches!(ending, Ending::Complete { .. }) {
                        phone.last = backfill.newest().or(phone.last);
                    }
                    return Session { got, ending: Some(ending), steps };
                }
            }
        }
    }
    Session { got, ending: None, steps }
}
