//! Frames a second that one core decodes, for each measurement: the longest published frame of each, into one kept `Decoded`.
//!
//! That nothing is allocated on the way is a test (core/tests/decode_allocates_nothing.rs), for a counting allocator would
//! slow every other figure.

use super::{Scale, Tell};
use crate::{
    measure::{cpu, median},
    row::{Bound, Row},
    trouble::Outcome,
};
use pulsebook_core::{
    ble::{Notification, SensorId},
    decode::{Decoded, FORMATS, Format, Kind, decode_into, heart_rate},
};
use serde::Deserialize;
use std::{fs, hint::black_box};

/// Millions of frames a second and core that are asked for.
const HEART_RATE: f64 = 10.0;
const OTHERS: f64 = 2.0;

#[derive(Deserialize)]
struct Published {
    characteristic: String,
    bytes: String,
}

pub(super) fn run(scale: &Scale, _: &[String], tell: Tell<'_>) -> Outcome {
    let published = published()?;
    let calls = if scale.rounds > 1 { 2_000_000 } else { 20_000 };
    let measurements =
        FORMATS.iter().copied().flatten().filter(|format| matches!(format.kind, Kind::Stream | Kind::Spot));
    for format in measurements {
        let Some(notification) = longest(format, &published) else {
            tell(Row::missing(&format!("decode {}", format.name), "no published frame"))?;
            continue;
        };
        let rates: Vec<f64> = (0..scale.rounds).map(|_| rate(&notification, calls)).collect();
        let asked = if format.characteristic == heart_rate::MEASUREMENT { HEART_RATE } else { OTHERS };
        let figure = format!("decode {}, {} B", format.name, notification.bytes.len());
        let ours = (median(&rates), "M frames/s/core");
        tell(Row::ratio(&figure, ours, (asked, "M frames/s asked for"), Bound::AtLeast(1.0)))?;
    }
    Ok(())
}

/// Millions of frames a CPU second.
fn rate(notification: &Notification, calls: u32) -> f64 {
    let mut decoded = Decoded::default();
    let before = cpu();
    for _ in 0..calls {
        let read = decode_into(black_box(notification), &mut decoded);
        assert!(read.is_ok(), "a published frame is read");
        black_box(&decoded);
    }
    f64::from(calls) / (cpu() - before) / 1e6
}

fn longest(format: &Format, published: &[Published]) -> Option<Notification> {
    let number = format!("{:04X}", format.characteristic.characteristic);
    let frames = published.iter().filter(|case| case.characteristic == number).map(|case| bytes(&case.bytes));
    let bytes = frames.max_by_key(Vec::len)?;
    let (sensor, characteristic) = (SensorId::new("sensor"), format.characteristic);
    Some(Notification { sensor, characteristic, received_at: 1_700_000_000_000, bytes })
}

fn published() -> Outcome<Vec<Published>> {
    let mut all = Vec::new();
    for file in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/frames"))? {
        all.extend(serde_json::from_str::<Vec<Published>>(&fs::read_to_string(file?.path())?)?);
    }
    Ok(all)
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).filter_map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()).collect()
}
