//! Serving a connection that stands: operations, each within its time, until it is lost or let go.

use super::{Link, Order, Work, reach, refuse};
use crate::{
    foreign::{Attribute, CharPropFlags, Remote, RemoteApi as _, WriteType},
    offer,
    trouble::{Trouble, within},
};
use pulsebook_core::ble::{Characteristic, TransportError};
use tokio::{
    sync::oneshot,
    time::{Instant, interval_at, sleep_until},
};

/// How a connection ended.
#[derive(Debug)]
pub(super) enum End {
    /// Somebody asked for it, or everybody who could ask is gone.
    Asked(Option<oneshot::Sender<()>>),
    /// It was lost.
    Lost,
    /// More came than may wait.
    Overflow,
}

/// So many operations in a row without an answer, and the sensor counts as gone: nobody waits for the rest of a list.
const MOST_SILENT: u32 = 2;

/// What is watched during one connection.
struct Watch {
    silent: u32,
    discovered_at: Instant,
    /// When to look at the services again.
    look_at: Option<Instant>,
}

impl Link {
    pub(super) async fn serve(&mut self, remote: &Remote) -> End {
        let limits = self.common.limits.clone();
        let mut watch = Watch { silent: 0, discovered_at: Instant::now(), look_at: None };
        if self.subscribe_again(remote).await.is_err() {
            return End::Lost;
        }
        let (signals, inlet) = (self.signals.clone(), self.inlet.clone());
        let mut alive = interval_at(Instant::now() + limits.alive, limits.alive);
        loop {
            let look_at = watch.look_at.unwrap_or_else(Instant::now);
            tokio::select! {
                biased;
                () = inlet.overflow.notified() => return End::Overflow,
                () = signals.lost.notified() => return End::Lost,
                order = self.orders.recv() => match order {
                    Some(Order::Do(at, work, answer)) => {
                        let Some(done) = self.attend(remote, at, &work, &mut watch).await else {
                            return self.lost_during(answer);
                        };
                        let _ = answer.send(done);
                        if watch.silent >= MOST_SILENT {
                            return self.silent().await;
                        }
                    }
                    other => if let Some(asked) = refuse(&self.id, other) { return End::Asked(asked) },
                },
                () = signals.changed.notified() => {
                    let soonest = watch.discovered_at + limits.rediscover;
                    watch.look_at.get_or_insert(soonest.max(Instant::now()));
                }
                () = sleep_until(look_at), if watch.look_at.is_some() => {
                    // What it offers now is not known: the next connection begins with looking.
                    if self.look_again(remote, &mut watch).await.is_err() {
                        return End::Lost;
                    }
                }
                _ = alive.tick() => if !self.stands(remote, &mut watch).await { return End::Lost },
            }
        }
    }

    fn lost_during(&self, answer: oneshot::Sender<Result<Vec<u8>, TransportError>>) -> End {
        let _ = answer.send(Err(TransportError::NotConnected(self.id.clone())));
        End::Lost
    }

    /// The sensor answers nothing. Without a bond, one that wants it and nobody to ask is the likeliest reason: then BlueZ
    /// keeps silent as well.
    async fn silent(&mut self) -> End {
        self.tell_unpaired().await;
        End::Lost
    }

    /// One operation; `None` when the connection is lost.
    async fn attend(
        &mut self,
        remote: &Remote,
        at: Characteristic,
        work: &Work,
        watch: &mut Watch,
    ) -> Option<Result<Vec<u8>, TransportError>> {
        let signals = self.signals.clone();
        let mut done = tokio::select! {
            biased;
            () = signals.lost.notified() => return None,
            done = self.perform(remote, at, work) => done,
        };
        if done == Err(Trouble::Gone) {
            // The characteristic may be gone and the sensor there: its services changed.
            if !self.stands(remote, watch).await || self.look_again(remote, watch).await.is_err() {
                return None;
            }
            done = self.perform(remote, at, work).await;
        }
        watch.silent = match done {
            Err(Trouble::TimedOut(_)) => watch.silent + 1,
            // The sensor was not asked: it said nothing, one way or the other.
            Err(Trouble::Refused(_) | Trouble::NotAllowed) => watch.silent,
            _ => 0,
        };
        if done == Err(Trouble::Unpaired) {
            self.tell_unpaired().await;
        }
        Some(done.map_err(|trouble| self.error(at, work, &trouble)))
    }

