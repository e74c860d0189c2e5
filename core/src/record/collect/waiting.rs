//! Waiting for the next event: as long as a fetching has patience, and no longer than nothing may be heard of a stream.

use super::Collecting;
use crate::{
    ble::{BleTransport, TransportEvent, UnixMillis},
    event::Event,
    pipeline::Silent,
    record::Inner,
    store::locked,
};
use std::time::Duration;

/// Silence is looked for at most so often, in milliseconds.
const MOST_OFTEN_MS: i64 = 1_000;

/// What a wait for the next event brought.
pub(super) enum Next {
    Event(TransportEvent),
    /// Nothing, for as long as anybody had patience.
    Silent,
    /// Nothing, for so long that every sensor has sent what its clock dated.
    Settled,
    /// Nothing, for so long that a sensor may be silent.
    Quiet,
    /// The last event was before.
    Over,
}

/// Waits for so long at most; then what it waited for.
pub(super) async fn next_event(transport: &mut dyn BleTransport, wait: Option<(Duration, Next)>) -> Next {
    let Some((wait, then)) = wait else { return Next::of(transport.next_event().await) };
    match tokio::time::timeout(wait, transport.next_event()).await {
        Ok(event) => Next::of(event),
        Err(_) => then,
    }
}

impl Collecting {
    /// How long nothing may come from now on, and what it means then; for ever when nobody waits for anything.
    pub(super) fn wait(&self, now: UnixMillis, quiet: Option<Duration>) -> Option<(Duration, Next)> {
        // While something is fetched its own patience counts: it must not begin anew each time nothing is heard.
        if let Some(patience) = self.fetching.patience(now) {
            return Some((patience, Next::Silent));
        }
        let settled = self.clocks.patience().map(|wait| (wait, Next::Settled));
        let quiet = quiet.map(|wait| (wait, Next::Quiet));
        settled.into_iter().chain(quiet).min_by_key(|(wait, _)| *wait)
    }
}

impl Next {
    fn of(event: Option<TransportEvent>) -> Next {
        match event {
            None | Some(TransportEvent::Finished) => Next::Over,
            Some(event) => Next::Event(event),
        }
    }
}

impl Inner {
    /// How long nothing may come until a sensor is silent; no time passes by a clock that stands still.
    pub(super) fn quiet(&self) -> Option<Duration> {
        let due = locked(&self.pipeline).silence_due().filter(|_| self.clock.runs())?;
        let wait = due.saturating_sub(self.clock.now()).max(MOST_OFTEN_MS);
        Some(Duration::from_millis(wait.unsigned_abs()))
    }

    /// Nothing came for a while: whoever should have been heard is named.
    pub(super) fn look_for_silence(&self) {
        let silent = locked(&self.pipeline).silent(self.clock.now());
        self.tell_silent(silent);
    }

    pub(super) fn tell_silent(&self, silent: Vec<Silent>) {
        for Silent { sensor, since, cadence_ms, reason } in silent {
            self.events.tell(|| Event::Silence { sensor: sensor.to_string(), since, cadence_ms, reason });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::{Clock, ManualClock},
        event::SilenceReason,
        keys::MemoryVault,
        record::{
            Record, RecordOptions,
            tests::{START, collect, stream},
        },
        store::testing::scratch,
    };
    use std::sync::Arc;

    /// A clock that goes on by itself, as far as anybody knows.
    #[derive(Debug)]
    struct Running(ManualClock);

    impl Clock for Running {
        fn now(&self) -> UnixMillis {
            self.0.now()
        }

        fn heard(&self, received_at: UnixMillis) {
            self.0.heard(received_at);
        }
    }

    #[tokio::test]
    async fn a_lone_stream_that_stops_is_named_although_nothing_else_comes() {
        let (dir, clock) = (scratch(), ManualClock::at(START));
        let options = RecordOptions { clock: Arc::new(Running(clock.clone())), ..RecordOptions::default() };
        let vault = Box::new(MemoryVault::default());
        let (record, _) = Record::create(&dir.join("record"), vault, options).await.unwrap();
        collect(&record, stream(0, 3)).await;
        let mut events = record.events();
        // It was last heard after two seconds and a half.
        assert_eq!(record.inner.quiet(), Some(Duration::from_millis(10_001)));
        clock.set(START + 12_501);
        record.inner.look_for_silence();
        let (sensor, since) = ("PLANTED-STRAP".to_owned(), START + 2_500);
        let silence = Event::Silence { sensor, since, cadence_ms: 1000, reason: SilenceReason::Mute };
        assert_eq!(events.try_next().map(|heard| heard.event), Some(silence));
        record.inner.look_for_silence();
        assert_eq!((record.inner.quiet(), events.try_next()), (None, None), "once");
    }
}
