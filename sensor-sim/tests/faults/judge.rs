//! Whether what a record holds with a fault and without it differs as the fault's expected outcome says.

use crate::support::Kept;
use pulsebook_core::{
    backfill::Ending,
    event::{ClockSetting, Event, SensorState},
};
use pulsebook_protocol::{quality::Mark, reading::Value, vital::Vital};
use pulsebook_sensor_sim::scenario::{Expected, Fault};
use std::collections::BTreeSet;

/// What a record held and told after a collecting.
pub(crate) struct Ran {
    pub(crate) kept: Vec<Kept>,
    pub(crate) events: Vec<Event>,
}

/// What makes two readings the same: marks aside.
type Same = (i64, Vital, String);

impl Ran {
    fn all(&self) -> Vec<Same> {
        let same =
            |kept: &Kept| (kept.reading.measured_at, kept.reading.vital, format!("{:?}", kept.reading.value));
        self.kept.iter().map(same).collect()
    }

    fn marked(&self, mark: Mark) -> usize {
        self.kept.iter().filter(|kept| kept.reading.quality.has(mark)).count()
    }

    fn absent(&self) -> usize {
        self.kept.iter().filter(|kept| matches!(kept.reading.value, Value::Absent(_))).count()
    }

    fn told(&self, is: impl Fn(&Event) -> bool) -> usize {
        self.events.iter().filter(|event| is(event)).count()
    }

    fn malformed(&self) -> usize {
        self.told(|event| matches!(event, Event::Malformed { .. }))
    }
}

/// Fails with the words when it is not so.
fn so(holds: bool, words: impl Into<String>) -> Result<(), String> {
    if holds { Ok(()) } else { Err(words.into()) }
}

/// Readings of `with` that `without` has not, and the other way round.
fn apart(with: &Ran, without: &Ran) -> (Vec<Same>, Vec<Same>) {
    let less = |all: Vec<Same>, other: Vec<Same>| {
        let mut other = other;
        let missing = all.into_iter().filter(|one| match other.iter().position(|two| one == two) {
            Some(place) => {
                other.swap_remove(place);
                false
            }
            None => true,
        });
        missing.collect()
    };
    (less(with.all(), without.all()), less(without.all(), with.all()))
}

/// Holds one against the other.
pub(crate) fn judge(fault: &Fault, with: &Ran, without: &Ran) -> Result<(), String> {
    so(without.kept.len() >= 12, format!("only {} readings without it", without.kept.len()))?;
    let (more, less) = apart(with, without);
    let same = |words: &str| so(more.is_empty() && less.is_empty(), format!("{words}: {more:?} {less:?}"));
    let subset = |least: usize| {
        so(more.is_empty() && less.len() >= least, format!("more: {more:?}, missing: {}", less.len()))
    };
    match fault.expected() {
        Expected::Absent => {
            so(with.absent() > 0 && without.absent() == 0, "nothing is absent")?;
            so(more.len() == with.absent() && less.len() == more.len(), format!("{more:?} for {less:?}"))
        }
        Expected::Marked(words) => marked(words, with, without),
        Expected::KeptRaw => {
            so((with.malformed(), without.malformed()) == (1, 0), format!("{} malformed", with.malformed()))?;
            subset(1)
        }
        Expected::AsSent => as_sent(fault, with, (more, less)),
        Expected::Missing => {
            so(with.malformed() == 0, "something was malformed")?;
            subset(1)
        }
        Expected::Gap => {
            subset(1)?;
            so(with.marked(Mark::AfterGap) > 0 && without.marked(Mark::AfterGap) == 0, "no gap is marked")
        }
        Expected::Once | Expected::InTime => same("not the same readings"),
        Expected::ClockSet => clock_set(fault, with, without),
        Expected::ClockCorrected => {
            so(near(with, without, 0) == 0, format!("off: {more:?} for {less:?}"))?;
            so(with.marked(Mark::ClockCorrected) > 0, "nothing is marked as corrected")
        }
        Expected::SameSensor => same_sensor(with, without, &more),
        Expected::Unassigned => {
            let waits = with.told(|event| matches!(event, Event::Unassigned { user: 2, .. }));
            so(waits == 1, format!("told {waits} times"))?;
            // Systolic, diastolic, mean and pulse.
            so(more.is_empty() && less.len() == 4, format!("{more:?} {less:?}"))
        }
        Expected::ToldOnce => {
            let told = with.told(|event| match event {
                Event::SensorState { state: SensorState::BatteryLow(8), .. } => true,
                Event::SensorLost { .. } => matches!(fault, Fault::LostConnection { .. }),
                _ => false,
            });
            so(told == 1, format!("told {told} times"))?;
            subset(0)
        }
        Expected::Whole => {
            whole(fault, with)?;
            same("not the same records")
        }
    }
}

