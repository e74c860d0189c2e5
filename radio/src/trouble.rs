//! What goes wrong with a radio, told apart as far as the operating system tells it.

use crate::{foreign, name::clean_reason};
use std::{future::Future, time::Duration};

/// Why there is no radio to use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RadioError {
    /// The system's message bus, over which Linux talks about Bluetooth, is not there.
    #[error("the system's message bus (D-Bus) cannot be reached: {0}")]
    NoBus(String),
    /// The Bluetooth service does not run.
    #[error("the system's Bluetooth service does not run")]
    NoService,
    /// No Bluetooth adapter.
    #[error("this device has no Bluetooth adapter, or none that the system can use")]
    NoAdapter,
    /// Bluetooth is switched off.
    #[error("Bluetooth is switched off")]
    Off,
    /// The system does not let this program use Bluetooth.
    #[error("the system does not let this program use Bluetooth")]
    NotAllowed,
    /// The operating system did not answer in time.
    #[error("the system's Bluetooth did not answer within {} s", .0.as_secs())]
    Silent(Duration),
    /// Something else.
    #[error("Bluetooth failed: {0}")]
    Failed(String),
}

/// Why an operation with a sensor failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The link, the sensor or its characteristic is not there any more.
    Gone,
    /// It wants a bond.
    Unpaired,
    /// It answered with this ATT error code.
    Att(u8),
    /// It refused to be asked.
    Refused(String),
    /// No answer in time.
    TimedOut(Duration),
    /// It is so already.
    Already,
    /// The system says no.
    NotAllowed,
    /// Anything else, in the system's words.
    Other(String),
}

/// Runs an operation within its time.
pub(crate) async fn within<T>(
    limit: Duration,
    operation: impl Future<Output = foreign::Result<T>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(limit, operation).await {
        Ok(done) => done.map_err(|error| classify(&error)),
        Err(_) => Err(Trouble::TimedOut(limit)),
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::Gone => f.write_str("the sensor is gone"),
            Trouble::Unpaired => f.write_str("the sensor wants to be paired first"),
            Trouble::Att(code) => write!(f, "the sensor answered ATT error 0x{code:02x}"),
            Trouble::Refused(why) => write!(f, "the sensor refused ({why})"),
            Trouble::TimedOut(limit) => write!(f, "no answer within {} s", limit.as_secs()),
            Trouble::Already => f.write_str("it is so already"),
            Trouble::NotAllowed => f.write_str("the system does not allow it"),
            Trouble::Other(why) => f.write_str(why),
        }
    }
}

impl From<Trouble> for RadioError {
    fn from(trouble: Trouble) -> RadioError {
        match trouble {
            Trouble::TimedOut(limit) => RadioError::Silent(limit),
            Trouble::NotAllowed => RadioError::NotAllowed,
            Trouble::Gone => RadioError::NoService,
            other => RadioError::Failed(other.to_string()),
        }
    }
}

fn classify(error: &foreign::Error) -> Trouble {
    match error {
        foreign::Error::PermissionDenied => Trouble::NotAllowed,
        foreign::Error::DeviceNotFound | foreign::Error::NotConnected => Trouble::Gone,
        foreign::Error::TimedOut(limit) => Trouble::TimedOut(*limit),
        other => of_bus(other).unwrap_or_else(|| Trouble::Other(clean_reason(&other.to_string()))),
    }
}

/// The trouble behind an error of D-Bus.
#[cfg(target_os = "linux")]
fn of_bus(error: &foreign::Error) -> Option<Trouble> {
    let foreign::Error::Other(inner) = error else { return None };
    if let Some(error) = inner.downcast_ref() {
        return Some(of_zbus(error));
    }
    let bluez_async::BluetoothError::DbusError(error) = inner.downcast_ref()? else { return None };
    Some(by_name(error.name().unwrap_or_default(), error.message().unwrap_or_default()))
}

#[cfg(not(target_os = "linux"))]
fn of_bus(_: &foreign::Error) -> Option<Trouble> {
    None
}

