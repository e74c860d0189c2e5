//! A sensor that several people use: only the patient's measurements come into the record.

use super::*;
use crate::{
    decode::{USER_UNKNOWN, blood_pressure, body_composition, generic},
    record::{Assigned, SensorUser, Whose},
    store::locked,
};

const CUFF: &str = "thermometer";

/// A blood pressure of this user of the cuff.
fn pressure(ms: i64, systolic: u8, user: u8) -> TransportEvent {
    let (sensor, characteristic) = (SensorId::new(CUFF), blood_pressure::MEASUREMENT);
    let bytes = vec![0x08, systolic, 0, 80, 0, 93, 0, user];
    TransportEvent::Notification(Notification { sensor, characteristic, received_at: START + ms, bytes })
}

async fn systolic(record: &Record) -> Vec<Value> {
    let page = everything(record).await;
    let systolic = page.readings.iter().filter(|kept| kept.reading.vital == Vital::SystolicPressure);
    systolic.map(|kept| kept.reading.value).collect()
}

/// Millimetres of mercury, as the record keeps them: in tenths.
fn numbers(values: &[i32]) -> Vec<Value> {
    values.iter().map(|value| Value::Number(value * 10)).collect()
}

async fn measured() -> (Scratch, Record) {
    let (dir, record) = new_record().await;
    let mut events = record.events();
    collect(&record, vec![pressure(1_000, 120, 1), pressure(2_000, 150, 2), pressure(3_000, 121, 1)]).await;
    let told = std::iter::from_fn(|| events.try_next())
        .filter(|heard| matches!(heard.event, Event::Unassigned { .. }))
        .count();
    assert_eq!(told, 3);
    (dir, record)
}

#[tokio::test]
async fn nothing_of_an_unknown_user_is_in_the_record_before_the_patient_says_so() {
    let (dir, record) = measured().await;
    assert_eq!(systolic(&record).await, []);
    record.seal().await.unwrap();
    drop(record);
    let record = reopen(&dir).await.unwrap();
    assert_eq!(systolic(&record).await, []);
    let waiting = |number, waiting| SensorUser { number, whose: Whose::Unassigned, waiting };
    assert_eq!(record.sensor_users(CUFF).await.unwrap(), [waiting(1, 2), waiting(2, 1)]);
}

#[tokio::test]
async fn the_patients_own_come_in_once_and_another_persons_never() {
    let (dir, record) = measured().await;
    let mine = record.assign_user(CUFF, 1, true).await.unwrap();
    let other = record.assign_user(CUFF, 2, false).await.unwrap();
    assert_eq!((mine.taken, other.removed), (2, 1));
    assert_eq!(systolic(&record).await, numbers(&[120, 121]));
    collect(&record, vec![pressure(4_000, 151, 2), pressure(5_000, 122, 1), pressure(6_000, 99, 3)]).await;
    drop(record);
    let record = reopen(&dir).await.unwrap();
    record.seal().await.unwrap();
    drop(record);
    let record = reopen(&dir).await.unwrap();
    assert_eq!(systolic(&record).await, numbers(&[120, 121, 122]));
    assert_eq!(record.assign_user(CUFF, 3, true).await.unwrap(), Assigned { taken: 1, removed: 0 });
    assert!(matches!(record.assign_user("stranger", 1, true).await, Err(Error::UnknownSensor(_))));
}

/// A cuff sends its memory again in every session.
#[tokio::test]
async fn a_stored_measurement_that_waits_is_not_made_to_wait_again() {
    let (dir, record) = new_record().await;
    let stored = |ms: i64, counter: u8| {
        let (sensor, characteristic) = (SensorId::new(CUFF), blood_pressure::RECORD);
        let bytes = vec![counter << 2 | 0x03, 7, 0, 0x35, 0x2A, 0x08, 120, 0, 80, 0, 93, 0, 1];
        TransportEvent::Notification(Notification { sensor, characteristic, received_at: START + ms, bytes })
    };
    collect(&record, vec![stored(1_000, 0), stored(2_000, 1)]).await;
    record.seal().await.unwrap();
    drop(record);
    let record = reopen(&dir).await.unwrap();
    collect(&record, vec![stored(3_000, 2)]).await;
    let waiting = SensorUser { number: 1, whose: Whose::Unassigned, waiting: 1 };
    assert_eq!(record.sensor_users(CUFF).await.unwrap(), [waiting]);
    record.assign_user(CUFF, 1, true).await.unwrap();
    collect(&record, vec![stored(4_000, 3)]).await;
    assert_eq!(systolic(&record).await, numbers(&[120]));
}

#[tokio::test]
async fn a_kill_between_the_journal_and_the_waiting_list_doubles_nothing() {
    let (dir, record) = measured().await;
    {
        let inner = &record.inner;
        inner.store.put_user(CUFF, 1, true, &mut **locked(&inner.random)).unwrap();
        let TransportEvent::Notification(first) = pressure(1_000, 120, 1) else { panic!("a notification") };
        let (mut pipeline, mut random) = (locked(&inner.pipeline), locked(&inner.random));
        pipeline.take_held(&inner.store, 0, first, &mut **random).unwrap();
    }
    drop(record);
    let record = reopen(&dir).await.unwrap();
    assert_eq!(systolic(&record).await, numbers(&[120, 121]));
    drop(record);
    let record = reopen(&dir).await.unwrap();
    assert_eq!(systolic(&record).await, numbers(&[120, 121]));
}

