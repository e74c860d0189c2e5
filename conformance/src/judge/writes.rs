//! Behaviour on bad writes: unknown requests to control points, and values of a wrong length.

use super::words::{answered, said};
use crate::{
    clause::{Clause, Finding},
    course::{CONTROL_POINTS, WRONG_LENGTHS, is_clock},
    profile::Profile,
    session::{Answer, NOT_SET, Session, Step, Task, UNPAIRED, What},
};
use pulsebook_core::ble::{Characteristic, Properties};

/// The Heart Rate Control Point answers what it does not know with this error of its own.
const CONTROL_POINT_NOT_SUPPORTED: u8 = 0x80;

pub(super) fn findings(session: &Session, profile: &Profile) -> Vec<Finding> {
    let writable =
        |at: Characteristic| at.service == profile.service && session.offers(at, Properties::WRITE);
    let part = |task| session.part(task, profile.service).unwrap_or_default();
    let mut findings = Vec::new();
    if CONTROL_POINTS.iter().any(|(at, _)| writable(*at)) {
        findings.push(control_point(session, profile, &part(Task::UnknownProcedure)));
    }
    if WRONG_LENGTHS.iter().any(|(at, _)| writable(*at)) {
        findings.push(wrong_length(session, profile, &part(Task::ShortWrite)));
    }
    findings
}

fn control_point(session: &Session, profile: &Profile, part: &[(usize, &Step)]) -> Finding {
    let trace = session.trace(Task::UnknownProcedure, profile.service);
    let clause = |section, expected: &str| {
        let title = "A request that its control point does not know is refused";
        Clause::new((profile.service, "control-point"), title, (profile.standard, section), expected)
    };
    let written = part.iter().find(|(_, step)| step.what == What::Write).map(|(_, step)| *step);
    if profile.service == 0x180D {
        let clause = clause("3.3 Heart Rate Control Point", "ATT error 0x80 (Control Point Not Supported)");
        return match written {
            Some(step) if step.answer == Answer::Att(CONTROL_POINT_NOT_SUPPORTED) => {
                clause.pass(answered(step))
            }
            Some(step) if step.answer == Answer::NoLink || session.is_unpaired(step) => {
                clause.not_tested(session.why_not())
            }
            Some(step) => clause.fail(answered(step), trace),
            None => clause.not_tested(session.why_not()),
        };
    }
    let request = written.and_then(|step| step.bytes.first().copied()).unwrap_or_default();
    let expected = "a response with the request's op code and \"op code not supported\" (02)";
    let section = match profile.service {
        0x181F => "3.7 CGM Specific Ops Control Point",
        _ => "its control point (response codes)",
    };
    let clause = clause(section, expected);
    let response =
        part.iter().find(|(_, step)| step.is_sent() && step.place == written.and_then(|step| step.place));
    match (written, response) {
        (Some(step), _) if step.answer == Answer::NoLink || session.is_unpaired(step) => {
            clause.not_tested(session.why_not())
        }
        (Some(step), None) => {
            clause.fail(format!("{}; nothing was indicated within 30 s", answered(step)), trace)
        }
        (_, Some((_, step))) if matches!(step.bytes.as_slice(), [_, op, 2, ..] if *op == request) => {
            clause.pass(said(&step.bytes))
        }
        (_, Some((_, step))) => clause.fail(said(&step.bytes), trace),
        (None, None) => clause.not_tested(session.why_not()),
    }
}

fn wrong_length(session: &Session, profile: &Profile, part: &[(usize, &Step)]) -> Finding {
    let clause = Clause::new(
        (profile.service, "wrong-length"),
        "A value of a wrong length is refused",
        (
            "Bluetooth Core Specification 5.4",
            "Vol 3 Part F 3.4.1.1 Error Response (Invalid Attribute Value Length)",
        ),
        "an ATT error",
    );
    let only_clocks = WRONG_LENGTHS
        .iter()
        .filter(|(at, _)| at.service == profile.service && session.offers(*at, Properties::WRITE))
        .all(|(at, _)| is_clock(*at));
    if only_clocks && session.offset_minutes.is_none() {
        return clause.not_tested(NOT_SET);
    }
    let writes: Vec<_> = part.iter().filter(|(_, step)| step.what == What::Write).collect();
    let accepted: Vec<_> = writes.iter().filter(|(_, step)| step.answer == Answer::Done).collect();
    if let Some((_, step)) = accepted.first() {
        let came = format!("{} was accepted", said(&step.bytes));
        return clause.fail(came, accepted.iter().map(|(number, _)| *number).collect());
    }
    let refused = |step: &Step| matches!(step.answer, Answer::Att(_)) && !session.is_unpaired(step);
    match (writes.iter().find(|(_, step)| !refused(step)), writes.first()) {
        (Some((_, step)), _) if session.is_unpaired(step) => clause.not_tested(UNPAIRED),
        // Some systems look at the length themselves, and a sensor that is gone answers nothing: no error of the sensor's.
        (Some((_, step)), _) => {
            clause.not_tested(format!("the sensor itself answered nothing: {}", answered(step)))
        }
        (None, Some((_, step))) => clause.pass(answered(step)),
        (None, None) => clause.not_tested(session.why_not()),
    }
}
