//! Other systems than Linux: btleplug's own streams.

use super::{Incoming, News, Places, Value};
use crate::{
    foreign::{Adapter, AdapterApi as _, AdapterEvent, Remote, RemoteApi as _, Result},
    offer,
};
use futures_util::StreamExt;
use uuid::Uuid;

#[derive(Debug)]
pub(crate) struct Source(Adapter);

impl Source {
    pub(crate) async fn open(adapter: &Adapter) -> Result<Source> {
        Ok(Source(adapter.clone()))
    }

    /// News about all sensors.
    pub(crate) async fn news(&self) -> Result<Incoming<News>> {
        let news = self.0.events().await?.filter_map(|event| {
            std::future::ready(match event {
                AdapterEvent::DeviceDisconnected(id) => Some(News::Down(id.to_string())),
                AdapterEvent::DeviceServicesModified(id) => Some(News::Services(id.to_string())),
                AdapterEvent::RssiUpdate { id, rssi } => Some(News::Signal(id.to_string(), rssi)),
                AdapterEvent::DeviceDiscovered(_) | AdapterEvent::ServicesAdvertisement { .. } => {
                    Some(News::Somebody)
                }
                _ => None,
            })
        });
        Ok(Box::pin(news))
    }

    /// The values of one sensor.
    pub(crate) async fn values(&self, remote: &Remote) -> Result<Incoming<Value>> {
        let values = remote.notifications().await?;
        Ok(Box::pin(
            values.map(|value| Value { place: place(value.service_uuid, value.uuid), bytes: value.value }),
        ))
    }

    /// Which characteristic stands where, of a connected sensor.
    pub(crate) async fn places(&self, remote: &Remote) -> Result<Places> {
        let attributes = remote.characteristics().into_iter();
        let known = attributes.filter_map(|at| Some((place(at.service_uuid, at.uuid), offer::named(&at)?)));
        Ok(known.collect())
    }
}

fn place(service: Uuid, characteristic: Uuid) -> String {
    format!("{service}/{characteristic}")
}
