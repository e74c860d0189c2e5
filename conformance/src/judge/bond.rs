//! Bonding, where the profile asks for it: told by what the sensor refuses and gives, never by what a system remembers.

use super::{
    frames::SHOWN,
    words::{answered, said},
};
use crate::{
    clause::{Clause, Finding},
    profile::Profile,
    session::{Answer, Session, Step, Task, UNPAIRED, What},
};

const PAIRED_BEFORE: &str = "it was paired before anything was asked, so that nobody can see what it refuses to others: end the pairing on both sides, then test again";

pub(super) fn findings(session: &Session, profile: &Profile) -> [Finding; 2] {
    [asks(session, profile), keeps(session, profile)]
}

/// What a service did before a bond was made, and the request that made it.
struct Before<'a> {
    given: Vec<usize>,
    refused: Option<&'a Step>,
    paired_by: Option<&'a Step>,
    given_after: bool,
}

impl<'a> Before<'a> {
    fn new(session: &'a Session, service: u16) -> Before<'a> {
        let first = session.paired_by.first().copied();
        let mine = |step: &Step| step.place.is_some_and(|at| at.service == service);
        let steps = || session.steps.iter().enumerate().filter(move |(_, step)| mine(step));
        let refused = steps().find(|(_, step)| session.is_unpaired(step));
        let bond_at = first.or(refused.map(|(number, _)| number)).unwrap_or(usize::MAX);
        let given = steps().filter(|(number, step)| *number < bond_at && step.is_value());
        let after = steps().any(|(number, step)| number >= bond_at && step.is_value());
        Before {
            given: given.map(|(number, _)| number).collect(),
            refused: refused.map(|(_, step)| step),
            paired_by: first.and_then(|number| session.steps.get(number)).filter(|step| mine(step)),
            given_after: after,
        }
    }
}

fn asks(session: &Session, profile: &Profile) -> Finding {
    let clause = Clause::new(
        (profile.service, "bond"),
        "Its values are given over an encrypted link to a bonded device only",
        (profile.profile, "security considerations (LE Security Mode 1, Level 2 or 3; bonding)"),
        "a refusal before there is a bond, and values over the encrypted link after",
    );
    let before = Before::new(session, profile.service);
    match (session.bonded_before, &before) {
        (Some(true), _) => clause.not_tested(PAIRED_BEFORE),
        (told, Before { given, .. }) if told == Some(false) && !given.is_empty() => {
            let came = "its values were given without a bond".to_owned();
            clause.fail(came, given.iter().take(SHOWN).copied().collect())
        }
        (_, Before { paired_by: Some(step), given_after: true, .. }) => clause.pass(format!(
            "a bond was made while {} was asked for; its values came after",
            step.place.map(|at| at.to_string()).unwrap_or_default()
        )),
        (_, Before { refused: Some(step), given_after: true, .. }) => {
            clause.pass(format!("refused first ({}), given after pairing", answered(step)))
        }
        (_, Before { refused: Some(_), .. }) => clause.not_tested(UNPAIRED),
        (None, _) => clause.not_tested("this system does not tell of bonds"),
        _ => clause.not_tested("no value of it was asked for before there was a bond"),
    }
}

fn keeps(session: &Session, profile: &Profile) -> Finding {
    let clause = Clause::new(
        (profile.service, "bond-kept"),
        "The bond holds when the link is made again",
        (profile.profile, "bonding"),
        "what needs a bond is answered over the new link, without pairing anew",
    );
    let trace = || session.trace(Task::Reconnect, 0);
    let Some(part) = session.part(Task::Reconnect, 0) else { return clause.not_tested(session.why_not()) };
    let back = part.iter().find(|(_, step)| step.what == What::Connected).map(|(number, _)| *number);
    let Some(back) = back else { return clause.not_tested(session.why_not()) };
    let again = session.steps.iter().enumerate().skip(back);
    let mut again = again.filter(|(_, step)| step.place.is_some_and(|at| at.service == profile.service));
    let bonded = !session.paired_by.is_empty() || session.bonded_before == Some(true);
    if session.paired_by.iter().any(|number| *number > back) {
        return clause.fail("it is gone: the two had to be paired anew", trace());
    }
    if let Some((number, step)) = again.clone().find(|(_, step)| bonded && session.is_unpaired(step)) {
        return clause.fail(format!("it is gone: {}", answered(step)), [trace(), vec![number]].concat());
    }
    let first = session.paired_by.first().and_then(|number| session.steps.get(*number));
    let Some(first) = first else {
        return clause.not_tested(match session.bonded_before {
            Some(true) => PAIRED_BEFORE,
            None => "this system does not tell of bonds",
            Some(false) => "there was none",
        });
    };
    match again.find(|(_, step)| step.place == first.place && step.what == first.what) {
        Some((_, step)) if step.answer == Answer::NoLink => clause.not_tested(session.why_not()),
        Some((_, Step { answer: Answer::Failed(why), .. })) => clause.fail(why.clone(), trace()),
        Some((_, step)) => clause.pass(format!("{} was let through again", said_of(step))),
        None => clause.not_tested("the bond was made for another service"),
    }
}

fn said_of(step: &Step) -> String {
    let place = step.place.map(|at| at.to_string()).unwrap_or_default();
    if step.bytes.is_empty() { place } else { format!("{place} ({})", said(&step.bytes)) }
}
