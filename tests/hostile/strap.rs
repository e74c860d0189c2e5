//! A heart rate strap that plays a minute of beats: what makes a record worth attacking.

use pulsebook_core::{
    ble::{
        Attributes, BleTransport, Characteristic, Notification, Origin, Pending, Sensor, SensorId,
        TransportError, TransportEvent,
    },
    decode::heart_rate,
};
use std::{collections::VecDeque, future::ready};

/// When everything here is measured: 15 January 2027, 08:00 UTC, in milliseconds.
pub(crate) const START: i64 = 1_800_000_000_000;

/// Plays its events and ends.
pub(crate) struct Strap(VecDeque<TransportEvent>);

fn strap() -> Sensor {
    Sensor {
        id: SensorId::new("strap"),
        name: "strap".into(),
        kind: "heart-rate strap".into(),
        cadence_ms: Some(1000),
        has_clock: false,
        origin: Origin::Simulated,
        notifies: vec![heart_rate::MEASUREMENT],
    }
}

impl Strap {
    /// A minute of beats in an hour counted from the start.
    pub(crate) fn minute(hour: i64) -> Self {
        let beat = |second: i64| {
            TransportEvent::Notification(Notification {
                sensor: strap().id,
                characteristic: heart_rate::MEASUREMENT,
                received_at: START + hour * 3_600_000 + second * 1000 + 500,
                bytes: vec![0x00, 60 + u8::try_from(second % 30).unwrap()],
            })
        };
        let mut events = VecDeque::from([TransportEvent::Connected(strap())]);
        events.extend((0..60).map(beat));
        events.push_back(TransportEvent::Finished);
        Strap(events)
    }
}

fn absent<T: Send + 'static>(
    characteristic: Characteristic,
    operation: &'static str,
) -> Pending<'static, Result<T, TransportError>> {
    Box::pin(ready(Err(TransportError::NotOffered { sensor: strap().id, characteristic, operation })))
}

impl BleTransport for Strap {
    fn scan(&mut self) -> Pending<'_, Result<Vec<Sensor>, TransportError>> {
        Box::pin(ready(Ok(vec![strap()])))
    }

    fn connect<'a>(&'a mut self, _: &'a SensorId) -> Pending<'a, Result<(), TransportError>> {
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
        _: &'a SensorId,
        asked: Characteristic,
    ) -> Pending<'a, Result<Vec<u8>, TransportError>> {
        absent(asked, "read")
    }

    fn write<'a>(
        &'a mut self,
        _: &'a SensorId,
        asked: Characteristic,
        _: &'a [u8],
    ) -> Pending<'a, Result<(), TransportError>> {
        absent(asked, "write")
    }

    fn subscribe<'a>(
        &'a mut self,
        _: &'a SensorId,
        _: Characteristic,
    ) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(Ok(())))
    }

    fn next_event(&mut self) -> Pending<'_, Option<TransportEvent>> {
        Box::pin(ready(self.0.pop_front()))
    }
}
