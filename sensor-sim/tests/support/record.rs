//! A record in a folder that is gone afterwards, collecting from a transport.

use pulsebook_core::{
    ble::{BleTransport, Origin},
    clock::ManualClock,
    decode::Zone,
    event::Event,
    keys::MemoryVault,
    record::{CollectOptions, KeptReading, Record, RecordOptions, VitalsQuery},
};
use pulsebook_protocol::reading::Reading;
use std::{path::PathBuf, sync::Arc};

/// A folder that is gone afterwards.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn make(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("pulsebook-sim-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A new record whose clock stands at this moment.
pub(crate) async fn record(scratch: &Scratch, clock: &ManualClock) -> Record {
    let options = RecordOptions { clock: Arc::new(clock.clone()), ..RecordOptions::default() };
    Record::create(&scratch.0, Box::new(MemoryVault::default()), options).await.unwrap().0
}

/// Collects until the transport has finished; all that was told of it.
pub(crate) async fn collect(record: &Record, transport: Box<dyn BleTransport>) -> Vec<Event> {
    let mut stream = record.events();
    // Clocks are set only where the zone by which they go is said.
    let options = CollectOptions { zone: Some(Zone::default()), ..CollectOptions::default() };
    record.collect(transport, options).await.unwrap();
    let mut events = Vec::new();
    while let Some(heard) = stream.try_next() {
        assert_eq!(heard.missed, 0, "the test is too long for its events");
        events.push(heard.event);
    }
    events
}

/// A reading and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) sensor: String,
    pub(crate) origin: Origin,
    pub(crate) reading: Reading,
}

/// Everything the record holds, by time, vital and value.
pub(crate) async fn kept(record: &Record) -> Vec<Kept> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let query = VitalsQuery { from: 0, to: i64::MAX, vitals: Vec::new(), limit: 10_000, after };
        let page = record.vitals(query).await.unwrap();
        let of = |kept: &KeptReading| {
            let sensor = &page.sensors[kept.sensor as usize];
            Kept { sensor: sensor.id.clone(), origin: sensor.origin, reading: kept.reading }
        };
        all.extend(page.readings.iter().map(of));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    all.sort_by_key(|kept| {
        (kept.reading.measured_at, kept.reading.vital, format!("{:?}", kept.reading.value))
    });
    all
}
