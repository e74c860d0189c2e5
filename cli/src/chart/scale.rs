//! Scales: which values and times the axes show, and where their marks stand.

use super::words::date_and_time;
use pulsebook_protocol::{
    reading::UnixMillis,
    vital::{Unit, Vital},
};
use std::ops::Range;

/// The axis of values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Values {
    /// From where to where it goes.
    pub(crate) range: Range<f64>,
    /// Where it has marks, with their labels.
    pub(crate) ticks: Vec<(f64, String)>,
}

/// A mark on the axis of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TimeTick {
    /// When.
    pub(crate) at: UnixMillis,
    /// The label.
    pub(crate) label: String,
    /// The day or year below it, where it changes.
    pub(crate) below: Option<String>,
}

/// The least that an axis spans, so that noise does not look like a storm: a tenth of what it shows, where nothing better
/// is known.
fn least_span(vital: Vital, shown: &Range<f64>) -> f64 {
    match vital {
        Vital::HeartRate | Vital::OximeterPulseRate | Vital::CuffPulseRate => 20.0,
        Vital::RrInterval => 200.0,
        Vital::OxygenSaturation => 6.0,
        Vital::BodyTemperature => 1.5,
        Vital::SystolicPressure | Vital::DiastolicPressure | Vital::MeanArterialPressure => 40.0,
        _ => (shown.start.abs().max(shown.end.abs()) / 10.0).max(10f64.powi(vital.exponent().into())),
    }
}

/// An axis for these values with at most about `most` marks at round numbers.
pub(crate) fn values(vital: Vital, shown: Option<Range<f64>>, most: usize) -> Values {
    let shown = shown.unwrap_or_else(|| usual(vital));
    let least = least_span(vital, &shown);
    let Range { start, end } = shown;
    let missing = (least - (end - start)).max(0.0);
    let (mut low, mut high) = (start - missing / 2.0, end + missing / 2.0);
    if vital.unit() == Unit::Percent && high > 100.0 {
        (low, high) = (low - (high - 100.0), 100.0);
    }
    let step = round_step((high - low) / most.max(1) as f64);
    let low = ((low / step).floor() * step).max(if start >= 0.0 { 0.0 } else { f64::MIN });
    let high = (high / step).ceil() * step;
    let count = ((high - low) / step).round() as usize;
    let decimals = (-step.log10().floor()).clamp(0.0, 4.0) as usize;
    let tick = |index: usize| {
        let value = low + index as f64 * step;
        (value, format!("{value:.decimals$}"))
    };
    Values { range: low..high, ticks: (0..=count).map(tick).collect() }
}

/// What an axis without any value shows.
fn usual(vital: Vital) -> Range<f64> {
    match vital {
        Vital::HeartRate | Vital::OximeterPulseRate | Vital::CuffPulseRate => 50.0..100.0,
        Vital::RrInterval => 600.0..1200.0,
        Vital::OxygenSaturation => 90.0..100.0,
        Vital::BodyTemperature => 36.0..38.0,
        Vital::SystolicPressure | Vital::DiastolicPressure | Vital::MeanArterialPressure => 60.0..140.0,
        _ => 0.0..100.0,
    }
}

/// 1, 2 or 5 times a power of ten.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.max(0.001).log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= least)
        .unwrap_or(power)
}

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const STEPS: [i64; 19] = [
    1000,
    2000,
    5000,
    10_000,
    15_000,
    30_000,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
];
const MONTHS: [i64; 8] = [1, 2, 3, 6, 12, 24, 60, 120];

/// Marks at round times (UTC), at most about `most`.
pub(crate) fn times(range: &Range<UnixMillis>, most: usize) -> Vec<TimeTick> {
    let least = (range.end - range.start).max(1) / i64::try_from(most.max(1)).unwrap_or(1);
    let weekly = (least <= 7 * DAY).then_some(7 * DAY);
    match STEPS.into_iter().find(|step| *step >= least).or(weekly) {
        Some(step) => stepped(range, step),
        None => {
            let months = MONTHS.into_iter().find(|months| months * 30 * DAY >= least).unwrap_or(120);
            monthly(range, months)
        }
    }
}

