//! A sensor's memory: counts, reports, refusals, interruptions, and what is left after a deletion.

mod asked;

use super::words::some;
use crate::{
    clause::{Clause, Finding},
    profile::Profile,
    session::{Answer, Session, Task},
};
use asked::Asked;
use pulsebook_core::{
    ble::Characteristic,
    decode::record_access::{Answer as Response, Dialect, Outcome},
};

/// Where each clause stands, by service and what it is about; the numbers' source is named in `profile.rs`.
const SECTIONS: &[(&str, &str)] = &[
    ("report", "3.4.4 Report Stored Records Procedure"),
    ("repeat", "3.4.4 Report Stored Records Procedure"),
    ("none", "3.4.4 Report Stored Records Procedure"),
    ("cut", "3.4.4 Report Stored Records Procedure; 3.4.9 Procedure Timeout and Failure"),
    ("delete", "3.4.5 Delete Stored Records procedure"),
    ("abort", "3.4.6 Abort Operation procedure"),
    ("count", "3.4.7 Report Number of Stored Records procedure"),
    ("busy", "3.4.8 RACP Specific Errors"),
    ("unsubscribed", "3.4.8 RACP Specific Errors"),
    ("unknown-op-code", "3.4.8 RACP Specific Errors"),
    ("null-operator", "3.4.8 RACP Specific Errors"),
    ("unknown-operator", "3.4.8 RACP Specific Errors"),
];
/// Client Characteristic Configuration improperly configured; procedure already in progress.
const NOT_SUBSCRIBED: u8 = 0xFD;
const IN_PROGRESS: u8 = 0xFE;
const OXIMETER: u16 = 0x1822;
/// What the kit asks that no standard defines, with the response code for it.
const WRONG: [(Task, &str, &str, u8); 4] = [
    (Task::UnknownOpCode, "unknown-op-code", "An op code that it does not know is refused", 2),
    (Task::NullOperator, "null-operator", "A request without an operator is refused", 3),
    (Task::UnknownOperator, "unknown-operator", "An operator that it does not know is refused", 4),
    (Task::UnknownFilter, "unknown-filter", "A filter type that it does not know is refused", 9),
];

struct Memory<'a> {
    session: &'a Session,
    profile: &'a Profile,
}

pub(super) fn findings(session: &Session, profile: &Profile) -> Vec<Finding> {
    if session.properties(Characteristic::new(profile.service, 0x2A52)).is_none() {
        return Vec::new();
    }
    let memory = Memory { session, profile };
    let mut findings = vec![
        memory.unsubscribed(),
        memory.report(),
        memory.count(),
        memory.numbers(),
        memory.repeat(),
        memory.from(),
        memory.none(),
    ];
    findings.extend(WRONG.iter().map(|wrong| memory.refusal(wrong)));
    findings.extend([memory.abort(), memory.busy(), memory.cut(), memory.delete()]);
    findings
}

