//! Watching what the adapter hears: who is there, who left, whose services changed.

use crate::{
    common::Common,
    foreign::AdapterApi as _,
    incoming::{self, Draining, Incoming, News},
    sighting::{self, Seen},
    trouble::{Trouble, within},
};
use pulsebook_core::ble::TransportEvent;
use std::sync::Arc;
use tokio::{sync::Notify, time::sleep};

/// Begins to watch. Each news reaches its link at once; who is new is looked at in a task of its own.
pub(crate) fn begin(common: &Arc<Common>, news: Incoming<News>, newcomers: bool) -> Draining {
    let somebody = Arc::new(Notify::new());
    tokio::spawn(look_at_newcomers(common.clone(), somebody.clone(), newcomers));
    let common = common.clone();
    incoming::drain(news, move |news| hear(&common, news, &somebody))
}

fn hear(common: &Common, news: News, somebody: &Notify) {
    match news {
        News::Down(id) => {
            if let Some(signals) = common.signals(&id) {
                signals.lost.notify_one();
            }
        }
        News::AllDown => common.all_signals().iter().for_each(|signals| signals.lost.notify_one()),
        News::Services(id) => {
            if let Some(signals) = common.signals(&id) {
                signals.changed.notify_one();
            }
        }
        News::Signal(id, signal) => {
            match common.sightings().by_remote(&id) {
                Some(seen) => seen.sighting.signal_dbm = Some(signal),
                None => somebody.notify_one(),
            }
            if let Some(signals) = common.signals(&id) {
                signals.sighted.notify_one();
            }
        }
        News::Somebody => somebody.notify_one(),
    }
}

/// Looks around when somebody is new, but not more often than one can look.
async fn look_at_newcomers(common: Arc<Common>, somebody: Arc<Notify>, newcomers: bool) {
    loop {
        somebody.notified().await;
        let _ = look_around(&common).await;
        // Before the first scan everybody is new, and told by it.
        if newcomers && common.was_scanned() {
            for sensor in common.sightings().news() {
                if !common.has_link(&sensor.id) {
                    common.queue.tell(|_| TransportEvent::Found(sensor));
                }
            }
        }
        sleep(common.limits.look).await;
    }
}

/// Looks at everybody the operating system knows.
pub(crate) async fn look_around(common: &Common) -> Result<(), Trouble> {
    for remote in within(common.limits.ask, common.adapter.peripherals()).await? {
        if let Some(seen) = sighting::look(remote, &common.limits).await {
            keep(common, seen);
        }
    }
    Ok(())
}

/// Remembers a sensor; what a connection taught about it stays.
fn keep(common: &Common, mut seen: Seen) {
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
