//! Time: dates that exist, none from the future, a clock that can be read by whoever gets time stamps, and one that can be set.

use super::{
    frames::{Frame, Frames},
    words::{answered, said, some},
};
use crate::{
    clause::{Clause, Finding},
    profile::Profile,
    session::{Session, Step, Task, What},
};
use pulsebook_core::{
    ble::{Characteristic, Properties},
    decode::{Context, Says, Stamp, Told, current_time, elapsed_time, format_of},
};

/// Fields that hold a Date Time of a measurement.
const STAMPS: [&str; 2] = ["Time Stamp", "Base Time"];
/// A stamp may be so much ahead of the clock, in milliseconds: it may have been rounded.
const AHEAD_MS: i64 = 60_000;
/// A clock that was just set may be so far off, in milliseconds.
const SET_MS: i64 = 3_000;
const CURRENT_TIME: Characteristic = current_time::CURRENT_TIME;

pub(super) fn findings(session: &Session, frames: &Frames<'_>, profile: &Profile) -> Vec<Finding> {
    let mut findings = stamps(session, frames, profile);
    if profile.service == CURRENT_TIME.service {
        findings.extend([impossible(session, profile), set(session, profile)]);
    }
    findings
}

/// A stamp of a measurement that was sent.
struct Stamped<'a> {
    frame: &'a Frame<'a>,
    /// As the field says it.
    text: &'a str,
    /// What the field holds, as local milliseconds.
    at: Stamp,
}

fn stamps(session: &Session, frames: &Frames<'_>, profile: &Profile) -> Vec<Finding> {
    let stamped: Vec<Stamped<'_>> =
        frames.all.iter().filter(|frame| frame.sent).filter_map(stamped).collect();
    if stamped.is_empty() {
        return Vec::new();
    }
    let source = ("GATT Specification Supplement", "Date Time");
    let dates = Clause::new(
        (profile.service, "dates"),
        "Every time stamp is a date that exists, or zeros where it is not known",
        source,
        "a day of the calendar and a time of the day",
    );
    let reported = Clause::new(
        (profile.service, "current-time"),
        "A sensor that time-stamps its measurements reports its current time",
        ("HL7 Personal Health Device Implementation Guide 2.0", "Coincident Timestamp"),
        "Current Time (2A2B) or Current Elapsed Time (2BF2) can be read and shows a time",
    );
    let ahead = Clause::new(
        (profile.service, "not-ahead"),
        "No measurement is stamped later than the sensor's own clock shows",
        ("HL7 Personal Health Device Implementation Guide 2.0", "Coincident Timestamp"),
        "stamps of the present or the past",
    );
    vec![exist(dates, &stamped), reports(session, reported, &stamped), not_ahead(session, ahead, &stamped)]
}

/// Whether a value says when it was measured, with a date that is known.
pub(super) fn is_stamped(frame: &Frame<'_>) -> bool {
    stamped(frame).is_some_and(|stamped| matches!(stamped.at, Stamp::Local(_)))
}

fn stamped<'a>(frame: &'a Frame<'a>) -> Option<Stamped<'a>> {
    let field = STAMPS.iter().find_map(|name| frame.field(name))?;
    let Says::Text(text) = &field.says else { return None };
    // A Current Time with the same seven bytes is read by the decoder that knows the calendar.
    let clock = [field.raw.as_slice(), &[0, 0, 0]].concat();
    Some(Stamped { frame, text, at: shown(&clock, frame.received_at)? })
}

