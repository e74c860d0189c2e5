//! A sensor's table as D-Bus objects: a path and a handle for each service, characteristic and descriptor.

use super::outbox::{Interfaces, Properties, beside_standard};
use crate::gatt::{self, Offer, Service, places};
use pulsebook_core::ble::Characteristic;
use zbus::{ObjectPath, Variant};

pub(super) const SERVICE: &str = "org.bluez.GattService1";
pub(super) const CHARACTERISTIC: &str = "org.bluez.GattCharacteristic1";
pub(super) const DESCRIPTOR: &str = "org.bluez.GattDescriptor1";

/// The attribute that StartNotify writes; nobody else may.
const CLIENT_CONFIGURATION: u16 = 0x2902;

/// The largest attribute protocol packet that is agreed on.
const MTU: u16 = 517;

/// One object of a sensor.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) path: String,
    uuid: u16,
    parent: String,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Service,
    Characteristic {
        at: Characteristic,
        offer: Offer,
    },
    /// A descriptor with its value; `None`: the client configuration of that characteristic.
    Descriptor {
        value: Option<Vec<u8>>,
        of: Characteristic,
    },
}

/// The objects of a table. Handles go on from `first`, so that a new table has new paths.
pub(super) fn nodes(sensor: &str, table: &[Service], first: u16) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut handle = first;
    let mut named = places(table);
    for service in table {
        let path = format!("{sensor}/service{handle:04x}");
        handle = handle.saturating_add(1);
        let node =
            Node { path: path.clone(), uuid: service.uuid, parent: sensor.to_owned(), what: What::Service };
        nodes.push(node);
        for (at, offer) in named.by_ref().take(service.offers.len()) {
            characteristic(&mut nodes, &path, (at, offer), &mut handle);
        }
    }
    nodes
}

/// A characteristic takes two handles, its declaration and its value, and one for each descriptor.
fn characteristic(
    nodes: &mut Vec<Node>,
    service: &str,
    (at, offer): (Characteristic, &Offer),
    handle: &mut u16,
) {
    let path = format!("{service}/char{handle:04x}");
    *handle = handle.saturating_add(2);
    let what = What::Characteristic { at, offer: offer.clone() };
    nodes.push(Node { path: path.clone(), uuid: offer.uuid, parent: service.to_owned(), what });
    let configuration = offer.properties.sends().then_some((CLIENT_CONFIGURATION, None));
    let described = offer.descriptors.iter().map(|d| (d.uuid, Some(d.value.clone())));
    for (uuid, value) in configuration.into_iter().chain(described) {
        let what = What::Descriptor { value, of: at };
        nodes.push(Node { path: format!("{path}/desc{handle:04x}"), uuid, parent: path.clone(), what });
        *handle = handle.saturating_add(1);
    }
}

/// The handles a table takes.
pub(super) fn handles(table: &[Service]) -> u16 {
    let of_offer = |offer: &Offer| 2 + usize::from(offer.properties.sends()) + offer.descriptors.len();
    let of_service = |service: &Service| 1 + service.offers.iter().map(of_offer).sum::<usize>();
    u16::try_from(table.iter().map(of_service).sum::<usize>()).unwrap_or(u16::MAX)
}

impl Node {
    /// The one interface that is its own.
    pub(super) fn interface(&self) -> &'static str {
        match self.what {
            What::Service => SERVICE,
            What::Characteristic { .. } => CHARACTERISTIC,
            What::Descriptor { .. } => DESCRIPTOR,
        }
    }

    pub(super) fn interfaces(&self, notifying: bool) -> Interfaces {
        beside_standard(self.interface(), self.properties(notifying))
    }

    pub(super) fn properties(&self, notifying: bool) -> Properties {
        let mut properties = Properties::from([("UUID", Variant::from(uuid(self.uuid)))]);
        let parent = ObjectPath::from_string_unchecked(self.parent.clone());
        match &self.what {
            What::Service => {
                properties.insert("Device", parent.into());
                properties.insert("Primary", true.into());
                properties.insert("Includes", Variant::from(Vec::<ObjectPath<'static>>::new()));
            }
            What::Characteristic { offer, .. } => {
                properties.insert("Service", parent.into());
                properties.insert("Flags", Variant::from(flags(offer.properties)));
                properties.insert("MTU", MTU.into());
                properties.insert("Value", Variant::from(Vec::<u8>::new()));
                if offer.properties.sends() {
                    properties.insert("Notifying", notifying.into());
                }
            }
            What::Descriptor { .. } => {
                properties.insert("Characteristic", parent.into());
                properties.insert("Value", Variant::from(Vec::<u8>::new()));
            }
        }
        properties
    }
}

/// A 16-bit number as the full UUID.
pub(super) fn uuid(number: u16) -> String {
    format!("0000{number:04x}-0000-1000-8000-00805f9b34fb")
}

fn flags(properties: gatt::Properties) -> Vec<String> {
    let words = [
        (gatt::Properties::READ, "read"),
        (gatt::Properties::WRITE_COMMAND, "write-without-response"),
        (gatt::Properties::WRITE, "write"),
        (gatt::Properties::NOTIFY, "notify"),
        (gatt::Properties::INDICATE, "indicate"),
    ];
    words.iter().filter(|(bit, _)| properties.any(*bit)).map(|(_, word)| (*word).to_owned()).collect()
}
