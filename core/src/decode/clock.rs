//! When something was measured: what its frame says of its own time, seen against what is known of the sensor's clock.
//!
//! The decisions are those of the HL7 Personal Health Device guide 2.0.0 for time stamps and coincident time stamps:
//! a time of the current timeline is moved by as much as the sensor's clock is off; one of an earlier timeline (the clock
//! was set anew since) means nothing unless it is believable by itself; without a time the moment of receiving holds.

mod zone;

pub use zone::Zone;

use pulsebook_protocol::{
    quality::{Mark, Quality},
    reading::UnixMillis,
};

/// A time as a sensor's clock shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stamp {
    /// None, or one that the sensor does not know.
    Missing,
    /// A date that does not exist.
    Impossible,
    /// Local time without zone, written as if it were UTC milliseconds.
    Local(i64),
    /// UTC milliseconds.
    Utc(UnixMillis),
    /// Milliseconds of a counter without calendar.
    Ticks(i64),
    /// By a clock that was set anew since.
    Outdated,
}

/// When something was measured, and the marks that go with that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) measured_at: UnixMillis,
    pub(super) quality: Quality,
}

/// One look at a sensor's clock: what it showed, and this device's clock at the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coincidence {
    /// What the sensor's clock showed.
    pub shown: Stamp,
    /// What this device's clock showed, UTC milliseconds.
    pub device_at: UnixMillis,
    /// How far apart the two looks can have been, in milliseconds.
    pub uncertainty_ms: u32,
}

/// What is known of one sensor's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SensorClock {
    /// How local clocks go where the device is.
    pub zone: Zone,
    now: Option<Coincidence>,
    before: Option<Coincidence>,
}

/// A clock that is off by no more is right: people do not set seconds.
const RIGHT_WITHIN_MS: i64 = 2_000;
/// A measurement may be this much later than the clock showed when it was looked at, beside the time that passed.
const SLACK_MS: i64 = 5_000;
/// Drift of a quartz that is still a quartz, in millionths; what exceeds it was set by somebody.
const MOST_DRIFT_PPM: i64 = 500;
/// Times of an earlier timeline are believed by themselves when they lie this far back at most: two years.
const BELIEVED_BACK_MS: i64 = 2 * 366 * 86_400_000;

impl Stamp {
    /// So many minutes later (or earlier); what is no time stays none.
    #[must_use]
    pub fn plus_minutes(self, minutes: i64) -> Stamp {
        let ms = minutes * 60_000;
        match self {
            Stamp::Local(at) => Stamp::Local(at.saturating_add(ms)),
            Stamp::Utc(at) => Stamp::Utc(at.saturating_add(ms)),
            Stamp::Ticks(at) => Stamp::Ticks(at.saturating_add(ms)),
            other => other,
        }
    }
}

impl SensorClock {
    /// A clock of which nothing is known yet.
    pub fn in_zone(zone: Zone) -> SensorClock {
        SensorClock { zone, ..SensorClock::default() }
    }

    /// The last looks at it, earlier first; at most two.
    pub(super) fn looks(&self) -> impl IntoIterator<Item = Coincidence> + use<> {
        [self.before, self.now].into_iter().flatten()
    }

    /// After another look at it. A look that shows no time changes nothing.
    #[must_use]
    pub fn seen(self, look: Coincidence) -> SensorClock {
        match look.shown {
            Stamp::Local(_) | Stamp::Utc(_) | Stamp::Ticks(_) => {
                SensorClock { now: Some(look), before: self.now, ..self }
            }
            Stamp::Missing | Stamp::Impossible | Stamp::Outdated => self,
        }
    }

    /// By how much this device's clock was ahead of it at the last look, in milliseconds; `None` for a counter, or when
    /// nobody has looked.
    pub fn lag_ms(&self) -> Option<i64> {
        self.now.and_then(|look| self.lag_of(look))
    }

    /// How fast it loses (positive) or gains against this device's, in millionths, by the last two looks; `None` when there
    /// were none, or when it was set in between.
    pub fn drift_ppm(&self) -> Option<i64> {
        let (now, before) = (self.now?, self.before?);
        let passed = now.device_at.checked_sub(before.device_at).filter(|passed| *passed > 0)?;
        let grown = self.lag_of(now)?.checked_sub(self.lag_of(before)?)?;
        let noise = i64::from(now.uncertainty_ms) + i64::from(before.uncertainty_ms) + 1_000;
        let most = passed.saturating_mul(MOST_DRIFT_PPM) / 1_000_000 + noise;
        (grown.abs() <= most).then(|| grown.saturating_mul(1_000_000) / passed)
    }

