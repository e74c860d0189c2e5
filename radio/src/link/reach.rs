//! Making a connection: link, services, and the stream of values, each within its time.

use crate::{
    common::Common,
    foreign::{Remote, RemoteApi as _},
    incoming::{Incoming, Places, Value},
    offer,
    trouble::{Trouble, within},
};
use pulsebook_core::ble::{Sensor, SensorId};

/// A connection that stands and is not served yet.
pub(super) struct Reached {
    pub(super) remote: Remote,
    pub(super) sensor: Sensor,
    pub(super) values: Incoming<Value>,
    pub(super) places: Places,
}

/// Connects; whatever fails, nothing half-connected stays behind.
pub(super) async fn reach(common: &Common, id: &SensorId) -> Result<Reached, Trouble> {
    let reached = attempt(common, id).await;
    if reached.is_err() {
        let_go(common, id).await;
    }
    reached
}

async fn attempt(common: &Common, id: &SensorId) -> Result<Reached, Trouble> {
    let limits = &common.limits;
    let remote = common.remote(id).ok_or(Trouble::Gone)?;
    match within(limits.connect, remote.connect()).await {
        // Another program connected it; what is missing shows below.
        Ok(()) | Err(Trouble::Already) => {}
        Err(trouble) => return Err(trouble),
    }
    let values = within(limits.ask, common.source.values(&remote)).await?;
    let places = discover(common, &remote).await?;
    let sensor = describe(common, id, &remote).ok_or(Trouble::Gone)?;
    Ok(Reached { remote, sensor, values, places })
}

/// Finds the services, and where each characteristic stands.
pub(super) async fn discover(common: &Common, remote: &Remote) -> Result<Places, Trouble> {
    within(common.limits.discover, remote.discover_services()).await?;
    within(common.limits.ask, common.source.places(remote)).await
}

/// Ends whatever connection there is; the sensor need not answer.
pub(super) async fn let_go(common: &Common, id: &SensorId) {
    if let Some(remote) = common.remote(id) {
        let _ = within(common.limits.disconnect, remote.disconnect()).await;
    }
}

/// The sensor by the services that it has, which say more than what it advertises.
fn describe(common: &Common, id: &SensorId, remote: &Remote) -> Option<Sensor> {
    let services: Vec<_> = remote.services().into_iter().collect();
    let numbers: Vec<u16> = services.iter().filter_map(|service| offer::number(service.uuid)).collect();
    let notifies = offer::notifies(&services, &common.useful, common.limits.characteristics);
    let mut sightings = common.sightings();
    let seen = &mut sightings.find_mut(id)?.sighting;
    seen.sensor.kind = offer::kind(&numbers).map_or_else(|| seen.sensor.kind.clone(), str::to_owned);
    seen.sensor.cadence_ms = offer::cadence_ms(&notifies);
    seen.sensor.has_clock = offer::has_clock(&numbers);
    seen.sensor.notifies = notifies;
    Some(seen.sensor.clone())
}
