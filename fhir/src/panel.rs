//! Blood pressure: systolic, diastolic and mean of one measurement as components of one Observation.

use crate::{
    code,
    judgement::{put_absent, put_value, words},
    scribe::{Named, PANEL, Scribe, put_note},
};
use pulsebook_protocol::{
    quality::{Mark, Quality},
    reading::{Reading, UnixMillis},
    vital::Vital,
};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// Measurements of one segment by time; the number tells apart those of one time.
#[derive(Default)]
pub(crate) struct Panels(BTreeMap<(UnixMillis, u32), [Option<Reading>; 3]>);

impl Panels {
    pub(crate) fn takes(vital: Vital) -> bool {
        PANEL.contains(&vital)
    }

    /// Puts a pressure to its measurement: the first of that time that still lacks it.
    pub(crate) fn add(&mut self, reading: Reading) {
        let Some(place) = PANEL.iter().position(|vital| *vital == reading.vital) else { return };
        let of_this_time = self.0.range((reading.measured_at, 0)..=(reading.measured_at, u32::MAX));
        let taken = of_this_time.filter(|(_, panel)| panel[place].is_some()).count();
        let number = u32::try_from(taken).unwrap_or(u32::MAX);
        self.0.entry((reading.measured_at, number)).or_default()[place] = Some(reading);
    }

    pub(crate) fn finish(self, scribe: Scribe<'_>) -> impl Iterator<Item = Named> {
        self.0.into_iter().filter_map(move |((_, number), panel)| write(scribe, &panel, number))
    }
}

/// One panel. Systolic and diastolic are demanded by the profile: one that did not come is absent, reason unknown.
fn write(scribe: Scribe<'_>, panel: &[Option<Reading>; 3], number: u32) -> Option<Named> {
    let readings: Vec<Reading> = panel.iter().flatten().copied().collect();
    let first = *readings.first()?;
    let quality = readings.iter().fold(Quality::GOOD, |all, reading| all.union(reading.quality));
    let uuid = scribe.uuid(&readings, number);
    let head = Reading { quality, ..first };
    let mut observation =
        scribe.start(uuid, &head, Some(code::PRESSURE_PROFILE), quality.has(Mark::TestData));
    observation.insert("code".into(), code::pressure_panel());
    let components =
        PANEL.iter().zip(panel).filter_map(|(vital, reading)| component(*vital, reading.as_ref()));
    observation.insert("component".into(), Json::Array(components.collect()));
    let notes =
        readings.iter().filter_map(|reading| Some(format!("{}: {}", reading.vital.name(), words(reading)?)));
    put_note(&mut observation, notes, scribe.origin());
    Some(Named { uuid, resource: Json::Object(observation) })
}

fn component(vital: Vital, reading: Option<&Reading>) -> Option<Json> {
    let mut component = Map::new();
    component.insert("code".into(), code::vital_code(vital));
    match reading {
        Some(reading) => put_value(&mut component, reading),
        None if vital == Vital::MeanArterialPressure => return None,
        None => put_absent(&mut component, "unknown", "Unknown"),
    }
    Some(json!(component))
}
