//! A process that dies while secrets lie in its memory: the system writes none of it down.

use crate::{skipped::skipped, stage::Stage};
use std::{
    io::{BufRead, BufReader},
    os::unix::process::ExitStatusExt,
    process::{Child, Command, ExitStatus, Stdio},
};

/// How large a core file of this process may be, soft and hard, as the system says it.
fn core_limit(limits: &str) -> Vec<&str> {
    let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap_or_default();
    line.split_whitespace().skip(4).take(2).collect()
}

/// Lets a command write core files as large as they get, before it forbids that itself.
pub(crate) fn with_core_files(command: &Command) -> Command {
    let mut wrapped = Command::new("sh");
    wrapped.args(["-c", "ulimit -c unlimited; exec \"$0\" \"$@\""]);
    wrapped.arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        wrapped.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        value.map(|value| wrapped.env(name, value));
    }
    wrapped
}

/// What the system would keep of it: nothing, though whoever started it allowed everything.
pub(crate) fn assert_no_core(child: &Child) {
    let Ok(limits) = std::fs::read_to_string(format!("/proc/{}/limits", child.id())) else { return };
    assert_eq!(core_limit(&limits), ["0", "0"], "a crash may write its memory: {limits}");
}

/// Kills it as a crash would.
pub(crate) fn abort(child: &mut Child) -> ExitStatus {
    assert!(Command::new("kill").args(["-ABRT", &child.id().to_string()]).status().unwrap().success());
    child.wait().unwrap()
}

#[test]
fn a_crash_with_the_words_in_memory_leaves_no_core_file() {
    // The look at the limits can find something: a shell that allows core files is seen to do so.
    let shell = with_core_files(Command::new("cat").arg("/proc/self/limits")).output().unwrap();
    let seen = String::from_utf8(shell.stdout).unwrap();
    if core_limit(&seen).first() == Some(&"0") {
        return skipped("this system allows nobody a core file");
    }
    let stage = Stage::make("crash");
    let words = ["init", "--json", "--dir", "me", "--passphrase-file", "passphrase"];
    let mut command = with_core_files(&stage.command(&words));
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    // It has shown the words and waits for them to be typed back.
    let mut told = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut told).unwrap();
    assert!(!told.trim().is_empty());
    assert_no_core(&child);
    let ended = abort(&mut child);
    assert_eq!((ended.signal(), ended.core_dumped()), (Some(6), false));
    assert!(stage.files().iter().all(|(place, _)| !place.contains("core")));
}
