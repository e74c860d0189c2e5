//! The attributes of a sensor: services, characteristics, descriptors, and what may be done with them.

use pulsebook_core::ble::Characteristic;
pub use pulsebook_core::ble::Properties;
use std::collections::BTreeMap;

/// A primary service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its assigned number, for example `0x180D`.
    pub uuid: u16,
    /// Its characteristics, in the order of their handles.
    pub offers: Vec<Offer>,
}

/// A characteristic that a service offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its assigned number, for example `0x2A37`.
    pub uuid: u16,
    /// What may be done with it.
    pub properties: Properties,
    /// How well the link must be protected for that.
    pub security: Security,
    /// Its descriptors. The Client Characteristic Configuration is understood and need not be listed.
    pub descriptors: Vec<Descriptor>,
}

/// A descriptor that can only be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// Its assigned number, for example `0x2901`.
    pub uuid: u16,
    /// Its value.
    pub value: Vec<u8>,
}

/// How well a link is, or must be, protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Security {
    /// Not at all.
    #[default]
    Open,
    /// Encrypted, with whom is not sure (Just Works).
    Encrypted,
    /// Encrypted, and a person compared or typed a number.
    Authenticated,
}

impl Service {
    /// A service with these characteristics, open to everybody and without descriptors.
    pub fn new(uuid: u16, offers: &[(u16, Properties)]) -> Service {
        let offer = |(uuid, properties): &(u16, Properties)| Offer {
            uuid: *uuid,
            properties: *properties,
            security: Security::Open,
            descriptors: Vec::new(),
        };
        Service { uuid, offers: offers.iter().map(offer).collect() }
    }

    /// The same service for well enough protected links only.
    pub fn needing(mut self, security: Security) -> Service {
        self.offers.iter_mut().for_each(|offer| offer.security = security);
        self
    }
}

/// Every characteristic of a table with its name: instances are counted over all services of one number.
pub fn places(table: &[Service]) -> impl Iterator<Item = (Characteristic, &Offer)> {
    let mut seen: BTreeMap<(u16, u16), u8> = BTreeMap::new();
    table.iter().flat_map(|service| service.offers.iter().map(|offer| (service.uuid, offer))).map(
        move |(service, offer)| {
            let next = seen.entry((service, offer.uuid)).or_default();
            let instance = *next;
            *next = next.saturating_add(1);
            (Characteristic { service, characteristic: offer.uuid, instance }, offer)
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_battery_is_the_second_instance_even_in_a_second_service() {
        let battery = Service::new(0x180F, &[(0x2A19, Properties::READ)]);
        let table = [battery.clone(), Service::new(0x180D, &[(0x2A37, Properties::NOTIFY)]), battery];
        let named: Vec<String> = places(&table).map(|(at, _)| at.to_string()).collect();
        assert_eq!(
            named,
            ["2A19 of service 180F", "2A37 of service 180D", "2A19 of service 180F, instance 1"]
        );
    }
}
