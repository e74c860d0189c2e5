//! A heart-rate strap that numbers its notifications, so that a lost, doubled or swapped one is seen.

use crate::gatt::{About, Address, AttError, Link, Output, Properties, Service, SimSensor};
use pulsebook_core::ble::{Characteristic, UnixMillis};

const HEART_RATE: Characteristic = Characteristic::new(0x180D, 0x2A37);

/// Sends a number of Heart Rate Measurements, counted only while somebody listens, and is silent then.
///
/// Notification `n` (from 0) has the heart rate 60 + n mod 100 and the one RR interval n mod 65,536.
#[derive(Clone, Debug)]
pub struct CountedStrap {
    about: About,
    table: Vec<Service>,
    every_ms: i64,
    due: UnixMillis,
    sent: u64,
    count: u64,
}

impl CountedStrap {
    /// The strap with this number in its address; it sends `count` notifications, one each `every_ms` milliseconds.
    ///
    /// ```
    /// use pulsebook_sensor_sim::sensors::CountedStrap;
    /// assert_eq!(CountedStrap::frame(300), [0x10, 60, 0x2C, 0x01]);
    /// ```
    pub fn new(number: u16, start: UnixMillis, every_ms: i64, count: u64) -> CountedStrap {
        let address = Address::simulated(number);
        let id = format!("sim-counted-{number:04}");
        let name = format!("Sim Strap {number}");
        CountedStrap {
            about: About {
                cadence_ms: u32::try_from(every_ms).ok(),
                appearance: 0x0341,
                advertised: vec![0x180D],
                ..About::new(&id, &name, "heart-rate strap", address)
            },
            table: vec![
                Service::new(0x180D, &[(0x2A37, Properties::NOTIFY), (0x2A38, Properties::READ)]),
                Service::new(0x180F, &[(0x2A19, Properties::READ | Properties::NOTIFY)]),
                Service::new(0x180A, &[(0x2A29, Properties::READ), (0x2A23, Properties::READ)]),
            ],
            every_ms: every_ms.max(1),
            due: start,
            sent: 0,
            count,
        }
    }

    /// The attribute value of notification `n`.
    pub fn frame(n: u64) -> Vec<u8> {
        let [low, high] = ((n % 65_536) as u16).to_le_bytes();
        vec![0x10, 60 + (n % 100) as u8, low, high]
    }
}

impl SimSensor for CountedStrap {
    fn about(&self) -> &About {
        &self.about
    }

    fn table(&self) -> &[Service] {
        &self.table
    }

    fn read(&mut self, at: Characteristic, _link: &Link) -> Result<Vec<u8>, AttError> {
        match at.characteristic {
            // The chest.
            0x2A38 => Ok(vec![1]),
            0x2A19 => Ok(vec![90]),
            0x2A29 => Ok(b"Pulsebook Simulated Devices".to_vec()),
            _ => {
                let [_, _, _, _, high, low] = self.about.address.bytes;
                Ok(vec![low, high, 0, 0, 0, 0x42, 0x50, 0x02])
            }
        }
    }

    fn due(&self) -> Option<UnixMillis> {
        (self.sent < self.count).then_some(self.due)
    }

    fn step(&mut self, link: &Link) -> Option<Output> {
        self.due += self.every_ms;
        if !link.listens(HEART_RATE) {
            return None;
        }
        let bytes = CountedStrap::frame(self.sent);
        self.sent += 1;
        Some(Output::Value { at: HEART_RATE, bytes, delay_ms: 0 })
    }
}
