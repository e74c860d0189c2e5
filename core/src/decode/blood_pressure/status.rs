//! Measurement Status of a blood pressure: what the monitor says against the measurement, and against its pulse.

use super::super::field::{Choices, Part};
use pulsebook_protocol::quality::{Mark, Quality};

const RANGES: Choices = &[(0, "within the range"), (1, "exceeds upper limit"), (2, "less than lower limit")];

/// The field's bits, with the Pulse Rate Range Detection in two of them.
pub(super) const PARTS: &[Part] = &[
    Part::flag(0, "Body Movement detected"),
    Part::flag(1, "Cuff too loose"),
    Part::flag(2, "Irregular Pulse detected"),
    Part::of(3, 2, "Pulse Rate Range", RANGES),
    Part::flag(5, "Improper Measurement Position"),
];
const PULSE_RANGE: u16 = 0b11 << 3;

/// Status bits that speak of the whole measurement.
const MARKS: [(u16, Mark); 4] = [
    (1, Mark::Movement),
    (1 << 1, Mark::SensorDisplaced),
    (1 << 2, Mark::IrregularPulse),
    (1 << 5, Mark::ImproperPosition),
];

/// What the status says against everything that was measured.
pub(super) fn measurement_quality(status: u16) -> Quality {
    let set = MARKS.iter().filter(|(bit, _)| status & bit != 0);
    set.fold(Quality::GOOD, |quality, (_, mark)| quality.with(*mark))
}

/// The range bits speak of the pulse only: 1 above, 2 below the sensor's range.
pub(super) fn pulse_quality(status: u16) -> Quality {
    if status & PULSE_RANGE == 0 { Quality::GOOD } else { Quality::GOOD.with(Mark::OutOfSensorRange) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulsebook_protocol::quality::STATUS_BITS;

    #[test]
    fn each_status_bit_has_the_mark_of_its_code() {
        // MDC_BLOOD_PRESSURE_MEASUREMENT_STATUS numbers the bits as Bluetooth does, with one for each end of the pulse's range.
        for (bit, status) in [1u16, 1 << 1, 1 << 2, 1 << 3, 2 << 3, 1 << 5].iter().enumerate() {
            let code = format!("8410608.{bit}");
            let row = STATUS_BITS.iter().find(|row| row.code == code).unwrap();
            let quality = measurement_quality(*status).union(pulse_quality(*status));
            assert_eq!(quality, Quality::GOOD.with(row.mark), "{code} {}", row.name);
        }
    }
}
