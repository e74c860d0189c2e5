//! The fault grammar: what can go wrong with a sensor, its frames, its clock and its link.

use super::Wearable;
use serde::Deserialize;

/// Something that goes wrong; `at` is a fraction of the duration. What must come of each stands in [`super::Expected`].
#[allow(missing_docs)] // Whose it is and when are the same for all; the rest each kind says.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// The next measurement is "not a number"; a strap's format has no such value.
    NotANumber { sensor: Wearable, at: f64 },
    /// The next measurement is "infinite"; a strap's format has no such value.
    Infinite {
        sensor: Wearable,
        at: f64,
        /// Negative infinity.
        #[serde(default)]
        negative: bool,
    },
    /// The next measurement has an impossible value, in its everyday unit, 0–2000.
    Implausible { sensor: Wearable, at: f64, value: u16 },
    /// The next notification is cut off: none or one byte is left (more could be a frame of its own), else all but the last.
    #[serde(alias = "malformed")]
    Truncate {
        sensor: Wearable,
        at: f64,
        #[serde(default)]
        keep: Option<u8>,
    },
    /// One bit of the next notification is turned around, counted from the lowest of the first byte; from 8 on where no
    /// checksum would show it: flags that lie make another frame.
    BitFlip { sensor: Wearable, at: f64, bit: u16 },
    /// So many notifications do not go out, 1–1000.
    Drop { sensor: Wearable, at: f64, count: u16 },
    /// The next notification goes out twice.
    Duplicate { sensor: Wearable, at: f64 },
    /// The next two notifications change places.
    Reorder { sensor: Wearable, at: f64 },
    /// What is measured stays the same.
    Stuck { sensor: Wearable, at: f64, for_ms: i64 },
    /// The link is lost and comes back; at most a fifth of the duration.
    LostConnection { sensor: Wearable, at: f64, for_ms: i64 },
    /// The strap says that it has no skin contact; at most a fifth of the duration.
    ContactLost { sensor: Wearable, at: f64, for_ms: i64 },
    /// The clock goes wrong by so many millionths from now on, −1,000,000 to 1,000,000.
    Drift { sensor: Wearable, at: f64, ppm: i32 },
    /// Somebody changes the battery: the link is lost for half a minute, and the clock begins again in 2021.
    ClockReset { sensor: Wearable, at: f64 },
    /// The clock goes over to summer time (1) or back (−1), and tells it.
    DaylightSaving { sensor: Wearable, at: f64, hours: i8 },
    /// Out of range for ten seconds, then back under another radio address.
    AddressRotation { sensor: Wearable, at: f64 },
    /// The next measurement is somebody else's, under this number of the cuff's, 0–254.
    SecondUser { sensor: Wearable, at: f64, user: u8 },
    /// The battery has only so much left, 0–100 percent, and tells it.
    BatteryLow { sensor: Wearable, at: f64, percent: u8 },
    /// The next report of stored records ends after so many: the link is gone.
    CutBackfill { sensor: Wearable, at: f64, after: u16 },
}

impl Fault {
    /// Every kind, by its name in files.
    pub const KINDS: [&str; 18] = [
        "not-a-number",
        "infinite",
        "implausible",
        "truncate",
        "bit-flip",
        "drop",
        "duplicate",
        "reorder",
        "stuck",
        "lost-connection",
        "contact-lost",
        "drift",
        "clock-reset",
        "daylight-saving",
        "address-rotation",
        "second-user",
        "battery-low",
        "cut-backfill",
    ];

