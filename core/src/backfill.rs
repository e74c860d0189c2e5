//! Fetching what a sensor stored while nobody listened: input in, what to do out; no radio, no clock, no storage.
//!
//! The order is the promise: records are asked for from the last one up to which everything is durable here, nothing is
//! forgotten on the sensor but records that came in this session and are durable, and a link that drops anywhere leaves a
//! state from which the next session goes on. A record that comes twice is recognised where it is kept, by sensor, number
//! and time.
//!
//! Numbers alone do not tell whether a sensor was reset or began to count again: the last known record is asked for again.
//! Where it does not come back as it was, the sensor is fetched whole.

mod report;
mod step;

use crate::decode::record_access::{Answer, Dialect, Records, Request};
use report::Report;

/// What is wanted of a sensor's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// How its records are numbered.
    pub dialect: Dialect,
    /// The number of the newest record when everything was last durable here ([`Backfill::newest`]); `None` before that.
    pub last: Option<u32>,
    /// Whether the sensor should forget what is durable here. Without it nothing is ever deleted.
    pub forget: bool,
}

/// A record that came and is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Came {
    /// Its number, if it has one.
    pub number: Option<u32>,
    /// What becomes of it.
    pub kept: Keeping,
}

/// What becomes of a record that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// It comes into the record.
    New,
    /// It is there already, the same.
    Known,
    /// It is somebody else's, waits for the patient's word or could not be read: the sensor must not forget it.
    NotMine,
}

/// Why a sensor did not take a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It does not offer to be asked.
    NotOffered,
    /// It wants to be paired first.
    NeedsPairing,
    /// Another procedure is under way (ATT errors 0xFE, and 0x80 of the Glucose profile).
    Busy,
    /// Anything else: another error, or no answer to the writing.
    Failed,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Records and control point are subscribed.
    Begin,
    /// A record came and is handed on.
    Record(Came),
    /// The control point answered.
    Answered(Answer),
    /// The control point sent what is no answer.
    Garbled,
    /// Everything handed on so far survives a power cut.
    Durable,
    /// The sensor did not take a request.
    Refused(Refusal),
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
    /// The sensor wants to be paired before it is asked; what came is kept.
    NeedsPairing {
        /// Records that came.
        records: u32,
    },
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

/// How long to wait for a sensor, in milliseconds: the Glucose profile's procedure time-out (30 s).
pub const PATIENCE_MS: i64 = 30_000;

/// One fetching of one sensor's memory.
///
/// ```
/// use pulsebook_core::{backfill::{Backfill, Effect, Input, Wanted}, decode::record_access::{Answer, Dialect}};
/// let wanted = Wanted { dialect: Dialect::Short, last: Some(41), forget: false };
/// let mut backfill = Backfill::new(wanted);
/// assert_eq!(backfill.step(Input::Begin), [Effect::Write(vec![4, 3, 1, 41, 0])]);
/// assert_eq!(backfill.step(Input::Answered(Answer::Count(3))), [Effect::Write(vec![1, 3, 1, 41, 0])]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backfill {
    wanted: Wanted,
    state: State,
    /// What is being asked for.
    records: Records,
    announced: Option<u32>,
    received: u32,
    report: Report,
    asked_again: bool,
    /// The last known record came back as another one.
    changed: bool,
    /// Something came that the sensor must not forget.
    not_mine: bool,
    /// Something came since everything was last made durable.
    unsaved: bool,
    /// What the sensor shall forget, and how many records that is.
    forgetting: (Records, u32),
    asked: Request,
    /// The state in which it was asked.
    asking: State,
    /// A procedure of somebody else was stopped once.
    cleared: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Fresh,
    Counting,
    /// The last known record did not come back, or numbers may have begun again: is there more than what came?
    CountingAll,
    Reporting,
    Saving,
    /// Only what came can be forgotten: is it as many?
    CountingAgain,
    Forgetting,
    /// The sensor is busy with another procedure, which it is asked to stop; then it is asked the same again.
    Clearing,
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
            report: Report::default(),
            asked_again: false,
            changed: false,
            not_mine: false,
            unsaved: false,
            forgetting: (Records::All, 0),
            asked: Request::Abort,
            asking: State::Fresh,
            cleared: false,
        }
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.state == State::Ended
    }

    /// Whether the sensor was asked to stop: records that still come are no reason to wait longer.
    pub fn is_stopping(&self) -> bool {
        matches!(self.state, State::Aborting(_))
    }

    /// After [`Ending::Complete`]: the number of the newest record, up to which everything is durable here. `None` when none
    /// came: then what was known before still holds.
    pub fn newest(&self) -> Option<u32> {
        self.report.newest
    }

    fn ask(&mut self, state: State, request: Request) -> Vec<Effect> {
        (self.state, self.asking, self.asked) = (state, state, request);
        vec![Effect::Write(request.encode(self.wanted.dialect))]
    }

    fn end(&mut self, ending: Ending) -> Vec<Effect> {
        self.state = State::Ended;
        vec![Effect::End(ending)]
    }

    fn completed(&self, forgotten: bool) -> Ending {
        let began_again = |last| self.changed || self.newest().is_some_and(|newest| newest < last);
        Ending::Complete {
            records: self.received,
            forgotten,
            anew: self.wanted.last.is_some_and(began_again),
        }
    }

    fn complete(&mut self, forgotten: bool) -> Vec<Effect> {
        self.end(self.completed(forgotten))
    }
}

/// From the last known record on; all when there is none, or when records have no number.
fn first_wanted(Wanted { dialect, last, .. }: Wanted) -> Records {
    match (dialect.greatest(), last) {
        (Some(_), Some(last)) => Records::From(last),
        _ => Records::All,
    }
}

#[cfg(test)]
mod tests;
