//! Sensors that mean harm or are badly broken: what they send must neither stop the others nor fill the memory.

use super::Scripted;
use crate::gatt::{About, Address, Output, Properties, Service, SimSensor};
use pulsebook_core::ble::{Characteristic, UnixMillis};

const HEART_RATE: Characteristic = Characteristic::new(0x180D, 0x2A37);
const BATTERY: Characteristic = Characteristic::new(0x180F, 0x2A19);

/// The ways in which a sensor is hostile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hostile {
    /// A value of 512 bytes, the most an attribute holds, each millisecond and for ever.
    Flood,
    /// Frames whose flags promise more than follows, nothing at all, or far too much.
    LyingLengths,
    /// Another table five times a second, and values from characteristics that have just gone.
    ChangingTable,
    /// A name that would clear the screen, colour it and ring, and that goes on after a line break.
    ControlName,
    /// A name of 10,000 characters.
    EndlessName,
    /// Ends every connection at once.
    HangsUp,
    /// Answers each read with 512 bytes that are no text.
    NoText,
    /// Goes under another radio address each second.
    ManyAddresses,
}

impl Hostile {
    /// All of them.
    pub const ALL: [Hostile; 8] = [
        Hostile::Flood,
        Hostile::LyingLengths,
        Hostile::ChangingTable,
        Hostile::ControlName,
        Hostile::EndlessName,
        Hostile::HangsUp,
        Hostile::NoText,
        Hostile::ManyAddresses,
    ];

    /// The sensor, alive from `start` on.
    pub fn sensor(self, start: UnixMillis) -> Box<dyn SimSensor> {
        if self == Hostile::ManyAddresses {
            return Box::new(Changeling { sensor: self.scripted(start), turns: 0 });
        }
        Box::new(self.scripted(start))
    }

    fn scripted(self, start: UnixMillis) -> Scripted {
        let about = About {
            appearance: 0x0341,
            advertised: vec![0x180D],
            ..About::new(
                self.id(),
                &self.name(),
                "heart-rate strap",
                Address::simulated(0xBAD0 + self as u16),
            )
        };
        let sensor = Scripted::new(about, table()).answers(BATTERY, &[50]);
        match self {
            Hostile::Flood => sensor.sends(start, HEART_RATE, &[0xFF; 512]).repeating(1),
            Hostile::LyingLengths => lies(sensor, start),
            Hostile::ChangingTable => {
                let other = vec![Service::new(0x1810, &[(0x2A35, Properties::INDICATE)])];
                let gone = sensor.becomes(start + 100, other).sends(start + 101, HEART_RATE, &[0, 60]);
                gone.becomes(start + 300, table()).sends(start + 301, HEART_RATE, &[0, 61]).repeating(400)
            }
            Hostile::ControlName | Hostile::EndlessName => {
                sensor.sends(start, HEART_RATE, &[0, 60]).repeating(1000)
            }
            Hostile::HangsUp => sensor.does(start, Output::Disconnects).repeating(10),
            Hostile::NoText => {
                let facts = [0x2A29, 0x2A24, 0x2A25].map(|fact| Characteristic::new(0x180A, fact));
                facts.into_iter().fold(sensor, |sensor, fact| sensor.answers(fact, &[0x1B; 512]))
            }
            Hostile::ManyAddresses => sensor.does(start, Output::AddressChanged).repeating(1000),
        }
    }

    fn id(self) -> &'static str {
        match self {
            Hostile::Flood => "hostile-flood",
            Hostile::LyingLengths => "hostile-lying-lengths",
            Hostile::ChangingTable => "hostile-changing-table",
            Hostile::ControlName => "hostile-control-name",
            Hostile::EndlessName => "hostile-endless-name",
            Hostile::HangsUp => "hostile-hangs-up",
            Hostile::NoText => "hostile-no-text",
            Hostile::ManyAddresses => "hostile-many-addresses",
        }
    }

    fn name(self) -> String {
        match self {
            Hostile::ControlName => {
                "\u{1b}[2J\u{1b}[31mStrap\u{7}\r\n\u{9b}2K\u{202e}partS\u{200b}".to_owned()
            }
            Hostile::EndlessName => "Strap ".repeat(1667).chars().take(10_000).collect(),
            other => other.id().to_owned(),
        }
    }
}

fn table() -> Vec<Service> {
    let facts = [(0x2A29, Properties::READ), (0x2A24, Properties::READ), (0x2A25, Properties::READ)];
    vec![
        Service::new(0x180D, &[(0x2A37, Properties::NOTIFY)]),
        Service::new(0x180F, &[(0x2A19, Properties::READ | Properties::NOTIFY)]),
        Service::new(0x180A, &facts),
    ]
}

/// Sixteen bits promised and eight sent; RR intervals cut in half; nothing; one flag byte; 512 bytes of intervals.
fn lies(sensor: Scripted, start: UnixMillis) -> Scripted {
    let endless = [&[0x10, 60][..], &[0xAA; 510]].concat();
    let frames: [&[u8]; 6] = [&[0x01, 60], &[0x10, 60, 0xEC], &[], &[0x1F], &[0x08, 60, 1], &endless];
    let frames = frames.into_iter().zip(0..);
    frames.fold(sensor, |sensor, (frame, n)| sensor.sends(start + n * 100, HEART_RATE, frame)).repeating(600)
}

/// A sensor that takes another address each time its script says so.
#[derive(Debug)]
struct Changeling {
    sensor: Scripted,
    turns: u16,
}

impl SimSensor for Changeling {
    fn about(&self) -> &About {
        self.sensor.about()
    }

    fn table(&self) -> &[Service] {
        self.sensor.table()
    }

    fn read(
        &mut self,
        at: Characteristic,
        link: &crate::gatt::Link,
    ) -> Result<Vec<u8>, crate::gatt::AttError> {
        self.sensor.read(at, link)
    }

    fn due(&self) -> Option<UnixMillis> {
        self.sensor.due()
    }

    fn step(&mut self, link: &crate::gatt::Link) -> Option<Output> {
        let output = self.sensor.step(link)?;
        if output == Output::AddressChanged {
            self.turns = self.turns.wrapping_add(1);
            self.sensor.readdress(Address::simulated(self.turns));
        }
        Some(output)
    }
}
