//! The transitions: what each input means in each state.

use super::{Backfill, Came, Effect, Ending, Input, Keeping, Refusal, Report, State};
use crate::decode::record_access::{ABORT, Answer, Outcome, Records, Request};

impl Backfill {
    /// Takes what happened and says what to do. After the end nothing is to do any more.
    pub fn step(&mut self, input: Input) -> Vec<Effect> {
        match (self.state, input) {
            (State::Ended, _) => Vec::new(),
            (State::Aborting(_), Input::Record(came)) => self.record(came),
            (State::Aborting(_), Input::Begin | Input::Durable) => Vec::new(),
            (State::Aborting(ending), _) => self.end(ending),
            (_, Input::Lost) => self.end(Ending::Interrupted { records: self.received }),
            (State::Fresh, Input::Begin) => self.ask(State::Counting, Request::Count(self.records)),
            (_, Input::Stop) => self.abort(Ending::Stopped { records: self.received }),
            (State::Clearing, Input::Answered(_) | Input::Silent | Input::Garbled | Input::Refused(_)) => {
                self.ask(self.asking, self.asked)
            }
            (_, Input::Silent | Input::Garbled) => self.abort(self.unanswered()),
            (State::CountingAgain | State::Clearing, Input::Record(came)) if self.is_forgetting() => {
                // Not durable yet, and it may be one of those that would be forgotten.
                self.record(came);
                self.complete(false)
            }
            (_, Input::Record(came)) => self.record(came),
            (State::Saving, Input::Durable) => {
                self.unsaved = false;
                self.saved()
            }
            (state, Input::Refused(refusal)) => self.refused(state, refusal),
            (state, Input::Answered(answer)) => self.answered(state, answer),
            (_, Input::Begin | Input::Durable) => Vec::new(),
        }
    }

    fn record(&mut self, came: Came) -> Vec<Effect> {
        let known = self.wanted.last;
        let number = came.number.filter(|_| self.wanted.dialect.greatest().is_some());
        self.received += 1;
        self.unsaved = true;
        self.not_mine |= came.kept == Keeping::NotMine;
        self.changed |= number.is_some() && number == known && came.kept != Keeping::Known;
        if self.state == State::Reporting {
            self.report.take(Came { number, ..came }, known);
        }
        Vec::new()
    }

    fn answered(&mut self, state: State, answer: Answer) -> Vec<Effect> {
        match (state, answer) {
            // To an abort of an earlier session, or of another client.
            (_, Answer::Outcome(ABORT, _)) => Vec::new(),
            (State::Counting, Answer::Count(0) | Answer::Outcome(_, Outcome::NoRecords)) => {
                self.nothing_new()
            }
            (State::Counting, Answer::Count(number)) => self.report(Some(number)),
            (State::Counting, Answer::Outcome(_, Outcome::NotSupported)) => self.report(None),
            (State::CountingAll, answer) => self.counted_all(answer),
            (State::Reporting, Answer::Reported(number)) => {
                self.announced = self.announced.max(Some(number));
                self.save()
            }
            (State::Reporting, Answer::Outcome(_, Outcome::Success | Outcome::NoRecords)) => self.save(),
            (State::Reporting, Answer::Outcome(_, Outcome::NotSupported)) => self.report_all(),
            (State::CountingAgain, answer) => self.counted_again(answer),
            (State::Forgetting, Answer::Outcome(_, Outcome::Success)) => self.complete(true),
            (State::Forgetting, _) => self.complete(false),
            // A count in the middle of a report answers a question of another client, or of an earlier session.
            (State::Reporting | State::Saving | State::Fresh, Answer::Count(_)) => Vec::new(),
            _ => self.abort(self.unanswered()),
        }
    }

    /// Nothing from the last known record on: either the sensor forgot it, or it counts again.
    fn nothing_new(&mut self) -> Vec<Effect> {
        match self.records {
            Records::From(_) => self.ask(State::CountingAll, Request::Count(Records::All)),
            _ => self.complete(false),
        }
    }

