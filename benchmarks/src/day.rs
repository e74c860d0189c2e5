//! The patient-day: heart rate with RR intervals and oxygen with pulse each second, temperature each minute.
//!
//! Made here from a seed and nothing else, second by second, so that any length needs no memory. The sensors' clocks
//! keep a grid of one second that drifts by 15 millionths; each frame reaches the phone up to 45 ms later, one in a
//! hundred up to 300 ms. Values are correlated as a body's are: a slow wander, breathing in the RR intervals, sleep.

mod body;
mod frames;

use body::Body;
use pulsebook_core::ble::{Characteristic, Notification, Origin, Sensor, SensorId, UnixMillis};

/// 2026-03-01T00:00:00Z.
pub(crate) const START: UnixMillis = 1_772_323_200_000;

const STRAP: Characteristic = Characteristic::new(0x180D, 0x2A37);
const OXIMETER: Characteristic = Characteristic::new(0x1822, 0x2A5F);
const THERMOMETER: Characteristic = Characteristic::new(0x1809, 0x2A1C);

/// The notifications of some seconds, in order of receipt.
pub(crate) struct Day {
    body: Body,
    second: u64,
    end: u64,
    ids: [SensorId; 3],
    waiting: Vec<Notification>,
}

impl Day {
    /// So many seconds from the start on.
    pub(crate) fn seconds(end: u64) -> Day {
        let ids = ["strap", "oximeter", "thermometer"].map(SensorId::new);
        Day { body: Body::new(7), second: 0, end, ids, waiting: Vec::new() }
    }

    fn next_second(&mut self) {
        let second = self.body.next(self.second);
        let due = START + i64::try_from(self.second * 1_000_015 / 1_000).unwrap_or(0);
        let [strap, oximeter, thermometer] = &self.ids;
        let mut add = |sensor: &SensorId, characteristic, offset: i64, bytes| {
            let received_at = due + offset;
            self.waiting.push(Notification { sensor: sensor.clone(), characteristic, received_at, bytes });
        };
        let heart = frames::heart(second.rate, &second.beats);
        add(strap, STRAP, second.jitter[0], heart);
        let pair = frames::oxygen(second.saturation, second.pulse);
        add(oximeter, OXIMETER, 400 + second.jitter[1], pair);
        if let Some(centi) = second.temperature {
            let measured = START + i64::try_from(self.second * 1000).unwrap_or(0);
            add(thermometer, THERMOMETER, 700, frames::temperature(centi, measured));
        }
        self.waiting.sort_by_key(|notification| std::cmp::Reverse(notification.received_at));
        self.second += 1;
    }
}

impl Iterator for Day {
    type Item = Notification;

    fn next(&mut self) -> Option<Notification> {
        if self.waiting.is_empty() && self.second < self.end {
            self.next_second();
        }
        self.waiting.pop()
    }
}

/// The end of the hour in which a notification came.
pub(crate) fn hour_after(notification: Option<&Notification>) -> UnixMillis {
    let hour = notification.map_or(0, |notification| notification.received_at.div_euclid(3_600_000));
    (hour + 1) * 3_600_000
}

/// The three wearables.
pub(crate) fn sensors() -> Vec<Sensor> {
    let table = [
        ("strap", "heart-rate strap", Some(1000), STRAP),
        ("oximeter", "pulse oximeter", Some(1000), OXIMETER),
        ("thermometer", "thermometer patch", Some(60_000), THERMOMETER),
    ];
    let sensor = |(id, kind, cadence_ms, characteristic): (&str, &str, Option<u32>, Characteristic)| Sensor {
        id: SensorId::new(id),
        name: id.to_owned(),
        kind: kind.to_owned(),
        cadence_ms,
        has_clock: id == "thermometer",
        origin: Origin::Simulated,
        notifies: vec![characteristic],
    };
    table.into_iter().map(sensor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Floor;

    #[test]
    fn an_hour_is_the_same_each_time_decodes_and_comes_in_order() {
        let hour: Vec<Notification> = Day::seconds(3600).collect();
        assert!(hour.iter().eq(&Day::seconds(3600).collect::<Vec<_>>()));
        assert_eq!(hour.len(), 3600 + 3600 + 60);
        assert!(hour.is_sorted_by_key(|notification| notification.received_at));
        let floor = Floor::of(hour.iter());
        // A heart rate and a pair each second, a beat about as often, sixty temperatures.
        assert!((13_500.0..16_000.0).contains(&floor.readings()), "{}", floor.words());
        assert!(floor.bytes() / floor.readings() < 1.0, "{}", floor.words());
    }
}
