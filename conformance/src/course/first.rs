//! Meeting a sensor: connecting, what it offers, what it says about itself, and what it sends.

use super::{CONNECT_MS, Course, QUIET_MS};
use crate::{
    profile::profile,
    session::{Answer, Task, What},
};
use pulsebook_core::{
    ble::{Characteristic, Properties, TransportError},
    decode::{
        Kind, format_of,
        record_access::{Dialect, Records, Request},
    },
};

impl Course<'_> {
    /// Connects, and asks what there is.
    pub(super) async fn meet(&mut self) -> Result<(), TransportError> {
        let id = self.session.sensor.id.clone();
        self.begin(Task::Connect, 0);
        self.note(What::Connect, None, &[], Answer::Done);
        self.stand.transport().connect(&id).await?;
        if !self.hear(CONNECT_MS, |step| step.what == What::Connected).await {
            return Err(TransportError::NotConnected(id));
        }
        self.session.attributes = self.stand.transport().attributes(&id).await?;
        self.session.bonded_before = self.session.attributes.bonded;
        self.bonded = self.session.bonded_before;
        if self.bonded == Some(false) {
            // Some sensors ask for pairing as soon as they are connected: what they would refuse cannot be seen then.
            self.hear(QUIET_MS, |_| false).await;
            self.look_at_bond().await;
            self.session.bonded_before = self.bonded;
        }
        Ok(())
    }

    /// Asks memories for their records before anything is subscribed to.
    async fn ask_unsubscribed(&mut self) {
        for service in self.services_with(Characteristic::new(0, 0x2A52)) {
            if !self.ready().await {
                return;
            }
            self.begin(Task::Unsubscribed, service);
            let request = Request::Report(Records::All).encode(Dialect::of(service));
            if self.write(Characteristic::new(service, 0x2A52), &request).await {
                self.hear(QUIET_MS, |_| false).await;
            }
        }
    }

    /// Reads what can be read, and subscribes to what sends.
    pub(super) async fn survey(&mut self) {
        self.begin(Task::Survey, 0);
        let mut readable = self.known(Properties::READ);
        // Services that ask for a bond first: once there is one, nobody can see any more who asked for it.
        readable.sort_by_key(|at| !profile(at.service).is_some_and(|profile| profile.bonds));
        for at in readable {
            if !self.ready().await {
                return;
            }
            self.read(at).await;
        }
        self.ask_unsubscribed().await;
        self.subscribe_all().await;
    }

    pub(super) async fn subscribe_all(&mut self) {
        if !self.ready().await {
            return;
        }
        self.begin(Task::Subscribe, 0);
        // Control points first: a sensor that stores its measurements may begin to send them at once.
        let mut sending = self.known(Properties::NOTIFY | Properties::INDICATE);
        sending.sort_by_key(|at| format_of(*at).map(|format| format.kind != Kind::Control));
        for at in sending {
            self.subscribe(at).await;
        }
    }

    pub(super) async fn watch(&mut self, task: Task, ms: i64) {
        if !self.ready().await {
            return;
        }
        self.begin(task, 0);
        self.hear(ms, |_| false).await;
    }

    /// What the sensor offers with one of these properties, of the services that there are clauses for.
    pub(super) fn known(&self, any: Properties) -> Vec<Characteristic> {
        let offered = self.session.attributes.offered.iter().filter(|one| one.properties.any(any));
        offered.map(|one| one.at).filter(|at| profile(at.service).is_some()).collect()
    }
}
