//! PLX Features (2A60): which fields and status bits an oximeter can send.

use super::{
    super::{
        context::Context,
        cursor::Cursor,
        outcome::{Decoded, Reason},
    },
    status::{DEVICE_STATUS_BITS, MEASUREMENT_STATUS_BITS},
};

const FEATURES: &[&str] = &[
    "Measurement Status support is present",
    "Device and Sensor Status support is present",
    "Measurement Storage for Spot-check measurements is supported",
    "Timestamp for Spot-check measurements is supported",
    "SpO2PR-Fast metric is supported",
    "SpO2PR-Slow metric is supported",
    "Pulse Amplitude Index field is supported",
    "Multiple Bonds Supported",
];
const HAS_MEASUREMENT_STATUS: u16 = 1;
const HAS_DEVICE_STATUS: u16 = 1 << 1;
const RESERVED: u16 = 0xFF00;

/// Reads the features; each status field's own bits follow where it is supported.
pub(in crate::decode) fn features(
    cursor: &mut Cursor<'_>,
    _: &Context,
    _: &mut Decoded,
) -> Result<(), Reason> {
    let features = cursor.flags_u16("Supported Features", FEATURES)?;
    if features & HAS_MEASUREMENT_STATUS != 0 {
        cursor.flags_u16("Measurement Status Support", MEASUREMENT_STATUS_BITS)?;
    }
    if features & HAS_DEVICE_STATUS != 0 {
        cursor.flags_u24("Device and Sensor Status Support", DEVICE_STATUS_BITS)?;
    }
    cursor.end(u32::from(features & RESERVED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{format_of, pulse_oximeter};

    #[test]
    fn a_published_frame_names_its_features() {
        // Test vector of StanfordSpezi/SpeziBluetooth, PLXTests.
        let bytes = [163, 0, 64, 16, 128, 1, 0];
        let (fields, read) = format_of(pulse_oximeter::FEATURES).unwrap().explain(&bytes, &Context::at(0));
        assert_eq!(read, Ok(Decoded::default()));
        let said: Vec<String> = fields.iter().skip(1).map(|field| field.says.to_string()).collect();
        assert_eq!(
            said,
            [
                "Early Estimated Data, Calibration Ongoing",
                "Nonpulsatile Signal Detected, Questionable Pulse Detected"
            ]
        );
    }
}
