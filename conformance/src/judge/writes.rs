//! Behaviour on bad writes: unknown requests to control points, and values of a wrong length.

use super::words::{answered, said};
use crate::{
    clause::{Clause, Finding},
    profile::Profile,
    session::{Answer, Session, Step, Task, What},
};

/// The Heart Rate Control Point answers what it does not know with this error of its own.
const CONTROL_POINT_NOT_SUPPORTED: u8 = 0x80;

pub(super) fn findings(session: &Session, profile: &Profile) -> Vec<Finding> {
    let unknown = session.part(Task::UnknownProcedure, profile.service);
    let wrong = session.part(Task::ShortWrite, profile.service);
    let unknown = unknown.map(|part| control_point(session, profile, &part));
    unknown.into_iter().chain(wrong.map(|part| wrong_length(profile, &part))).collect()
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
            Some(step) => clause.fail(answered(step), trace),
            None => clause.not_tested("the link was lost"),
        };
    }
    let request = written.and_then(|step| step.bytes.first().copied()).unwrap_or_default();
    let expected = "a response with the request's op code and \"op code not supported\" (02)";
    let clause = clause("its control point (response codes)", expected);
    let response =
        part.iter().find(|(_, step)| step.is_sent() && step.place == written.and_then(|step| step.place));
    match (written, response) {
        (Some(step), None) => {
            clause.fail(format!("{}; nothing was indicated within 30 s", answered(step)), trace)
        }
        (_, Some((_, step))) if matches!(step.bytes.as_slice(), [_, op, 2, ..] if *op == request) => {
            clause.pass(said(&step.bytes))
        }
        (_, Some((_, step))) => clause.fail(said(&step.bytes), trace),
        (None, None) => clause.not_tested("the link was lost"),
    }
}

fn wrong_length(profile: &Profile, part: &[(usize, &Step)]) -> Finding {
    let clause = Clause::new(
        (profile.service, "wrong-length"),
        "A value of a wrong length is refused",
        (
            "Bluetooth Core Specification 5.4",
            "Vol 3 Part F 3.4.1.1 Error Response (Invalid Attribute Value Length)",
        ),
        "an ATT error",
    );
    let accepted: Vec<_> =
        part.iter().filter(|(_, step)| step.what == What::Write && step.answer == Answer::Done).collect();
    match (accepted.first(), part.first()) {
        (Some((_, step)), _) => {
            let came = format!("{} was accepted", said(&step.bytes));
            clause.fail(came, accepted.iter().map(|(number, _)| *number).collect())
        }
        (None, Some((_, step))) => clause.pass(answered(step)),
        (None, None) => clause.not_tested("the link was lost"),
    }
}
