//! One reading as one line: for `show --list`, `collect --each` and `export --format readings`.

use crate::{
    chart::origin_word, exit::Outcome, output::Output, reading_name, reading_object::ReadingObject, vitals,
};
use pulsebook_protocol::reading::{Origin, Reading};
use serde::Serialize;

/// One reading, and where it stands.
#[derive(Serialize)]
pub(crate) struct ReadingLine<'a> {
    name: String,
    #[serde(flatten)]
    reading: ReadingObject,
    sensor: &'a str,
    origin: Option<&'static str>,
    block: Option<u64>,
    #[serde(skip)]
    text: String,
}

impl<'a> ReadingLine<'a> {
    /// A reading of this sensor that is in no block yet.
    pub(crate) fn new(reading: &Reading, sensor: &'a str) -> ReadingLine<'a> {
        let name = reading_name::name(reading.vital, reading.measured_at, sensor);
        // Time and vital stand in the name already.
        let rest = vitals::row(reading).into_iter().skip(2).collect::<Vec<_>>();
        ReadingLine {
            text: format!("{name}  {}", rest.join("  ")),
            name,
            reading: ReadingObject::new(reading),
            sensor,
            origin: None,
            block: None,
        }
    }

    /// Says where it comes from and in which block it is.
    pub(crate) fn kept(mut self, origin: Origin, block: Option<u64>) -> ReadingLine<'a> {
        (self.origin, self.block) = (Some(origin_word(origin)), block);
        self
    }

    /// Prints it for a person, or as one JSON object.
    ///
    /// # Errors
    /// It does not serialise.
    pub(crate) fn print(&self, out: Output) -> Outcome {
        if out.is_json() {
            return out.object(self);
        }
        out.say(&self.text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulsebook_protocol::{
        quality::{Mark, Quality},
        reading::Value,
        vital::Vital,
    };

    #[test]
    fn an_interval_between_beats_is_told_in_milliseconds() {
        let (vital, value) = (Vital::RrInterval, Value::Number(800));
        let reading =
            Reading { vital, measured_at: 0, value, quality: Quality::GOOD.with(Mark::Implausible) };
        let line = ReadingLine::new(&reading, "strap").kept(Origin::Simulated, Some(7));
        let object = serde_json::to_value(&line).unwrap();
        assert_eq!((&object["value"], &object["unit"]), (&781.25.into(), &"ms".into()));
        assert_eq!((&object["quality"], &object["block"]), (&"error".into(), &7.into()));
        assert_eq!(object["origin"], "simulated");
        assert!(line.text.contains("781.25 ms"), "{}", line.text);
    }
}
