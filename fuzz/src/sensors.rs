//! Scenario and replay files: refused with words, or played to their end with readings that decode.

use pulsebook_core::{
    ble::{BleTransport, SensorId, TransportEvent},
    decode::{RECORDABLE, decode, heart_rate},
};
use pulsebook_protocol::reading::Value;
use pulsebook_sensor_sim::{Scenario, Simulator, replay::Replay};
use std::{
    future::Future,
    task::{Context, Poll, Waker},
};

/// The simulated transports are always ready.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a simulated transport waits"),
    }
}

fn connect(transport: &mut dyn BleTransport) {
    for sensor in ready(transport.scan()).expect("a scan") {
        ready(transport.connect(&sensor.id)).expect("a sensor that was found");
        for characteristic in sensor.notifies {
            ready(transport.subscribe(&sensor.id, characteristic)).expect("a characteristic that is offered");
        }
    }
}

pub(crate) fn scenario(data: &[u8]) {
    const START: i64 = 1_700_000_000_000;
    const DURATION: i64 = 30_000;
    let Ok(text) = std::str::from_utf8(data) else { return };
    let scenario = match Scenario::from_json(text, "foreign") {
        Ok(scenario) => scenario,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    // More activities and faults than any file of ours cost time, and find nothing more.
    if scenario.wearables.len() > 16 || scenario.faults.len() > 64 || scenario.activity.len() > 64 {
        return;
    }
    let mut simulator = Simulator::new(&scenario, 7, START, DURATION);
    connect(&mut simulator);
    let (mut latest, mut events) = (START, 0);
    while let Some(event) = ready(simulator.next_event()) {
        events += 1;
        assert!(events < 20_000, "half a minute of sensors without an end");
        if let TransportEvent::Notification(notification) = event {
            assert!(notification.received_at >= latest, "events go back in time");
            latest = notification.received_at;
            assert!(notification.bytes.len() <= 512);
            let _ = decode(&notification);
        }
    }
    // The radio takes up to 44 ms.
    assert!(latest <= START + DURATION + 44);
}

pub(crate) fn replay(data: &[u8]) {
    let Ok(mut replay) = Replay::new(data, "foreign") else { return };
    connect(&mut replay);
    let (mut latest, mut played) = (i64::MIN, 0);
    while let Some(event) = ready(replay.next_event()) {
        let TransportEvent::Notification(notification) = event else { continue };
        played += 1;
        assert!(notification.received_at >= latest, "a recording goes back in time");
        latest = notification.received_at;
        let decoded = decode(&notification);
        assert_eq!(decoded.is_ok(), RECORDABLE.contains(&latest), "{decoded:?}");
        if let Ok(decoded) = decoded {
            assert_eq!(notification.characteristic, heart_rate::MEASUREMENT);
            assert_eq!(notification.sensor, SensorId::new("replay-foreign"));
            assert!(matches!(decoded.readings[0].value, Value::Number(0..=65_535)));
        }
    }
    assert!(played <= data.len() / 3, "{played} notifications of {} bytes", data.len());
}
