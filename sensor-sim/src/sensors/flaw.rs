//! Sensors that break one clause each, so that the conformance kit can be tested: an exemplar with one thing changed.

mod table;

use super::exemplar::{Exemplar, Living};
use crate::gatt::{About, AttError, Link, Output, Properties, Security, Service, SimSensor, places};
use pulsebook_core::ble::{Characteristic, UnixMillis};
use std::collections::BTreeMap;

/// One flaw of one exemplar.
#[derive(Clone, Copy, Debug)]
pub struct Flaw {
    /// The name it is chosen by, behind the exemplar's: `strap/long-frame`.
    pub name: &'static str,
    /// Which exemplar has it.
    pub exemplar: Exemplar,
    /// What is wrong with it.
    pub says: &'static str,
    /// The clause of the conformance kit that it breaks.
    pub clause: &'static str,
    changes: &'static [Change],
}

/// What is different from the exemplar.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// It lacks this characteristic.
    Lacks(Characteristic),
    /// This characteristic has these properties.
    Has(Characteristic, Properties),
    /// It needs no bond.
    Open,
    /// It forgets its bond with each connection.
    ForgetsBond,
    /// Values of this characteristic are sent like this; `None`: not at all.
    Sends(Characteristic, fn(Sent<'_>) -> Option<Vec<u8>>),
    /// Reads of this characteristic are answered like this.
    Answers(Characteristic, &'static [u8]),
    /// Reads of this characteristic are refused.
    Refuses(Characteristic, AttError),
    /// Writes to this characteristic are heard like this.
    Hears(Characteristic, fn(&[u8]) -> Vec<u8>),
    /// Such writes to this characteristic are taken, and nothing comes of them but that a read says so.
    Takes(Characteristic, fn(&[u8]) -> bool),
    /// Such writes to this characteristic are taken and forgotten.
    Ignores(Characteristic, fn(&[u8]) -> bool),
    /// This error is never answered to a write.
    Forgives(AttError),
}

/// A value that is about to be sent, and what came before it.
struct Sent<'a> {
    bytes: &'a [u8],
    /// How often this record was sent before, where it is one with a number.
    again: u32,
    /// How many connections there were before.
    connections: u32,
    /// The first value of this characteristic.
    first: &'a [u8],
}

/// An exemplar with a flaw.
#[derive(Debug)]
struct Flawed {
    sensor: Living,
    changes: &'static [Change],
    about: About,
    table: Vec<Service>,
    first: BTreeMap<Characteristic, Vec<u8>>,
    records: BTreeMap<(Characteristic, u16), u32>,
    connections: u32,
    taken: BTreeMap<Characteristic, Vec<u8>>,
    forgets_at: Option<UnixMillis>,
}

impl Flaw {
    /// The exemplar with this flaw, alive from `start` on.
    pub fn sensor(&self, start: UnixMillis) -> Box<dyn SimSensor> {
        let sensor = self.exemplar.living(start);
        let mut about = sensor.about().clone();
        about.id = format!("{}-{}", about.id, self.name);
        Box::new(Flawed {
            table: changed(sensor.table(), self.changes),
            sensor,
            changes: self.changes,
            about,
            first: BTreeMap::new(),
            records: BTreeMap::new(),
            connections: 0,
            taken: BTreeMap::new(),
            forgets_at: None,
        })
    }

    /// What it is chosen by: `strap/long-frame`.
    pub fn path(&self) -> String {
        format!("{}/{}", self.exemplar.name(), self.name)
    }
}

fn changed(table: &[Service], changes: &[Change]) -> Vec<Service> {
    let mut table = table.to_vec();
    for change in changes {
        match change {
            Change::Open => {
                table = table.into_iter().map(|service| service.needing(Security::Open)).collect();
            }
            Change::Lacks(at) => {
                for service in table.iter_mut().filter(|service| service.uuid == at.service) {
                    service.offers.retain(|offer| offer.uuid != at.characteristic);
                }
            }
            Change::Has(at, properties) => {
                let services = table.iter_mut().filter(|service| service.uuid == at.service);
                let offers = services.flat_map(|service| &mut service.offers);
                offers
                    .filter(|offer| offer.uuid == at.characteristic)
                    .for_each(|offer| offer.properties = *properties);
            }
            _ => {}
        }
    }
    table
}

impl Flawed {
    fn send(&mut self, at: Characteristic, bytes: Vec<u8>) -> Option<Vec<u8>> {
        let connections = self.connections.saturating_sub(1);
        let first = self.first.entry(at).or_insert_with(|| bytes.clone());
        let times = record_number(at, &bytes).map(|number| self.records.entry((at, number)).or_default());
        let again = times.as_ref().map_or(0, |times| **times);
        if let Some(times) = times {
            *times += 1;
        }
        let mut bytes = bytes;
        for change in self.changes {
            if let Change::Sends(whose, send) = change
                && *whose == at
            {
                bytes = send(Sent { bytes: &bytes, again, connections, first })?;
            }
        }
        Some(bytes)
    }
}

/// The sequence number of a Glucose Measurement; nothing else that has a flaw of its own is a record.
fn record_number(at: Characteristic, bytes: &[u8]) -> Option<u16> {
    match (at.characteristic, bytes) {
        (0x2A18, [_, low, high, ..]) => Some(u16::from_le_bytes([*low, *high])),
        _ => None,
    }
}

impl SimSensor for Flawed {
    fn about(&self) -> &About {
        &self.about
    }

    fn table(&self) -> &[Service] {
        &self.table
    }

    fn read(&mut self, at: Characteristic, link: &Link) -> Result<Vec<u8>, AttError> {
        if let Some(taken) = self.taken.get(&at) {
            return Ok(taken.clone());
        }
        for change in self.changes {
            match change {
                Change::Answers(whose, bytes) if *whose == at => return Ok(bytes.to_vec()),
                Change::Refuses(whose, error) if *whose == at => return Err(*error),
                _ => {}
            }
        }
        self.sensor.read(at, link)
    }

    fn write(&mut self, at: Characteristic, bytes: &[u8], link: &Link) -> Result<(), AttError> {
        let mut heard = bytes.to_vec();
        self.taken.remove(&at);
        for change in self.changes {
            match change {
                Change::Hears(whose, hear) if *whose == at => heard = hear(bytes),
                Change::Ignores(whose, such) if *whose == at && such(bytes) => return Ok(()),
                Change::Takes(whose, such) if *whose == at && such(bytes) => {
                    self.taken.insert(at, heard);
                    return Ok(());
                }
                _ => {}
            }
        }
        match self.sensor.write(at, &heard, link) {
            Err(error)
                if self
                    .changes
                    .iter()
                    .any(|change| matches!(change, Change::Forgives(forgiven) if *forgiven == error)) =>
            {
                Ok(())
            }
            answer => answer,
        }
    }

    fn link_changed(&mut self, link: &Link) {
        self.connections += u32::from(link.connected);
        let forgets = self.changes.iter().any(|change| matches!(change, Change::ForgetsBond));
        self.forgets_at = (forgets && !link.connected).then_some(link.now);
        self.sensor.link_changed(link);
    }

    fn due(&self) -> Option<UnixMillis> {
        self.forgets_at.into_iter().chain(self.sensor.due()).min()
    }

    fn step(&mut self, link: &Link) -> Option<Output> {
        if self.forgets_at.take_if(|at| *at <= link.now).is_some() {
            return Some(Output::BondForgotten);
        }
        match self.sensor.step(link)? {
            Output::Value { at, bytes, delay_ms } => {
                places(&self.table).find(|(place, _)| *place == at)?;
                let bytes = self.send(at, bytes)?;
                Some(Output::Value { at, bytes, delay_ms })
            }
            other => Some(other),
        }
    }
}
