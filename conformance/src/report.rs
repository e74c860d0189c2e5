//! The verdict as a document: the same content as JSON and as one HTML file.

mod html;
mod html_parts;

use crate::{
    clause::{Finding, Verdict},
    judge::{Section, judge, words},
    session::{Answer, Session, Step, What},
};
use pulsebook_core::ble::{Origin, UnixMillis};
use pulsebook_protocol::time_text;
use serde::Serialize;

/// Everything that a report says. Keys stay as they are; new ones may come.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What made it, with its version.
    pub made_by: String,
    /// When the test ended, RFC 3339 in UTC.
    pub tested_at: String,
    /// `fail` when one clause fails.
    pub verdict: Verdict,
    /// How many clauses ended how.
    pub counts: Counts,
    /// Who was tested.
    pub sensor: About,
    /// Whether identifiers were taken out.
    pub redacted: bool,
    /// The clauses, service by service.
    pub profiles: Vec<ProfileReport>,
}

/// How many clauses ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Met.
    pub pass: usize,
    /// Not met.
    pub fail: usize,
    /// The sensor has nothing that they are about.
    pub not_applicable: usize,
    /// Could not be seen.
    pub not_tested: usize,
}

/// The sensor as it tells of itself; `None`: it does not.
#[derive(Clone, Debug, Serialize)]
pub struct About {
    /// The transport's name for it.
    pub id: String,
    /// The name it advertises.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// Manufacturer Name String.
    pub maker: Option<String>,
    /// Model Number String.
    pub model: Option<String>,
    /// Serial Number String.
    pub serial: Option<String>,
    /// Hardware Revision String.
    pub hardware: Option<String>,
    /// Firmware Revision String.
    pub firmware: Option<String>,
    /// Whether it is a simulated one.
    pub simulated: bool,
}

/// One service, or the link.
#[derive(Clone, Debug, Serialize)]
pub struct ProfileReport {
    /// Number of the service in hex; `null` for the link.
    pub service: Option<String>,
    /// Its name.
    pub name: String,
    /// `fail` when one of its clauses fails.
    pub verdict: Verdict,
    /// How many clauses ended how.
    pub counts: Counts,
    /// Its clauses, failures first.
    pub clauses: Vec<ClauseReport>,
}

/// One clause.
#[derive(Clone, Debug, Serialize)]
pub struct ClauseReport {
    /// Names the clause for good.
    pub id: String,
    /// What it asks.
    pub title: String,
    /// The standard.
    pub standard: String,
    /// Its section; "(no clause number known)" behind it where that is so.
    pub section: String,
    /// How it was met.
    pub verdict: Verdict,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub came: String,
    /// The part of the session that shows a failure.
    pub trace: Vec<Traced>,
    /// How many steps of that part are left out in the middle.
    pub left_out: usize,
}

/// One step of the session.
#[derive(Clone, Debug, Serialize)]
pub struct Traced {
    /// Milliseconds since 1970, UTC.
    pub at_ms: UnixMillis,
    /// Milliseconds since the session began.
    pub after_ms: i64,
    /// Number of the service in hex.
    pub service: Option<String>,
    /// Number of the characteristic in hex.
    pub characteristic: Option<String>,
    /// Which one, when there are several.
    pub instance: u8,
    /// `connect`, `connected`, `disconnected`, `read`, `write`, `subscribe`, `notification`, `indication`.
    pub direction: &'static str,
    /// In hex; `null` when they were taken out.
    pub bytes: Option<String>,
    /// What was answered instead of success.
    pub error: Option<String>,
}

/// What a report needs beside the session.
#[derive(Clone, Copy, Debug)]
pub struct Details {
    /// When the test ended.
    pub tested_at: UnixMillis,
    /// Whether to take identifiers out.
    pub redact: bool,
}

/// Characteristics that name one sensor or one person.
const IDENTIFIERS: [(u16, u16); 3] = [(0x180A, 0x2A25), (0x180A, 0x2A23), (0x180A, 0x2BFF)];
/// User Data: all of it is about a person.
const USER_DATA: u16 = 0x181C;
const TAKEN_OUT: &str = "(taken out)";
/// A longer trace is cut in its middle.
const TRACE_ENDS: usize = 30;

impl Report {
    /// The report of a session.
    pub fn new(session: &Session, details: Details) -> Report {
        let sections = judge(session);
        let profiles: Vec<ProfileReport> =
            sections.iter().map(|section| ProfileReport::new(session, section, details.redact)).collect();
        let counts = profiles.iter().fold(Counts::default(), |sum, profile| sum.plus(profile.counts));
        Report {
            made_by: format!("pulsebook conformance {}", env!("CARGO_PKG_VERSION")),
            tested_at: time_text::rfc3339(u64::try_from(details.tested_at / 1000).unwrap_or_default()),
            verdict: counts.verdict(),
            counts,
            sensor: About::new(session, details.redact),
            redacted: details.redact,
            profiles,
        }
    }

