//! When something was measured: what its frame says of its own time, seen against what is known of the sensor's clock.
//!
//! The decisions are those of the HL7 Personal Health Device guide 2.0.0 for time stamps and coincident time stamps, where a
//! frame says by itself what kind of clock dated it: a clock that an outer source keeps right is believed as it is; a time
//! of the current timeline is moved by as much as the sensor's clock is off; one of an earlier timeline is thrown away;
//! without a time the moment of receiving holds. Most frames say nothing of that kind. What two looks at the clock say of
//! its timelines decides then, and a time that is believable by itself is kept with a mark.

mod line;
mod zone;

pub use zone::Zone;

use line::{Line, Looks, Told};
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
    /// As [`Stamp::Local`], by a clock that an outer source keeps right.
    SyncedLocal(i64),
    /// As [`Stamp::Utc`], by such a clock.
    SyncedUtc(UnixMillis),
    /// By a clock that nothing keeps right and that was set anew since, or by a counter that began again.
    Outdated,
}

/// Stands for the time of what was measured nobody knows when: no reading comes of it.
pub(super) const NEVER: UnixMillis = UnixMillis::MIN;

/// When something was measured, and the marks that go with that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When, UTC milliseconds.
    pub measured_at: UnixMillis,
    /// What is known against that time.
    pub quality: Quality,
}

impl Moment {
    /// A time that nothing is known against.
    pub fn new(measured_at: UnixMillis) -> Moment {
        Moment { measured_at, quality: Quality::GOOD }
    }

    /// The same with one more mark.
    #[must_use]
    pub fn with(self, mark: Mark) -> Moment {
        Moment { quality: self.quality.with(mark), ..self }
    }

    fn doubted(self, doubtful: bool) -> Moment {
        if doubtful { self.with(Mark::ClockJump) } else { self }
    }
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
    local: Looks,
    utc: Looks,
    ticks: Looks,
    /// It said that it needs to be set.
    not_set: bool,
}

/// A clock that is off by no more is right: people do not set seconds.
const RIGHT_WITHIN_MS: u64 = 2_000;
/// A measurement may be this much later than the clock showed when it was looked at, beside the time that passed.
const SLACK_MS: i64 = 5_000;
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
            Stamp::SyncedLocal(at) => Stamp::SyncedLocal(at.saturating_add(ms)),
            Stamp::SyncedUtc(at) => Stamp::SyncedUtc(at.saturating_add(ms)),
            other => other,
        }
    }
}

impl SensorClock {
    /// A clock of which nothing is known yet.
    pub fn in_zone(zone: Zone) -> SensorClock {
        SensorClock { zone, ..SensorClock::default() }
    }

    /// The last looks at it, earlier first; at most two of each kind of time.
    pub(super) fn looks(&self) -> impl IntoIterator<Item = Coincidence> + use<> {
        let kinds = [self.local, self.utc, self.ticks];
        kinds.into_iter().flat_map(|looks| [looks.before, looks.now]).flatten()
    }

    /// After another look at it. A look that shows no time changes nothing.
    #[must_use]
    pub fn seen(self, look: Coincidence) -> SensorClock {
        match look.shown {
            Stamp::Local(_) => SensorClock { local: self.local.seen(look), ..self },
            Stamp::Utc(_) => SensorClock { utc: self.utc.seen(look), ..self },
            Stamp::Ticks(_) => SensorClock { ticks: self.ticks.seen(look), ..self },
            _ => self,
        }
    }

    /// After it said whether it is set.
    #[must_use]
    pub fn set(self, is_set: bool) -> SensorClock {
        SensorClock { not_set: !is_set, ..self }
    }

    /// Whether it said last that it needs to be set.
    pub fn needs_setting(&self) -> bool {
        self.not_set
    }

    /// By how much this device's clock was ahead of it at the last look, in milliseconds; `None` for a counter, or when
    /// nobody has looked.
    pub fn lag_ms(&self) -> Option<i64> {
        self.lines(self.last()).1.map(|now| now.lag)
    }

    /// How fast it loses (positive) or gains against this device's, in millionths, by the last two looks; `None` when there
    /// were none, or when it was set in between.
    pub fn drift_ppm(&self) -> Option<i64> {
        let (before, now) = self.lines(self.last());
        now?.drift_ppm(&before?)
    }

    /// Whether it was set, or jumped, between the last two looks.
    pub fn jumped(&self) -> bool {
        let (before, now) = self.lines(self.last());
        before.zip(now).is_some_and(|(before, now)| now.jumped_since(&before))
    }

    /// How far a time that it gives can be from the truth, in milliseconds, as far as the looks tell.
    pub fn uncertainty_ms(&self) -> Option<u32> {
        self.last().now.or(self.ticks.now).map(|look| look.uncertainty_ms)
    }

    /// When something with this stamp was measured.
    pub(super) fn moment(&self, stamp: Stamp, received_at: UnixMillis) -> Moment {
        let by_phone = |mark| Moment::new(received_at).with(Mark::PhoneTime).with(mark);
        match stamp {
            Stamp::Missing => Moment::new(received_at).with(Mark::PhoneTime),
            Stamp::Impossible => by_phone(Mark::ClockJump),
            Stamp::Outdated => Moment::new(NEVER).with(Mark::ClockJump),
            Stamp::SyncedUtc(at) => Moment::new(at),
            Stamp::SyncedLocal(at) => line::local(self.zone, at, received_at).moment(),
            Stamp::Ticks(at) => {
                self.own(self.counted(at, received_at).unwrap_or_else(|| by_phone(Mark::ClockNotSet)))
            }
            Stamp::Local(_) | Stamp::Utc(_) => {
                self.own(self.calendar(stamp, received_at).unwrap_or_else(|| by_phone(Mark::ClockJump)))
            }
        }
    }

