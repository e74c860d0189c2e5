//! What an assessor remembers, as bytes: so that readings judged again after a restart get the same marks.

use super::{Assessor, followed, track::Track};
use crate::ble::SensorId;
use pulsebook_protocol::{
    cbor,
    reading::{Absent, Value},
    vital::Vital,
};

#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct Row {
    #[n(0)]
    sensor: String,
    #[n(1)]
    vital: u16,
    #[n(2)]
    latest: Option<(i64, u8, i32)>,
    #[n(3)]
    number: Option<(i64, i32)>,
    #[n(4)]
    equal_in_a_row: u32,
}

/// Most bytes of a snapshot: some hundred sensors.
const LIMIT: usize = 50_000;

impl Assessor {
    /// What it remembers of every sensor and vital.
    pub fn snapshot(&self) -> Vec<u8> {
        let row = |(sensor, vital, track): (&SensorId, Vital, &Track)| Row {
            sensor: sensor.as_str().to_owned(),
            vital: vital.wire(),
            latest: track.latest.map(|(at, value)| match value {
                Value::Number(number) => (at, 0, number),
                Value::Absent(absent) => (at, absent.wire(), 0),
            }),
            number: track.number,
            equal_in_a_row: track.equal_in_a_row,
        };
        let mut tracks: Vec<_> = self
            .tracks
            .iter()
            .flat_map(|(sensor, all)| all.iter().map(move |one| (sensor, one.vital, &one.track)))
            .collect();
        tracks.sort_by_key(|(sensor, vital, _)| (*sensor, *vital));
        cbor::encode(&tracks.into_iter().map(row).collect::<Vec<_>>())
    }

    /// Remembers what a snapshot says, in place of everything else. Bytes that are no snapshot change nothing.
    pub fn restore(&mut self, snapshot: &[u8]) {
        let Ok(rows) = cbor::decode::<Vec<Row>>(snapshot, LIMIT) else { return };
        let track = |row: Row| {
            let latest = row.latest.map(|(at, absent, number)| {
                (at, Absent::from_wire(absent).map_or(Value::Number(number), Value::Absent))
            });
            let (sensor, vital) = (SensorId::new(&row.sensor), Vital::from_wire(row.vital)?);
            Some((sensor, vital, Track { latest, number: row.number, equal_in_a_row: row.equal_in_a_row }))
        };
        self.tracks.clear();
        for (sensor, vital, track) in rows.into_iter().filter_map(track) {
            if let Some(one) = followed(self.tracks.entry(sensor).or_default(), vital, &self.limits) {
                one.track = track;
            }
        }
    }
}
