//! Checks that need no memory: range, clock against reception, and values of one notification against each other.

use super::limits::{ClockLimits, Limits, VitalLimits};
use pulsebook_protocol::{
    quality::{Mark, Quality},
    reading::{Reading, UnixMillis, Value},
    vital::Vital,
};

/// Impossible or suspicious by its size alone.
pub(super) fn range(limits: &VitalLimits, value: Value) -> Quality {
    let within = |(least, greatest): (i32, i32), number| (least..=greatest).contains(&number);
    match value {
        Value::Number(number) if !within(limits.hard, number) => Quality::GOOD.with(Mark::Implausible),
        Value::Number(number) if !within(limits.soft, number) => Quality::GOOD.with(Mark::Unusual),
        _ => Quality::GOOD,
    }
}

/// A time too far before or after the reception. What a sensor stored may be as old as it is, and still not of the future.
pub(super) fn clock(limits: &ClockLimits, received_at: UnixMillis, reading: &Reading) -> Quality {
    let age = received_at.saturating_sub(reading.measured_at);
    let too_old = age > limits.late_ms && !reading.quality.has(Mark::FromStorage);
    if too_old || age < -limits.ahead_ms {
        return Quality::GOOD.with(Mark::ClockJump);
    }
    Quality::GOOD
}

/// Values of one notification that contradict each other.
pub(super) fn cross(limits: &Limits, readings: &mut [Reading]) {
    if pressures_contradict(readings) {
        let pressures = [Vital::SystolicPressure, Vital::MeanArterialPressure, Vital::DiastolicPressure];
        mark(readings, &pressures);
    }
    if rate_contradicts_intervals(limits.rr_cross_check.percent, readings) {
        mark(readings, &[Vital::HeartRate, Vital::RrInterval]);
    }
}

fn mark(readings: &mut [Reading], vitals: &[Vital]) {
    for reading in readings.iter_mut().filter(|reading| vitals.contains(&reading.vital)) {
        reading.quality = reading.quality.with(Mark::CrossCheck);
    }
}

fn numbers(readings: &[Reading], vital: Vital) -> impl Iterator<Item = i128> {
    readings.iter().filter(move |reading| reading.vital == vital).filter_map(|reading| match reading.value {
        Value::Number(number) => Some(i128::from(number)),
        Value::Absent(_) => None,
    })
}

/// Systolic > mean > diastolic, for as many of the three as there are.
fn pressures_contradict(readings: &[Reading]) -> bool {
    let falling = [Vital::SystolicPressure, Vital::MeanArterialPressure, Vital::DiastolicPressure];
    let present: Vec<i128> = falling.iter().filter_map(|vital| numbers(readings, *vital).next()).collect();
    present.windows(2).any(|pair| matches!(pair, [upper, lower] if upper <= lower))
}

/// The rate against 60 s over the mean interval (1/1024 s): |rate × mean − 61 440| more than the percentage of 61 440.
fn rate_contradicts_intervals(percent: i64, readings: &[Reading]) -> bool {
    let (sum, count) =
        numbers(readings, Vital::RrInterval).fold((0, 0), |(sum, count), rr| (sum + rr, count + 1));
    let Some(rate) = numbers(readings, Vital::HeartRate).next() else { return false };
    let expected = 60 * 1024 * count;
    count > 0 && (rate * sum - expected).abs() * 100 > i128::from(percent) * expected
}
