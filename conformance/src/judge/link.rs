//! The link: who it is, bonding where the profile asks for it, coming back, and what was confirmed not coming again.

use super::{
    bond,
    clock::is_stamped,
    frames::Frames,
    words::{answered, some},
};
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

pub(super) fn of_service(session: &Session, frames: &Frames<'_>, profile: &Profile) -> Vec<Finding> {
    let mut findings = vec![confirmed(session, frames, profile)];
    if profile.bonds {
        findings.extend(bond::findings(session, profile));
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
    let Some(part) = session.part(Task::Reconnect, 0) else { return clause.not_tested(session.why_not()) };
    if !part.iter().any(|(_, step)| step.what == What::Connected) {
        return clause.fail("the link did not come back within a minute", trace);
    }
    match part.iter().rfind(|(_, step)| step.what == What::Read) {
        None => clause
            .not_tested("the link came back; nothing of it can be read, so that nothing could be answered"),
        Some((_, step)) if step.answer == Answer::Done => clause.pass("it came back, and answered a read"),
        Some((_, step)) if step.answer == Answer::NoLink || session.is_unpaired(step) => {
            clause.not_tested(session.why_not())
        }
        Some((_, step)) => clause.fail(answered(step), trace),
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
        _ if session.part(Task::WatchAgain, 0).is_none() || session.lost(Task::WatchAgain, 0) => {
            clause.not_tested(session.why_not())
        }
        None => clause.pass("it sends again"),
        Some((at, _)) if session.steps.iter().any(|step| is_refused(session, step, *at)) => {
            clause.not_tested(session.why_not())
        }
        Some((at, count)) => {
            let came = format!("{at} sent {count} values before and none after");
            let trace =
                session.trace(Task::Reconnect, 0).into_iter().chain(session.trace(Task::WatchAgain, 0));
            clause.fail(came, trace.collect())
        }
    }
}

/// Whether a subscription to it came to nothing for want of a link or a bond.
fn is_refused(session: &Session, step: &Step, at: Characteristic) -> bool {
    let undone = step.answer == Answer::NoLink || session.is_unpaired(step);
    step.what == What::Subscribe && step.place == Some(at) && undone
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

/// An indication that was confirmed is done with. Stored records are asked for, and may come as often as that.
fn confirmed(session: &Session, frames: &Frames<'_>, profile: &Profile) -> Finding {
    let clause = Clause::new(
        (profile.service, "confirmed"),
        "A measurement that was confirmed is not sent again",
        ("Bluetooth Core Specification 5.4", "Vol 3 Part G 4.11.1 Indications"),
        "each time-stamped measurement once",
    );
    let by_itself: Vec<usize> =
        [Task::Watch, Task::WatchAgain].into_iter().flat_map(|task| session.trace(task, 0)).collect();
    let indicated = session.values(profile.service).filter(|(number, step, at)| {
        step.what == What::Indication && is(*at, Kind::Spot) && by_itself.contains(number)
    });
    // Without a time two measurements may well be the same bytes.
    let stamped = |number: &usize| frames.all.iter().any(|frame| frame.step == *number && is_stamped(frame));
    let indicated: Vec<_> = indicated.filter(|(number, ..)| stamped(number)).collect();
    let again = indicated.iter().enumerate().find_map(|(place, (number, step, at))| {
        let first = indicated
            .iter()
            .take(place)
            .find(|(_, other, place)| place == at && other.bytes == step.bytes)?;
        Some((first.0, *number))
    });
    match again {
        _ if indicated.is_empty() => {
            clause.not_applicable("it indicated no time-stamped measurement by itself")
        }
        None => clause.pass(format!("{} came, each once", some(indicated.len(), "measurement"))),
        Some((first, second)) => {
            clause.fail("the same measurement came again after it was confirmed", vec![first, second])
        }
    }
}