    /// Which of [`Fault::KINDS`].
    pub fn kind(&self) -> &'static str {
        match self {
            Fault::NotANumber { .. } => "not-a-number",
            Fault::Infinite { .. } => "infinite",
            Fault::Implausible { .. } => "implausible",
            Fault::Truncate { .. } => "truncate",
            Fault::BitFlip { .. } => "bit-flip",
            Fault::Drop { .. } => "drop",
            Fault::Duplicate { .. } => "duplicate",
            Fault::Reorder { .. } => "reorder",
            Fault::Stuck { .. } => "stuck",
            Fault::LostConnection { .. } => "lost-connection",
            Fault::ContactLost { .. } => "contact-lost",
            Fault::Drift { .. } => "drift",
            Fault::ClockReset { .. } => "clock-reset",
            Fault::DaylightSaving { .. } => "daylight-saving",
            Fault::AddressRotation { .. } => "address-rotation",
            Fault::SecondUser { .. } => "second-user",
            Fault::BatteryLow { .. } => "battery-low",
            Fault::CutBackfill { .. } => "cut-backfill",
        }
    }

    /// When, as a fraction of the duration.
    pub fn at(&self) -> f64 {
        self.place().1
    }

    /// Whose it is.
    pub fn sensor(&self) -> Wearable {
        self.place().0
    }

    fn place(&self) -> (Wearable, f64) {
        match *self {
            Fault::NotANumber { sensor, at }
            | Fault::Infinite { sensor, at, .. }
            | Fault::Implausible { sensor, at, .. }
            | Fault::Truncate { sensor, at, .. }
            | Fault::BitFlip { sensor, at, .. }
            | Fault::Drop { sensor, at, .. }
            | Fault::Duplicate { sensor, at }
            | Fault::Reorder { sensor, at }
            | Fault::Stuck { sensor, at, .. }
            | Fault::LostConnection { sensor, at, .. }
            | Fault::ContactLost { sensor, at, .. }
            | Fault::Drift { sensor, at, .. }
            | Fault::ClockReset { sensor, at }
            | Fault::DaylightSaving { sensor, at, .. }
            | Fault::AddressRotation { sensor, at }
            | Fault::SecondUser { sensor, at, .. }
            | Fault::BatteryLow { sensor, at, .. }
            | Fault::CutBackfill { sensor, at, .. } => (sensor, at),
        }
    }

    /// Whether it strikes the next notification, whenever that is.
    pub(crate) fn is_of_a_frame(&self) -> bool {
        matches!(
            self,
            Fault::NotANumber { .. }
                | Fault::Infinite { .. }
                | Fault::Implausible { .. }
                | Fault::Truncate { .. }
                | Fault::BitFlip { .. }
                | Fault::Drop { .. }
                | Fault::Duplicate { .. }
                | Fault::Reorder { .. }
                | Fault::SecondUser { .. }
        )
    }

    /// Whether it is about the sensor's clock, which the sensor then shows and lets be set.
    pub(crate) fn is_of_the_clock(&self) -> bool {
        matches!(self, Fault::Drift { .. } | Fault::ClockReset { .. } | Fault::DaylightSaving { .. })
    }

    /// What is wrong with it, if anything.
    pub(super) fn complaint(&self) -> Option<String> {
        let words = match *self {
            Fault::NotANumber { sensor: Wearable::Strap, .. }
            | Fault::Infinite { sensor: Wearable::Strap, .. } => {
                "a strap cannot send not-a-number or infinite; choose another sensor"
            }
            Fault::Implausible { value: 2001.., .. } => "an implausible value must be at most 2000",
            Fault::Truncate { keep: Some(2..), .. } => "keep must be 0 or 1, or left out",
            Fault::BitFlip { sensor, bit: ..8, .. } if sensor != Wearable::GlucoseMonitor => {
                "bit must be 8 or more: the first byte says what the frame is"
            }
            Fault::Drop { count: 0 | 1001.., .. } => "count must lie in 1–1000",
            Fault::ContactLost { sensor, .. } if sensor != Wearable::Strap => {
                "only the strap can lose contact"
            }
            Fault::BatteryLow { sensor, .. } if sensor != Wearable::Strap => {
                "only the strap tells its battery"
            }
            Fault::BatteryLow { percent: 101.., .. } => "percent must lie in 0–100",
            Fault::SecondUser { sensor, .. } if sensor != Wearable::Cuff => "only the cuff tells users apart",
            Fault::SecondUser { user: 255, .. } => "user must lie in 0–254",
            Fault::CutBackfill { sensor, .. } if sensor != Wearable::GlucoseMonitor => {
                "only the glucose monitor stores what it measures"
            }
            Fault::Drift { ppm, .. } if ppm.unsigned_abs() > 1_000_000 => "ppm must lie in −1000000–1000000",
            Fault::DaylightSaving { hours, .. } if hours != 1 && hours != -1 => "hours must be 1 or −1",
            _ if self.is_of_the_clock() && !self.sensor().is_spot() => {
                "only thermometer, cuff and fingertip have a clock that can go wrong"
            }
            Fault::LostConnection { for_ms: ..=0, .. }
            | Fault::ContactLost { for_ms: ..=0, .. }
            | Fault::Stuck { for_ms: ..=0, .. } => "for_ms must be positive",
            _ => return None,
        };
        Some(words.to_owned())
    }
}
