//! Sensors of every kind on the other side, and links that drop after any step.

mod sensor;

use super::*;
use crate::decode::record_access::Outcome;
use sensor::{Phone, Record, Sensor, holding, sensor, session};
use std::collections::{BTreeSet, VecDeque};

const NEVER: usize = usize::MAX;

fn complete(records: u32, forgotten: bool, anew: bool) -> Option<Ending> {
    Some(Ending::Complete { records, forgotten, anew })
}

fn wanted(last: Option<u32>, forget: bool) -> Wanted {
    Wanted { dialect: Dialect::Short, last, forget }
}

fn new(number: u32) -> Input {
    Input::Record(Came { number: Some(number), kept: Keeping::New })
}

#[test]
fn only_what_is_new_and_the_last_known_record_are_fetched() {
    let (mut sensor, mut phone) = (sensor(1..4), Phone::default());
    let all = session(&mut sensor, &mut phone, false, NEVER);
    assert_eq!((all.got, all.ending), (vec![1, 2, 3], complete(3, false, false)));
    sensor.records.extend([(4, 0), (5, 0)]);
    let new = session(&mut sensor, &mut phone, false, NEVER);
    assert_eq!((new.got, new.ending), (vec![3, 4, 5], complete(3, false, false)));
    assert_eq!(session(&mut sensor, &mut phone, false, NEVER).got, [5]);
}

#[test]
fn an_empty_memory_ends_at_once() {
    let empty = |phone| session(&mut sensor(0..0), &mut { phone }, true, NEVER).ending;
    assert_eq!(empty(Phone::default()), complete(0, false, false));
    assert_eq!(empty(Phone::having([(9, 0)])), complete(0, false, false));
}

#[test]
fn a_sensor_that_counts_from_the_start_again_is_fetched_whole() {
    let mut phone = Phone::having([(500, 0)]);
    let reset = session(&mut sensor(0..3), &mut phone, false, NEVER);
    assert_eq!((reset.got, reset.ending), (vec![0, 1, 2], complete(3, false, true)));
    assert_eq!(phone.last, Some(2));
}

#[test]
fn a_sensor_that_was_reset_and_counted_past_the_last_number_is_fetched_whole() {
    // Its record 3 is another one than the record 3 that is known, and those before it are new.
    let again: Vec<Record> = (0..6).map(|number| (number, 1)).collect();
    let (mut sensor, mut phone) = (holding(again.clone()), Phone::having((0..4).map(|number| (number, 0))));
    let reset = session(&mut sensor, &mut phone, true, NEVER);
    assert_eq!(reset.ending, complete(9, true, true));
    assert!(again.iter().all(|record| phone.kept.contains(record)));
}

#[test]
fn numbers_that_run_out_go_on_at_zero_and_lose_nothing() {
    let stored: Vec<Record> = [65_533, 65_534, 65_535, 0, 1].map(|number| (number, 0)).to_vec();
    for forget in [false, true] {
        for sorted in [false, true] {
            let mut phone = Phone::having([(65_533, 0)]);
            let mut sensor = holding(stored.clone());
            if sorted {
                sensor.records.sort_unstable();
            }
            for _ in 0..4 {
                session(&mut sensor, &mut phone, forget, NEVER);
            }
            assert!(stored.iter().all(|record| phone.kept.contains(record)), "{forget} {sorted}");
            sensor.records.push((2, 0));
            session(&mut sensor, &mut phone, forget, NEVER);
            assert!(phone.kept.contains(&(2, 0)), "{forget} {sorted}");
        }
    }
}

#[test]
fn the_sensor_forgets_only_when_asked_and_only_what_is_durable() {
    let fetched = |mut sensor: Sensor, forget| {
        let ending = session(&mut sensor, &mut Phone::default(), forget, NEVER).ending;
        (sensor.records.len(), ending)
    };
    assert_eq!(fetched(sensor(1..6), false), (5, complete(5, false, false)));
    assert_eq!(fetched(sensor(1..6), true), (0, complete(5, true, false)));
    let cannot = Sensor { deletes: false, ..sensor(1..6) };
    assert_eq!(fetched(cannot, true), (5, complete(5, false, false)));
    let no_ranges = Sensor { operators: 3, ..sensor(1..6) };
    assert_eq!(fetched(no_ranges, true), (0, complete(5, true, false)));
}

#[test]
fn a_sensor_with_records_of_others_forgets_nothing() {
    let mut shared = Sensor { others: BTreeSet::from([(2, 0)]), ..sensor(1..6) };
    let mut phone = Phone::default();
    assert_eq!(session(&mut shared, &mut phone, true, NEVER).ending, complete(5, false, false));
    assert_eq!((shared.records.len(), phone.last), (5, Some(5)));
}

