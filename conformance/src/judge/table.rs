//! What a sensor must have: its characteristics, their properties, and an answer to every read.

use super::words::{answered, some};
use crate::{
    clause::{Clause, Finding},
    profile::{Profile, Required},
    session::{Answer, Session, Step, Task, What},
};
use pulsebook_core::ble::{Characteristic, Properties};

pub(super) fn findings(session: &Session, profile: &Profile) -> Vec<Finding> {
    let each = profile.characteristics.iter();
    let mut findings: Vec<Finding> =
        each.flat_map(|required| of_characteristic(session, profile, required)).collect();
    findings.push(reads(session, profile));
    findings.push(subscriptions(session, profile));
    findings
}

fn of_characteristic(session: &Session, profile: &Profile, required: &Required) -> Vec<Finding> {
    let at = Characteristic::new(profile.service, required.number);
    let has = session.properties(at);
    let source = (profile.standard, required.section);
    let mut findings = Vec::new();
    if required.mandatory {
        let about = format!("{:04X}.present", required.number);
        let title = format!("It has the {} characteristic", required.name);
        let expected = format!("characteristic {:04X} in service {:04X}", required.number, profile.service);
        let clause = Clause::new((profile.service, &about), title, source, expected);
        findings.push(match has {
            Some(_) => clause.pass("it is there"),
            None => clause.fail("it is not there", session.trace(Task::Connect, 0)),
        });
    }
    if required.properties != Properties::default() {
        let about = format!("{:04X}.properties", required.number);
        let title = format!("The {} characteristic has the properties it must have", required.name);
        let clause = Clause::new((profile.service, &about), title, source, required.properties.to_string());
        findings.push(match has {
            None => clause.not_applicable("the sensor does not have it"),
            Some(has) if has.0 & required.properties.0 == required.properties.0 => {
                clause.pass(has.to_string())
            }
            Some(has) => clause.fail(has.to_string(), session.trace(Task::Connect, 0)),
        });
    }
    findings
}

/// Whatever says that it can be read answers.
fn reads(session: &Session, profile: &Profile) -> Finding {
    let clause = Clause::new(
        (profile.service, "reads"),
        "Every characteristic that can be read answers",
        ("Bluetooth Core Specification 5.4", "Vol 3 Part G 3.3.1.1 Characteristic Properties"),
        "a value for each read",
    );
    let reads = done(session, profile, Task::Survey, What::Read);
    all_done(session, clause, &reads, ("read", "nothing can be read"))
}

/// Whatever says that it sends can be subscribed to.
fn subscriptions(session: &Session, profile: &Profile) -> Finding {
    let clause = Clause::new(
        (profile.service, "subscriptions"),
        "Every characteristic that notifies or indicates can be subscribed to",
        ("Bluetooth Core Specification 5.4", "Vol 3 Part G 3.3.3.3 Client Characteristic Configuration"),
        "each subscription is accepted",
    );
    let subscribed = done(session, profile, Task::Subscribe, What::Subscribe);
    all_done(session, clause, &subscribed, ("subscription", "nothing sends"))
}

fn done<'a>(session: &'a Session, profile: &Profile, task: Task, what: What) -> Vec<(usize, &'a Step)> {
    let part = session.part(task, 0).unwrap_or_default();
    let mine = |step: &Step| step.what == what && step.place.is_some_and(|at| at.service == profile.service);
    part.into_iter().filter(|(_, step)| mine(step)).collect()
}

/// A request that came to nothing for want of a link or a bond says nothing of the sensor.
fn all_done(
    session: &Session,
    clause: Clause,
    steps: &[(usize, &Step)],
    (word, none): (&str, &str),
) -> Finding {
    let undone = steps.iter().filter(|(_, step)| step.answer != Answer::Done);
    let (open, failed): (Vec<_>, Vec<_>) =
        undone.partition(|(_, step)| step.answer == Answer::NoLink || session.is_unpaired(step));
    match failed.first() {
        None if !open.is_empty() || session.lost(Task::Survey, 0) || session.lost(Task::Subscribe, 0) => {
            clause.not_tested(session.why_not())
        }
        _ if steps.is_empty() => clause.not_applicable(none),
        None => clause.pass(format!("{} answered", some(steps.len(), word))),
        Some((_, step)) => {
            let whose = step.place.map(|at| at.to_string()).unwrap_or_default();
            clause.fail(
                format!("{whose}: {}", answered(step)),
                failed.iter().map(|(number, _)| *number).collect(),
            )
        }
    }
}
