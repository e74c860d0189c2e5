//! Quality marks: what is known against a value, carried with it to every consumer, one bit a mark.
//!
//! A mark never changes or removes the value. Bits are wire values and are never reused; unknown bits of a later
//! version are kept and shown as "unknown mark".

mod status_bits;

pub use status_bits::{STATUS_BITS, StatusBit};

use std::fmt;

/// A set of quality marks.
///
/// ```
/// use pulsebook_protocol::quality::{Mark, Quality};
/// let quality = Quality::GOOD.with(Mark::ContactLost);
/// assert!(quality.has(Mark::ContactLost) && !quality.is_good());
/// assert_eq!(quality.to_string(), "no skin contact");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Quality(u32);

/// How much a value can be relied on, worst mark first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Nothing known against it.
    Good,
    /// Suspicious: shown grey, FHIR interpretation `questionable`.
    Questionable,
    /// Impossible or invalid: kept, never charted as a value, FHIR data-absent-reason `error`.
    Error,
}

/// Declares the registry once: bit, name, tier, words.
macro_rules! marks {
    ($($(#[$doc:meta])* $name:ident = $bit:literal, $tier:ident, $words:literal;)*) => {
        /// One thing known about a value. The discriminant is the bit on the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Mark { $($(#[$doc])* $name = $bit,)* }

        impl Mark {
            /// Every mark, in bit order.
            pub const ALL: &'static [Mark] = &[$(Mark::$name,)*];

            /// How much this mark weighs.
            pub fn tier(self) -> Tier { match self { $(Mark::$name => Tier::$tier,)* } }

            /// The words a patient reads.
            pub fn words(self) -> &'static str { match self { $(Mark::$name => $words,)* } }
        }
    };
}

marks! {
    /// Outside what a living body can show (assess: impossible tier).
    Implausible = 0, Error, "impossible value";
    /// Outside what is usual for an adult (assess: suspicious tier).
    Unusual = 1, Questionable, "unusual value";
    /// Changed faster than a body does.
    RateOfChange = 2, Questionable, "changed too fast";
    /// The same value for longer than a body holds it.
    Stuck = 3, Questionable, "stuck value";
    /// The same measurement came twice.
    Duplicate = 4, Questionable, "came twice";
    /// Values of one measurement contradict each other (systolic ≤ mean, mean ≤ diastolic, rate against RR).
    CrossCheck = 5, Questionable, "values contradict each other";
    /// The sensor's clock jumped, or its time stamp cannot be right.
    ClockJump = 6, Questionable, "the sensor's clock jumped";
    /// The first value after a gap.
    AfterGap = 7, Good, "first value after a gap";
    /// The sensor said it has no skin contact.
    ContactLost = 8, Questionable, "no skin contact";
    /// The sensor said the measurement is still settling.
    EarlyEstimate = 9, Questionable, "early estimate";
    /// The sensor itself calls the value questionable, or cannot vouch for it before it is calibrated.
    SensorQuestionable = 10, Questionable, "the sensor doubts it";
    /// The sensor itself calls the value invalid.
    SensorInvalid = 11, Error, "the sensor calls it invalid";
    /// Weak or poor signal, low perfusion, inadequate or erratic signal.
    PoorSignal = 12, Questionable, "poor signal";
    /// The sensor reports a malfunction or fault.
    SensorFault = 13, Error, "sensor fault";
    /// The sensor is displaced, loose, off or unconnected.
    SensorDisplaced = 14, Questionable, "sensor loose or displaced";
    /// The body moved during the measurement.
    Movement = 15, Questionable, "movement";
    /// Irregular pulse detected by the sensor.
    IrregularPulse = 16, Good, "irregular pulse";
    /// The sensor reports its range exceeded.
    OutOfSensorRange = 17, Questionable, "outside the sensor's range";
    /// The measuring position was wrong.
    ImproperPosition = 18, Questionable, "improper position";
    /// The sensor is calibrating.
    Calibrating = 19, Questionable, "calibration ongoing";
    /// Demonstration or test data by the sensor's own word.
    TestData = 20, Error, "test data";
    /// The sensor says that its clock is not set, asks to be set, or may be wrong.
    ClockNotSet = 21, Questionable, "the sensor's clock is not set";
    /// The time was taken from the phone because the sensor gave none.
    PhoneTime = 22, Good, "time by the phone";
    /// The sensor stored it and sent it later.
    FromStorage = 23, Good, "sent later from the sensor's memory";
    /// The sensor's battery was low when it measured.
    BatteryLow = 24, Good, "low battery";
    /// Too little blood, or a test strip that is wrong or put in wrongly.
    SampleProblem = 25, Questionable, "problem with the sample or test strip";
    /// The sensor was too warm or too cold to measure well.
    SensorTemperature = 26, Questionable, "sensor too warm or too cold";
    /// The measurement was broken off: a strip pulled too soon, a sensor session that ended.
    Interrupted = 27, Questionable, "measurement interrupted";
    /// A person typed the value into the sensor.
    EnteredByHand = 28, Good, "typed in at the sensor";
    /// The sensor's clock was off by a known amount, and the time was moved by it.
    ClockCorrected = 29, Good, "time corrected, the sensor's clock was off";
}

impl Quality {
    /// No mark at all.
    pub const GOOD: Quality = Quality(0);

    /// The set with these raw bits, unknown ones kept.
    pub fn from_bits(bits: u32) -> Quality {
        Quality(bits)
    }

    /// The raw bits.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// This set and one more mark.
    #[must_use]
    pub fn with(self, mark: Mark) -> Quality {
        Quality(self.0 | 1 << (mark as u8))
    }

    /// Both sets together.
    #[must_use]
    pub fn union(self, other: Quality) -> Quality {
        Quality(self.0 | other.0)
    }

    /// Whether the mark is set.
    pub fn has(self, mark: Mark) -> bool {
        self.0 & 1 << (mark as u8) != 0
    }

    /// Whether no mark is set.
    pub fn is_good(self) -> bool {
        self.0 == 0
    }

    /// The marks in bit order.
    pub fn marks(self) -> impl Iterator<Item = Mark> {
        Mark::ALL.iter().copied().filter(move |mark| self.has(*mark))
    }

    /// The worst tier of all marks; an unknown mark counts as questionable.
    pub fn tier(self) -> Tier {
        let known = Mark::ALL.iter().fold(0, |bits, mark| bits | 1 << (*mark as u8));
        let unknown = if self.0 & !known == 0 { Tier::Good } else { Tier::Questionable };
        self.marks().map(Mark::tier).max().unwrap_or(Tier::Good).max(unknown)
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_good() {
            return f.write_str("good");
        }
        let mut words: Vec<&str> = self.marks().map(Mark::words).collect();
        if words.is_empty() {
            words.push("unknown mark");
        }
        f.write_str(&words.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_mark_decides_the_tier() {
        assert_eq!(Quality::GOOD.tier(), Tier::Good);
        assert_eq!(Quality::GOOD.with(Mark::PhoneTime).tier(), Tier::Good);
        assert_eq!(Quality::GOOD.with(Mark::Stuck).tier(), Tier::Questionable);
        assert_eq!(Quality::GOOD.with(Mark::Stuck).with(Mark::Implausible).tier(), Tier::Error);
    }

    #[test]
    fn a_bit_of_a_later_version_is_kept_and_counts_as_doubt() {
        let later = Quality::from_bits(1 << 31);
        assert_eq!(later.bits(), 1 << 31);
        assert_eq!(later.tier(), Tier::Questionable);
        assert_eq!(later.to_string(), "unknown mark");
    }

    #[test]
    fn no_two_marks_share_a_bit() {
        let bits: u32 = Mark::ALL.iter().map(|mark| 1u32 << (*mark as u8)).fold(0, |all, bit| all | bit);
        assert_eq!(bits.count_ones() as usize, Mark::ALL.len());
    }
}