    /// Whether it was set, or jumped, between the last two looks.
    pub fn jumped(&self) -> bool {
        let both =
            self.now.zip(self.before).and_then(|(now, before)| self.lag_of(now).zip(self.lag_of(before)));
        both.is_some() && self.drift_ppm().is_none()
    }

    /// How far a time that it gives can be from the truth, in milliseconds, as far as the looks tell.
    pub fn uncertainty_ms(&self) -> Option<u32> {
        self.now.map(|look| look.uncertainty_ms)
    }

    /// When something with this stamp was measured.
    pub(super) fn moment(&self, stamp: Stamp, received_at: UnixMillis) -> Moment {
        let by_phone = |mark: Option<Mark>| {
            let quality = Quality::GOOD.with(Mark::PhoneTime);
            Moment { measured_at: received_at, quality: mark.map_or(quality, |mark| quality.with(mark)) }
        };
        match stamp {
            Stamp::Missing => by_phone(None),
            Stamp::Impossible | Stamp::Outdated => by_phone(Some(Mark::ClockJump)),
            Stamp::Ticks(at) => {
                self.counted(at, received_at).unwrap_or_else(|| by_phone(Some(Mark::ClockNotSet)))
            }
            Stamp::Local(_) | Stamp::Utc(_) => {
                let told = self.utc(stamp).unwrap_or(received_at);
                self.calendar(told, received_at).unwrap_or_else(|| by_phone(Some(Mark::ClockJump)))
            }
        }
    }

    /// A time of day. `None` when it is of an earlier timeline and not believable.
    fn calendar(&self, told: UnixMillis, received_at: UnixMillis) -> Option<Moment> {
        let as_told = Moment { measured_at: told, quality: Quality::GOOD };
        let Some((look, lag)) = self.now.zip(self.lag_ms()) else { return Some(as_told) };
        let shown = look.device_at - lag;
        if told > latest(shown, look.device_at, received_at) {
            let believed =
                (received_at.saturating_sub(BELIEVED_BACK_MS)..=received_at + SLACK_MS).contains(&told);
            return believed.then(|| Moment { quality: Quality::GOOD.with(Mark::ClockJump), ..as_told });
        }
        let lag = self.lag_at(told).unwrap_or(lag);
        if lag.abs() <= RIGHT_WITHIN_MS + i64::from(look.uncertainty_ms) {
            return Some(as_told);
        }
        let quality = Quality::GOOD.with(Mark::ClockCorrected);
        let quality = if self.jumped() { quality.with(Mark::ClockJump) } else { quality };
        Some(Moment { measured_at: told.saturating_add(lag), quality })
    }

    /// A counter's time, by how much it has counted since. `None` when it was started anew, or nobody looked at it.
    fn counted(&self, at: i64, received_at: UnixMillis) -> Option<Moment> {
        let look = self.now?;
        let Stamp::Ticks(shown) = look.shown else { return None };
        let quality = Quality::GOOD.with(Mark::ClockCorrected);
        let measured_at = look.device_at.saturating_add(at.saturating_sub(shown));
        (at <= latest(shown, look.device_at, received_at)).then_some(Moment { measured_at, quality })
    }

    /// The lag between two looks grows evenly when it was drift, and is that of the last look otherwise.
    fn lag_at(&self, told: UnixMillis) -> Option<i64> {
        let (now, before) = (self.now?, self.before?);
        self.drift_ppm()?;
        let (late, early) = (self.lag_of(now)?, self.lag_of(before)?);
        let (to, from) = (now.device_at - late, before.device_at - early);
        let span = to.checked_sub(from).filter(|span| *span > 0)?;
        let within = i128::from(told.clamp(from, to) - from);
        let grown = i128::from(late - early) * within / i128::from(span);
        i64::try_from(i128::from(early) + grown).ok()
    }

    fn lag_of(&self, look: Coincidence) -> Option<i64> {
        self.utc(look.shown).map(|shown| look.device_at.saturating_sub(shown))
    }

    fn utc(&self, stamp: Stamp) -> Option<UnixMillis> {
        match stamp {
            Stamp::Local(at) => Some(self.zone.utc_of(at)),
            Stamp::Utc(at) => Some(at),
            _ => None,
        }
    }
}

/// The latest that a clock can show for what is received now, if it showed this at that time.
fn latest(shown: i64, device_at: UnixMillis, received_at: UnixMillis) -> i64 {
    let passed = received_at.saturating_sub(device_at).max(0);
    shown.saturating_add(passed).saturating_add(SLACK_MS)
}

#[cfg(test)]
mod tests;
