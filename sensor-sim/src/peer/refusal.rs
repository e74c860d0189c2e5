//! What BlueZ answers when it does not do what was asked: an error name and its text.

use crate::gatt::AttError;
use std::borrow::Cow;

/// A D-Bus error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) name: &'static str,
    pub(super) text: Cow<'static, str>,
}

impl Refusal {
    pub(super) const fn new(name: &'static str, text: &'static str) -> Refusal {
        Refusal { name, text: Cow::Borrowed(text) }
    }

    pub(super) const NOT_READY: Refusal = Refusal::new("org.bluez.Error.NotReady", "Resource Not Ready");
    pub(super) const BLOCKED: Refusal = Refusal::new("org.bluez.Error.Blocked", "Blocked through rfkill");
    pub(super) const NO_DISCOVERY: Refusal = Refusal::new("org.bluez.Error.Failed", "No discovery started");
    pub(super) const NOT_CONNECTED: Refusal = Refusal::new("org.bluez.Error.NotConnected", "Not Connected");
    pub(super) const LINK_DOWN: Refusal = Refusal::new("org.bluez.Error.Failed", "Not connected");
    pub(super) const NOT_HEARD: Refusal =
        Refusal::new("org.bluez.Error.Failed", "le-connection-abort-by-local");
    pub(super) const NOT_SUPPORTED: Refusal =
        Refusal::new("org.bluez.Error.NotSupported", "Operation is not supported");
    pub(super) const NO_NOTIFY_SESSION: Refusal =
        Refusal::new("org.bluez.Error.Failed", "No notify session started");
    pub(super) const NOT_PAIRED: Refusal = Refusal::new("org.bluez.Error.NotPermitted", "Not paired");
    pub(super) const AUTHENTICATION_FAILED: Refusal =
        Refusal::new("org.bluez.Error.AuthenticationFailed", "Authentication Failed");
    pub(super) const AUTHENTICATION_CANCELED: Refusal =
        Refusal::new("org.bluez.Error.AuthenticationCanceled", "Authentication Canceled");
    pub(super) const AUTHENTICATION_TIMEOUT: Refusal =
        Refusal::new("org.bluez.Error.AuthenticationTimeout", "Authentication Timeout");
    pub(super) const OPERATION_FAILED: Refusal = Refusal::new("org.bluez.Error.Failed", "Operation failed");
    pub(super) const KEY_MISSING: Refusal =
        Refusal::new("org.bluez.Error.Failed", "le-connection-key-missing");
    pub(super) const NO_WRITE: Refusal = Refusal::new("org.bluez.Error.NotPermitted", "Write not permitted");
    pub(super) const BAD_ARGUMENTS: Refusal =
        Refusal::new("org.bluez.Error.InvalidArguments", "Invalid arguments in method call");
    pub(super) const DOES_NOT_EXIST: Refusal = Refusal::new("org.bluez.Error.DoesNotExist", "Does Not Exist");
    pub(super) const ALREADY_EXISTS: Refusal =
        Refusal::new("org.bluez.Error.AlreadyExists", "Already Exists");
    pub(super) const IN_PROGRESS: Refusal =
        Refusal::new("org.bluez.Error.InProgress", "Operation already in progress");
    pub(super) const READ_ONLY: Refusal =
        Refusal::new("org.freedesktop.DBus.Error.PropertyReadOnly", "Property is not writable");

    pub(super) fn unknown_object(path: &str, interface: &str, member: &str) -> Refusal {
        let text = format!(
            "Method \"{member}\" with signature \"\" on interface \"{interface}\" doesn't exist on {path}\n"
        );
        Refusal { name: "org.freedesktop.DBus.Error.UnknownObject", text: text.into() }
    }

    pub(super) fn unknown_method(interface: &str, member: &str) -> Refusal {
        let text =
            format!("Method \"{member}\" with signature \"\" on interface \"{interface}\" doesn't exist\n");
        Refusal { name: "org.freedesktop.DBus.Error.UnknownMethod", text: text.into() }
    }

    pub(super) fn unknown_property(name: &str) -> Refusal {
        let text = format!("No such property '{name}'");
        Refusal { name: "org.freedesktop.DBus.Error.InvalidArgs", text: text.into() }
    }
}

/// How BlueZ words an ATT error.
impl From<AttError> for Refusal {
    fn from(error: AttError) -> Refusal {
        match error {
            AttError::READ_NOT_PERMITTED => {
                Refusal::new("org.bluez.Error.NotPermitted", "Read not permitted")
            }
            AttError::WRITE_NOT_PERMITTED => Refusal::NO_WRITE,
            AttError::INSUFFICIENT_AUTHENTICATION | AttError::INSUFFICIENT_ENCRYPTION => Refusal::NOT_PAIRED,
            AttError::INVALID_OFFSET => Refusal::new("org.bluez.Error.InvalidArguments", "Invalid offset"),
            AttError::INVALID_LENGTH => Refusal::new("org.bluez.Error.InvalidArguments", "Invalid Length"),
            AttError::REQUEST_NOT_SUPPORTED => Refusal::NOT_SUPPORTED,
            AttError(code) => Refusal {
                name: "org.bluez.Error.Failed",
                text: format!("Operation failed with ATT error: 0x{code:02x}").into(),
            },
        }
    }
}
