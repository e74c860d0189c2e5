//! The link to one sensor, as long as somebody wishes for it: connect, serve, lose, wait, connect again.

mod reach;
mod serve;

use crate::{
    backoff::Backoff,
    common::{Common, Signals},
    incoming,
    inlet::Inlet,
    trouble::{Trouble, within},
};
use futures_util::FutureExt;
use pulsebook_core::ble::{Characteristic, Disconnect, LinkState, SensorId, TransportError, TransportEvent};
use reach::Reached;
use serve::End;
use std::{pin::pin, sync::Arc};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep},
};

/// What is asked of a link.
#[derive(Debug)]
pub(crate) enum Order {
    /// One operation, and where its answer goes.
    Do(Characteristic, Work, oneshot::Sender<Result<Vec<u8>, TransportError>>),
    /// The wish is over; told when the link is down.
    End(oneshot::Sender<()>),
}

/// An operation with one characteristic.
#[derive(Clone, Debug)]
pub(crate) enum Work {
    Read,
    Write(Vec<u8>),
    Subscribe,
}

impl Work {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Work::Read => "read",
            Work::Write(_) => "write",
            Work::Subscribe => "subscribe to",
        }
    }
}

/// One sensor's task.
pub(crate) struct Link {
    id: SensorId,
    common: Arc<Common>,
    signals: Arc<Signals>,
    orders: mpsc::UnboundedReceiver<Order>,
    inlet: Arc<Inlet>,
    /// What it should stay subscribed to, over all connections.
    wanted: Vec<Characteristic>,
    backoff: Backoff,
    told: Option<LinkState>,
}

impl Link {
    pub(crate) fn new(
        id: SensorId,
        common: Arc<Common>,
        signals: Arc<Signals>,
        orders: mpsc::UnboundedReceiver<Order>,
    ) -> Link {
        let inlet = Arc::new(Inlet::new(id.clone(), common.queue.clone()));
        let (wanted, backoff) = (Vec::new(), Backoff::default());
        Link { id, common, signals, orders, inlet, wanted, backoff, told: None }
    }

    /// Runs until the wish ends.
    pub(crate) async fn run(mut self) {
        let asked = self.keep_up().await;
        self.common.link_ends(&self.id);
        if let Some(asked) = asked {
            let _ = asked.send(());
        }
    }

    async fn keep_up(&mut self) -> Option<oneshot::Sender<()>> {
        let mut first = true;
        loop {
            if first {
                self.tell(LinkState::Connecting);
            }
            let trouble = match self.reach_or_end().await {
                Ok(Ok(reached)) => match self.connection(reached).await {
                    Some(asked) => return asked,
                    None => None,
                },
                Ok(Err(trouble)) => Some(trouble),
                Err(asked) => return asked,
            };
            // A connection that was lost is not tried for by what is heard of the sensor: one that connects and leaves
            // again and again is given time.
            let by_sight = trouble.as_ref().is_some_and(|trouble| *trouble != Trouble::Unpaired);
            match trouble {
                Some(Trouble::Unpaired) => self.tell_unpaired().await,
                _ => self.tell(LinkState::Searching),
            }
            match self.wait(by_sight).await {
                Ok(sighted) => first = sighted,
                Err(asked) => return asked,
            }
        }
    }

    /// Tries once; `Err` when the wish ended meanwhile.
    async fn reach_or_end(&mut self) -> Result<Result<Reached, Trouble>, Option<oneshot::Sender<()>>> {
        // The end of an earlier connection says nothing about the next.
        let _ = self.signals.lost.notified().now_or_never();
        let (common, id) = (self.common.clone(), self.id.clone());
        let mut reaching = pin!(reach::reach(&common, &id));
        loop {
            tokio::select! {
                biased;
                order = self.orders.recv() => if let Some(asked) = refuse(&id, order) {
                    reach::let_go(&common, &id).await;
                    return Err(asked);
                },
                reached = &mut reaching => return Ok(reached),
            }
        }
    }

    /// One connection from its beginning to its end; gives who asked for the end, if somebody did.
    #[allow(clippy::option_option)]
    async fn connection(&mut self, reached: Reached) -> Option<Option<oneshot::Sender<()>>> {
        let Reached { remote, sensor, values, places } = reached;
        let _ = self.inlet.overflow.notified().now_or_never();
        self.inlet.open(places);
        self.signals.set_up(true);
        self.told = None;
        let since = Instant::now();
        self.common.queue.tell(|_| TransportEvent::Connected(sensor));
        let inlet = self.inlet.clone();
        let draining = incoming::drain(values, move |value| inlet.arrived(value));
        let end = self.serve(&remote).await;
        self.signals.set_up(false);
        if matches!(end, End::Overflow) {
            self.inlet.close();
        }
        draining.end().await;
        self.inlet.close();
        reach::let_go(&self.common, &self.id).await;
        let (sensor, reason) = (self.id.clone(), end.reason());
        self.common.queue.tell(|at| TransportEvent::Disconnected { sensor, reason, at });
        match end {
            End::Asked(asked) => return Some(asked),
            End::Overflow => {}
            End::Lost => self.backoff.stood(since.elapsed(), &self.common.limits),
        }
        None
    }

    /// Waits before the next try; says whether the sensor was heard meanwhile. `Err`: the wish ended.
    async fn wait(&mut self, by_sight: bool) -> Result<bool, Option<oneshot::Sender<()>>> {
        let limits = &self.common.limits;
        let least = limits.first_wait;
        let full = self.backoff.next((self.common.spread)(), limits);
        let mut pause = pin!(sleep(full));
        let mut least = pin!(sleep(least.min(full)));
        let mut rested = false;
        loop {
            tokio::select! {
                biased;
                order = self.orders.recv() => if let Some(asked) = refuse(&self.id, order) {
                    return Err(asked);
                },
                () = &mut pause => {
                    if self.common.queue.is_drained(&self.id) {
                        return Ok(false);
                    }
                    // What it sent before must be taken first, else it would only fill its share again.
                    pause.as_mut().reset(Instant::now() + limits.first_wait);
                }
                () = &mut least, if !rested => rested = true,
                () = self.signals.sighted.notified(), if by_sight && rested => return Ok(true),
            }
        }
    }

    /// Tells how the link stands, once until it changes.
    fn tell(&mut self, state: LinkState) {
        if self.told.replace(state) != Some(state) {
            let sensor = self.id.clone();
            self.common.queue.tell(|at| TransportEvent::Link { sensor, state, at });
        }
    }

    /// The sensor wants a bond: is there one that it does not know, or none?
    async fn tell_unpaired(&mut self) {
        let bonded = match self.common.remote(&self.id) {
            Some(remote) => {
                within(self.common.limits.ask, self.common.bonds.is_paired(&remote)).await == Ok(true)
            }
            None => false,
        };
        self.tell(if bonded { LinkState::PairedElsewhere } else { LinkState::NeedsPairing });
    }
}

/// Answers an order while there is no connection; gives who asked for the end of the wish. All senders gone is the end too.
#[allow(clippy::option_option)]
fn refuse(id: &SensorId, order: Option<Order>) -> Option<Option<oneshot::Sender<()>>> {
    match order {
        Some(Order::Do(.., answer)) => {
            let _ = answer.send(Err(TransportError::NotConnected(id.clone())));
            None
        }
        Some(Order::End(asked)) => Some(Some(asked)),
        None => Some(None),
    }
}

impl End {
    fn reason(&self) -> Disconnect {
        match self {
            End::Asked(_) => Disconnect::Asked,
            End::Lost => Disconnect::Lost,
            End::Overflow => Disconnect::Overflow,
        }
    }
}
