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
const MARKS: [(usize, u8, Mark); 11] = [
    (0, 0, Mark::Interrupted),
    (0, 1, Mark::BatteryLow),
    (0, 2, Mark::SensorQuestionable),
    (0, 3, Mark::SensorFault),
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

pub(super) fn status(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.quantity_u16("Time Offset", Quantity::whole("min"))?;
    annunciation(cursor, (true, true, true))?;
    crc::checked_if_there(cursor)?;
    cursor.end(0)
}
