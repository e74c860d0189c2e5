//! Expected data that does not arrive: noticed when anything else does, said once.

use crate::ble::{Sensor, SensorId};
use pulsebook_protocol::reading::UnixMillis;
use std::collections::BTreeMap;

/// A stream is silent after so many of its cadences, and never before ten seconds.
const CADENCES: i64 = 10;
const LEAST_MS: i64 = 10_000;

#[derive(Debug, Default)]
pub(super) struct Silence {
    streams: BTreeMap<SensorId, Stream>,
    checked_at: UnixMillis,
}

#[derive(Debug)]
struct Stream {
    limit_ms: i64,
    heard_at: UnixMillis,
    said: bool,
}

/// A sensor that should have been heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Silent {
    pub(crate) sensor: SensorId,
    pub(crate) since: UnixMillis,
}

impl Silence {
    pub(super) fn heard(&mut self, sensor: &Sensor, at: UnixMillis) {
        let Some(cadence) = sensor.cadence_ms else { return };
        if let Some(stream) = self.streams.get_mut(&sensor.id) {
            stream.heard_at = stream.heard_at.max(at);
            stream.said = false;
            return;
        }
        let limit_ms = (i64::from(cadence) * CADENCES).max(LEAST_MS);
        self.streams.insert(sensor.id.clone(), Stream { limit_ms, heard_at: at, said: false });
    }

    /// At most once a second of received time.
    pub(super) fn check(&mut self, now: UnixMillis) -> Vec<Silent> {
        if now < self.checked_at + 1000 {
            return Vec::new();
        }
        self.checked_at = now;
        let mut silent = Vec::new();
        for (sensor, stream) in &mut self.streams {
            if !stream.said && now - stream.heard_at > stream.limit_ms {
                stream.said = true;
                silent.push(Silent { sensor: sensor.clone(), since: stream.heard_at });
            }
        }
        silent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ble::Origin;

    #[test]
    fn a_stream_that_stops_is_named_once_until_it_is_heard_again() {
        let id = SensorId::new("strap");
        let sensor = Sensor {
            id: id.clone(),
            name: String::new(),
            kind: String::new(),
            cadence_ms: Some(1000),
            has_clock: false,
            origin: Origin::Simulated,
            notifies: vec![],
        };
        let mut silence = Silence::default();
        silence.heard(&sensor, 100_000);
        assert_eq!(silence.check(110_000), []);
        assert_eq!(silence.check(111_001), [Silent { sensor: id.clone(), since: 100_000 }]);
        assert_eq!(silence.check(200_000), []);
        silence.heard(&sensor, 300_000);
        assert_eq!(silence.check(400_000), [Silent { sensor: id, since: 300_000 }]);
    }
}
