//! What the simulator sends, flag by flag: printed as a table, and never less than it was.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use futures_util::FutureExt;
use pulsebook_core::{
    ble::{BleTransport, TransportEvent},
    decode::{Context, FORMATS, Format, Kind, Says, format_of},
};
use pulsebook_sensor_sim::{Scenario, in_process::InProcess, sensors::Exemplar, wearables};
use std::collections::{BTreeMap, BTreeSet};

const START: i64 = 1_772_366_400_000;
const MINUTE: i64 = 60_000;

/// The flags seen of each characteristic that sends measurements, by their standard's names.
type Seen = BTreeMap<(u16, u16), BTreeSet<String>>;

/// Looks at everything that comes from these sensors.
fn watch(transport: &mut dyn BleTransport, seen: &mut Seen) {
    for sensor in transport.scan().now_or_never().unwrap().unwrap() {
        transport.connect(&sensor.id).now_or_never().unwrap().unwrap();
        for at in sensor.notifies {
            // One that wants to be paired first is paired in process; control points send nothing by themselves.
            transport.subscribe(&sensor.id, at).now_or_never().unwrap().unwrap();
        }
        for access in
            [0x1808, 0x181F].map(|service| pulsebook_core::ble::Characteristic::new(service, 0x2A52))
        {
            let _ = transport.write(&sensor.id, access, &[1, 1]).now_or_never().unwrap();
        }
    }
    while let Some(event) = transport.next_event().now_or_never().unwrap() {
        let TransportEvent::Notification(sent) = event else { continue };
        let Some(format) = format_of(sent.characteristic).filter(|format| measures(format)) else { continue };
        let at = (sent.characteristic.service, sent.characteristic.characteristic);
        let flags = seen.entry(at).or_default();
        let (fields, _) = format.explain(&sent.bytes, &Context::at(sent.received_at));
        for field in fields {
            if let Says::Flags(set) = field.says {
                flags.extend(set.into_iter().map(|flag| format!("{}: {flag}", field.name)));
            }
        }
    }
}

fn measures(format: &Format) -> bool {
    matches!(format.kind, Kind::Stream | Kind::Spot)
}

fn everything() -> Seen {
    let mut seen = Seen::new();
    for scenario in Scenario::builtin() {
        // Faults are spread over the time, however long it is.
        let length = if scenario.wearables.len() == 1 { 1440 * MINUTE } else { 30 * MINUTE };
        let worn = wearables(&scenario, 5, START, length);
        watch(&mut InProcess::new(worn, START, length), &mut seen);
    }
    let exemplars = Exemplar::ALL.map(|exemplar| exemplar.sensor(START)).into();
    watch(&mut InProcess::new(exemplars, START, 2 * MINUTE), &mut seen);
    seen
}

#[test]
fn the_flags_that_the_simulator_sends_are_at_least_these() {
    let seen = everything();
    println!("| characteristic | flags that are sent |");
    for format in FORMATS.iter().copied().flatten().filter(|format| measures(format)) {
        let at = (format.characteristic.service, format.characteristic.characteristic);
        let flags = seen.get(&at).map(|flags| flags.iter().cloned().collect::<Vec<_>>().join(", "));
        let flags = flags.unwrap_or_else(|| "not sent".to_owned());
        println!("| {:04X} {} | {flags} |", at.1, format.name);
    }
    let has = |at: (u16, u16), words: &str| {
        let flags = seen.get(&at).unwrap_or_else(|| panic!("{:04X} is never sent", at.1));
        assert!(flags.iter().any(|flag| flag.contains(words)), "{:04X}: no {words} in {flags:?}", at.1);
    };
    for (characteristic, words) in [
        ((0x180D, 0x2A37), "RR-Interval"),
        ((0x180D, 0x2A37), "Contact"),
        ((0x180D, 0x2A37), "Energy"),
        ((0x1809, 0x2A1C), "Time Stamp"),
        ((0x1809, 0x2A1C), "Type"),
        ((0x1810, 0x2A35), "Pulse Rate"),
        ((0x1810, 0x2A35), "User ID"),
        ((0x1822, 0x2A5E), "Pulse Amplitude"),
        ((0x1822, 0x2A5E), "Status"),
        ((0x181F, 0x2AA7), "Trend"),
        ((0x1808, 0x2A18), "Concentration"),
    ] {
        has(characteristic, words);
    }
    let sent = [0x2A1E, 0x2A36, 0x2A5F, 0x2A9D, 0x2A9C, 0x2A53, 0x2A5B];
    for number in sent {
        assert!(
            seen.keys().any(|(_, characteristic)| *characteristic == number),
            "{number:04X} is never sent"
        );
    }
}
