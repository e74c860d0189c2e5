//! Time: dates that exist, none from the future, and a clock that can be read by whoever gets time stamps.

use super::{
    frames::{Frame, Frames},
    words::some,
};
use crate::{
    clause::{Clause, Finding},
    profile::Profile,
    session::{NOT_SET, Session, Step, Task, What},
};
use pulsebook_core::{
    ble::{Characteristic, Properties},
    decode::{Context, Says, Stamp, Told, cgm, current_time, elapsed_time, format_of},
};

/// Fields that hold a Date Time of a measurement.
const STAMPS: [&str; 2] = ["Time Stamp", "Base Time"];
/// A stamp may be so much ahead of the clock, in milliseconds: it may have been rounded.
const AHEAD_MS: i64 = 60_000;
/// Observations of any kind, stamped with elapsed time.
const OBSERVATIONS: u16 = 0x1840;
const CURRENT_TIME: Characteristic = current_time::CURRENT_TIME;

pub(super) fn findings(session: &Session, frames: &Frames<'_>, profile: &Profile) -> Vec<Finding> {
    let mut findings = stamps(session, frames, profile);
    findings.extend(offsets(session, frames, profile));
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
    let source = ("GATT Specification Supplement", "3.79 Date Time");
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
    let mut findings = vec![reports(session, reported, &stamped), not_ahead(session, ahead, &stamped)];
    if profile.service != OBSERVATIONS {
        findings.push(exist(dates, &stamped));
    }
    findings
}

/// A monitor counts minutes from the start of its session: its time is told by that start.
fn offsets(session: &Session, frames: &Frames<'_>, profile: &Profile) -> Option<Finding> {
    let counted = |frame: &&Frame<'_>| frame.sent && frame.field("Time Offset").is_some();
    let first =
        frames.all.iter().find(|_| profile.service == cgm::SERVICE).and(frames.all.iter().find(counted))?;
    let clause = Clause::new(
        (profile.service, "current-time"),
        "A monitor that counts the minutes of its session reports when that began, or its current time",
        ("HL7 Personal Health Device Implementation Guide 2.0", "Coincident Timestamp"),
        "CGM Session Start Time (2AAA), Current Time (2A2B) or Current Elapsed Time (2BF2) can be read and shows a time",
    );
    let start = session.values(cgm::SERVICE).filter(|(.., at)| *at == cgm::SESSION_START);
    let start = start.filter_map(|(_, step, at)| told(at, &step.bytes, step.at)).last();
    Some(match start {
        _ if shows_time(session) => clause.pass("its clock was read"),
        Some(Stamp::Local(_) | Stamp::Utc(_)) => clause.pass("the start of its session was read"),
        Some(_) => clause.not_tested(format!("nobody told it yet what time it is; {NOT_SET}")),
        None => clause.fail("neither its clock nor the start of its session can be read", vec![first.step]),
    })
}

/// Whether a clock was read that shows a time.
fn shows_time(session: &Session) -> bool {
    let reads = session.steps.iter().filter(|step| step.what == What::Read);
    reads.filter_map(clock_of).any(|stamp| matches!(stamp, Stamp::Local(_) | Stamp::Utc(_) | Stamp::Ticks(_)))
}

/// Whether a value says when it was measured, with a date that is known.
pub(super) fn is_stamped(frame: &Frame<'_>) -> bool {
    stamped(frame).is_some_and(|stamped| counted(stamped.at).is_some())
}

fn stamped<'a>(frame: &'a Frame<'a>) -> Option<Stamped<'a>> {
    if frame.format.characteristic.service == OBSERVATIONS {
        return observed(frame);
    }
    let field = STAMPS.iter().find_map(|name| frame.field(name))?;
    let Says::Text(text) = &field.says else { return None };
    // A Current Time with the same seven bytes is read by the decoder that knows the calendar.
    let clock = [field.raw.as_slice(), &[0, 0, 0]].concat();
    Some(Stamped { frame, text, at: shown(&clock, frame.received_at)? })
}

/// An observation's time stands between its flags and its source, laid out as the clock itself.
fn observed<'a>(frame: &'a Frame<'a>) -> Option<Stamped<'a>> {
    let field = frame.field("Time Value")?;
    let Says::Text(text) = &field.says else { return None };
    let clock = frame.bytes.get(field.at.checked_sub(1)?..field.at + 8)?;
    Some(Stamped { frame, text, at: told(elapsed_time::CURRENT, clock, frame.received_at)? })
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
    if shows_time(session) {
        return clause.pass("its clock was read");
    }
    let first = stamped.iter().take(1).map(|stamp| stamp.frame.step).collect();
    match readable.is_empty() {
        true => clause.fail("its measurements have time stamps, and it has no clock that can be read", first),
        false if session.lost(Task::Survey, 0) => clause.not_tested(session.why_not()),
        false => clause.fail("its clock was read and shows no time", session.trace(Task::Survey, 0)),
    }
}

fn not_ahead(session: &Session, clause: Clause, stamped: &[Stamped<'_>]) -> Finding {
    let mut compared = 0;
    let mut wrong = Vec::new();
    for stamp in stamped {
        let Some((at, kind)) = counted(stamp.at) else { continue };
        let Some((look, offset)) = clock_before(session, stamp.frame.step, kind) else { continue };
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

/// What a stamp counts.
#[derive(Clone, Copy, PartialEq)]
enum Counts {
    LocalTime,
    Utc,
    Ticks,
}

fn counted(stamp: Stamp) -> Option<(i64, Counts)> {
    match stamp {
        Stamp::Local(at) => Some((at, Counts::LocalTime)),
        Stamp::Utc(at) => Some((at, Counts::Utc)),
        Stamp::Ticks(at) => Some((at, Counts::Ticks)),
        _ => None,
    }
}

/// The last look at a clock of the sensor that counts the same, before a step: which step, and how far it was from the
/// stand's.
fn clock_before(session: &Session, step: usize, kind: Counts) -> Option<(usize, i64)> {
    let before = session.steps.iter().enumerate().take(step);
    before.rev().find_map(|(number, step)| match counted(clock_of(step)?)? {
        (shown, shows) if shows == kind => Some((number, shown - step.at)),
        _ => None,
    })
}

pub(super) fn clock_of(step: &Step) -> Option<Stamp> {
    let clock = [CURRENT_TIME, elapsed_time::CURRENT].contains(&step.place?);
    if !clock || !step.is_value() {
        return None;
    }
    told(step.place?, &step.bytes, step.at)
}

pub(super) fn told(at: Characteristic, bytes: &[u8], now: i64) -> Option<Stamp> {
    let (_, read) = format_of(at)?.explain(bytes, &Context::at(now));
    match read.ok()?.told? {
        Told::Clock(stamp) | Told::SessionStart(stamp) => Some(stamp),
        _ => None,
    }
}

fn shown(clock: &[u8], now: i64) -> Option<Stamp> {
    told(CURRENT_TIME, clock, now)
}
