//! Fetching what a sensor stored while nobody listened: input in, what to do out; no radio, no clock, no storage.
//!
//! The order is the promise: records are asked for from the last one that is durable here, nothing is forgotten on the
//! sensor before everything received is durable, and a link that drops anywhere leaves a state from which the next session
//! goes on. A record that comes twice is recognised where it is kept, by sensor, number and time.

mod step;

use crate::decode::record_access::{Answer, Dialect, Records, Request};

/// What is wanted of a sensor's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// How its records are numbered.
    pub dialect: Dialect,
    /// The number of the newest record that is durable here; `None` when there is none.
    pub last: Option<u32>,
    /// Whether the sensor should forget what is durable here. Without it nothing is ever deleted.
    pub forget: bool,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Records and control point are subscribed.
    Begin,
    /// A record came and is handed on, with its number if it has one.
    Record(Option<u32>),
    /// The control point answered.
    Answered(Answer),
    /// The control point sent what is no answer.
    Garbled,
    /// Everything handed on so far survives a power cut.
    Durable,
    /// The sensor did not take a request.
    Refused,
    /// Nothing came for [`PATIENCE_MS`].
    Silent,
    /// The link is down.
    Lost,
    /// Somebody wants to stop.
    Stop,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Write this to the control point; a refusal comes back as [`Input::Refused`].
    Write(Vec<u8>),
    /// Make everything handed on durable, then say [`Input::Durable`].
    MakeDurable,
    /// It is over.
    End(Ending),
}

/// How it ended. `records` counts those that came, repeated ones too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything that the sensor had is durable here.
    Complete {
        /// Records that came.
        records: u32,
        /// Whether the sensor forgot them.
        forgotten: bool,
        /// Whether the sensor counts from the start again: it was reset, or its numbers ran out.
        anew: bool,
    },
    /// The sensor announced more records than it sent, twice.
    Short {
        /// Records that came.
        records: u32,
        /// Records that it announced.
        announced: u32,
    },
    /// The sensor does not let its records be asked for.
    NotSupported,
    /// The sensor stopped answering, or said that it cannot go on; what came is kept.
    NoAnswer {
        /// Records that came.
        records: u32,
    },
    /// The link dropped; what came is kept and the next session goes on from there.
    Interrupted {
        /// Records that came.
        records: u32,
    },
    /// It was stopped on request.
    Stopped {
        /// Records that came.
        records: u32,
    },
}

/// How long to wait for a sensor, in milliseconds: the Glucose profile's procedure time-out (§5.8, 30 s).
pub const PATIENCE_MS: i64 = 30_000;

/// One fetching of one sensor's memory.
///
/// ```
/// use pulsebook_core::{backfill::{Backfill, Effect, Input, Wanted}, decode::record_access::{Answer, Dialect}};
/// let wanted = Wanted { dialect: Dialect::Short, last: Some(41), forget: false };
/// let mut backfill = Backfill::new(wanted);
/// assert_eq!(backfill.step(Input::Begin), [Effect::Write(vec![4, 3, 1, 42, 0])]);
/// assert_eq!(backfill.step(Input::Answered(Answer::Count(3))), [Effect::Write(vec![1, 3, 1, 42, 0])]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backfill {
    wanted: Wanted,
    state: State,
    /// What is being asked for.
    records: Records,
    announced: Option<u32>,
    received: u32,
    /// Received since the last request to report.
    in_report: u32,
    highest: Option<u32>,
    asked_again: bool,
    anew: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Fresh,
    Counting,
    /// Nothing new: is there anything at all? A sensor that was reset has records with small numbers.
    CountingAll,
    /// The newest record tells whether numbers go on or began again.
    LookingAtLast,
    Reporting,
    Saving,
    /// Without numbers all can be forgotten only while no new record has come.
    CountingAgain,
    Forgetting,
    Aborting(Ending),
    Ended,
}

impl Backfill {
    /// A fetching that has not begun.
    pub fn new(wanted: Wanted) -> Backfill {
        Backfill {
            wanted,
            state: State::Fresh,
            records: first_wanted(wanted),
            announced: None,
            received: 0,
            in_report: 0,
            highest: None,
            asked_again: false,
            anew: false,
        }
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.state == State::Ended
    }

    fn ask(&mut self, state: State, request: Request) -> Vec<Effect> {
        self.state = state;
        vec![Effect::Write(request.encode(self.wanted.dialect))]
    }

    fn end(&mut self, ending: Ending) -> Vec<Effect> {
        self.state = State::Ended;
        vec![Effect::End(ending)]
    }

    fn complete(&mut self, forgotten: bool) -> Vec<Effect> {
        let (records, anew) = (self.received, self.anew);
        self.end(Ending::Complete { records, forgotten, anew })
    }
}

/// From the record after the last one; all when there is none, when records have no number, or when numbers run out.
fn first_wanted(Wanted { dialect, last, .. }: Wanted) -> Records {
    match (dialect.greatest(), last) {
        (Some(greatest), Some(last)) if last < greatest => Records::From(last + 1),
        _ => Records::All,
    }
}

#[cfg(test)]
mod tests;
