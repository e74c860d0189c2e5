//! What a process did to files, in order, read from what strace wrote.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

/// Calls that change files, make them durable, or tell somebody something.
const CALLS: &str = "trace=openat,write,writev,pwrite64,pwritev,ftruncate,rename,renameat,renameat2,unlink,unlinkat,\
                     fsync,fdatasync,mkdir,mkdirat,link,linkat,fallocate,copy_file_range,sendto,sendmsg";

/// One deed, on a path below the folder that is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Opened for writing; made when it was not there.
    Open {
        path: PathBuf,
        emptied: bool,
    },
    /// Bytes at an offset.
    Write {
        path: PathBuf,
        at: u64,
        bytes: Vec<u8>,
    },
    /// Cut or stretched to a length.
    Length {
        path: PathBuf,
        length: u64,
    },
    /// A file or a folder is durable.
    Sync {
        path: PathBuf,
    },
    Rename {
        from: PathBuf,
        to: PathBuf,
    },
    Remove {
        path: PathBuf,
    },
    Folder {
        path: PathBuf,
    },
    /// Bytes on standard output.
    Told {
        bytes: Vec<u8>,
    },
    /// Something to another process.
    Sent,
}

/// Whether there is a strace to record with.
pub(crate) fn is_possible() -> bool {
    Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success())
}

/// The same command, recorded into a file.
pub(crate) fn recorded(command: &Command, log: &Path) -> Command {
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-ttt", "-y", "-xx", "-s", "100000000", "-e", "signal=none", "-e", CALLS, "-o"])
        .arg(log);
    strace.arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        strace.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    strace
}

/// Reads a recording; paths are made relative to `root`, in which the process ran.
pub(crate) fn read(log: &str, root: &Path) -> Vec<Deed> {
    timed(log, root).into_iter().map(|(_, deed)| deed).filter(|deed| *deed != Deed::Sent).collect()
}

/// The same with the second of each deed, in their order.
pub(crate) fn timed(log: &str, root: &Path) -> Vec<(f64, Deed)> {
    let mut reader = Reader { root, offsets: BTreeMap::new(), begun: BTreeMap::new(), deeds: Vec::new() };
    let mut timed = Vec::new();
    for line in log.lines() {
        let (time, line) = untimed(line);
        reader.line(&line);
        timed.extend(reader.deeds.drain(..).map(|deed| (time, deed)));
    }
    timed
}

/// A line of a recording and its second, which stands behind the thread.
fn untimed(line: &str) -> (f64, String) {
    let (thread, rest) = line.split_once(' ').unwrap_or((line, ""));
    let (time, rest) = rest.trim_start().split_once(' ').unwrap_or_default();
    (time.parse().unwrap_or_default(), format!("{thread} {rest}"))
}

struct Reader<'a> {
    root: &'a Path,
    /// Where the next plain write of a descriptor goes.
    offsets: BTreeMap<u32, u64>,
    /// Calls that another thread interrupted, by thread.
    begun: BTreeMap<String, String>,
    deeds: Vec<Deed>,
}