/// Everything before and after is of one sensor, and it went on to the end.
fn same_sensor(with: &Ran, without: &Ran, more: &[Same]) -> Result<(), String> {
    let sensors: BTreeSet<&str> = with.kept.iter().map(|kept| kept.sensor.as_str()).collect();
    let connected = with.told(|event| matches!(event, Event::SensorConnected { .. }));
    so(sensors.len() == 1 && connected == 2, format!("{sensors:?}, connected {connected} times"))?;
    let last = |ran: &Ran| ran.kept.last().map(|kept| kept.reading.measured_at);
    so(last(with) == last(without) && more.is_empty(), format!("{more:?}"))
}

/// The last fetching was complete, and one was cut where that is the fault.
fn whole(fault: &Fault, with: &Ran) -> Result<(), String> {
    let endings = with.events.iter().filter_map(|event| match event {
        Event::Fetched { ending, .. } => Some(*ending),
        _ => None,
    });
    let endings: Vec<Ending> = endings.collect();
    so(matches!(endings.last(), Some(Ending::Complete { .. })), format!("{endings:?}"))?;
    let cut = endings.iter().any(|ending| matches!(ending, Ending::Interrupted { .. }));
    so(cut == matches!(fault, Fault::CutBackfill { .. }), format!("{endings:?}"))
}

fn marked(words: &str, with: &Ran, without: &Ran) -> Result<(), String> {
    let mark = Mark::ALL.iter().copied().find(|mark| mark.words() == words);
    let mark = mark.ok_or_else(|| format!("no mark is called {words}"))?;
    so(without.marked(mark) == 0, format!("{} marked without it", without.marked(mark)))?;
    so(with.marked(mark) > 0, "nothing is marked")?;
    let lasting = matches!(mark, Mark::Stuck);
    let last = with.kept.last().is_some_and(|kept| kept.reading.quality.has(mark));
    so(lasting || !last, "the last one is marked, too")?;
    let count = with.kept.len().cmp(&without.kept.len());
    let twice = matches!(mark, Mark::Duplicate);
    so(lasting || if twice { count.is_gt() } else { count.is_eq() }, "some are lost or invented")
}

fn as_sent(fault: &Fault, with: &Ran, (more, less): (Vec<Same>, Vec<Same>)) -> Result<(), String> {
    so(with.malformed() == 0 && more.len() == less.len(), format!("{more:?} for {less:?}"))?;
    if matches!(fault, Fault::BitFlip { .. }) {
        return so(more.len() == 1, format!("{more:?} for {less:?}"));
    }
    let values = |all: &[Same]| {
        let mut values: Vec<_> = all.iter().map(|(_, vital, value)| (*vital, value.clone())).collect();
        values.sort();
        values
    };
    so(!more.is_empty() && values(&more) == values(&less), format!("{more:?} for {less:?}"))
}

/// How many readings from this one on lie more than two seconds from where they lie without the fault.
fn near(with: &Ran, without: &Ran, from: usize) -> usize {
    let pairs = with.kept.iter().zip(&without.kept).skip(from);
    let off = pairs.filter(|(one, two)| one.reading.measured_at.abs_diff(two.reading.measured_at) > 2_000);
    off.count() + with.kept.len().abs_diff(without.kept.len())
}

/// A clock that was reset is set at once; one that drifts when the sensor is connected the next time.
fn clock_set(fault: &Fault, with: &Ran, without: &Ran) -> Result<(), String> {
    let set = with
        .events
        .iter()
        .position(|event| matches!(event, Event::SensorClockOff { setting: ClockSetting::Set, .. }));
    let set = set.ok_or("the clock was not set")?;
    so(
        !without.events.iter().any(|event| matches!(event, Event::SensorClockOff { .. })),
        "nor was it right without",
    )?;
    let before =
        with.events.iter().take(set).filter(|event| matches!(event, Event::ReadingKept { .. })).count();
    so(before > 0 && before < with.kept.len(), format!("{before} of {} before", with.kept.len()))?;
    let drifted = near(with, without, 0);
    so((drifted > 0) == matches!(fault, Fault::Drift { .. }), format!("{drifted} are off in all"))?;
    so(near(with, without, before) == 0, format!("{} are off after it was set", near(with, without, before)))
}
