//! A Bundle with every vital of every origin, and one of each kind under every quality mark and reason of absence.

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
        Vital::BodyWeight => 70_000,
        _ => 700,
    }
}

/// One vital of each kind of Observation: with a profile, with two codes, without LOINC, in a panel, of the laboratory. They
/// take every mark and absence one by one; the others need not, or the judge's minutes would grow with every vital.
fn thorough(vital: Vital) -> bool {
    matches!(
        vital,
        Vital::HeartRate
            | Vital::OxygenSaturation
            | Vital::RrInterval
            | Vital::SystolicPressure
            | Vital::DiastolicPressure
            | Vital::MeanArterialPressure
            | Vital::GlucoseCapillaryBlood
    )
}

/// Good, all marks at once, each mark alone, each absence; a minute apart.
fn readings(vital: Vital) -> Vec<Reading> {
    let all = Mark::ALL.iter().fold(Quality::GOOD, |quality, mark| quality.with(*mark));
    let (marks, absences) =
        if thorough(vital) { (Mark::ALL, &Absent::ALL[..]) } else { (&[][..], &Absent::ALL[..1]) };
    let qualities = [Quality::GOOD, all].into_iter();
    let qualities = qualities.chain(marks.iter().map(|mark| Quality::GOOD.with(*mark)));
    let marked = qualities.map(|quality| (Value::Number(usual(vital)), quality));
    let absent = absences.iter().map(|reason| (Value::Absent(*reason), Quality::GOOD));
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
