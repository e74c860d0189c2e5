//! A private D-Bus for tests, so that a simulated `org.bluez` never meets a real one.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// Linux allows 108 bytes, the last of them zero.
const SOCKET_PATH_MAX: usize = 107;

/// A `dbus-daemon` of our own, laid out like the system's bus but open to every message. It ends when this is dropped.
#[derive(Debug)]
pub struct PrivateBus {
    shell: Child,
    folder: PathBuf,
    address: String,
}

/// A private bus that is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The machine has no `dbus-daemon`.
    #[error("skipped: dbus-daemon is not installed (Debian and Ubuntu: apt-get install dbus-daemon)")]
    Missing,
    /// The path of its socket would be too long.
    #[error(
        "the socket {0} of the private bus has more than {SOCKET_PATH_MAX} bytes; choose a shorter folder"
    )]
    PathTooLong(PathBuf),
    /// It did not start.
    #[error("no private bus: dbus-daemon did not start: {0}")]
    Start(String),
    /// Its folder cannot be written.
    #[error("no private bus: {0}; expected a folder that can be written")]
    Io(#[from] std::io::Error),
}

impl PrivateBus {
    /// Starts a bus in a new folder under the system's folder for temporary files.
    ///
    /// # Errors
    /// There is no `dbus-daemon`, or it does not start.
    pub fn start() -> Result<PrivateBus, BusError> {
        let folder = std::env::temp_dir().join(format!("pulsebook-bus-{}", unique()));
        fs::create_dir_all(&folder)?;
        PrivateBus::start_in(&folder).inspect_err(|_| drop(fs::remove_dir_all(&folder)))
    }

    /// Starts a bus whose socket and configuration lie in this folder, which goes when the bus ends.
    ///
    /// # Errors
    /// There is no `dbus-daemon`, or it does not start.
    pub fn start_in(folder: &Path) -> Result<PrivateBus, BusError> {
        let socket = folder.join("bus");
        if socket.as_os_str().len() > SOCKET_PATH_MAX {
            return Err(BusError::PathTooLong(socket));
        }
        let file = folder.join("bus.conf");
        fs::write(&file, configuration(&socket))?;
        is_installed()?;
        let mut shell = Command::new("sh")
            .args(["-c", WATCHED, "dbus-daemon"])
            .arg(format!("--config-file={}", file.display()))
            .args(["--nofork", "--nopidfile", "--print-address=1"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(folder.join("bus.log"))?)
            .spawn()?;
        match first_line(&mut shell) {
            Some(address) => Ok(PrivateBus { shell, folder: folder.to_owned(), address }),
            None => {
                end(&mut shell);
                let said = fs::read_to_string(folder.join("bus.log")).unwrap_or_default();
                Err(BusError::Start(said.trim().to_owned()))
            }
        }
    }

    /// What `DBUS_SYSTEM_BUS_ADDRESS` must say for a program that shall use this bus.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for PrivateBus {
    fn drop(&mut self) {
        end(&mut self.shell);
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Everybody may own every name and send to everybody; a client that reads slowly is not cut off.
fn configuration(socket: &Path) -> String {
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
  </policy>
  <limit name="max_outgoing_bytes">1000000000</limit>
  <limit name="max_incoming_bytes">1000000000</limit>
  <limit name="reply_timeout">3600000</limit>
</busconfig>
"#,
        socket.display()
    )
}

/// The daemon ends with this process, however that ends: the shell sees its standard input close.
const WATCHED: &str = r#""$0" "$@" & daemon=$!; exec >/dev/null; cat; kill "$daemon"; wait "$daemon""#;

fn is_installed() -> Result<(), BusError> {
    let asked =
        Command::new("dbus-daemon").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    match asked {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(BusError::Missing),
        Err(error) => Err(error.into()),
    }
}

/// The daemon says its address when it listens.
fn first_line(shell: &mut Child) -> Option<String> {
    let mut line = String::new();
    BufReader::new(shell.stdout.take()?).read_line(&mut line).ok()?;
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// Closes its standard input, and waits until daemon and shell are gone.
fn end(shell: &mut Child) {
    drop(shell.stdin.take());
    let _ = shell.wait();
}

/// A name that no other bus has: the process and a number.
fn unique() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