fn exist(clause: Clause, stamped: &[Stamped<'_>]) -> Finding {
    let wrong: Vec<_> = stamped.iter().filter(|stamp| stamp.at == Stamp::Impossible).collect();
    match wrong.first() {
        None => clause.pass(format!("{} looked at", some(stamped.len(), "time stamp"))),
        Some(stamp) => {
            let steps = wrong.iter().take(5).map(|stamp| stamp.frame.step).collect();
            clause.fail(format!("{} says {}", stamp.frame.format.name, stamp.text), steps)
        }
    }
}

fn reports(session: &Session, clause: Clause, stamped: &[Stamped<'_>]) -> Finding {
    let clocks = [CURRENT_TIME, elapsed_time::CURRENT];
    let readable: Vec<_> = clocks.into_iter().filter(|at| session.offers(*at, Properties::READ)).collect();
    let looked = session.steps.iter().filter(|step| step.what == What::Read && step.is_value());
    let mut looked = looked.filter(|step| step.place.is_some_and(|at| readable.contains(&at)));
    let shows =
        |step: &Step| matches!(clock_of(step), Some(Stamp::Local(_) | Stamp::Utc(_) | Stamp::Ticks(_)));
    if looked.any(shows) {
        return clause.pass("its clock was read");
    }
    let first = stamped.iter().take(1).map(|stamp| stamp.frame.step).collect();
    match readable.is_empty() {
        true => clause.fail("its measurements have time stamps, and it has no clock that can be read", first),
        false => clause.fail("its clock was read and shows no time", session.trace(Task::Survey, 0)),
    }
}

fn not_ahead(session: &Session, clause: Clause, stamped: &[Stamped<'_>]) -> Finding {
    let mut compared = 0;
    let mut wrong = Vec::new();
    for stamp in stamped {
        let (Stamp::Local(at), Some((look, offset))) = (stamp.at, clock_before(session, stamp.frame.step))
        else {
            continue;
        };
        compared += 1;
        if at > stamp.frame.received_at + offset + AHEAD_MS {
            wrong.push((look, stamp));
        }
    }
    match wrong.first() {
        _ if compared == 0 => clause.not_tested("its clock could not be read, or the stamps are not known"),
        None => clause.pass(format!("{} compared with its clock", some(compared, "time stamp"))),
        Some((look, stamp)) => {
            let came = format!("{} says {}", stamp.frame.format.name, stamp.text);
            let steps = std::iter::once(*look).chain(wrong.iter().take(4).map(|(_, stamp)| stamp.frame.step));
            clause.fail(came, steps.collect())
        }
    }
}

/// The last look at the sensor's clock before a step: which step, and how far it was from the stand's.
fn clock_before(session: &Session, step: usize) -> Option<(usize, i64)> {
    let before = session.steps.iter().enumerate().take(step);
    before.rev().find_map(|(number, step)| match clock_of(step)? {
        Stamp::Local(shown) => Some((number, shown - step.at)),
        _ => None,
    })
}

fn clock_of(step: &Step) -> Option<Stamp> {
    let clock = [CURRENT_TIME, elapsed_time::CURRENT].contains(&step.place?);
    if !clock || !step.is_value() {
        return None;
    }
    told(step.place?, &step.bytes, step.at)
}

fn told(at: Characteristic, bytes: &[u8], now: i64) -> Option<Stamp> {
    let (_, read) = format_of(at)?.explain(bytes, &Context::at(now));
    match read.ok()?.told? {
        Told::Clock(stamp) => Some(stamp),
        _ => None,
    }
}

fn shown(clock: &[u8], now: i64) -> Option<Stamp> {
    told(CURRENT_TIME, clock, now)
}

/// After an impossible date was written, the clock still shows one that exists.
fn impossible(session: &Session, profile: &Profile) -> Finding {
    let clause = Clause::new(
        (profile.service, "impossible-time"),
        "A date that does not exist is not taken",
        (profile.standard, "3.1 Current Time (write)"),
        "an error, and a clock that goes on",
    );
    if !session.offers(CURRENT_TIME, Properties::WRITE) {
        return clause.not_applicable("its clock cannot be set");
    }
    let Some(part) = session.part(Task::ImpossibleTime, profile.service) else {
        return clause.not_tested(session.why_not());
    };
    let read = part.iter().find(|(_, step)| step.what == What::Read && step.is_value());
    let Some((_, read)) = read else {
        return clause.not_tested("its clock could not be read afterwards");
    };
    match clock_of(read) {
        Some(Stamp::Impossible) | None => {
            let came = format!("after month 13 was written, its clock shows {}", said(&read.bytes));
            clause.fail(came, session.trace(Task::ImpossibleTime, profile.service))
        }
        Some(_) => {
            let write = part.iter().find(|(_, step)| step.what == What::Write);
            clause.pass(write.map_or_else(String::new, |(_, step)| answered(step)))
        }
    }
}

/// The clock shows the time that was written.
fn set(session: &Session, profile: &Profile) -> Finding {
    let clause = Clause::new(
        (profile.service, "set"),
        "A time that is set is the time that is read",
        (profile.standard, "3.1 Current Time (write)"),
        "the time that was written, within three seconds",
    );
    let trace = session.trace(Task::SetTime, profile.service);
    if !session.offers(CURRENT_TIME, Properties::WRITE) {
        return clause.not_applicable("its clock cannot be set");
    }
    let Some(part) = session.part(Task::SetTime, profile.service) else {
        return clause.not_tested(session.why_not());
    };
    let find = |what| part.iter().find(|(_, step)| step.what == what).map(|(_, step)| *step);
    let (Some(written), Some(read)) = (find(What::Write), find(What::Read)) else {
        return clause.not_tested("the link was lost");
    };
    let (Some(Stamp::Local(wanted)), Some(Stamp::Local(shown))) =
        (told(CURRENT_TIME, &written.bytes, written.at), clock_of(read))
    else {
        return clause.fail(format!("written: {}; read: {}", answered(written), said(&read.bytes)), trace);
    };
    let off = shown - wanted - (read.at - written.at);
    match off.abs() <= SET_MS {
        true => clause.pass(format!("read back {off} ms off")),
        false => {
            clause.fail(format!("{}; its clock is {} s off afterwards", answered(written), off / 1000), trace)
        }
    }
}
