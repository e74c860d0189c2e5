//! `org.bluez.AgentManager1`: who may be asked when a sensor wants to pair.

use super::{AGENTS, Answer};
use crate::peer::{refusal::Refusal, world::World};
use zbus::{Message, ObjectPath};

impl World {
    pub(super) fn agent_call(
        &mut self,
        member: &str,
        client: &str,
        call: &Message,
    ) -> Result<Answer, Refusal> {
        let body = call.body();
        let bad = |_| Refusal::BAD_ARGUMENTS;
        match member {
            "RegisterAgent" => {
                let (path, capability): (ObjectPath<'_>, &str) = body.deserialize().map_err(bad)?;
                self.agents.register(client, path.as_str(), capability)?;
            }
            "UnregisterAgent" => {
                let path: ObjectPath<'_> = body.deserialize().map_err(bad)?;
                self.agents.unregister(client, path.as_str())?;
                self.agent_gone(client);
            }
            "RequestDefaultAgent" => {
                let path: ObjectPath<'_> = body.deserialize().map_err(bad)?;
                self.agents.make_default(client, path.as_str())?;
            }
            _ => return Err(Refusal::unknown_method(AGENTS, member)),
        }
        Ok(Answer::Done)
    }
}
