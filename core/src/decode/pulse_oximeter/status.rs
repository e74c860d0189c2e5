//! The status fields that both frames of the Pulse Oximeter service carry, and what they say against a value.

use super::super::{
    cursor::Cursor,
    float::{Decimal, SAME_UNIT},
    outcome::Reason,
};
use pulsebook_protocol::{
    quality::{Mark, Quality},
    reading::{Absent, Reading, UnixMillis, Value},
    vital::Vital,
};

/// Demonstration and test data: whatever the number, it is nobody's vital sign.
const NO_VITAL_SIGN: u16 = 1 << 10 | 1 << 11;
const UNAVAILABLE: u16 = 1 << 13;

const MEASUREMENT_STATUS_BITS: &[&str] = &[
    "",
    "",
    "",
    "",
    "",
    "Measurement Ongoing",
    "Early Estimated Data",
    "Validated Data",
    "Fully Qualified Data",
    "Data from Measurement Storage",
    "Data for Demonstration",
    "Data for Testing",
    "Calibration Ongoing",
    "Measurement Unavailable",
    "Questionable Measurement Detected",
    "Invalid Measurement Detected",
];

const DEVICE_STATUS_BITS: &[&str] = &[
    "Extended Display Update Ongoing",
    "Equipment Malfunction Detected",
    "Signal Processing Irregularity Detected",
    "Inadequate Signal Detected",
    "Poor Signal Detected",
    "Low Perfusion Detected",
    "Erratic Signal Detected",
    "Nonpulsatile Signal Detected",
    "Questionable Pulse Detected",
    "Signal Analysis Ongoing",
    "Sensor Interference Detected",
    "Sensor Unconnected to User",
    "Unknown Sensor Connected",
    "Sensor Displaced",
    "Sensor Malfunctioning",
    "Sensor Disconnected",
];

/// Measurement status bits; "ongoing", "validated" and "fully qualified" say nothing against a value.
const MEASUREMENT_STATUS: [(u16, Mark); 7] = [
    (1 << 6, Mark::EarlyEstimate),
    (1 << 9, Mark::FromStorage),
    (1 << 10, Mark::TestData),
    (1 << 11, Mark::TestData),
    (1 << 12, Mark::Calibrating),
    (1 << 14, Mark::SensorQuestionable),
    (1 << 15, Mark::SensorInvalid),
];

/// Device and sensor status, bits 1 to 15 in order; bit 0 (display update) says nothing against a value.
const DEVICE_STATUS: [Mark; 15] = [
    Mark::SensorFault,
    Mark::PoorSignal,
    Mark::PoorSignal,
    Mark::PoorSignal,
    Mark::PoorSignal,
    Mark::PoorSignal,
    Mark::PoorSignal,
    Mark::SensorQuestionable,
    Mark::EarlyEstimate,
    Mark::PoorSignal,
    Mark::SensorDisplaced,
    Mark::SensorQuestionable,
    Mark::SensorDisplaced,
    Mark::SensorFault,
    Mark::SensorDisplaced,
];

/// Both status fields, zero where the frame has none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Status {
    measurement: u16,
    device: u32,
}

impl Status {
    /// Reads the fields that the flags announce.
    pub(super) fn read(
        cursor: &mut Cursor<'_>,
        (measurement, device): (bool, bool),
    ) -> Result<Status, Reason> {
        Ok(Status {
            measurement: if measurement {
                cursor.flags_u16("Measurement Status", MEASUREMENT_STATUS_BITS)?
            } else {
                0
            },
            device: if device {
                cursor.flags_u24("Device and Sensor Status", DEVICE_STATUS_BITS)?
            } else {
                0
            },
        })
    }

    /// The pair as readings of one time, with these marks and those of the status.
    pub(super) fn pair(
        self,
        saturation: Decimal,
        pulse: Decimal,
        (measured_at, marks): (UnixMillis, Quality),
    ) -> [Reading; 2] {
        let reading = |vital, decimal: Decimal| Reading {
            vital,
            measured_at,
            value: match self.measurement & (NO_VITAL_SIGN | UNAVAILABLE) {
                0 => decimal.value(vital, SAME_UNIT),
                _ => Value::Absent(Absent::NotAvailable),
            },
            quality: self.quality(marks),
        };
        [reading(Vital::OxygenSaturation, saturation), reading(Vital::OximeterPulseRate, pulse)]
    }

    fn quality(self, marks: Quality) -> Quality {
        let Status { measurement, device } = self;
        let measured =
            MEASUREMENT_STATUS.iter().filter(|(bit, _)| measurement & bit != 0).map(|(_, mark)| *mark);
        let sensed =
            DEVICE_STATUS.iter().zip(1..).filter(|(_, bit)| device >> bit & 1 != 0).map(|(mark, _)| *mark);
        measured.chain(sensed).fold(marks, Quality::with)
    }
}
