//! A glucose meter that stores its measurements and gives them out through its record access control point.

use crate::{
    encode::date_time,
    gatt::{About, Address, AttError, Link, Output, Pairing, Properties, Security, Service, SimSensor},
    record_access::{self as access, Request, respond},
};
use pulsebook_core::ble::{Characteristic, UnixMillis};
use std::collections::VecDeque;

pub(crate) const MEASUREMENT: Characteristic = Characteristic::new(0x1808, 0x2A18);
pub(crate) const FEATURES: Characteristic = Characteristic::new(0x1808, 0x2A51);
pub(crate) const ACCESS: Characteristic = Characteristic::new(0x1808, 0x2A52);

/// Time between two values of a procedure, in milliseconds.
const PACE_MS: i64 = 20;

/// Stores glucose measurements (Glucose Service 1.0.1) and reports, counts and deletes them.
#[derive(Clone, Debug)]
pub struct GlucoseMeter {
    about: About,
    table: Vec<Service>,
    records: Vec<Record>,
    /// What the running procedure still sends.
    waiting: VecDeque<(UnixMillis, Output)>,
    /// After so many reported records the connection ends, once.
    cut_after: Option<usize>,
}

/// A stored measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Record {
    sequence: u16,
    at: UnixMillis,
    /// mg/dL.
    glucose: u16,
}

impl GlucoseMeter {
    /// A meter with `count` measurements, one each half hour up to `now`, the first with this sequence number; numbers
    /// begin again at 0 after 65,535. Measurement `n` (from 0) is 80 + n mod 100 mg/dL.
    pub fn new(number: u16, now: UnixMillis, first: u16, count: u16) -> GlucoseMeter {
        let record = |n: u16| Record {
            sequence: first.wrapping_add(n),
            at: now - i64::from(count - n) * 1_800_000,
            glucose: 80 + n % 100,
        };
        let offers = [
            (MEASUREMENT.characteristic, Properties::NOTIFY),
            (FEATURES.characteristic, Properties::READ),
            (ACCESS.characteristic, Properties::WRITE | Properties::INDICATE),
        ];
        let facts = [(0x2A29, Properties::READ), (0x2A23, Properties::READ)];
        GlucoseMeter {
            about: About {
                has_clock: true,
                appearance: 0x0400,
                advertised: vec![0x1808],
                ..About::new(
                    &format!("sim-meter-{number:04}"),
                    "Sim Meter",
                    "glucose meter",
                    Address::simulated(number),
                )
            },
            table: vec![Service::new(0x1808, &offers), Service::new(0x180A, &facts)],
            records: (0..count).map(record).collect(),
            waiting: VecDeque::new(),
            cut_after: None,
        }
    }

    /// Pairs this way, and gives its measurements to well enough protected links only.
    pub fn protected(mut self, pairing: Pairing, security: Security) -> GlucoseMeter {
        self.about.pairing = pairing;
        self.table = self.table.into_iter().map(|service| service.needing(security)).collect();
        self
    }

    /// Ends the connection in the middle of a report, after so many records, once.
    pub fn cut_after(mut self, records: usize) -> GlucoseMeter {
        self.cut_after = Some(records);
        self
    }

    /// How many measurements it still stores.
    pub fn stored(&self) -> usize {
        self.records.len()
    }

    fn start(&mut self, request: &Request, now: UnixMillis) {
        let matching: Vec<Record> =
            self.records.iter().filter(|record| request.matches(record.sequence)).copied().collect();
        let matching = request.limit(&matching);
        let outputs = match (request.opcode, matching) {
            (access::COUNT, found) => vec![indicate(&respond::count(found.len()))],
            (opcode, []) => vec![indicate(&respond::code(opcode, respond::NO_RECORDS))],
            (access::DELETE, found) => {
                let found = found.to_vec();
                self.records.retain(|record| !found.contains(record));
                vec![indicate(&respond::code(access::DELETE, respond::SUCCESS))]
            }
            (opcode, found) => {
                let sent = found.iter().map(|record| value(MEASUREMENT, frame(record)));
                let done = indicate(&respond::code(opcode, respond::SUCCESS));
                let cut = self.cut_after.take_if(|cut| *cut < found.len());
                match cut {
                    Some(cut) => sent.take(cut).chain([Output::Disconnects]).collect(),
                    None => sent.chain([done]).collect(),
                }
            }
        };
        self.waiting = outputs.into_iter().zip(1..).map(|(output, n)| (now + n * PACE_MS, output)).collect();
    }
}

impl SimSensor for GlucoseMeter {
    fn about(&self) -> &About {
        &self.about
    }

    fn table(&self) -> &[Service] {
        &self.table
    }

    fn read(&mut self, at: Characteristic, _link: &Link) -> Result<Vec<u8>, AttError> {
        match at.characteristic {
            0x2A51 => Ok(vec![0, 0]),
            0x2A29 => Ok(b"Pulsebook Simulated Devices".to_vec()),
            _ => {
                let [_, _, _, _, high, low] = self.about.address.bytes;
                Ok(vec![low, high, 1, 0, 0, 0x42, 0x50, 0x02])
            }
        }
    }

