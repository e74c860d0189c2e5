//! Sensors that say who they are, and those that share a name.

use super::*;
use crate::decode::device_information::{MANUFACTURER, MODEL, SYSTEM_ID};

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

fn under(address: &str, event: TransportEvent) -> TransportEvent {
    let TransportEvent::Notification(notification) = event else { return event };
    TransportEvent::Notification(Notification { sensor: SensorId::new(address), ..notification })
}

#[tokio::test]
async fn an_address_that_changed_continues_the_same_series() {
    let (_dir, record) = new_record().await;
    let new_address = SensorId::new("another address");
    let answers = vec![(strap().id, SYSTEM_ID, ID), (new_address.clone(), SYSTEM_ID, ID)];
    let mut events = stream(0, 3);
    events.push(TransportEvent::Disconnected {
        sensor: strap().id,
        reason: Disconnect::Lost,
        at: START + 4_000,
    });
    events.push(TransportEvent::Found(Sensor { id: new_address.clone(), ..strap() }));
    events.push(TransportEvent::Connected(Sensor { id: new_address.clone(), ..strap() }));
    events.extend(stream(5, 3).into_iter().map(|event| under(new_address.as_str(), event)));
    record.collect(telling_script(events, answers), CollectOptions::default()).await.unwrap();
    assert_eq!(ids_of(&record).await, ["sysid-bcdef0123456789a"]);
    assert_eq!(everything(&record).await.readings.len(), 12);
    assert_eq!(record.sensors().await.unwrap()[0].known_as, ["PLANTED-STRAP", "another address"]);
}

#[tokio::test]
async fn only_the_sensors_the_patient_named_are_collected_from() {
    let (_dir, record) = new_record().await;
    let options = CollectOptions { sensors: vec!["Thermometer".to_owned()], ..CollectOptions::default() };
    let summary = record.collect(script(vec![temperature_at(3_500)]), options).await.unwrap();
    assert_eq!(summary.sensors, 1);
}

#[tokio::test]
async fn what_says_that_it_is_simulated_stays_test_data_whatever_the_transport_thinks() {
    let (_dir, record) = new_record().await;
    let answers = vec![(strap().id, MANUFACTURER, &b"Pulsebook Simulated Devices"[..])];
    let real = Sensor { origin: Origin::Measured, ..strap() };
    let mut events = vec![TransportEvent::Connected(real.clone())];
    events.extend(stream(0, 3));
    events.push(TransportEvent::Finished);
    let alone = Box::new(Script(events.into(), answers));
    record.collect(alone, CollectOptions::default()).await.unwrap();
    let origins: Vec<_> = everything(&record).await.sensors.iter().map(|sensor| sensor.origin).collect();
    assert_eq!(origins, [Origin::Simulated]);
}

/// A real strap that says nothing about itself, found by a radio under this name, with three seconds of heart rate.
async fn mute_strap(record: &Record, radio_name: &str, second: i64) {
    let strap = Sensor { id: SensorId::new(radio_name), origin: Origin::Measured, ..strap() };
    let measured =
        stream(second, 3).into_iter().filter(|event| matches!(event, TransportEvent::Notification(_)));
    let mut events = vec![TransportEvent::Connected(strap)];
    events.extend(measured.map(|event| under(radio_name, event)));
    events.push(TransportEvent::Finished);
    let transport = Box::new(Script(events.into(), Vec::new()));
    record.collect(transport, CollectOptions::default()).await.unwrap();
}

#[tokio::test]
async fn a_sensor_that_says_nothing_about_itself_is_not_called_by_its_radio_address() {
    let (dir, record) = new_record().await;
    mute_strap(&record, "ble-c25042000001", 0).await;
    drop(record);
    let record = reopen(&dir).await.unwrap();
    mute_strap(&record, "ble-c25042000001", 10).await;
    let ids = ids_of(&record).await;
    assert_eq!(ids.len(), 1, "met twice under one name: {ids:?}");
    assert!(ids[0].starts_with("sensor-") && !ids[0].contains("c2504200"), "{ids:?}");
    assert_eq!(everything(&record).await.readings.len(), 12);
    mute_strap(&record, "ble-c25042000002", 20).await;
    let sensors = record.sensors().await.unwrap();
    let names: Vec<_> = sensors.iter().map(|sensor| sensor.known_as.clone()).collect();
    assert_eq!(names, [["ble-c25042000001"], ["ble-c25042000002"]]);
    assert_ne!(sensors[0].id, sensors[1].id);
}

#[tokio::test]
async fn a_sensor_that_once_said_who_it_is_is_known_when_its_answer_is_refused() {
    let (_dir, record) = new_record().await;
    let strap = Sensor { id: SensorId::new("ble-1"), origin: Origin::Measured, ..strap() };
    let events = vec![TransportEvent::Connected(strap.clone()), TransportEvent::Finished];
    let answers = vec![(strap.id.clone(), SYSTEM_ID, ID)];
    record.collect(Box::new(Script(events.into(), answers)), CollectOptions::default()).await.unwrap();
    mute_strap(&record, "ble-1", 0).await;
    assert_eq!(ids_of(&record).await, ["sysid-bcdef0123456789a"]);
}
