//! The markers: what was typed, what the sensors sent, and every key, taken from where it may stand.

use crate::{
    search::Marker,
    stage::{CLINIC, DELEGATE, NODE, PASSPHRASE, START_MS, Stage},
};
use pulsebook_core::{
    ble::{BleTransport, TransportEvent},
    keys::{FileVault, KeyVault, SecretName},
    store::{Folder, Store, StoreKeys},
};
use pulsebook_protocol::secret::Secret32;
use pulsebook_sensor_sim::{Scenario, Simulator};
use std::fs;

/// All of them.
pub(crate) fn of(stage: &Stage) -> Vec<Marker> {
    let mut markers = typed(stage);
    markers.extend(sent());
    markers.extend(crate::radio::markers(stage));
    markers.push(invite(stage));
    markers.extend(identities(stage));
    markers.extend(keys(stage));
    for category in ["heart rate", "oxygen", "temperature", "pressure"] {
        markers.push(Marker::text("category", category, category));
    }
    markers
}

/// What people typed.
pub(crate) fn typed(stage: &Stage) -> Vec<Marker> {
    let words = fs::read_to_string(stage.file("words")).unwrap();
    let words: Vec<&str> = words.split_whitespace().collect();
    let mut markers: Vec<Marker> =
        words.windows(3).map(|three| Marker::text("words", &three.join(" "), &three.join(" "))).collect();
    markers.push(Marker::text("passphrase", "the passphrase", PASSPHRASE));
    markers.push(Marker::text("clinic", "the clinic's name", CLINIC));
    markers.push(Marker::text("node", "the node's name", NODE));
    markers.push(Marker::text("delegate", "the delegate's name", DELEGATE));
    markers
}

/// What lets a new patient in.
fn invite(stage: &Stage) -> Marker {
    let card = fs::read_to_string(stage.file("n1.json")).unwrap();
    let card: serde_json::Value = serde_json::from_str(&card).unwrap();
    Marker::text("invite", "the invite code", card["invite"].as_str().unwrap())
}

/// Under which names the sensors stand in segments and exports.
fn identities(stage: &Stage) -> Vec<Marker> {
    let said = stage.said_last("stdout of sensors");
    let named = said.split("in the record as ").skip(1).filter_map(|rest| rest.split_whitespace().next());
    let markers: Vec<Marker> = named.map(|id| Marker::text("sensor", id, id)).collect();
    assert!(markers.len() >= 4, "{said}");
    markers
}

/// What the wearables sent, by the same seed: frames that are long enough, rows of values, and who they are.
fn sent() -> Vec<Marker> {
    let mut simulator = Simulator::new(&Scenario::load("rest").unwrap(), 1, START_MS, 240_000);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (mut markers, mut rates) = (Vec::new(), Vec::new());
    runtime.block_on(async {
        for sensor in simulator.scan().await.unwrap() {
            let id = sensor.id.as_str().to_owned();
            simulator.connect(&sensor.id).await.unwrap();
            for characteristic in &sensor.notifies {
                simulator.subscribe(&sensor.id, *characteristic).await.unwrap();
            }
            for text in [id, sensor.name.clone()] {
                if text.len() >= 8 {
                    markers.push(Marker::text("sensor", &text, &text));
                }
            }
        }
        while let Some(event) = simulator.next_event().await {
            match event {
                TransportEvent::Notification(notification) => {
                    if notification.bytes.len() >= 7 && markers.len() < 60 {
                        markers.push(Marker::new(
                            "value",
                            &format!("a frame {:02x?}", notification.bytes),
                            &notification.bytes,
                        ));
                    }
                    if notification.characteristic.characteristic == 0x2a37 {
                        rates.extend(notification.bytes.get(1).copied());
                    }
                }
                TransportEvent::Finished => break,
                _ => {}
            }
        }
    });
    assert!(rates.len() > 100, "{} heart rates", rates.len());
    markers.extend(rows_of(&rates));
    markers
}