    /// When the sensor has no more records than came, all are here; else it is fetched whole.
    fn counted_all(&mut self, answer: Answer) -> Vec<Effect> {
        let announced = match answer {
            Answer::Count(number) => Some(number),
            Answer::Outcome(_, Outcome::NoRecords) => Some(0),
            _ => None,
        };
        if announced == Some(self.report.count) {
            return self.forget();
        }
        self.records = Records::All;
        self.report(announced)
    }

    fn report(&mut self, announced: Option<u32>) -> Vec<Effect> {
        (self.announced, self.report) = (announced, Report::default());
        self.ask(State::Reporting, Request::Report(self.records))
    }

    /// A sensor that knows no numbers can still send all.
    fn report_all(&mut self) -> Vec<Effect> {
        if self.records == Records::All {
            return self.end(Ending::NotSupported);
        }
        self.records = Records::All;
        self.report(None)
    }

    fn save(&mut self) -> Vec<Effect> {
        self.state = State::Saving;
        vec![Effect::MakeDurable]
    }

    /// Everything that came is durable: only now may the sensor forget.
    fn saved(&mut self) -> Vec<Effect> {
        let missing = self.announced.filter(|announced| *announced > self.report.count);
        if let Some(announced) = missing {
            if self.asked_again {
                return self.end(Ending::Short { records: self.report.count, announced });
            }
            self.asked_again = true;
            return self.report(Some(announced));
        }
        let goes_on = self.report.goes_on(self.wanted.dialect.greatest());
        match self.records {
            Records::From(_) if !goes_on => self.ask(State::CountingAll, Request::Count(Records::All)),
            _ => self.forget(),
        }
    }

    /// What of the report may be forgotten is counted first: it must be no more than what came.
    fn forget(&mut self) -> Vec<Effect> {
        if !self.wanted.forget || self.report.count == 0 || self.not_mine || self.unsaved {
            return self.complete(false);
        }
        self.forgetting = self.report.forgettable();
        self.ask(State::CountingAgain, Request::Count(self.forgetting.0))
    }

    fn counted_again(&mut self, answer: Answer) -> Vec<Effect> {
        match (answer, self.forgetting) {
            (Answer::Count(number), (records, came)) if number == came => {
                self.ask(State::Forgetting, Request::Delete(records))
            }
            // A sensor that knows no ranges may know "up to": the same, if nothing older is there.
            (Answer::Outcome(_, Outcome::NotSupported), (Records::Range(_, last), came)) => {
                self.forgetting = (Records::UpTo(last), came);
                self.ask(State::CountingAgain, Request::Count(Records::UpTo(last)))
            }
            _ => self.complete(false),
        }
    }

    fn refused(&mut self, state: State, refusal: Refusal) -> Vec<Effect> {
        let records = self.received;
        // What came meanwhile is not durable, and might be forgotten when it is asked again.
        let may_ask_again = state == self.asking && !self.cleared && !(self.is_forgetting() && self.unsaved);
        match (state, refusal) {
            (_, Refusal::Busy) if may_ask_again => self.clear(),
            (State::Forgetting | State::CountingAgain, _) => self.complete(false),
            (_, Refusal::NeedsPairing) => self.end(Ending::NeedsPairing { records }),
            (State::Counting, Refusal::NotOffered | Refusal::Failed) => self.report(None),
            (_, Refusal::NotOffered) if records == 0 => self.end(Ending::NotSupported),
            _ => self.end(Ending::NoAnswer { records }),
        }
    }

    /// Stops what another client or an earlier session began; what was asked is asked again then.
    fn clear(&mut self) -> Vec<Effect> {
        (self.cleared, self.state) = (true, State::Clearing);
        vec![Effect::Write(Request::Abort.encode(self.wanted.dialect))]
    }

    /// What it is when no answer comes now: while the sensor should forget, everything is durable already.
    fn unanswered(&self) -> Ending {
        match self.is_forgetting() {
            true => self.completed(false),
            false => Ending::NoAnswer { records: self.received },
        }
    }

    /// Whether the sensor was asked last what it should forget, or to forget it.
    fn is_forgetting(&self) -> bool {
        matches!(self.asking, State::CountingAgain | State::Forgetting)
    }

    fn abort(&mut self, ending: Ending) -> Vec<Effect> {
        if self.state == State::Fresh {
            return self.end(ending);
        }
        self.ask(State::Aborting(ending), Request::Abort)
    }
}
