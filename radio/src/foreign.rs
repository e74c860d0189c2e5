//! btleplug's names where ours begin, and the few calls whose names ours replace.

pub(crate) use btleplug::{
    Error, Result,
    api::{
        Central as AdapterApi, CentralEvent as AdapterEvent, CentralState as Power, CharPropFlags,
        Characteristic as Attribute, Manager as StackApi, Peripheral as RemoteApi, ScanFilter, Service,
        ValueNotification, WriteType,
    },
    platform::{Adapter, Manager as Stack, Peripheral as Remote, PeripheralId as RemoteId},
};

/// What the operating system knows of a sensor by what it advertises.
#[derive(Debug)]
pub(crate) struct Advertised {
    /// Six bytes, zero where the operating system hides them.
    pub(crate) address: [u8; 6],
    /// As the sensor sent it.
    pub(crate) name: Option<String>,
    /// Signal strength in dBm, when it was heard lately.
    pub(crate) signal: Option<i16>,
    /// The services it advertises, or had when it was last connected.
    pub(crate) services: Vec<uuid::Uuid>,
}

/// A sensor by the operating system's name for it.
pub(crate) async fn remote(adapter: &Adapter, id: &RemoteId) -> Result<Remote> {
    adapter.peripheral(id).await
}

/// What a sensor advertises.
pub(crate) async fn advertised(remote: &Remote) -> Result<Advertised> {
    let told = remote.properties().await?.unwrap_or_default();
    Ok(Advertised {
        address: told.address.into_inner(),
        name: told.advertisement_name.or(told.local_name),
        signal: told.rssi,
        services: told.services,
    })
}
