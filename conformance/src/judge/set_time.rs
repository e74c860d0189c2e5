//! A clock that can be set: it takes no date that does not exist, and shows the time that was set.

use super::{
    clock::{clock_of, told},
    words::{answered, said},
};
use crate::{
    clause::{Clause, Finding},
    profile::Profile,
    session::{Answer, NOT_SET, Session, Step, Task, What},
};
use pulsebook_core::{
    ble::{Characteristic, Properties},
    decode::{Stamp, cgm, current_time, elapsed_time},
};

/// A clock that was just set may be so far off, in milliseconds.
const SET_MS: i64 = 3_000;
/// A monitor counts whole minutes.
const MINUTE_MS: i64 = 60_000;
/// Elapsed Time refuses a time whose source is worse than its own.
const SOURCE_TOO_LOW: u8 = 0x80;
const CLOCKS: [Characteristic; 3] = [current_time::CURRENT_TIME, elapsed_time::CURRENT, cgm::SESSION_START];

pub(super) fn findings(session: &Session, profile: &Profile) -> Vec<Finding> {
    let clock = CLOCKS.into_iter().find(|clock| clock.service == profile.service);
    let set = clock.map(|clock| set(session, profile, clock));
    let impossible = (clock == Some(current_time::CURRENT_TIME)).then(|| impossible(session, profile));
    impossible.into_iter().chain(set).collect()
}

type Steps<'a> = Vec<(usize, &'a Step)>;

/// Why there are no steps to judge.
enum Without {
    Clock,
    Evidence(&'static str),
}

impl Without {
    fn end(self, clause: Clause) -> Finding {
        match self {
            Without::Clock => clause.not_applicable("its clock cannot be set"),
            Without::Evidence(why) => clause.not_tested(why),
        }
    }
}

/// The steps of a task that writes to a clock.
fn part(session: &Session, task: Task, clock: Characteristic) -> Result<Steps<'_>, Without> {
    if !session.offers(clock, Properties::WRITE) {
        return Err(Without::Clock);
    }
    if session.offset_minutes.is_none() {
        return Err(Without::Evidence(NOT_SET));
    }
    let part = session.part(task, clock.service).unwrap_or_default();
    let open = |step: &Step| step.answer == Answer::NoLink || session.is_unpaired(step);
    match part.is_empty() || part.iter().any(|(_, step)| open(step)) {
        true => Err(Without::Evidence(session.why_not())),
        false => Ok(part),
    }
}

/// After an impossible date was written, the clock still shows one that exists.
fn impossible(session: &Session, profile: &Profile) -> Finding {
    let clause = Clause::new(
        (profile.service, "impossible-time"),
        "A date that does not exist is not taken",
        (profile.standard, "3.1 Current Time (write)"),
        "an error, and a clock that goes on",
    );
    let part = match part(session, Task::ImpossibleTime, current_time::CURRENT_TIME) {
        Ok(part) => part,
        Err(without) => return without.end(clause),
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

/// The clock shows the time that was written; a monitor, when the session began by it.
fn set(session: &Session, profile: &Profile, clock: Characteristic) -> Finding {
    let (section, expected) = match clock.service {
        0x1805 => ("3.1 Current Time (write)", "the time that was written, within three seconds"),
        0x183F => ("3.1 Current Elapsed Time (write)", "the time that was written, within three seconds"),
        _ => (
            "3.4 CGM Session Start Time (write)",
            "the time that was written less the minutes that the session lasts, within a minute",
        ),
    };
    let title = "A time that is set is the time that is read";
    let clause = Clause::new((profile.service, "set"), title, (profile.standard, section), expected);
    let part = match part(session, Task::SetTime, clock) {
        Ok(part) => part,
        Err(without) => return without.end(clause),
    };
    let Some(place) = part.iter().position(|(_, step)| step.what == What::Write) else {
        return clause.not_applicable("it counts ticks, which no time can be set to");
    };
    let after: Vec<&Step> = part.iter().skip(place).map(|(_, step)| *step).collect();
    let of = |at| after.iter().copied().find(|step| step.place == Some(at) && step.what == What::Read);
    let (Some(written), Some(read)) = (after.first().copied(), of(clock)) else {
        return clause.not_tested("its clock could not be read afterwards");
    };
    if let Some(why) = may_refuse(clock, written) {
        return clause.not_tested(why);
    }
    let lasted = of(cgm::STATUS).filter(|step| step.is_value()).and_then(|step| minutes(&step.bytes));
    match (clock == cgm::SESSION_START, lasted) {
        (true, None) => clause.not_tested("its status does not say how long the session lasts"),
        (true, Some(minutes)) => compare(session, clause, (clock, written, read), Some(minutes * MINUTE_MS)),
        (false, _) => compare(session, clause, (clock, written, read), None),
    }
}

/// Why a refusal is nothing against the sensor.
fn may_refuse(clock: Characteristic, written: &Step) -> Option<String> {
    match written.answer {
        Answer::Att(SOURCE_TOO_LOW) if clock == elapsed_time::CURRENT => {
            Some("it takes the time of better sources only (ATT error 0x80)".to_owned())
        }
        Answer::Att(_) if clock == cgm::SESSION_START => {
            Some(format!("{}: a session may have to be started first", answered(written)))
        }
        _ => None,
    }
}

/// What was read against what was written, less what a session lasted by then.
fn compare(
    session: &Session,
    clause: Clause,
    (clock, written, read): (Characteristic, &Step, &Step),
    lasted: Option<i64>,
) -> Finding {
    let trace = session.trace(Task::SetTime, clock.service);
    let stamps = (told(clock, &written.bytes, written.at), told(clock, &read.bytes, read.at));
    let Some((wanted, shown)) = same(stamps) else {
        return clause.fail(format!("written: {}; read: {}", answered(written), said(&read.bytes)), trace);
    };
    // The start of a session stands still; a clock goes on between the two.
    let (expected, most) = match lasted {
        Some(lasted) => (wanted - lasted, SET_MS + MINUTE_MS),
        None => (wanted + read.at - written.at, SET_MS),
    };
    let off = shown - expected;
    match off.abs() <= most {
        true => clause.pass(format!("read back {off} ms off")),
        false => {
            clause.fail(format!("{}; its clock is {} s off afterwards", answered(written), off / 1000), trace)
        }
    }
}

/// Two times of one kind.
fn same(stamps: (Option<Stamp>, Option<Stamp>)) -> Option<(i64, i64)> {
    match stamps {
        (Some(Stamp::Local(wanted)), Some(Stamp::Local(shown)))
        | (Some(Stamp::Utc(wanted)), Some(Stamp::Utc(shown))) => Some((wanted, shown)),
        _ => None,
    }
}

/// How long a session lasts, in minutes (CGM Status, its first field).
fn minutes(status: &[u8]) -> Option<i64> {
    status.first_chunk().map(|bytes| i64::from(u16::from_le_bytes(*bytes)))
}
