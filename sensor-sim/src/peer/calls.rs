//! Method calls: which object and interface they are for, and the standard interfaces of every object.

mod adapter;
mod agent;
mod attribute;
mod device;

pub(super) use attribute::Operation;

use super::{
    adapter::{ADAPTER, PATH},
    layout::Node,
    outbox::{INTROSPECTABLE, Interfaces, OBJECTS, PROPERTIES, Properties, beside_standard},
    refusal::Refusal,
    remote::DEVICE,
    world::World,
};
use std::collections::BTreeMap;
use zbus::{Message, ObjectPath, OwnedVariant, Variant, message::Header};

const AGENTS: &str = "org.bluez.AgentManager1";

/// The options of a call, by name.
type Named = BTreeMap<String, OwnedVariant>;

/// What a call is answered with.
#[derive(Debug)]
pub(super) enum Answer {
    Done,
    Text(String),
    Bytes(Vec<u8>),
    Value(Variant<'static>),
    Values(Properties),
    Texts(Vec<String>),
    Objects(Vec<(String, Interfaces)>),
    /// The answer has been sent, or comes later.
    Otherwise,
}

/// The object that a call is for.
#[derive(Clone, Debug)]
enum Target {
    Top,
    Adapter,
    Remote(usize),
    Node(usize, Node),
}

/// The interfaces of `/org/bluez`.
pub(super) fn at_the_top() -> Interfaces {
    beside_standard(AGENTS, Properties::new())
}

impl World {
    /// Handles a call that came from the bus.
    pub(super) fn called(&mut self, call: &Message) {
        let header = call.header();
        let answer = self.answer(call, &header);
        self.settle(call, answer);
    }

    /// Sends the answer to a call, if it is to be sent now.
    pub(super) fn settle(&mut self, call: &Message, answer: Result<Answer, Refusal>) {
        let header = call.header();
        match answer {
            Ok(answer) => self.reply(&header, answer),
            Err(refusal) => self.out.refuse(&header, &refusal),
        }
    }

    fn reply(&mut self, header: &Header<'_>, answer: Answer) {
        match answer {
            Answer::Done => self.out.reply(header, &()),
            Answer::Text(text) => self.out.reply(header, &text),
            Answer::Bytes(bytes) => self.out.reply(header, &bytes),
            Answer::Value(value) => self.out.reply(header, &value),
            Answer::Values(values) => self.out.reply(header, &values),
            Answer::Texts(texts) => self.out.reply(header, &texts),
            Answer::Objects(objects) => {
                let object = |(path, interfaces): &(String, Interfaces)| {
                    (ObjectPath::from_string_unchecked(path.clone()), interfaces.clone())
                };
                let objects: BTreeMap<ObjectPath<'_>, Interfaces> = objects.iter().map(object).collect();
                self.out.reply(header, &objects);
            }
            Answer::Otherwise => {}
        }
    }

    fn answer(&mut self, call: &Message, header: &Header<'_>) -> Result<Answer, Refusal> {
        let path = header.path().map_or("", |path| path.as_str());
        let interface = header.interface().map_or("", |name| name.as_str());
        let member = header.member().map_or("", |name| name.as_str());
        let client = header.sender().map_or("", |name| name.as_str());
        match (path, interface, member) {
            (_, INTROSPECTABLE, "Introspect") => return self.introspect(path),
            ("/", OBJECTS, "GetManagedObjects") => return Ok(Answer::Objects(self.objects())),
            (_, "org.freedesktop.DBus.Peer", "Ping") => return Ok(Answer::Done),
            _ => {}
        }
        let unknown = || Refusal::unknown_object(path, interface, member);
        let target = self.target(path).ok_or_else(unknown)?;
        match (interface, target) {
            (PROPERTIES, target) => self.property_call(&target, member, call),
            (AGENTS, Target::Top) => self.agent_call(member, client, call),
            (ADAPTER, Target::Adapter) => self.adapter_call(member, client, call),
            (DEVICE, Target::Remote(place)) => self.device_call(place, member, call),
            (_, Target::Node(place, node)) if node.interface() == interface => {
                self.attribute_call(place, &node, member, client, call)
            }
            _ => Err(Refusal::unknown_method(interface, member)),
        }
    }

    fn target(&self, path: &str) -> Option<Target> {
        match path {
            "/org/bluez" => return Some(Target::Top),
            PATH => return self.adapter.is_there().then_some(Target::Adapter),
            _ => {}
        }
        let known = self.remotes.iter().enumerate().filter(|(_, remote)| remote.known);
        known.into_iter().find_map(|(place, remote)| match path.strip_prefix(remote.path.as_str())? {
            "" => Some(Target::Remote(place)),
            _ => remote.node(path).map(|node| Target::Node(place, node.clone())),
        })
    }

    fn introspect(&self, path: &str) -> Result<Answer, Refusal> {
        let objects = self.objects();
        let own = objects.iter().find(|(other, _)| other == path);
        let mut interfaces: Vec<&str> =
            own.iter().flat_map(|(_, interfaces)| interfaces.keys().copied()).collect();
        if path == "/" {
            interfaces.extend([INTROSPECTABLE, OBJECTS]);
        }
        let paths: Vec<String> = objects.iter().map(|(path, _)| path.clone()).collect();
        super::introspect::describe(path, &interfaces, &paths)
            .map(Answer::Text)
            .ok_or_else(|| Refusal::unknown_object(path, INTROSPECTABLE, "Introspect"))
    }

    fn properties_of(&self, target: &Target) -> Option<(&'static str, Properties)> {
        match target {
            Target::Top => None,
            Target::Adapter => Some((ADAPTER, self.adapter.properties())),
            Target::Remote(place) => Some((DEVICE, self.remotes.get(*place)?.properties())),
            Target::Node(place, node) => {
                let notifying = self.remotes.get(*place)?.node_notifies(node);
                Some((node.interface(), node.properties(notifying)))
            }
        }
    }

    fn property_call(&mut self, target: &Target, member: &str, call: &Message) -> Result<Answer, Refusal> {
        let body = call.body();
        let bad = |_| Refusal::BAD_ARGUMENTS;
        let own = |world: &World, wanted: &str| {
            let own = world.properties_of(target).filter(|(interface, _)| *interface == wanted);
            own.map(|(_, properties)| properties).ok_or(Refusal::BAD_ARGUMENTS)
        };
        match member {
            "GetAll" => {
                let interface: &str = body.deserialize().map_err(bad)?;
                Ok(Answer::Values(own(self, interface)?))
            }
            "Get" => {
                let (interface, name): (&str, &str) = body.deserialize().map_err(bad)?;
                let value = own(self, interface)?.remove(name);
                value.map(Answer::Value).ok_or_else(|| Refusal::unknown_property(name))
            }
            "Set" => {
                let (interface, name, value): (&str, &str, Variant<'_>) = body.deserialize().map_err(bad)?;
                if !own(self, interface)?.contains_key(name) {
                    return Err(Refusal::unknown_property(name));
                }
                match target {
                    Target::Adapter => self.set_of_adapter(name, &value),
                    Target::Remote(place) => self.set_of_device(*place, name, &value),
                    Target::Top | Target::Node(..) => Err(Refusal::READ_ONLY),
                }
            }
            _ => Err(Refusal::unknown_method(PROPERTIES, member)),
        }
    }
}
