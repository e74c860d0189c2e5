//! The verdicts: each clause read off what was written down in a session.

mod about;
mod bond;
mod clock;
mod floats;
mod frames;
mod link;
mod numbers;
mod records;
mod set_time;
mod table;
pub(crate) mod words;
mod writes;

use crate::{
    clause::{Finding, Verdict},
    profile::{PROFILES, Profile},
    session::Session,
};

/// The clauses of one service, or of the link (service 0).
#[derive(Clone, Debug)]
pub struct Section {
    /// Number of the service.
    pub service: u16,
    /// Its name.
    pub name: &'static str,
    /// Its clauses, failures first.
    pub findings: Vec<Finding>,
}

/// Judges a session, service by service; services without clauses are left out.
pub fn judge(session: &Session) -> Vec<Section> {
    let offered = session.services();
    let profiles = PROFILES.iter().filter(|profile| offered.contains(&profile.service));
    let services =
        profiles.map(|profile| section(profile.service, profile.name, of_service(session, profile)));
    services.chain([section(0, "Link and identity", link::findings(session))]).collect()
}

impl Section {
    /// How many clauses ended so.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.findings.iter().filter(|finding| finding.verdict == verdict).count()
    }
}

fn section(service: u16, name: &'static str, mut findings: Vec<Finding>) -> Section {
    findings.sort_by_key(|finding| finding.verdict);
    Section { service, name, findings }
}

fn of_service(session: &Session, profile: &Profile) -> Vec<Finding> {
    let mut findings = table::findings(session, profile);
    let frames = frames::Frames::new(session, profile.service);
    findings.extend(frames::findings(&frames, profile));
    findings.extend(numbers::findings(&frames, profile));
    findings.extend(clock::findings(session, &frames, profile));
    findings.extend(set_time::findings(session, profile));
    findings.extend(writes::findings(session, profile));
    findings.extend(records::findings(session, profile));
    findings.extend(about::findings(session, profile));
    findings.extend(link::of_service(session, &frames, profile));
    findings
}
