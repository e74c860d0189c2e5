//! The link: who it is, bonding where the profile asks for it, coming back, and what was confirmed not coming again.

use super::words::{answered, some};
use crate::{
    clause::{Clause, Finding},
    profile::{Profile, profile},
    session::{Answer, Session, Step, Task, What},
};
use pulsebook_core::{
    ble::Characteristic,
    decode::{Kind, format_of},
};

const MAKER: Characteristic = Characteristic::new(0x180A, 0x2A29);

pub(super) fn findings(session: &Session) -> Vec<Finding> {
    vec![introduction(session), returns(session), resumes(session)]
}

pub(super) fn of_service(session: &Session, profile: &Profile) -> Vec<Finding> {
    let mut findings = vec![confirmed(session, profile)];
    if profile.bonds {
        findings.extend([asks_for_bond(session, profile), keeps_bond(session, profile)]);
    }
    findings
}

/// Health profiles ask for Device Information with the maker's name.
fn introduction(session: &Session) -> Finding {
    let asks = session.services().into_iter().filter_map(profile).find(|profile| profile.introduces_itself);
    let standard = asks.map_or("the health profiles", |profile| profile.profile);
    let clause = Clause::new(
        (0, "maker"),
        "It has Device Information with its maker's name",
        (standard, "Device Information Service requirements"),
        "Manufacturer Name String (2A29) of service 180A",
    );
    match (asks, session.properties(MAKER)) {
        (None, _) => clause.not_applicable("none of its profiles asks for it"),
        (_, Some(_)) => clause.pass("it is there"),
        (_, None) => clause.fail("it is not there", session.trace(Task::Connect, 0)),
    }
}

fn returns(session: &Session) -> Finding {
    let clause = Clause::new(
        (0, "returns"),
        "After the link was ended it can be connected to again, and answers",
        ("Bluetooth Core Specification 5.4", "Vol 3 Part C 9.3 (connection establishment)"),
        "a link within a minute, and an answer to a read",
    );
    let trace = session.trace(Task::Reconnect, 0);
    let part = session.part(Task::Reconnect, 0).unwrap_or_default();
    if !part.iter().any(|(_, step)| step.what == What::Connected) {
        return clause.fail("the link did not come back within a minute", trace);
    }
    match part.iter().find(|(_, step)| step.what == What::Read) {
        Some((_, step)) if step.answer != Answer::Done => clause.fail(answered(step), trace),
        _ => clause.pass("it came back"),
    }
}

/// A stream that ran before the reconnection runs after it.
fn resumes(session: &Session) -> Finding {
    let clause = Clause::new(
        (0, "resumes"),
        "After a reconnection it sends again to whoever subscribes",
        ("Bluetooth Core Specification 5.4", "Vol 3 Part G 3.3.3.3 Client Characteristic Configuration"),
        "values of each characteristic that sent several before",
    );
    let before = streams(session, Task::Watch);
    let after = streams(session, Task::WatchAgain);
    let quiet: Vec<_> = before
        .iter()
        .filter(|(_, count)| *count > 2)
        .filter(|(at, _)| !after.iter().any(|(again, _)| again == at))
        .collect();
    match quiet.first() {
        _ if !before.iter().any(|(_, count)| *count > 2) => {
            clause.not_tested("nothing sent more than two values while it was listened to")
        }
        _ if session.part(Task::WatchAgain, 0).is_none() => clause.not_tested("the link did not come back"),
        None => clause.pass("it sends again"),
        Some((at, count)) => {
            let came = format!("{at} sent {count} values before and none after");
            let trace =
                session.trace(Task::Reconnect, 0).into_iter().chain(session.trace(Task::WatchAgain, 0));
            clause.fail(came, trace.collect())
        }
    }
}

/// The streams that sent something during a task, with how much.
fn streams(session: &Session, task: Task) -> Vec<(Characteristic, usize)> {
    let mut counts: Vec<(Characteristic, usize)> = Vec::new();
    for (_, step) in session.part(task, 0).unwrap_or_default() {
        let Some(at) = step.place.filter(|at| step.is_sent() && is(*at, Kind::Stream)) else { continue };
        match counts.iter_mut().find(|(counted, _)| *counted == at) {
            Some((_, count)) => *count += 1,
            None => counts.push((at, 1)),
        }
    }
    counts
}

fn is(at: Characteristic, kind: Kind) -> bool {
    format_of(at).is_some_and(|format| format.kind == kind)
}

/// An indication that was confirmed is done with.
fn confirmed(session: &Session, profile: &Profile) -> Finding {
    let clause = Clause::new(
        (profile.service, "confirmed"),
        "A measurement that was confirmed is not sent again",
        ("Bluetooth Core Specification 5.4", "Vol 3 Part G 4.11.1 Indications"),
        "each time-stamped measurement once",
    );
    let stamped = |step: &Step| step.what == What::Indication && step.bytes.len() > 8;
    let indicated: Vec<_> = session
        .values(profile.service)
        .filter(|(_, step, at)| is(*at, Kind::Spot) && stamped(step))
        .collect();
    let again = indicated.iter().enumerate().find_map(|(place, (number, step, at))| {
        let first = indicated
            .iter()
            .take(place)
            .find(|(_, other, place)| place == at && other.bytes == step.bytes)?;
        Some((first.0, *number))
    });
    match again {
        _ if indicated.is_empty() => clause.not_applicable("it indicates no time-stamped measurement"),
        None => clause.pass(format!("{} came, each once", some(indicated.len(), "measurement"))),
        Some((first, second)) => {
            clause.fail("the same measurement came again after it was confirmed", vec![first, second])
        }
    }
}

fn asks_for_bond(session: &Session, profile: &Profile) -> Finding {
    let clause = Clause::new(
        (profile.service, "bond"),
        "Its values are given over an encrypted link to a bonded device only",
        (profile.profile, "security considerations (LE Security Mode 1, Level 2 or 3; bonding)"),
        "a bond is made before the first value is read",
    );
    match session.bonds {
        [_, Some(true), _] => clause.pass("there was a bond when its values came"),
        [_, Some(false), _] => {
            clause.fail("everything was given without a bond", session.trace(Task::Survey, 0))
        }
        [_, None, _] => clause.not_tested("this system does not tell of bonds"),
    }
}

fn keeps_bond(session: &Session, profile: &Profile) -> Finding {
    let clause = Clause::new(
        (profile.service, "bond-kept"),
        "The bond holds when the link is made again",
        (profile.profile, "bonding"),
        "the link is encrypted with the stored keys, without pairing anew",
    );
    match session.bonds {
        [_, Some(true), Some(true)] => clause.pass("it holds"),
        [_, Some(true), Some(false)] => clause.fail("it is gone", session.trace(Task::Reconnect, 0)),
        _ => clause.not_tested("there was none, or this system does not tell"),
    }
}
