//! A whole way with real processes as talkative as they get, and everything that can be captured of it.

use crate::{
    address::own_address,
    crash::{abort, assert_no_core, with_core_files},
    wire::Wire,
};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

/// What each patient, node and clinic is called: found by no chance.
pub(crate) const PASSPHRASE: &str = "Zwiebelkuchen 7193 im Regen";
pub(crate) const NODE: &str = "Hausarzt Quittengelee";
pub(crate) const CLINIC: &str = "Kardiologie Waldhimbeere";
pub(crate) const DELEGATE: &str = "Hausbesuch Sternfrucht";
pub(crate) const START_MS: i64 = 1_772_366_280_000;
pub(crate) const ME: &str = "--dir me --passphrase-file passphrase";

/// What somebody is told after a panic.
const MISTAKE: &str = "Pulsebook made a mistake";

/// A place and what stands there.
pub(crate) type Captured = Vec<(String, Vec<u8>)>;

pub(crate) struct Stage {
    root: PathBuf,
    heard: Mutex<Captured>,
    on_air: AtomicBool,
}

impl Stage {
    pub(crate) fn make(name: &str) -> Stage {
        let root = std::env::temp_dir().join(format!("pulsebook-leaks-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("tmp")).unwrap();
        fs::write(root.join("passphrase"), PASSPHRASE).unwrap();
        Stage { root, heard: Mutex::new(Vec::new()), on_air: AtomicBool::new(false) }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The command, told to say everything it could say.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pulsebook"));
        command.current_dir(&self.root).args(arguments).stdin(Stdio::null());
        command.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full").env("TMPDIR", self.file("tmp"));
        command.env("SSLKEYLOGFILE", self.file("tls-keys"));
        command
    }

    /// Runs it whatever comes, and keeps what it says.
    pub(crate) fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> bool {
        self.run_typing(arguments, environment, "")
    }

    /// The same with somebody who types this.
    pub(crate) fn run_typing(&self, arguments: &[&str], environment: &[(&str, &str)], typed: &str) -> bool {
        let mut command = self.command(arguments);
        command.envs(environment.iter().copied()).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Who does not read it may have ended before it was typed.
        let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
        let output = child.wait_with_output().unwrap();
        let name = arguments[..arguments.len().min(2)]
            .iter()
            .filter(|part| !part.starts_with('-'))
            .copied()
            .collect::<Vec<_>>()
            .join(" ");
        self.hear(&name, output.stdout, output.stderr);
        output.status.success()
    }

    /// Keeps what a command said.
    pub(crate) fn hear(&self, name: &str, out: Vec<u8>, err: Vec<u8>) {
        let mut heard = self.heard.lock().unwrap();
        heard.push((format!("stdout of {name}"), out));
        heard.push((format!("stderr of {name}"), err));
    }

    /// What a command said the last time, such as "stdout of show".
    pub(crate) fn said_last(&self, place: &str) -> String {
        let heard = self.heard.lock().unwrap();
        let last = heard.iter().rev().find(|(found, _)| found == place);
        last.map(|(_, bytes)| String::from_utf8(bytes.clone()).unwrap()).unwrap_or_default()
    }

    /// What the last command said.
    pub(crate) fn heard_last(&self) -> String {
        let heard = self.heard.lock().unwrap();
        heard.iter().rev().take(2).map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).collect()
    }

    /// From here on what was on the air must be found nowhere else.
    pub(crate) fn aired(&self) {
        self.on_air.store(true, Ordering::Relaxed);
    }

    pub(crate) fn was_on_the_air(&self) -> bool {
        self.on_air.load(Ordering::Relaxed)
    }

    pub(crate) fn done(&self, line: &str) {
        let arguments: Vec<&str> = line.split_whitespace().collect();
        let ok = self.run(&arguments, &[]);
        assert!(ok, "{line}\n{}", self.heard_last());
    }

    /// The way from the first key to the revocation, with mistakes, a kill and a panic in it.
    pub(crate) fn go_the_whole_way(&self) -> Captured {
        let (inner, record) = (own_address(), self.file("inside-tls").display().to_string());
        let wire = Wire::before(inner);
        let address = format!("https://127.0.0.1:{}", wire.port);
        assert!(self.run(&["node", "init", "--dir", "n1", "--name", NODE, "--address", &address], &[]));
        let listen = inner.to_string();
        let mut node = Served::start(self, &listen, &[("PULSEBOOK_RECORD", &record)]);
        self.patient_and_clinic();
        self.mistakes();
        self.look_at(&node.process);
        // It crashes, so that its write-ahead log stays as it is.
        assert!(!abort(&mut node.process).core_dumped());
        node.end(self);
        self.node_panics(&listen);
        let mut captured = self.heard.lock().unwrap().clone();
        captured.push(("on the wire".to_owned(), wire.heard()));
        captured.push(("inside TLS".to_owned(), fs::read(self.file("inside-tls")).unwrap()));
        assert!(
            captured
                .iter()
                .all(|(place, bytes)| !place.contains("TLS") && !place.contains("wire")
                    || bytes.len() > 10_000)
        );
        captured
    }

    fn patient_and_clinic(&self) {
        self.done("node card --dir n1 --out n1.json");
        self.done(&format!("init {ME} --words-out words"));
        self.done(&format!("collect --each --json --sim rest --start {START_MS} --duration 4m {ME}"));
        self.over_the_air();
        self.done(&format!("seal {ME}"));
        self.done(&format!("circle add n1.json {ME}"));
        self.done(&format!("circle confirm {ME} --words-file words"));
        self.done(&format!("sync {ME}"));
        assert!(self.run(&["clinic", "init", "--dir", "clinic", "--name", CLINIC], &[]));
        self.done("clinic card --dir clinic --out clinic.json");
        self.done(&format!("grant --to clinic.json --categories heart,oxygen --from 2026-03-01 --before 2026-03-02 --purpose TREAT --until 2099-01-01 --delegate 1 --out grant.json {ME}"));
        self.done(&format!("sync {ME}"));
        self.done("clinic read --dir clinic --grant grant.json --purpose TREAT --fhir readings.json");
        let read = ["clinic", "read", "--dir", "clinic", "--grant", "grant.json", "--purpose", "TREAT"];
        self.panics(&read, "dial.answered");
        self.pass_on();
        for line in
            ["status", "show --list --json", "show --list", "show", "accesses", "grants", "verify", "sync"]
        {
            self.done(&format!("{line} {ME}"));
        }
        self.done(&format!("export --out mine.json {ME}"));
        self.hand_out();
        // Cut off while it collects: journal and write-ahead log stay as they are.
        let collect =
            format!("collect --each --json --sim rest --start {} --duration 3m {ME}", START_MS + 7_200_000);
        let collect: Vec<&str> = collect.split_whitespace().collect();
        assert!(!self.run(&collect, &[("PULSEBOOK_FAULT", "journal.append:150:kill")]));
        self.panics(&collect, "journal.append");
        self.panics(&["seal", "--dir", "me", "--passphrase-file", "passphrase"], "store.seal.commit");
    }

    /// Runs what panics at a point.
    fn panics(&self, arguments: &[&str], point: &str) {
        assert!(!self.run(arguments, &[("PULSEBOOK_PANIC", point)]), "{arguments:?} does not panic");
        assert!(self.heard_last().contains(MISTAKE), "{}", self.heard_last());
    }

    /// The node panics over blocks that it is about to keep.
    fn node_panics(&self, listen: &str) {
        let mut node = Served::start(self, listen, &[("PULSEBOOK_PANIC", "node.append.commit")]);
        self.done(&format!("seal {ME}"));
        let sync = format!("sync {ME}");
        assert!(!self.run(&sync.split_whitespace().collect::<Vec<_>>(), &[]), "{}", self.heard_last());
        assert_eq!(node.process.wait().unwrap().code(), Some(1));
        assert!(node.end(self).contains(MISTAKE), "the node said something else");
    }

    /// Whatever a person does wrong is answered with words.
    fn mistakes(&self) {
        fs::write(self.file("wrong"), "not the passphrase").unwrap();
        fs::write(self.file("half-words"), "abandon abandon abandon").unwrap();
        for line in [
            "status --dir me --passphrase-file wrong",
            "status --dir n1 --passphrase-file passphrase",
            "circle confirm --dir me --passphrase-file passphrase --words-file half-words",
            "circle confirm --dir me --passphrase-file passphrase --words-file passphrase",
            "circle add grant.json --dir me --passphrase-file passphrase",
            "circle add words --dir me --passphrase-file passphrase",
            "clinic read --dir clinic --grant words --purpose TREAT",
            "clinic read --dir clinic --grant grant.json --purpose PUBHLTH",
            "grant --to words --categories heart --from 2026-03-01 --before 2026-03-02 --purpose TREAT --until 2099-01-01 --out g2.json --dir me --passphrase-file passphrase",
            "init --dir me --passphrase-file passphrase --words-out words",
            "export --out mine.json --dir me --passphrase-file passphrase",
            "node serve --dir clinic",
        ] {
            let arguments: Vec<&str> = line.split_whitespace().collect();
            assert!(!self.run(&arguments, &[]), "{line} is no mistake");
        }
        self.hurt("me/vault.json");
        self.hurt("me/record.sqlite");
        self.hurt("clinic/keys.json");
    }

    /// Opens a folder of which one file is damaged.
    fn hurt(&self, name: &str) {
        let path = self.file(name);
        let whole = fs::read(&path).unwrap();
        let mut bytes = whole.clone();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 40].fill(b'7');
        fs::write(&path, &bytes).unwrap();
        self.run(&["status", "--dir", "me", "--passphrase-file", "passphrase"], &[]);
        self.run(&["clinic", "read", "--dir", "clinic", "--grant", "grant.json", "--purpose", "TREAT"], &[]);
        fs::write(&path, whole).unwrap();
    }

