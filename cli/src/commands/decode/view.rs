//! A decoded frame as a person and a program see it.

use crate::{
    output::{Output, plural, table},
    reading_name, vitals,
};
use pulsebook_core::decode::{Decoded, Field, Format, Kind, Says};
use pulsebook_protocol::{
    quality::{Mark, Tier},
    reading::{Reading, UnixMillis, Value},
};
use serde::Serialize;

/// Most bytes of one field that a line shows; the first line has them all.
const RAW_SHOWN: usize = 8;

/// One frame; docs/cli.md tells what each field of the object is.
#[derive(Serialize)]
pub(super) struct View {
    characteristic: String,
    service: String,
    service_name: &'static str,
    name: &'static str,
    kind: &'static str,
    bytes: String,
    fields: Vec<FieldView>,
    readings: Option<Vec<ReadingView>>,
    battery_percent: Option<u8>,
    user_index: Option<u8>,
    #[serde(skip)]
    length: usize,
}

#[derive(Serialize)]
struct FieldView {
    name: &'static str,
    at: usize,
    raw: String,
    value: Option<f64>,
    unit: Option<&'static str>,
    says: String,
    set: Option<Vec<String>>,
}

#[derive(Serialize)]
struct ReadingView {
    vital: &'static str,
    value: Option<f64>,
    unit: &'static str,
    absent: Option<&'static str>,
    measured_at: String,
    measured_at_ms: UnixMillis,
    quality: &'static str,
    marks: Vec<&'static str>,
    #[serde(skip)]
    row: Vec<String>,
}

/// What a characteristic is for, in a word.
pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Stream => "stream",
        Kind::Spot => "measurement",
        Kind::About => "about the sensor",
        Kind::Control => "control point",
    }
}

impl View {
    pub(super) fn new(
        format: &'static Format,
        bytes: &[u8],
        fields: &[Field],
        decoded: Option<&Decoded>,
        received_at: UnixMillis,
    ) -> View {
        let reading = |reading: &Reading| reading_view(reading, received_at);
        View {
            characteristic: format!("{:04X}", format.characteristic.characteristic),
            service: format!("{:04X}", format.characteristic.service),
            service_name: format.service_name(),
            name: format.name,
            kind: kind(format.kind),
            bytes: hex(bytes, ""),
            fields: fields.iter().map(field_view).collect(),
            readings: decoded.map(|decoded| decoded.readings.iter().map(reading).collect()),
            battery_percent: decoded.and_then(|decoded| decoded.battery_percent),
            user_index: decoded.and_then(|decoded| decoded.user_index),
            length: bytes.len(),
        }
    }

    /// Tells a person.
    pub(super) fn say(&self, out: Output) {
        let length = plural(self.length as u64, "byte");
        out.say(format_args!(
            "{}, {} of {} ({}), {length}",
            self.name, self.characteristic, self.service_name, self.service
        ));
        let rows: Vec<Vec<String>> = self.fields.iter().flat_map(FieldView::rows).collect();
        if !rows.is_empty() {
            out.say("");
            table(&["at", "raw", "field", "says"], &rows).iter().for_each(|line| out.say(line));
        }
        self.say_readings(out);
    }

    fn say_readings(&self, out: Output) {
        let Some(readings) = &self.readings else { return };
        out.say("");
        if readings.is_empty() {
            out.say(format_args!("No reading comes of it{}.", self.instead()));
        } else {
            let rows: Vec<Vec<String>> = readings.iter().map(|reading| reading.row.clone()).collect();
            table(&["reading", "value", "when", "quality"], &rows).iter().for_each(|line| out.say(line));
        }
        if let Some(user) = self.user_index {
            out.say(format_args!("  by the sensor's user {user}"));
        }
    }

    /// What it is good for, when it has no readings.
    fn instead(&self) -> String {
        match (self.battery_percent, self.kind) {
            (Some(percent), _) => format!(": the battery is at {percent} %"),
            (None, "about the sensor") => ": it tells about the sensor".to_owned(),
            (None, "control point") => ": it tells the sensor what to do, or answers".to_owned(),
            _ => String::new(),
        }
    }
}

impl FieldView {
    /// One line; each flag that is set has a line of its own.
    fn rows(&self) -> Vec<Vec<String>> {
        let mut words = match &self.set {
            Some(set) if !set.is_empty() => set.clone(),
            _ => vec![self.says.clone()],
        }
        .into_iter();
        let first = vec![
            self.at.to_string(),
            self.raw_shown(),
            self.name.to_owned(),
            words.next().unwrap_or_default(),
        ];
        let more = words.map(|word| vec![String::new(), String::new(), String::new(), word]);
        std::iter::once(first).chain(more).collect()
    }

    fn raw_shown(&self) -> String {
        let pairs: Vec<&str> =
            (0..self.raw.len()).step_by(2).filter_map(|at| self.raw.get(at..at + 2)).collect();
        match pairs.get(..RAW_SHOWN) {
            Some(shown) if pairs.len() > RAW_SHOWN => format!("{} …", shown.join(" ")),
            _ => pairs.join(" "),
        }
    }
}

fn field_view(field: &Field) -> FieldView {
    let (value, unit) = match field.says {
        Says::Count(number) => (Some(number as f64), None),
        Says::Number(number, unit) => (Some(number), Some(unit)),
        _ => (None, None),
    };
    let set = match &field.says {
        Says::Flags(set) => Some(set.clone()),
        _ => None,
    };
    let raw = hex(&field.raw, "");
    FieldView { name: field.name, at: field.at, raw, value, unit, says: field.says.to_string(), set }
}

fn reading_view(reading: &Reading, received_at: UnixMillis) -> ReadingView {
    // The time is told in its own words, the rest as everywhere.
    let mut row = vitals::row(reading).into_iter().skip(1).collect::<Vec<_>>();
    row.insert(2.min(row.len()), when(reading.measured_at, received_at));
    ReadingView {
        vital: reading.vital.name(),
        value: reading.value.in_unit(reading.vital),
        unit: reading.vital.unit().symbol(),
        absent: match reading.value {
            Value::Absent(why) => Some(why.words()),
            Value::Number(_) => None,
        },
        measured_at: reading_name::exact(reading.measured_at),
        measured_at_ms: reading.measured_at,
        quality: match reading.quality.tier() {
            Tier::Good => "good",
            Tier::Questionable => "questionable",
            Tier::Error => "error",
        },
        marks: reading.quality.marks().map(Mark::words).collect(),
        row,
    }
}

/// A frame without a clock is dated by its reception; the beats before it by the time between them.
fn when(measured_at: UnixMillis, received_at: UnixMillis) -> String {
    match received_at - measured_at {
        0 => "when received".to_owned(),
        before @ 1..10_000 => format!("{before} ms before"),
        _ => reading_name::exact(measured_at),
    }
}

fn hex(bytes: &[u8], between: &str) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}
