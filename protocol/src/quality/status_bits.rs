//! Which status bits of sensors lead to which mark: codes and names of the HL7 Personal Health Device guide 2.0.0.

use super::Mark;

/// One bit of a sensor's status, as the guide codes it: an MDC code, a dot, and the bit's number in ISO/IEEE 11073.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusBit {
    /// Such as `8417752.2`.
    pub code: &'static str,
    /// Such as `sensor-sample-size-insufficient`.
    pub name: &'static str,
    /// The mark that says it to a patient.
    pub mark: Mark,
}

const fn bit(code: &'static str, name: &'static str, mark: Mark) -> StatusBit {
    StatusBit { code, name, mark }
}

/// Every status bit that becomes a mark. Bits that judge the body (glucose above what the patient set, a rate of change)
/// say nothing against the value and are in no row; nor are bits that say what a sensor is doing between measurements, or
/// that it would like to be calibrated. One that must be calibrated doubts its values and is not calibrating yet.
pub const STATUS_BITS: &[StatusBit] = &[
    // MDC_PULS_OXIM_DEV_STATUS and MDC_PULS_OXIM_PULS_CHAR: oximeter.
    bit("150604.0", "sensor-disconnected", Mark::SensorDisplaced),
    bit("150604.1", "sensor-malfunction", Mark::SensorFault),
    bit("150604.2", "sensor-displaced", Mark::SensorDisplaced),
    bit("150604.4", "sensor-off", Mark::SensorDisplaced),
    bit("150604.5", "sensor-interference", Mark::PoorSignal),
    bit("150604.7", "signal-pulse-questionable", Mark::SensorQuestionable),
    bit("150604.8", "signal-non-pulsatile", Mark::PoorSignal),
    bit("150604.9", "signal-erratic", Mark::PoorSignal),
    bit("150604.10", "signal-low-perfusion", Mark::PoorSignal),
    bit("150604.11", "signal-poor", Mark::PoorSignal),
    bit("150604.12", "signal-inadequate", Mark::PoorSignal),
    bit("150604.13", "signal-processing-irregularity", Mark::SensorQuestionable),
    bit("150604.14", "device-equipment-malfunction", Mark::SensorFault),
    bit("150605.2", "pulse-qual-minimal", Mark::PoorSignal),
    bit("150605.3", "pulse-qual-unacceptable", Mark::PoorSignal),
    // MDC_BLOOD_PRESSURE_MEASUREMENT_STATUS.
    bit("8410608.0", "body-movement", Mark::Movement),
    bit("8410608.1", "cuff-too-loose", Mark::SensorDisplaced),
    bit("8410608.2", "irregular-pulse", Mark::IrregularPulse),
    bit("8410608.3", "pulse-over-range-limit", Mark::OutOfSensorRange),
    bit("8410608.4", "pulse-under-range-limit", Mark::OutOfSensorRange),
    bit("8410608.5", "improper-body-position", Mark::ImproperPosition),
    // MDC_GLU_METER_DEV_STATUS.
    bit("8417752.0", "device-battery-low", Mark::BatteryLow),
    bit("8417752.1", "sensor-malfunction", Mark::SensorFault),
    bit("8417752.2", "sensor-sample-size-insufficient", Mark::SampleProblem),
    bit("8417752.3", "sensor-strip-insertion", Mark::SampleProblem),
    bit("8417752.4", "sensor-strip-type-incorrect", Mark::SampleProblem),
    bit("8417752.5", "sensor-result-too-high", Mark::OutOfSensorRange),
    bit("8417752.6", "sensor-result-too-low", Mark::OutOfSensorRange),
    bit("8417752.7", "sensor-temp-too-high", Mark::SensorTemperature),
    bit("8417752.8", "sensor-temp-too-low", Mark::SensorTemperature),
    bit("8417752.9", "sensor-read-interrupt", Mark::Interrupted),
    bit("8417752.10", "device-gen-fault", Mark::SensorFault),
    bit("8417752.11", "sensor-temp-out-of-range", Mark::SensorTemperature),
    // MDC_CGM_DEV_STAT: continuous glucose monitor.
    bit("8418060.0", "sensor-session-stopped", Mark::Interrupted),
    bit("8418060.2", "sensor-type-incorrect", Mark::SampleProblem),
    bit("8418060.3", "sensor-malfunction", Mark::SensorFault),
    bit("8418060.4", "device-specific-alert", Mark::SensorQuestionable),
    bit("8418060.9", "sensor-calibration-required", Mark::SensorQuestionable),
    bit("8418060.10", "sensor-temp-too-high", Mark::SensorTemperature),
    bit("8418060.11", "sensor-temp-too-low", Mark::SensorTemperature),
    bit("8418060.18", "sensor-result-too-low", Mark::OutOfSensorRange),
    bit("8418060.19", "sensor-result-too-high", Mark::OutOfSensorRange),
    // The status of any sensor.
    bit("8408608.5", "device-status-error", Mark::SensorFault),
    bit("8408608.6", "device-status-error-mechanical", Mark::SensorFault),
    bit("8408608.7", "device-status-error-electronic", Mark::SensorFault),
    bit("8408608.8", "device-status-error-software", Mark::SensorFault),
    bit("8408608.9", "device-status-error-battery", Mark::SensorFault),
    bit("8408608.16", "device-status-service-time-sync-required", Mark::ClockNotSet),
    bit("8408608.17", "device-status-service-calibration-required", Mark::SensorQuestionable),
    bit("8408608.25", "device-status-battery-low", Mark::BatteryLow),
    bit("8408608.26", "device-status-battery-depleted", Mark::BatteryLow),
    // MDC_ECG_DEV_STAT.
    bit("8410584.0", "leadwire-loss", Mark::SensorDisplaced),
    bit("8410584.1", "leadsignal-loss", Mark::PoorSignal),
];

impl Mark {
    /// The status bits that lead to this mark.
    ///
    /// ```
    /// use pulsebook_protocol::quality::Mark;
    /// let codes: Vec<&str> = Mark::Movement.status_bits().map(|bit| bit.code).collect();
    /// assert_eq!(codes, ["8410608.0"]);
    /// ```
    pub fn status_bits(self) -> impl Iterator<Item = &'static StatusBit> {
        STATUS_BITS.iter().filter(move |bit| bit.mark == self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_status_bit_leads_to_two_marks() {
        let codes: BTreeSet<&str> = STATUS_BITS.iter().map(|bit| bit.code).collect();
        assert_eq!(codes.len(), STATUS_BITS.len());
    }

    /// Bits are numbered within a 16- or 32-bit string, and codes lie in partition 2 or 128.
    #[test]
    fn every_status_code_is_an_mdc_code_and_a_bit() {
        for StatusBit { code, .. } in STATUS_BITS {
            let (mdc, bit) = code.split_once('.').unwrap();
            assert!([2, 128].contains(&(mdc.parse::<u32>().unwrap() >> 16)), "{code}");
            assert!(bit.parse::<u32>().unwrap() < 32, "{code}");
        }
    }
}
