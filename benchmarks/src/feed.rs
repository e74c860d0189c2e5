//! A transport that hands on notifications made elsewhere, and notes how long each took to be dealt with.

use crate::day::sensors;
use pulsebook_core::ble::{
    Attributes, BleTransport, Characteristic, Notification, Pending, Sensor, SensorId, TransportError,
    TransportEvent,
};
use std::{
    collections::VecDeque,
    future::ready,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

/// Seconds from handing a notification on until the next one was asked for.
pub(crate) type Waits = Arc<Mutex<Vec<f64>>>;

/// Feeds what an iterator gives.
pub(crate) struct Feed {
    notifications: Box<dyn Iterator<Item = Notification> + Send>,
    connected: VecDeque<Sensor>,
    waits: Option<Waits>,
    handed_on: Option<Instant>,
}

impl Feed {
    /// From these notifications.
    pub(crate) fn of(notifications: impl Iterator<Item = Notification> + Send + 'static) -> Feed {
        Feed {
            notifications: Box::new(notifications),
            connected: VecDeque::new(),
            waits: None,
            handed_on: None,
        }
    }

    /// The same, noting the waits.
    pub(crate) fn noting(mut self, waits: &Waits) -> Feed {
        self.waits = Some(waits.clone());
        self
    }

    fn next(&mut self) -> TransportEvent {
        if let Some(sensor) = self.connected.pop_front() {
            return TransportEvent::Connected(sensor);
        }
        if let (Some(waits), Some(since)) = (&self.waits, self.handed_on.take()) {
            let mut waits = waits.lock().unwrap_or_else(PoisonError::into_inner);
            waits.push(since.elapsed().as_secs_f64());
        }
        match self.notifications.next() {
            Some(notification) => {
                self.handed_on = self.waits.is_some().then(Instant::now);
                TransportEvent::Notification(notification)
            }
            None => TransportEvent::Finished,
        }
    }
}

fn never(sensor: &SensorId, characteristic: Characteristic, operation: &'static str) -> TransportError {
    TransportError::NotOffered { sensor: sensor.clone(), characteristic, operation }
}

impl BleTransport for Feed {
    fn scan(&mut self) -> Pending<'_, Result<Vec<Sensor>, TransportError>> {
        Box::pin(ready(Ok(sensors())))
    }

    fn connect<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<(), TransportError>> {
        self.connected.extend(sensors().into_iter().filter(|known| known.id == *sensor));
        Box::pin(ready(Ok(())))
    }

    fn disconnect<'a>(&'a mut self, _: &'a SensorId) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(Ok(())))
    }

    fn attributes<'a>(&'a mut self, _: &'a SensorId) -> Pending<'a, Result<Attributes, TransportError>> {
        Box::pin(ready(Ok(Attributes::default())))
    }

    fn read<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        characteristic: Characteristic,
    ) -> Pending<'a, Result<Vec<u8>, TransportError>> {
        Box::pin(ready(Err(never(sensor, characteristic, "read"))))
    }

    fn write<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        characteristic: Characteristic,
        _: &'a [u8],
    ) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(Err(never(sensor, characteristic, "write"))))
    }

    fn subscribe<'a>(
        &'a mut self,
        _: &'a SensorId,
        _: Characteristic,
    ) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(Ok(())))
    }

    fn next_event(&mut self) -> Pending<'_, Option<TransportEvent>> {
        Box::pin(ready(Some(self.next())))
    }
}
