//! Readings summed up by vital, with their quality: for `show`, for a clinic's read, and for the demo.

use crate::{moment, output::table};
use pulsebook_protocol::{
    quality::Tier,
    reading::{Reading, Value},
    vital::Vital,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is known of one vital.
#[derive(Default, Serialize)]
struct Summary {
    unit: &'static str,
    readings: u64,
    good: u64,
    questionable: u64,
    error: u64,
    absent: u64,
    min: Option<f64>,
    max: Option<f64>,
    latest: Option<f64>,
    latest_at: Option<String>,
    #[serde(skip)]
    latest_ms: i64,
    /// The marks that occur, in words, with how often.
    marks: BTreeMap<&'static str, u64>,
}

/// Summaries by the vital's name.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Vitals(BTreeMap<&'static str, Summary>);

impl Vitals {
    /// Counts readings.
    pub(crate) fn add(&mut self, readings: impl IntoIterator<Item = Reading>) {
        for reading in readings {
            self.0.entry(reading.vital.name()).or_insert_with(|| Summary::of(reading.vital)).add(&reading);
        }
    }

    /// Whether nothing was counted.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Readings by the vital's name.
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.0.iter().map(|(name, summary)| (*name, summary.readings)).collect()
    }

    /// A table for a person, and under it what is known against the readings.
    pub(crate) fn lines(&self) -> Vec<String> {
        let head = [
            "vital",
            "unit",
            "readings",
            "good",
            "doubtful",
            "impossible",
            "absent",
            "lowest",
            "highest",
            "latest",
        ];
        let mut lines =
            table(&head, &self.0.iter().map(|(name, summary)| summary.row(name)).collect::<Vec<_>>());
        lines.extend(self.0.iter().filter_map(|(name, summary)| summary.marks_line(name)));
        lines
    }
}

impl Summary {
    fn of(vital: Vital) -> Summary {
        Summary { unit: vital.unit().symbol(), ..Summary::default() }
    }

    fn add(&mut self, reading: &Reading) {
        self.readings += 1;
        for mark in reading.quality.marks() {
            *self.marks.entry(mark.words()).or_default() += 1;
        }
        if matches!(reading.value, Value::Absent(_)) {
            self.absent += 1;
            return;
        }
        match reading.quality.tier() {
            Tier::Good => self.good += 1,
            Tier::Questionable => self.questionable += 1,
            // Kept and counted, but an impossible value is nobody's lowest or highest.
            Tier::Error => {
                self.error += 1;
                return;
            }
        }
        if let Some(value) = reading.value.in_unit(reading.vital) {
            self.value(value, reading.measured_at);
        }
    }

    fn value(&mut self, value: f64, at: i64) {
        self.min = Some(self.min.map_or(value, |min| min.min(value)));
        self.max = Some(self.max.map_or(value, |max| max.max(value)));
        if self.latest.is_none() || at >= self.latest_ms {
            (self.latest, self.latest_ms, self.latest_at) = (Some(value), at, Some(moment::rfc3339(at)));
        }
    }

    fn marks_line(&self, name: &str) -> Option<String> {
        let marks: Vec<String> = self.marks.iter().map(|(mark, count)| format!("{mark} ×{count}")).collect();
        (!marks.is_empty()).then(|| format!("  Marks on {name}: {}", marks.join(", ")))
    }

    fn row(&self, name: &str) -> Vec<String> {
        let number = |number: Option<f64>| number.map_or("–".to_owned(), short);
        let counts = [self.readings, self.good, self.questionable, self.error, self.absent]
            .map(|count| count.to_string());
        let values = [number(self.min), number(self.max), number(self.latest)];
        [name.to_owned(), self.unit.to_owned()].into_iter().chain(counts).chain(values).collect()
    }
}

/// One reading as a row: when, what, value, quality.
pub(crate) fn row(reading: &Reading) -> Vec<String> {
    let value = match reading.value {
        Value::Absent(why) => format!("absent: {}", why.words()),
        Value::Number(_) => {
            let number = reading.value.in_unit(reading.vital).map(short).unwrap_or_default();
            format!("{number} {}", reading.vital.unit().symbol())
        }
    };
    let quality = if reading.quality.is_good() { "good".to_owned() } else { reading.quality.to_string() };
    vec![moment::rfc3339(reading.measured_at), reading.vital.name().to_owned(), value, quality]
}

/// At most two decimals, none when they are zero.
fn short(number: f64) -> String {
    format!("{number:.2}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulsebook_protocol::{
        quality::{Mark, Quality},
        reading::Absent,
    };

    #[test]
    fn an_impossible_value_is_counted_and_is_no_highest() {
        let reading = |value, quality| Reading { vital: Vital::HeartRate, measured_at: 0, value, quality };
        let mut summary = Summary::of(Vital::HeartRate);
        summary.add(&reading(Value::Number(64), Quality::GOOD));
        summary.add(&reading(Value::Number(330), Quality::GOOD.with(Mark::Implausible)));
        summary.add(&reading(Value::Absent(Absent::NotANumber), Quality::GOOD));
        assert_eq!((summary.readings, summary.good, summary.error, summary.absent), (3, 1, 1, 1));
        assert_eq!(summary.max, Some(64.0));
    }

    #[test]
    fn numbers_have_no_needless_zeros() {
        assert_eq!((short(36.60), short(120.0), short(0.25)), ("36.6".into(), "120".into(), "0.25".into()));
    }
}
