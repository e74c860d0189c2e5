//! Sensors of every kind on the other side, and links that drop after any step.

use super::*;
use crate::decode::record_access::Outcome;
use std::collections::BTreeMap;

/// A sensor's memory, as the Glucose service describes it; its own code, no shared parsing.
#[derive(Clone, Default)]
struct Sensor {
    records: BTreeMap<u16, u8>,
    /// It announces so many more than it sends.
    boasts: u32,
    knows_numbers: bool,
    deletes: bool,
    mute: bool,
}

fn sensor(numbers: std::ops::Range<u16>) -> Sensor {
    let records = numbers.map(|number| (number, 0)).collect();
    Sensor { records, knows_numbers: true, deletes: true, ..Sensor::default() }
}

const DONE: u8 = 1;

impl Sensor {
    fn chosen(&self, request: &[u8]) -> Option<Vec<u16>> {
        let all = || self.records.keys().copied();
        let number = || u16::from_le_bytes([request[3], request[4]]);
        Some(match request[1] {
            1 => all().collect(),
            6 => all().last().into_iter().collect(),
            3 if self.knows_numbers => all().filter(|n| *n >= number()).collect(),
            2 if self.knows_numbers => all().filter(|n| *n <= number()).collect(),
            _ => return None,
        })
    }

    /// What it sends for a request: records, then an answer.
    fn react(&mut self, request: &[u8]) -> Vec<Input> {
        if self.mute {
            return vec![Input::Silent];
        }
        let outcome = |outcome| Input::Answered(Answer::Outcome(request[0], outcome));
        if request[0] == 3 {
            return vec![outcome(Outcome::Success)];
        }
        let Some(chosen) = self.chosen(request) else { return vec![outcome(Outcome::NotSupported)] };
        match request[0] {
            4 => vec![Input::Answered(Answer::Count(chosen.len() as u32 + self.boasts))],
            1 if chosen.is_empty() => vec![outcome(Outcome::NoRecords)],
            1 => {
                let records = chosen.into_iter().map(|number| Input::Record(Some(number.into())));
                records.chain([outcome(Outcome::Success)]).collect()
            }
            2 if self.deletes => {
                self.records.retain(|number, _| !chosen.contains(number));
                vec![outcome(Outcome::from(DONE))]
            }
            _ => vec![outcome(Outcome::NotSupported)],
        }
    }
}

/// What one session got, how it ended, and whether anything was deleted before it was durable.
struct Session {
    got: Vec<u32>,
    ending: Option<Ending>,
    steps: usize,
}

/// Runs a session; the link drops before step number `cut`.
fn session(sensor: &mut Sensor, wanted: Wanted, cut: usize) -> Session {
    let mut backfill = Backfill::new(wanted);
    let mut inputs = std::collections::VecDeque::from([Input::Begin]);
    let (mut got, mut durable, mut steps) = (Vec::new(), 0, 0);
    while let Some(input) = inputs.pop_front() {
        let input = if steps == cut { Input::Lost } else { input };
        steps += 1;
        if let Input::Record(Some(number)) = input {
            got.push(number);
        }
        for effect in backfill.step(input) {
            match effect {
                Effect::Write(request) => {
                    assert!(request[0] != 2 || durable == got.len(), "deleted before it was durable");
                    inputs.extend(sensor.react(&request));
                }
                Effect::MakeDurable => {
                    durable = got.len();
                    inputs.push_back(Input::Durable);
                }
                Effect::End(ending) => {
                    assert!(backfill.is_over());
                    return Session { got, ending: Some(ending), steps };
                }
            }
        }
    }
    Session { got, ending: None, steps }
}

const NEVER: usize = usize::MAX;

fn wanted(last: Option<u32>, forget: bool) -> Wanted {
    Wanted { dialect: Dialect::Short, last, forget }
}

fn complete(records: u32, forgotten: bool, anew: bool) -> Option<Ending> {
    Some(Ending::Complete { records, forgotten, anew })
}

#[test]
fn only_what_is_new_is_fetched() {
    let all = session(&mut sensor(1..6), wanted(None, false), NEVER);
    assert_eq!((all.got, all.ending), (vec![1, 2, 3, 4, 5], complete(5, false, false)));
    let new = session(&mut sensor(1..6), wanted(Some(3), false), NEVER);
    assert_eq!((new.got, new.ending), (vec![4, 5], complete(2, false, false)));
}

#[test]
fn an_empty_memory_and_nothing_new_end_at_once() {
    assert_eq!(session(&mut sensor(0..0), wanted(None, true), NEVER).ending, complete(0, false, false));
    assert_eq!(session(&mut sensor(0..0), wanted(Some(9), true), NEVER).ending, complete(0, false, false));
    let known = session(&mut sensor(1..6), wanted(Some(5), false), NEVER);
    assert_eq!((known.got, known.ending), (vec![5], complete(1, false, false)));
}

#[test]
fn a_sensor_that_counts_from_the_start_again_is_fetched_whole() {
    let reset = session(&mut sensor(0..3), wanted(Some(500), false), NEVER);
    assert_eq!((reset.got, reset.ending), (vec![2, 0, 1, 2], complete(4, false, true)));
    let wrapped = session(&mut sensor(0..3), wanted(Some(65_535), true), NEVER);
    assert_eq!(wrapped.got, [0, 1, 2]);
}

