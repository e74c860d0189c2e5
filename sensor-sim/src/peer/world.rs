//! Everything the peer knows, and what happens in it: sensors are heard, connected, lost, and send.

use super::{
    Command, Options,
    adapter::{ADAPTER, Adapter, PATH},
    agents::Agents,
    layout::CHARACTERISTIC,
    outbox::{Interfaces, Outbox, Properties, beside_standard},
    refusal::Refusal,
    remote::{DEVICE, Remote},
};
use crate::gatt::{Address, Security, Sent, SimSensor};
use pulsebook_core::ble::{Characteristic, UnixMillis};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How often a sensor that is searched for is heard, in milliseconds of its time.
const ADVERTISES_EVERY_MS: i64 = 1000;

pub(super) struct World {
    pub(super) options: Options,
    /// The sensors' time.
    pub(super) now: UnixMillis,
    /// Our time since the start.
    pub(super) elapsed: Duration,
    pub(super) adapter: Adapter,
    pub(super) agents: Agents,
    pub(super) remotes: Vec<Remote>,
    pub(super) out: Outbox,
    next_heard: UnixMillis,
    sent: Arc<AtomicU64>,
}

impl World {
    pub(super) fn new(sensors: Vec<Box<dyn SimSensor>>, options: Options, sent: Arc<AtomicU64>) -> World {
        World {
            options,
            now: options.start,
            elapsed: Duration::ZERO,
            adapter: Adapter::new(options.adapter),
            agents: Agents::default(),
            remotes: sensors.into_iter().map(Remote::new).collect(),
            out: Outbox::default(),
            next_heard: options.start,
            sent,
        }
    }

    /// Whether a value that is sent would be heard.
    pub(super) fn listened_to(&self) -> bool {
        self.remotes.iter().any(|remote| !remote.server.link().subscribed.is_empty())
    }

    /// When something happens next by itself; `None`: nothing does.
    pub(super) fn due(&self) -> Option<UnixMillis> {
        let end = self.options.duration_ms.map(|duration| self.options.start.saturating_add(duration));
        let sensors = self.remotes.iter().filter_map(|remote| remote.server.due());
        let sensors = sensors.filter(|due| end.is_none_or(|end| *due <= end));
        sensors.chain(self.adapter.discovering().then_some(self.next_heard)).min()
    }

    /// Lets happen what is due at this time or before, one thing at a time; `false`: nothing was.
    pub(super) fn step(&mut self, until: UnixMillis) -> bool {
        let Some(due) = self.due().filter(|due| *due <= until) else { return false };
        self.now = self.now.max(due);
        if self.adapter.discovering() && self.next_heard <= due {
            self.next_heard = self.now + ADVERTISES_EVERY_MS;
            self.hear_all();
            return true;
        }
        let place = self.remotes.iter().position(|remote| remote.server.due() == Some(due));
        let Some(remote) = place.and_then(|place| self.remotes.get_mut(place).zip(Some(place))) else {
            return true;
        };
        let (remote, place) = remote;
        if let Some(sent) = remote.server.step() {
            self.happened(place, sent);
        }
        true
    }

    fn happened(&mut self, place: usize, sent: Sent) {
        match sent {
            Sent::Value { at, bytes, .. } => self.value(place, at, &bytes),
            Sent::Lost(true) | Sent::Ended => self.link_down(place),
            Sent::Lost(false) | Sent::Found => {}
            Sent::AddressChanged => self.address_changed(place),
            Sent::TableChanged => self.table_changed(place),
            // The other side forgot; BlueZ finds out when it connects next.
            Sent::BondForgotten => {}
        }
    }

