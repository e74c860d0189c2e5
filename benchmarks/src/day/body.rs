//! The body behind the wearables: beats, saturation, temperature, and how late the radio is.

use std::f64::consts::TAU;

/// What one second brings.
pub(super) struct Second {
    /// Beats a minute, as a strap averages them.
    pub(super) rate: u8,
    /// RR intervals that ended in this second, 1/1024 s.
    pub(super) beats: Vec<u16>,
    /// Percent.
    pub(super) saturation: u8,
    /// Beats a minute, as an oximeter averages them.
    pub(super) pulse: u8,
    /// Hundredths of a degree, each minute.
    pub(super) temperature: Option<i32>,
    /// Milliseconds that strap and oximeter come late.
    pub(super) jitter: [i64; 2],
}

pub(super) struct Body {
    random: Random,
    wander: f64,
    beat_at: f64,
    recent: [f64; 16],
    saturation: f64,
    warmth: f64,
}

impl Body {
    pub(super) fn new(seed: u64) -> Body {
        let random = Random(seed);
        Body { random, wander: 0.0, beat_at: 0.5, recent: [0.95; 16], saturation: 97.3, warmth: 0.0 }
    }

    pub(super) fn next(&mut self, second: u64) -> Second {
        let time = second as f64;
        self.wander = 0.997 * self.wander + 0.35 * self.random.normal();
        self.saturation += 0.01 * (97.3 - self.saturation) + 0.05 * self.random.normal();
        let beats = self.beats_until(time + 1.0);
        let minute = second.is_multiple_of(60);
        Second {
            rate: per_minute(&self.recent[..8]),
            beats,
            saturation: self.saturation.round().clamp(70.0, 100.0) as u8,
            pulse: per_minute(&self.recent),
            temperature: minute.then(|| self.temperature(time)),
            jitter: [self.late(), self.late()],
        }
    }

    fn beats_until(&mut self, end: f64) -> Vec<u16> {
        let mut beats = Vec::new();
        while self.beat_at < end {
            let awake = 8.0 * (TAU * (self.beat_at / 86_400.0 - 0.3)).sin();
            let mean = 60.0 / (64.0 + awake + self.wander).clamp(40.0, 160.0);
            let breath = 0.03 * (TAU * 0.24 * self.beat_at).sin();
            let interval = mean * (1.0 + breath + 0.012 * self.random.normal());
            self.beat_at += interval;
            self.recent.rotate_right(1);
            self.recent[0] = interval;
            beats.push((interval * 1024.0).round() as u16);
        }
        beats
    }

    fn temperature(&mut self, time: f64) -> i32 {
        self.warmth = 0.98 * self.warmth + 0.8 * self.random.normal();
        (3660.0 + 30.0 * (TAU * (time / 86_400.0 - 0.4)).sin() + self.warmth).round() as i32
    }

    fn late(&mut self) -> i64 {
        let most = if self.random.even() < 0.01 { 300.0 } else { 45.0 };
        (self.random.even() * most) as i64
    }
}

fn per_minute(intervals: &[f64]) -> u8 {
    let mean = intervals.iter().sum::<f64>() / intervals.len() as f64;
    (60.0 / mean).round().clamp(0.0, 255.0) as u8
}

/// splitmix64, so that the day is the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Evenly from 0 up to 1.
    fn even(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Mean 0, deviation 1: twelve even ones.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.even()).sum::<f64>() - 6.0
    }
}
