//! The events that wait for whoever takes them: in order of receive time, each sensor within its own bytes.

use pulsebook_core::ble::{Notification, SensorId, TransportEvent, UnixMillis};
use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;

/// What an event costs beside the bytes it carries: its place in the queue and its two allocations.
const COST: usize = size_of::<TransportEvent>() + 32;

/// A queue that keeps so many places when it runs empty, and gives the rest back.
const PLACES: usize = 1024;

/// Tells the time in UTC milliseconds.
pub(crate) type Now = Box<dyn Fn() -> UnixMillis + Send + Sync>;

/// The sensor has as much waiting as it may.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// One radio's queue, shared by its threads.
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Notify,
    now: Now,
    bytes_a_sensor: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<TransportEvent>,
    held: BTreeMap<SensorId, usize>,
    latest: UnixMillis,
    finished: bool,
}

impl Queue {
    pub(crate) fn new(now: Now, bytes_a_sensor: usize) -> Queue {
        Queue { waiting: Mutex::default(), arrived: Notify::new(), now, bytes_a_sensor }
    }

    /// Adds a notification with the time of now.
    pub(crate) fn notify(&self, mut notification: Notification) -> Result<(), Full> {
        let mut waiting = self.waiting();
        let cost = COST + notification.bytes.len();
        let held = waiting.held.get(&notification.sensor).copied().unwrap_or(0);
        if held + cost > self.bytes_a_sensor {
            return Err(Full);
        }
        waiting.held.insert(notification.sensor.clone(), held + cost);
        notification.received_at = waiting.tick((self.now)());
        waiting.events.push_back(TransportEvent::Notification(notification));
        drop(waiting);
        self.arrived.notify_one();
        Ok(())
    }

    /// Adds another event, made with the time of now. These are few: each costs the radio an operation.
    pub(crate) fn tell(&self, event: impl FnOnce(UnixMillis) -> TransportEvent) {
        let mut waiting = self.waiting();
        let at = waiting.tick((self.now)());
        if !waiting.finished {
            waiting.events.push_back(event(at));
        }
        drop(waiting);
        self.arrived.notify_one();
    }

    /// The last event: what comes later is not told.
    pub(crate) fn finish(&self) {
        let mut waiting = self.waiting();
        if !waiting.finished {
            waiting.finished = true;
            waiting.events.push_back(TransportEvent::Finished);
        }
        drop(waiting);
        self.arrived.notify_one();
    }

    /// Whether the last event was told.
    pub(crate) fn is_finished(&self) -> bool {
        self.waiting().finished
    }

    /// Whether nothing of this sensor waits.
    pub(crate) fn is_drained(&self, sensor: &SensorId) -> bool {
        !self.waiting().held.contains_key(sensor)
    }

    /// The next event; `None` after the last. Dropping the future loses nothing.
    pub(crate) async fn next(&self) -> Option<TransportEvent> {
        loop {
            {
                let mut waiting = self.waiting();
                if let Some(event) = waiting.take() {
                    return Some(event);
                }
                if waiting.finished {
                    return None;
                }
            }
            // A permit of `notify_one` is kept when nobody waits yet, so no arrival is slept through.
            self.arrived.notified().await;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Receive times never go backwards, whatever the clock does.
    fn tick(&mut self, now: UnixMillis) -> UnixMillis {
        self.latest = self.latest.max(now);
        self.latest
    }

    fn take(&mut self) -> Option<TransportEvent> {
        let event = self.events.pop_front()?;
        if let TransportEvent::Notification(notification) = &event {
            let rest = self.held.get(&notification.sensor).copied().unwrap_or(0);
            match rest.saturating_sub(COST + notification.bytes.len()) {
                0 => self.held.remove(&notification.sensor),
                rest => self.held.insert(notification.sensor.clone(), rest),
            };
        }
        if self.events.is_empty() && self.events.capacity() > PLACES {
            self.events = VecDeque::new();
        }
        Some(event)
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("waiting", &self.waiting().events.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use pulsebook_core::ble::Characteristic;
    use std::sync::atomic::{AtomicI64, Ordering};

    fn sent(sensor: &str, bytes: usize) -> Notification {
        Notification {
            sensor: SensorId::new(sensor),
            characteristic: Characteristic::new(0x180D, 0x2A37),
            received_at: 0,
            bytes: vec![0; bytes],
        }
    }

    fn queue(bytes: usize) -> Queue {
        Queue::new(Box::new(|| 7), bytes)
    }

    fn next(queue: &Queue) -> Option<Option<TransportEvent>> {
        queue.next().now_or_never()
    }

    #[test]
    fn one_sensor_that_sends_too_much_leaves_room_for_the_others() {
        let queue = queue(10 * (COST + 20));
        let taken = (0..100).take_while(|_| queue.notify(sent("hostile", 20)).is_ok()).count();
        assert_eq!(taken, 10);
        assert_eq!(queue.notify(sent("hostile", 512)), Err(Full));
        assert_eq!(queue.notify(sent("quiet", 20)), Ok(()));
        (0..11).for_each(|_| assert!(matches!(next(&queue), Some(Some(_)))));
        assert!(next(&queue).is_none() && queue.is_drained(&SensorId::new("hostile")));
        assert_eq!(queue.notify(sent("hostile", 20)), Ok(()));
    }

    #[test]
    fn receive_times_never_go_back_when_the_clock_does() {
        let clock = std::sync::Arc::new(AtomicI64::new(1000));
        let shown = clock.clone();
        let queue = Queue::new(Box::new(move || shown.load(Ordering::Relaxed)), 1 << 20);
        queue.notify(sent("strap", 1)).unwrap();
        clock.store(10, Ordering::Relaxed);
        queue.notify(sent("strap", 1)).unwrap();
        for _ in 0..2 {
            let Some(Some(TransportEvent::Notification(got))) = next(&queue) else { panic!("two came") };
            assert_eq!(got.received_at, 1000);
        }
    }

    #[test]
    fn nothing_follows_the_last_event() {
        let queue = queue(1 << 20);
        queue.finish();
        queue.finish();
        queue.tell(|_| TransportEvent::Finished);
        assert_eq!(next(&queue), Some(Some(TransportEvent::Finished)));
        assert_eq!(next(&queue), Some(None));
        assert_eq!(next(&queue), Some(None));
    }
}
