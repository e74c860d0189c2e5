//! Scenarios, recordings and traces: refused with words, or played to their end.

use pulsebook_core::{
    ble::{BleTransport, Origin, SensorId, TransportEvent},
    decode::{RECORDABLE, decode, heart_rate},
};
use pulsebook_protocol::reading::Value;
use pulsebook_sensor_sim::{Scenario, Simulator, replay::Replay, trace::Played};
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

/// Everything a trace offers is asked for; what comes is ordered, bounded and by sensors that were asked for.
pub(crate) fn trace(data: &[u8]) {
    let mut played = match Played::new(data) {
        Ok(played) => played,
        Err(error) => {
            return assert!(
                error.to_string().starts_with("line ") || error.to_string().starts_with("the trace ")
            );
        }
    };
    let simulated = played.header().simulated;
    let found = ready(played.scan()).expect("a scan");
    for sensor in &found {
        ready(played.connect(&sensor.id)).expect("a sensor that was found");
    }
    let (mut latest, mut events) = (i64::MIN, 0);
    while let Some(event) = ready(played.next_event()) {
        events += 1;
        match event {
            TransportEvent::Found(sensor) => {
                ready(played.connect(&sensor.id)).expect("a sensor that was found")
            }
            TransportEvent::Connected(sensor) => {
                let origin = if simulated { Origin::Simulated } else { Origin::Replayed };
                assert_eq!(sensor.origin, origin, "what is played is marked");
                assert!(!sensor.name.chars().chain(sensor.id.as_str().chars()).any(char::is_control));
                for characteristic in &sensor.notifies {
                    let _ = ready(played.subscribe(&sensor.id, *characteristic));
                    let _ = ready(played.write(&sensor.id, *characteristic, &[1, 1]));
                    if let Ok(bytes) = ready(played.read(&sensor.id, *characteristic)) {
                        assert!(bytes.len() <= 512);
                    }
                }
            }
            TransportEvent::Notification(sent) => {
                assert!(sent.received_at >= latest && sent.bytes.len() <= 512, "a trace goes back in time");
                latest = sent.received_at;
                let _ = decode(&sent);
            }
            _ => {}
        }
    }
    // A line is longer than sixty bytes; the end is one more event, a connection that was asked for late another.
    assert!(events <= data.len() / 60 * 2 + 2, "{events} events of {} bytes", data.len());
    assert_eq!(ready(played.next_event()), None);
}

/// The example of docs/trace.md, the same as of a real sensor, and its beginning.
pub(crate) fn trace_seeds() -> Vec<Vec<u8>> {
    let page = include_str!("../../docs/trace.md");
    let example =
        page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the example");
    vec![
        example.as_bytes().to_vec(),
        example.replace("\"simulated\":true", "\"simulated\":false").into_bytes(),
        example.lines().take(4).collect::<Vec<_>>().join("\n").into_bytes(),
    ]
}
