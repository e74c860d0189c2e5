//! Watching what the adapter hears: who is there, who left, whose services changed.

use crate::{
    common::Common,
    drain::{Draining, Incoming},
    foreign::{self, AdapterEvent, RemoteId},
    sighting::{self, Seen},
    trouble::within,
};
use pulsebook_core::ble::TransportEvent;
use std::sync::Arc;
use tokio::sync::mpsc;

/// What advertisements may wait to be looked at. The rest is not missed: sensors advertise again and again.
const WAITING: usize = 256;

/// Something an advertisement said.
#[derive(Debug)]
enum Heard {
    Sensor(RemoteId),
    Services(RemoteId),
    Signal(RemoteId, i16),
}

/// Begins to watch. Ends of connections reach their links at once, whatever waits to be looked at.
pub(crate) fn begin(
    common: &Arc<Common>,
    events: Incoming<AdapterEvent>,
    newcomers: bool,
) -> Draining<AdapterEvent> {
    let (heard, waiting) = mpsc::channel(WAITING);
    tokio::spawn(look_at_all(common.clone(), waiting, newcomers));
    let links = common.clone();
    common.drain.drain(events, move |event| {
        let news = match event {
            AdapterEvent::DeviceDisconnected(id) => {
                if let Some(signals) = links.signals(&id) {
                    signals.lost.notify_one();
                }
                return;
            }
            AdapterEvent::DeviceDiscovered(id) | AdapterEvent::DeviceUpdated(id) => Heard::Sensor(id),
            AdapterEvent::ServicesAdvertisement { id, .. } => Heard::Services(id),
            AdapterEvent::RssiUpdate { id, rssi } => Heard::Signal(id, rssi),
            _ => return,
        };
        let _ = heard.try_send(news);
    })
}

async fn look_at_all(common: Arc<Common>, mut waiting: mpsc::Receiver<Heard>, newcomers: bool) {
    while let Some(heard) = waiting.recv().await {
        match heard {
            Heard::Sensor(id) => look_at(&common, &id, newcomers).await,
            Heard::Services(id) => {
                if let Some(signals) = common.signals(&id) {
                    signals.changed.notify_one();
                }
                look_at(&common, &id, newcomers).await;
            }
            Heard::Signal(id, signal) => {
                let known = common.sightings().by_remote(&id).map(|seen| {
                    seen.sighting.signal_dbm = Some(signal);
                });
                match known {
                    Some(()) => sighted(&common, &id),
                    None => look_at(&common, &id, newcomers).await,
                }
            }
        }
    }
}

async fn look_at(common: &Arc<Common>, id: &RemoteId, newcomers: bool) {
    let Ok(remote) = within(common.limits.ask, foreign::remote(&common.adapter, id)).await else { return };
    if let Some(seen) = sighting::look(remote, &common.limits).await {
        keep(common, seen);
        if newcomers {
            tell_if_new(common, id);
        }
        sighted(common, id);
    }
}

/// Remembers a sensor; what a connection taught about it stays.
pub(crate) fn keep(common: &Common, mut seen: Seen) {
    let mut sightings = common.sightings();
    let id = &seen.sighting.sensor.id;
    if let Some(known) = sightings.find(id).filter(|_| common.has_link(id)) {
        // A link works with the remote that it found the services of.
        seen.remote = known.remote.clone();
        let heard = std::mem::replace(&mut seen.sighting.sensor, known.sighting.sensor.clone());
        if !heard.name.is_empty() {
            seen.sighting.sensor.name = heard.name;
        }
    }
    sightings.keep(seen, common.limits.sensors, |id| common.has_link(id));
}

/// Tells of a sensor that nobody was told of and nobody wished for.
fn tell_if_new(common: &Common, remote: &RemoteId) {
    let mut sightings = common.sightings();
    let Some(seen) = sightings.by_remote(remote) else { return };
    let sensor = seen.sighting.sensor.clone();
    if common.has_link(&sensor.id) || std::mem::replace(&mut seen.told, true) {
        return;
    }
    common.queue.tell(|_| TransportEvent::Found(sensor));
}

fn sighted(common: &Common, id: &RemoteId) {
    if let Some(signals) = common.signals(id) {
        signals.sighted.notify_one();
    }
}