#[test]
fn the_sensor_forgets_only_when_asked_and_only_what_is_durable() {
    let mut keeps = sensor(1..6);
    session(&mut keeps, wanted(None, false), NEVER);
    assert_eq!(keeps.records.len(), 5);
    let mut forgets = sensor(1..6);
    assert_eq!(session(&mut forgets, wanted(None, true), NEVER).ending, complete(5, true, false));
    assert_eq!(forgets.records.len(), 0);
    let mut cannot = Sensor { deletes: false, ..sensor(1..6) };
    assert_eq!(session(&mut cannot, wanted(None, true), NEVER).ending, complete(5, false, false));
}

#[test]
fn a_link_that_drops_after_any_step_loses_nothing_over_two_sessions() {
    let steps = session(&mut sensor(1..20), wanted(None, true), NEVER).steps;
    for cut in 0..steps {
        let mut sensor = sensor(1..20);
        let first = session(&mut sensor, wanted(None, true), cut);
        assert_eq!(first.ending, Some(Ending::Interrupted { records: first.got.len() as u32 }), "{cut}");
        let second = session(&mut sensor, wanted(first.got.last().copied(), true), NEVER);
        let all: std::collections::BTreeSet<u32> = first.got.into_iter().chain(second.got).collect();
        assert_eq!(all, (1..20).collect(), "cut before step {cut}");
    }
}

#[test]
fn a_sensor_without_numbers_sends_all() {
    let mut plain = Sensor { knows_numbers: false, ..sensor(1..4) };
    let whole = session(&mut plain, wanted(Some(1), false), NEVER);
    assert_eq!((whole.got, whole.ending), (vec![1, 2, 3], complete(3, false, false)));
}

#[test]
fn without_numbers_nothing_is_forgotten_once_a_new_record_has_come() {
    for (sent, later, forgotten) in [(false, 3, true), (false, 4, false), (true, 4, false), (true, 3, false)]
    {
        let mut backfill = Backfill::new(Wanted { dialect: Dialect::Plain, last: None, forget: true });
        backfill.step(Input::Begin);
        backfill.step(Input::Answered(Answer::Count(3)));
        for _ in 0..3 {
            backfill.step(Input::Record(None));
        }
        backfill.step(Input::Answered(Answer::Outcome(1, Outcome::Success)));
        assert_eq!(backfill.step(Input::Durable), [Effect::Write(vec![4, 1])]);
        if sent {
            let ending = Ending::Complete { records: 4, forgotten: false, anew: false };
            assert_eq!(backfill.step(Input::Record(None)), [Effect::End(ending)]);
        }
        let next = backfill.step(Input::Answered(Answer::Count(later)));
        assert_eq!(next == [Effect::Write(vec![2, 1])], forgotten, "{later}");
    }
}

#[test]
fn a_sensor_that_sends_less_than_it_announced_is_asked_once_more_and_then_named() {
    let boaster = session(&mut Sensor { boasts: 2, ..sensor(1..4) }, wanted(None, true), NEVER);
    assert_eq!(boaster.got, [1, 2, 3, 1, 2, 3]);
    assert_eq!(boaster.ending, Some(Ending::Short { records: 3, announced: 5 }));
}

#[test]
fn a_mute_sensor_is_asked_to_stop_and_left() {
    let mute = session(&mut Sensor { mute: true, ..sensor(1..4) }, wanted(None, false), NEVER);
    assert_eq!(mute.ending, Some(Ending::NoAnswer { records: 0 }));
}

#[test]
fn who_stops_has_it_aborted_and_what_came_is_kept() {
    let mut backfill = Backfill::new(wanted(None, true));
    backfill.step(Input::Begin);
    backfill.step(Input::Answered(Answer::Count(9)));
    backfill.step(Input::Record(Some(1)));
    assert_eq!(backfill.step(Input::Stop), [Effect::Write(vec![3, 0])]);
    backfill.step(Input::Record(Some(2)));
    let answer = Answer::Outcome(3, Outcome::Success);
    assert_eq!(backfill.step(Input::Answered(answer)), [Effect::End(Ending::Stopped { records: 1 })]);
    assert_eq!(backfill.step(Input::Begin), []);
}

#[test]
fn whatever_a_sensor_answers_it_ends() {
    let answers = [
        Input::Garbled,
        Input::Refused,
        Input::Answered(Answer::Count(u32::MAX)),
        Input::Answered(Answer::Reported(0)),
        Input::Answered(Answer::Outcome(1, Outcome::NotCompleted)),
        Input::Answered(Answer::Outcome(1, Outcome::Reserved(99))),
        Input::Answered(Answer::Outcome(1, Outcome::NotSupported)),
        Input::Answered(Answer::Outcome(9, Outcome::Success)),
        Input::Durable,
    ];
    for seed in 0..20_000u32 {
        let mut backfill = Backfill::new(wanted((seed % 2 == 0).then_some(seed), seed % 3 == 0));
        backfill.step(Input::Begin);
        let mut state = seed.wrapping_mul(2_654_435_761);
        for _ in 0..40 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            backfill.step(answers[(state >> 16) as usize % answers.len()]);
        }
        backfill.step(Input::Silent);
        backfill.step(Input::Silent);
        assert!(backfill.is_over(), "seed {seed}");
    }
}