/// Twelve values in a row, in every width that a program may write them in.
fn rows_of(rates: &[u8]) -> Vec<Marker> {
    let mut markers = Vec::new();
    for run in rates.chunks_exact(12).take(12) {
        let wide = |bytes: fn(i64) -> Vec<u8>| {
            run.iter().flat_map(|rate| bytes(i64::from(*rate))).collect::<Vec<u8>>()
        };
        let text = run.iter().map(u8::to_string).collect::<Vec<_>>().join(",");
        markers.push(Marker::new("value", "heart rates as bytes", run));
        markers.push(Marker::new(
            "value",
            "heart rates in 16 bits",
            &run.iter().flat_map(|rate| u16::from(*rate).to_le_bytes()).collect::<Vec<_>>(),
        ));
        markers.push(Marker::new(
            "value",
            "heart rates in 64 bits",
            &wide(|rate| rate.to_le_bytes().to_vec()),
        ));
        markers.push(Marker::new(
            "value",
            "heart rates as floats",
            &run.iter().flat_map(|rate| f64::from(*rate).to_le_bytes()).collect::<Vec<_>>(),
        ));
        markers.push(Marker::text("value", "heart rates as text", &text));
        markers.push(Marker::text("value", "heart rates with spaces", &text.replace(',', " ")));
        let cbor: Vec<u8> = run.iter().flat_map(|rate| [0x18, *rate]).collect();
        markers.push(Marker::new("value", "heart rates in CBOR", &cbor));
    }
    markers
}

/// Every key of patient, node and clinic.
fn keys(stage: &Stage) -> Vec<Marker> {
    let mut markers = Vec::new();
    for name in ["master.key", "identity.key", "tls.key"] {
        markers.push(Marker::new("node key", name, &fs::read(stage.file("n1").join(name)).unwrap()));
    }
    let hex = |file: &str, field: &str| {
        let json: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(stage.file(file)).unwrap()).unwrap();
        data_encoding::HEXLOWER.decode(json[field].as_str().unwrap().as_bytes()).unwrap()
    };
    for file in ["clinic/keys.json", "phone/keys.json"] {
        for key in ["request", "receive"] {
            markers.push(Marker::new("clinic key", &format!("{key} key of {file}"), &hex(file, key)));
        }
    }
    markers.push(Marker::new("grant key", "label key", &hex("grant.json", "label_key")));
    markers.extend(patients_keys(stage));
    markers
}

fn patients_keys(stage: &Stage) -> Vec<Marker> {
    let vault = FileVault::open(&stage.file("me/vault.json"), PASSPHRASE).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let secret = |name: SecretName| runtime.block_on(vault.secret(name)).unwrap().to_vec();
    use SecretName::{ConsentKey, ControlKey, DeviceKey, EraseKey, LogKey, StoreKey};
    let mut markers: Vec<Marker> =
        [StoreKey, EraseKey, DeviceKey, LogKey(0), LogKey(1), ConsentKey(0), ConsentKey(1)]
            .into_iter()
            .map(|name| Marker::new("patient key", &name.to_string(), &secret(name)))
            .collect();
    for name in [ControlKey(0), ControlKey(1)] {
        markers.push(Marker::new("control key", &name.to_string(), &secret(name)));
    }
    let key = |name| Secret32::from_bytes(secret(name).try_into().unwrap());
    // Looked at in a copy: opening the record itself would finish what the kill left unfinished.
    let aside = std::env::temp_dir().join(format!("pulsebook-leaks-keys-{}", std::process::id()));
    fs::create_dir_all(&aside).unwrap();
    for name in ["role.json", "record.sqlite", "record.sqlite-wal"] {
        let _ = fs::copy(stage.file("me").join(name), aside.join(name));
    }
    let store =
        Store::open(Folder::open(&aside).unwrap(), StoreKeys { store: key(StoreKey), erase: key(EraseKey) })
            .unwrap();
    for height in 0..store.block_count().unwrap() {
        for slot in store.slots(height).unwrap() {
            markers.push(Marker::new("segment key", &format!("of block {height}"), slot.dek.expose()));
        }
    }
    drop(store);
    fs::remove_dir_all(aside).unwrap();
    markers
}