fn stepped(range: &Range<UnixMillis>, step: i64) -> Vec<TimeTick> {
    let mut last = String::new();
    let first = range.start.div_euclid(step) + i64::from(range.start.rem_euclid(step) > 0);
    let moments = (first..=range.end.div_euclid(step)).map(|number| number * step);
    let tick = |at| {
        let (date, time) = date_and_time(at);
        let seconds =
            if step < MINUTE { format!(":{:02}", at.rem_euclid(MINUTE) / 1000) } else { String::new() };
        let (label, below) = match step >= DAY {
            true => (day(&date), date.chars().take(4).collect()),
            false => (format!("{time}{seconds}"), format!("{} {}", day(&date), year(&date))),
        };
        TimeTick { at, label, below: changed(&mut last, below) }
    };
    moments.map(tick).collect()
}

fn monthly(range: &Range<UnixMillis>, months: i64) -> Vec<TimeTick> {
    let mut last = String::new();
    let mut ticks = Vec::new();
    for number in range.start.div_euclid(DAY)..=range.end.div_euclid(DAY) {
        let at = number * DAY;
        let (date, _) = date_and_time(at);
        let month = date.get(5..7).and_then(|month| month.parse::<i64>().ok()).unwrap_or(1) - 1;
        let months_since_0 = year(&date).parse::<i64>().unwrap_or(0) * 12 + month;
        if range.contains(&at) && date.ends_with("-01") && months_since_0 % months == 0 {
            let label = match months >= 12 {
                true => year(&date),
                false => month_name(&date).to_owned(),
            };
            let below = if months >= 12 { None } else { changed(&mut last, year(&date)) };
            ticks.push(TimeTick { at, label, below });
        }
    }
    ticks
}

fn changed(last: &mut String, text: String) -> Option<String> {
    (*last != text).then(|| {
        last.clone_from(&text);
        text
    })
}

fn year(date: &str) -> String {
    date.chars().take(4).collect()
}

/// "1 Mar".
fn day(date: &str) -> String {
    let number = date.get(8..10).unwrap_or("").trim_start_matches('0');
    format!("{number} {}", month_name(date))
}

fn month_name(date: &str) -> &'static str {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let number = date.get(5..7).and_then(|month| month.parse::<usize>().ok()).unwrap_or(1);
    NAMES.get(number.saturating_sub(1)).copied().unwrap_or("Jan")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::parse_moment;

    fn labels(from: &str, to: &str, most: usize) -> Vec<String> {
        let range = parse_moment(from).unwrap()..parse_moment(to).unwrap();
        let text =
            |tick: TimeTick| format!("{} {}", tick.label, tick.below.unwrap_or_default()).trim().to_owned();
        times(&range, most).into_iter().map(text).collect()
    }

    #[test]
    fn times_are_marked_at_round_moments_and_say_the_day_once() {
        assert_eq!(
            labels("2026-03-01T22:30:00Z", "2026-03-02T02:00:00Z", 5),
            ["23:00 1 Mar 2026", "00:00 2 Mar 2026", "01:00", "02:00"]
        );
        assert_eq!(
            labels("2026-02-26", "2026-03-02", 4),
            ["26 Feb 2026", "27 Feb", "28 Feb", "1 Mar", "2 Mar"]
        );
        let year = labels("2025-11-15", "2026-11-15", 12);
        assert_eq!((year.len(), year[0].as_str(), year[1].as_str()), (6, "Jan 2026", "Mar"));
    }

    #[test]
    fn an_axis_of_values_has_round_marks_and_does_not_exaggerate() {
        let flat = values(Vital::HeartRate, Some(71.0..72.0), 6);
        assert!(flat.range.end - flat.range.start >= 20.0, "{:?}", flat.range);
        let full = values(Vital::OxygenSaturation, Some(97.0..100.0), 6);
        assert_eq!((full.range.end, full.ticks.last().unwrap().1.as_str()), (100.0, "100"));
        let warm = values(Vital::BodyTemperature, Some(36.4..36.9), 6);
        assert!(warm.ticks.iter().all(|(_, label)| label.len() == 4), "{:?}", warm.ticks);
        // A falling trend goes below zero, and a counter that stands still has an axis.
        let trend = values(Vital::GlucoseTrend, Some(-2.5..1.0), 6);
        assert!(trend.range.start <= -2.5 && trend.range.end >= 1.0, "{:?}", trend.range);
        let still = values(Vital::Steps, Some(0.0..0.0), 6);
        assert!(still.range.end > still.range.start, "{:?}", still.range);
        let weight = values(Vital::BodyWeight, Some(70.1..70.4), 6);
        assert!((7.0..9.0).contains(&(weight.range.end - weight.range.start)), "{:?}", weight.range);
    }
}