    async fn perform(
        &mut self,
        remote: &Remote,
        at: Characteristic,
        work: &Work,
    ) -> Result<Vec<u8>, Trouble> {
        let limit = self.common.limits.operation;
        let attribute = offered(remote, at, work).ok_or_else(|| Trouble::Refused(String::new()))?;
        match work {
            Work::Read => {
                self.inlet.reading(at);
                let answer = within(limit, remote.read(&attribute)).await;
                self.inlet.read(at, answer.as_deref().ok(), self.common.limits.echo);
                answer
            }
            Work::Write(bytes) => {
                let confirmed = attribute.properties.contains(CharPropFlags::WRITE);
                let how = if confirmed { WriteType::WithResponse } else { WriteType::WithoutResponse };
                within(limit, remote.write(&attribute, bytes, how)).await.map(|()| Vec::new())
            }
            Work::Subscribe => {
                self.inlet.admit(at);
                match within(limit, remote.subscribe(&attribute)).await {
                    Ok(()) | Err(Trouble::Already) => {}
                    Err(trouble) => return Err(trouble),
                }
                if !self.wanted.contains(&at) {
                    self.wanted.push(at);
                }
                Ok(Vec::new())
            }
        }
    }

    /// Subscribes to what was subscribed to before; what the sensor no longer has is left out.
    async fn subscribe_again(&mut self, remote: &Remote) -> Result<(), Trouble> {
        for at in self.wanted.clone() {
            match self.perform(remote, at, &Work::Subscribe).await {
                Err(trouble @ (Trouble::Gone | Trouble::TimedOut(_))) => return Err(trouble),
                Err(Trouble::Unpaired) => self.tell_unpaired().await,
                _ => {}
            }
        }
        Ok(())
    }

    /// Finds the services again, and subscribes again.
    async fn look_again(&mut self, remote: &Remote, watch: &mut Watch) -> Result<(), Trouble> {
        watch.look_at = None;
        watch.discovered_at = Instant::now();
        let places = reach::discover(&self.common, remote).await?;
        self.inlet.moved(places);
        self.subscribe_again(remote).await
    }

    /// Whether the connection still stands, as the operating system sees it.
    async fn stands(&self, remote: &Remote, watch: &mut Watch) -> bool {
        match within(self.common.limits.ask, remote.is_connected()).await {
            Ok(connected) => connected,
            Err(Trouble::TimedOut(_)) => {
                watch.silent += 1;
                watch.silent < MOST_SILENT
            }
            Err(_) => false,
        }
    }

    fn error(&self, characteristic: Characteristic, work: &Work, trouble: &Trouble) -> TransportError {
        let sensor = self.id.clone();
        match trouble {
            Trouble::Gone | Trouble::Refused(_) => {
                TransportError::NotOffered { sensor, characteristic, operation: work.name() }
            }
            Trouble::Att(code) => {
                TransportError::Refused { sensor, characteristic, operation: work.name(), code: *code }
            }
            other => TransportError::Radio(format!("{sensor}, {} {characteristic}: {other}", work.name())),
        }
    }
}

/// The attribute, when the sensor has it and allows the operation. btleplug knows the first of each number only.
fn offered(remote: &Remote, at: Characteristic, work: &Work) -> Option<Attribute> {
    let needs = match work {
        Work::Read => CharPropFlags::READ,
        Work::Write(_) => CharPropFlags::WRITE | CharPropFlags::WRITE_WITHOUT_RESPONSE,
        Work::Subscribe => CharPropFlags::NOTIFY | CharPropFlags::INDICATE,
    };
    let services = remote.services();
    let mut attributes = services.into_iter().flat_map(|service| service.characteristics);
    attributes.find(|attribute| offer::named(attribute) == Some(at) && attribute.properties.intersects(needs))
}
