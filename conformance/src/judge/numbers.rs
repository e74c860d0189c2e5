//! Numbers that can be read in one way only: byte order and unit, told by what a living person can have.

use super::{
    frames::{Frame, Frames, SHOWN, in_all},
    words::{said, some},
};
use crate::{
    clause::{Clause, Finding},
    profile::Profile,
};
use pulsebook_core::decode::{Context, Says};

/// A field, its unit, and the numbers that a measurement of a living person can be.
type Plausible = (&'static str, &'static str, f64, f64);

/// Wide on purpose: what lies outside is not rare but impossible.
const PLAUSIBLE: &[Plausible] = &[
    ("Heart Rate Measurement Value", "/min", 20.0, 300.0),
    ("RR-Interval", "s", 0.2, 3.5),
    ("Temperature Measurement Value", "°C", 25.0, 45.0),
    ("Temperature Measurement Value", "°F", 77.0, 113.0),
    ("Systolic", "mmHg", 45.0, 300.0),
    ("Systolic", "kPa", 6.0, 40.0),
    ("Diastolic", "mmHg", 25.0, 200.0),
    ("Diastolic", "kPa", 3.3, 27.0),
    ("Mean Arterial Pressure", "mmHg", 30.0, 240.0),
    ("Mean Arterial Pressure", "kPa", 4.0, 32.0),
    ("SpO2PR-Spot-Check - SpO2", "%", 50.0, 100.0),
    ("SpO2PR-Spot-Check - PR", "/min", 20.0, 300.0),
    ("SpO2PR-Normal - SpO2", "%", 50.0, 100.0),
    ("SpO2PR-Normal - PR", "/min", 20.0, 300.0),
    ("Glucose Concentration", "kg/L", 0.0001, 0.01),
    ("Glucose Concentration", "mol/L", 0.0011, 0.06),
    ("CGM Glucose Concentration", "mg/dL", 10.0, 1000.0),
    ("Weight", "kg", 2.0, 300.0),
    ("Weight", "lb", 4.0, 660.0),
    ("Body Fat Percentage", "%", 2.0, 75.0),
    ("Instantaneous Speed", "m/s", 0.0, 15.0),
];

pub(super) fn findings(frames: &Frames<'_>, profile: &Profile) -> Vec<Finding> {
    if !frames.all.iter().any(|frame| frame.sent && frame.fields.iter().any(|field| is_known(field.name))) {
        return Vec::new();
    }
    let order = Clause::new(
        (profile.service, "byte-order"),
        "Numbers are sent least byte first",
        ("Bluetooth Core Specification 5.4", "Vol 3 Part G 2.4 (little-endian attribute values)"),
        "numbers that a person can have, read least byte first",
    );
    let unit = Clause::new(
        (profile.service, "unit"),
        "Numbers are in the unit that the flags say",
        (profile.standard, "the units flag of the measurement"),
        "a number that a person can have in that unit",
    );
    vec![byte_order(frames, order), units(frames, unit)]
}

/// What a number says of its byte order.
enum Order {
    Right,
    Wrong,
    Either,
}

fn byte_order(frames: &Frames<'_>, clause: Clause) -> Finding {
    let told: Vec<(&Frame<'_>, String, Order)> =
        frames.all.iter().filter(|frame| frame.sent).flat_map(orders).collect();
    let wrong: Vec<_> = told.iter().filter(|(.., order)| matches!(order, Order::Wrong)).collect();
    let right = told.iter().filter(|(.., order)| matches!(order, Order::Right)).count();
    match wrong.first() {
        _ if told.is_empty() => clause.not_tested("no number came that tells its byte order"),
        Some((frame, what, _)) => {
            let steps = wrong.iter().take(SHOWN).map(|(frame, ..)| frame.step).collect();
            let came = format!("{} {}: {what} only most byte first", frame.format.name, said(frame.bytes));
            clause.fail(in_all(came, wrong.len(), told.len()), steps)
        }
        None if right > 0 => {
            clause.pass(format!("{} of {} possible only least byte first", right, some(told.len(), "number")))
        }
        None => clause.not_tested(format!(
            "{} came, possible in either order: no evidence for one of them",
            some(told.len(), "number")
        )),
    }
}

/// Each wide field of a frame, read as it came and with its bytes turned around.
fn orders<'a>(frame: &'a Frame<'a>) -> Vec<(&'a Frame<'a>, String, Order)> {
    let mut found = Vec::new();
    for (place, field) in frame.fields.iter().enumerate() {
        if field.raw.len() < 2 || !is_known(field.name) {
            continue;
        }
        let mut turned = frame.bytes.to_vec();
        if let Some(raw) = turned.get_mut(field.at..field.at + field.raw.len()) {
            raw.reverse();
        }
        let (other, _) = frame.format.explain(&turned, &Context::at(frame.received_at));
        let other = other.get(place).map(|field| is_plausible(field.name, &field.says));
        let order = match (is_plausible(field.name, &field.says), other.unwrap_or(false)) {
            (true, true) => Order::Either,
            (true, false) => Order::Right,
            (false, true) => Order::Wrong,
            (false, false) => continue,
        };
        found.push((frame, format!("{} can be a person's", field.name), order));
    }
    found
}

fn units(frames: &Frames<'_>, clause: Clause) -> Finding {
    let fields = frames.all.iter().filter(|frame| frame.sent);
    let fields: Vec<_> =
        fields.flat_map(|frame| frame.fields.iter().map(move |field| (frame, field))).collect();
    let several: Vec<_> = fields.into_iter().filter(|(_, field)| has_units(field.name)).collect();
    let wrong =
        several.iter().filter_map(|(frame, field)| Some((frame, wrong_unit(field.name, &field.says)?)));
    let wrong: Vec<_> = wrong.collect();
    match wrong.first() {
        _ if several.is_empty() => clause.not_applicable("its numbers have one unit only"),
        None => clause.pass(format!("{} fit their unit", some(several.len(), "number"))),
        Some((frame, why)) => {
            let steps = wrong.iter().take(SHOWN).map(|(frame, _)| frame.step).collect();
            let came = format!("{} {}: {why}", frame.format.name, said(frame.bytes));
            clause.fail(in_all(came, wrong.len(), several.len()), steps)
        }
    }
}

/// A number that is impossible in its unit and possible in another one of the same field.
fn wrong_unit(name: &str, says: &Says) -> Option<String> {
    let Says::Number(number, unit) = says else { return None };
    if is_plausible(name, says) {
        return None;
    }
    let fits = |row: &&Plausible| row.0 == name && row.1 != *unit && (row.2..=row.3).contains(number);
    let other = PLAUSIBLE.iter().find(fits)?;
    Some(format!("{name} is {number} {unit}, which fits {} only", other.1))
}

fn is_plausible(name: &str, says: &Says) -> bool {
    let Says::Number(number, unit) = says else { return false };
    let fits = |row: &Plausible| row.0 == name && row.1 == *unit && (row.2..=row.3).contains(number);
    PLAUSIBLE.iter().any(fits)
}

fn is_known(name: &str) -> bool {
    PLAUSIBLE.iter().any(|row| row.0 == name)
}

fn has_units(name: &str) -> bool {
    PLAUSIBLE.iter().filter(|row| row.0 == name).count() > 1
}
