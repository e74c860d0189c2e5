//! What a sensor offers that a record can use: its services, the characteristics to subscribe to, and words for both.

use crate::foreign::{Attribute, CharPropFlags, Service};
use pulsebook_core::ble::{Characteristic, Offered, Properties};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What a service makes of a sensor that has it.
struct Profile {
    service: u16,
    /// What such a sensor is, in a patient's words.
    sensor: &'static str,
    /// What it measures, in a patient's words.
    measures: &'static str,
}

const fn profile(service: u16, sensor: &'static str, measures: &'static str) -> Profile {
    Profile { service, sensor, measures }
}

/// Health profiles in the order in which they name a sensor that has several. Numbers: Bluetooth SIG, Assigned Numbers.
const PROFILES: &[Profile] = &[
    profile(0x1810, "blood pressure cuff", "blood pressure"),
    profile(0x1808, "glucose meter", "glucose"),
    profile(0x181F, "continuous glucose sensor", "glucose"),
    profile(0x1822, "pulse oximeter", "oxygen"),
    profile(0x1809, "thermometer", "temperature"),
    profile(0x181B, "body composition scale", "body composition"),
    profile(0x181D, "scale", "weight"),
    profile(0x1840, "health sensor", "several vitals"),
    profile(0x183E, "activity tracker", "activity"),
    profile(0x180D, "heart-rate strap", "heart rate"),
    profile(0x1814, "running sensor", "running"),
    profile(0x1816, "cycling sensor", "cycling"),
];

/// Streams, with the nominal time between two notifications in ms: the standard leaves it to the sensor, these are usual.
const STREAMS: &[(Characteristic, u32)] = &[
    (Characteristic::new(0x180D, 0x2A37), 1_000),
    (Characteristic::new(0x1822, 0x2A5F), 1_000),
    (Characteristic::new(0x1814, 0x2A53), 1_000),
    (Characteristic::new(0x1816, 0x2A5B), 1_000),
    (Characteristic::new(0x181F, 0x2AA7), 300_000),
];

/// Current Time and Elapsed Time.
const CLOCKS: [u16; 2] = [0x1805, 0x183F];

/// Services whose measurements carry a time of the sensor's own.
const STAMPING: [u16; 8] = [0x1808, 0x1809, 0x1810, 0x181B, 0x181D, 0x181F, 0x1822, 0x1840];

/// The 16-bit number of an assigned UUID; `None` for a maker's own.
pub(crate) fn number(uuid: Uuid) -> Option<u16> {
    const BASE: u128 = 0x0000_0000_0000_1000_8000_0080_5F9B_34FB;
    let rest = uuid.as_u128().checked_sub(BASE)?;
    let low = rest & ((1 << 96) - 1);
    if low == 0 { u16::try_from(rest >> 96).ok() } else { None }
}

/// What these services make of a sensor, in a patient's words; `None` when none of them is understood.
pub(crate) fn kind(services: &[u16]) -> Option<&'static str> {
    profiles(services).next().map(|profile| profile.sensor)
}

/// What these services measure, in a patient's words.
pub(crate) fn measures(services: &[u16]) -> Vec<&'static str> {
    profiles(services).map(|profile| profile.measures).collect()
}

/// Whether the sensor has a clock, or stamps what it measures.
pub(crate) fn has_clock(services: &[u16]) -> bool {
    services.iter().any(|service| CLOCKS.contains(service) || STAMPING.contains(service))
}

/// What can be subscribed to, of what is useful, and no more than `most`.
pub(crate) fn notifies(services: &[Service], useful: &[Characteristic], most: usize) -> Vec<Characteristic> {
    let attributes = services.iter().flat_map(|service| &service.characteristics);
    let mut offered: Vec<Characteristic> = attributes
        .filter(|attribute| attribute.properties.intersects(CharPropFlags::NOTIFY | CharPropFlags::INDICATE))
        .filter_map(named)
        .filter(|at| useful.contains(at))
        .take(most)
        .collect();
    offered.sort_unstable();
    offered
}

/// Everything with an assigned number that these services have.
pub(crate) fn offered(services: &BTreeSet<Service>) -> Vec<Offered> {
    let attributes = services.iter().flat_map(|service| &service.characteristics);
    let offered = |attribute: &Attribute| {
        Some(Offered { at: named(attribute)?, properties: Properties(attribute.properties.bits()) })
    };
    attributes.filter_map(offered).collect()
}

/// The time between two measurements of the quickest stream among these, in ms.
pub(crate) fn cadence_ms(notifies: &[Characteristic]) -> Option<u32> {
    STREAMS.iter().filter(|(at, _)| notifies.contains(at)).map(|(_, cadence)| *cadence).min()
}

/// A characteristic by its numbers; `None` for a maker's own.
pub(crate) fn named(attribute: &Attribute) -> Option<Characteristic> {
    Some(Characteristic::new(number(attribute.service_uuid)?, number(attribute.uuid)?))
}

fn profiles(services: &[u16]) -> impl Iterator<Item = &'static Profile> {
    PROFILES.iter().filter(|profile| services.contains(&profile.service))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assigned_numbers_are_read_and_a_makers_own_are_not() {
        let uuid = |text: &str| number(Uuid::parse_str(text).unwrap());
        assert_eq!(uuid("0000180d-0000-1000-8000-00805f9b34fb"), Some(0x180D));
        assert_eq!(uuid("0001180d-0000-1000-8000-00805f9b34fb"), None);
        assert_eq!(uuid("6e400001-b5a3-f393-e0a9-e50e24dcca9e"), None);
        assert_eq!(uuid("00000000-0000-0000-0000-000000000000"), None);
    }

    #[test]
    fn a_sensor_is_named_by_its_most_telling_profile() {
        assert_eq!(kind(&[0x180D, 0x1810, 0x180F]), Some("blood pressure cuff"));
        assert_eq!(measures(&[0x180D, 0x1822]), ["oxygen", "heart rate"]);
        assert_eq!(kind(&[0x180F, 0x180A]), None);
        assert_eq!(cadence_ms(&[Characteristic::new(0x1822, 0x2A5E)]), None);
        assert_eq!(
            cadence_ms(&[Characteristic::new(0x1822, 0x2A5F), Characteristic::new(0x180F, 0x2A19)]),
            Some(1000)
        );
    }
}
