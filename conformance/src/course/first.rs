//! Meeting a sensor: connecting, what it offers, what it says about itself, and what it sends.

use super::{CONNECT_MS, Course, QUIET_MS};
use crate::session::{Answer, Task, What};
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
        self.session.bonds[0] = self.session.attributes.bonded;
        for service in self.services_with(Characteristic::new(0, 0x2A52)) {
            self.begin(Task::Unsubscribed, service);
            let request = Request::Count(Records::All).encode(Dialect::of(service));
            if self.write(Characteristic::new(service, 0x2A52), &request).await {
                self.hear(QUIET_MS, |_| false).await;
            }
        }
        Ok(())
    }

    /// Reads what can be read, and subscribes to what sends.
    pub(super) async fn survey(&mut self) {
        self.begin(Task::Survey, 0);
        for at in self.known(Properties::READ) {
            self.read(at).await;
        }
        self.subscribe_all().await;
        let id = self.session.sensor.id.clone();
        if let Ok(now) = self.stand.transport().attributes(&id).await {
            self.session.bonds[1] = now.bonded;
        }
    }

    pub(super) async fn subscribe_all(&mut self) {
        self.begin(Task::Subscribe, 0);
        // Control points first: a sensor that stores its measurements may begin to send them at once.
        let mut sending = self.known(Properties::NOTIFY | Properties::INDICATE);
        sending.sort_by_key(|at| format_of(*at).map(|format| format.kind != Kind::Control));
        for at in sending {
            self.subscribe(at).await;
        }
    }

    pub(super) async fn watch(&mut self, task: Task, ms: i64) {
        self.begin(task, 0);
        self.hear(ms, |_| false).await;
    }

    /// What the sensor offers with one of these properties, of the services that there are clauses for.
    pub(super) fn known(&self, any: Properties) -> Vec<Characteristic> {
        let offered = self.session.attributes.offered.iter().filter(|one| one.properties.any(any));
        offered.map(|one| one.at).filter(|at| crate::profile::profile(at.service).is_some()).collect()
    }
}
