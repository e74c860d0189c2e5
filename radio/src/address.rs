//! What a radio calls a sensor until it has said who it is.

use crate::foreign::RemoteId;
use pulsebook_core::ble::SensorId;

/// The radio's name for a sensor: its address, or what the operating system shows in place of it. For a bonded sensor that
/// is its identity address, however its radio address changes; for others only the record knows better, by what the sensor
/// says about itself.
pub(crate) fn sensor_id(address: [u8; 6], id: &RemoteId) -> SensorId {
    if address == [0; 6] {
        let text: String = id.to_string().chars().filter(char::is_ascii_alphanumeric).take(64).collect();
        return SensorId::new(&format!("ble-{}", text.to_ascii_lowercase()));
    }
    let digits: String = address.iter().map(|byte| format!("{byte:02x}")).collect();
    SensorId::new(&format!("ble-{digits}"))
}
