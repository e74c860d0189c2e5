//! The loop between the bus and the world: messages in, time on, messages out.

use super::{Command, Speed, world::World};
use futures_util::StreamExt;
use pulsebook_core::ble::UnixMillis;
use std::{num::NonZeroUsize, sync::mpsc::SyncSender, time::Duration};
use tokio::{sync::mpsc, time::Instant};
use zbus::{Connection, Message, MessageStream, connection::Builder, fdo::RequestNameFlags, message::Type};

/// So many messages are sent at once when the sensors are not throttled.
const BATCH: usize = 128;

/// So many things happen before the bus is looked at again, whether they are seen from outside or not.
const STEPS: usize = 4096;

/// Nothing is due: look again after this long.
const IDLE: Duration = Duration::from_secs(3600);

/// Runs until it is told to stop or the bus is gone. `ready` hears when the peer can be found.
pub(super) async fn run(
    address: &str,
    mut world: World,
    mut commands: mpsc::UnboundedReceiver<(Command, SyncSender<()>)>,
    ready: SyncSender<zbus::Result<()>>,
) {
    let (connection, mut messages) = match open(address).await {
        Ok(open) => open,
        Err(error) => return drop(ready.send(Err(error))),
    };
    let _ = ready.send(Ok(()));
    let began = Instant::now();
    let clock = Clock { began, start: world.options.start, speed: world.options.speed };
    loop {
        let mut done = None;
        let patience = world.deadline().unwrap_or_else(|| began.elapsed().saturating_add(IDLE));
        tokio::select! {
            biased;
            command = commands.recv() => {
                let Some((command, told)) = command else { return };
                if !world.command(&command) {
                    return;
                }
                done = Some(told);
            }
            message = messages.next() => match message {
                Some(Ok(message)) => {
                    world.elapsed = began.elapsed();
                    world.now = world.now.max(clock.now(&world));
                    received(&mut world, &message);
                }
                Some(Err(_)) | None => return,
            },
            () = tokio::time::sleep_until(began + patience) => {
                world.elapsed = began.elapsed();
                world.lose_patience();
            }
            () = clock.wait(&world) => {
                let until = clock.until(&world);
                for _ in 0..STEPS {
                    if world.out.len() >= BATCH || !world.step(until) {
                        break;
                    }
                }
            }
        }
        if connection.send_all(&world.out.take()).await.is_err() {
            return;
        }
        if let Some(done) = done {
            // Whoever asked may have gone.
            let _: Result<(), _> = done.send(());
        }
    }
}

/// Connects, listens, and only then takes the name that others look for.
async fn open(address: &str) -> zbus::Result<(Connection, MessageStream)> {
    let connection = Builder::address(address).build().await?;
    let mut messages = MessageStream::from(&connection);
    messages.set_max_queued(NonZeroUsize::new(1024).unwrap_or(NonZeroUsize::MIN));
    let bus = Some("org.freedesktop.DBus");
    let leaving = "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged'";
    connection.call_method(bus, "/org/freedesktop/DBus", bus, "AddMatch", &leaving).await?;
    // Nobody may take it away, and nothing is taken from anybody.
    connection.request_name_with_flags("org.bluez", RequestNameFlags::DO_NOT_QUEUE).await?;
    Ok((connection, messages))
}

fn received(world: &mut World, message: &Message) {
    match message.message_type() {
        Type::MethodCall => world.called(message),
        Type::Signal => {
            let body = message.body();
            if let Ok((name, _, "")) = body.deserialize::<(&str, &str, &str)>() {
                world.client_gone(name);
            }
        }
        Type::MethodReturn | Type::Error => world.answered(message),
    }
}

/// Turns our time into the sensors'.
struct Clock {
    began: Instant,
    start: UnixMillis,
    speed: Speed,
}

impl Clock {
    /// The sensors' time; unthrottled it is that of what happened last.
    fn now(&self, world: &World) -> UnixMillis {
        match self.speed {
            Speed::Times(times) => {
                self.start.saturating_add((self.began.elapsed().as_secs_f64() * times * 1000.0) as i64)
            }
            Speed::Unthrottled => world.now,
        }
    }

    /// Up to when things may happen now.
    fn until(&self, world: &World) -> UnixMillis {
        match self.speed {
            Speed::Unthrottled if world.listened_to() => UnixMillis::MAX,
            _ => self.now(world),
        }
    }

    /// Waits until something is due.
    async fn wait(&self, world: &World) {
        match (world.due(), self.speed) {
            (None, _) => tokio::time::sleep(IDLE).await,
            (Some(due), Speed::Times(times)) => {
                let after = (due - self.start).max(0) as f64 / 1000.0 / times;
                let after = Duration::try_from_secs_f64(after).unwrap_or(IDLE);
                tokio::time::sleep_until(self.began + after).await;
            }
            (Some(_), Speed::Unthrottled) if world.listened_to() => tokio::task::yield_now().await,
            (Some(_), Speed::Unthrottled) => tokio::time::sleep(IDLE).await,
        }
    }
}
