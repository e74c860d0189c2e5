//! Sensors that say who they are, and those that share a name.

use super::*;
use crate::decode::device_information::{MODEL, SYSTEM_ID};

const ID: &[u8] = &[0x9A, 0x78, 0x56, 0x34, 0x12, 0xF0, 0xDE, 0xBC];

async fn ids_of(record: &Record) -> Vec<String> {
    everything(record).await.sensors.into_iter().map(|sensor| sensor.id).collect()
}

#[tokio::test]
async fn a_sensor_is_named_by_what_it_says_also_after_a_kill() {
    let (dir, record) = new_record().await;
    let answers = vec![(strap().id, SYSTEM_ID, ID), (strap().id, MODEL, &b"PLANTED-MODEL"[..])];
    let events = [stream(0, 3), vec![temperature_at(3_500)]].concat();
    record.collect(telling_script(events, answers), CollectOptions::default()).await.unwrap();
    let expected = ["sysid-bcdef0123456789a", "thermometer"];
    let mut staged = ids_of(&record).await;
    staged.sort();
    assert_eq!(staged, expected);
    drop(record);
    let record = reopen(&dir).await.unwrap();
    record.seal().await.unwrap();
    let mut sealed = ids_of(&record).await;
    sealed.sort();
    assert_eq!(sealed, expected);
    let sensors = record.sensors().await.unwrap();
    assert_eq!(sensors[0].known_as, ["PLANTED-STRAP"]);
    let said: Vec<_> = sensors[0].facts.iter().map(|(what, fact)| (*what, fact.to_string())).collect();
    let expected = [("model", "PLANTED-MODEL"), ("system id", "bcdef0123456789a")];
    assert_eq!(said, expected.map(|(what, fact)| (what, fact.to_owned())));
    let bytes = all_bytes(&dir);
    assert!(!bytes.windows(7).any(|window| window == b"PLANTED"));
}

#[tokio::test]
async fn two_sensors_with_one_system_id_stay_two_sensors() {
    let (_dir, record) = new_record().await;
    let answers = vec![(strap().id, SYSTEM_ID, ID), (thermometer().id, SYSTEM_ID, ID)];
    let events = [stream(0, 3), vec![temperature_at(3_500)]].concat();
    record.collect(telling_script(events, answers), CollectOptions::default()).await.unwrap();
    let mut ids = ids_of(&record).await;
    ids.sort();
    assert_eq!(ids, ["sysid-bcdef0123456789a", "thermometer"]);
}
