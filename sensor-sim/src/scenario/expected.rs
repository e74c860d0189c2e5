//! What must come of each fault in a record: the other half of the grammar, held by `tests/faults.rs`.

use super::{Fault, Wearable};
use std::fmt;

/// So many missing notifications of a stream and more are a gap, as core's limits say.
const GAP: u16 = 6;

/// What must come of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expected {
    /// The reading is there without a value, with the reason.
    Absent,
    /// The value is kept as it was sent and marked, with this mark's words; the next ones are not.
    Marked(&'static str),
    /// The frame is kept raw and told, and no reading comes of it.
    KeptRaw,
    /// Nobody can tell: the value is kept as it was sent, and judged by its limits like any other.
    AsSent,
    /// It is missing, and nothing stands in its place.
    Missing,
    /// It is missing, and the first reading after it is marked as coming after a gap.
    Gap,
    /// It is in the record once.
    Once,
    /// Every reading has the time at which it was measured, in whatever order they came.
    InTime,
    /// The clock is found to be off and set, and later readings have the time at which they were measured.
    ClockSet,
    /// Readings have the time at which they were measured, corrected and marked so.
    ClockCorrected,
    /// The readings before and after belong to one sensor.
    SameSensor,
    /// It waits outside the record until the patient says whose it is.
    Unassigned,
    /// It is told once.
    ToldOnce,
    /// Every stored record is fetched, and each is in the record once.
    Whole,
}

impl Fault {
    /// What must come of it.
    pub fn expected(&self) -> Expected {
        match *self {
            Fault::NotANumber { .. } | Fault::Infinite { .. } => Expected::Absent,
            Fault::Implausible { .. } => Expected::Marked("impossible value"),
            Fault::Truncate { .. } => Expected::KeptRaw,
            // It has a checksum over each record; the others have none.
            Fault::BitFlip { sensor: Wearable::GlucoseMonitor, .. } => Expected::KeptRaw,
            Fault::BitFlip { .. } => Expected::AsSent,
            Fault::Drop { sensor: Wearable::Strap | Wearable::Oximeter, count: GAP.., .. } => Expected::Gap,
            Fault::Drop { .. } => Expected::Missing,
            Fault::Duplicate { sensor: Wearable::GlucoseMonitor | Wearable::SpotOximeter, .. } => {
                Expected::Once
            }
            Fault::Duplicate { .. } => Expected::Marked("came twice"),
            // Without a time of its own, a value has the time at which it came.
            Fault::Reorder { sensor: Wearable::Strap | Wearable::Oximeter, .. } => Expected::AsSent,
            Fault::Reorder { .. } => Expected::InTime,
            Fault::Stuck { .. } => Expected::Marked("stuck value"),
            Fault::LostConnection { sensor: Wearable::GlucoseMonitor, .. } => Expected::Whole,
            Fault::LostConnection { sensor, .. } if sensor.is_spot() => Expected::ToldOnce,
            Fault::LostConnection { .. } => Expected::Gap,
            Fault::ContactLost { .. } => Expected::Marked("no skin contact"),
            Fault::Drift { .. } | Fault::ClockReset { .. } => Expected::ClockSet,
            Fault::DaylightSaving { .. } => Expected::ClockCorrected,
            Fault::AddressRotation { .. } => Expected::SameSensor,
            Fault::SecondUser { .. } => Expected::Unassigned,
            Fault::BatteryLow { .. } => Expected::ToldOnce,
            Fault::CutBackfill { .. } => Expected::Whole,
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Expected::Absent => "a reading without a value, with the reason",
            Expected::Marked(mark) => return write!(f, "kept as sent, marked \u{201c}{mark}\u{201d}"),
            Expected::KeptRaw => "kept raw and told; no reading",
            Expected::AsSent => "kept as sent: nothing in the frame gives it away",
            Expected::Missing => "missing, and nothing in its place",
            Expected::Gap => "missing; the next reading is marked as after a gap",
            Expected::Once => "in the record once",
            Expected::InTime => "every reading at the time it was measured",
            Expected::ClockSet => "clock found off and set; later readings at their time",
            Expected::ClockCorrected => "readings at their time, marked as corrected",
            Expected::SameSensor => "one sensor before and after",
            Expected::Unassigned => "waits outside the record for the patient's word",
            Expected::ToldOnce => "told once",
            Expected::Whole => "every stored record fetched, each once",
        })
    }
}
