//! `sim serve`: a bus that can be reached once the ready line is there, and is gone when standard input closes.

use crate::skipped::skipped;
use std::{
    io::{BufRead, BufReader},
    os::unix::net::UnixStream,
    path::Path,
    process::{Child, Command, Stdio},
};

fn serve(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_pulsebook"))
        .args(["sim", "serve", "--json"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn served_wearables_are_ready_and_go_with_standard_input() {
    let mut serving = serve(&["rest", "--speed", "10"]);
    let mut line = String::new();
    BufReader::new(serving.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let said: serde_json::Value = serde_json::from_str(&line).unwrap();
    let Some(address) = said["ready"].as_str() else {
        assert!(line.contains("skipped: dbus-daemon is not installed"), "{line}");
        serving.wait().unwrap();
        return skipped("dbus-daemon is not installed (apt-get install dbus-daemon)");
    };
    let socket = address.strip_prefix("unix:path=").unwrap().split(',').next().unwrap().to_owned();
    UnixStream::connect(&socket).unwrap();
    // Nobody else can be org.bluez on the same bus.
    let second = serve(&["night", "--bus", address]).wait_with_output().unwrap();
    let refused = String::from_utf8(second.stdout).unwrap();
    assert!(!second.status.success() && refused.contains("name already taken on the bus"), "{refused}");
    drop(serving.stdin.take());
    assert!(serving.wait().unwrap().success());
    assert!(!Path::new(&socket).exists());
}

#[test]
fn what_cannot_be_served_is_refused_in_words() {
    for (arguments, words) in [
        (&["no-such"][..], "there is no scenario no-such"),
        (&["rest", "--bus", "unix:path=/nowhere/bus"], "no peer on the bus unix:path=/nowhere/bus"),
        (&["rest", "--speed", "fast"], "a factor from 0.01 to 100000, or max"),
    ] {
        let refused = serve(arguments).wait_with_output().unwrap();
        let said = String::from_utf8([refused.stdout, refused.stderr].concat()).unwrap();
        assert!(!refused.status.success() && said.contains(words), "{said}");
    }
}
