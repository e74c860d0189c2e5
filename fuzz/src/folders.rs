//! Files of the folders of a patient, a node and a clinic: refused with words, or what was written.

use crate::{kept::alter, selected, world};
use pulsebook_core::{
    keys::{FileVault, KeyVault, PassphraseCost, SecretName},
    store::{ChainIdentity, Folder, Store, StoreKeys},
};
use pulsebook_grantee::GranteeKeys;
use pulsebook_protocol::random::SeededRandom;
use pulsebook_provider_node::{InviteChoice, NewNode, NodeFolder};
use pulsebook_rowsum::settle_log;
use serde_json::Value;
use std::{
    fs,
    future::Future,
    path::{Path, PathBuf},
    sync::OnceLock,
    task::{Context, Poll, Waker},
};

const PASSPHRASE: &str = "a passphrase";
const SECRET: &[u8] = b"what the vault holds";

/// Folders of this process, each with one file of every kind as it was written.
struct Folders {
    vault: PathBuf,
    node: PathBuf,
    patient: PathBuf,
    clinic: PathBuf,
    card: String,
    keys_card: String,
}

fn scratch(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("pulsebook-fuzz-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a folder");
    path
}

/// A file vault is always ready.
fn ready<T>(pending: impl Future<Output = T>) -> T {
    let mut pending = std::pin::pin!(pending);
    match pending.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a file vault waits"),
    }
}

fn folders() -> &'static Folders {
    static FOLDERS: OnceLock<Folders> = OnceLock::new();
    FOLDERS.get_or_init(|| {
        let base = scratch("folders");
        let vault = base.join("vault.json");
        let new = FileVault::create(&vault, PASSPHRASE, PassphraseCost::WEAK_FOR_TESTS).expect("a vault");
        ready(new.wrap(SecretName::StoreKey, SECRET)).expect("a secret kept");
        let (node, patient, clinic) = (base.join("node"), base.join("patient"), base.join("clinic"));
        let address = Some("https://node.test:8443".to_owned());
        let new = NewNode { name: "East".into(), invites: InviteChoice::Open, address };
        let made = NodeFolder::init(&node, new, &mut SeededRandom::new(3)).expect("a node");
        let card = made.card().expect("a node with an address has a card").to_json();
        drop(Folder::create(&patient).expect("a patient's folder"));
        fs::create_dir_all(&clinic).expect("a clinic's folder");
        let keys = GranteeKeys::make("Cardiology", &mut SeededRandom::new(4)).expect("keys");
        keys.save(&clinic).expect("keys kept");
        let keys_card = keys.card().expect("a card").to_json();
        for file in [&vault, &node.join("node.json"), &patient.join("role.json"), &clinic.join("keys.json")] {
            fs::copy(file, file.with_extension("original")).expect("a copy");
        }
        Folders { vault, node, patient, clinic, card, keys_card }
    })
}

/// The lower bits choose the file. With the top bit it is the input; else it is ours, altered. With one byte changed it is
/// refused, or says what it said.
pub(crate) fn folder_files(data: &[u8]) {
    let (choice, bytes) = selected(data);
    let folders = folders();
    let file = match choice % 4 {
        0 => folders.vault.clone(),
        1 => folders.node.join("node.json"),
        2 => folders.patient.join("role.json"),
        _ => folders.clinic.join("keys.json"),
    };
    let original = fs::read(file.with_extension("original")).expect("the original");
    let text = if choice & 0x80 == 0 { alter(&original, bytes) } else { bytes.to_vec() };
    fs::write(&file, &text).expect("written");
    let one_byte = text.len() == original.len() && text.iter().zip(&original).filter(|(a, b)| a != b).count() <= 1;
    match choice % 4 {
        0 => vault(&file, &text),
        1 => match NodeFolder::open(&folders.node) {
            Ok(node) => {
                let card = node.card().map(|card| card.to_json());
                assert!(!one_byte || card.as_ref() == Some(&folders.card), "another node than was written");
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        },
        2 => {
            let says = serde_json::from_slice::<Value>(&text);
            let is_patient = says.is_ok_and(|says| says["pulsebook"] == "patient/1");
            assert!(is_patient || Folder::open(&folders.patient).is_err(), "a folder of no patient");
        }
        _ => match GranteeKeys::load(&folders.clinic) {
            Ok(keys) => {
                let card = keys.card().map(|card| card.to_json());
                assert!(!one_byte || card.is_ok_and(|card| card == folders.keys_card), "other keys than were written");
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        },
    }
}

/// Costs of a guess that take long or much are allowed, and find nothing more here.
fn vault(file: &Path, text: &[u8]) {
    let cost = |says: &Value, key: &str| says["argon2id"][key].as_u64().unwrap_or(0);
    let says = serde_json::from_slice::<Value>(text).unwrap_or_default();
    if cost(&says, "m_kib") > 256 || cost(&says, "t") > 2 || cost(&says, "p") > 2 {
        return;
    }
    match FileVault::open(file, PASSPHRASE) {
        Ok(vault) => {
            let secret = ready(vault.secret(SecretName::StoreKey)).expect("the secret that was kept");
            assert_eq!(&secret[..], SECRET, "another secret than was kept");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A database and its write-ahead log, as a killed process leaves them.
struct Killed {
    database: PathBuf,
    log: PathBuf,
    damaged: PathBuf,
    bytes: Vec<u8>,
    log_bytes: Vec<u8>,
}

fn killed() -> &'static Killed {
    static KILLED: OnceLock<Killed> = OnceLock::new();
    KILLED.get_or_init(|| {
        let base = scratch("log");
        let folder = Folder::create(&base.join("record")).expect("a folder");
        let keys = StoreKeys { store: world::secret(1), erase: world::secret(2) };
        let identity = ChainIdentity { chain: world::chain(), salt: world::SALT, first_root: world::key(1).public() };
        let store = Store::create(folder, keys, identity).expect("a store");
        let of = |end: &str| base.join(format!("record/record.sqlite{end}"));
        let (bytes, log_bytes) = (fs::read(of("")).expect("the database"), fs::read(of("-wal")).expect("its log"));
        assert!(log_bytes.len() > 32 + 24, "a log without a frame");
        drop(store);
        let of = |end: &str| base.join(format!("killed.sqlite{end}"));
        Killed { database: of(""), log: of("-wal"), damaged: of("-wal.damaged"), bytes, log_bytes }
    })
}

/// As `journal`: even choices are a log as it comes, odd ones ours, altered. Where one byte changed, that is told.
pub(crate) fn log(data: &[u8]) {
    let (choice, bytes) = selected(data);
    let killed = killed();
    let text = if choice & 1 == 0 { bytes.to_vec() } else { alter(&killed.log_bytes, bytes) };
    for end in ["-shm", "-wal.damaged"] {
        let _ = fs::remove_file(killed.database.with_extension(format!("sqlite{end}")));
    }
    fs::write(&killed.database, &killed.bytes).expect("written");
    fs::write(&killed.log, &text).expect("written");
    let told = settle_log(&killed.database).expect("a log that is there can be read");
    assert_eq!(told.is_some(), killed.damaged.exists(), "a copy lies there exactly when something is told");
    let changed = text.iter().zip(&killed.log_bytes).filter(|(a, b)| a != b).count();
    let same_length = text.len() == killed.log_bytes.len();
    assert!(told.is_none() || changed > 0 || text.len() > killed.log_bytes.len(), "an untouched log is called damaged");
    assert!(!(same_length && changed == 1) || told.is_some(), "a byte changed and nobody says so");
}