impl Reader<'_> {
    fn line(&mut self, line: &str) {
        let Some((thread, rest)) = line.split_once(' ') else { return };
        let rest = rest.trim_start();
        if let Some(begun) = rest.strip_suffix(" <unfinished ...>") {
            self.begun.insert(thread.to_owned(), begun.to_owned());
            return;
        }
        let whole = match rest.strip_prefix("<... ") {
            None => rest.to_owned(),
            Some(resumed) => {
                let begun = self.begun.remove(thread).unwrap_or_default();
                begun + resumed.split_once(" resumed>").map_or("", |(_, tail)| tail)
            }
        };
        let Some((call, result)) = whole.rsplit_once(" = ") else { return };
        let Some((name, arguments)) = call.trim_end().strip_suffix(')').and_then(|call| call.split_once('('))
        else {
            return;
        };
        let number: String = result.chars().take_while(char::is_ascii_digit).collect();
        // What failed did nothing; a killed call has no result.
        let Ok(result) = number.parse::<u64>() else { return };
        self.call(name, &arguments.split(", ").collect::<Vec<_>>(), result);
    }

    fn call(&mut self, name: &str, arguments: &[&str], result: u64) {
        match (name, arguments) {
            ("openat", [_, path, flags, ..]) => self.open(path, flags, result),
            ("write", [to, bytes, _]) => self.write(to, None, bytes, result),
            ("pwrite64", [to, bytes, _, at]) => self.write(to, at.parse().ok(), bytes, result),
            ("ftruncate", [of, length]) => {
                if let Some(path) = self.path_of(of) {
                    self.deeds.push(Deed::Length { path, length: length.parse().unwrap() });
                }
            }
            ("fsync" | "fdatasync", [of]) => {
                if let Some(path) = self.path_of(of) {
                    self.deeds.push(Deed::Sync { path });
                }
            }
            ("rename", [from, to]) => self.rename(from, to),
            ("renameat", [_, from, _, to]) | ("renameat2", [_, from, _, to, _]) => self.rename(from, to),
            ("unlink", [path]) | ("unlinkat", [_, path, _]) => {
                if let Some(path) = self.path(path) {
                    self.deeds.push(Deed::Remove { path });
                }
            }
            ("mkdir", [path, _]) | ("mkdirat", [_, path, _]) => {
                if let Some(path) = self.path(path) {
                    self.deeds.push(Deed::Folder { path });
                }
            }
            ("writev" | "sendto" | "sendmsg", [to, ..]) if self.path_of(to).is_none() => {
                if is_socket(to) {
                    self.deeds.push(Deed::Sent);
                }
            }
            _ => panic!("this recording has a call that nobody taught the reader: {name}"),
        }
    }

    fn open(&mut self, path: &str, flags: &str, descriptor: u64) {
        self.offsets.insert(u32::try_from(descriptor).unwrap(), 0);
        if !flags.contains("O_RDONLY")
            && let Some(path) = self.path(path)
        {
            self.deeds.push(Deed::Open { path, emptied: flags.contains("O_TRUNC") });
        }
    }

    fn write(&mut self, to: &str, at: Option<u64>, bytes: &str, written: u64) {
        let descriptor: u32 = to.split('<').next().unwrap().parse().unwrap();
        let mut bytes = unquoted(bytes);
        bytes.truncate(usize::try_from(written).unwrap());
        let Some(path) = self.path_of(to) else {
            if descriptor == 1 {
                self.deeds.push(Deed::Told { bytes });
            }
            return;
        };
        let next = self.offsets.entry(descriptor).or_default();
        let place = at.unwrap_or(*next);
        if at.is_none() {
            *next += written;
        }
        self.deeds.push(Deed::Write { path, at: place, bytes });
    }

    fn rename(&mut self, from: &str, to: &str) {
        if let (Some(from), Some(to)) = (self.path(from), self.path(to)) {
            self.deeds.push(Deed::Rename { from, to });
        }
    }

    /// A quoted path, relative to the root; none when it lies elsewhere.
    fn path(&self, quoted: &str) -> Option<PathBuf> {
        let text = String::from_utf8(unquoted(quoted)).unwrap();
        self.root.join(text).strip_prefix(self.root).ok().map(Path::to_owned)
    }

    /// The path of a descriptor, `3<…>`.
    fn path_of(&self, descriptor: &str) -> Option<PathBuf> {
        let hex = descriptor.split_once('<')?.1.strip_suffix('>')?;
        let text = String::from_utf8(unquoted(hex)).ok()?;
        Path::new(&text).strip_prefix(self.root).ok().map(Path::to_owned)
    }
}

/// Whether a descriptor, `3<…>`, is a connection.
fn is_socket(descriptor: &str) -> bool {
    let shown = descriptor.split_once('<').and_then(|(_, shown)| shown.strip_suffix('>'));
    shown.is_some_and(|shown| unquoted(shown).starts_with(b"socket:"))
}

/// `"\x41\x42"`, with or without quotes.
fn unquoted(text: &str) -> Vec<u8> {
    let text = text.trim_matches('"');
    text.split("\\x").skip(1).map(|digits| u8::from_str_radix(digits, 16).unwrap()).collect()
}

#[test]
fn a_recording_is_read_with_calls_that_were_interrupted() {
    let hex = |text: &str| text.bytes().map(|byte| format!("\\x{byte:02x}")).collect::<String>();
    let (file, name) = (hex("/r/me/a"), hex("me/a"));
    let log = format!(
        "7 1.5 openat(AT_FDCWD<{root}>, \"{name}\", O_WRONLY|O_CREAT|O_TRUNC, 0600) = 5<{file}>\n\
         7 1.5 write(5<{file}>, \"\\x41\\x42\", 2) = 2\n\
         8 1.5 fsync(5<{file}> <unfinished ...>\n\
         7 1.5 write(1<{pipe}>, \"\\x0a\", 1) = 1\n\
         8 1.5 <... fsync resumed>)            = 0\n\
         7 1.5 write(5<{file}>, \"\\x43\", 1 <unfinished ...>\n\
         7 1.5 +++ killed by SIGKILL +++\n",
        root = hex("/r"),
        pipe = hex("pipe:[1]"),
    );
    let path = PathBuf::from("me/a");
    assert_eq!(
        read(&log, Path::new("/r")),
        [
            Deed::Open { path: path.clone(), emptied: true },
            Deed::Write { path: path.clone(), at: 0, bytes: b"AB".to_vec() },
            Deed::Told { bytes: b"\n".to_vec() },
            Deed::Sync { path },
        ]
    );
}
