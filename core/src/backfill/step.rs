//! The transitions: what each input means in each state.

use super::{Backfill, Effect, Ending, Input, State};
use crate::decode::record_access::{Answer, Outcome, Records, Request};

impl Backfill {
    /// Takes what happened and says what to do. After the end nothing is to do any more.
    pub fn step(&mut self, input: Input) -> Vec<Effect> {
        match (self.state, input) {
            (State::Ended, _) => Vec::new(),
            (State::Aborting(ending), Input::Answered(_) | Input::Silent | Input::Refused | Input::Lost) => {
                self.end(ending)
            }
            (_, Input::Lost) => self.end(Ending::Interrupted { records: self.received }),
            (State::Fresh, Input::Begin) => self.ask(State::Counting, Request::Count(self.records)),
            (_, Input::Stop) => self.abort(Ending::Stopped { records: self.received }),
            (_, Input::Silent | Input::Garbled) => self.abort(Ending::NoAnswer { records: self.received }),
            (State::CountingAgain, Input::Record(number)) => {
                // Not durable yet, and without numbers only all can be forgotten.
                self.record(number);
                self.complete(false)
            }
            (_, Input::Record(number)) => self.record(number),
            (State::Saving, Input::Durable) => self.saved(),
            (state, Input::Refused) => self.refused(state),
            (state, Input::Answered(answer)) => self.answered(state, answer),
            (_, Input::Begin | Input::Durable) => Vec::new(),
        }
    }

    fn record(&mut self, number: Option<u32>) -> Vec<Effect> {
        if self.state == State::LookingAtLast {
            // Kept like any other; what it tells is whether it is the one known.
            self.anew = number.is_some() && number != self.wanted.last;
        } else {
            self.in_report += 1;
        }
        self.received += 1;
        self.highest = self.highest.max(number);
        Vec::new()
    }

    fn answered(&mut self, state: State, answer: Answer) -> Vec<Effect> {
        match (state, answer) {
            (State::Counting, Answer::Count(0) | Answer::Outcome(_, Outcome::NoRecords)) => {
                self.nothing_new()
            }
            (State::Counting, Answer::Count(number)) => self.report(Some(number)),
            (State::Counting, Answer::Outcome(_, Outcome::NotSupported)) => self.report(None),
            (State::CountingAll, Answer::Count(1..)) => {
                self.ask(State::LookingAtLast, Request::Report(Records::Last))
            }
            (State::CountingAll, _) => self.complete(false),
            (State::LookingAtLast, _) if self.anew => {
                self.records = Records::All;
                self.ask(State::Counting, Request::Count(Records::All))
            }
            (State::LookingAtLast, _) => self.save(),
            (
                State::Reporting,
                Answer::Reported(_) | Answer::Outcome(_, Outcome::Success | Outcome::NoRecords),
            ) => self.save(),
            (State::Reporting, Answer::Outcome(_, Outcome::NotSupported)) => self.report_all(),
            (State::CountingAgain, Answer::Count(number)) if number == self.in_report => {
                self.ask(State::Forgetting, Request::Delete(Records::All))
            }
            (State::CountingAgain, _) => self.complete(false),
            (State::Forgetting, Answer::Outcome(_, Outcome::Success)) => self.complete(true),
            (State::Forgetting, _) => self.complete(false),
            // A count in the middle of a report answers a question of another client, or of an earlier session.
            (State::Reporting | State::Saving | State::Fresh, Answer::Count(_)) => Vec::new(),
            _ => self.abort(Ending::NoAnswer { records: self.received }),
        }
    }

    /// Nothing from the wanted number on: either nothing is new, or numbers began again.
    fn nothing_new(&mut self) -> Vec<Effect> {
        match self.records {
            Records::From(_) => self.ask(State::CountingAll, Request::Count(Records::All)),
            _ => self.complete(false),
        }
    }

    fn report(&mut self, announced: Option<u32>) -> Vec<Effect> {
        (self.announced, self.in_report) = (announced, 0);
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
        let missing = self.announced.filter(|announced| *announced > self.in_report);
        if let Some(announced) = missing {
            if self.asked_again {
                return self.end(Ending::Short { records: self.in_report, announced });
            }
            self.asked_again = true;
            return self.report(Some(announced));
        }
        if !self.wanted.forget || self.received == 0 {
            return self.complete(false);
        }
        match self.highest {
            // Numbers that began again do not tell old from new.
            Some(highest) if !self.anew => {
                self.ask(State::Forgetting, Request::Delete(Records::UpTo(highest)))
            }
            Some(_) => self.complete(false),
            None => self.ask(State::CountingAgain, Request::Count(Records::All)),
        }
    }

    fn refused(&mut self, state: State) -> Vec<Effect> {
        match state {
            State::Forgetting | State::CountingAgain | State::CountingAll => self.complete(false),
            State::Counting => self.report(None),
            _ if self.received == 0 => self.end(Ending::NotSupported),
            _ => self.end(Ending::NoAnswer { records: self.received }),
        }
    }

    fn abort(&mut self, ending: Ending) -> Vec<Effect> {
        if self.state == State::Fresh {
            return self.end(ending);
        }
        self.ask(State::Aborting(ending), Request::Abort)
    }
}
