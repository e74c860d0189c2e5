//! Sensors over the air: found, paired and collected from, on a private bus.

use crate::{
    search::Marker,
    skipped::skipped,
    stage::{ME, START_MS, Stage},
};
use pulsebook_sensor_sim::{
    gatt::{Address, Pairing, Security, SimSensor},
    peer::{Options, Peer, Speed},
    sensors::{CountedStrap, GlucoseMeter},
    testing::{BusError, PrivateBus},
};
use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
};

const NUMBER: u32 = 739_146;
const METER: u16 = 0x7A31;
const STRAP: u16 = 0x7A32;

impl Stage {
    /// Scans, pairs with the number that the meter shows, and collects; says so when no bus can be had.
    pub(crate) fn over_the_air(&self) {
        let bus = match PrivateBus::start() {
            Ok(bus) => bus,
            Err(error @ BusError::Missing) => return skipped(&error.to_string()),
            Err(error) => panic!("{error}"),
        };
        let meter = GlucoseMeter::new(METER, START_MS, 1, 3)
            .protected(Pairing::Passkey(NUMBER), Security::Authenticated);
        let strap = CountedStrap::new(STRAP, START_MS, 1000, 300);
        let (name, tested) = (meter.about().name.clone(), strap.about().name.clone());
        let sensors: Vec<Box<dyn SimSensor>> = vec![Box::new(meter), Box::new(strap)];
        let options = Options { start: START_MS, speed: Speed::Unthrottled, ..Options::default() };
        let _peer = Peer::start(bus.address(), sensors, options).unwrap();
        let on = [("DBUS_SYSTEM_BUS_ADDRESS", bus.address())];
        let pair = ["pair", &name, "--duration", "1s"];
        for (arguments, typed) in [
            (&["scan", "--json", "--duration", "1s"][..], String::new()),
            (&["scan", "--duration", "1s"], String::new()),
            (&pair, format!("{NUMBER}\n")),
        ] {
            assert!(self.run_typing(arguments, &on, &typed), "{arguments:?}\n{}", self.heard_last());
        }
        assert!(self.heard_last().contains("Paired with"), "{}", self.heard_last());
        assert!(self.run(&["pair", &name, "--duration", "1s", "--json"], &on), "{}", self.heard_last());
        self.collect_over_the_air(on[0]);
        self.test_over_the_air(on[0], &tested);
        self.aired();
    }

    /// A report to hand on, as it is and with what names the sensor taken out.
    fn test_over_the_air(&self, on: (&str, &str), sensor: &str) {
        let report = ["--report", "report.html", "--report-json", "report.json", "--json"];
        let redacted = ["--report", "redacted.html", "--report-json", "redacted.json", "--redact", "--json"];
        for (name, more) in [("conformance", &report[..]), ("redacted conformance", &redacted)] {
            let mut command = self.command(&["conformance", "--sensor", sensor, "--watch", "1s"]);
            let output = command.args(more).envs([on]).output().unwrap();
            self.hear(name, output.stdout, output.stderr);
            assert!(self.heard_last().contains("\"profiles\":["), "{}", self.heard_last());
            assert!(self.file(more[1]).exists() && self.file(more[3]).exists());
        }
    }

    /// Until so many readings were told; then as with Ctrl-C.
    fn collect_over_the_air(&self, (name, bus): (&str, &str)) {
        let line = format!("collect --ble --each --json {ME}");
        let mut command = self.command(&line.split_whitespace().collect::<Vec<_>>());
        command.env(name, bus).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut told = Vec::new();
        for _ in 0..100 {
            out.read_until(b'\n', &mut told).unwrap();
        }
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        out.read_to_end(&mut told).unwrap();
        let ended = child.wait_with_output().unwrap();
        let readings = told.windows(7).filter(|word| word == b"\"unit\":").count();
        self.hear("collect", told, ended.stderr);
        assert!(ended.status.success() && readings > 50, "{readings} readings\n{}", self.heard_last());
    }
}

/// Addresses as they are printed, named on the bus and sent, and the number that was typed; where a bus was.
pub(crate) fn markers(stage: &Stage) -> Vec<Marker> {
    if !stage.was_on_the_air() {
        return Vec::new();
    }
    let mut markers = Vec::new();
    for address in [METER, STRAP].map(Address::simulated) {
        let text = address.to_string();
        for spelt in [text.clone(), text.replace(':', "_"), text.replace(':', "-"), text.replace(':', "")] {
            markers.push(Marker::text("address", &spelt, &spelt));
        }
        markers.push(Marker::new("address", &text, &address.bytes));
    }
    // Six digits stand in long numbers by chance: as a word of its own.
    for around in [" N", "N ", "\"N", "N\"", ":N", "=N", "N\n", "N,"] {
        let text = around.replace('N', &NUMBER.to_string());
        markers.push(Marker::text("pairing number", &text, &text));
    }
    markers
}
