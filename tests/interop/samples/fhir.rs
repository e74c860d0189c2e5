//! A Bundle with every vital under every quality mark, every reason of absence and every origin.

use pulsebook_fhir::write_bundle;
use pulsebook_protocol::{
    bytes::ChainId,
    quality::{Mark, Quality},
    reading::{Absent, Origin, Reading, Value},
    segment::Sensor,
    vital::Vital,
};

const START: i64 = 1_793_527_200_000;

/// A value that a living body has.
fn usual(vital: Vital) -> i32 {
    match vital {
        Vital::HeartRate => 72,
        Vital::RrInterval => 850,
        Vital::BodyTemperature => 3_700,
        Vital::OxygenSaturation => 980,
        Vital::SystolicPressure => 1_200,
        Vital::DiastolicPressure => 800,
        Vital::MeanArterialPressure => 930,
        _ => 700,
    }
}

/// Good, each mark alone, all marks at once, each absence; a minute apart.
fn readings(vital: Vital) -> Vec<Reading> {
    let all = Mark::ALL.iter().fold(Quality::GOOD, |quality, mark| quality.with(*mark));
    let qualities = [Quality::GOOD, all].into_iter();
    let qualities = qualities.chain(Mark::ALL.iter().map(|mark| Quality::GOOD.with(*mark)));
    let marked = qualities.map(|quality| (Value::Number(usual(vital)), quality));
    let absent = Absent::ALL.into_iter().map(|reason| (Value::Absent(reason), Quality::GOOD));
    let minute =
        |(minute, (value, quality))| Reading { vital, measured_at: START + 60_000 * minute, value, quality };
    (0i64..).zip(marked.chain(absent)).map(minute).collect()
}

pub(crate) fn bundle() -> Vec<u8> {
    let origins = [Origin::Measured, Origin::Simulated, Origin::Replayed, Origin::Manual];
    let sensor = |id: &str| Sensor { id: id.into(), kind: "chest strap".into() };
    let every = (sensor("s-every"), Origin::Simulated, Vital::ALL.into_iter().flat_map(readings).collect());
    let few = origins.into_iter().map(|origin| {
        let one = |vital| Reading { quality: Quality::GOOD, ..readings(vital)[0] };
        let readings: Vec<Reading> = Vital::ALL.into_iter().map(one).collect();
        (sensor(&format!("s-{origin:?}")), origin, readings)
    });
    let mut out = Vec::new();
    write_bundle(&mut out, &ChainId::from_bytes([3; 32]), std::iter::once(every).chain(few)).unwrap();
    out
}