    fn value(&mut self, place: usize, at: Characteristic, bytes: &[u8]) {
        let Some(remote) = self.remotes.get(place) else { return };
        if let Some(path) = remote.place(at) {
            self.out.value(path, CHARACTERISTIC, bytes);
            self.sent.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Somebody outside changes the world; `false`: the peer ends.
    pub(super) fn command(&mut self, command: &Command) -> bool {
        let now = self.now;
        match command {
            Command::OutOfRange(address) => {
                if let Some(place) = self.with_address(*address)
                    && let Some(remote) = self.remotes.get_mut(place)
                    && remote.server.lose(now)
                {
                    self.link_down(place);
                }
            }
            Command::InRange(address) => {
                if let Some(place) = self.with_address(*address)
                    && let Some(remote) = self.remotes.get_mut(place)
                {
                    remote.server.find();
                    self.hear_all();
                }
            }
            Command::ForgetBond(address) => {
                if let Some(place) = self.with_address(*address)
                    && let Some(remote) = self.remotes.get_mut(place)
                {
                    remote.server.keep_bond(Security::Open);
                }
            }
            Command::Stop => return false,
        }
        true
    }

    fn with_address(&self, address: Address) -> Option<usize> {
        let has =
            |remote: &Remote| remote.address == address || remote.server.sensor().about().address == address;
        self.remotes.iter().position(has)
    }

    /// A search hears every sensor that is in range, is not connected and has what is searched for.
    pub(super) fn hear_all(&mut self) {
        let World { adapter, remotes, out, .. } = self;
        for remote in remotes.iter_mut().filter(|remote| remote.server.in_range() && !remote.connected()) {
            if !adapter.wants(&remote.services()) {
                continue;
            }
            let rssi = remote.server.sensor().about().rssi;
            let heard_before = std::mem::replace(&mut remote.heard, true);
            if !remote.known {
                remote.known = true;
                out.added(&remote.path, &remote.interfaces());
            } else {
                let mut properties = Properties::from([("RSSI", rssi.into())]);
                if !heard_before {
                    properties.insert("UUIDs", zbus::Variant::from(remote.services()));
                }
                out.changed(&remote.path, DEVICE, properties);
            }
        }
    }

    /// The adapter's search begins or ends.
    pub(super) fn discovering_changed(&mut self) {
        let discovering = self.adapter.discovering();
        self.out.changed(PATH, ADAPTER, Properties::from([("Discovering", discovering.into())]));
        if discovering {
            self.next_heard = self.now + ADVERTISES_EVERY_MS;
            return self.hear_all();
        }
        for remote in self.remotes.iter_mut().filter(|remote| remote.heard) {
            remote.heard = false;
            self.out.gone(&remote.path, DEVICE, &["RSSI"]);
        }
    }

    /// A connection is up: services are found and told, then "resolved".
    pub(super) fn link_up(&mut self, place: usize) {
        let World { remotes, out, .. } = self;
        let Some(remote) = remotes.get_mut(place) else { return };
        out.changed(&remote.path, DEVICE, Properties::from([("Connected", true.into())]));
        if remote.nodes.is_empty() {
            remote.lay_out();
            remote.nodes.iter().for_each(|node| out.added(&node.path, &node.interfaces(false)));
        }
        remote.resolved = true;
        let services = zbus::Variant::from(remote.services());
        out.changed(&remote.path, DEVICE, Properties::from([("UUIDs", services)]));
        out.changed(&remote.path, DEVICE, Properties::from([("ServicesResolved", true.into())]));
    }

    /// A connection is down, whoever ended it. Without a bond the services are forgotten with it.
    pub(super) fn link_down(&mut self, place: usize) {
        self.end_pairing(place, Err(Refusal::OPERATION_FAILED));
        let World { remotes, out, .. } = self;
        let Some(remote) = remotes.get_mut(place) else { return };
        for at in std::mem::take(&mut remote.listeners).into_keys() {
            if let Some(path) = remote.place(at) {
                out.changed(path, CHARACTERISTIC, Properties::from([("Notifying", false.into())]));
            }
        }
        remote.resolved = false;
        out.changed(&remote.path, DEVICE, Properties::from([("ServicesResolved", false.into())]));
        out.changed(&remote.path, DEVICE, Properties::from([("Connected", false.into())]));
        if !remote.bonded() {
            take_away(remote, out);
        }
    }

    fn table_changed(&mut self, place: usize) {
        let World { remotes, out, .. } = self;
        let Some(remote) = remotes.get_mut(place) else { return };
        if remote.nodes.is_empty() {
            return;
        }
        take_away(remote, out);
        remote.listeners.clear();
        if remote.connected() {
            remote.lay_out();
            remote.nodes.iter().for_each(|node| out.added(&node.path, &node.interfaces(false)));
            let services = zbus::Variant::from(remote.services());
            out.changed(&remote.path, DEVICE, Properties::from([("UUIDs", services)]));
        }
    }

    /// With a bond BlueZ knows who it is; without one it meets a stranger, and the old name is heard no more.
    fn address_changed(&mut self, place: usize) {
        let Some(remote) = self.remotes.get_mut(place) else { return };
        if !remote.bonded() && !remote.connected() {
            self.forget(place);
        }
        if let Some(remote) = self.remotes.get_mut(place)
            && !remote.known
        {
            remote.take_path();
        }
    }

    /// Removes a sensor's objects; its bond goes too.
    pub(super) fn forget(&mut self, place: usize) {
        let now = self.now;
        if self.remotes.get(place).is_some_and(Remote::connected) {
            self.remotes.iter_mut().skip(place).take(1).for_each(|remote| remote.server.disconnect(now));
            self.link_down(place);
        }
        let World { remotes, out, .. } = self;
        let Some(remote) = remotes.get_mut(place) else { return };
        remote.server.keep_bond(Security::Open);
        remote.bond = Security::Open;
        take_away(remote, out);
        if std::mem::take(&mut remote.known) {
            out.removed(&remote.path, DEVICE);
        }
        (remote.heard, remote.untold, remote.alias) = (false, false, None);
        remote.take_path();
    }

    /// Every object there is, with its interfaces.
    pub(super) fn objects(&self) -> Vec<(String, Interfaces)> {
        let mut objects = vec![("/org/bluez".to_owned(), super::calls::at_the_top())];
        if !self.adapter.is_there() {
            return objects;
        }
        objects.push((PATH.to_owned(), beside_standard(ADAPTER, self.adapter.properties())));
        for remote in self.remotes.iter().filter(|remote| remote.known) {
            objects.push((remote.path.clone(), remote.interfaces()));
            let node =
                |node: &super::layout::Node| (node.path.clone(), node.interfaces(remote.node_notifies(node)));
            objects.extend(remote.nodes.iter().map(node));
        }
        objects
    }
}

/// Removes the objects of a sensor's table.
fn take_away(remote: &mut Remote, out: &mut Outbox) {
    for node in remote.nodes.drain(..).rev() {
        out.removed(&node.path, node.interface());
    }
}
