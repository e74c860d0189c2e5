//! The memory of a simulated sensor: records with numbers, behind a Record Access Control Point.

use crate::{
    gatt::{AttError, Link, Output},
    record_access::{self as access, Request, respond},
};
use pulsebook_core::ble::{Characteristic, UnixMillis};
use std::collections::VecDeque;

/// Time between two values of a procedure, in milliseconds.
const PACE_MS: i64 = 20;

#[derive(Clone, Debug)]
pub(crate) struct Memory {
    pub(crate) access: Characteristic,
    measurement: Characteristic,
    records: Vec<(u16, Vec<u8>)>,
    /// After so many reported records the connection ends, once.
    cut_after: Option<usize>,
    waiting: VecDeque<(UnixMillis, Output)>,
    /// Whether what was confirmed in a report that did not end is not sent again.
    gives_once: bool,
    given: Vec<Vec<u8>>,
}

impl Memory {
    pub(crate) fn new(service: u16, measurement: u16, records: Vec<(u16, Vec<u8>)>) -> Memory {
        Memory {
            access: Characteristic::new(service, 0x2A52),
            measurement: Characteristic::new(service, measurement),
            records,
            cut_after: None,
            waiting: VecDeque::new(),
            gives_once: false,
            given: Vec::new(),
        }
    }

    /// As oximeters do: what was confirmed before a report was stopped or cut is not sent again (Pulse Oximeter Service
    /// 1.0.1, 3.4.4).
    pub(crate) fn giving_once(mut self) -> Memory {
        self.gives_once = true;
        self
    }

    /// Stores one more record.
    pub(crate) fn store(&mut self, number: u16, bytes: Vec<u8>) {
        self.records.push((number, bytes));
    }

    /// The next report ends after so many records, and the connection with it.
    pub(crate) fn cut_after(&mut self, records: usize) {
        self.cut_after = Some(records);
    }

    pub(crate) fn ask(&mut self, bytes: &[u8], link: &Link) -> Result<(), AttError> {
        let reports = bytes.first() == Some(&access::REPORT);
        if !link.listens(self.access) || reports && !link.listens(self.measurement) {
            return Err(AttError::NOT_SUBSCRIBED);
        }
        if !self.waiting.is_empty() && bytes.first() != Some(&access::ABORT) {
            return Err(AttError::IN_PROGRESS);
        }
        let opcode = bytes.first().copied().unwrap_or_default();
        let outputs = match Request::read(bytes) {
            Ok(request) if request.opcode == access::ABORT => {
                self.stop();
                vec![self.indicate(&respond::code(access::ABORT, respond::SUCCESS))]
            }
            Ok(request) => self.carry_out(&request),
            Err(code) => vec![self.indicate(&respond::code(opcode, code))],
        };
        let due = (1..).map(|n| link.now + n * PACE_MS);
        self.waiting = due.zip(outputs).collect();
        Ok(())
    }

    fn carry_out(&mut self, request: &Request) -> Vec<Output> {
        let matching: Vec<_> =
            self.records.iter().filter(|record| request.matches(record.0)).cloned().collect();
        let matching = request.limit(&matching);
        match (request.opcode, matching) {
            (access::COUNT, found) => vec![self.indicate(&respond::count(found.len()))],
            (opcode, []) => vec![self.indicate(&respond::code(opcode, respond::NO_RECORDS))],
            (access::DELETE, found) => {
                self.records.retain(|record| !found.contains(record));
                vec![self.indicate(&respond::code(access::DELETE, respond::SUCCESS))]
            }
            (opcode, found) => {
                let at = self.measurement;
                let sent =
                    found.iter().map(|(_, bytes)| Output::Value { at, bytes: bytes.clone(), delay_ms: 0 });
                match self.cut_after.filter(|cut| *cut < found.len()) {
                    Some(cut) => {
                        let sent = sent.take(cut).chain([Output::Disconnects]).collect();
                        self.cut_after = None;
                        sent
                    }
                    None => sent.chain([self.indicate(&respond::code(opcode, respond::SUCCESS))]).collect(),
                }
            }
        }
    }

    /// A procedure does not outlive its connection; the records do.
    pub(crate) fn stop(&mut self) {
        self.waiting.clear();
        let given = std::mem::take(&mut self.given);
        self.records.retain(|(_, bytes)| !self.gives_once || !given.contains(bytes));
    }

    pub(crate) fn due(&self) -> Option<UnixMillis> {
        self.waiting.front().map(|(at, _)| *at)
    }

    pub(crate) fn step(&mut self) -> Option<Output> {
        let (_, output) = self.waiting.pop_front()?;
        match &output {
            Output::Value { at, bytes, .. } if *at == self.measurement => self.given.push(bytes.clone()),
            _ => self.given.clear(),
        }
        Some(output)
    }

    fn indicate(&self, response: &[u8]) -> Output {
        Output::Value { at: self.access, bytes: response.to_vec(), delay_ms: 0 }
    }
}
