//! The radio's thread: takes what is asked, keeps the links, and listens as long as somebody is looked for.

use crate::{
    common::Common,
    foreign::{Adapter, AdapterApi as _, Power, RemoteApi as _, ScanFilter, Stack, StackApi as _},
    incoming::Source,
    limits::Limits,
    link::{Link, Order, Work},
    offer,
    options::RadioOptions,
    queue::Queue,
    sighting::Sighting,
    trouble::{RadioError, Trouble, within},
    watch,
};
use pulsebook_core::ble::{Attributes, Characteristic, SensorId, TransportError};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, interval, sleep},
};

/// Where an answer goes.
pub(crate) type Answer<T> = oneshot::Sender<Result<T, TransportError>>;

/// What is asked of a radio.
#[derive(Debug)]
pub(crate) enum Command {
    Scan(Duration, Answer<Vec<Sighting>>),
    /// What is known now, without listening any longer.
    List(oneshot::Sender<Vec<Sighting>>),
    Connect(SensorId, Answer<()>),
    Disconnect(SensorId, oneshot::Sender<()>),
    Attributes(SensorId, Answer<Attributes>),
    Do(SensorId, Characteristic, Work, Answer<Vec<u8>>),
    Stop,
}

/// How often it is asked whether somebody is still looked for.
const LISTENING: Duration = Duration::from_secs(2);

struct Station {
    common: Arc<Common>,
    links: BTreeMap<SensorId, mpsc::UnboundedSender<Order>>,
    newcomers: bool,
    listens: bool,
    /// Until when somebody looks around.
    looks_until: Instant,
}

/// Runs until it is stopped, or everybody who could ask is gone.
pub(crate) async fn run(
    options: RadioOptions,
    queue: Arc<Queue>,
    mut commands: mpsc::UnboundedReceiver<Command>,
    ready: oneshot::Sender<Result<(), RadioError>>,
) {
    let newcomers = options.newcomers;
    let opened = open(options, queue.clone()).await;
    let common = match opened {
        Ok(common) => common,
        Err(error) => return drop(ready.send(Err(error))),
    };
    let news = match within(common.limits.ask, common.source.news()).await {
        Ok(news) => news,
        Err(trouble) => return drop(ready.send(Err(trouble.into()))),
    };
    let watching = watch::begin(&common, news, newcomers);
    if ready.send(Ok(())).is_ok() {
        let (links, looks_until) = (BTreeMap::new(), Instant::now());
        let mut station = Station { common, links, newcomers, listens: false, looks_until };
        station.work(&mut commands).await;
    }
    watching.end().await;
    queue.finish();
}

async fn open(options: RadioOptions, queue: Arc<Queue>) -> Result<Arc<Common>, RadioError> {
    let limits = options.limits.clone();
    let stack = within(limits.ask, Stack::new()).await.map_err(|trouble| match trouble {
        Trouble::NotAllowed => RadioError::NotAllowed,
        other => RadioError::NoBus(other.to_string()),
    })?;
    let adapters = within(limits.ask, stack.adapters()).await.map_err(RadioError::from)?;
    let adapter = choose(adapters, &limits).await?;
    let source = within(limits.ask, Source::open(&adapter)).await?;
    Ok(Arc::new(Common::new(adapter, source, options, queue)))
}

/// The first adapter that is switched on. None is switched on here: that is the user's to do.
async fn choose(adapters: Vec<Adapter>, limits: &Limits) -> Result<Adapter, RadioError> {
    let mut trouble = RadioError::NoAdapter;
    for adapter in adapters {
        match within(limits.ask, adapter.adapter_state()).await {
            Ok(Power::PoweredOff) => trouble = RadioError::Off,
            Ok(_) => return Ok(adapter),
            Err(other) => trouble = other.into(),
        }
    }
    Err(trouble)
}

