//! Connections and subscriptions of an in-process transport, and the events that wait.

use pulsebook_core::ble::{
    Characteristic, Disconnect, Sensor, SensorId, TransportError, TransportEvent, UnixMillis,
};
use std::collections::{BTreeSet, VecDeque};

/// One sensor's side of the link.
#[derive(Debug)]
struct Peer {
    sensor: Sensor,
    wanted: bool,
    in_range: bool,
    subscribed: BTreeSet<Characteristic>,
}

/// All sensors of a transport.
#[derive(Debug)]
pub(crate) struct Link {
    peers: Vec<Peer>,
    waiting: VecDeque<TransportEvent>,
}

impl Link {
    pub(crate) fn new(sensors: Vec<Sensor>) -> Link {
        let peer = |sensor| Peer { sensor, wanted: false, in_range: true, subscribed: BTreeSet::new() };
        Link { peers: sensors.into_iter().map(peer).collect(), waiting: VecDeque::new() }
    }

    pub(crate) fn sensors(&self) -> Vec<Sensor> {
        self.peers.iter().map(|peer| peer.sensor.clone()).collect()
    }

    /// The next event that waits, if any.
    pub(crate) fn next(&mut self) -> Option<TransportEvent> {
        self.waiting.pop_front()
    }

    pub(crate) fn connect(&mut self, id: &SensorId) -> Result<(), TransportError> {
        let peer = peer(&mut self.peers, id)?;
        if !peer.wanted && peer.in_range {
            self.waiting.push_back(TransportEvent::Connected(peer.sensor.clone()));
        }
        peer.wanted = true;
        Ok(())
    }

    pub(crate) fn disconnect(&mut self, id: &SensorId, at: UnixMillis) -> Result<(), TransportError> {
        let peer = peer(&mut self.peers, id)?;
        if peer.wanted && peer.in_range {
            let (sensor, reason) = (id.clone(), Disconnect::Asked);
            self.waiting.push_back(TransportEvent::Disconnected { sensor, reason, at });
        }
        peer.wanted = false;
        peer.subscribed.clear();
        Ok(())
    }

    pub(crate) fn subscribe(&mut self, id: &SensorId, wanted: Characteristic) -> Result<(), TransportError> {
        self.offered(id, wanted, "subscribe to")?;
        peer(&mut self.peers, id)?.subscribed.insert(wanted);
        Ok(())
    }

    /// Whether the sensor is there and connected.
    pub(crate) fn connected(&mut self, id: &SensorId) -> Result<(), TransportError> {
        let peer = peer(&mut self.peers, id)?;
        if peer.wanted && peer.in_range { Ok(()) } else { Err(TransportError::NotConnected(id.clone())) }
    }

    /// Whether the sensor is connected and has the characteristic.
    pub(crate) fn offered(
        &mut self,
        id: &SensorId,
        characteristic: Characteristic,
        operation: &'static str,
    ) -> Result<(), TransportError> {
        self.connected(id)?;
        let peer = peer(&mut self.peers, id)?;
        if peer.sensor.notifies.contains(&characteristic) {
            return Ok(());
        }
        Err(TransportError::NotOffered { sensor: id.clone(), characteristic, operation })
    }

    /// Whether a notification would arrive.
    pub(crate) fn delivers(&self, id: &SensorId, characteristic: Characteristic) -> bool {
        let arrives = |peer: &Peer| peer.wanted && peer.in_range && peer.subscribed.contains(&characteristic);
        self.peers.iter().any(|peer| peer.sensor.id == *id && arrives(peer))
    }

    /// The sensor goes out of range; says whether a connection was lost by it.
    pub(crate) fn lose(&mut self, id: &SensorId, at: UnixMillis) -> bool {
        let Ok(peer) = peer(&mut self.peers, id) else { return false };
        let lost = peer.wanted && peer.in_range;
        peer.in_range = false;
        if lost {
            let (sensor, reason) = (id.clone(), Disconnect::Lost);
            self.waiting.push_back(TransportEvent::Disconnected { sensor, reason, at });
        }
        lost
    }

    /// The sensor is back in range, and connected if that is still wanted.
    pub(crate) fn find(&mut self, id: &SensorId) {
        let Ok(peer) = peer(&mut self.peers, id) else { return };
        if peer.wanted && !peer.in_range {
            self.waiting.push_back(TransportEvent::Connected(peer.sensor.clone()));
        }
        peer.in_range = true;
    }
}

fn peer<'a>(peers: &'a mut [Peer], id: &SensorId) -> Result<&'a mut Peer, TransportError> {
    peers
        .iter_mut()
        .find(|peer| peer.sensor.id == *id)
        .ok_or_else(|| TransportError::UnknownSensor(id.clone()))
}