    /// A time by this clock, with the mark for one that is not set.
    fn own(&self, moment: Moment) -> Moment {
        if self.not_set { moment.with(Mark::ClockNotSet) } else { moment }
    }

    /// A time of day. `None` when it is of an earlier timeline and not believable.
    fn calendar(&self, stamp: Stamp, received_at: UnixMillis) -> Option<Moment> {
        match self.lines(self.looks_for(stamp)) {
            (_, None) => self.at_its_word(stamp, received_at),
            (Some(before), Some(now)) if now.jumped_since(&before) => {
                across(stamp, (&before, &now), received_at)
            }
            (before, Some(now)) => along(stamp, (before.as_ref(), &now), received_at),
        }
    }

    /// Nobody looked at the clock.
    fn at_its_word(&self, stamp: Stamp, received_at: UnixMillis) -> Option<Moment> {
        let told = match stamp {
            Stamp::Local(at) => {
                let told = line::local(self.zone, at, received_at);
                let changed = self.zone.minutes_at(told.at) != self.zone.minutes_at(received_at);
                Told { doubtful: told.doubtful || changed, ..told }
            }
            Stamp::Utc(at) => Told { at, doubtful: false },
            _ => return None,
        };
        Some(told.moment())
    }

    /// A counter's time, by how much it has counted since. `None` when it was started anew, or nobody looked at it.
    fn counted(&self, at: i64, received_at: UnixMillis) -> Option<Moment> {
        let (before, now) = self.lines(self.ticks);
        let now = now?;
        let restarted = before.is_some_and(|before| now.jumped_since(&before));
        let moment = Moment::new(at.saturating_add(now.lag)).with(Mark::ClockCorrected);
        (at <= now.latest(received_at)).then_some(moment.doubted(restarted))
    }

    /// What the looks say, earlier first.
    fn lines(&self, looks: Looks) -> (Option<Line>, Option<Line>) {
        Line::both(looks, self.zone)
    }

    /// The looks at what this kind of time is told by: a sensor may show its time in two ways, and date in one of them.
    fn looks_for(&self, stamp: Stamp) -> Looks {
        let (own, other) = match stamp {
            Stamp::Local(_) => (self.local, self.utc),
            _ => (self.utc, self.local),
        };
        if own.now.is_some() { own } else { other }
    }

    /// The looks at the time of day that was looked at last.
    fn last(&self) -> Looks {
        let at = |looks: Looks| looks.now.map(|look| look.device_at);
        if at(self.local) > at(self.utc) { self.local } else { self.utc }
    }
}

/// Along one timeline, on which the clock drifted at most.
fn along(stamp: Stamp, (before, now): (Option<&Line>, &Line), received_at: UnixMillis) -> Option<Moment> {
    let told = now.told(stamp, before, received_at)?;
    if told.at > now.latest(received_at) {
        return by_itself(told.at, received_at);
    }
    let lag = before.and_then(|before| now.lag_at(before, told.at)).unwrap_or(now.lag);
    Some(corrected(told, lag, now))
}

/// Between the looks the clock was set, or jumped: what it dated before goes by the look before. What may be of either
/// timeline is marked.
fn across(stamp: Stamp, (before, now): (&Line, &Line), received_at: UnixMillis) -> Option<Moment> {
    let (old, new) = (before.told(stamp, None, received_at)?, now.told(stamp, None, received_at)?);
    let old_at = old.at.saturating_add(before.lag);
    let latest_old = now.look.device_at.saturating_add(SLACK_MS);
    let by_old = (received_at.saturating_sub(BELIEVED_BACK_MS)..=latest_old).contains(&old_at);
    let earliest_new = before.look.device_at.saturating_sub(SLACK_MS);
    let by_new = new.at.saturating_add(now.lag) >= earliest_new && new.at <= now.latest(received_at);
    let seen = old.at <= before.shown().saturating_add(SLACK_MS);
    let (told, line) = match (by_old, by_new) {
        (false, false) => return by_itself(new.at, received_at),
        (true, false) => (old, before),
        (true, true) if seen => (old, before),
        (_, true) => (new, now),
    };
    let surely = if by_old { seen && !by_new } else { true };
    Some(corrected(told, line.lag, line).doubted(!surely))
}

/// A time of an earlier timeline, if it is believable without one.
fn by_itself(told: UnixMillis, received_at: UnixMillis) -> Option<Moment> {
    let earliest = received_at.saturating_sub(BELIEVED_BACK_MS);
    let believed = (earliest..=received_at.saturating_add(SLACK_MS)).contains(&told);
    believed.then(|| Moment::new(told).with(Mark::ClockJump))
}

/// A clock that is right is taken at its word; another's time is moved.
fn corrected(told: Told, lag: i64, line: &Line) -> Moment {
    let right = lag.unsigned_abs() <= RIGHT_WITHIN_MS + u64::from(line.look.uncertainty_ms);
    match right {
        true => told.moment(),
        false => Moment::new(told.at.saturating_add(lag)).with(Mark::ClockCorrected).doubted(told.doubtful),
    }
}

#[cfg(test)]
mod tests;
