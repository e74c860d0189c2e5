//! A stage for one test: a private bus with simulated sensors in this process, and the radio in a process of its own, whose
//! environment names that bus and whose memory is the radio's alone.

use pulsebook_core::ble::{BleTransport, Characteristic, Notification, Sensor, SensorId, TransportEvent};
use pulsebook_radio::{Limits, Radio, RadioOptions};
use pulsebook_sensor_sim::{
    gatt::SimSensor,
    peer::{Options, Peer, Speed},
    sensors::CountedStrap,
    testing::{BusError, PrivateBus},
};
use std::{
    env,
    io::Write,
    process::Command,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The sensors' time when a test begins.
pub(crate) const START: i64 = 1_772_366_400_000;

pub(crate) const HEART_RATE: Characteristic = Characteristic::new(0x180D, 0x2A37);

/// Set in the process that has the radio.
const PLAYING: &str = "PULSEBOOK_RADIO_TEST";

/// A test that hangs ends here; no test waits for it.
const GUARD: Duration = Duration::from_secs(120);

/// What a test plays with.
pub(crate) struct Theatre {
    pub(crate) radio: Radio,
    pub(crate) limits: Limits,
}

/// Plays a test: here the bus and the sensors, in a process of its own the radio. `name` is that of the test function.
pub(crate) fn play(
    name: &str,
    sensors: impl FnOnce() -> Vec<Box<dyn SimSensor>>,
    options: Options,
    test: impl AsyncFnOnce(Theatre),
) {
    play_with(name, sensors, options, limits(), test);
}

pub(crate) fn play_with(
    name: &str,
    sensors: impl FnOnce() -> Vec<Box<dyn SimSensor>>,
    options: Options,
    limits: Limits,
    test: impl AsyncFnOnce(Theatre),
) {
    on_a_bus(
        name,
        |address| Some(Peer::start(address, sensors(), options).unwrap()),
        async || {
            let radio = start(limits.clone()).await.unwrap();
            test(Theatre { radio, limits }).await;
        },
    );
}

/// As [`play`], with whatever stands on the bus, and no radio yet.
pub(crate) fn on_a_bus(name: &str, set: impl FnOnce(&str) -> Option<Peer>, test: impl AsyncFnOnce()) {
    if env::var_os(PLAYING).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        return runtime.unwrap().block_on(async { tokio::time::timeout(GUARD, test()).await }).unwrap();
    }
    let bus = match PrivateBus::start() {
        Ok(bus) => bus,
        // Past the test harness, which shows nothing of a test that passes.
        Err(error @ BusError::Missing) => return writeln!(std::io::stderr(), "{error}").unwrap(),
        Err(error) => panic!("{error}"),
    };
    let _peer = set(bus.address());
    let mut play = Command::new(env::current_exe().unwrap());
    play.args([name, "--exact", "--nocapture", "--test-threads=1"]);
    play.env(PLAYING, "1").env("DBUS_SYSTEM_BUS_ADDRESS", bus.address());
    assert!(play.status().unwrap().success(), "{name} failed in the process with the radio");
}

/// Starts the radio with this process's bus.
pub(crate) async fn start(limits: Limits) -> Result<Radio, pulsebook_radio::RadioError> {
    start_with(limits, true).await
}

/// As [`start`]; `newcomers`: it tells of sensors that come later, too.
pub(crate) async fn start_with(
    limits: Limits,
    newcomers: bool,
) -> Result<Radio, pulsebook_radio::RadioError> {
    let now = || i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let useful = vec![
        HEART_RATE,
        Characteristic::new(0x180F, 0x2A19),
        Characteristic::new(0x1810, 0x2A35),
        Characteristic::new(0x1808, 0x2A18),
    ];
    let mut options = RadioOptions::new(useful, now, || 0);
    options.newcomers = newcomers;
    options.limits = limits;
    Radio::start(options).await
}

/// Short waits: nothing here has to be heard through the air.
pub(crate) fn limits() -> Limits {
    Limits {
        scan: Duration::from_millis(300),
        alive: Duration::from_secs(1),
        first_wait: Duration::from_millis(50),
        longest_wait: Duration::from_millis(400),
        rediscover: Duration::from_millis(100),
        ..Limits::default()
    }
}

pub(crate) fn unthrottled() -> Options {
    Options { start: START, speed: Speed::Unthrottled, ..Options::default() }
}

pub(crate) fn times(speed: f64) -> Options {
    Options { start: START, speed: Speed::Times(speed), ..Options::default() }
}

pub(crate) fn strap(number: u16, every_ms: i64, count: u64) -> Box<dyn SimSensor> {
    Box::new(CountedStrap::new(number, START, every_ms, count))
}

/// The radio's name for the simulated sensor with this number.
pub(crate) fn strap_id(number: u16) -> SensorId {
    SensorId::new(&format!("ble-c2504200{number:04x}"))
}

/// Bytes of memory that this process has, and the most it had (Linux: proc(5)).
pub(crate) fn memory() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let kilobytes = |field: &str| {
        let line = status.lines().find(|line| line.starts_with(field)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    };
    (kilobytes("VmRSS:"), kilobytes("VmHWM:"))
}

impl Theatre {
    /// The next event that is wanted; others are passed over.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&TransportEvent) -> bool) -> TransportEvent {
        loop {
            let event = self.radio.next_event().await.expect("an event that is wanted, before the end");
            if wanted(&event) {
                return event;
            }
        }
    }

    pub(crate) async fn notification(&mut self) -> Notification {
        let event = self.until(|event| matches!(event, TransportEvent::Notification(_))).await;
        let TransportEvent::Notification(notification) = event else { panic!("{event:?}") };
        notification
    }

    /// Scans for a sensor and connects it.
    pub(crate) async fn connected(&mut self, id: &SensorId) -> Sensor {
        let found = self.radio.scan().await.unwrap();
        assert!(found.iter().any(|sensor| sensor.id == *id), "{id} is not among {found:?}");
        self.radio.connect(id).await.unwrap();
        let up =
            self.until(|event| matches!(event, TransportEvent::Connected(sensor) if sensor.id == *id)).await;
        let TransportEvent::Connected(sensor) = up else { panic!("{up:?}") };
        sensor
    }
}
