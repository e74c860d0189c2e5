//! The words on a chart: what, in which unit, when, from where. No word of a chart judges a body.

use super::Chart;
use crate::moment;
use pulsebook_protocol::{
    reading::{Origin, UnixMillis},
    vital::{Category, Unit, Vital},
};

/// "Heart rate in beats per minute"; what is counted is its own unit.
pub(crate) fn title(chart: &Chart) -> String {
    let name = chart.charted.name();
    let first: String = name.chars().take(1).flat_map(char::to_uppercase).collect();
    let rest: String = name.chars().skip(1).collect();
    match unit(chart.charted.vital()) {
        Some(unit) => format!("{first}{rest} in {unit}"),
        None => format!("{first}{rest}"),
    }
}

/// The unit in full words where a symbol alone says little.
fn unit(vital: Vital) -> Option<&'static str> {
    match (vital.unit(), vital.category()) {
        (Unit::PerMinute, Category::Breathing) => Some("breaths per minute"),
        (Unit::PerMinute, Category::Activity) => None,
        (Unit::PerMinute, _) => Some("beats per minute"),
        (Unit::Second1024th, _) => Some("milliseconds"),
        (Unit::Step | Unit::Turn, _) => None,
        (other, _) => Some(other.symbol()),
    }
}

/// "2026-03-01 12:00 to 13:00 UTC, measured readings".
pub(crate) fn subtitle(chart: &Chart) -> String {
    let (from, to) = (moment::minute(chart.range.start), moment::minute(chart.range.end));
    let from = from.trim_end_matches(" UTC").to_owned();
    let to = match (from.split_once(' '), to.split_once(' ')) {
        (Some((day, _)), Some((other, time))) if day == other => time.to_owned(),
        _ => to,
    };
    match chart.origin() {
        Some(origin) => format!("{from} to {to}, {} readings", origin_word(origin)),
        None => format!("{from} to {to}"),
    }
}

/// A warning that stands apart when the readings are of no living body, or of another time.
pub(crate) fn badge(chart: &Chart) -> Option<&'static str> {
    match chart.origin()? {
        Origin::Simulated => Some("SIMULATED"),
        Origin::Replayed => Some("REPLAYED RECORDING"),
        Origin::Measured | Origin::Manual => None,
    }
}

/// Where readings come from, as an adjective.
pub(crate) fn origin_word(origin: Origin) -> &'static str {
    match origin {
        Origin::Measured => "measured",
        Origin::Simulated => "simulated",
        Origin::Replayed => "replayed",
        Origin::Manual => "typed",
    }
}

/// "15 s", "2 min", "9 h", "2 days".
pub(crate) fn length(ms: i64) -> String {
    let tenths = |unit: i64| {
        let tenths = (ms * 10 + unit / 2) / unit;
        if tenths % 10 == 0 { format!("{}", tenths / 10) } else { format!("{}.{}", tenths / 10, tenths % 10) }
    };
    match ms {
        ..60_000 => format!("{} s", tenths(1000)),
        60_000..3_600_000 => format!("{} min", tenths(60_000)),
        3_600_000..86_400_000 => format!("{} h", tenths(3_600_000)),
        86_400_000 => "1 day".to_owned(),
        _ => format!("{} days", tenths(86_400_000)),
    }
}

/// "2026-03-01", "12:00" of a moment.
pub(crate) fn date_and_time(at: UnixMillis) -> (String, String) {
    let text = moment::rfc3339(at);
    let (date, time) = text.split_once('T').unwrap_or((&text, ""));
    (date.to_owned(), time.chars().take(5).collect())
}
