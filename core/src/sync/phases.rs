//! How nodes wait for each other within a sync: never longer than somebody is still at work.

use tokio::sync::watch;

/// A part of the exchange after which others may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Offers, which collect witness cosignatures.
    Offering,
    /// Quorum certificates, which collect mirror cosignatures.
    Certifying,
}

#[derive(Clone, Copy, Debug, Default)]
struct Busy {
    offering: usize,
    certifying: usize,
}

/// How many nodes are still in which phase.
#[derive(Debug)]
pub(crate) struct Phases(watch::Sender<Busy>);

/// A node's place in a phase; it is left when this is dropped, also by an error or a time-out.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    phases: &'a Phases,
    phase: Phase,
}

impl Phases {
    pub(crate) fn new() -> Self {
        Phases(watch::Sender::new(Busy::default()))
    }

    pub(crate) fn enter(&self, phase: Phase) -> Place<'_> {
        self.0.send_modify(|busy| *busy.count(phase) += 1);
        Place { phases: self, phase }
    }

    /// Lets everyone who waits look again.
    pub(crate) fn wake(&self) {
        self.0.send_modify(|_| {});
    }

    /// Waits until `done`, or until nobody is in the phase any more.
    pub(crate) async fn wait<E>(&self, phase: Phase, done: impl Fn() -> Result<bool, E>) -> Result<(), E> {
        let mut changes = self.0.subscribe();
        loop {
            let mut busy = *changes.borrow_and_update();
            let nobody = *busy.count(phase) == 0;
            if nobody || done()? || changes.changed().await.is_err() {
                return Ok(());
            }
        }
    }
}

impl Busy {
    fn count(&mut self, phase: Phase) -> &mut usize {
        match phase {
            Phase::Offering => &mut self.offering,
            Phase::Certifying => &mut self.certifying,
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.phases.0.send_modify(|busy| {
            let count = busy.count(self.phase);
            *count = count.saturating_sub(1);
        });
    }
}
