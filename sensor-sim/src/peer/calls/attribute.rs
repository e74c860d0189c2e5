//! `org.bluez.GattCharacteristic1` and `GattDescriptor1`: reading, writing, subscribing.

use super::{Answer, Named};
use crate::{
    gatt::{Offer, Properties as Bits},
    peer::{
        layout::{CHARACTERISTIC, Node, What},
        outbox::Properties,
        pairing::{Waiting, Wanted},
        refusal::Refusal,
        world::World,
    },
};
use pulsebook_core::ble::Characteristic;
use zbus::Message;

/// What is done to a characteristic.
#[derive(Clone, Debug)]
pub(in crate::peer) enum Operation {
    Read { offset: usize },
    Write { bytes: Vec<u8>, confirmed: bool },
    Subscribe { client: String },
}

impl World {
    pub(super) fn attribute_call(
        &mut self,
        place: usize,
        node: &Node,
        member: &str,
        client: &str,
        call: &Message,
    ) -> Result<Answer, Refusal> {
        match &node.what {
            What::Characteristic { at, offer } => {
                if member == "StopNotify" {
                    return self.stop_notify(place, *at, client);
                }
                let operation = operation(offer, member, client, call)?;
                if self.too_weak(place, *at) {
                    let what = Wanted::Operation(*at, operation);
                    return self.pair_for(place, Waiting { call: call.clone(), what });
                }
                self.operate(place, *at, operation)
            }
            What::Descriptor { value, of } => match member {
                "ReadValue" => self.read_descriptor(place, value.as_ref(), *of),
                // Only StartNotify and StopNotify write the client configuration; the others are for reading.
                "WriteValue" => Err(Refusal::NO_WRITE),
                _ => Err(Refusal::unknown_method(node.interface(), member)),
            },
            What::Service => Err(Refusal::unknown_method(node.interface(), member)),
        }
    }

    /// Whether a characteristic needs a better link than there is: BlueZ pairs then.
    fn too_weak(&self, place: usize, at: Characteristic) -> bool {
        let Some(remote) = self.remotes.get(place).filter(|remote| remote.connected()) else { return false };
        let link = remote.server.link().security;
        let mut offers = crate::gatt::places(remote.server.sensor().table());
        offers.any(|(other, offer)| other == at && offer.security > link)
    }

    /// Does it now.
    pub(in crate::peer) fn operate(
        &mut self,
        place: usize,
        at: Characteristic,
        operation: Operation,
    ) -> Result<Answer, Refusal> {
        let World { now, remotes, out, .. } = self;
        let remote = remotes.get_mut(place).ok_or(Refusal::DOES_NOT_EXIST)?;
        if !remote.connected() {
            return Err(Refusal::LINK_DOWN);
        }
        match operation {
            Operation::Read { offset } => {
                let bytes = remote.server.read(at, *now)?;
                let bytes = bytes.get(offset..).ok_or(crate::gatt::AttError::INVALID_OFFSET)?;
                // BlueZ tells everybody what somebody read.
                if let Some(path) = remote.place(at) {
                    out.value(path, CHARACTERISTIC, bytes);
                }
                Ok(Answer::Bytes(bytes.to_vec()))
            }
            Operation::Write { bytes, confirmed } => match remote.server.write(at, &bytes, *now) {
                Err(error) if confirmed => Err(error.into()),
                _ => Ok(Answer::Done),
            },
            Operation::Subscribe { client } => {
                remote.server.subscribe(at, true, *now)?;
                let first = !remote.notifying(at);
                remote.listeners.entry(at).or_default().insert(client);
                if let Some(path) = remote.place(at).filter(|_| first) {
                    out.changed(path, CHARACTERISTIC, Properties::from([("Notifying", true.into())]));
                }
                Ok(Answer::Done)
            }
        }
    }

