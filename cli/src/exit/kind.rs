//! The kinds of failure that a program can tell apart: `error.code` of `--json`, in docs/cli.md.

use pulsebook_core::{error::Error as RecordError, keys::VaultError, store::StoreError, sync::SyncError};
use std::{error::Error, io};

/// What kind of failure it is. The words of [`Kind::code`] stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A step could not be done; the message says why.
    Failed,
    /// The command line cannot be meant so.
    Usage,
    /// Ctrl-C or SIGTERM.
    Stopped,
    /// A file or folder of that name is there already; nothing was changed.
    Exists,
    /// The folder is not of that role, or nothing was made in it.
    WrongFolder,
    /// A file that was handed over cannot be read, or is not what it should be.
    BadFile,
    /// A frame of a sensor does not follow its characteristic's layout.
    Malformed,
    /// A sensor does not do what its profiles ask.
    NotConformant,
    /// The passphrase does not open the vault.
    WrongPassphrase,
    /// Another process has the folder.
    InUse,
    /// The disk is full.
    DiskFull,
    /// No circle stands yet.
    NoCircle,
    /// A node could not be reached.
    Unreachable,
    /// A node shows another TLS key than its card.
    KeyChanged,
    /// Bluetooth cannot be used here: no adapter, switched off, not allowed.
    NoBluetooth,
    /// A grant is not, or no longer, good for what was asked.
    Refused,
    /// Bytes are not what was sealed, or a claim about them does not hold.
    NotVerified,
    /// Done, every answer verified, but a node sent something that does not hold.
    DoneButWrong,
    /// A promise of the demo was not kept.
    PromiseBroken,
    /// Our own mistake.
    Mistake,
}

impl Kind {
    /// The word for programs.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Kind::Failed => "failed",
            Kind::Usage => "usage",
            Kind::Stopped => "stopped",
            Kind::Exists => "exists",
            Kind::WrongFolder => "wrong_folder",
            Kind::BadFile => "bad_file",
            Kind::Malformed => "malformed",
            Kind::NotConformant => "not_conformant",
            Kind::WrongPassphrase => "wrong_passphrase",
            Kind::InUse => "in_use",
            Kind::DiskFull => "disk_full",
            Kind::NoCircle => "no_circle",
            Kind::Unreachable => "unreachable",
            Kind::KeyChanged => "key_changed",
            Kind::NoBluetooth => "no_bluetooth",
            Kind::Refused => "refused",
            Kind::NotVerified => "not_verified",
            Kind::DoneButWrong => "done_but_wrong",
            Kind::PromiseBroken => "promise_broken",
            Kind::Mistake => "mistake",
        }
    }

    /// The exit code: 2 for usage, 3 when done although a node sent something wrong, 4 when the disk is full, 130 (128 + SIGINT, as shells report it) when stopped, 1 for every other.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Kind::Usage => 2,
            Kind::DoneButWrong => 3,
            Kind::DiskFull => 4,
            Kind::Stopped => 130,
            _ => 1,
        }
    }
}

/// The kind of an error of the record.
pub(super) fn of(error: &(dyn Error + 'static)) -> Kind {
    if is_no_room(error) { Kind::DiskFull } else { of_record(error) }
}

/// Whether a file, or the system below it, refused.
pub(super) fn is_of_the_system(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.raw_os_error().is_some()) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Whether the error, or a cause of it, says that the disk takes no more.
pub(super) fn is_no_room(error: &(dyn Error + 'static)) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    let full_file = |error: &io::Error| matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge);
    let full_base =
        |error: &rusqlite::Error| error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
    let mut cause = Some(error);
    let causes = std::iter::from_fn(|| {
        let this = cause?;
        cause = this.source();
        Some(this)
    });
    causes.into_iter().any(|error| {
        error.downcast_ref().is_some_and(full_file) || error.downcast_ref().is_some_and(full_base)
    })
}

fn of_record(error: &(dyn Error + 'static)) -> Kind {
    if let Some(error) = error.downcast_ref::<RecordError>() {
        return match error {
            RecordError::Store(error) => of_store(error),
            RecordError::Vault(error) => of_vault(error),
            RecordError::NoCircle => Kind::NoCircle,
            RecordError::NotEnrolled(_) | RecordError::Node { .. } => Kind::Unreachable,
            RecordError::Sync(SyncError::Store(error)) => of_store(error),
            _ => Kind::Failed,
        };
    }
    let vault = error.downcast_ref::<VaultError>().map(of_vault);
    vault.or_else(|| error.downcast_ref::<StoreError>().map(of_store)).unwrap_or(Kind::Failed)
}

fn of_vault(error: &VaultError) -> Kind {
    match error {
        VaultError::WrongPassphrase => Kind::WrongPassphrase,
        VaultError::NoVault(_) => Kind::WrongFolder,
        VaultError::AlreadyThere(_) => Kind::Exists,
        _ => Kind::Failed,
    }
}

fn of_store(error: &StoreError) -> Kind {
    match error {
        StoreError::InUse(_) => Kind::InUse,
        StoreError::Full(_) | StoreError::NoRoom { .. } => Kind::DiskFull,
        StoreError::OtherRole { .. } | StoreError::NoRecord(_) => Kind::WrongFolder,
        StoreError::AlreadyThere(_) => Kind::Exists,
        _ => Kind::Failed,
    }
}
