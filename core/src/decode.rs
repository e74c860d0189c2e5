//! From a sensor's bytes to readings: pure, total, one file per Bluetooth profile.
//!
//! Layouts: the GATT characteristics of the Bluetooth SIG; numbers: IEEE 11073-20601. A malformed notification is an error
//! with what was expected and what came; nothing here panics on foreign bytes and nothing touches the raw notification.

pub mod battery;
pub mod blood_pressure;
mod cursor;
mod date_time;
pub mod device_information;
mod float;
pub mod heart_rate;
mod outcome;
pub mod pulse_oximeter;
pub mod thermometer;

use crate::ble::{Characteristic, Notification};
pub use date_time::RECORDABLE;
pub use outcome::{Decoded, Malformed, Reason};

/// Version of these decoders; segments carry it, so that raw notifications can be decoded again and compared.
///
/// 2: pulse oximeter spot checks.
pub const DECODER_VERSION: u16 = 2;

/// Decodes one notification. A reading whose own time no record holds gets the receive time and is marked.
///
/// ```
/// use pulsebook_core::{ble::{Notification, SensorId}, decode::{decode, heart_rate}};
/// use pulsebook_protocol::reading::Value;
/// let notification = Notification {
///     sensor: SensorId::new("strap"),
///     characteristic: heart_rate::MEASUREMENT,
///     received_at: 1_700_000_000_000,
///     bytes: vec![0x00, 72],
/// };
/// assert_eq!(decode(&notification).unwrap().readings[0].value, Value::Number(72));
/// ```
///
/// # Errors
/// [`Malformed`] when the bytes do not follow the characteristic's layout, no decoder knows the characteristic, or it was
/// received at a time that no record holds (before 1970, or from 9999-12-31 on).
pub fn decode(notification: &Notification) -> Result<Decoded, Malformed> {
    let Notification { characteristic, received_at, bytes, .. } = notification;
    let first = Characteristic { instance: 0, ..*characteristic };
    let malformed = |reason| Malformed { characteristic: *characteristic, reason };
    if !RECORDABLE.contains(received_at) {
        return Err(malformed(Reason::ReceivedOutside(*received_at)));
    }
    let decoded = match first {
        heart_rate::MEASUREMENT => heart_rate::decode(bytes, *received_at),
        thermometer::MEASUREMENT => thermometer::decode(bytes, *received_at),
        blood_pressure::MEASUREMENT => blood_pressure::decode(bytes, *received_at),
        pulse_oximeter::CONTINUOUS => pulse_oximeter::decode(bytes, *received_at),
        pulse_oximeter::SPOT => pulse_oximeter::decode_spot(bytes, *received_at),
        battery::LEVEL => battery::decode(bytes),
        _ => Err(Reason::NoDecoder),
    };
    let mut decoded = decoded.map_err(malformed)?;
    for reading in &mut decoded.readings {
        *reading = date_time::recordable(*reading, *received_at);
    }
    Ok(decoded)
}

/// Whether a characteristic notifies again and again by itself, however regularly: one notification of it is little.
///
/// A spot measurement is all there is of it, and so is anything that no decoder knows.
pub(crate) fn is_stream(characteristic: Characteristic) -> bool {
    let first = Characteristic { instance: 0, ..characteristic };
    matches!(first, heart_rate::MEASUREMENT | pulse_oximeter::CONTINUOUS | battery::LEVEL)
}

#[cfg(test)]
mod tests;
