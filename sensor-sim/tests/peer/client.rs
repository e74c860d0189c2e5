//! A client of BlueZ in a few lines: calls, and the signals that tests look at.

use crate::skipped::skipped;
use futures_util::StreamExt;
use pulsebook_sensor_sim::{
    gatt::SimSensor,
    peer::{Options, Peer},
    testing::{BusError, PrivateBus},
};
use std::collections::{HashMap, VecDeque};
use zbus::{Connection, MessageStream, OwnedVariant, connection::Builder, message::Type};

pub(crate) struct Client {
    connection: Connection,
    messages: MessageStream,
    /// Signals that came while an answer was waited for.
    told: VecDeque<Signal>,
}

/// What came as a signal.
#[derive(Debug)]
pub(crate) enum Signal {
    Value { path: String, bytes: Vec<u8> },
    Changed { properties: HashMap<String, OwnedVariant>, gone: Vec<String> },
    Added(String),
    Removed(String),
}

impl Signal {
    pub(crate) fn is_flag(&self, name: &str, value: bool) -> bool {
        let same = |found: &OwnedVariant| bool::try_from(found) == Ok(value);
        matches!(self, Signal::Changed { properties, .. } if properties.get(name).is_some_and(same))
    }
}

/// A private bus with these sensors on it; `None` (and the reason) where no bus can be had.
pub(crate) fn stage(sensors: Vec<Box<dyn SimSensor>>, options: Options) -> Option<(PrivateBus, Peer)> {
    let bus = match PrivateBus::start() {
        Ok(bus) => bus,
        Err(error @ BusError::Missing) => {
            skipped(&error.to_string());
            return None;
        }
        Err(error) => panic!("{error}"),
    };
    let peer = Peer::start(bus.address(), sensors, options).unwrap();
    Some((bus, peer))
}

impl Client {
    pub(crate) async fn new(address: &str) -> Client {
        let connection = Builder::address(address).build().await.unwrap();
        let messages = MessageStream::from(&connection);
        let bus = Some("org.freedesktop.DBus");
        let rule = "type='signal',sender='org.bluez'";
        connection.call_method(bus, "/org/freedesktop/DBus", bus, "AddMatch", &rule).await.unwrap();
        Client { connection, messages, told: VecDeque::new() }
    }

    /// The same connection, to wait for two answers at once.
    pub(crate) fn twin(&self) -> Client {
        Client {
            connection: self.connection.clone(),
            messages: MessageStream::from(&self.connection),
            told: VecDeque::new(),
        }
    }

    /// Calls a method; an error is given by its name.
    pub(crate) async fn call<B: serde::Serialize + zbus::DynamicType>(
        &mut self,
        path: &str,
        interface: &str,
        member: &str,
        body: &B,
    ) -> Result<zbus::Message, String> {
        self.call_with_agent((path, interface, member), body, |_, _| None).await
    }

    /// Calls a method while an agent of this client answers what it is asked; `None`: it never does.
    pub(crate) async fn call_with_agent<B: serde::Serialize + zbus::DynamicType>(
        &mut self,
        (path, interface, member): (&str, &str, &str),
        body: &B,
        answer: impl Fn(&str, Option<u32>) -> Option<Result<Option<u32>, &'static str>>,
    ) -> Result<zbus::Message, String> {
        let connection = self.connection.clone();
        let call = connection.call_method(Some("org.bluez"), path, Some(interface), member, body);
        let mut call = std::pin::pin!(call);
        loop {
            tokio::select! {
                answer = &mut call => return answer.map_err(named),
                message = self.messages.next() => {
                    let message = message.unwrap().unwrap();
                    match message.message_type() {
                        Type::MethodCall => asked(&connection, &message, &answer).await,
                        Type::Signal => self.told.extend(read_signal(&message)),
                        _ => {}
                    }
                }
            }
        }
    }

    /// Makes this client the one whose agent is asked.
    pub(crate) async fn register_agent(&mut self, capability: &str) {
        let agent = zbus::ObjectPath::try_from("/test/agent").unwrap();
        let agents = "org.bluez.AgentManager1";
        self.call("/org/bluez", agents, "RegisterAgent", &(&agent, capability)).await.unwrap();
        self.call("/org/bluez", agents, "RequestDefaultAgent", &agent).await.unwrap();
    }

