//! A folder that goes away, and the commands run in it.

use crate::address::own_address;
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

/// What every test record is sealed under.
pub(crate) const PASSPHRASE: &str = "a passphrase for tests";

/// A folder of its own for one test.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn make(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("pulsebook-story-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("passphrase"), PASSPHRASE).unwrap();
        Scratch(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The command, to be run in this folder; relative names are names in it.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pulsebook"));
        command.current_dir(&self.0).args(line.split_whitespace());
        command.env("NO_COLOR", "1").stdin(Stdio::null());
        // No test meets the Bluetooth of the machine it runs on.
        command.env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/pulsebook");
        command
    }

    pub(crate) fn run(&self, line: &str) -> Output {
        self.command(line).output().unwrap()
    }

    /// Runs what must work, and gives its standard output.
    pub(crate) fn done(&self, line: &str) -> String {
        let output = self.run(line);
        assert!(output.status.success(), "{line}\n{}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }

    /// As the patient whose record is in `me`.
    pub(crate) fn me(&self, line: &str) -> String {
        self.done(&format!("{line} --dir me --passphrase-file passphrase"))
    }

    pub(crate) fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.me(&format!("{line} --json"))).unwrap()
    }

    /// Runs what must fail with this code, and gives its standard error.
    pub(crate) fn refused(&self, code: i32, line: &str) -> String {
        let output = self.run(line);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{line}\n{out}{err}");
        assert!(!err.contains("panicked") && !err.contains("RUST_BACKTRACE"), "{err}");
        err
    }

    /// A new record in `me`, its words in `words`.
    pub(crate) fn init(&self) {
        self.done("init --dir me --passphrase-file passphrase --words-out words");
    }

    /// A node in `name` that serves until it is dropped, its card in `name.json`; started again it is where it was.
    pub(crate) fn node(&self, name: &str) -> Serving {
        if !self.file(name).exists() {
            self.done(&format!("node init --dir {name} --name {name}"));
        }
        let kept = self.file(&format!("{name}.address"));
        let address = fs::read_to_string(&kept).unwrap_or_else(|_| own_address().to_string());
        fs::write(kept, &address).unwrap();
        let line = format!("node serve --dir {name} --until-stdin-closes --listen {address}");
        let serving = Serving::start(self, &line);
        self.done(&format!("node card --dir {name} --out {name}.json"));
        serving
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A node process; dropping it ends it.
pub(crate) struct Serving {
    child: Child,
    pub(crate) address: String,
}

impl Serving {
    fn start(scratch: &Scratch, line: &str) -> Serving {
        let mut child = scratch.command(line).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let address = ready.trim().strip_prefix("ready https://").expect("a ready line").to_owned();
        Serving { child, address }
    }

    /// Closes its standard input, after which it ends by itself with success.
    pub(crate) fn end(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs with these lines on standard input.
pub(crate) fn typed(mut command: Command, lines: &str) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
