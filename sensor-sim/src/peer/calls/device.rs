//! `org.bluez.Device1`: connecting, disconnecting, and what may be set of a sensor.

use super::Answer;
use crate::peer::{
    outbox::Properties,
    pairing::{Waiting, Wanted},
    refusal::Refusal,
    remote::DEVICE,
    world::World,
};
use zbus::{Message, Variant};

impl World {
    pub(super) fn device_call(
        &mut self,
        place: usize,
        member: &str,
        call: &Message,
    ) -> Result<Answer, Refusal> {
        match member {
            "Pair" => self.pair(place, call),
            "CancelPairing" => self.cancel_pairing(place),
            "Connect" => self.connect(place),
            "Disconnect" => self.disconnect(place),
            _ => Err(Refusal::unknown_method(DEVICE, member)),
        }
    }

    /// Connects, finds the services and says so; nothing happens when it is connected already.
    pub(super) fn connect(&mut self, place: usize) -> Result<Answer, Refusal> {
        let now = self.now;
        if !self.adapter.powered() {
            return Err(Refusal::NOT_READY);
        }
        let remote = self.remotes.get_mut(place).ok_or(Refusal::DOES_NOT_EXIST)?;
        if remote.connected() {
            return Ok(Answer::Done);
        }
        if !remote.server.connect(now) {
            return Err(Refusal::NOT_HEARD);
        }
        self.link_up(place);
        let Some(remote) = self.remotes.get_mut(place) else { return Err(Refusal::DOES_NOT_EXIST) };
        if remote.bond > remote.server.bond() {
            // The sensor no longer knows the key: encryption fails and the link goes down.
            remote.server.disconnect(now);
            self.link_down(place);
            return Err(Refusal::KEY_MISSING);
        }
        Ok(Answer::Done)
    }

    /// Connects first where that is needed.
    fn pair(&mut self, place: usize, call: &Message) -> Result<Answer, Refusal> {
        if self.remotes.get(place).is_some_and(crate::peer::remote::Remote::bonded) {
            return Err(Refusal::ALREADY_EXISTS);
        }
        self.connect(place)?;
        self.pair_for(place, Waiting { call: call.clone(), what: Wanted::Pairing })
    }

    fn disconnect(&mut self, place: usize) -> Result<Answer, Refusal> {
        let now = self.now;
        let remote = self.remotes.get_mut(place).filter(|remote| remote.connected());
        remote.ok_or(Refusal::NOT_CONNECTED)?.server.disconnect(now);
        self.link_down(place);
        Ok(Answer::Done)
    }

    pub(super) fn set_of_device(
        &mut self,
        place: usize,
        name: &str,
        value: &Variant<'_>,
    ) -> Result<Answer, Refusal> {
        let World { remotes, out, .. } = self;
        let remote = remotes.get_mut(place).ok_or(Refusal::DOES_NOT_EXIST)?;
        let flag = || bool::try_from(value).map_err(|_| Refusal::BAD_ARGUMENTS);
        match name {
            "Trusted" => remote.trusted = flag()?,
            "Blocked" => remote.blocked = flag()?,
            "Alias" => {
                let alias = <&str>::try_from(value).map_err(|_| Refusal::BAD_ARGUMENTS)?;
                remote.alias = (!alias.is_empty()).then(|| alias.to_owned());
            }
            _ => return Err(Refusal::READ_ONLY),
        }
        let changed: Properties =
            remote.properties().into_iter().filter(|(other, _)| *other == name).collect();
        out.changed(&remote.path, DEVICE, changed);
        Ok(Answer::Done)
    }
}
