//! Where a sensor is tested: over this device's Bluetooth, or simulated in virtual time.

use crate::{bluetooth, moment};
use pulsebook_conformance::Stand;
use pulsebook_core::ble::{BleTransport, Pending, TransportEvent, UnixMillis};
use pulsebook_radio::Radio;
use pulsebook_sensor_sim::{gatt::SimSensor, in_process::InProcess};
use std::future::ready;

/// Real sensors, real time.
pub(super) struct Wireless(pub(super) Radio);

/// Simulated ones, as fast as they are asked.
pub(super) struct Simulated(pub(super) InProcess<Box<dyn SimSensor>>);

impl Stand for Wireless {
    fn transport(&mut self) -> &mut dyn BleTransport {
        &mut self.0
    }

    fn now(&self) -> UnixMillis {
        moment::now()
    }

    fn next(&mut self, wait_ms: i64) -> Pending<'_, Option<TransportEvent>> {
        Box::pin(async move {
            let next = tokio::time::timeout(bluetooth::span(wait_ms), self.0.next_event()).await;
            next.ok().flatten()
        })
    }
}

impl Stand for Simulated {
    fn transport(&mut self) -> &mut dyn BleTransport {
        &mut self.0
    }

    fn now(&self) -> UnixMillis {
        self.0.now()
    }

    fn next(&mut self, wait_ms: i64) -> Pending<'_, Option<TransportEvent>> {
        let until = self.0.now().saturating_add(wait_ms);
        Box::pin(ready(self.0.next_before(until)))
    }
}
