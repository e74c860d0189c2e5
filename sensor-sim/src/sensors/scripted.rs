//! A sensor that follows a script: fixed answers, and outputs at fixed times.

use crate::gatt::{About, Address, AttError, Link, Output, Pairing, Security, Service, SimSensor};
use pulsebook_core::ble::{Characteristic, UnixMillis};
use std::collections::{BTreeMap, VecDeque};

/// Answers reads and writes from a table, and does what its script says when it says.
///
/// ```
/// use pulsebook_sensor_sim::{
///     gatt::{About, Address, Output, Properties, Service},
///     in_process::InProcess,
///     sensors::Scripted,
/// };
/// use pulsebook_core::ble::Characteristic;
///
/// let battery = Characteristic::new(0x180F, 0x2A19);
/// let about = About::new("b", "Scale", "scale", Address::simulated(9));
/// let table = vec![Service::new(0x180F, &[(0x2A19, Properties::READ | Properties::NOTIFY)])];
/// let sensor = Scripted::new(about, table).answers(battery, &[81]).does(500, Output::Disconnects);
/// InProcess::new(vec![sensor], 0, 60_000);
/// ```
#[derive(Clone, Debug)]
pub struct Scripted {
    about: About,
    table: Vec<Service>,
    answers: BTreeMap<Characteristic, Result<Vec<u8>, AttError>>,
    takes: BTreeMap<Characteristic, Result<(), AttError>>,
    script: VecDeque<(UnixMillis, Output)>,
    tables: VecDeque<Vec<Service>>,
    every_ms: Option<i64>,
    written: Vec<(Characteristic, Vec<u8>)>,
}

impl Scripted {
    /// A sensor that does nothing yet.
    pub fn new(about: About, table: Vec<Service>) -> Scripted {
        Scripted {
            about,
            table,
            answers: BTreeMap::new(),
            takes: BTreeMap::new(),
            script: VecDeque::new(),
            tables: VecDeque::new(),
            every_ms: None,
            written: Vec::new(),
        }
    }

    /// Pairs this way, and gives its attributes to well enough protected links only.
    pub fn protected(mut self, pairing: Pairing, security: Security) -> Scripted {
        self.about.pairing = pairing;
        self.table = self.table.into_iter().map(|service| service.needing(security)).collect();
        self
    }

    /// Answers reads of this characteristic with these bytes.
    pub fn answers(mut self, at: Characteristic, bytes: &[u8]) -> Scripted {
        self.answers.insert(at, Ok(bytes.to_vec()));
        self
    }

    /// Answers reads and writes of this characteristic with this error.
    pub fn refuses(mut self, at: Characteristic, error: AttError) -> Scripted {
        self.answers.insert(at, Err(error));
        self.takes.insert(at, Err(error));
        self
    }

    /// Takes whatever is written to this characteristic, and remembers it.
    pub fn takes(mut self, at: Characteristic) -> Scripted {
        self.takes.insert(at, Ok(()));
        self
    }

    /// Does this at a time; calls come in the order of their times.
    pub fn does(mut self, at: UnixMillis, output: Output) -> Scripted {
        self.script.push_back((at, output));
        self
    }

    /// Sends a value at a time.
    pub fn sends(self, time: UnixMillis, at: Characteristic, bytes: &[u8]) -> Scripted {
        self.does(time, Output::Value { at, bytes: bytes.to_vec(), delay_ms: 0 })
    }

    /// Has this table from that time on.
    pub fn becomes(mut self, time: UnixMillis, table: Vec<Service>) -> Scripted {
        self.tables.push_back(table);
        self.does(time, Output::TableChanged)
    }

    /// Begins again after the last line of its script, this much later each time.
    pub fn repeating(mut self, every_ms: i64) -> Scripted {
        self.every_ms = Some(every_ms.max(1));
        self
    }

    /// Advertises under this address from now on.
    pub(super) fn readdress(&mut self, address: Address) {
        self.about.address = address;
    }

    /// What was written, in order.
    pub fn written(&self) -> &[(Characteristic, Vec<u8>)] {
        &self.written
    }
}

impl SimSensor for Scripted {
    fn about(&self) -> &About {
        &self.about
    }

    fn table(&self) -> &[Service] {
        &self.table
    }

    fn read(&mut self, at: Characteristic, _link: &Link) -> Result<Vec<u8>, AttError> {
        self.answers.get(&at).cloned().unwrap_or(Err(AttError::UNLIKELY))
    }

    fn write(&mut self, at: Characteristic, bytes: &[u8], _link: &Link) -> Result<(), AttError> {
        self.takes.get(&at).copied().unwrap_or(Err(AttError::WRITE_NOT_PERMITTED))?;
        self.written.push((at, bytes.to_vec()));
        Ok(())
    }

    fn due(&self) -> Option<UnixMillis> {
        self.script.front().map(|(at, _)| *at)
    }

    fn step(&mut self, _link: &Link) -> Option<Output> {
        let (at, output) = self.script.pop_front()?;
        if output == Output::TableChanged
            && let Some(next) = self.tables.pop_front()
        {
            if self.every_ms.is_some() {
                self.tables.push_back(next.clone());
            }
            self.table = next;
        }
        if let Some(every) = self.every_ms {
            self.script.push_back((at.saturating_add(every), output.clone()));
        }
        Some(output)
    }
}
