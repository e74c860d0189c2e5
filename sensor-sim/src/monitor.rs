//! The continuous glucose monitor of a scenario: its session, its memory, and its frames, from CGM Service 1.0.2 alone.

use crate::{
    encode::{date_time, encode, with_checksum},
    gatt::{AttError, Link, Output},
    measured::Measured,
    memory::Memory,
};
use pulsebook_core::ble::{Characteristic, UnixMillis};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub(crate) const MEASUREMENT: Characteristic = Characteristic::new(0x181F, 0x2AA7);
pub(crate) const FEATURE: Characteristic = Characteristic::new(0x181F, 0x2AA8);
pub(crate) const STATUS: Characteristic = Characteristic::new(0x181F, 0x2AA9);
pub(crate) const SESSION_START: Characteristic = Characteristic::new(0x181F, 0x2AAA);
pub(crate) const SESSION_RUN: Characteristic = Characteristic::new(0x181F, 0x2AAB);
pub(crate) const CONTROL: Characteristic = Characteristic::new(0x181F, 0x2AAC);
pub(crate) const ACCESS: Characteristic = Characteristic::new(0x181F, 0x2A52);

/// It measures so often, in minutes.
pub(crate) const EVERY_MINUTES: u16 = 5;
/// So long it was worn before the scenario begins, in minutes.
pub(crate) const WORN_BEFORE: u16 = 60;

/// The checksum of a request is missing or wrong (§1.6).
const INVALID_CRC: AttError = AttError(0x81);
const PACE_MS: i64 = 20;

/// What is under the skin.
#[derive(Clone, Debug)]
pub(crate) struct Monitor {
    began: UnixMillis,
    memory: Memory,
    /// What its control point answers.
    waiting: VecDeque<(UnixMillis, Output)>,
    /// What each stored record holds, and which of them have reached somebody.
    measured: BTreeMap<u16, Measured>,
    reached: BTreeSet<u16>,
}

impl Monitor {
    /// A monitor that has been worn for an hour.
    pub(crate) fn worn(start: UnixMillis) -> Monitor {
        Monitor {
            began: start.div_euclid(1000) * 1000 - i64::from(WORN_BEFORE) * 60_000,
            memory: Memory::new(ACCESS.service, MEASUREMENT.characteristic, Vec::new()),
            waiting: VecDeque::new(),
            measured: BTreeMap::new(),
            reached: BTreeSet::new(),
        }
    }

    /// Minutes of its session at this time.
    pub(crate) fn minutes(&self, at: UnixMillis) -> u16 {
        u16::try_from((at - self.began).max(0) / 60_000).unwrap_or(u16::MAX)
    }

    /// When a minute of its session was.
    pub(crate) fn moment(&self, minutes: u16) -> UnixMillis {
        self.began + i64::from(minutes) * 60_000
    }

    /// Stores a measurement under its minutes.
    pub(crate) fn store(&mut self, measured: &Measured) {
        if let Measured::Glucose { minutes, .. } = measured {
            self.memory.store(*minutes, encode(measured));
            self.measured.insert(*minutes, measured.clone());
        }
    }

    /// A measurement has reached somebody.
    pub(crate) fn note_reached(&mut self, measured: &Measured) {
        if let Measured::Glucose { minutes, .. } = measured {
            self.reached.insert(*minutes);
        }
    }

    /// The next report ends after so many records.
    pub(crate) fn cut_after(&mut self, records: u16) {
        self.memory.cut_after(records.into());
    }

    pub(crate) fn answer(&self, at: Characteristic, now: UnixMillis) -> Option<Vec<u8>> {
        match at {
            // Checksums and trends; interstitial fluid of subcutaneous tissue.
            FEATURE => Some(with_checksum(&[0x00, 0x90, 0x00, 0x59])),
            STATUS => Some(with_checksum(&[&self.minutes(now).to_le_bytes()[..], &[0, 0, 0]].concat())),
            SESSION_START => Some(with_checksum(&[&date_time(self.began)[..], &[0, 0]].concat())),
            // Ten days.
            SESSION_RUN => Some(with_checksum(&[0xF0, 0])),
            _ => None,
        }
    }

    pub(crate) fn write(&mut self, at: Characteristic, bytes: &[u8], link: &Link) -> Result<(), AttError> {
        match at {
            ACCESS => self.memory.ask(bytes, link),
            CONTROL => self.control(bytes, link),
            _ => Err(AttError::WRITE_NOT_PERMITTED),
        }
    }

    /// No procedure of the control point is supported: it says so.
    fn control(&mut self, bytes: &[u8], link: &Link) -> Result<(), AttError> {
        let op = bytes.first().copied().ok_or(AttError::INVALID_LENGTH)?;
        if with_checksum(&[op]) != bytes {
            return Err(INVALID_CRC);
        }
        if !link.listens(CONTROL) {
            return Err(AttError::NOT_SUBSCRIBED);
        }
        let bytes = with_checksum(&[0x1C, op, 0x02]);
        self.waiting.push_back((link.now + PACE_MS, Output::Value { at: CONTROL, bytes, delay_ms: 0 }));
        Ok(())
    }

    /// A procedure does not outlive its connection; the records do.
    pub(crate) fn stop(&mut self) {
        self.waiting.clear();
        self.memory.stop();
    }

    pub(crate) fn due(&self) -> Option<UnixMillis> {
        self.waiting.front().map(|(at, _)| *at).into_iter().chain(self.memory.due()).min()
    }

    /// What it answers next, and what that means.
    pub(crate) fn step(&mut self) -> Option<(Output, Measured)> {
        let first = self.waiting.front().map(|(at, _)| *at);
        if first.is_some() && first <= self.memory.due().or(first) {
            return self.waiting.pop_front().map(|(_, output)| (output, Measured::Answer));
        }
        let output = self.memory.step()?;
        let minutes = match &output {
            Output::Value { at: MEASUREMENT, bytes, .. } => minutes_of(bytes),
            _ => None,
        };
        let Some(minutes) = minutes else { return Some((output, Measured::Answer)) };
        let fresh = self.reached.insert(minutes);
        let measured = self.measured.get(&minutes).filter(|_| fresh).cloned();
        Some((output, measured.unwrap_or(Measured::Again)))
    }
}

fn minutes_of(frame: &[u8]) -> Option<u16> {
    Some(u16::from_le_bytes([*frame.get(4)?, *frame.get(5)?]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_began_an_hour_before() {
        // 14 July 2026, 09:26:53 UTC.
        let monitor = Monitor::worn(1_784_021_213_400);
        let start = monitor.answer(SESSION_START, 0).unwrap();
        assert_eq!(start[..9], [0xEA, 0x07, 7, 14, 8, 26, 53, 0, 0]);
        assert_eq!((monitor.minutes(1_784_021_213_400), monitor.moment(60)), (60, 1_784_021_213_000));
    }
}
