//! The registered pairing agents: who can ask the person, and what their screen and keys allow.

use super::refusal::Refusal;
use crate::gatt::{Pairing, Security};

pub(super) const AGENT: &str = "org.bluez.Agent1";

/// A client's agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Agent {
    pub(super) client: String,
    pub(super) path: String,
    capability: Capability,
}

/// What the device it runs on can show and take (BlueZ, `org.bluez.AgentManager1`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Capability {
    DisplayOnly,
    DisplayYesNo,
    KeyboardOnly,
    NoInputNoOutput,
    KeyboardDisplay,
}

/// How a pairing is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// May it pair at all?
    Authorization,
    /// Which six digits does the sensor show?
    Passkey(u32),
    /// Does the sensor show these six digits?
    Confirmation(u32),
}

/// All agents, in the order in which they became the default one.
#[derive(Debug, Default)]
pub(super) struct Agents {
    registered: Vec<Agent>,
    defaults: Vec<String>,
}

impl Agents {
    pub(super) fn register(&mut self, client: &str, path: &str, capability: &str) -> Result<(), Refusal> {
        let capability = match capability {
            "" | "KeyboardDisplay" => Capability::KeyboardDisplay,
            "DisplayOnly" => Capability::DisplayOnly,
            "DisplayYesNo" => Capability::DisplayYesNo,
            "KeyboardOnly" => Capability::KeyboardOnly,
            "NoInputNoOutput" => Capability::NoInputNoOutput,
            _ => return Err(Refusal::BAD_ARGUMENTS),
        };
        if self.of(client).is_some() {
            return Err(Refusal::ALREADY_EXISTS);
        }
        self.registered.push(Agent { client: client.to_owned(), path: path.to_owned(), capability });
        Ok(())
    }

    pub(super) fn unregister(&mut self, client: &str, path: &str) -> Result<(), Refusal> {
        self.of(client).filter(|agent| agent.path == path).ok_or(Refusal::DOES_NOT_EXIST)?;
        self.forget(client);
        Ok(())
    }

    pub(super) fn make_default(&mut self, client: &str, path: &str) -> Result<(), Refusal> {
        self.of(client).filter(|agent| agent.path == path).ok_or(Refusal::DOES_NOT_EXIST)?;
        self.defaults.retain(|other| other != client);
        self.defaults.push(client.to_owned());
        Ok(())
    }

    pub(super) fn forget(&mut self, client: &str) {
        self.registered.retain(|agent| agent.client != client);
        self.defaults.retain(|other| other != client);
    }

    /// The agent that is asked: of the client that wants to pair, or else the default one. A pairing that a read
    /// brings about has no such client.
    pub(super) fn asked(&self, client: Option<&str>) -> Option<&Agent> {
        let own = client.and_then(|client| self.of(client));
        own.or_else(|| self.defaults.last().and_then(|client| self.of(client)))
    }

    fn of(&self, client: &str) -> Option<&Agent> {
        self.registered.iter().find(|agent| agent.client == client)
    }
}

impl Agent {
    /// What it is asked, and how well the link is protected after a yes (Core Specification 5.4, Vol 3 Part H 2.3.5.1).
    pub(super) fn question(&self, pairing: Pairing) -> Option<(Question, Security)> {
        use Capability::{DisplayYesNo, KeyboardDisplay, KeyboardOnly};
        match (pairing, self.capability) {
            (Pairing::Refused, _) => None,
            (Pairing::Passkey(digits), KeyboardOnly | KeyboardDisplay)
            | (Pairing::Comparison(digits), KeyboardOnly) => {
                Some((Question::Passkey(digits), Security::Authenticated))
            }
            (Pairing::Comparison(digits), DisplayYesNo | KeyboardDisplay) => {
                Some((Question::Confirmation(digits), Security::Authenticated))
            }
            _ => Some((Question::Authorization, Security::Encrypted)),
        }
    }
}
