//! What each simulated wearable answers about itself: Device Information and what it can do, from the specifications alone.

use crate::scenario::Wearable;
use pulsebook_core::ble::Characteristic;

pub(crate) const DEVICE_INFORMATION: u16 = 0x180A;

pub(crate) const SENSOR_LOCATION: Characteristic = Characteristic::new(0x180D, 0x2A38);
pub(crate) const TEMPERATURE_TYPE: Characteristic = Characteristic::new(0x1809, 0x2A1D);
pub(crate) const PRESSURE_FEATURES: Characteristic = Characteristic::new(0x1810, 0x2A49);
pub(crate) const OXIMETER_FEATURES: Characteristic = Characteristic::new(0x1822, 0x2A60);

/// Everything of Device Information that any of them has.
pub(crate) const FACTS: [Characteristic; 10] = {
    const fn fact(characteristic: u16) -> Characteristic {
        Characteristic::new(DEVICE_INFORMATION, characteristic)
    }
    [
        fact(0x2A29),
        fact(0x2A24),
        fact(0x2A25),
        fact(0x2A27),
        fact(0x2A26),
        fact(0x2A28),
        fact(0x2A23),
        fact(0x2A50),
        fact(0x2A2A),
        fact(0x2BFF),
    ]
};

/// The answer to a read; `None` when the wearable has no such characteristic.
pub(crate) fn answer(wearable: Wearable, asked: Characteristic) -> Option<Vec<u8>> {
    if let Some(feature) = feature(wearable, asked) {
        return Some(feature);
    }
    let Characteristic { service: DEVICE_INFORMATION, characteristic, instance: 0 } = asked else {
        return None;
    };
    let number = number(wearable);
    match characteristic {
        0x2A29 => Some(b"Pulsebook Simulated Devices".to_vec()),
        0x2A24 => Some(model(wearable).as_bytes().to_vec()),
        0x2A25 => Some(format!("SIM-{number:06}").into_bytes()),
        0x2A27 => Some(b"A".to_vec()),
        0x2A26 => Some(b"1.4.2".to_vec()),
        // Some real sensors pad their texts with zeros.
        0x2A28 => Some(b"1.4\0\0".to_vec()),
        0x2A23 => Some(system_id(0x02_50_42, number)),
        0x2A50 => Some(pnp_id(number)),
        0x2A2A => Some(vec![0, 2, 0, 18, 2, 1, 0, 8, 8, 0, 0, 1, 0, 2, 0x80, 7]),
        0x2BFF if is_medical(wearable) => Some(udi(number)),
        _ => None,
    }
}

/// What it can do, as its frames show it.
fn feature(wearable: Wearable, asked: Characteristic) -> Option<Vec<u8>> {
    match (wearable, asked) {
        // The chest.
        (Wearable::Strap, SENSOR_LOCATION) => Some(vec![1]),
        // The mouth.
        (Wearable::Thermometer, TEMPERATURE_TYPE) => Some(vec![6]),
        (Wearable::Cuff, PRESSURE_FEATURES) => Some(vec![0, 0]),
        (Wearable::Oximeter, OXIMETER_FEATURES) => Some(vec![0, 0]),
        // Both status fields, time and amplitude; then which status bits there are.
        (Wearable::SpotOximeter, OXIMETER_FEATURES) => Some(vec![0x4B, 0, 0x80, 0x01, 0, 0, 0]),
        _ => None,
    }
}

/// Makes serial numbers, System IDs and radio addresses differ.
pub(crate) fn number(wearable: Wearable) -> u32 {
    match wearable {
        Wearable::Strap => 1,
        Wearable::Oximeter => 2,
        Wearable::Thermometer => 3,
        Wearable::Cuff => 4,
        Wearable::SpotOximeter => 5,
        Wearable::GlucoseMonitor => 6,
    }
}

fn model(wearable: Wearable) -> &'static str {
    match wearable {
        Wearable::Strap => "Strap 1",
        Wearable::Oximeter => "Wrist Oximeter 1",
        Wearable::Thermometer => "Thermometer 1",
        Wearable::Cuff => "Cuff 1",
        Wearable::SpotOximeter => "Fingertip Oximeter 1",
        Wearable::GlucoseMonitor => "Glucose Monitor 1",
    }
}

fn is_medical(wearable: Wearable) -> bool {
    matches!(
        wearable,
        Wearable::Cuff | Wearable::SpotOximeter | Wearable::Thermometer | Wearable::GlucoseMonitor
    )
}

/// Forty bits of the manufacturer, then twenty-four of the organisation, least byte first.
fn system_id(organisation: u32, number: u32) -> Vec<u8> {
    let number = u64::from(number).to_le_bytes();
    let organisation = organisation.to_le_bytes();
    number.iter().take(5).chain(organisation.iter().take(3)).copied().collect()
}

/// Vendor 0xFFFF of the Bluetooth SIG's list is for tests; version 1.4.2 is 0x0142.
fn pnp_id(number: u32) -> Vec<u8> {
    let product = (number as u16).to_le_bytes();
    [&[1, 0xFF, 0xFF][..], &product, &0x0142u16.to_le_bytes()].concat()
}

/// Flags for label, device identifier, issuer and authority; each text ends with a zero.
fn udi(number: u32) -> Vec<u8> {
    let device = format!("0000000000{number:04}");
    let label = format!("(01){device}(21)SIM-{number:06}");
    let texts = [label.as_str(), device.as_str(), "2.51", "0.0"];
    texts.iter().fold(vec![0x0F], |mut bytes, text| {
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
        bytes
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_match_bytes_written_by_hand() {
        let ask = |number| answer(Wearable::Cuff, Characteristic::new(DEVICE_INFORMATION, number));
        assert_eq!(ask(0x2A23).unwrap(), [4, 0, 0, 0, 0, 0x42, 0x50, 0x02]);
        assert_eq!(ask(0x2A50).unwrap(), [1, 0xFF, 0xFF, 4, 0, 0x42, 0x01]);
        assert!(ask(0x2BFF).unwrap().starts_with(b"\x0f(01)00000000000004(21)SIM-000004\0"));
        assert_eq!(ask(0x2A00), None);
        assert_eq!(answer(Wearable::Strap, Characteristic::new(DEVICE_INFORMATION, 0x2BFF)), None);
    }
}
