//! Sensors without a scenario, carried in process: the seam's contract, stored records, pairing.
#![allow(clippy::unwrap_used, clippy::panic)]

use futures_util::FutureExt;
use pulsebook_core::ble::{
    BleTransport, Characteristic, Disconnect, SensorId, TransportError, TransportEvent, contract,
};
use pulsebook_sensor_sim::{
    gatt::{About, Address, AttError, Output, Pairing, Properties, Security, Service, SimSensor},
    in_process::InProcess,
    sensors::{CountedStrap, GlucoseMeter, Hostile, Scripted},
};

const START: i64 = 1_772_366_400_000;
const MEASUREMENT: Characteristic = Characteristic::new(0x1808, 0x2A18);
const ACCESS: Characteristic = Characteristic::new(0x1808, 0x2A52);
const BATTERY: Characteristic = Characteristic::new(0x180F, 0x2A19);

fn scale() -> Scripted {
    let about = About::new("scale", "Scale", "scale", Address::simulated(9));
    let properties = Properties::READ | Properties::WRITE | Properties::NOTIFY;
    Scripted::new(about, vec![Service::new(0x180F, &[(0x2A19, properties)])]).answers(BATTERY, &[81])
}

/// Carries one sensor, connected.
fn carried<S: SimSensor>(sensor: S) -> (InProcess<S>, SensorId) {
    let id = SensorId::new(&sensor.about().id);
    let mut carried = InProcess::new(vec![sensor], START, 600_000);
    carried.connect(&id).now_or_never().unwrap().unwrap();
    (carried, id)
}

fn events(transport: &mut dyn BleTransport) -> Vec<TransportEvent> {
    std::iter::from_fn(|| transport.next_event().now_or_never().unwrap()).collect()
}

#[test]
fn counted_and_hostile_sensors_keep_the_seams_contract() {
    for limit in [50, 5000] {
        let strap = CountedStrap::new(1, START, 100, 1000);
        let mut carried = InProcess::new(vec![strap], START, 600_000);
        contract::check(&mut carried, limit).now_or_never().unwrap().unwrap();
        for hostile in Hostile::ALL {
            let mut carried = InProcess::new(vec![hostile.sensor(START)], START, 600_000);
            let kept = contract::check(&mut carried, limit).now_or_never().unwrap();
            assert_eq!(kept, Ok(()), "{hostile:?}");
        }
    }
}

#[test]
fn a_backfill_that_is_cut_goes_on_where_it_was_cut() {
    let (mut carried, meter) = carried(GlucoseMeter::new(3, START, 100, 10).cut_after(4));
    let ask = |carried: &mut InProcess<GlucoseMeter>, request: &[u8]| {
        carried.subscribe(&meter, MEASUREMENT).now_or_never().unwrap().unwrap();
        carried.subscribe(&meter, ACCESS).now_or_never().unwrap().unwrap();
        carried.write(&meter, ACCESS, request).now_or_never().unwrap()
    };
    ask(&mut carried, &[1, 1]).unwrap();
    let mut numbers = Vec::new();
    while let Some(event) = carried.next_event().now_or_never().unwrap() {
        match event {
            TransportEvent::Notification(sent) if sent.characteristic == MEASUREMENT => {
                numbers.push(u16::from_le_bytes([sent.bytes[1], sent.bytes[2]]));
            }
            TransportEvent::Notification(done) => assert_eq!(done.bytes, [6, 0, 1, 1]),
            TransportEvent::Disconnected { reason, .. } => assert_eq!(reason, Disconnect::BySensor),
            TransportEvent::Connected(_) if numbers.len() == 4 => {
                ask(&mut carried, &[1, 3, 1, 104, 0]).unwrap()
            }
            _ => {}
        }
    }
    assert_eq!(numbers, (100..110).collect::<Vec<u16>>());
}

#[test]
fn a_protected_sensor_is_paired_with_unless_it_refuses() {
    let (mut open, id) = carried(scale().protected(Pairing::Passkey(1), Security::Authenticated));
    assert_eq!(open.read(&id, BATTERY).now_or_never().unwrap(), Ok(vec![81]));
    let (mut shut, id) = carried(scale().protected(Pairing::Refused, Security::Encrypted));
    let refused = shut.read(&id, BATTERY).now_or_never().unwrap().unwrap_err();
    assert!(refused.to_string().contains("ATT error 0x0f"), "{refused}");
}

#[test]
fn a_script_is_followed_and_what_was_written_is_remembered() {
    let script = scale()
        .takes(BATTERY)
        .sends(START + 10, BATTERY, &[80])
        .does(START + 20, Output::OutOfRange)
        .sends(START + 30, BATTERY, &[79])
        .does(START + 40, Output::InRange)
        .sends(START + 50, BATTERY, &[78]);
    let (mut carried, id) = carried(script);
    carried.subscribe(&id, BATTERY).now_or_never().unwrap().unwrap();
    carried.write(&id, BATTERY, &[7]).now_or_never().unwrap().unwrap();
    let sent = events(&mut carried);
    let told = sent.iter().map(|event| match event {
        TransportEvent::Connected(_) => "connected".to_owned(),
        TransportEvent::Disconnected { reason, at, .. } => format!("{reason} at {}", at - START),
        TransportEvent::Notification(sent) => format!("{:?} at {}", sent.bytes, sent.received_at - START),
        _ => "finished".to_owned(),
    });
    let expected =
        ["connected", "[80] at 10", "connection lost at 20", "connected", "[78] at 50", "finished"];
    assert_eq!(told.collect::<Vec<_>>(), expected);
    assert_eq!(carried.sensors().next().unwrap().written(), [(BATTERY, vec![7])]);
}

#[test]
fn errors_of_a_sensor_are_told_with_their_code() {
    let (mut carried, id) = carried(scale().refuses(BATTERY, AttError(0x81)));
    let refused = carried.read(&id, BATTERY).now_or_never().unwrap().unwrap_err();
    assert!(matches!(refused, TransportError::Refused { code: 0x81, .. }), "{refused}");
    let foreign = Characteristic::new(0x180F, 0x2A1A);
    let refused = carried.write(&id, foreign, &[1]).now_or_never().unwrap().unwrap_err();
    assert!(matches!(refused, TransportError::NotOffered { operation: "write", .. }), "{refused}");
}