impl Station {
    async fn work(&mut self, commands: &mut mpsc::UnboundedReceiver<Command>) {
        let mut tick = interval(LISTENING);
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    None | Some(Command::Stop) => break,
                    Some(command) => self.attend(command).await,
                },
                _ = tick.tick() => self.listen_as_needed().await,
            }
        }
        self.end().await;
    }

    async fn attend(&mut self, command: Command) {
        match command {
            Command::Scan(time, answer) => {
                let until = Instant::now().checked_add(time).unwrap_or(self.looks_until);
                self.looks_until = self.looks_until.max(until);
                let begun = self.listen().await;
                tokio::spawn(scan(self.common.clone(), begun, time, answer));
            }
            Command::List(answer) => drop(answer.send(self.common.sightings().list())),
            Command::Connect(id, answer) => drop(answer.send(self.connect(&id))),
            Command::Disconnect(id, answer) => match self.links.remove(&id) {
                Some(link) if link.send(Order::End(answer)).is_ok() => {}
                _ => {}
            },
            Command::Attributes(id, answer) => {
                tokio::spawn(attributes(self.common.clone(), id, answer));
            }
            Command::Do(id, at, work, answer) => match self.links.get(&id) {
                Some(link) => drop(link.send(Order::Do(at, work, answer))),
                None => drop(answer.send(Err(TransportError::NotConnected(id)))),
            },
            Command::Stop => {}
        }
    }

    fn connect(&mut self, id: &SensorId) -> Result<(), TransportError> {
        if self.links.contains_key(id) {
            return Ok(());
        }
        let remote = self.common.remote(id).ok_or_else(|| TransportError::UnknownSensor(id.clone()))?;
        let (orders, received) = mpsc::unbounded_channel();
        let signals = self.common.link_begins(id, remote.id().to_string());
        tokio::spawn(Link::new(id.clone(), self.common.clone(), signals, received).run());
        self.links.insert(id.clone(), orders);
        Ok(())
    }

    async fn listen(&mut self) -> Result<(), Trouble> {
        let begun = within(self.common.limits.ask, self.common.adapter.start_scan(ScanFilter::default()));
        let begun = begun.await.or_else(|trouble| match trouble {
            Trouble::Already => Ok(()),
            other => Err(other),
        });
        self.listens |= begun.is_ok();
        begun
    }

    /// Listens while somebody is looked for, and not longer: listening costs the links air time.
    async fn listen_as_needed(&mut self) {
        let looks = Instant::now() < self.looks_until;
        let needed = self.newcomers || looks || self.common.is_searching();
        if needed && !self.listens && !self.links.is_empty() {
            let _ = self.listen().await;
        }
        if !needed && self.listens {
            self.listens = false;
            let _ = within(self.common.limits.ask, self.common.adapter.stop_scan()).await;
        }
    }

    /// Lets every sensor go, all at once.
    async fn end(&mut self) {
        let mut ended = Vec::new();
        for link in std::mem::take(&mut self.links).into_values() {
            let (answer, end) = oneshot::channel();
            if link.send(Order::End(answer)).is_ok() {
                ended.push(end);
            }
        }
        for end in ended {
            let _ = end.await;
        }
        if self.listens {
            let _ = within(self.common.limits.ask, self.common.adapter.stop_scan()).await;
        }
    }
}

/// Listens for a while, then says who was heard.
async fn scan(
    common: Arc<Common>,
    begun: Result<(), Trouble>,
    time: Duration,
    answer: Answer<Vec<Sighting>>,
) {
    let found = match begun {
        Ok(()) => {
            sleep(time).await;
            list(&common).await
        }
        Err(trouble) => Err(trouble),
    };
    let _ = answer.send(found.map_err(|trouble| TransportError::Radio(trouble.to_string())));
}

/// What a connected sensor offers, and whether there is a bond with it.
async fn attributes(common: Arc<Common>, id: SensorId, answer: Answer<Attributes>) {
    let remote = common.remote(&id).filter(|_| common.is_up(&id));
    let told = match remote {
        None => Err(TransportError::NotConnected(id)),
        Some(remote) => Ok(Attributes {
            offered: offer::offered(&remote.services()),
            bonded: within(common.limits.ask, common.bonds.is_paired(&remote)).await.ok(),
        }),
    };
    let _ = answer.send(told);
}

async fn list(common: &Common) -> Result<Vec<Sighting>, Trouble> {
    watch::look_around(common).await?;
    let mut sightings = common.sightings();
    let _told = sightings.news();
    common.set_scanned();
    Ok(sightings.list())
}