#[tokio::test]
async fn a_measurement_of_a_user_whom_the_sensor_does_not_know_waits_as_any_users() {
    let (_dir, record) = new_record().await;
    collect(&record, vec![pressure(1_000, 120, USER_UNKNOWN)]).await;
    assert_eq!(systolic(&record).await, []);
    let waiting = SensorUser { number: USER_UNKNOWN, whose: Whose::Unassigned, waiting: 1 };
    assert_eq!(record.sensor_users(CUFF).await.unwrap(), [waiting]);
    record.assign_user(CUFF, USER_UNKNOWN, true).await.unwrap();
    assert_eq!(systolic(&record).await, numbers(&[120]));
    // What was said of one whom the sensor did not know says nothing of the next.
    collect(&record, vec![pressure(2_000, 150, USER_UNKNOWN)]).await;
    assert_eq!(systolic(&record).await, numbers(&[120]));
    assert_eq!(record.sensor_users(CUFF).await.unwrap(), [waiting]);
}

#[tokio::test]
async fn an_intermediate_pressure_of_another_user_waits_as_the_measurement_does() {
    let (_dir, record) = new_record().await;
    let (sensor, characteristic) = (SensorId::new(CUFF), blood_pressure::CUFF_PRESSURE);
    let bytes = vec![0x08, 120, 0, 0xFF, 7, 0xFF, 7, 2];
    let notification = Notification { sensor, characteristic, received_at: START + 1_000, bytes };
    collect(&record, vec![TransportEvent::Notification(notification)]).await;
    assert_eq!(everything(&record).await.readings, []);
    assert_eq!(record.sensor_users(CUFF).await.unwrap()[0].number, 2);
}

/// Both notifications of a body composition: fat with its user, then a weight.
fn halves(ms: i64, user: u8, weight: u16) -> [TransportEvent; 2] {
    let weight = weight.to_le_bytes();
    let frames = [vec![0x04, 0x10, 225, 0, user], vec![0x00, 0x14, 225, 0, weight[0], weight[1]]];
    let mut received_at = START + ms;
    frames.map(|bytes| {
        received_at += 10;
        let (sensor, characteristic) = (SensorId::new(CUFF), body_composition::MEASUREMENT);
        TransportEvent::Notification(Notification { sensor, characteristic, received_at, bytes })
    })
}

async fn grams(record: &Record) -> Vec<Value> {
    let page = everything(record).await;
    let weights = page.readings.iter().filter(|kept| kept.reading.vital == Vital::BodyWeight);
    weights.map(|kept| kept.reading.value).collect()
}

#[tokio::test]
async fn the_second_half_of_a_measurement_is_its_first_halfs_users() {
    let (dir, record) = new_record().await;
    collect(&record, [halves(1_000, 1, 14_000), halves(2_000, 2, 12_000)].concat()).await;
    assert_eq!(grams(&record).await, []);
    record.assign_user(CUFF, 1, true).await.unwrap();
    record.assign_user(CUFF, 2, false).await.unwrap();
    assert_eq!(grams(&record).await, [Value::Number(70_000)]);
    drop(record);
    // Whose it is that comes without its first half nobody knows.
    let record = reopen(&dir).await.unwrap();
    collect(&record, halves(3_000, 2, 12_000)[1..].to_vec()).await;
    assert_eq!(grams(&record).await, [Value::Number(70_000)]);
    let unknown = async || {
        let users = record.sensor_users(CUFF).await.unwrap();
        users.iter().find(|user| user.number == USER_UNKNOWN).map(|user| user.waiting)
    };
    assert_eq!(unknown().await, Some(1));
    // Nor whose a second half is that comes long after a first one, whose own got lost.
    let late = [halves(4_000, 1, 14_000)[..1].to_vec(), halves(60_000, 2, 12_000)[1..].to_vec()].concat();
    collect(&record, late).await;
    assert_eq!(grams(&record).await, [Value::Number(70_000)]);
    assert_eq!(unknown().await, Some(2));
}

/// An observation of 98.0 % oxygen of one of the sensor's patients, in two pieces.
fn observation(ms: i64, patient: u8) -> [TransportEvent; 2] {
    let whole = [1, 13, 0, 0x21, 0, 0xB8, 0x4B, 2, 0, patient, 0x20, 2, 98, 0, 0, 0];
    let pieces = [[&[0b001], &whole[..7]].concat(), [&[0b110], &whole[7..]].concat()];
    pieces.map(|bytes| {
        let (sensor, characteristic) = (SensorId::new(CUFF), generic::LIVE);
        TransportEvent::Notification(Notification { sensor, characteristic, received_at: START + ms, bytes })
    })
}

#[tokio::test]
async fn an_observation_in_pieces_waits_for_the_word_on_its_patient_too() {
    let (dir, record) = new_record().await;
    collect(&record, [observation(1_000, 1), observation(2_000, 2)].concat()).await;
    assert_eq!(everything(&record).await.readings, []);
    drop(record);
    let record = reopen(&dir).await.unwrap();
    assert_eq!(everything(&record).await.readings, []);
    record.assign_user(CUFF, 2, false).await.unwrap();
    record.assign_user(CUFF, 1, true).await.unwrap();
    let values: Vec<_> = everything(&record).await.readings.iter().map(|one| one.reading.value).collect();
    assert_eq!(values, [Value::Number(980)]);
    record.seal().await.unwrap();
    assert_eq!(everything(&record).await.readings.len(), 1);
}