#[test]
fn records_that_did_not_come_are_not_forgotten_with_those_around_them() {
    let kept = Effect::End(Ending::Complete { records: 3, forgotten: false, anew: false });
    for (there, next) in [(4, kept), (3, Effect::Write(vec![2, 4, 1, 1, 0, 4, 0]))] {
        let mut backfill = Backfill::new(wanted(None, true));
        backfill.step(Input::Begin);
        backfill.step(Input::Answered(Answer::Count(3)));
        for number in [1, 2, 4] {
            backfill.step(new(number));
        }
        backfill.step(Input::Answered(Answer::Outcome(1, Outcome::Success)));
        assert_eq!(backfill.step(Input::Durable), [Effect::Write(vec![4, 4, 1, 1, 0, 4, 0])]);
        let effects = backfill.step(Input::Answered(Answer::Count(there)));
        assert_eq!(effects, [next], "{there}");
    }
}

#[test]
fn what_was_emptied_on_the_sensor_is_not_taken_for_a_reset() {
    let (mut sensor, mut phone) = (sensor(1..4), Phone::default());
    session(&mut sensor, &mut phone, true, NEVER);
    sensor.records = vec![(4, 0), (5, 0)];
    let next = session(&mut sensor, &mut phone, true, NEVER);
    assert_eq!((next.got, next.ending), (vec![4, 5], complete(2, true, false)));
}

#[test]
fn a_link_that_drops_after_any_step_loses_nothing_over_two_sessions() {
    let stored: Vec<Record> = (1..20).map(|number| (number, 0)).collect();
    let steps = session(&mut sensor(1..20), &mut Phone::default(), true, NEVER).steps;
    for cut in 0..steps {
        let (mut sensor, mut phone) = (sensor(1..20), Phone::default());
        let first = session(&mut sensor, &mut phone, true, cut);
        assert_eq!(first.ending, Some(Ending::Interrupted { records: first.got.len() as u32 }), "{cut}");
        session(&mut sensor, &mut phone, true, NEVER);
        assert_eq!(phone.kept, stored.iter().copied().collect(), "cut before step {cut}");
    }
}

#[test]
fn a_sensor_without_numbers_sends_all() {
    let mut plain = Sensor { operators: 1, ..sensor(1..4) };
    let whole = session(&mut plain, &mut Phone::having([(1, 0)]), false, NEVER);
    assert_eq!((whole.got, whole.ending), (vec![1, 2, 3], complete(3, false, false)));
}

#[test]
fn without_numbers_nothing_is_forgotten_once_a_new_record_has_come() {
    for (sent, later, forgotten) in [(false, 3, true), (false, 4, false), (true, 4, false), (true, 3, false)]
    {
        let mut backfill = Backfill::new(Wanted { dialect: Dialect::Plain, last: None, forget: true });
        backfill.step(Input::Begin);
        backfill.step(Input::Answered(Answer::Count(3)));
        // The numbers of a cuff's records begin again for each of its users.
        for number in [Some(1), Some(1), None] {
            backfill.step(Input::Record(Came { number, kept: Keeping::New }));
        }
        backfill.step(Input::Answered(Answer::Outcome(1, Outcome::Success)));
        assert_eq!(backfill.step(Input::Durable), [Effect::Write(vec![4, 1])]);
        if sent {
            let ending = Ending::Complete { records: 4, forgotten: false, anew: false };
            assert_eq!(backfill.step(new(4)), [Effect::End(ending)]);
        }
        let next = backfill.step(Input::Answered(Answer::Count(later)));
        assert_eq!(next == [Effect::Write(vec![2, 1])], forgotten, "{later}");
    }
}

#[test]
fn a_sensor_that_sends_less_than_it_announced_is_asked_once_more_and_then_named() {
    let mut phone = Phone::default();
    let boaster = session(&mut Sensor { boasts: 2, ..sensor(1..4) }, &mut phone, true, NEVER);
    assert_eq!(boaster.got, [1, 2, 3, 1, 2, 3]);
    assert_eq!(boaster.ending, Some(Ending::Short { records: 3, announced: 5 }));
    assert_eq!(phone.last, None, "what is missing is asked for again");
}

#[test]
fn a_mute_sensor_is_asked_to_stop_and_left() {
    let mute = session(&mut Sensor { mute: true, ..sensor(1..4) }, &mut Phone::default(), false, NEVER);
    assert_eq!(mute.ending, Some(Ending::NoAnswer { records: 0 }));
}

#[test]
fn who_stops_has_it_aborted_and_what_came_is_kept() {
    let mut backfill = Backfill::new(wanted(None, true));
    backfill.step(Input::Begin);
    backfill.step(Input::Answered(Answer::Count(9)));
    backfill.step(new(1));
    assert_eq!(backfill.step(Input::Stop), [Effect::Write(vec![3, 0])]);
    assert_eq!((backfill.step(new(2)), backfill.is_stopping()), (vec![], true));
    let answer = Answer::Outcome(3, Outcome::Success);
    assert_eq!(backfill.step(Input::Answered(answer)), [Effect::End(Ending::Stopped { records: 1 })]);
    assert_eq!(backfill.step(Input::Begin), []);
}

