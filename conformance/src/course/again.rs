//! Coming back: the link is ended and made again, and the sensor must go on as before.

use super::Course;
use crate::session::{Answer, Step, Task, What};

/// How long is listened again, in milliseconds, at most.
const AGAIN_MS: i64 = 30_000;

impl Course<'_> {
    pub(super) async fn reconnect(&mut self) {
        if !self.ready().await {
            return;
        }
        self.begin(Task::Reconnect, 0);
        if !self.drop_and_return().await {
            return;
        }
        self.look_at_bond().await;
        self.ask_for_bond_again().await;
        let survey = self.session.part(Task::Survey, 0).unwrap_or_default();
        let read = survey.iter().find(|(_, step)| step.what == What::Read && step.answer == Answer::Done);
        if let Some(at) = read.and_then(|(_, step)| step.place) {
            self.read(at).await;
        }
        self.subscribe_all().await;
        self.watch(Task::WatchAgain, self.options.watch_ms.min(AGAIN_MS)).await;
    }

    /// The request that the sensor wanted a bond for, once more: only an encrypted link gets it through.
    async fn ask_for_bond_again(&mut self) {
        let first = self.session.paired_by.first().and_then(|number| self.session.steps.get(*number));
        let Some(Step { place: Some(at), what, bytes, .. }) = first.cloned() else { return };
        match what {
            What::Read => drop(self.read(at).await),
            What::Write => drop(self.write(at, &bytes).await),
            _ => self.subscribe(at).await,
        }
    }
}
