//! What a sensor says about itself: texts that are texts.

use super::words::said;
use crate::{
    clause::{Clause, Finding},
    profile::Profile,
    session::Session,
};

/// The texts of Device Information.
const TEXTS: [u16; 6] = [0x2A29, 0x2A24, 0x2A25, 0x2A27, 0x2A26, 0x2A28];

pub(super) fn findings(session: &Session, profile: &Profile) -> Vec<Finding> {
    if profile.service != 0x180A {
        return Vec::new();
    }
    let clause = Clause::new(
        (profile.service, "texts"),
        "Its texts are UTF-8, not empty, and without control characters",
        (profile.standard, "3.1–3.6 (strings)"),
        "a text for each; zeros at its end are padding",
    );
    let texts: Vec<_> =
        session.values(profile.service).filter(|(.., at)| TEXTS.contains(&at.characteristic)).collect();
    let wrong =
        texts.iter().find_map(|(step, value, at)| Some((*step, at, trouble(&value.bytes)?, &value.bytes)));
    vec![match wrong {
        _ if texts.is_empty() => clause.not_applicable("it has none"),
        None => clause.pass(format!("{} texts read", texts.len())),
        Some((step, at, why, bytes)) => clause.fail(format!("{at} {why}: {}", said(bytes)), vec![step]),
    }]
}

fn trouble(bytes: &[u8]) -> Option<&'static str> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Some("is no UTF-8") };
    let text = text.trim_end_matches('\0');
    if text.trim().is_empty() {
        return Some("is empty");
    }
    text.chars().any(char::is_control).then_some("has control characters")
}
