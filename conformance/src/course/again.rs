//! Coming back: the link is ended and made again, and the sensor must go on as before.

use super::Course;
use crate::session::{Answer, Task, What};

/// How long is listened again, in milliseconds, at most.
const AGAIN_MS: i64 = 30_000;

impl Course<'_> {
    pub(super) async fn reconnect(&mut self) {
        self.begin(Task::Reconnect, 0);
        if !self.drop_and_return().await {
            return;
        }
        let id = self.session.sensor.id.clone();
        if let Ok(now) = self.stand.transport().attributes(&id).await {
            self.session.bonds[2] = now.bonded;
        }
        let survey = self.session.part(Task::Survey, 0).unwrap_or_default();
        let read = survey.iter().find(|(_, step)| step.what == What::Read && step.answer == Answer::Done);
        if let Some(at) = read.and_then(|(_, step)| step.place) {
            self.read(at).await;
        }
        self.subscribe_all().await;
        self.watch(Task::WatchAgain, self.options.watch_ms.min(AGAIN_MS)).await;
    }
}