#[test]
fn a_busy_sensor_is_asked_to_stop_and_then_once_more() {
    let mut backfill = Backfill::new(wanted(Some(7), false));
    let busy = Input::Refused(Refusal::Busy);
    let count = [Effect::Write(vec![4, 3, 1, 7, 0])];
    assert_eq!(backfill.step(Input::Begin), count);
    assert_eq!(backfill.step(busy), [Effect::Write(vec![3, 0])]);
    assert_eq!(backfill.step(Input::Answered(Answer::Outcome(3, Outcome::Success))), count);
    let late = Input::Answered(Answer::Outcome(3, Outcome::Success));
    assert_eq!(backfill.step(late), [], "an answer to an abort is no answer to a count");
    backfill.step(Input::Answered(Answer::Count(2)));
    assert_eq!(backfill.step(busy), [Effect::End(Ending::NoAnswer { records: 0 })]);
}

#[test]
fn what_comes_while_another_procedure_is_stopped_is_not_forgotten() {
    let mut backfill = Backfill::new(Wanted { dialect: Dialect::Plain, last: None, forget: true });
    backfill.step(Input::Begin);
    backfill.step(Input::Answered(Answer::Count(1)));
    backfill.step(new(1));
    backfill.step(Input::Answered(Answer::Outcome(1, Outcome::Success)));
    backfill.step(Input::Durable);
    assert_eq!(backfill.step(Input::Refused(Refusal::Busy)), [Effect::Write(vec![3, 0])]);
    let ending = Ending::Complete { records: 2, forgotten: false, anew: false };
    assert_eq!(backfill.step(new(2)), [Effect::End(ending)]);
}

#[test]
fn why_a_request_was_not_taken_is_told_apart() {
    let asked = |refusal| {
        let mut backfill = Backfill::new(wanted(None, false));
        backfill.step(Input::Begin);
        backfill.step(Input::Answered(Answer::Count(2)));
        backfill.step(Input::Refused(refusal))
    };
    assert_eq!(asked(Refusal::NotOffered), [Effect::End(Ending::NotSupported)]);
    assert_eq!(asked(Refusal::NeedsPairing), [Effect::End(Ending::NeedsPairing { records: 0 })]);
    assert_eq!(asked(Refusal::Failed), [Effect::End(Ending::NoAnswer { records: 0 })]);
}

/// Any sequence of these, and then silence that is broken by whatever the sensor goes on to send: it ends all the same.
#[test]
fn whatever_a_sensor_answers_it_ends() {
    let answers = [
        Input::Garbled,
        Input::Refused(Refusal::Failed),
        Input::Refused(Refusal::Busy),
        Input::Answered(Answer::Count(u32::MAX)),
        Input::Answered(Answer::Reported(0)),
        Input::Answered(Answer::Outcome(1, Outcome::NotCompleted)),
        Input::Answered(Answer::Outcome(1, Outcome::Reserved(99))),
        Input::Answered(Answer::Outcome(1, Outcome::NotSupported)),
        Input::Answered(Answer::Outcome(9, Outcome::Success)),
        Input::Durable,
        new(7),
    ];
    let mut endings = BTreeSet::new();
    for seed in 0..20_000u32 {
        let mut backfill = Backfill::new(wanted((seed % 2 == 0).then_some(seed), seed % 3 == 0));
        let mut state = seed.wrapping_mul(2_654_435_761);
        let (mut inputs, mut writes) = (VecDeque::from([Input::Begin]), 0);
        // Sometimes it is in the middle of something when nothing but nonsense comes, sometimes at the end.
        for _ in 0..seed % 40 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let answer = answers[(state >> 16) as usize % answers.len()];
            for effect in backfill.step(inputs.pop_front().unwrap_or(answer)) {
                match effect {
                    Effect::Write(_) => writes += 1,
                    Effect::MakeDurable => inputs.push_back(Input::Durable),
                    Effect::End(ending) => drop(endings.insert(format!("{ending:?}"))),
                }
            }
        }
        // Count, count all, report twice and again, stop another, count again in two ways, forget, abort.
        assert!(writes <= 12, "seed {seed}: {writes} requests");
        // Silence ends it wherever it is: a busy one is asked once more, each is asked to stop, and left.
        let mut silent = backfill.clone();
        for input in inputs.iter().copied().chain([Input::Silent; 3]) {
            if silent.step(input).contains(&Effect::MakeDurable) {
                silent.step(Input::Durable);
            }
        }
        assert!(silent.is_over(), "seed {seed}, silent");
        // So does nonsense: it may be asked once more, is asked to stop, and is left.
        for _ in 0..3 {
            backfill.step(Input::Garbled);
        }
        assert!(backfill.is_over(), "seed {seed}, garbled");
    }
    assert!(endings.len() > 10, "the answers lead to many ends: {endings:?}");
}
