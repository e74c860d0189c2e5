//! `org.bluez.Adapter1`: search, its switch, and forgetting a sensor.

use super::{Answer, Named};
use crate::peer::{
    adapter::{ADAPTER, PATH},
    outbox::Properties,
    refusal::Refusal,
    world::World,
};
use std::collections::BTreeSet;
use zbus::{Message, ObjectPath, Variant};

impl World {
    pub(super) fn adapter_call(
        &mut self,
        member: &str,
        client: &str,
        call: &Message,
    ) -> Result<Answer, Refusal> {
        let body = call.body();
        match member {
            "SetDiscoveryFilter" => {
                let mut filter: Named = body.deserialize().map_err(|_| Refusal::BAD_ARGUMENTS)?;
                let services = filter.remove("UUIDs").map_or(Ok(Vec::new()), Vec::<String>::try_from);
                let services = services.map_err(|_| Refusal::BAD_ARGUMENTS)?;
                let services: BTreeSet<String> = services.iter().map(|uuid| uuid.to_lowercase()).collect();
                self.adapter.filter(client, services);
            }
            "GetDiscoveryFilters" => {
                let names =
                    ["UUIDs", "RSSI", "Pathloss", "Transport", "DuplicateData", "Discoverable", "Pattern"];
                return Ok(Answer::Texts(names.map(str::to_owned).to_vec()));
            }
            "StartDiscovery" => {
                if self.adapter.look(client)? {
                    self.discovering_changed();
                }
            }
            "StopDiscovery" => {
                if self.adapter.look_no_more(client)? {
                    self.discovering_changed();
                }
            }
            "RemoveDevice" => {
                let path: ObjectPath<'_> = body.deserialize().map_err(|_| Refusal::BAD_ARGUMENTS)?;
                let known =
                    |remote: &crate::peer::remote::Remote| remote.known && path == remote.path.as_str();
                let place = self.remotes.iter().position(known).ok_or(Refusal::DOES_NOT_EXIST)?;
                self.forget(place);
            }
            _ => return Err(Refusal::unknown_method(ADAPTER, member)),
        }
        Ok(Answer::Done)
    }

    pub(super) fn set_of_adapter(&mut self, name: &str, value: &Variant<'_>) -> Result<Answer, Refusal> {
        let flag = || bool::try_from(value).map_err(|_| Refusal::BAD_ARGUMENTS);
        match name {
            "Powered" => return self.switch(flag()?),
            "Pairable" => self.adapter.pairable = flag()?,
            "Discoverable" => self.adapter.discoverable = flag()?,
            "Alias" => {
                let alias = <&str>::try_from(value).map_err(|_| Refusal::BAD_ARGUMENTS)?;
                self.adapter.alias = alias.to_owned();
            }
            _ => return Err(Refusal::READ_ONLY),
        }
        let changed = self.adapter.properties().into_iter().filter(|(other, _)| *other == name);
        self.out.changed(PATH, ADAPTER, changed.collect());
        Ok(Answer::Done)
    }

    /// Switched off, an adapter loses every connection and every search.
    fn switch(&mut self, on: bool) -> Result<Answer, Refusal> {
        let searched = self.adapter.discovering();
        if !self.adapter.switch(on)? {
            return Ok(Answer::Done);
        }
        if !on {
            let now = self.now;
            for place in 0..self.remotes.len() {
                if let Some(remote) = self.remotes.get_mut(place).filter(|remote| remote.connected()) {
                    remote.server.disconnect(now);
                    self.link_down(place);
                }
            }
            if searched {
                self.discovering_changed();
            }
        }
        let state = if on { "on" } else { "off" };
        let changed = Properties::from([("Powered", on.into()), ("PowerState", state.into())]);
        self.out.changed(PATH, ADAPTER, changed);
        Ok(Answer::Done)
    }
}
