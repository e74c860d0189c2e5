//! Values against their layout: length, reserved bits, ranges, checksums, special values, and fields that hang together.

use super::{
    floats::is_float,
    words::{said, some},
};
use crate::{
    clause::{Clause, Finding, Source},
    profile::Profile,
    session::Session,
};
use pulsebook_core::{
    ble::Characteristic,
    decode::{Context, Decoded, Field, Format, Reason, Says, format_of},
};
use pulsebook_protocol::reading::Absent;

/// The values of a service, each with its fields.
pub(super) struct Frames<'a> {
    session: &'a Session,
    pub(super) service: u16,
    pub(super) all: Vec<Frame<'a>>,
}

/// One value.
pub(super) struct Frame<'a> {
    /// Which step brought it.
    pub(super) step: usize,
    pub(super) received_at: i64,
    pub(super) bytes: &'a [u8],
    pub(super) sent: bool,
    pub(super) format: &'static Format,
    pub(super) fields: Vec<Field>,
    pub(super) read: Result<Decoded, Reason>,
}

const CUFF_PRESSURE: Characteristic = Characteristic::new(0x1810, 0x2A36);
/// At most so many steps are shown for one failure.
pub(super) const SHOWN: usize = 5;

impl<'a> Frames<'a> {
    pub(super) fn new(session: &'a Session, service: u16) -> Frames<'a> {
        let frames = session.values(service).filter_map(|(step, value, at)| {
            let format = format_of(at)?;
            let (fields, read) = format.explain(&value.bytes, &Context::at(value.at));
            let (received_at, bytes, sent) = (value.at, value.bytes.as_slice(), value.is_sent());
            Some(Frame { step, received_at, bytes, sent, format, fields, read })
        });
        Frames { session, service, all: frames.collect() }
    }

    /// Fails with the frames that `wrong` says something about; passes when it says nothing about any.
    fn none_is(&self, clause: Clause, wrong: impl Fn(&Frame<'_>) -> Option<String>) -> Finding {
        self.none_of(clause, ("value", |_| true), wrong)
    }

    /// The same of those values that a clause is about: where none came, nothing was seen.
    fn none_of(
        &self,
        clause: Clause,
        (what, about): (&str, fn(&Frame<'_>) -> bool),
        wrong: impl Fn(&Frame<'_>) -> Option<String>,
    ) -> Finding {
        let mine: Vec<&Frame<'_>> = self.all.iter().filter(|frame| about(frame)).collect();
        let found: Vec<_> = mine.iter().filter_map(|frame| Some((frame, wrong(frame)?))).collect();
        match found.first() {
            _ if mine.is_empty() => clause.not_tested(format!("no {what} came")),
            None => clause.pass(format!("{} looked at", some(mine.len(), what))),
            Some((frame, why)) => {
                let steps = found.iter().take(SHOWN).map(|(frame, _)| frame.step).collect();
                let came = format!("{} {}: {why}", frame.format.name, said(frame.bytes));
                clause.fail(in_all(came, found.len(), mine.len()), steps)
            }
        }
    }
}

impl Frame<'_> {
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

pub(super) fn in_all(came: String, wrong: usize, all: usize) -> String {
    if wrong == 1 { came } else { format!("{came} (and so {wrong} of {all})") }
}

/// Where the layout of a service's measurement stands; the others stand beside it (edition of 2026-02-05).
fn supplement(service: u16) -> Source {
    let section = match service {
        0x180D => "3.125 Heart Rate Measurement, and the layouts of its other characteristics",
        0x1809 => "3.238 Temperature Measurement, and the layouts of its other characteristics",
        0x1810 => "3.34 Blood Pressure Measurement, and the layouts of its other characteristics",
        0x1808 => "3.118 Glucose Measurement, and the layouts of its other characteristics",
        0x181F => "3.42 CGM Feature to 3.47 CGM Status",
        0x181D => "3.275 Weight Measurement, and the layouts of its other characteristics",
        _ => "the layout of each characteristic",
    };
    ("GATT Specification Supplement", section)
}

const FLOATS: (&str, &str) = ("IEEE 11073-20601", "special values of SFLOAT-Type and FLOAT-Type");

pub(super) fn findings(frames: &Frames<'_>, profile: &Profile) -> Vec<Finding> {
    let mut findings = of_every_service(frames);
    findings.extend(match frames.service {
        0x181F => Some(checksums(frames, profile)),
        0x1810 => Some(unused(frames, profile)),
        0x181D => Some(unsuccessful(frames, profile)),
        _ => None,
    });
    findings
}

/// What holds of any value, whatever it measures.
fn of_every_service(frames: &Frames<'_>) -> Vec<Finding> {
    let clause =
        |about, title, source, expected: &str| Clause::new((frames.service, about), title, source, expected);
    vec![
        frames.none_is(
            clause(
                "length",
                "Every value is as long as its flags say",
                supplement(frames.service),
                "no byte missing, none too many",
            ),
            wrong_length,
        ),
        frames.none_is(
            clause(
                "range",
                "Every field holds a number that it may hold",
                supplement(frames.service),
                "numbers within their ranges",
            ),
            out_of_range,
        ),
        frames.none_is(
            clause(
                "reserved",
                "Bits and numbers that are reserved are not used",
                supplement(frames.service),
                "reserved bits are 0",
            ),
            reserved,
        ),
        special(
            frames,
            clause(
                "special",
                "Special values are the defined ones",
                FLOATS,
                "NaN, NRes, +INFINITY or −INFINITY where there is no number",
            ),
        ),
    ]
}

fn wrong_length(frame: &Frame<'_>) -> Option<String> {
    match &frame.read {
        Err(
            reason @ (Reason::Truncated { .. }
            | Reason::Surplus { .. }
            | Reason::WrongSize { .. }
            | Reason::TooLong { .. }
            | Reason::PieceMissing { .. }),
        ) => Some(reason.to_string()),
        _ => None,
    }
}

fn out_of_range(frame: &Frame<'_>) -> Option<String> {
    match &frame.read {
        Err(reason @ (Reason::OutOfRange { .. } | Reason::Unexpected { .. })) => Some(reason.to_string()),
        _ => None,
    }
}

/// Only where a number is a float can it be special.
fn special(frames: &Frames<'_>, clause: Clause) -> Finding {
    match frames.all.iter().any(has_float) {
        false if frames.all.is_empty() => clause.not_tested("no value came"),
        false => clause.not_applicable("none of the values that came has a float in it"),
        true => frames.none_of(clause, ("value with a float", has_float), reserved_special),
    }
}

fn has_float(frame: &Frame<'_>) -> bool {
    frame.fields.iter().any(|field| is_float(field.name))
}

fn reserved_special(frame: &Frame<'_>) -> Option<String> {
    let reserved = |field: &&Field| field.says == Says::Absent(Absent::Reserved);
    let field = frame.fields.iter().find(reserved)?;
    Some(format!("{} is a reserved special value", field.name))
}

fn checksums(frames: &Frames<'_>, profile: &Profile) -> Finding {
    let source = (profile.standard, "3.11 E2E-CRC");
    let title = "Checksums are right, and all ones where there is none";
    let clause = Clause::new((frames.service, "checksum"), title, source, "CRC-16 over the value");
    frames.none_of(clause, ("value with a checksum", has_checksum), |frame| match &frame.read {
        Err(reason @ Reason::Checksum { .. }) => Some(reason.to_string()),
        _ => None,
    })
}

fn has_checksum(frame: &Frame<'_>) -> bool {
    frame.field("E2E-CRC").is_some() || matches!(frame.read, Err(Reason::Checksum { .. }))
}

fn unused(frames: &Frames<'_>, profile: &Profile) -> Finding {
    let source = (profile.standard, "Intermediate Cuff Pressure");
    let title = "The two unused fields of a cuff pressure are NaN";
    let clause = Clause::new((frames.service, "unused"), title, source, "NaN (07FF)");
    if frames.session.properties(CUFF_PRESSURE).is_none() {
        return clause.not_applicable("the sensor does not have it");
    }
    frames.none_of(clause, ("cuff pressure", |frame| frame.field("Unused").is_some()), |frame| {
        let used = |field: &&Field| field.name == "Unused" && field.says != Says::Absent(Absent::NotANumber);
        frame.fields.iter().find(used).map(|field| format!("an unused field says {}", field.says))
    })
}

fn unsuccessful(frames: &Frames<'_>, profile: &Profile) -> Finding {
    let source = (profile.standard, "3.2.1 Weight Measurement");
    let title = "A weighing that was not successful has no index and no height";
    let expected = "with a weight of FFFF only time stamp and user";
    let clause = Clause::new((frames.service, "unsuccessful"), title, source, expected);
    frames.none_of(clause, ("unsuccessful weighing", has_failed), |frame| {
        frame.field("BMI").map(|_| "index and height follow".to_owned())
    })
}

fn has_failed(frame: &Frame<'_>) -> bool {
    frame.field("Weight").is_some_and(|field| matches!(field.says, Says::Absent(_)))
}

fn reserved(frame: &Frame<'_>) -> Option<String> {
    frame.fields.iter().find_map(|field| match &field.says {
        // A response repeats what was asked, and the kit asks for what nobody defined.
        Says::Choice(None) if field.name == "Request Op Code" => None,
        Says::Choice(None) => Some(format!("{} is {}, which is reserved", field.name, said(&field.raw))),
        Says::Flags(set) => {
            let bad = set.iter().find(|flag| flag.contains("reserved"))?;
            Some(format!("{}: {bad}", field.name))
        }
        _ => None,
    })
}