    pub(crate) async fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        let options: HashMap<&str, zbus::Variant<'_>> = HashMap::new();
        let answer = self.call(path, "org.bluez.GattCharacteristic1", "ReadValue", &options).await?;
        Ok(answer.body().deserialize().unwrap())
    }

    /// Finds a characteristic as clients do: by introspection, level by level.
    pub(crate) async fn characteristic(&mut self, sensor: &str, number: u16) -> String {
        let uuid = format!("0000{number:04x}-0000-1000-8000-00805f9b34fb");
        for service in self.children(sensor).await {
            for path in self.children(&service).await {
                let asked = ("org.bluez.GattCharacteristic1", "UUID");
                let answer =
                    self.call(&path, "org.freedesktop.DBus.Properties", "Get", &asked).await.unwrap();
                let body = answer.body();
                if <&str>::try_from(&body.deserialize::<zbus::Variant<'_>>().unwrap()).unwrap() == uuid {
                    return path;
                }
            }
        }
        panic!("{sensor} has no {uuid}");
    }

    async fn children(&mut self, path: &str) -> Vec<String> {
        let answer = self.call(path, "org.freedesktop.DBus.Introspectable", "Introspect", &()).await.unwrap();
        let body = answer.body();
        let text: &str = body.deserialize().unwrap();
        let names = text.split("<node name=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        names.map(|name| format!("{path}/{name}")).collect()
    }

    /// The next signal of the peer.
    pub(crate) async fn signal(&mut self) -> Signal {
        while self.told.is_empty() {
            let message = self.messages.next().await.unwrap().unwrap();
            if message.message_type() == Type::Signal {
                self.told.extend(read_signal(&message));
            }
        }
        self.told.pop_front().unwrap()
    }

    /// Waits for a signal.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&Signal) -> bool) {
        while !wanted(&self.signal().await) {}
    }
}

/// The name of the error that a call was answered with.
fn named(error: zbus::Error) -> String {
    match error {
        zbus::Error::MethodError(name, ..) => name.to_string(),
        zbus::Error::FDO(error) => zbus::DBusError::name(&*error).to_string(),
        other => panic!("{other}"),
    }
}

/// The agent is asked: the question's name and the number that comes with it go to the test.
async fn asked(
    connection: &Connection,
    question: &zbus::Message,
    answer: &impl Fn(&str, Option<u32>) -> Option<Result<Option<u32>, &'static str>>,
) {
    let header = question.header();
    let body = question.body();
    let shown = body.deserialize::<(zbus::ObjectPath<'_>, u32)>().ok().map(|(_, shown)| shown);
    match answer(header.member().unwrap().as_str(), shown) {
        Some(Ok(Some(number))) => connection.reply(&header, &number).await.unwrap(),
        Some(Ok(None)) => connection.reply(&header, &()).await.unwrap(),
        Some(Err(name)) => connection.reply_error(&header, name, &"").await.unwrap(),
        None => {}
    }
}

/// `None` for what the bus itself tells.
fn read_signal(message: &zbus::Message) -> Option<Signal> {
    let header = message.header();
    let path = header.path().unwrap().to_string();
    let body = message.body();
    match header.member().unwrap().as_str() {
        "InterfacesAdded" => return Some(Signal::Added(first(&body))),
        "InterfacesRemoved" => return Some(Signal::Removed(first(&body))),
        "PropertiesChanged" => {}
        _ => return None,
    }
    let (_, mut properties, gone): (String, HashMap<String, OwnedVariant>, Vec<String>) =
        body.deserialize().unwrap();
    Some(match properties.remove("Value") {
        Some(value) => Signal::Value { path, bytes: value.try_into().unwrap() },
        None => Signal::Changed { properties, gone },
    })
}

/// The object that an `InterfacesAdded` or `InterfacesRemoved` is about.
fn first(body: &zbus::message::Body) -> String {
    type Added<'a> = (zbus::ObjectPath<'a>, HashMap<&'a str, HashMap<&'a str, zbus::Variant<'a>>>);
    let removed =
        body.deserialize::<(zbus::ObjectPath<'_>, Vec<&str>)>().map(|(object, _)| object.to_string());
    removed.unwrap_or_else(|_| body.deserialize::<Added<'_>>().unwrap().0.to_string())
}