/// The trouble behind an error of our own bus connection.
#[cfg(target_os = "linux")]
pub(crate) fn of_zbus(error: &zbus::Error) -> Trouble {
    match error {
        zbus::Error::MethodError(name, text, _) => {
            by_name(name.as_str(), text.as_deref().unwrap_or_default())
        }
        zbus::Error::FDO(error) => {
            let name = zbus::DBusError::name(&**error);
            by_name(name.as_str(), zbus::DBusError::description(&**error).unwrap_or_default())
        }
        other => Trouble::Other(clean_reason(&other.to_string())),
    }
}

/// What a D-Bus error's name and text mean. Names: the D-Bus specification, and BlueZ's src/error.c.
#[cfg(target_os = "linux")]
pub(crate) fn by_name(name: &str, text: &str) -> Trouble {
    let (of_bluez, short) = match name.rsplit_once('.') {
        Some(("org.bluez.Error", short)) => (true, short),
        Some((_, short)) => (false, short),
        None => (false, name),
    };
    let why = || clean_reason(&format!("{short}: {text}"));
    match (of_bluez, short) {
        (
            false,
            "UnknownObject" | "UnknownInterface" | "UnknownMethod" | "ServiceUnknown" | "NameHasNoOwner"
            | "Disconnected",
        ) => Trouble::Gone,
        (true, "DoesNotExist" | "NotConnected") => Trouble::Gone,
        (true, "Failed") if text.eq_ignore_ascii_case("not connected") => Trouble::Gone,
        (true, "Failed") if att_error(text).is_some() => Trouble::Att(att_error(text).unwrap_or_default()),
        (true, "InvalidArguments") if text.eq_ignore_ascii_case("invalid length") => Trouble::Att(0x0D),
        (false, "NoReply" | "Timeout" | "TimedOut") => Trouble::TimedOut(Duration::from_secs(30)),
        (false, "AccessDenied" | "AuthFailed") => Trouble::NotAllowed,
        (true, "InProgress" | "AlreadyExists" | "AlreadyConnected") => Trouble::Already,
        (true, "NotPermitted") if text.eq_ignore_ascii_case("not paired") => Trouble::Unpaired,
        (
            true,
            "AuthenticationFailed"
            | "AuthenticationCanceled"
            | "AuthenticationRejected"
            | "AuthenticationTimeout",
        ) => Trouble::Unpaired,
        (true, "NotPermitted" | "NotAuthorized" | "NotSupported" | "InvalidValueLength") => {
            Trouble::Refused(why())
        }
        _ => Trouble::Other(why()),
    }
}

/// BlueZ words a sensor's own errors like this (src/gatt-client.c).
#[cfg(target_os = "linux")]
fn att_error(text: &str) -> Option<u8> {
    u8::from_str_radix(text.strip_prefix("Operation failed with ATT error: 0x")?, 16).ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_bus_are_told_apart() {
        let gone = ["UnknownObject", "UnknownMethod", "ServiceUnknown"];
        for name in gone {
            assert_eq!(by_name(&format!("org.freedesktop.DBus.Error.{name}"), "x"), Trouble::Gone);
        }
        assert_eq!(by_name("org.bluez.Error.Failed", "Not connected"), Trouble::Gone);
        assert_eq!(by_name("org.bluez.Error.NotPermitted", "Not paired"), Trouble::Unpaired);
        assert!(matches!(by_name("org.bluez.Error.NotPermitted", "Read not permitted"), Trouble::Refused(_)));
        let refused = by_name("org.bluez.Error.Failed", "Operation failed with ATT error: 0x81");
        assert_eq!(refused, Trouble::Att(0x81));
        assert_eq!(by_name("org.bluez.Error.InvalidArguments", "Invalid Length"), Trouble::Att(0x0D));
        assert_eq!(by_name("org.freedesktop.DBus.Error.AccessDenied", ""), Trouble::NotAllowed);
    }

    #[test]
    fn what_a_sensor_may_have_put_into_a_reason_is_cleaned() {
        let trouble = by_name("org.bluez.Error.Failed", &format!("\x1b[2J{}", "x".repeat(10_000)));
        let text = trouble.to_string();
        assert!(text.starts_with("Failed: [2Jxxx") && text.chars().count() <= 200, "{text}");
    }
}
