//! A decoded frame as a person and a program see it.

use crate::{
    output::{plural, table},
    reading_name,
    reading_object::ReadingObject,
    user_name::user_name,
    vitals,
};
use pulsebook_core::decode::{Decoded, Field, Format, Kind, Says};
use pulsebook_protocol::reading::{Reading, UnixMillis};
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
    #[serde(flatten)]
    reading: ReadingObject,
    #[serde(skip)]
    row: Vec<String>,
}

/// What a characteristic is for, in a word.
pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Stream => "stream",
        Kind::Spot => "measurement",
        Kind::About => "about",
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
            bytes: hex(bytes),
            fields: fields.iter().map(field_view).collect(),
            readings: decoded.map(|decoded| decoded.readings.iter().map(reading).collect()),
            battery_percent: decoded.and_then(|decoded| decoded.battery_percent),
            user_index: decoded.and_then(|decoded| decoded.user_index),
            length: bytes.len(),
        }
    }

    /// For a person.
    pub(super) fn lines(&self) -> Vec<String> {
        let length = plural(self.length as u64, "byte");
        let mut lines = vec![format!(
            "{}, {} of {} ({}), {length}",
            self.name, self.characteristic, self.service_name, self.service
        )];
        let rows: Vec<Vec<String>> =
            self.fields.iter().flat_map(FieldView::rows).chain(self.not_read()).collect();
        if !rows.is_empty() {
            lines.push(String::new());
            lines.extend(table(&["at", "raw", "field", "says"], &rows));
        }
        lines.extend(self.reading_lines());
        lines
    }

    fn reading_lines(&self) -> Vec<String> {
        let Some(readings) = &self.readings else { return Vec::new() };
        if readings.is_empty() {
            return vec![String::new(), format!("No reading comes of it{}.", self.instead())];
        }
        let rows: Vec<Vec<String>> = readings.iter().map(|reading| reading.row.clone()).collect();
        let mut lines = vec![String::new()];
        lines.extend(table(&["reading", "value", "when", "quality"], &rows));
        lines.extend(self.user_index.map(|user| format!("  of the sensor's {}", user_name(user))));
        lines
    }

    /// What a malformed frame has behind the fields that could be read.
    fn not_read(&self) -> Option<Vec<String>> {
        let read = self.fields.iter().map(FieldView::end).max().unwrap_or(0);
        let rest = self.bytes.get(read * 2..).filter(|rest| !rest.is_empty())?;
        Some(vec![read.to_string(), raw_shown(rest), "–".to_owned(), "not read".to_owned()])
    }

    /// What it is good for, when it has no readings.
    fn instead(&self) -> String {
        match (self.battery_percent, self.user_index, self.kind) {
            (Some(percent), ..) => format!(": the battery is at {percent} %"),
            (_, Some(user), _) => format!(": the sensor's user is {user}"),
            (_, _, "about") => ": it tells about the sensor or its user".to_owned(),
            (_, _, "control point") => ": it tells the sensor what to do, or answers".to_owned(),
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
            raw_shown(&self.raw),
            self.name.to_owned(),
            words.next().unwrap_or_default(),
        ];
        let more = words.map(|word| vec![String::new(), String::new(), String::new(), word]);
        std::iter::once(first).chain(more).collect()
    }

    fn end(&self) -> usize {
        self.at + self.raw.len() / 2
    }
}

fn raw_shown(raw: &str) -> String {
    let pairs: Vec<&str> = (0..raw.len()).step_by(2).filter_map(|at| raw.get(at..at + 2)).collect();
    match pairs.get(..RAW_SHOWN) {
        Some(shown) if pairs.len() > RAW_SHOWN => format!("{} …", shown.join(" ")),
        _ => pairs.join(" "),
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
    let raw = hex(&field.raw);
    FieldView { name: field.name, at: field.at, raw, value, unit, says: field.says.to_string(), set }
}

fn reading_view(reading: &Reading, received_at: UnixMillis) -> ReadingView {
    // The time is told in its own words, the rest as everywhere.
    let mut row = vitals::row(reading).into_iter().skip(1).collect::<Vec<_>>();
    row.insert(2.min(row.len()), when(reading.measured_at, received_at));
    ReadingView { reading: ReadingObject::new(reading), row }
}

/// A frame without a clock is dated by its reception; the beats before it by the time between them.
fn when(measured_at: UnixMillis, received_at: UnixMillis) -> String {
    match received_at - measured_at {
        0 => "when received".to_owned(),
        before @ 1..10_000 => format!("{before} ms before"),
        _ => reading_name::exact(measured_at),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulsebook_core::decode::{Context, FORMATS};

    fn view(number: u16, bytes: &[u8]) -> View {
        let mut formats = FORMATS.iter().copied().flatten();
        let format = formats.find(|format| format.characteristic.characteristic == number).unwrap();
        let (fields, read) = format.explain(bytes, &Context::at(1_700_000_000_000));
        View::new(format, bytes, &fields, read.as_ref().ok(), 1_700_000_000_000)
    }

    #[test]
    fn a_person_sees_every_field_and_every_reading() {
        // A test vector of Nordic's Android-BLE-Common-Library.
        let expected = [
            "Heart Rate Measurement, 2A37 of Heart Rate (180D), 6 bytes",
            "",
            "  at  raw    field                         says",
            "  0   1e     Flags                         Sensor Contact detected",
            "                                           Sensor Contact supported",
            "                                           Energy Expended present",
            "                                           RR-Interval present",
            "  1   55     Heart Rate Measurement Value  85 /min",
            "  2   32 00  Energy Expended               50 kJ",
            "  4   21 00  RR-Interval                   0.0322265625 s",
            "",
            "  reading             value     when           quality",
            "  heart rate          85 /min   when received  good",
            "  time between beats  32.23 ms  when received  good",
            "  energy spent        50 kJ     when received  good",
        ];
        assert_eq!(view(0x2A37, &[0x1E, 85, 50, 0, 33, 0]).lines(), expected);
    }

    #[test]
    fn a_malformed_frame_shows_what_was_read_and_what_was_not() {
        let lines = view(0x2A37, &[0x10, 85, 33]).lines();
        let expected = [
            "  1   55   Heart Rate Measurement Value  85 /min",
            "  2   21   –                             not read",
        ];
        assert_eq!(lines[lines.len() - 2..], expected);
        assert_eq!(serde_json::to_value(view(0x2A37, &[])).unwrap()["readings"], serde_json::Value::Null);
    }

    #[test]
    fn a_frame_without_readings_says_what_it_is_good_for() {
        let last = |number, bytes: &[u8]| view(number, bytes).lines().pop().unwrap();
        assert_eq!(last(0x2A19, &[87]), "No reading comes of it: the battery is at 87 %.");
        assert_eq!(last(0x2A9A, &[3]), "No reading comes of it: the sensor's user is 3.");
        assert_eq!(last(0x2A38, &[1]), "No reading comes of it: it tells about the sensor or its user.");
        assert_eq!(last(0x2A39, &[1]), "No reading comes of it: it tells the sensor what to do, or answers.");
    }
}
