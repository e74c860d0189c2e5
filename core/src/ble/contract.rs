//! The contract every [`BleTransport`] passes; each implementation's tests call [`check`].

use super::{
    sensor::{Characteristic, Sensor, SensorId},
    transport::{BleTransport, Disconnect, TransportError, TransportEvent},
};
use std::collections::BTreeSet;

/// The promise that was broken, in words.
pub type Broken = String;

/// Connects and subscribes everything, reads up to `limit` events and checks the promises of [`BleTransport`].
///
/// # Errors
/// The first broken promise.
pub async fn check(transport: &mut dyn BleTransport, limit: usize) -> Result<(), Broken> {
    strangers_are_refused(transport).await?;
    let sensors = transport.scan().await.map_err(|error| error.to_string())?;
    ensure(!sensors.is_empty(), "a scan finds the sensors of the test")?;
    let mut order = Order::default();
    for sensor in &sensors {
        unconnected_is_refused(transport, &sensor.id).await?;
        for _twice in 0..2 {
            transport.connect(&sensor.id).await.map_err(|error| error.to_string())?;
        }
        let connected = order.connected(transport, &sensor.id, limit).await?;
        for characteristic in &connected.notifies {
            transport.subscribe(&sensor.id, *characteristic).await.map_err(|error| error.to_string())?;
        }
        what_sends_is_offered(transport, &connected).await?;
        foreign_characteristic_is_refused(transport, &sensor.id).await?;
    }
    for _ in 0..limit {
        match transport.next_event().await {
            Some(TransportEvent::Finished) => {
                return ensure(transport.next_event().await.is_none(), "nothing follows Finished");
            }
            Some(event) => order.check(event)?,
            None => return Err("None without Finished before it".into()),
        }
    }
    asked_disconnect_ends_it(transport, &mut order, limit).await
}

async fn strangers_are_refused(transport: &mut dyn BleTransport) -> Result<(), Broken> {
    let stranger = SensorId::new("no such sensor");
    let answer = transport.connect(&stranger).await;
    ensure(matches!(answer, Err(TransportError::UnknownSensor(_))), "an unknown sensor is refused as unknown")
}

async fn unconnected_is_refused(transport: &mut dyn BleTransport, sensor: &SensorId) -> Result<(), Broken> {
    let any = Characteristic::new(0x180F, 0x2A19);
    let answers = [
        transport.attributes(sensor).await.map(drop),
        transport.read(sensor, any).await.map(drop),
        transport.write(sensor, any, &[1]).await,
        transport.subscribe(sensor, any).await,
    ];
    let refused = answers.iter().all(|answer| matches!(answer, Err(TransportError::NotConnected(_))));
    ensure(refused, "attributes, read, write and subscribe need a connection")?;
    ensure(transport.disconnect(sensor).await.is_ok(), "disconnecting the unconnected does nothing")
}

async fn what_sends_is_offered(transport: &mut dyn BleTransport, sensor: &Sensor) -> Result<(), Broken> {
    let attributes = transport.attributes(&sensor.id).await.map_err(|error| error.to_string())?;
    let offers = |at| attributes.offered.iter().any(|offered| offered.at == at && offered.properties.sends());
    ensure(sensor.notifies.iter().all(|at| offers(*at)), "what can be subscribed to is offered and sends")
}

async fn foreign_characteristic_is_refused(
    transport: &mut dyn BleTransport,
    sensor: &SensorId,
) -> Result<(), Broken> {
    let foreign = Characteristic::new(0xFFFE, 0xFFFE);
    let answers =
        [transport.read(sensor, foreign).await.map(drop), transport.subscribe(sensor, foreign).await];
    let refused = answers.iter().all(|answer| matches!(answer, Err(TransportError::NotOffered { .. })));
    ensure(refused, "a characteristic the sensor lacks is refused as not offered")
}

/// Disconnects whoever is still connected and reads on: no event of a sensor follows its `Disconnected`.
async fn asked_disconnect_ends_it(
    transport: &mut dyn BleTransport,
    order: &mut Order,
    limit: usize,
) -> Result<(), Broken> {
    let Some(sensor) = order.connected.first().cloned() else { return Ok(()) };
    transport.disconnect(&sensor).await.map_err(|error| error.to_string())?;
    order.wished.remove(&sensor);
    let mut ended = false;
    for _ in 0..limit {
        let Some(event) = transport.next_event().await else { break };
        if let TransportEvent::Disconnected { sensor: whose, reason, .. } = &event
            && *whose == sensor
        {
            ensure(*reason == Disconnect::Asked && !ended, "one Disconnected, with the reason Asked")?;
            ended = true;
        }
        ensure(
            !ended || !matches!(&event, TransportEvent::Connected(back) if back.id == sensor),
            "asked is for good",
        )?;
        order.check(event)?;
    }
    ensure(ended, "an asked disconnect is told as an event")
}

/// Watches that events keep their order and their brackets.
#[derive(Default)]
struct Order {
    connected: BTreeSet<SensorId>,
    wished: BTreeSet<SensorId>,
    latest: i64,
}

impl Order {
    /// Reads on until this sensor is connected.
    async fn connected(
        &mut self,
        transport: &mut dyn BleTransport,
        id: &SensorId,
        limit: usize,
    ) -> Result<Sensor, Broken> {
        self.wished.insert(id.clone());
        for _ in 0..limit {
            let Some(event) = transport.next_event().await else { break };
            let connected = match &event {
                TransportEvent::Connected(sensor) if sensor.id == *id => Some(sensor.clone()),
                _ => None,
            };
            self.check(event)?;
            if let Some(sensor) = connected {
                return Ok(sensor);
            }
        }
        Err(format!("{id} is in reach and wished for, and Connected did not come"))
    }

    fn check(&mut self, event: TransportEvent) -> Result<(), Broken> {
        match event {
            TransportEvent::Connected(sensor) => {
                ensure(self.connected.insert(sensor.id), "Connected comes once for each connection")
            }
            TransportEvent::Notification(notification) => {
                self.advance(notification.received_at)?;
                let known = self.connected.contains(&notification.sensor);
                ensure(known, "notifications come only while connected")
            }
            TransportEvent::Disconnected { sensor, at, .. } => {
                self.advance(at)?;
                ensure(self.connected.remove(&sensor), "Disconnected follows Connected")
            }
            TransportEvent::Found(sensor) => {
                ensure(!self.wished.contains(&sensor.id), "Found tells of sensors nobody wished for")
            }
            TransportEvent::Link { sensor, at, .. } => {
                self.advance(at)?;
                ensure(self.wished.contains(&sensor), "Link tells of wished-for sensors")
            }
            TransportEvent::Finished => Ok(()),
        }
    }

    fn advance(&mut self, at: i64) -> Result<(), Broken> {
        ensure(at >= self.latest, "receive times never go backwards")?;
        self.latest = at;
        Ok(())
    }
}

fn ensure(kept: bool, promise: &str) -> Result<(), Broken> {
    if kept { Ok(()) } else { Err(promise.to_owned()) }
}