    /// One self-contained HTML file.
    pub fn html(&self) -> String {
        html::page(self)
    }

    /// The clauses that fail.
    pub fn failures(&self) -> impl Iterator<Item = &ClauseReport> {
        let clauses = self.profiles.iter().flat_map(|profile| &profile.clauses);
        clauses.filter(|clause| clause.verdict == Verdict::Fail)
    }
}

impl Counts {
    fn of(section: &Section) -> Counts {
        Counts {
            pass: section.count(Verdict::Pass),
            fail: section.count(Verdict::Fail),
            not_applicable: section.count(Verdict::NotApplicable),
            not_tested: section.count(Verdict::NotTested),
        }
    }

    fn plus(self, other: Counts) -> Counts {
        Counts {
            pass: self.pass + other.pass,
            fail: self.fail + other.fail,
            not_applicable: self.not_applicable + other.not_applicable,
            not_tested: self.not_tested + other.not_tested,
        }
    }

    fn verdict(self) -> Verdict {
        match self {
            Counts { fail: 1.., .. } => Verdict::Fail,
            Counts { pass: 1.., .. } => Verdict::Pass,
            _ => Verdict::NotTested,
        }
    }
}

impl About {
    fn new(session: &Session, redact: bool) -> About {
        let text = |number: u16| {
            let mut values = session.values(0x180A);
            let (_, step, _) = values.find(|(.., at)| at.characteristic == number)?;
            let text = String::from_utf8_lossy(&step.bytes);
            Some(text.trim_end_matches('\0').chars().filter(|c| !c.is_control()).take(120).collect())
        };
        let hidden = |shown: String| if redact { TAKEN_OUT.to_owned() } else { shown };
        let sensor = &session.sensor;
        About {
            id: hidden(sensor.id.as_str().to_owned()),
            name: hidden(sensor.name.clone()),
            kind: sensor.kind.clone(),
            maker: text(0x2A29),
            model: text(0x2A24),
            serial: text(0x2A25).map(hidden),
            hardware: text(0x2A27),
            firmware: text(0x2A26),
            simulated: sensor.origin == Origin::Simulated,
        }
    }
}

impl ProfileReport {
    fn new(session: &Session, section: &Section, redact: bool) -> ProfileReport {
        let counts = Counts::of(section);
        let clauses = section.findings.iter().map(|finding| ClauseReport::new(session, finding, redact));
        ProfileReport {
            service: (section.service != 0).then(|| format!("{:04X}", section.service)),
            name: section.name.to_owned(),
            verdict: counts.verdict(),
            counts,
            clauses: clauses.collect(),
        }
    }
}

impl ClauseReport {
    fn new(session: &Session, finding: &Finding, redact: bool) -> ClauseReport {
        let steps: Vec<&Step> =
            finding.trace.iter().filter_map(|number| session.steps.get(*number)).collect();
        let left_out = steps.len().saturating_sub(2 * TRACE_ENDS);
        let shown = steps.iter().enumerate();
        let shown = shown
            .filter(|(place, _)| left_out == 0 || *place < TRACE_ENDS || *place >= TRACE_ENDS + left_out);
        let start = session.steps.first().map_or(0, |step| step.at);
        let named = redact && steps.iter().any(|step| names(step));
        ClauseReport {
            id: finding.id.clone(),
            title: finding.title.clone(),
            standard: finding.standard.to_owned(),
            section: finding.section_text(),
            verdict: finding.verdict,
            expected: finding.expected.clone(),
            came: if named { TAKEN_OUT.to_owned() } else { finding.came.clone() },
            trace: shown.map(|(_, step)| Traced::new(step, start, redact)).collect(),
            left_out,
        }
    }
}

impl Traced {
    fn new(step: &Step, start: UnixMillis, redact: bool) -> Traced {
        let number = |number: u16| format!("{number:04X}");
        Traced {
            at_ms: step.at,
            after_ms: step.at - start,
            service: step.place.map(|at| number(at.service)),
            characteristic: step.place.map(|at| number(at.characteristic)),
            instance: step.place.map_or(0, |at| at.instance),
            direction: direction(step.what),
            bytes: (!redact || !names(step)).then(|| words::hex(&step.bytes)),
            error: match &step.answer {
                Answer::Done => None,
                Answer::NoLink => Some("no link".to_owned()),
                Answer::Att(code) => Some(format!("ATT error 0x{code:02X}")),
                Answer::Failed(_) if redact => Some("failed".to_owned()),
                Answer::Failed(why) => Some(why.clone()),
            },
        }
    }
}

fn names(step: &Step) -> bool {
    step.place
        .is_some_and(|at| at.service == USER_DATA || IDENTIFIERS.contains(&(at.service, at.characteristic)))
}

fn direction(what: What) -> &'static str {
    match what {
        What::Connect => "connect",
        What::Connected => "connected",
        What::Disconnected => "disconnected",
        What::Read => "read",
        What::Write => "write",
        What::Subscribe => "subscribe",
        What::Notification => "notification",
        What::Indication => "indication",
    }
}
