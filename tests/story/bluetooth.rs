//! Sensors over Bluetooth as the commands see them, up to the operating system: simulated ones on a bus of their own.

use crate::scratch::{Scratch, text, typed};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

/// Simulated wearables on a private bus, until this is dropped.
struct Served {
    serving: Child,
    address: String,
}

impl Served {
    /// `None`, and the reason said, where no bus can be had.
    fn start(scratch: &Scratch, scenario: &str) -> Option<Served> {
        let mut command = scratch.command(&format!("sim serve {scenario} --speed 20 --json"));
        #[allow(clippy::zombie_processes)] // It is waited for when this is dropped.
        let mut serving = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(serving.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let Some(address) = said["ready"].as_str() else {
            assert!(line.contains("skipped: dbus-daemon is not installed"), "{line}");
            crate::skipped::skipped("dbus-daemon is not installed (apt-get install dbus-daemon)");
            return None;
        };
        Some(Served { serving, address: address.to_owned() })
    }

    /// A command that sees these wearables.
    fn command(&self, scratch: &Scratch, line: &str) -> Command {
        let mut command = scratch.command(line);
        command.env("DBUS_SYSTEM_BUS_ADDRESS", &self.address);
        command
    }

    fn json(&self, scratch: &Scratch, line: &str) -> Value {
        let output = self.command(scratch, &format!("{line} --json")).output().unwrap();
        assert!(output.status.success(), "{line}: {}", text(&output.stderr));
        serde_json::from_str(&text(&output.stdout)).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.serving.stdin.take());
        let _ = self.serving.wait();
    }
}

const ME: &str = "--dir me --passphrase-file passphrase";

#[test]
fn sensors_are_found_collected_from_until_ctrl_c_and_known_afterwards() {
    let scratch = Scratch::make("bluetooth");
    scratch.init();
    let Some(served) = Served::start(&scratch, "rest") else { return };
    let found = served.json(&scratch, &format!("scan --duration 1s {ME}"));
    let strap = found["sensors"].as_array().unwrap().iter().find(|sensor| sensor["name"] == "Sim Strap");
    assert_eq!(strap.unwrap()["known"], false);
    let mut command = served.command(&scratch, &format!("collect --ble {ME}"));
    let mut collecting = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(collecting.stdout.take().unwrap()).lines().map(Result::unwrap);
    let measuring = |line: &String| line == "Sim Strap (heart-rate strap): measuring";
    assert!(lines.any(|line| measuring(&line)), "the strap measures");
    let ended = Command::new("kill").args(["-INT", &collecting.id().to_string()]).status().unwrap();
    assert!(ended.success());
    let last = lines.last().unwrap();
    assert!(last.contains("became") && !last.starts_with("0 notifications"), "{last}");
    assert!(collecting.wait().unwrap().success());
    let sensors = scratch.json("sensors");
    let ids: Vec<&str> =
        sensors["sensors"].as_array().unwrap().iter().map(|sensor| sensor["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"sysid-0250420000000001"), "{ids:?}");
    let kept = scratch.me("show --list --json");
    let reading: Value = serde_json::from_str(kept.lines().next().unwrap()).unwrap();
    assert_eq!(reading["origin"], "simulated", "{reading}");
    let found = served.json(&scratch, &format!("scan --duration 1s {ME}"));
    let known: Vec<&Value> =
        found["sensors"].as_array().unwrap().iter().map(|sensor| &sensor["known"]).collect();
    assert!(known.iter().all(|known| **known == true), "{known:?}");
}

#[test]
fn a_sensor_is_paired_once_and_a_no_is_a_no() {
    let scratch = Scratch::make("pairing");
    let Some(served) = Served::start(&scratch, "rest") else { return };
    // Names have spaces, lines here have none in an argument: the id names it as well.
    let found = served.json(&scratch, "scan --duration 1s");
    let strap = found["sensors"].as_array().unwrap().iter().find(|sensor| sensor["name"] == "Sim Strap");
    let line = format!("pair {} --duration 1s", strap.unwrap()["id"].as_str().unwrap());
    let answer = |words: &str| {
        let mut command = served.command(&scratch, &line);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        typed(command, words)
    };
    let no = answer("no\n");
    assert!(!no.status.success() && text(&no.stderr).contains("was not answered with yes"), "{no:?}");
    let yes = answer("yes\n");
    assert!(yes.status.success() && text(&yes.stdout).contains("Paired with Sim Strap."), "{yes:?}");
    let again = answer("");
    assert!(text(&again.stdout).contains("was paired already"), "{again:?}");
}
