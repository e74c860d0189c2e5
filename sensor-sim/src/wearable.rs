//! The wearables' series: how often they measure and what.

use crate::{
    body::Body,
    encode::{BATTERY, HEART_RATE, OXYGEN, PRESSURE, SPOT, TEMPERATURE},
    measured::Measured,
    random::Random,
    scenario::Wearable,
};
use pulsebook_core::ble::Characteristic;

/// One series of notifications: what comes next and when (milliseconds after the start).
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) characteristic: Characteristic,
    pub(crate) due: i64,
    every: i64,
    random: Random,
    beats: Beats,
}

/// The strap's beats: the end of the last one and the interval that runs, in 1/1024 s after the start.
#[derive(Clone, Debug, Default)]
struct Beats {
    last: i64,
    running: Option<u16>,
}

/// Every series of a wearable, with first times and periods. A series draws the same numbers whoever else is worn.
pub(crate) fn streams(seed: u64, worn: Wearable) -> Vec<Stream> {
    let series = [
        (Wearable::Strap, HEART_RATE, 1000, 1000),
        (Wearable::Oximeter, OXYGEN, 1400, 1000),
        (Wearable::Thermometer, TEMPERATURE, 30_000, 600_000),
        (Wearable::Cuff, PRESSURE, 120_000, 1_800_000),
        (Wearable::Strap, BATTERY, 5_000, 1_800_000),
        (Wearable::SpotOximeter, SPOT, 20_000, 300_000),
    ];
    let stream = |((_, characteristic, due, every), purpose)| Stream {
        characteristic,
        due,
        every,
        random: Random::new(seed, purpose),
        beats: Beats::default(),
    };
    series.into_iter().zip(1..).filter(|((wearable, ..), _)| *wearable == worn).map(stream).collect()
}

impl Stream {
    /// Measures the body now (`start` + `due`) and sets the next time.
    pub(crate) fn measure(&mut self, body: &Body, start: i64, contact: bool) -> Measured {
        let elapsed = self.due;
        self.due += self.every;
        // Sensors' clocks count whole seconds.
        let at = (start + elapsed).div_euclid(1000) * 1000;
        let pulse = body.heart_rate().round() as i32;
        match self.characteristic {
            HEART_RATE => {
                let rr = self.beats.until(elapsed * 1024 / 1000, || body.rr_interval(&mut self.random));
                Measured::Heart { rate: pulse as u16, rr, contact }
            }
            OXYGEN => Measured::Oxygen { saturation: Some(body.saturation()), pulse: Some(pulse) },
            SPOT => Measured::Spot { saturation: Some(body.saturation()), pulse: Some(pulse), at },
            TEMPERATURE => Measured::Temperature { hundredths: Some(body.temperature(&mut self.random)), at },
            PRESSURE => {
                let (systolic, diastolic, mean) = body.pressures(&mut self.random);
                Measured::Pressure { systolic, diastolic, mean: Some(mean), pulse, at }
            }
            _ => Measured::Battery(battery(elapsed)),
        }
    }

    /// How much later than sent the phone receives a notification: radio intervals and scheduling, 4–44 ms.
    pub(crate) fn delay(&mut self) -> i64 {
        4 + (self.random.unit() * 40.0) as i64
    }
}

impl Beats {
    /// The intervals that ended by now; the one still running waits for the next notification.
    fn until(&mut self, now: i64, mut draw: impl FnMut() -> u16) -> Vec<u16> {
        let mut ended = Vec::new();
        loop {
            let running = *self.running.get_or_insert_with(&mut draw);
            if self.last + i64::from(running) > now {
                return ended;
            }
            self.last += i64::from(running);
            self.running = None;
            ended.push(running);
        }
    }
}

/// Percent left: starts at 96 and loses one each hour, down to 5.
pub(crate) fn battery(elapsed_ms: i64) -> u8 {
    (96 - elapsed_ms / 3_600_000).max(5) as u8
}
