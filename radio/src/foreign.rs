//! btleplug's names where ours begin, and the few calls whose names ours replace.

pub(crate) use btleplug::{
    Error, Result,
    api::{
        Central as AdapterApi, CentralState as Power, CharPropFlags, Characteristic as Attribute,
        Manager as StackApi, Peripheral as RemoteApi, ScanFilter, Service, WriteType,
    },
    platform::{Adapter, Manager as Stack, Peripheral as Remote, PeripheralId as RemoteId},
};

#[cfg(not(target_os = "linux"))]
pub(crate) use btleplug::api::CentralEvent as AdapterEvent;

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
