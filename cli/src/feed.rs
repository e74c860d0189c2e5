//! What feeds the record: simulated wearables or a recording, counted on the way, with gates where the story stops it.

use crate::{
    exit::{Failure, Kind, Outcome},
    truth::Truth,
};
use pulsebook_core::ble::{
    Attributes, BleTransport, Characteristic, Pending, Sensor, SensorId, TransportError, TransportEvent,
    UnixMillis,
};
use pulsebook_core::{
    clock::{Clock, ManualClock},
    decode::{cgm, current_time, elapsed_time},
};
use pulsebook_sensor_sim::{
    Measured, Scenario, Simulator,
    replay::Replay,
    trace::{self, Played},
};
use std::{
    fs::File,
    io::BufReader,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::mpsc;

/// A transport around the simulator or a recording. Memory: what the transport itself has, and one event.
pub(crate) struct Feed {
    source: Source,
    sent: Sent,
    events: u64,
    /// After so many events the feed lets others run.
    breath: u64,
    /// Moments at which the feed waits, latest first.
    gates: Vec<UnixMillis>,
    held: Option<TransportEvent>,
    gate: Option<GateKeeper>,
    on_time: Box<dyn FnMut(UnixMillis) + Send>,
}

enum Source {
    Simulated(Box<Simulator>),
    Replayed(Box<Replay<BufReader<File>>>),
    Traced(Box<Played<BufReader<File>>>),
}

/// What a feed has sent, and how it ended; stays when the feed itself has gone into a record.
#[derive(Clone, Default)]
pub(crate) struct Sent(Arc<Mutex<Told>>);

#[derive(Default)]
struct Told {
    truth: Truth,
    trouble: Option<String>,
}

impl Sent {
    /// What was sent so far.
    pub(crate) fn truth(&self) -> Truth {
        self.told().truth.clone()
    }

    /// Whether it ended as it should.
    ///
    /// # Errors
    /// The line of a recording that could not be played.
    pub(crate) fn finished(&self) -> Outcome {
        match &self.told().trouble {
            None => Ok(()),
            Some(why) => Err(Failure::new(why.clone()).action("mend the line; what came before it is kept")),
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers that date what a sensor sends: a record keeps them like notifications.
const DATES: [Characteristic; 4] =
    [current_time::CURRENT_TIME, elapsed_time::CURRENT, cgm::FEATURE, cgm::SESSION_START];

/// After so many events the feed lets others run: Ctrl-C must be heard while a day is simulated.
const BREATH: u64 = 1024;

struct GateKeeper {
    reached: mpsc::Sender<Truth>,
    go_on: mpsc::Receiver<()>,
}

/// The other side of the gates.
pub(crate) struct Gates {
    reached: mpsc::Receiver<Truth>,
    go_on: mpsc::Sender<()>,
}

impl Gates {
    /// Waits until the feed stands at its next gate; tells what was sent up to there. `None`: no gate is left.
    pub(crate) async fn reached(&mut self) -> Option<Truth> {
        self.reached.recv().await
    }

    /// Lets the feed go on.
    pub(crate) async fn open(&self) {
        let _ = self.go_on.send(()).await;
    }
}

impl Feed {
    /// Feeds from simulated wearables.
    pub(crate) fn simulated(scenario: &Scenario, seed: u64, start: UnixMillis, duration_ms: i64) -> Feed {
        Feed::new(Source::Simulated(Box::new(Simulator::new(scenario, seed, start, duration_ms))))
    }

    /// Feeds from a file: a trace, or a recording.
    ///
    /// # Errors
    /// It cannot be read or is neither.
    pub(crate) fn replayed(path: &Path) -> Outcome<Feed> {
        if !trace::is_trace(path).unwrap_or(false) {
            return Feed::recorded(path);
        }
        let played = Played::open(path).map_err(|error| {
            Failure::from_error(&error)
                .during(&path.display().to_string())
                .of(Kind::BadFile)
                .expected("a file that `--trace` or `sim trace` wrote")
        })?;
        Ok(Feed::new(Source::Traced(Box::new(played))))
    }

    /// Feeds from a recording, `t_ms,value` a line.
    ///
    /// # Errors
    /// It cannot be read or is none.
    pub(crate) fn recorded(path: &Path) -> Outcome<Feed> {
        let missing = |error: std::io::Error| Failure::new(format!("it cannot be opened: {error}"));
        let opened = File::open(path).map(drop).map_err(missing);
        let replay = opened.and_then(|()| Replay::open(path).map_err(Failure::from));
        let replay = replay.map_err(|failure| {
            failure
                .during(&path.display().to_string())
                .of(Kind::BadFile)
                .expected("a CSV file with lines `t_ms,value`: milliseconds since 1970, beats per minute")
        })?;
        Ok(Feed::new(Source::Replayed(Box::new(replay))))
    }

    fn new(source: Source) -> Feed {
        Feed {
            source,
            sent: Sent::default(),
            events: 0,
            breath: BREATH,
            gates: Vec::new(),
            held: None,
            gate: None,
            on_time: Box::new(|_| {}),
        }
    }

    /// Calls this with the receive time of each event, before the event is handed on: it drives the record's clock.
    pub(crate) fn on_time(mut self, on_time: impl FnMut(UnixMillis) + Send + 'static) -> Feed {
        self.on_time = Box::new(on_time);
        self
    }

    /// Lets this clock follow the answers of a trace, as it does what is received.
    pub(crate) fn followed_by(self, clock: &ManualClock) -> Feed {
        let clock = clock.clone();
        let source = match self.source {
            Source::Simulated(simulator) => {
                Source::Simulated(Box::new(simulator.on_time(move |now| clock.heard(now))))
            }
            Source::Traced(played) => Source::Traced(Box::new(played.on_time(move |at| clock.heard(at)))),
            other => other,
        };
        Feed { source, ..self }
    }

    /// Whether what it feeds is simulated.
    pub(crate) fn is_simulated(&self) -> bool {
        match &self.source {
            Source::Simulated(_) => true,
            Source::Traced(played) => played.header().simulated,
            Source::Replayed(_) => false,
        }
    }

    /// Lets others run before each event, so that whoever listens misses nothing.
    pub(crate) fn stepwise(self) -> Feed {
        Feed { breath: 1, ..self }
    }

    /// Makes the feed wait at these moments.
    pub(crate) fn gated(mut self, mut moments: Vec<UnixMillis>) -> (Feed, Gates) {
        moments.sort_unstable_by(|a, b| b.cmp(a));
        let (reached, reached_by) = mpsc::channel(1);
        let (open, go_on) = mpsc::channel(1);
        self.gates = moments;
        self.gate = Some(GateKeeper { reached, go_on });
        (self, Gates { reached: reached_by, go_on: open })
    }

    /// What it sends, to be asked also when the feed is gone.
    pub(crate) fn sent(&self) -> Sent {
        self.sent.clone()
    }

    /// Its virtual clock.
    pub(crate) fn now(&self) -> UnixMillis {
        match &self.source {
            Source::Simulated(simulator) => simulator.now(),
            Source::Replayed(replay) => replay.now(),
            Source::Traced(played) => played.now(),
        }
    }

    fn transport(&mut self) -> &mut dyn BleTransport {
        match &mut self.source {
            Source::Simulated(simulator) => simulator.as_mut(),
            Source::Replayed(replay) => replay.as_mut(),
            Source::Traced(played) => played.as_mut(),
        }
    }

    async fn next(&mut self) -> Option<TransportEvent> {
        if self.held.is_none() {
            self.events += 1;
            if self.events.is_multiple_of(self.breath) {
                tokio::task::yield_now().await;
            }
            self.held = self.transport().next_event().await;
            self.count();
        }
        // The event waits in `held` meanwhile: a future that is dropped at a gate loses nothing.
        while self.gates.last().is_some_and(|gate| self.is_at(*gate)) {
            self.wait_at_gate().await;
        }
        if let Some(at) = self.held.as_ref().and_then(time_of) {
            (self.on_time)(at);
        }
        self.held.take()
    }

    fn count(&mut self) {
        let mut told = self.sent.told();
        let notified = matches!(self.held, Some(TransportEvent::Notification(_)));
        match &self.source {
            Source::Simulated(simulator) => {
                told.truth.injected = simulator.injected();
                if let Some(event) = &self.held {
                    told.truth.faults.watch(event, simulator.now(), simulator.injected());
                }
                simulator
                    .measured()
                    .filter(|_| notified)
                    .into_iter()
                    .for_each(|measured| told.truth.count(measured));
            }
            Source::Replayed(replay) => {
                told.trouble = replay.error().map(ToString::to_string);
                if notified {
                    told.truth.count(&Measured::Heart { rate: 0, rr: Vec::new(), contact: true });
                }
            }
            // Nobody knows what was meant by the bytes of a trace: only what is wrong with the file is told.
            Source::Traced(played) => told.trouble = played.error().map(ToString::to_string),
        }
    }

    /// Whether the event held lies behind this moment; at the end every gate is reached.
    fn is_at(&self, gate: UnixMillis) -> bool {
        match &self.held {
            Some(TransportEvent::Finished) | None => true,
            Some(event) => time_of(event).is_some_and(|at| at >= gate),
        }
    }

    async fn wait_at_gate(&mut self) {
        let truth = self.sent.truth();
        if let Some(gate) = &mut self.gate
            && gate.reached.send(truth).await.is_ok()
        {
            let _ = gate.go_on.recv().await;
        }
        self.gates.pop();
    }
}

fn time_of(event: &TransportEvent) -> Option<UnixMillis> {
    match event {
        TransportEvent::Notification(notification) => Some(notification.received_at),
        TransportEvent::Disconnected { at, .. } | TransportEvent::Link { at, .. } => Some(*at),
        TransportEvent::Connected(_) | TransportEvent::Found(_) | TransportEvent::Finished => None,
    }
}

impl BleTransport for Feed {
    fn scan(&mut self) -> Pending<'_, Result<Vec<Sensor>, TransportError>> {
        self.transport().scan()
    }

    fn connect<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<(), TransportError>> {
        self.transport().connect(sensor)
    }

    fn disconnect<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<(), TransportError>> {
        self.transport().disconnect(sensor)
    }

    fn attributes<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<Attributes, TransportError>> {
        self.transport().attributes(sensor)
    }

    fn read<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        characteristic: Characteristic,
    ) -> Pending<'a, Result<Vec<u8>, TransportError>> {
        Box::pin(async move {
            let answer = self.transport().read(sensor, characteristic).await;
            if answer.is_ok() && DATES.contains(&characteristic) {
                self.sent.told().truth.count(&Measured::Answer);
            }
            answer
        })
    }

    fn write<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        characteristic: Characteristic,
        bytes: &'a [u8],
    ) -> Pending<'a, Result<(), TransportError>> {
        self.transport().write(sensor, characteristic, bytes)
    }

    fn subscribe<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        characteristic: Characteristic,
    ) -> Pending<'a, Result<(), TransportError>> {
        self.transport().subscribe(sensor, characteristic)
    }

    fn next_event(&mut self) -> Pending<'_, Option<TransportEvent>> {
        Box::pin(self.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_772_366_400_000;

    async fn drain(feed: &mut Feed) -> u64 {
        for sensor in feed.scan().await.unwrap() {
            feed.connect(&sensor.id).await.unwrap();
            for characteristic in sensor.notifies {
                feed.subscribe(&sensor.id, characteristic).await.unwrap();
            }
        }
        let mut notifications = 0;
        while let Some(event) = feed.next_event().await {
            notifications += u64::from(matches!(event, TransportEvent::Notification(_)));
        }
        notifications
    }

    #[tokio::test]
    async fn a_gate_holds_the_feed_and_loses_nothing() {
        let scenario = Scenario::load("rest").unwrap();
        let free = drain(&mut Feed::simulated(&scenario, 1, START, 600_000)).await;
        let (mut feed, mut gates) =
            Feed::simulated(&scenario, 1, START, 600_000).gated(vec![START + 400_000, START + 100_000]);
        let story = async {
            let first = gates.reached().await.unwrap();
            gates.open().await;
            let second = gates.reached().await.unwrap();
            gates.open().await;
            (first.notifications, second.notifications)
        };
        let (held, (first, second)) = tokio::join!(drain(&mut feed), story);
        assert_eq!(held, free);
        assert_eq!(feed.sent().truth().notifications, free);
        assert!(0 < first && first < second && second < free, "{first} {second} {free}");
    }
}
