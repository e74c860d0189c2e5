//! The radio as a transport: a handle on the thread that does the work.

use crate::{
    link::Work,
    options::RadioOptions,
    queue::Queue,
    sighting::Sighting,
    station::{self, Command},
    trouble::RadioError,
};
use pulsebook_core::ble::{
    Attributes, BleTransport, Characteristic, Pending, Sensor, SensorId, TransportError, TransportEvent,
};
use std::{sync::Arc, time::Duration};
use tokio::sync::{mpsc, oneshot};

/// Real sensors over this device's Bluetooth adapter.
///
/// Everything runs on one thread of its own, since bluez-async panics when several talk to the operating system. Only the first characteristic of each number in a service can be used: the others are not told
/// apart below.
#[derive(Debug)]
pub struct Radio {
    commands: mpsc::UnboundedSender<Command>,
    queue: Arc<Queue>,
    scan: Duration,
}

/// Reaches a radio from elsewhere, also when the radio itself has gone into a record.
#[derive(Clone, Debug)]
pub struct Remote(mpsc::UnboundedSender<Command>);

impl Radio {
    /// Starts it on the first adapter that is switched on.
    ///
    /// # Errors
    /// [`RadioError`]: why there is no radio to use.
    pub async fn start(mut options: RadioOptions) -> Result<Radio, RadioError> {
        let now = std::mem::replace(&mut options.now, Box::new(|| 0));
        let queue = Arc::new(Queue::new(now, options.limits.waiting_bytes));
        let (commands, received) = mpsc::unbounded_channel();
        let (ready, is_ready) = oneshot::channel();
        let (scan, patience) = (options.limits.scan, options.limits.ask * 4);
        let failed = |error: std::io::Error| RadioError::Failed(error.to_string());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let served = queue.clone();
        let work = move || runtime.block_on(station::run(options, served, received, ready));
        std::thread::Builder::new().name("bluetooth".to_owned()).spawn(work).map_err(failed)?;
        match tokio::time::timeout(patience, is_ready).await {
            Ok(Ok(started)) => started.map(|()| Radio { commands, queue, scan }),
            Ok(Err(_)) => Err(RadioError::Failed("its thread ended".to_owned())),
            Err(_) => Err(RadioError::Silent(patience)),
        }
    }

    /// A handle that stops it or asks what it found.
    pub fn remote(&self) -> Remote {
        Remote(self.commands.clone())
    }

    /// Listens for so long, and lists every sensor that was found with how well it is heard.
    ///
    /// # Errors
    /// [`TransportError::Radio`].
    pub async fn look(&self, time: Duration) -> Result<Vec<Sighting>, TransportError> {
        self.ask(|answer| Command::Scan(time, answer)).await
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, TransportError>>) -> Command,
    ) -> Result<T, TransportError> {
        let (answer, answered) = oneshot::channel();
        let stopped = || TransportError::Radio("the radio was stopped".to_owned());
        self.commands.send(command(answer)).map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }

    async fn work(
        &self,
        sensor: &SensorId,
        at: Characteristic,
        work: Work,
    ) -> Result<Vec<u8>, TransportError> {
        self.ask(|answer| Command::Do(sensor.clone(), at, work, answer)).await
    }
}

impl Remote {
    /// Stops the radio: every sensor is let go, and [`TransportEvent::Finished`] comes last. Once is enough.
    pub fn stop(&self) {
        let _ = self.0.send(Command::Stop);
    }

    /// The sensors found so far, without listening any longer.
    pub async fn found(&self) -> Vec<Sighting> {
        let (answer, answered) = oneshot::channel();
        let _ = self.0.send(Command::List(answer));
        answered.await.unwrap_or_default()
    }
}

impl Drop for Radio {
    fn drop(&mut self) {
        let _ = self.commands.send(Command::Stop);
    }
}

impl BleTransport for Radio {
    fn scan(&mut self) -> Pending<'_, Result<Vec<Sensor>, TransportError>> {
        Box::pin(async {
            let found = match self.look(self.scan).await {
                // Stopped in the middle: nobody was found, and the last event says that it is over.
                Err(_) if self.queue.is_finished() => Vec::new(),
                found => found?,
            };
            Ok(found.into_iter().map(|sighting| sighting.sensor).collect())
        })
    }

    fn connect<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(self.ask(|answer| Command::Connect(sensor.clone(), answer)))
    }

    fn disconnect<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<(), TransportError>> {
        let (answer, answered) = oneshot::channel();
        let sent = self.commands.send(Command::Disconnect(sensor.clone(), answer));
        Box::pin(async move {
            if sent.is_ok() {
                // Without a link the answer is dropped: there is nothing to end.
                let _ = answered.await;
            }
            Ok(())
        })
    }

    fn attributes<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<Attributes, TransportError>> {
        Box::pin(self.ask(|answer| Command::Attributes(sensor.clone(), answer)))
    }

    fn read<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        characteristic: Characteristic,
    ) -> Pending<'a, Result<Vec<u8>, TransportError>> {
        Box::pin(self.work(sensor, characteristic, Work::Read))
    }

    fn write<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        characteristic: Characteristic,
        bytes: &'a [u8],
    ) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(
            async move { self.work(sensor, characteristic, Work::Write(bytes.to_vec())).await.map(drop) },
        )
    }

    fn subscribe<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        characteristic: Characteristic,
    ) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(async move { self.work(sensor, characteristic, Work::Subscribe).await.map(drop) })
    }

    fn next_event(&mut self) -> Pending<'_, Option<TransportEvent>> {
        Box::pin(self.queue.next())
    }
}
