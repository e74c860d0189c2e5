//! From a sensor's bytes to readings: pure, total, one file per Bluetooth profile.
//!
//! Layouts: the GATT characteristics of the Bluetooth SIG; numbers: IEEE 11073-20601. A malformed notification is an error
//! with what was expected and what came; nothing here panics on foreign bytes and nothing touches the raw notification.

pub mod battery;
pub mod blood_pressure;
pub mod body_composition;
pub mod cgm;
mod clock;
mod context;
pub mod current_time;
mod cursor;
pub mod cycling;
mod date_time;
pub mod device_information;
pub mod elapsed_time;
mod field;
mod float;
mod format;
pub mod generic;
pub mod glucose;
pub mod heart_rate;
mod imperial;
mod memory;
mod outcome;
pub mod pulse_oximeter;
pub mod record_access;
mod record_name;
pub mod running;
mod speed_cadence;
pub mod thermometer;
pub mod user_data;
pub mod weight_scale;

use crate::ble::{Characteristic, LONGEST_VALUE, Notification};
pub use clock::{Coincidence, Moment, SensorClock, Stamp, Zone};
pub use context::{Context, Taken};
pub use date_time::RECORDABLE;
pub use field::{Field, Says};
pub use format::{Format, Kind};
pub(crate) use memory::HALVES_WITHIN_MS;
pub use memory::Memory;
pub use outcome::{Decoded, Half, Malformed, Reason, Told, USER_UNKNOWN};
pub use record_name::{RecordName, StoredRecord};

/// Every characteristic that this version reads, profile by profile; streams come first, for they are looked up most.
pub const FORMATS: &[&[Format]] = &[
    heart_rate::FORMATS,
    pulse_oximeter::FORMATS,
    battery::FORMATS,
    thermometer::FORMATS,
    blood_pressure::FORMATS,
    glucose::FORMATS,
    cgm::FORMATS,
    generic::FORMATS,
    record_access::FORMATS,
    running::FORMATS,
    cycling::FORMATS,
    weight_scale::FORMATS,
    body_composition::FORMATS,
    current_time::FORMATS,
    elapsed_time::FORMATS,
    user_data::FORMATS,
    device_information::FORMATS,
];

/// Version of these decoders; segments carry it, so that raw notifications can be decoded again and compared.
///
/// 2: pulse oximeter spot checks. 3: weight, body composition, running, cycling; cuff pressure, pulse amplitude and energy
/// become readings. 4: times of clocks that were set, that keep winter time, or that an outer source keeps right; enhanced
/// blood pressures go by the monitor's clock; second halves of a body composition, and contexts of a glucose, by their first.
pub const DECODER_VERSION: u16 = 4;

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
/// [`Malformed`] when the bytes do not follow the characteristic's layout or are more than [`LONGEST_VALUE`], no decoder knows
/// the characteristic, or it was received at a time that no record holds (before 1970, or from 9999-12-31 on).
pub fn decode(notification: &Notification) -> Result<Decoded, Malformed> {
    let mut decoded = Decoded::default();
    decode_into(notification, &mut decoded).map(|()| decoded)
}

/// As [`decode`], into what the caller brings: it is emptied first and keeps its memory, so that nothing is allocated a frame.
///
/// # Errors
/// As [`decode`]; `decoded` then holds nothing that may be used.
pub fn decode_into(notification: &Notification, decoded: &mut Decoded) -> Result<(), Malformed> {
    let Notification { characteristic, received_at, bytes, .. } = notification;
    let format = readable(notification)?;
    let malformed = |reason| Malformed { characteristic: *characteristic, reason };
    format.decode_into(bytes, &Context::at(*received_at), decoded).map_err(malformed)?;
    for reading in &mut decoded.readings {
        *reading = date_time::recordable(*reading, *received_at);
    }
    Ok(())
}

/// Who reads a notification, if it can be one at all.
fn readable(notification: &Notification) -> Result<&'static Format, Malformed> {
    let Notification { characteristic, received_at, bytes, .. } = notification;
    let reason = match format_of(*characteristic) {
        _ if !RECORDABLE.contains(received_at) => Reason::ReceivedOutside(*received_at),
        _ if bytes.len() > LONGEST_VALUE => Reason::TooLong { came: bytes.len() },
        Some(format) => return Ok(format),
        None => Reason::NoDecoder,
    };
    Err(Malformed { characteristic: *characteristic, reason })
}

/// Who reads this characteristic, whichever instance of it; `None` when this version does not know it.
///
/// ```
/// use pulsebook_core::{ble::Characteristic, decode::{Kind, format_of}};
/// let format = format_of(Characteristic::new(0x180D, 0x2A37)).unwrap();
/// assert_eq!((format.name, format.kind), ("Heart Rate Measurement", Kind::Stream));
/// ```
pub fn format_of(characteristic: Characteristic) -> Option<&'static Format> {
    let first = Characteristic { instance: 0, ..characteristic };
    FORMATS.iter().copied().flatten().find(|format| format.characteristic == first)
}

/// Whether a characteristic notifies again and again by itself, however regularly: one notification of it is little.
///
/// A spot measurement is all there is of it, and so is anything that no decoder knows.
pub(crate) fn is_stream(characteristic: Characteristic) -> bool {
    format_of(characteristic).is_some_and(|format| format.kind == Kind::Stream)
}

/// Whether the frames of a characteristic may say which of the sensor's users measured. Not whether this sensor's do.
pub(crate) fn may_name_user(characteristic: Characteristic) -> bool {
    const SERVICES: [u16; 4] = [
        blood_pressure::MEASUREMENT.service,
        weight_scale::MEASUREMENT.service,
        body_composition::MEASUREMENT.service,
        generic::SERVICE,
    ];
    SERVICES.contains(&characteristic.service)
}

/// For tests of one profile: a frame of which nothing is known but when it was received.
#[cfg(test)]
fn alone(
    read: format::Read,
    bytes: &[u8],
    received_at: pulsebook_protocol::reading::UnixMillis,
) -> Result<Decoded, Reason> {
    let mut decoded = Decoded::default();
    read(&mut cursor::Cursor::new(bytes), &Context::at(received_at), &mut decoded).map(|()| decoded)
}

#[cfg(test)]
mod tests;
