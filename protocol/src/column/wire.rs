//! A column's bytes: writing them, and reading them back with every rule of docs/protocol.md §3 checked.

use std::ops::Range;

use super::{AbsentRun, Clock, Column, ColumnError, MAX_BEAT, MAX_PERIOD_US, QualityRun, Run};
use crate::{
    bytes::ByteString,
    packed::{self, PackedError},
    quality::Quality,
    reading::{Absent, UnixMillis, Value},
    vital::{Category, Vital},
};

/// A column as CBOR.
#[derive(Clone, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub(crate) struct ColumnWire {
    #[n(0)]
    pub(crate) vital: u16,
    #[n(1)]
    pub(crate) exponent: i8,
    #[n(2)]
    pub(crate) clock: u8,
    #[n(3)]
    pub(crate) starts: ByteString,
    #[n(4)]
    pub(crate) periods: ByteString,
    #[n(5)]
    pub(crate) counts: ByteString,
    #[n(6)]
    pub(crate) values: ByteString,
    #[n(7)]
    pub(crate) absent: Option<Vec<AbsentWire>>,
    #[n(8)]
    pub(crate) quality: Vec<u32>,
}

#[derive(Clone, Copy, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub(crate) struct AbsentWire {
    #[n(0)]
    pub(crate) slot: u32,
    #[n(1)]
    pub(crate) count: u32,
    #[n(2)]
    pub(crate) reason: u8,
}

/// What the segment around a column lays down for it.
pub(crate) struct Frame {
    pub(crate) category: Category,
    pub(crate) range: Range<UnixMillis>,
    /// How many slots the segment may still have.
    pub(crate) slots: usize,
}

impl Column {
    pub(crate) fn to_wire(&self) -> ColumnWire {
        let starts: Vec<i64> = self.runs.iter().map(|run| run.start).collect();
        let periods: Vec<i64> = self.runs.iter().map(|run| run.period_us as i64).collect();
        let counts: Vec<i64> = self.runs.iter().map(|run| i64::from(run.count)).collect();
        let numbers: Vec<i64> = self.numbers.iter().map(|number| i64::from(*number)).collect();
        let absent: Vec<AbsentWire> = self.absent.iter().map(|run| run.to_wire()).collect();
        ColumnWire {
            vital: self.vital.wire(),
            exponent: self.vital.exponent(),
            clock: self.clock as u8,
            starts: packed::pack_counted(&starts).into(),
            periods: packed::pack_counted(&periods).into(),
            counts: packed::pack_counted(&counts).into(),
            values: packed::pack(&numbers).into(),
            absent: (!absent.is_empty()).then_some(absent),
            quality: self.quality.iter().flat_map(|run| [run.count, run.quality.bits()]).collect(),
        }
    }

    /// How many slots it has.
    pub(crate) fn slot_count(&self) -> usize {
        self.runs.iter().map(|run| run.count as usize).sum()
    }

    pub(crate) fn from_wire(wire: &ColumnWire, frame: &Frame) -> Result<Column, ColumnError> {
        let vital = read_vital(wire, frame)?;
        let clock = match wire.clock {
            1 => Clock::Sensor,
            2 => Clock::Fitted,
            other => return Err(ColumnError::Clock(other)),
        };
        let runs = read_runs(wire, vital, frame.slots)?;
        let slots: usize = runs.iter().map(|run| run.count as usize).sum();
        let absent = read_absent(wire.absent.as_deref(), slots)?;
        let missing: usize = absent.iter().map(|run| run.count as usize).sum();
        let numbers = read_numbers(&wire.values.0, slots - missing)?;
        let column =
            Column { vital, clock, runs, numbers, absent, quality: read_quality(&wire.quality, slots)? };
        column.check_slots(&frame.range)?;
        Ok(column)
    }

    fn check_slots(&self, range: &Range<UnixMillis>) -> Result<(), ColumnError> {
        let mut before = range.start;
        for slot in self.slots() {
            let beats = self.runs.get(slot.run).is_some_and(Run::is_beats);
            if beats && !matches!(slot.value, Value::Number(0..=MAX_BEAT)) {
                return Err(ColumnError::Beat);
            }
            if !range.contains(&slot.measured_at) {
                return Err(ColumnError::OutsideRange(slot.measured_at));
            }
            if slot.measured_at < before {
                return Err(ColumnError::Order(slot.measured_at));
            }
            before = slot.measured_at;
        }
        Ok(())
    }
}

