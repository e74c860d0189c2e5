//! The simulated body: heart rate, saturation, temperature and pressure that hang together and follow the time of day.

use crate::{
    random::Random,
    scenario::{Activity, Fever, Meal, Persona, Rhythm, Scenario},
};

const DAY_MS: i64 = 86_400_000;

/// The body at one second of virtual time; it only moves forward.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    random: Random,
    persona: Persona,
    activity: Vec<Activity>,
    fever: Vec<Fever>,
    /// By milliseconds after the start, latest first.
    meals: Vec<(i64, f64)>,
    start: i64,
    duration_ms: i64,
    elapsed_ms: i64,
    heart_drift: f64,
    saturation_drift: f64,
    exertion: f64,
    /// Degrees above the usual.
    heat: f64,
    /// What was eaten and has not arrived, and what has and is not used up, in mg/dL.
    eaten: f64,
    sugar: f64,
}

/// Standard deviation of single RR intervals of an irregular rhythm.
const IRREGULAR_PERCENT: f64 = 16.0;

/// How much must be eaten for glucose to rise by one at its highest, as the two flows of [`Body::second`] have it.
const EATEN_FOR_ONE: f64 = 2.0;

/// Systolic, diastolic and mean pressure in mmHg.
pub(crate) type Pressures = (i32, i32, i32);

impl Body {
    pub(crate) fn new(scenario: &Scenario, seed: u64, start: i64, duration_ms: i64) -> Body {
        Body {
            random: Random::new(seed, 0),
            persona: scenario.persona.clone(),
            activity: scenario.activity.clone(),
            fever: scenario.fever.clone(),
            meals: meals(&scenario.meals, duration_ms),
            start,
            duration_ms,
            elapsed_ms: 0,
            heart_drift: 0.0,
            saturation_drift: 0.0,
            exertion: 0.0,
            heat: 0.0,
            eaten: 0.0,
            sugar: 0.0,
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
        let heat = self.fever.iter().find(|f| f.from <= done && done < f.to).map_or(0.0, |f| f.degrees);
        self.heat += (heat - self.heat) / 1200.0;
        while let Some((_, eaten)) = self.meals.pop_if(|(at, _)| *at <= self.elapsed_ms) {
            self.eaten += eaten;
        }
        let arriving = self.eaten / 1800.0;
        self.eaten -= arriving;
        self.sugar += arriving - self.sugar / 3600.0;
    }

    /// Beats per minute.
    pub(crate) fn heart_rate(&self) -> f64 {
        let rate = self.persona.resting_heart_rate + 5.0 * self.daily() + self.heart_drift + self.exertion
            // Ten beats more a degree (Liebermeister).
            + 10.0 * self.heat;
        rate.clamp(35.0, 205.0)
    }

    /// The next RR interval in 1/1024 s, drawn around the heart rate.
    pub(crate) fn rr_interval(&self, random: &mut Random) -> u16 {
        let percent = match self.persona.rhythm {
            Rhythm::Regular => self.persona.variability_percent,
            Rhythm::Irregular => IRREGULAR_PERCENT,
        };
        let variation = 1.0 + percent / 100.0 * random.normal().clamp(-2.5, 2.5);
        (60.0 * 1024.0 / self.heart_rate() * variation).round() as u16
    }

    /// Percent, whole as oximeters show it.
    pub(crate) fn saturation(&self) -> i32 {
        (self.persona.saturation + self.saturation_drift).clamp(94.0, 99.0).round() as i32
    }

    /// Hundredths of a degree Celsius.
    pub(crate) fn temperature(&self, random: &mut Random) -> i32 {
        let degrees = self.persona.temperature
            + 0.35 * self.daily()
            + 0.004 * self.exertion
            + 0.04 * random.normal()
            + self.heat;
        (degrees * 100.0).round() as i32
    }

    /// mg/dL in the fluid under the skin.
    pub(crate) fn glucose(&self, random: &mut Random) -> i32 {
        (self.persona.glucose + 3.0 * self.daily() + self.sugar + 0.8 * random.normal()).round() as i32
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

/// Meals by milliseconds after the start, latest first.
fn meals(meals: &[Meal], duration_ms: i64) -> Vec<(i64, f64)> {
    let moment = |meal: &Meal| ((meal.at * duration_ms as f64) as i64, meal.rise * EATEN_FOR_ONE);
    let mut all: Vec<(i64, f64)> = meals.iter().map(moment).collect();
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    all
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

    #[test]
    fn a_fever_warms_and_hurries_and_a_meal_raises_glucose_and_is_used_up() {
        let mut ill = body("fever", 12);
        ill.advance(60_000);
        let (before, beats) = (ill.temperature(&mut Random::new(1, 1)), ill.heart_rate());
        ill.advance(2_400_000);
        assert!(ill.temperature(&mut Random::new(1, 1)) > before + 100, "{before}");
        assert!(ill.heart_rate() > beats + 10.0);
        let mut fed = Body::new(&Scenario::load("cgm-day").unwrap(), 7, 0, 86_400_000);
        let mut random = Random::new(1, 1);
        let day: Vec<i32> = (0..288)
            .map(|five| {
                fed.advance(five * 300_000);
                fed.glucose(&mut random)
            })
            .collect();
        let (least, most) = (day.iter().min().unwrap(), day.iter().max().unwrap());
        assert!((70..110).contains(least) && (140..200).contains(most), "{least} {most}");
        let fastest = day.windows(2).map(|pair| (pair[1] - pair[0]).abs()).max().unwrap();
        assert!(fastest <= 20, "four mg/dL a minute is the most: {fastest} in five");
    }
}