    /// What the system shows of a process, and what it would keep of it.
    fn look_at(&self, node: &Child) {
        let of = |name: &str| fs::read(format!("/proc/{}/{name}", node.id())).unwrap_or_default();
        let mut heard = self.heard.lock().unwrap();
        heard.push(("environment of node serve".to_owned(), of("environ")));
        heard.push(("command line of node serve".to_owned(), of("cmdline")));
        drop(heard);
        assert_no_core(node);
    }

    /// Every file of the way, whoever wrote it, temporary ones and what nobody should have written.
    pub(crate) fn files(&self) -> Captured {
        let mut files = Vec::new();
        list(&self.root, Path::new(""), &mut files);
        files.retain(|(name, _)| name != "inside-tls");
        files.sort();
        assert!(
            files.iter().all(|(name, _)| !name.contains("core") && name != "tls-keys"),
            "a core file, or TLS keys"
        );
        files
    }
}

/// A node that runs.
struct Served {
    process: Child,
    told: Vec<u8>,
    out: BufReader<ChildStdout>,
}

impl Served {
    /// Starts it, and waits until it is ready.
    fn start(stage: &Stage, listen: &str, environment: &[(&str, &str)]) -> Served {
        let serve = ["node", "serve", "--dir", "n1", "--until-stdin-closes", "--listen", listen];
        let mut serve = with_core_files(&stage.command(&serve));
        serve.envs(environment.iter().copied()).stdin(Stdio::piped());
        let mut process = serve.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (mut told, mut out) = (Vec::new(), BufReader::new(process.stdout.take().unwrap()));
        out.read_until(b'\n', &mut told).unwrap();
        Served { process, told, out }
    }

    /// What it said, once it has ended.
    fn end(mut self, stage: &Stage) -> String {
        let mut err = Vec::new();
        self.out.read_to_end(&mut self.told).unwrap();
        self.process.stderr.take().unwrap().read_to_end(&mut err).unwrap();
        stage.hear("node serve", self.told, err.clone());
        String::from_utf8(err).unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}

fn list(root: &Path, below: &Path, files: &mut Captured) {
    for entry in fs::read_dir(root.join(below)).unwrap().flatten() {
        let name = below.join(entry.file_name());
        if entry.path().is_dir() {
            list(root, &name, files)
        } else {
            files.push((name.display().to_string(), fs::read(entry.path()).unwrap()))
        }
    }
}