impl Memory<'_> {
    fn clause(&self, about: &str, title: &str, expected: &str) -> Clause {
        let section = match self.profile.service {
            OXIMETER => SECTIONS.iter().find(|(whose, _)| *whose == about).map(|(_, section)| *section),
            0x181F => Some("3.6 Record Access Control Point"),
            _ => None,
        };
        let about = format!("records.{about}");
        let source = (self.profile.standard, section.unwrap_or("Record Access Control Point"));
        Clause::new((self.profile.service, &about), title, source, expected)
    }

    fn asked(&self, task: Task) -> Option<Asked<'_>> {
        Asked::new(self.session, task, self.profile.service)
    }

    /// Whether the link was lost during one of these tasks.
    fn lost(&self, tasks: &[Task]) -> bool {
        tasks.iter().any(|task| self.session.lost(*task, self.profile.service))
    }

    fn trace(&self, tasks: &[Task]) -> Vec<usize> {
        tasks.iter().flat_map(|task| self.session.trace(*task, self.profile.service)).collect()
    }

    fn unsubscribed(&self) -> Finding {
        let title = "A request for records of somebody who is not subscribed is refused";
        let expected =
            "ATT error 0xFD (Client Characteristic Configuration Descriptor Improperly Configured)";
        let clause = self.clause("unsubscribed", title, expected);
        match self.asked(Task::Unsubscribed) {
            None => clause.not_tested(self.session.why_not()),
            Some(asked) if asked.written == Some(&Answer::Att(NOT_SUBSCRIBED)) => clause.pass(asked.how()),
            Some(_) if self.session.bonded_before != Some(false) => clause.not_tested(
                "it may have been paired before, and a bonded sensor remembers who is subscribed: end the pairing on both sides, then test again",
            ),
            Some(asked) => clause.fail(asked.how(), self.trace(&[Task::Unsubscribed])),
        }
    }

    fn report(&self) -> Finding {
        let title = "All records are reported, and then the report ends with success";
        let clause = self.clause("report", title, "records, then \"success\"");
        let Some(asked) = self.asked(Task::ReportAll) else {
            return clause.not_tested(self.session.why_not());
        };
        match asked.response() {
            Some(Response::Outcome(_, Outcome::Success) | Response::Reported(_))
                if !asked.records.is_empty() =>
            {
                clause.pass(format!("{}, then success", some(asked.measurements(), "record")))
            }
            Some(Response::Outcome(_, Outcome::NoRecords)) => {
                clause.not_tested("it stores no records: measure something first")
            }
            _ => clause.fail(asked.came(), self.trace(&[Task::ReportAll])),
        }
    }

    fn count(&self) -> Finding {
        let title = "As many records are counted as are reported";
        let clause = self.clause("count", title, "the number of records of the report");
        let tasks = [Task::Count, Task::ReportAll];
        let (Some(count), Some(report)) = (self.asked(Task::Count), self.asked(Task::ReportAll)) else {
            return clause.not_tested(self.session.why_not());
        };
        match count.response() {
            Some(Response::Count(number)) if number as usize == report.measurements() => {
                clause.pass(some(report.measurements(), "record"))
            }
            Some(Response::Outcome(_, Outcome::NotSupported)) if self.is_plain() => {
                clause.not_applicable("it does not count, and need not")
            }
            Some(Response::Count(number)) => clause.fail(
                format!("it counts {number} and reports {}", report.measurements()),
                self.trace(&tasks),
            ),
            _ => clause.fail(count.came(), self.trace(&[Task::Count])),
        }
    }

    fn numbers(&self) -> Finding {
        let title = "No two records have the same number";
        let clause = self.clause("numbers", title, "a number of its own for each record");
        if Dialect::of(self.profile.service).greatest().is_none() {
            return clause.not_applicable("its records have no numbers");
        }
        let Some(report) = self.asked(Task::ReportAll).filter(|report| !report.records.is_empty()) else {
            return clause.not_tested("no record came");
        };
        let mut numbers = report.numbers();
        let all = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        match numbers.len() == all {
            true => clause.pass(format!("{} different numbers", all)),
            false => clause
                .fail(format!("{} numbers for {all} records", numbers.len()), self.trace(&[Task::ReportAll])),
        }
    }

    fn repeat(&self) -> Finding {
        let title = "Asked again, it reports the same records";
        let clause = self.clause("repeat", title, "the same bytes in the same order");
        self.same(clause, Task::ReportAgain, &[Task::ReportAgain])
    }

    fn same(&self, clause: Clause, task: Task, tasks: &[Task]) -> Finding {
        let (Some(first), Some(again)) = (self.asked(Task::ReportAll), self.asked(task)) else {
            return clause.not_tested(self.session.why_not());
        };
        if first.records.is_empty() {
            return clause.not_tested("no record came");
        }
        let differs =
            first.records.iter().zip(&again.records).position(|(one, other)| one.1.bytes != other.1.bytes);
        match differs {
            None if first.records.len() == again.records.len() => {
                clause.pass(format!("{} as before", some(again.records.len(), "value")))
            }
            None => {
                let came = format!("{} the first time, {} now", first.records.len(), again.records.len());
                clause.fail(came, self.trace(tasks))
            }
            Some(place) => {
                let steps = [&first, &again].into_iter().filter_map(|asked| asked.records.get(place));
                clause.fail(
                    format!("value {} is another one", place + 1),
                    steps.map(|(number, _)| *number).collect(),
                )
            }
        }
    }

    fn from(&self) -> Finding {
        let title = "Records from a number on are those, and no others";
        let clause = self.clause("from", title, "each record with that number or a greater one, once");
        if self.lost(&[Task::ReportAll, Task::ReportFrom]) {
            return clause.not_tested(self.session.why_not());
        }
        let (Some(all), Some(from)) = (self.asked(Task::ReportAll), self.asked(Task::ReportFrom)) else {
            return clause.not_tested("its records have no numbers, or none came");
        };
        let Some(least) = from.operand() else { return clause.not_tested(self.session.why_not()) };
        let expected: Vec<u32> = all.numbers().into_iter().filter(|number| *number >= least).collect();
        match from.numbers() == expected {
            true => clause.pass(format!("{} from {least} on", some(expected.len(), "record"))),
            false => {
                let came = format!("{:?} for numbers from {least} on", from.numbers());
                clause.fail(came, self.trace(&[Task::ReportFrom]))
            }
        }
    }

    fn none(&self) -> Finding {
        let title = "Where no record is, it says that there is none";
        let clause = self.clause("none", title, "\"no records found\" (06)");
        if self.lost(&[Task::ReportAll, Task::ReportNone]) {
            return clause.not_tested(self.session.why_not());
        }
        let Some(asked) = self.asked(Task::ReportNone) else {
            return clause.not_tested("its records have no numbers, or none came");
        };
        match asked.response() {
            Some(Response::Outcome(_, Outcome::NoRecords)) if asked.records.is_empty() => {
                clause.pass(asked.came())
            }
            _ => clause.fail(asked.came(), self.trace(&[Task::ReportNone])),
        }
    }

    fn refusal(&self, (task, about, title, code): &(Task, &str, &str, u8)) -> Finding {
        let clause = self.clause(about, title, &format!("response code {code:02}"));
        let Some(asked) = self.asked(*task) else {
            let has_filters = Dialect::of(self.profile.service) == Dialect::Short;
            return match *task == Task::UnknownFilter && !has_filters {
                true => clause.not_applicable("its requests have no operand"),
                false => clause.not_tested(self.session.why_not()),
            };
        };
        match asked.answer() {
            Some([6, _, _, came]) if came == code => clause.pass(asked.came()),
            _ => clause.fail(asked.came(), self.trace(&[*task])),
        }
    }

    fn abort(&self) -> Finding {
        let title = "A report that is aborted stops, and that is confirmed";
        let clause = self.clause("abort", title, "\"success\" for the abort, and no record after it");
        let Some(asked) = self.asked(Task::Abort).filter(|asked| asked.writes == 2) else {
            return clause.not_tested("no record came that could be interrupted");
        };
        if asked.had_ended() {
            return clause.not_tested("the report ended before it could be aborted: store more records");
        }
        match asked.answer() {
            Some([6, _, 3, 2]) if self.is_plain() => clause.not_applicable("it does not stop, and need not"),
            Some([6, _, 3, 1]) if !asked.records_after_answer() => clause.pass("it stopped"),
            _ => clause.fail(asked.came(), self.trace(&[Task::Abort])),
        }
    }

    fn busy(&self) -> Finding {
        let title = "While a report runs, another request is refused";
        let clause = self.clause("busy", title, "ATT error 0xFE (Procedure Already In Progress)");
        let Some(asked) = self.asked(Task::Busy).filter(|asked| asked.writes == 2) else {
            return clause.not_tested("no record came that could be interrupted");
        };
        if asked.had_ended() {
            return clause
                .not_tested("the report ended before something else could be asked: store more records");
        }
        match asked.written {
            Some(Answer::Att(IN_PROGRESS)) => clause.pass(asked.how()),
            _ => clause.fail(asked.how(), self.trace(&[Task::Busy])),
        }
    }

    fn cut(&self) -> Finding {
        let title = "A link that is lost in the middle of a report costs no record";
        let clause = self.clause("cut", title, "the same records, asked for after the reconnection");
        let tasks = [Task::Cut, Task::CountAfterCut, Task::ReportAfterCut];
        match self.profile.service {
            OXIMETER => self.rest(clause, &tasks),
            _ => self.same(clause, Task::ReportAfterCut, &tasks),
        }
    }

    /// Oximeters do not indicate again what was confirmed before a report was stopped or cut (Pulse Oximeter Service
    /// 1.0.1 §3.4.4): the rest must come.
    fn rest(&self, clause: Clause, tasks: &[Task]) -> Finding {
        let (Some(all), Some(after)) = (self.asked(Task::ReportAll), self.asked(Task::ReportAfterCut)) else {
            return clause.not_tested(self.session.why_not());
        };
        if all.records.is_empty() {
            return clause.not_tested("no record came");
        }
        let given = [Task::Abort, Task::Cut].into_iter().filter_map(|task| self.asked(task));
        let given: Vec<_> = given.flat_map(|asked| asked.records).chain(after.records).collect();
        let came = |wanted: &[u8]| given.iter().any(|(_, step)| step.bytes == wanted);
        match all.records.iter().filter(|(_, step)| !came(&step.bytes)).count() {
            0 => clause.pass(format!("each of {}", some(all.records.len(), "record"))),
            lost => clause.fail(format!("{} did not come any more", some(lost, "record")), self.trace(tasks)),
        }
    }

    /// Whether counting and stopping are optional for its records (Pulse Oximeter Service 1.0.1 §3.4.2, Table 3.12).
    fn is_plain(&self) -> bool {
        Dialect::of(self.profile.service) == Dialect::Plain
    }

    fn delete(&self) -> Finding {
        let title = "Records that are deleted are gone, and no others";
        let clause = self.clause("delete", title, "success, and a count that says so");
        let tasks =
            [Task::CountBefore, Task::DeleteFirst, Task::CountAfter, Task::DeleteAll, Task::CountEmpty];
        if !self.session.erase {
            return clause.not_tested("nothing may be deleted in this session (--erase allows it)");
        }
        if self.lost(&tasks) || self.asked(Task::CountEmpty).is_none() {
            return clause.not_tested(self.session.why_not());
        }
        let count = |task| match self.asked(task)?.response()? {
            Response::Count(number) => Some(number),
            Response::Outcome(_, Outcome::NoRecords) => Some(0),
            _ => None,
        };
        let refused = self.asked(Task::DeleteAll).and_then(|asked| asked.response());
        if matches!(refused, Some(Response::Outcome(_, Outcome::NotSupported))) {
            return clause.not_applicable("it does not let its records be deleted");
        }
        let (before, after, left) =
            (count(Task::CountBefore), count(Task::CountAfter), count(Task::CountEmpty));
        let one =
            self.asked(Task::CountAfter).is_none() || after == before.map(|before| before.saturating_sub(1));
        match (one, left) {
            (true, Some(0)) => clause.pass("one record less after one was deleted, none after all were"),
            _ => {
                let said =
                    |count: Option<u32>| count.map_or("no answer".to_owned(), |count| count.to_string());
                let came = format!(
                    "records before: {}, after one was deleted: {}, after all were: {}",
                    said(before),
                    said(after),
                    said(left)
                );
                clause.fail(came, self.trace(&tasks))
            }
        }
    }
}
