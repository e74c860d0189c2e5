//! The messages that wait to be sent: replies, errors, signals and calls, in order.

use super::refusal::Refusal;
use serde::Serialize;
use std::{collections::BTreeMap, num::NonZeroU32};
use zbus::{DynamicType, Message, Variant, message::Header};

/// The properties of one interface.
pub(super) type Properties = BTreeMap<&'static str, Variant<'static>>;

/// The properties of each interface of an object.
pub(super) type Interfaces = BTreeMap<&'static str, Properties>;

pub(super) const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
pub(super) const INTROSPECTABLE: &str = "org.freedesktop.DBus.Introspectable";
pub(super) const OBJECTS: &str = "org.freedesktop.DBus.ObjectManager";

/// The interfaces of an object that has this one of its own: two standard ones stand beside it.
pub(super) fn beside_standard(interface: &'static str, properties: Properties) -> Interfaces {
    let none = Properties::new();
    Interfaces::from([(interface, properties), (PROPERTIES, none.clone()), (INTROSPECTABLE, none)])
}

/// What is still to be sent. A message that cannot be built is left out: every part of it is ours.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: Vec<Message>,
}

impl Outbox {
    /// Takes out what waits.
    pub(super) fn take(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.waiting)
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn reply<B: Serialize + DynamicType>(&mut self, call: &Header<'_>, body: &B) {
        self.keep(Message::method_return(call).build(body));
    }

    pub(super) fn refuse(&mut self, call: &Header<'_>, refusal: &Refusal) {
        self.keep(Message::error(call, refusal.name).build(&refusal.text.as_ref()));
    }

    /// Calls a method of a client; the number is what its reply refers to.
    pub(super) fn call<B: Serialize + DynamicType>(
        &mut self,
        (client, path): (&str, &str),
        (interface, member): (&str, &str),
        body: &B,
    ) -> Option<NonZeroU32> {
        let message = Message::method_call(path, member).destination(client).interface(interface);
        self.keep(message.build(body))
    }

    pub(super) fn changed(&mut self, path: &str, interface: &str, properties: Properties) {
        self.signal(path, PROPERTIES, "PropertiesChanged", &(interface, properties, Vec::<&str>::new()));
    }

    /// Tells that properties are no longer there.
    pub(super) fn gone(&mut self, path: &str, interface: &str, names: &[&str]) {
        self.signal(path, PROPERTIES, "PropertiesChanged", &(interface, Properties::new(), names));
    }

    /// Tells a value, written without the detour over a variant: there may be tens of thousands.
    pub(super) fn value(&mut self, path: &str, interface: &str, bytes: &[u8]) {
        let value = BTreeMap::from([("Value", zbus::as_variant::Serialize(&bytes))]);
        self.signal(path, PROPERTIES, "PropertiesChanged", &(interface, value, Vec::<&str>::new()));
    }

    pub(super) fn added(&mut self, path: &str, interfaces: &Interfaces) {
        if let Ok(object) = zbus::ObjectPath::try_from(path) {
            self.signal("/", OBJECTS, "InterfacesAdded", &(object, interfaces));
        }
    }

    /// Tells that an object is gone whose own interface was this one.
    pub(super) fn removed(&mut self, path: &str, interface: &str) {
        if let Ok(object) = zbus::ObjectPath::try_from(path) {
            let interfaces = [interface, PROPERTIES, INTROSPECTABLE];
            self.signal("/", OBJECTS, "InterfacesRemoved", &(object, &interfaces[..]));
        }
    }

    fn signal<B: Serialize + DynamicType>(&mut self, path: &str, interface: &str, member: &str, body: &B) {
        self.keep(Message::signal(path, interface, member).build(body));
    }

    fn keep(&mut self, message: zbus::Result<Message>) -> Option<NonZeroU32> {
        let message = message.ok()?;
        let number = message.primary_header().serial_num();
        self.waiting.push(message);
        Some(number)
    }
}
