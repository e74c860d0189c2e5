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

/// Bits of the Measurement Status, which the features name as well.
pub(super) const MEASUREMENT_STATUS_BITS: &[&str] = &[
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

/// Bits of the Device and Sensor Status.
pub(super) const DEVICE_STATUS_BITS: &[&str] = &[
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
    Mark::SensorQuestionable,
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
        when: (UnixMillis, Quality),
    ) -> [Reading; 2] {
        [
            self.reading(Vital::OxygenSaturation, saturation, when),
            self.reading(Vital::OximeterPulseRate, pulse, when),
        ]
    }

    /// One value as a reading; what the status says against the measurement holds for it.
    pub(super) fn reading(
        self,
        vital: Vital,
        decimal: Decimal,
        (measured_at, marks): (UnixMillis, Quality),
    ) -> Reading {
        let value = match self.measurement & (NO_VITAL_SIGN | UNAVAILABLE) {
            0 => decimal.value(vital, SAME_UNIT),
            _ => Value::Absent(Absent::NotAvailable),
        };
        Reading { vital, measured_at, value, quality: self.quality(marks) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use pulsebook_protocol::quality::STATUS_BITS;

    #[test]
    fn each_device_status_bit_has_the_mark_of_its_code() {
        // MDC_PULS_OXIM_DEV_STATUS numbers the same sixteen bits from the other end. Two say what the sensor does and are in no
        // row: an unknown sensor (150604.3), and a search for the signal (150604.6).
        let mut without = Vec::new();
        for (mark, bit) in DEVICE_STATUS.iter().zip(1..) {
            let code = format!("150604.{}", 15 - bit);
            match STATUS_BITS.iter().find(|row| row.code == code) {
                Some(row) => assert_eq!(row.mark, *mark, "{code} {}", row.name),
                None => without.push(code),
            }
        }
        assert_eq!(without, ["150604.6", "150604.3"]);
    }
}
