//! Linux: BlueZ's signals, over a bus connection that is read no faster than what it gives is taken.

use super::{Incoming, News, Places, Value};
use crate::{
    foreign::{Adapter, Error, Remote, RemoteApi as _, Result},
    offer,
};
use futures_util::{Stream, StreamExt, stream::select_all};
use pulsebook_core::ble::Characteristic;
use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};
use tokio::runtime::Handle;
use zbus::{
    Connection, MatchRule, Message, MessageStream, OwnedObjectPath, OwnedVariant, match_rule::Builder,
    message::Type,
};

const BLUEZ: &str = "org.bluez";
const BUS: &str = "org.freedesktop.DBus";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const OBJECTS: &str = "org.freedesktop.DBus.ObjectManager";
const SENSOR: &str = "org.bluez.Device1";
const SERVICE: &str = "org.bluez.GattService1";
const CHARACTERISTIC: &str = "org.bluez.GattCharacteristic1";

/// What stands before a sensor's name in its path.
const ROOT: &str = "/org/bluez/";

/// An object's interfaces with their properties.
type Interfaces = HashMap<String, HashMap<String, OwnedVariant>>;

/// The connection for news and questions, and who BlueZ is on the bus: nobody else is believed. The values of each sensor
/// come over one more connection, so that a sensor that sends without end makes only itself wait.
#[derive(Debug)]
pub(crate) struct Source {
    bus: Connection,
    owner: Arc<Mutex<String>>,
}

impl Source {
    pub(crate) async fn open(_: &Adapter) -> Result<Source> {
        let bus = Connection::system().await.map_err(failed)?;
        let asked = bus.call_method(Some(BUS), "/org/freedesktop/DBus", Some(BUS), "GetNameOwner", &BLUEZ);
        // Without an owner nothing is believed until one comes.
        let owner = match asked.await {
            Ok(answer) => answer.body().deserialize::<String>().map_err(failed)?,
            Err(_) => String::new(),
        };
        Ok(Source { bus, owner: Arc::new(Mutex::new(owner)) })
    }

    /// News about all sensors.
    pub(crate) async fn news(&self) -> Result<Incoming<News>> {
        let rules = [
            signals(BLUEZ, PROPERTIES, "PropertiesChanged").arg(0, SENSOR),
            signals(BLUEZ, OBJECTS, "InterfacesAdded"),
            signals(BLUEZ, OBJECTS, "InterfacesRemoved"),
            signals(BUS, BUS, "NameOwnerChanged").arg(0, BLUEZ),
        ];
        let mut streams = Vec::new();
        for rule in rules {
            streams.push(listen(&self.bus, rule).await?);
        }
        let owner = self.owner.clone();
        let news = select_all(streams).flat_map(move |message| {
            let news = message.ok().map(|message| news_of(&message, &owner)).unwrap_or_default();
            futures_util::stream::iter(news)
        });
        Ok(Box::pin(news))
    }

    /// The values of one sensor.
    pub(crate) async fn values(&self, remote: &Remote) -> Result<Incoming<Value>> {
        let changed = signals(BLUEZ, PROPERTIES, "PropertiesChanged").arg(0, CHARACTERISTIC);
        let bus = Connection::system().await.map_err(failed)?;
        let messages = listen(&bus, changed.path_namespace(path_of(remote))).await?;
        let owner = self.owner.clone();
        let values = Alone { messages, bus: Some(bus) }.filter_map(move |message| {
            let ours = message.ok().filter(|message| is_from(message, &owner));
            std::future::ready(ours.and_then(|message| value_of(&message)))
        });
        Ok(Box::pin(values))
    }

    /// Which characteristic stands where, of a connected sensor.
    pub(crate) async fn places(&self, remote: &Remote) -> Result<Places> {
        let asked = self.bus.call_method(Some(BLUEZ), "/", Some(OBJECTS), "GetManagedObjects", &());
        let answer = asked.await.map_err(failed)?;
        let body = answer.body();
        let objects: HashMap<OwnedObjectPath, Interfaces> = body.deserialize().map_err(failed)?;
        let below = format!("{}/", path_of(remote));
        let ours = objects.iter().filter(|(path, _)| path.as_str().starts_with(&below));
        let number = |interfaces: &Interfaces, interface: &str| {
            let uuid = text(interfaces.get(interface)?.get("UUID")?)?;
            offer::number(uuid.parse().ok()?)
        };
        let place = |(path, interfaces): (&OwnedObjectPath, &Interfaces)| {
            let characteristic = number(interfaces, CHARACTERISTIC)?;
            let (service, _) = path.as_str().rsplit_once('/')?;
            let service = objects.iter().find(|(path, _)| path.as_str() == service)?;
            let at = Characteristic::new(number(service.1, SERVICE)?, characteristic);
            Some((path.as_str().to_owned(), at))
        };
        Ok(ours.filter_map(place).collect())
    }
}

/// Messages over a connection that ends with them.
struct Alone {
    messages: MessageStream,
    bus: Option<Connection>,
}

impl Stream for Alone {
    type Item = zbus::Result<Message>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.messages.poll_next_unpin(context)
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        // Closed, not only let go of: what the stream still tries to tell the bus would hold the connection.
        if let (Some(bus), Ok(runtime)) = (self.bus.take(), Handle::try_current()) {
            runtime.spawn(async { drop(bus.close().await) });
        }
    }
}