    /// The subscription on the sensor ends when its last client stops.
    pub(in crate::peer) fn stop_notify(
        &mut self,
        place: usize,
        at: Characteristic,
        client: &str,
    ) -> Result<Answer, Refusal> {
        let World { now, remotes, out, .. } = self;
        let remote = remotes.get_mut(place).ok_or(Refusal::DOES_NOT_EXIST)?;
        let clients = remote.listeners.get_mut(&at).ok_or(Refusal::NO_NOTIFY_SESSION)?;
        if !clients.remove(client) {
            return Err(Refusal::NO_NOTIFY_SESSION);
        }
        if clients.is_empty() {
            remote.listeners.remove(&at);
            remote.server.subscribe(at, false, *now)?;
            if let Some(path) = remote.place(at) {
                out.changed(path, CHARACTERISTIC, Properties::from([("Notifying", false.into())]));
            }
        }
        Ok(Answer::Done)
    }

    fn read_descriptor(
        &self,
        place: usize,
        value: Option<&Vec<u8>>,
        of: Characteristic,
    ) -> Result<Answer, Refusal> {
        let remote = self.remotes.get(place).filter(|remote| remote.connected()).ok_or(Refusal::LINK_DOWN)?;
        let configuration = || {
            let offers = crate::gatt::places(remote.server.sensor().table());
            let indicates =
                offers.filter(|(at, _)| *at == of).any(|(_, offer)| !offer.properties.any(Bits::NOTIFY));
            let on = if indicates { 2 } else { 1 };
            vec![if remote.server.link().subscribed.contains(&of) { on } else { 0 }, 0]
        };
        Ok(Answer::Bytes(value.cloned().unwrap_or_else(configuration)))
    }

    /// A client has left the bus: what it listened to and searched for ends.
    pub(in crate::peer) fn client_gone(&mut self, client: &str) {
        if self.adapter.forget(client) {
            self.discovering_changed();
        }
        self.agent_gone(client);
        for place in 0..self.remotes.len() {
            let Some(remote) = self.remotes.get(place) else { continue };
            let listened: Vec<Characteristic> = remote.listeners.keys().copied().collect();
            for at in listened {
                // Whoever did not listen stops nothing.
                let _ = self.stop_notify(place, at, client);
            }
        }
    }
}

fn operation(offer: &Offer, member: &str, client: &str, call: &Message) -> Result<Operation, Refusal> {
    let body = call.body();
    match member {
        "ReadValue" => {
            let options: Named = body.deserialize().map_err(|_| Refusal::BAD_ARGUMENTS)?;
            Ok(Operation::Read { offset: offset(&options)? })
        }
        "WriteValue" => {
            let (bytes, options): (Vec<u8>, Named) =
                body.deserialize().map_err(|_| Refusal::BAD_ARGUMENTS)?;
            let kind = options.get("type").and_then(|kind| <&str>::try_from(kind).ok());
            let confirmed = match kind {
                Some("request" | "reliable") => true,
                Some("command") => false,
                Some(_) => return Err(Refusal::BAD_ARGUMENTS),
                None => offer.properties.any(Bits::WRITE),
            };
            if kind.is_none() && !offer.properties.any(Bits::WRITE | Bits::WRITE_COMMAND) {
                return Err(Refusal::NOT_SUPPORTED);
            }
            Ok(Operation::Write { bytes, confirmed })
        }
        "StartNotify" if offer.properties.sends() => Ok(Operation::Subscribe { client: client.to_owned() }),
        "StartNotify" | "AcquireNotify" | "AcquireWrite" => Err(Refusal::NOT_SUPPORTED),
        _ => Err(Refusal::unknown_method(CHARACTERISTIC, member)),
    }
}

/// BlueZ takes the offset as 16 bits and nothing else.
fn offset(options: &Named) -> Result<usize, Refusal> {
    match options.get("offset") {
        Some(offset) => u16::try_from(offset).map(usize::from).map_err(|_| Refusal::BAD_ARGUMENTS),
        None => Ok(0),
    }
}