    fn write(&mut self, _at: Characteristic, bytes: &[u8], link: &Link) -> Result<(), AttError> {
        let reports = bytes.first() == Some(&access::REPORT);
        if !link.listens(ACCESS) || reports && !link.listens(MEASUREMENT) {
            return Err(AttError::NOT_SUBSCRIBED);
        }
        let running = !self.waiting.is_empty();
        if running && bytes.first() != Some(&access::ABORT) {
            return Err(AttError::IN_PROGRESS);
        }
        match Request::read(bytes) {
            Ok(request) if request.opcode == access::ABORT => {
                let done = indicate(&respond::code(access::ABORT, respond::SUCCESS));
                self.waiting = VecDeque::from([(link.now + PACE_MS, done)]);
            }
            Ok(request) => self.start(&request, link.now),
            Err(code) => {
                let opcode = bytes.first().copied().unwrap_or_default();
                let refusal = indicate(&respond::code(opcode, code));
                self.waiting = VecDeque::from([(link.now + PACE_MS, refusal)]);
            }
        }
        Ok(())
    }

    /// A procedure does not outlive its connection; the records do.
    fn link_changed(&mut self, _link: &Link) {
        self.waiting.clear();
    }

    fn due(&self) -> Option<UnixMillis> {
        self.waiting.front().map(|(at, _)| *at)
    }

    fn step(&mut self, _link: &Link) -> Option<Output> {
        self.waiting.pop_front().map(|(_, output)| output)
    }
}

fn value(at: Characteristic, bytes: Vec<u8>) -> Output {
    Output::Value { at, bytes, delay_ms: 0 }
}

fn indicate(response: &[u8]) -> Output {
    value(ACCESS, response.to_vec())
}

/// Flags: concentration, type and location follow, in kg/L; one mg/dL is a mantissa of 1 with the exponent −5. Type 1 is
/// capillary whole blood, location 1 a finger.
fn frame(record: &Record) -> Vec<u8> {
    let concentration = 0xB000 | record.glucose & 0x0FFF;
    let [low, high] = record.sequence.to_le_bytes();
    [&[0x02, low, high][..], &date_time(record.at), &concentration.to_le_bytes(), &[0x11]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gatt::{Sent, Server};

    fn meter() -> Server<GlucoseMeter> {
        let mut server = Server::new(GlucoseMeter::new(1, 1_772_366_400_000, 65_534, 4));
        server.connect(0);
        server.subscribe(MEASUREMENT, true, 0).unwrap();
        server.subscribe(ACCESS, true, 0).unwrap();
        server
    }

    fn sent(server: &mut Server<GlucoseMeter>, request: &[u8]) -> Vec<Vec<u8>> {
        server.write(ACCESS, request, 0).unwrap();
        let mut values = Vec::new();
        while server.due().is_some() {
            if let Some(Sent::Value { bytes, .. }) = server.step() {
                values.push(bytes);
            }
        }
        values
    }

    #[test]
    fn records_come_by_number_and_wrap() {
        let mut meter = meter();
        let all = sent(&mut meter, &[1, 1]);
        let numbers: Vec<u16> =
            all[..4].iter().map(|frame| u16::from_le_bytes([frame[1], frame[2]])).collect();
        assert_eq!((numbers, all[4].as_slice()), (vec![65_534, 65_535, 0, 1], &[6, 0, 1, 1][..]));
        // 10:00 on 1 March 2026, 80 mg/dL, capillary, finger: written by hand.
        assert_eq!(all[0], [0x02, 0xFE, 0xFF, 0xEA, 0x07, 3, 1, 10, 0, 0, 0x50, 0xB0, 0x11]);
        assert_eq!(sent(&mut meter, &[4, 3, 1, 0xFF, 0xFF]), [[5, 0, 1, 0]]);
        assert_eq!(sent(&mut meter, &[1, 6]).len(), 2);
    }

    #[test]
    fn what_is_not_there_or_not_understood_is_answered_by_its_code() {
        let mut meter = meter();
        assert_eq!(sent(&mut meter, &[1, 4, 1, 10, 0, 20, 0]), [[6, 0, 1, 6]]);
        assert_eq!(sent(&mut meter, &[9, 1]), [[6, 0, 9, 2]]);
        assert_eq!(sent(&mut meter, &[1, 0]), [[6, 0, 1, 3]]);
        assert_eq!(sent(&mut meter, &[1, 9]), [[6, 0, 1, 4]]);
        assert_eq!(sent(&mut meter, &[1, 3, 1, 0]), [[6, 0, 1, 5]]);
        assert_eq!(sent(&mut meter, &[1, 3, 2, 0, 0]), [[6, 0, 1, 9]]);
        assert_eq!(sent(&mut meter, &[2, 1]), [[6, 0, 2, 1]]);
        assert_eq!(sent(&mut meter, &[4, 1]), [[5, 0, 0, 0]]);
    }

    #[test]
    fn a_procedure_refuses_a_second_one_and_ends_when_it_is_aborted_or_cut() {
        let mut meter = meter();
        meter.write(ACCESS, &[1, 1], 0).unwrap();
        assert_eq!(meter.write(ACCESS, &[4, 1], 5), Err(AttError::IN_PROGRESS));
        assert_eq!(sent(&mut meter, &[3, 0]), [[6, 0, 3, 1]]);
        meter.disconnect(9);
        meter.connect(9);
        assert_eq!(meter.write(ACCESS, &[1, 1], 9), Err(AttError::NOT_SUBSCRIBED));
        let mut cut = Server::new(GlucoseMeter::new(1, 0, 0, 9).cut_after(3));
        cut.connect(0);
        cut.subscribe(MEASUREMENT, true, 0).unwrap();
        cut.subscribe(ACCESS, true, 0).unwrap();
        assert_eq!(sent(&mut cut, &[1, 1]).len(), 3);
        assert!(!cut.link().connected && cut.sensor().stored() == 9);
    }
}
