//! The wearables' series: how often they measure and what.

use crate::{
    body::Body,
    encode::{BATTERY, HEART_RATE, OXYGEN, PRESSURE, SPOT, TEMPERATURE},
    measured::Measured,
    monitor,
    random::Random,
    scenario::{Scenario, Wearable},
};
use pulsebook_core::ble::Characteristic;

const DAY_MS: i64 = 86_400_000;

/// One series of notifications: what comes next and when (milliseconds after the start).
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) characteristic: Characteristic,
    pub(crate) due: i64,
    turns: Turns,
    random: Random,
    beats: Beats,
    /// The glucose before, for the trend.
    glucose: Option<i32>,
}

/// When a series comes.
#[derive(Clone, Debug)]
enum Turns {
    /// So many milliseconds after the one before.
    Every(i64),
    /// At these minutes of each day, UTC.
    Daily(Vec<u16>),
}

/// The strap's beats: the end of the last one and the interval that runs, in 1/1024 s after the start.
#[derive(Clone, Debug, Default)]
struct Beats {
    last: i64,
    running: Option<u16>,
}

/// Every series of a wearable, with first times and periods. A series draws the same numbers whoever else is worn.
pub(crate) fn streams(seed: u64, worn: Wearable, scenario: &Scenario, start: i64) -> Vec<Stream> {
    let series = [
        (Wearable::Strap, HEART_RATE, 1000, 1000),
        (Wearable::Oximeter, OXYGEN, 1400, 1000),
        (Wearable::Thermometer, TEMPERATURE, 30_000, 600_000),
        (Wearable::Cuff, PRESSURE, 120_000, 1_800_000),
        (Wearable::Strap, BATTERY, 5_000, 1_800_000),
        (Wearable::SpotOximeter, SPOT, 20_000, 300_000),
        (Wearable::GlucoseMonitor, monitor::MEASUREMENT, 300_000, 300_000),
    ];
    let daily = worn.is_spot() && !scenario.diary.is_empty();
    let stream = |((_, characteristic, due, every), purpose)| {
        let turns = if daily { Turns::Daily(scenario.diary.clone()) } else { Turns::Every(every) };
        Stream {
            characteristic,
            due: if daily { turns.after(0, start) } else { due },
            turns,
            random: Random::new(seed, purpose),
            beats: Beats::default(),
            glucose: None,
        }
    };
    series.into_iter().zip(1..).filter(|((wearable, ..), _)| *wearable == worn).map(stream).collect()
}

impl Turns {
    /// The turn after this one, by milliseconds after the start.
    fn after(&self, elapsed: i64, start: i64) -> i64 {
        match self {
            Turns::Every(every) => elapsed + every,
            Turns::Daily(minutes) => {
                let now = start.saturating_add(elapsed);
                let day = now.div_euclid(DAY_MS);
                let turns = [day, day + 1].into_iter().flat_map(|day| {
                    minutes.iter().map(move |minute| day * DAY_MS + i64::from(*minute) * 60_000)
                });
                turns.filter(|turn| *turn > now).min().map_or(elapsed + DAY_MS, |turn| turn - start)
            }
        }
    }
}

impl Stream {
    /// Measures the body now (`start` + `due`) and sets the next time; `shown` is what the sensor's clock shows.
    pub(crate) fn measure(&mut self, body: &Body, (start, shown): (i64, i64), contact: bool) -> Measured {
        let elapsed = self.due;
        self.due = self.turns.after(elapsed, start);
        // Sensors' clocks count whole seconds.
        let at = shown.div_euclid(1000) * 1000;
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
            monitor::MEASUREMENT => {
                let glucose = body.glucose(&mut self.random);
                let before = self.glucose.replace(glucose).unwrap_or(glucose);
                // Its minutes are those of the session, which the monitor knows.
                let trend_tenths = (glucose - before) * 10 / i32::from(monitor::EVERY_MINUTES);
                Measured::Glucose { mg_dl: Some(glucose), trend_tenths, minutes: 0, at }
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
