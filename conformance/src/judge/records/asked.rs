//! One request to a sensor's memory, and what came of it.

use super::super::words::{answered, said, some};
use crate::session::{Answer, Session, Step, Task, What};
use pulsebook_core::{
    ble::Characteristic,
    decode::{Kind, format_of, record_access::Answer as Response},
};

/// The context of a glucose measurement is no record of its own.
const CONTEXT: Characteristic = Characteristic::new(0x1808, 0x2A34);

/// A request with its answers and the records that it brought.
pub(super) struct Asked<'a> {
    /// How the last write ended.
    pub(super) written: Option<&'a Answer>,
    request: &'a [u8],
    last_write: usize,
    how: String,
    pub(super) writes: usize,
    pub(super) answers: Vec<(usize, &'a Step)>,
    pub(super) records: Vec<(usize, &'a Step)>,
}

impl<'a> Asked<'a> {
    /// `None`: it was not asked, or there was no link or no bond to ask over.
    pub(super) fn new(session: &'a Session, task: Task, service: u16) -> Option<Asked<'a>> {
        let control = Characteristic::new(service, 0x2A52);
        let part = session.part(task, service)?;
        let writes: Vec<&(usize, &Step)> = part.iter().filter(|(_, step)| step.what == What::Write).collect();
        let (last_write, last) = **writes.last()?;
        if last.answer == Answer::NoLink || session.is_unpaired(last) {
            return None;
        }
        let sent = |is: fn(Characteristic, Characteristic) -> bool| {
            let mine = part
                .iter()
                .filter(move |(_, step)| step.is_sent() && step.place.is_some_and(|at| is(at, control)));
            mine.copied().collect::<Vec<_>>()
        };
        Some(Asked {
            written: Some(&last.answer),
            request: &last.bytes,
            last_write,
            how: answered(last),
            writes: writes.len(),
            answers: sent(|at, control| at == control),
            records: sent(|at, control| {
                at.service == control.service && format_of(at).is_some_and(|format| format.kind == Kind::Spot)
            }),
        })
    }

    /// The bytes of the last answer.
    pub(super) fn answer(&self) -> Option<&'a [u8]> {
        self.answers.last().map(|(_, step)| step.bytes.as_slice())
    }

    pub(super) fn response(&self) -> Option<Response> {
        Response::decode(self.answer()?).ok()
    }

    /// How many records came.
    pub(super) fn measurements(&self) -> usize {
        self.records.iter().filter(|(_, step)| step.place != Some(CONTEXT)).count()
    }

    pub(super) fn numbers(&self) -> Vec<u32> {
        let records = self.records.iter().filter(|(_, step)| step.place != Some(CONTEXT));
        records.filter_map(|(_, step)| step.record_number()).collect()
    }

    pub(super) fn records_after_answer(&self) -> bool {
        let answered = self.answers.last().map(|(number, _)| *number);
        self.records.last().map(|(number, _)| *number) > answered
    }

    /// Whether the report was at its end when the last request was written: it was answered, and no record came any more.
    pub(super) fn had_ended(&self) -> bool {
        let report = self
            .answers
            .iter()
            .find(|(_, step)| matches!(step.bytes.as_slice(), [6, _, 1 | 7, ..] | [8, ..]));
        report.is_some() && self.records.iter().all(|(number, _)| *number < self.last_write)
    }

    /// The number behind operator and filter of the request.
    pub(super) fn operand(&self) -> Option<u32> {
        let number = self.request.get(3..).filter(|bytes| !bytes.is_empty() && bytes.len() <= 4)?;
        Some(number.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    /// How the sensor took the last write.
    pub(super) fn how(&self) -> String {
        self.how.clone()
    }

    /// Records and answer, in words.
    pub(super) fn came(&self) -> String {
        let answer = match self.answer() {
            Some(bytes) => format!("the answer {}", said(bytes)),
            None if self.written == Some(&Answer::Done) => "no answer within 30 s".to_owned(),
            None => self.how(),
        };
        if self.records.is_empty() {
            answer
        } else {
            format!("{}, {answer}", some(self.records.len(), "record"))
        }
    }
}
