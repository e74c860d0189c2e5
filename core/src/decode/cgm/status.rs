//! The three octets by which a continuous monitor says how it is, and CGM Status (2AA9), which asks for them.

use super::{
    super::{
        context::Context,
        cursor::Cursor,
        field::Quantity,
        outcome::{Decoded, Reason},
    },
    crc,
};
use pulsebook_protocol::quality::{Mark, Quality};

const STATUS: &[&str] = &[
    "Session stopped",
    "Device battery low",
    "Sensor type incorrect for device",
    "Sensor malfunction",
    "Device Specific Alert",
    "General device fault has occurred in the sensor",
];
const CALIBRATION: &[&str] = &[
    "Time synchronization between sensor and collector required",
    "Calibration not allowed",
    "Calibration recommended",
    "Calibration required",
    "Sensor temperature too high for valid test",
    "Sensor temperature too low for valid test",
];
const WARNING: &[&str] = &[
    "Sensor result lower than the Patient Low level",
    "Sensor result higher than the Patient High level",
    "Sensor result lower than the Hypo level",
    "Sensor result higher than the Hyper level",
    "Sensor Rate of Decrease exceeded",
    "Sensor Rate of Increase exceeded",
    "Sensor result lower than the device can process",
    "Sensor result higher than the device can process",
];

/// What speaks against a value, by octet and bit. Levels that a person chose say nothing against it.
const MARKS: [(usize, u8, Mark); 12] = [
    (0, 0, Mark::Interrupted),
    (0, 1, Mark::BatteryLow),
    (0, 2, Mark::SampleProblem),
    (0, 3, Mark::SensorFault),
    (0, 4, Mark::SensorQuestionable),
    (0, 5, Mark::SensorFault),
    (1, 0, Mark::ClockNotSet),
    (1, 3, Mark::SensorQuestionable),
    (1, 4, Mark::SensorTemperature),
    (1, 5, Mark::SensorTemperature),
    (2, 6, Mark::OutOfSensorRange),
    (2, 7, Mark::OutOfSensorRange),
];

/// Reads those octets that are announced, in the order of the air: status, calibration and temperature, warnings.
pub(super) fn annunciation(
    cursor: &mut Cursor<'_>,
    (status, calibration, warning): (bool, bool, bool),
) -> Result<Quality, Reason> {
    let mut octets = [0; 3];
    let fields = [
        (status, "Sensor Status Annunciation - Status", STATUS),
        (calibration, "Sensor Status Annunciation - Cal/Temp", CALIBRATION),
        (warning, "Sensor Status Annunciation - Warning", WARNING),
    ];
    for (octet, (announced, name, bits)) in octets.iter_mut().zip(fields) {
        if announced {
            *octet = cursor.flags_u8(name, bits)?;
        }
    }
    let set =
        |&&(octet, bit, _): &&(usize, u8, Mark)| octets.get(octet).is_some_and(|byte| byte >> bit & 1 != 0);
    Ok(MARKS.iter().filter(set).fold(Quality::GOOD, |quality, (.., mark)| quality.with(*mark)))
}

pub(super) fn status(cursor: &mut Cursor<'_>, context: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.quantity_u16("Time Offset", Quantity::whole("min"))?;
    annunciation(cursor, (true, true, true))?;
    crc::checked_if_there(cursor, context)?;
    cursor.end(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulsebook_protocol::quality::STATUS_BITS;

    #[test]
    fn each_status_bit_has_the_mark_of_its_code() {
        // MDC_CGM_DEV_STAT numbers the bits in a row of its own: octet and bit of Bluetooth for each.
        let bits = [
            (0, (0, 0)),
            (2, (0, 2)),
            (3, (0, 3)),
            (4, (0, 4)),
            (9, (1, 3)),
            (10, (1, 4)),
            (11, (1, 5)),
            (18, (2, 6)),
            (19, (2, 7)),
        ];
        let rows = STATUS_BITS.iter().filter(|row| row.code.starts_with("8418060."));
        assert_eq!(rows.count(), bits.len());
        for (number, (octet, bit)) in bits {
            let code = format!("8418060.{number}");
            let row = STATUS_BITS.iter().find(|row| row.code == code).unwrap();
            let mut octets = [0u8; 3];
            octets[octet] = 1 << bit;
            let quality = annunciation(&mut Cursor::new(&octets), (true, true, true));
            assert_eq!(quality, Ok(Quality::GOOD.with(row.mark)), "{code} {}", row.name);
        }
    }
}