impl AbsentRun {
    fn to_wire(self) -> AbsentWire {
        AbsentWire { slot: self.slot, count: self.count, reason: self.reason.wire() }
    }

    fn end(&self) -> u64 {
        u64::from(self.slot) + u64::from(self.count)
    }
}

fn read_vital(wire: &ColumnWire, frame: &Frame) -> Result<Vital, ColumnError> {
    let vital = Vital::from_wire(wire.vital).ok_or(ColumnError::UnknownVital(wire.vital))?;
    if vital.category() != frame.category {
        return Err(ColumnError::Category { vital });
    }
    if wire.exponent != vital.exponent() {
        return Err(ColumnError::Exponent { found: wire.exponent, expected: vital.exponent() });
    }
    Ok(vital)
}

fn read_runs(wire: &ColumnWire, vital: Vital, limit: usize) -> Result<Vec<Run>, ColumnError> {
    let starts = unpack_counted("run starts", &wire.starts, limit)?;
    let periods = unpack_counted("run periods", &wire.periods, limit)?;
    let counts = unpack_counted("run counts", &wire.counts, limit)?;
    if starts.is_empty() || starts.len() != periods.len() || starts.len() != counts.len() {
        return Err(ColumnError::Runs);
    }
    let mut left = limit;
    let mut runs = Vec::with_capacity(starts.len());
    for ((start, period), count) in starts.into_iter().zip(periods).zip(counts) {
        let slots = usize::try_from(count).ok().filter(|count| (1..=left).contains(count));
        left -= slots.ok_or(ColumnError::RunCount(count))?;
        let count = u32::try_from(count).map_err(|_| ColumnError::RunCount(count))?;
        runs.push(Run { start, period_us: read_period(period, vital)?, count });
    }
    Ok(runs)
}

fn unpack_counted(part: &'static str, bytes: &ByteString, limit: usize) -> Result<Vec<i64>, ColumnError> {
    packed::unpack_counted(&bytes.0, limit).map_err(|source| ColumnError::Packed { part, source })
}

fn read_period(period: i64, vital: Vital) -> Result<u64, ColumnError> {
    let least = if vital == Vital::RrInterval { 0 } else { 1 };
    u64::try_from(period)
        .ok()
        .filter(|period| (least..=MAX_PERIOD_US).contains(period))
        .ok_or(ColumnError::Period(period))
}

fn read_absent(wire: Option<&[AbsentWire]>, slots: usize) -> Result<Vec<AbsentRun>, ColumnError> {
    if wire.is_some_and(<[AbsentWire]>::is_empty) {
        return Err(ColumnError::Absences);
    }
    let mut runs: Vec<AbsentRun> = Vec::new();
    for item in wire.unwrap_or_default() {
        let reason = Absent::from_wire(item.reason).ok_or(ColumnError::Reason(item.reason))?;
        let run = AbsentRun { slot: item.slot, count: item.count, reason };
        let (end, same) = runs.last().map_or((0, false), |last| (last.end(), last.reason == reason));
        let joined = same && u64::from(run.slot) == end;
        if run.count == 0 || u64::from(run.slot) < end || joined || run.end() > slots as u64 {
            return Err(ColumnError::Absences);
        }
        runs.push(run);
    }
    Ok(runs)
}

fn read_numbers(bytes: &[u8], count: usize) -> Result<Vec<i32>, ColumnError> {
    let wide = packed::unpack(bytes, count)
        .map_err(|source: PackedError| ColumnError::Packed { part: "values", source })?;
    wide.into_iter().map(|number| i32::try_from(number).map_err(|_| ColumnError::Value(number))).collect()
}

fn read_quality(wire: &[u32], slots: usize) -> Result<Vec<QualityRun>, ColumnError> {
    let mut runs: Vec<QualityRun> = Vec::new();
    let mut covered = 0u64;
    for pair in wire.chunks(2) {
        let &[count, bits] = pair else { return Err(ColumnError::Quality) };
        let quality = Quality::from_bits(bits);
        if count == 0 || runs.last().is_some_and(|last| last.quality == quality) {
            return Err(ColumnError::Quality);
        }
        covered += u64::from(count);
        runs.push(QualityRun { count, quality });
    }
    if covered == slots as u64 { Ok(runs) } else { Err(ColumnError::Quality) }
}
