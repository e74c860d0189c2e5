//! A frame of a stream is decoded without a single allocation, once the caller's memory has grown to the longest.
#![allow(clippy::unwrap_used, clippy::panic)]

use peak_alloc::PeakAlloc;
use pulsebook_core::{
    ble::{Characteristic, Notification, SensorId},
    decode::{Decoded, FORMATS, Kind, decode_into},
};
use std::fs;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// Every published frame of a measurement.
fn frames() -> Vec<Notification> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/frames");
    let mut frames = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let cases: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        for case in &cases {
            let number = u16::from_str_radix(case["characteristic"].as_str().unwrap(), 16).unwrap();
            let bytes = case["bytes"].as_str().unwrap();
            frames.extend(measurement(number).map(|characteristic| {
                Notification {
                    sensor: SensorId::new("sensor"),
                    characteristic,
                    received_at: 1_700_000_000_000,
                    bytes: (0..bytes.len())
                        .step_by(2)
                        .map(|at| u8::from_str_radix(&bytes[at..at + 2], 16).unwrap())
                        .collect(),
                }
            }));
        }
    }
    frames
}

fn measurement(number: u16) -> Option<Characteristic> {
    let formats = FORMATS.iter().copied().flatten();
    let mut found = formats.filter(|format| {
        format.characteristic.characteristic == number && matches!(format.kind, Kind::Stream | Kind::Spot)
    });
    found.next().map(|format| format.characteristic)
}

/// Without libtest, whose own thread allocates beside a test.
fn main() {
    let (frames, mut decoded) = (frames(), Decoded::default());
    assert!(frames.len() > 40, "{} frames", frames.len());
    let mut pass = || frames.iter().filter(|frame| decode_into(frame, &mut decoded).is_ok()).count();
    assert_eq!(pass(), frames.len(), "every published frame is read");
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    for _ in 0..100 {
        pass();
    }
    // Whatever is allocated, and given back at once, raises the peak.
    assert_eq!(ALLOCATED.peak_usage(), before);
}
