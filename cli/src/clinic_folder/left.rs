//! Nodes that a clinic left, told plainly: which sent something wrong, which refused, which were not reached.

use crate::exit::Failure;
use pulsebook_grantee::{Attempt, Refusal};
use pulsebook_protocol::answer::Code;

/// One line about nodes that were left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LeftLine {
    /// Whether a node sent something that does not hold: to be said loudly.
    pub(crate) wrong: bool,
    /// For people.
    pub(crate) text: String,
}

/// A line a node, and one for all nodes that do not know the grant yet. `besides` is told elsewhere.
pub(crate) fn lines(left: &[Attempt], besides: Option<&str>) -> Vec<LeftLine> {
    let told = |attempt: &&Attempt| besides != Some(attempt.node.as_str());
    let (waiting, others): (Vec<&Attempt>, Vec<&Attempt>) = left.iter().filter(told).partition(|a| waits(a));
    let mut lines: Vec<LeftLine> = others.into_iter().map(line).collect();
    if !waiting.is_empty() {
        let text =
            format!("the grant is not in force yet at {}: the patient has to sync first", names(&waiting));
        lines.push(LeftLine { wrong: false, text });
    }
    lines
}

/// What is said when no node could be read from; the advice fits the reasons.
pub(crate) fn failure(left: &[Attempt]) -> Failure {
    if !left.is_empty() && left.iter().all(waits) {
        return Failure::new("the grant is not in force at any node yet: the patient has to sync first")
            .action("ask the patient to sync, then read again");
    }
    let told: Vec<String> = lines(left, None).into_iter().map(|line| format!("\n  {}", line.text)).collect();
    Failure::new(format!("none of {} nodes could be read from:{}", left.len(), told.concat()))
        .action(advice(left))
}

/// Foreign words on one line, without control characters.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn line(attempt: &Attempt) -> LeftLine {
    let Attempt { node, failure } = attempt;
    let wrong = failure.is_wrong();
    let text = match wrong {
        true => format!("WRONG at {node}: {failure}"),
        false => format!("left {node}: {failure}"),
    };
    LeftLine { wrong, text: plain(&text) }
}

fn waits(attempt: &Attempt) -> bool {
    attempt.failure.refusal().and_then(Refusal::known_code) == Some(Code::NotInForce)
}

fn advice(left: &[Attempt]) -> String {
    let of = |keep: fn(&Attempt) -> bool| left.iter().filter(|a| keep(a)).collect::<Vec<_>>();
    let wrong = of(|attempt| attempt.failure.is_wrong());
    let refused = of(|attempt| attempt.failure.refusal().is_some());
    let away = of(|attempt| !attempt.failure.is_wrong() && attempt.failure.refusal().is_none());
    let mut advice = Vec::new();
    if !wrong.is_empty() {
        advice.push(format!("tell the patient and the operators what {} sent", names(&wrong)));
    }
    if !refused.is_empty() {
        advice.push(format!("ask the patient about the refusal of {}", names(&refused)));
    }
    if !away.is_empty() {
        advice.push(format!("check the network and that {} runs", names(&away)));
    }
    if advice.is_empty() { "ask the patient for a new grant file".into() } else { advice.join("; ") }
}

fn names(attempts: &[&Attempt]) -> String {
    let names: Vec<&str> = attempts.iter().map(|attempt| attempt.node.as_str()).collect();
    plain(&names.join(", "))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use pulsebook_grantee::NodeFailure;

    fn refused(node: &str, code: Code) -> Attempt {
        let (message, expected, advice) = (code.words().to_owned(), String::new(), "ask".to_owned());
        let refusal = Refusal { status: code.status(), code: code.text().into(), message, expected, advice };
        Attempt { node: node.into(), failure: NodeFailure::Refused(refusal) }
    }

    fn wrong(node: &str) -> Attempt {
        let failure = NodeFailure::NoPage { status: 200, why: "no\u{1b}[2J page".into() };
        Attempt { node: node.into(), failure }
    }

    #[test]
    fn a_node_that_sends_something_wrong_is_told_loudly_and_in_plain_letters() {
        let told = lines(&[wrong("n2"), refused("n3", Code::NotFresh)], None);
        assert!(told[0].wrong && told[0].text.starts_with("WRONG at n2: ") && !told[1].wrong);
        assert!(told[0].text.ends_with("tell whoever runs the node") && !told[0].text.contains('\u{1b}'));
        assert_eq!(told[1].text.matches("refused").count(), 1, "{}", told[1].text);
        assert_eq!(lines(&[wrong("n2")], Some("n2")), []);
    }

    #[test]
    fn a_grant_that_no_node_knows_yet_is_one_line() {
        let left = ["n1", "n2", "n3"].map(|node| refused(node, Code::NotInForce));
        let text = failure(&left).to_string();
        assert_eq!(text.matches("the patient has to sync first").count(), 1, "{text}");
        assert_eq!(text.lines().count(), 2, "{text}");
    }

    #[test]
    fn the_advice_fits_the_reasons() {
        let text = failure(&[wrong("n1"), refused("n2", Code::NotFresh)]).to_string();
        assert!(!text.contains("network") && text.contains("what n1 sent") && text.contains("refusal of n2"));
    }
}
