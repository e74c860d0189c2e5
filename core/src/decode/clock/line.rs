//! From a sensor's time to this device's: what one look at the clock says about the times it gives, and what two say.

use super::{Coincidence, Moment, SLACK_MS, Stamp, Zone};
use pulsebook_protocol::reading::UnixMillis;

/// Drift of a quartz that is still a quartz, in millionths; what exceeds it was set by somebody.
const MOST_DRIFT_PPM: u64 = 500;
/// A local clock that shows another offset of its zone this closely keeps that one all year: people set minutes.
const KEPT_WITHIN_MS: i64 = 120_000;

/// The last two looks at a clock, by what it showed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Looks {
    pub(super) before: Option<Coincidence>,
    pub(super) now: Option<Coincidence>,
}

impl Looks {
    pub(super) fn seen(self, look: Coincidence) -> Looks {
        Looks { before: self.now, now: Some(look) }
    }
}

/// What one look says about the times that the clock gives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) look: Coincidence,
    /// By how much this device's clock was ahead, in milliseconds.
    pub(super) lag: i64,
    zone: Zone,
    /// Minutes ahead of UTC that a local clock keeps although its zone had others at that time.
    kept: Option<i16>,
}

/// A time as the clock meant it, before it is corrected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) at: UnixMillis,
    /// It may as well be an hour off: local clocks show it twice, or were changed between it and the look.
    pub(super) doubtful: bool,
}

impl Told {
    /// When it was, by a clock that is right.
    pub(super) fn moment(self) -> Moment {
        Moment::new(self.at).doubted(self.doubtful)
    }
}

impl Line {
    /// `None` when the look shows no time.
    pub(super) fn of(look: Coincidence, zone: Zone) -> Option<Line> {
        let kept = kept(look, zone);
        let shown = match (look.shown, kept) {
            (Stamp::Utc(at) | Stamp::Ticks(at), _) => at,
            (Stamp::Local(at), Some(minutes)) => under(at, minutes),
            (Stamp::Local(at), None) => {
                let (later, first) = (zone.utc_of(at), zone.first_of(at));
                let off = |one: &UnixMillis| one.abs_diff(look.device_at);
                std::iter::once(later).chain(first).min_by_key(off).unwrap_or(later)
            }
            _ => return None,
        };
        Some(Line { look, lag: look.device_at.saturating_sub(shown), zone, kept })
    }

    /// Both looks, where the later one knows what the earlier one found out about daylight saving.
    pub(super) fn both(looks: Looks, zone: Zone) -> (Option<Line>, Option<Line>) {
        let [before, now] = [looks.before, looks.now].map(|look| look.and_then(|look| Line::of(look, zone)));
        let kept = before.and_then(|before| before.kept);
        let now = now.map(|now| match kept {
            Some(minutes) if now.kept.is_none() && minutes == zone.minutes_at(now.look.device_at) => {
                Line { kept, ..now }
            }
            _ => now,
        });
        (before, now)
    }

    /// What the clock showed when it was looked at.
    pub(super) fn shown(&self) -> UnixMillis {
        self.look.device_at.saturating_sub(self.lag)
    }

    /// The latest that the clock can show for what is received now.
    pub(super) fn latest(&self, received_at: UnixMillis) -> UnixMillis {
        let passed = received_at.saturating_sub(self.look.device_at).max(0);
        self.shown().saturating_add(passed).saturating_add(SLACK_MS)
    }

    /// What the clock meant by a stamp; `before` is the look that tells how it went through a change of local time.
    pub(super) fn told(&self, stamp: Stamp, before: Option<&Line>, received_at: UnixMillis) -> Option<Told> {
        match (stamp, self.kept) {
            (Stamp::Utc(at) | Stamp::Ticks(at), _) => Some(Told { at, doubtful: false }),
            (Stamp::Local(at), Some(minutes)) => Some(Told { at: under(at, minutes), doubtful: false }),
            (Stamp::Local(at), None) => {
                let told = local(self.zone, at, received_at.saturating_sub(self.lag));
                let minutes = |at| self.zone.minutes_at(at);
                let seen = |line: &Line| minutes(line.look.device_at) == minutes(told.at);
                let doubtful = told.doubtful || !(seen(self) || before.is_some_and(seen));
                Some(Told { doubtful, ..told })
            }
            _ => None,
        }
    }

    /// Whether the clock was set, or jumped, since an earlier look.
    pub(super) fn jumped_since(&self, before: &Line) -> bool {
        let passed = self.passed_since(before).unsigned_abs();
        let drift = passed.saturating_mul(MOST_DRIFT_PPM) / 1_000_000;
        let noise = u64::from(self.look.uncertainty_ms) + u64::from(before.look.uncertainty_ms) + 1_000;
        self.lag.abs_diff(before.lag) > drift + noise
    }

    /// How fast the clock loses (positive) or gains since an earlier look, in millionths; `None` when it was set in between.
    pub(super) fn drift_ppm(&self, before: &Line) -> Option<i64> {
        let passed = Some(self.passed_since(before)).filter(|passed| *passed > 0)?;
        let grown = self.lag.saturating_sub(before.lag).saturating_mul(1_000_000);
        (!self.jumped_since(before)).then_some(grown / passed)
    }

    fn passed_since(&self, before: &Line) -> i64 {
        self.look.device_at.saturating_sub(before.look.device_at)
    }

    /// The lag at a time between two looks, between which the clock drifted: it grew evenly.
    pub(super) fn lag_at(&self, before: &Line, told: UnixMillis) -> Option<i64> {
        let (to, from) = (self.shown(), before.shown());
        let span = to.checked_sub(from).filter(|span| *span > 0)?;
        let within = i128::from(told.clamp(from, to)) - i128::from(from);
        let grown = (i128::from(self.lag) - i128::from(before.lag)) * within / i128::from(span);
        i64::try_from(i128::from(before.lag) + grown).ok()
    }
}

/// A local time by its zone alone. What comes twice is the later one, unless that is still to come.
pub(super) fn local(zone: Zone, at: i64, now: UnixMillis) -> Told {
    let later = zone.utc_of(at);
    match zone.first_of(at) {
        Some(first) if later > now.saturating_add(SLACK_MS) => Told { at: first, doubtful: false },
        first => Told { at: later, doubtful: first.is_some() },
    }
}

/// The offset that a local clock keeps: another one of its zone's than was due when it was looked at.
fn kept(look: Coincidence, zone: Zone) -> Option<i16> {
    let Stamp::Local(at) = look.shown else { return None };
    let shows = |minutes: &i16| under(at, *minutes).abs_diff(look.device_at) <= KEPT_WITHIN_MS.unsigned_abs();
    let due = zone.minutes_at(look.device_at);
    if shows(&due) { None } else { zone.offsets().find(shows) }
}

fn under(local: i64, minutes: i16) -> UnixMillis {
    local.saturating_sub(i64::from(minutes) * 60_000)
}
