//! A sensor as BlueZ knows it: its path, what it is known to have, and who listens.

use super::{
    adapter,
    layout::{self, Node, What},
    outbox::{Interfaces, Properties, beside_standard},
    pairing::Attempt,
};
use crate::gatt::{Address, Security, Server, SimSensor};
use pulsebook_core::ble::Characteristic;
use std::collections::{BTreeMap, BTreeSet};
use zbus::{ObjectPath, Variant};

pub(super) const DEVICE: &str = "org.bluez.Device1";

/// The first handle of a sensor's own services; lower ones belong to the generic services.
const FIRST_HANDLE: u16 = 0x0010;

pub(super) struct Remote {
    pub(super) server: Server<Box<dyn SimSensor>>,
    /// The address under which BlueZ knows it.
    pub(super) address: Address,
    pub(super) path: String,
    /// Whether there is an object for it.
    pub(super) known: bool,
    /// BlueZ tells its services no more, after a pairing that failed, until it forgets the sensor.
    pub(super) untold: bool,
    /// What BlueZ has kept from pairing; the sensor may have forgotten its part.
    pub(super) bond: Security,
    /// The pairing under way.
    pub(super) attempt: Option<Attempt>,
    /// Whether it has been heard in the search that goes on.
    pub(super) heard: bool,
    pub(super) resolved: bool,
    pub(super) trusted: bool,
    pub(super) blocked: bool,
    pub(super) alias: Option<String>,
    pub(super) nodes: Vec<Node>,
    next_handle: u16,
    /// Which clients listen to what.
    pub(super) listeners: BTreeMap<Characteristic, BTreeSet<String>>,
}

impl Remote {
    pub(super) fn new(sensor: Box<dyn SimSensor>) -> Remote {
        let mut remote = Remote {
            server: Server::new(sensor),
            address: Address::simulated(0),
            path: String::new(),
            known: false,
            untold: false,
            bond: Security::Open,
            attempt: None,
            heard: false,
            resolved: false,
            trusted: false,
            blocked: false,
            alias: None,
            nodes: Vec::new(),
            next_handle: FIRST_HANDLE,
            listeners: BTreeMap::new(),
        };
        remote.take_path();
        remote
    }

    /// Takes the path of the address that it has now.
    pub(super) fn take_path(&mut self) {
        self.address = self.server.sensor().about().address;
        self.path = format!("{}/dev_{}", adapter::PATH, self.address.to_string().replace(':', "_"));
    }

    pub(super) fn connected(&self) -> bool {
        self.server.link().connected
    }

    pub(super) fn bonded(&self) -> bool {
        self.bond > Security::Open
    }

    /// The services it advertises, and all it has once they are known.
    pub(super) fn services(&self) -> Vec<String> {
        if self.untold {
            return Vec::new();
        }
        let sensor = self.server.sensor();
        let found = self.resolved.then(|| sensor.table().iter().map(|service| service.uuid));
        let all: BTreeSet<u16> =
            sensor.about().advertised.iter().copied().chain(found.into_iter().flatten()).collect();
        all.into_iter().map(layout::uuid).collect()
    }

    /// Makes the objects of its table.
    pub(super) fn lay_out(&mut self) {
        let table = self.server.sensor().table();
        self.nodes = layout::nodes(&self.path, table, self.next_handle);
        self.next_handle = self.next_handle.saturating_add(layout::handles(table));
    }

    pub(super) fn node(&self, path: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.path == path)
    }

    /// The path of a characteristic.
    pub(super) fn place(&self, wanted: Characteristic) -> Option<&str> {
        let is = |node: &&Node| matches!(node.what, What::Characteristic { at, .. } if at == wanted);
        self.nodes.iter().find(is).map(|node| node.path.as_str())
    }

    pub(super) fn notifying(&self, at: Characteristic) -> bool {
        self.listeners.get(&at).is_some_and(|clients| !clients.is_empty())
    }

    pub(super) fn node_notifies(&self, node: &Node) -> bool {
        matches!(node.what, What::Characteristic { at, .. } if self.notifying(at))
    }

    pub(super) fn interfaces(&self) -> Interfaces {
        beside_standard(DEVICE, self.properties())
    }

    pub(super) fn properties(&self) -> Properties {
        let about = self.server.sensor().about();
        let name = self.alias.clone().unwrap_or_else(|| about.name.clone());
        let adapter = ObjectPath::from_str_unchecked(adapter::PATH);
        let mut properties = Properties::from([
            ("Address", self.address.to_string().into()),
            ("AddressType", if self.address.random { "random" } else { "public" }.into()),
            ("Name", about.name.clone().into()),
            ("Alias", name.into()),
            ("Paired", self.bonded().into()),
            ("Bonded", self.bonded().into()),
            ("Trusted", self.trusted.into()),
            ("Blocked", self.blocked.into()),
            ("LegacyPairing", false.into()),
            ("Connected", self.connected().into()),
            ("ServicesResolved", self.resolved.into()),
            ("UUIDs", Variant::from(self.services())),
            ("Adapter", adapter.into()),
        ]);
        if about.appearance != 0 {
            properties.insert("Appearance", about.appearance.into());
        }
        if self.heard {
            properties.insert("RSSI", about.rssi.into());
        }
        if !about.manufacturer_data.is_empty() {
            let data = about.manufacturer_data.iter();
            let data: BTreeMap<u16, Variant<'static>> =
                data.map(|(company, bytes)| (*company, Variant::from(bytes.clone()))).collect();
            properties.insert("ManufacturerData", data.into());
        }
        properties
    }
}
