//! The simulated body: heart rate, saturation, temperature and pressure that hang together and follow the time of day.

use crate::{
    random::Random,
    scenario::{Activity, Persona, Scenario},
};

const DAY_MS: i64 = 86_400_000;

/// The body at one second of virtual time; it only moves forward.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    random: Random,
    persona: Persona,
    activity: Vec<Activity>,
    start: i64,
    duration_ms: i64,
    elapsed_ms: i64,
    heart_drift: f64,
    saturation_drift: f64,
    exertion: f64,
}

/// Systolic, diastolic and mean pressure in mmHg.
pub(crate) type Pressures = (i32, i32, i32);

impl Body {
    pub(crate) fn new(scenario: &Scenario, seed: u64, start: i64, duration_ms: i64) -> Body {
        Body {
            random: Random::new(seed, 0),
            persona: scenario.persona.clone(),
            activity: scenario.activity.clone(),
            start,
            duration_ms,
            elapsed_ms: 0,
            heart_drift: 0.0,
            saturation_drift: 0.0,
            exertion: 0.0,
        }
    }

    /// Lives on, second by second, until this many milliseconds after the start.
    pub(crate) fn advance(&mut self, elapsed_ms: i64) {
        while self.elapsed_ms + 1000 <= elapsed_ms {
            self.elapsed_ms += 1000;
            self.second();
        }
    }

    /// Drifts wander and are pulled back (mean reversion); exertion follows the activity with some inertia.
    fn second(&mut self) {
        self.heart_drift += 0.35 * self.random.normal() - self.heart_drift / 90.0;
        self.saturation_drift += 0.03 * self.random.normal() - self.saturation_drift / 200.0;
        let done = self.elapsed_ms as f64 / self.duration_ms.max(1) as f64;
        let wanted = self.activity.iter().find(|a| a.from <= done && done < a.to).map_or(0.0, |a| a.rise);
        self.exertion += (wanted - self.exertion) / 60.0;
    }

    /// Beats per minute.
    pub(crate) fn heart_rate(&self) -> f64 {
        let rate = self.persona.resting_heart_rate + 5.0 * self.daily() + self.heart_drift + self.exertion;
        rate.clamp(35.0, 205.0)
    }

    /// The next RR interval in 1/1024 s, drawn around the heart rate.
    pub(crate) fn rr_interval(&self, random: &mut Random) -> u16 {
        let variation = 1.0 + self.persona.variability_percent / 100.0 * random.normal().clamp(-2.5, 2.5);
        (60.0 * 1024.0 / self.heart_rate() * variation).round() as u16
    }

    /// Percent, whole as oximeters show it.
    pub(crate) fn saturation(&self) -> i32 {
        (self.persona.saturation + self.saturation_drift).clamp(94.0, 99.0).round() as i32
    }

    /// Hundredths of a degree Celsius.
    pub(crate) fn temperature(&self, random: &mut Random) -> i32 {
        let degrees =
            self.persona.temperature + 0.35 * self.daily() + 0.004 * self.exertion + 0.04 * random.normal();
        (degrees * 100.0).round() as i32
    }

    /// Pressures with the mean a third of the way from diastolic to systolic.
    pub(crate) fn pressures(&self, random: &mut Random) -> Pressures {
        let daily = self.daily();
        let systolic = self.persona.systolic + 4.0 * daily + 0.4 * self.exertion + 2.5 * random.normal();
        let diastolic = self.persona.diastolic + 2.0 * daily + 0.05 * self.exertion + 1.5 * random.normal();
        let diastolic = diastolic.round().max(40.0);
        let systolic = systolic.round().max(diastolic + 15.0);
        (systolic as i32, diastolic as i32, (diastolic + (systolic - diastolic) / 3.0).round() as i32)
    }

    /// −1 at five in the morning, +1 at five in the afternoon (UTC).
    fn daily(&self) -> f64 {
        let of_day = (self.start + self.elapsed_ms - 11 * 3_600_000).rem_euclid(DAY_MS);
        wave(of_day as f64 / DAY_MS as f64)
    }
}

/// A sine by two parabolas: the sine of the C library may differ between machines in its last bit.
fn wave(turn: f64) -> f64 {
    if turn < 0.5 { 16.0 * turn * (0.5 - turn) } else { -16.0 * (turn - 0.5) * (1.0 - turn) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(scenario: &str, hour: i64) -> Body {
        Body::new(&Scenario::load(scenario).unwrap(), 7, hour * 3_600_000, 3_600_000)
    }

    #[test]
    fn afternoons_are_warmer_than_mornings() {
        let temperature = |hour| body("rest", hour).temperature(&mut Random::new(1, 1));
        assert!(temperature(17) > temperature(5) + 50);
    }

    #[test]
    fn a_run_raises_the_heart_rate_and_it_comes_down_again() {
        let mut body = body("exercise", 12);
        let mut rate_at = |minute: i64| {
            body.advance(minute * 60_000);
            body.heart_rate()
        };
        let (before, during, after) = (rate_at(8), rate_at(30), rate_at(58));
        assert!(during > before + 50.0 && after < before + 20.0, "{before} {during} {after}");
    }

    #[test]
    fn a_day_at_rest_stays_physiological() {
        let mut body = body("rest", 0);
        let mut random = Random::new(3, 3);
        for minute in 0..1440 {
            body.advance(minute * 60_000);
            let (systolic, diastolic, mean) = body.pressures(&mut random);
            assert!((45.0..95.0).contains(&body.heart_rate()) && (94..=99).contains(&body.saturation()));
            assert!(
                systolic > mean && mean > diastolic && (3550..3780).contains(&body.temperature(&mut random))
            );
        }
    }
}
