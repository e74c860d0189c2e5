//! One record, four nodes and a clinic in a folder, and the real command run over them, armed or not.

use std::{
    fs,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

/// The nodes of the circle.
pub(crate) const NODES: [&str; 4] = ["n1", "n2", "n3", "n4"];

/// A folder with everything in it; it goes away with the value.
pub(crate) struct Way {
    root: PathBuf,
}

/// How a command ended.
pub(crate) struct Ran {
    /// By SIGKILL.
    pub(crate) killed: bool,
    /// With success.
    pub(crate) ok: bool,
    /// With this exit code; none when it was killed.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: &Output) -> Ran {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran {
            killed: output.status.signal() == Some(9),
            ok: output.status.success(),
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    pub(crate) fn told(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

impl Way {
    pub(crate) fn make(name: &str) -> Way {
        let root =
            fs::canonicalize(room()).unwrap().join(format!("pulsebook-faults-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("now")).unwrap();
        fs::write(root.join("now/passphrase"), "a passphrase for tests").unwrap();
        // A link of its own: whoever builds meanwhile puts another file in its place.
        let (built, command) = (built(), root.join("pulsebook"));
        if fs::hard_link(&built, &command).is_err() {
            // By another process: a copy that this one has open to write could not be run while another thread starts
            // something, which has it open as well until it is itself.
            let copied = Command::new("cp").arg(&built).arg(&command).status();
            assert!(copied.unwrap().success());
        }
        Way { root }
    }

    /// A name in the folder that the commands run in.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.root.join("now").join(name)
    }

    /// A saved folder.
    pub(crate) fn saved(&self, name: &str) -> PathBuf {
        self.root.join("saved").join(name)
    }

    /// A name beside it.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(self.root.join("pulsebook"));
        command.current_dir(self.root.join("now")).args(line.split_whitespace());
        command.env_remove("PULSEBOOK_FAULT").env_remove("PULSEBOOK_FAULT_LOG");
        command.env("NO_COLOR", "1").stdin(Stdio::null());
        command
    }

    /// Runs it, armed with a fault or not.
    pub(crate) fn run(&self, line: &str, fault: Option<&str>) -> Ran {
        let mut command = self.command(line);
        if let Some(fault) = fault {
            command.env("PULSEBOOK_FAULT", fault);
        }
        Ran::of(&command.output().unwrap())
    }

    /// Runs it and lists the fault points that it reached, in order.
    pub(crate) fn run_logged(&self, line: &str) -> (Ran, Vec<String>) {
        let log = self.beside("log");
        let _ = fs::remove_file(&log);
        let ran = Ran::of(&self.command(line).env("PULSEBOOK_FAULT_LOG", &log).output().unwrap());
        (ran, read_log(&log))
    }

    /// Runs it and kills it from outside after a while; it may have ended by itself before.
    pub(crate) fn run_for(&self, line: &str, time: Duration) -> Ran {
        let mut command = self.command(line);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(time);
        let _ = child.kill();
        Ran::of(&child.wait_with_output().unwrap())
    }

    /// Runs what must work.
    pub(crate) fn done(&self, line: &str) -> String {
        let ran = self.run(line, None);
        assert!(ran.ok, "{line}\n{}", ran.told());
        ran.out
    }

    /// Keeps the folder as it is now under a name.
    pub(crate) fn save(&self, name: &str) {
        copy(&self.root.join("now"), &self.root.join("saved").join(name));
    }

    /// Puts a saved folder in place of what is there.
    pub(crate) fn restore(&self, name: &str) {
        fs::remove_dir_all(self.root.join("now")).unwrap();
        copy(&self.root.join("saved").join(name), &self.root.join("now"));
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        // What failed is kept for whoever looks into it.
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}

/// The command under test: the one that was built, or a copy that a long run keeps while others build on.
fn built() -> PathBuf {
    std::env::var_os("PULSEBOOK_COMMAND")
        .map_or_else(|| env!("CARGO_BIN_EXE_pulsebook").into(), PathBuf::from)
}

/// Where folders are made: in memory when there is room, for a kill keeps what the kernel has and a power cut is made up from
/// what was recorded, so that no disk is waited for. `TMPDIR` names another place.
fn room() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let free = Command::new("df").args(["--output=avail", "--block-size=1M"]).arg(memory).output();
    let megabytes = |output: Output| Ran::of(&output).out.lines().last()?.trim().parse::<u64>().ok();
    let roomy = free.ok().and_then(megabytes).is_some_and(|free| free >= 4096);
    if roomy && std::env::var_os("TMPDIR").is_none() { memory.to_owned() } else { std::env::temp_dir() }
}

/// The points in a log, one a line.
pub(crate) fn read_log(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Copies a folder with everything below it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() { copy(&path, &target) } else { fs::copy(&path, &target).map(drop).unwrap() }
    }
}
