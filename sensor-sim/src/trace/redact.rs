//! Taking identifiers out of a trace: each gets a pseudonym that stays the same within the trace and says nothing.

use super::{
    hex,
    line::{Bytes, Line},
};
use std::collections::BTreeMap;

/// User Data: all of it is about a person.
const USER_DATA: &str = "181C";
const SYSTEM_ID: &str = "2A23";
const SERIAL: &str = "2A25";
const UDI: &str = "2BFF";
const DEVICE_NAME: &str = "2A00";
const MANUFACTURER: &str = "2A29";

/// The manufacturer that every simulated sensor names; what is played must go on saying that it is simulated.
const SIMULATED: &[u8] = b"Pulsebook Simulated Devices";

/// The texts of Device Information: manufacturer, model, revisions of hardware, firmware and software.
const TEXTS: [&str; 5] = [MANUFACTURER, "2A24", "2A27", "2A26", "2A28"];

/// The pseudonyms of one trace.
#[derive(Debug, Default)]
pub(super) struct Pseudonyms {
    /// Sensors by their names for the transport, numbered from 1.
    sensors: BTreeMap<String, usize>,
    /// What was read of any kind, numbered from 1 within its kind.
    values: BTreeMap<(String, String), usize>,
}

impl Pseudonyms {
    /// The same line without identifiers.
    pub(super) fn redact(&mut self, mut line: Line) -> Line {
        let next = self.sensors.len() + 1;
        let number = *self.sensors.entry(std::mem::take(&mut line.sensor)).or_insert(next);
        line.sensor = format!("sensor-{number}");
        if let Some(about) = &mut line.about {
            about.name = format!("Sensor {number}");
        }
        line.bytes = self.bytes(&line);
        line
    }

    fn bytes(&mut self, line: &Line) -> Bytes {
        let (Bytes::Hex(text), Some(at)) = (&line.bytes, &line.characteristic) else {
            return line.bytes.clone();
        };
        if line.service.as_deref() == Some(USER_DATA) {
            return Bytes::TakenOut(());
        }
        let simulated = hex::bytes(text).is_some_and(|bytes| bytes == SIMULATED);
        let at = at.as_str();
        if simulated || !([SYSTEM_ID, SERIAL, UDI, DEVICE_NAME].contains(&at) || TEXTS.contains(&at)) {
            return line.bytes.clone();
        }
        let number = self.number(at, text);
        Bytes::Hex(hex::of(&match at {
            // Eight bytes of an organisation that does not exist: core knows the sensor by them as it did by its own.
            SYSTEM_ID => {
                [&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()[..], &[0xFE, 0xFF, 0, 0]].concat()
            }
            SERIAL => format!("serial-{number}").into_bytes(),
            // Flags: a label and a device identifier follow.
            UDI => format!("\u{3}(01){number:014}(21)serial-{number}\0{number:014}\0").into_bytes(),
            DEVICE_NAME => format!("Sensor {number}").into_bytes(),
            _ => format!("text-{number}").into_bytes(),
        }))
    }

    fn number(&mut self, at: &str, text: &str) -> usize {
        let next = 1 + self.values.keys().filter(|(kind, _)| kind == at).count();
        *self.values.entry((at.to_owned(), text.to_owned())).or_insert(next)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::line::Direction, *};
    use pulsebook_core::ble::Characteristic;

    fn read(sensor: &str, service: u16, number: u16, bytes: &[u8]) -> Line {
        let line = Line::bare(0, sensor, Direction::Read).at(Characteristic::new(service, number));
        Line { bytes: Bytes::Hex(hex::of(bytes)), ..line }
    }

    #[test]
    fn what_names_a_sensor_or_a_person_is_replaced_and_stays_the_same() {
        let mut names = Pseudonyms::default();
        let mut serial = |sensor: &str, bytes: &[u8]| names.redact(read(sensor, 0x180A, 0x2A25, bytes));
        let (one, other) = (serial("C2:50:42:00:00:01", b"A-77"), serial("C2:50:42:00:00:02", b"B-78"));
        assert_eq!((one.sensor.as_str(), other.sensor.as_str()), ("sensor-1", "sensor-2"));
        assert_eq!(one.bytes, Bytes::Hex(hex::of(b"serial-1")));
        assert_eq!(serial("C2:50:42:00:00:01", b"A-77"), one);
        assert_ne!(one.bytes, other.bytes);
        let born = names.redact(read("x", 0x181C, 0x2A85, &[0xB2, 7, 1, 1]));
        assert_eq!(born.bytes, Bytes::TakenOut(()));
        let rate = read("x", 0x180D, 0x2A37, &[0, 72]);
        assert_eq!(names.redact(rate.clone()).bytes, rate.bytes);
    }

    #[test]
    fn a_simulated_sensor_goes_on_saying_that_it_is_simulated() {
        let maker = |bytes: &[u8]| Pseudonyms::default().redact(read("x", 0x180A, 0x2A29, bytes)).bytes;
        assert_eq!(maker(SIMULATED), Bytes::Hex(hex::of(SIMULATED)));
        assert_eq!(maker(b"Acme"), Bytes::Hex(hex::of(b"text-1")));
    }
}