async fn listen(bus: &Connection, rule: Builder<'static>) -> Result<MessageStream> {
    let rule = rule.build().map_err(failed)?;
    MessageStream::for_match_rule(rule, bus, None).await.map_err(failed)
}

fn signals(sender: &'static str, interface: &'static str, member: &'static str) -> Builder<'static> {
    MatchRule::builder().msg_type(Type::Signal).sender(sender).interface(interface).member(member)
}

/// Whether BlueZ itself sent it: the bus passes on what anybody sends to us directly.
fn is_from(message: &Message, owner: &Mutex<String>) -> bool {
    let owner = owner.lock().unwrap_or_else(PoisonError::into_inner);
    message.header().sender().is_some_and(|sender| sender.as_str() == *owner)
}

fn news_of(message: &Message, owner: &Mutex<String>) -> Vec<News> {
    let header = message.header();
    let member = header.member().map(|member| member.as_str()).unwrap_or_default();
    if member == "NameOwnerChanged" {
        return owner_changed(message, owner);
    }
    if !is_from(message, owner) {
        return Vec::new();
    }
    match member {
        "PropertiesChanged" => changed(message),
        "InterfacesAdded" => {
            let told: Option<(OwnedObjectPath, Interfaces)> = message.body().deserialize().ok();
            told.map(|(path, added)| attributes_of(path.as_str(), added.contains_key(SENSOR)))
                .unwrap_or_default()
        }
        _ => {
            let told: Option<(OwnedObjectPath, Vec<String>)> = message.body().deserialize().ok();
            told.map(|(path, _)| attributes_of(path.as_str(), false)).unwrap_or_default()
        }
    }
}

/// The bus itself says who BlueZ is now.
fn owner_changed(message: &Message, owner: &Mutex<String>) -> Vec<News> {
    let from_bus = message.header().sender().is_some_and(|sender| sender.as_str() == BUS);
    let told: Option<(String, String, String)> = message.body().deserialize().ok();
    let Some((_, _, now)) = told.filter(|(name, ..)| from_bus && name == BLUEZ) else { return Vec::new() };
    *owner.lock().unwrap_or_else(PoisonError::into_inner) = now;
    vec![News::AllDown]
}

fn changed(message: &Message) -> Vec<News> {
    let header = message.header();
    let sensor = header.path().and_then(|path| sensor_of(path.as_str())).map(str::to_owned);
    let told: Option<(String, HashMap<String, OwnedVariant>, Vec<String>)> =
        message.body().deserialize().ok();
    let (Some(sensor), Some((_, properties, _))) = (sensor, told) else { return Vec::new() };
    let mut news = Vec::new();
    if properties.get("Connected").is_some_and(|value| bool::try_from(value) == Ok(false)) {
        news.push(News::Down(sensor.clone()));
    }
    if properties.contains_key("UUIDs") {
        news.push(News::Services(sensor.clone()));
    }
    if let Some(signal) = properties.get("RSSI").and_then(|value| i16::try_from(value).ok()) {
        news.push(News::Signal(sensor, signal));
    }
    if properties.contains_key("UUIDs") || properties.contains_key("Name") {
        news.push(News::Somebody);
    }
    news
}

/// An object came or went: a sensor, or an attribute of one.
fn attributes_of(path: &str, is_sensor: bool) -> Vec<News> {
    match sensor_of(path) {
        Some(_) if is_sensor => vec![News::Somebody],
        Some(sensor) if path.len() > ROOT.len() + sensor.len() => vec![News::Services(sensor.to_owned())],
        _ => Vec::new(),
    }
}

/// The sensor that an object belongs to: `hci0/dev_…`.
fn sensor_of(path: &str) -> Option<&str> {
    let below = path.strip_prefix(ROOT)?;
    let adapter = below.find('/')?;
    let end = below.get(adapter + 1..)?.find('/').map_or(below.len(), |at| adapter + 1 + at);
    below.get(..end)
}

fn value_of(message: &Message) -> Option<Value> {
    let place = message.header().path()?.as_str().to_owned();
    let told: (String, HashMap<String, OwnedVariant>, Vec<String>) = message.body().deserialize().ok()?;
    let bytes = told.1.into_iter().find(|(name, _)| name == "Value")?.1.try_into().ok()?;
    Some(Value { place, bytes })
}

fn text(value: &OwnedVariant) -> Option<&str> {
    value.try_into().ok()
}

fn path_of(remote: &Remote) -> String {
    format!("{ROOT}{}", remote.id())
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Other(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_belongs_to_its_sensor() {
        let sensor = "hci0/dev_C2_50_42_00_00_01";
        assert_eq!(sensor_of(&format!("/org/bluez/{sensor}/service0001/char0002")), Some(sensor));
        assert_eq!(sensor_of(&format!("/org/bluez/{sensor}")), Some(sensor));
        assert_eq!((sensor_of("/org/bluez/hci0"), sensor_of("/")), (None, None));
        let attribute = attributes_of(&format!("/org/bluez/{sensor}/service0001"), false);
        assert_eq!(attribute, [News::Services(sensor.to_owned())]);
        assert_eq!(attributes_of(&format!("/org/bluez/{sensor}"), true), [News::Somebody]);
        assert_eq!(attributes_of(&format!("/org/bluez/{sensor}"), false), []);
    }
}
