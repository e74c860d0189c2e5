//! The computer's adapter: its switch, and who looks for sensors through it.

use super::{AdapterState, outbox::Properties, refusal::Refusal};
use std::collections::{BTreeMap, BTreeSet};
use zbus::Variant;

pub(super) const ADAPTER: &str = "org.bluez.Adapter1";
pub(super) const PATH: &str = "/org/bluez/hci0";

#[derive(Debug)]
pub(super) struct Adapter {
    state: AdapterState,
    pub(super) alias: String,
    pub(super) pairable: bool,
    pub(super) discoverable: bool,
    /// Which services each client wants to hear of; an empty set: all.
    filters: BTreeMap<String, BTreeSet<String>>,
    looking: BTreeSet<String>,
}

impl Adapter {
    pub(super) fn new(state: AdapterState) -> Adapter {
        Adapter {
            state,
            alias: "simulated".to_owned(),
            pairable: true,
            discoverable: false,
            filters: BTreeMap::new(),
            looking: BTreeSet::new(),
        }
    }

    pub(super) fn is_there(&self) -> bool {
        self.state != AdapterState::Absent
    }

    pub(super) fn powered(&self) -> bool {
        self.state == AdapterState::On
    }

    pub(super) fn discovering(&self) -> bool {
        self.powered() && !self.looking.is_empty()
    }

    /// Switches it; `true`: it was the other way before.
    pub(super) fn switch(&mut self, on: bool) -> Result<bool, Refusal> {
        match self.state {
            AdapterState::Blocked if on => return Err(Refusal::BLOCKED),
            AdapterState::Blocked | AdapterState::Absent => return Ok(false),
            AdapterState::On | AdapterState::Off => {}
        }
        let changes = self.powered() != on;
        self.state = if on { AdapterState::On } else { AdapterState::Off };
        if !on {
            self.looking.clear();
        }
        Ok(changes)
    }

    pub(super) fn filter(&mut self, client: &str, services: BTreeSet<String>) {
        self.filters.insert(client.to_owned(), services);
    }

    /// `true`: nobody looked before.
    pub(super) fn look(&mut self, client: &str) -> Result<bool, Refusal> {
        if !self.powered() {
            return Err(Refusal::NOT_READY);
        }
        let first = self.looking.is_empty();
        if !self.looking.insert(client.to_owned()) {
            return Err(Refusal::IN_PROGRESS);
        }
        Ok(first)
    }

    /// `true`: nobody looks any more.
    pub(super) fn look_no_more(&mut self, client: &str) -> Result<bool, Refusal> {
        if !self.looking.remove(client) {
            return Err(Refusal::NO_DISCOVERY);
        }
        Ok(self.looking.is_empty())
    }

    /// Forgets a client that has left the bus; `true`: nobody looks any more.
    pub(super) fn forget(&mut self, client: &str) -> bool {
        self.filters.remove(client);
        self.looking.remove(client) && self.looking.is_empty()
    }

    /// Whether somebody looks for a sensor with these services.
    pub(super) fn wants(&self, services: &[String]) -> bool {
        let wanted = |client: &String| match self.filters.get(client) {
            Some(filter) if !filter.is_empty() => services.iter().any(|service| filter.contains(service)),
            _ => true,
        };
        self.discovering() && self.looking.iter().any(wanted)
    }

    pub(super) fn properties(&self) -> Properties {
        Properties::from([
            ("Address", "00:1A:7D:DA:71:13".into()),
            ("AddressType", "public".into()),
            ("Name", "simulated".into()),
            ("Alias", self.alias.clone().into()),
            ("Class", 0x006C_010C_u32.into()),
            ("Powered", self.powered().into()),
            ("PowerState", if self.powered() { "on" } else { "off" }.into()),
            ("Discoverable", self.discoverable.into()),
            ("DiscoverableTimeout", 180_u32.into()),
            ("Pairable", self.pairable.into()),
            ("PairableTimeout", 0_u32.into()),
            ("Discovering", self.discovering().into()),
            ("UUIDs", Variant::from(Vec::<String>::new())),
            ("Modalias", "usb:v1D6Bp0246d0542".into()),
            ("Roles", Variant::from(vec!["central".to_owned(), "peripheral".to_owned()])),
        ])
    }
}
