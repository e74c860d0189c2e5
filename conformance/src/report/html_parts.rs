//! Small parts of the HTML: escaped text, marks, facts, and the trace of a failure.

use super::{ClauseReport, Counts, Traced};
use crate::clause::Verdict;

/// Text in which nothing is markup any more; what a sensor says ends up here.
pub(super) fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut safe, letter| {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // Directional overrides and other controls could make a name look like something else.
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => safe.push('\u{FFFD}'),
            letter if letter.is_control() => safe.push('\u{FFFD}'),
            letter => safe.push(letter),
        }
        safe
    })
}

/// The verdict as a word on a colour.
pub(super) fn mark(verdict: Verdict) -> String {
    let (class, word) = match verdict {
        Verdict::Fail => ("fail", "fail"),
        Verdict::Pass => ("pass", "pass"),
        Verdict::NotTested => ("not_tested", "not tested"),
        Verdict::NotApplicable => ("not_applicable", "not applicable"),
    };
    format!("<span class=\"mark {class}\">{word}</span>")
}

pub(super) fn counts(counts: &Counts) -> String {
    let Counts { pass, fail, not_applicable, not_tested } = counts;
    let all = pass + fail + not_tested;
    format!(
        "{fail} of {all} clauses that apply fail, {pass} pass, {not_tested} could not be tested; {not_applicable} do not apply."
    )
}

pub(super) fn fact(name: &str, value: Option<&str>) -> String {
    let fact = |value| format!("<dt>{name}</dt><dd>{}</dd>\n", escape(value));
    value.map(fact).unwrap_or_default()
}

/// The part of the session that shows the failure.
pub(super) fn trace(clause: &ClauseReport) -> String {
    if clause.trace.is_empty() {
        return String::new();
    }
    let half = clause.trace.len() / 2;
    let mut rows = String::new();
    for (place, step) in clause.trace.iter().enumerate() {
        if clause.left_out > 0 && place == half {
            rows.push_str(&format!(
                "<tr><td colspan=\"4\" class=\"soft\">… {} steps left out …</td></tr>\n",
                clause.left_out
            ));
        }
        rows.push_str(&traced(step));
    }
    let open = if clause.trace.len() <= 12 { " open" } else { "" };
    format!(
        "<details{open}><summary>Trace: {} of the session</summary>\n<div class=\"scroll\"><table class=\"trace\">\n<thead><tr><th scope=\"col\">after</th>\
         <th scope=\"col\">direction</th><th scope=\"col\">characteristic</th><th scope=\"col\">bytes</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div></details>\n",
        steps(clause.trace.len())
    )
}

fn steps(count: usize) -> String {
    if count == 1 { "1 step".to_owned() } else { format!("{count} steps") }
}

fn traced(step: &Traced) -> String {
    let place = match (&step.service, &step.characteristic) {
        (Some(service), Some(characteristic)) if step.instance > 0 => {
            format!("{service} / {characteristic} [{}]", step.instance)
        }
        (Some(service), Some(characteristic)) => format!("{service} / {characteristic}"),
        _ => "link".to_owned(),
    };
    let bytes = step.bytes.as_deref().unwrap_or("(taken out)");
    let error = step.error.as_deref().map(|error| format!(" <em>{}</em>", escape(error))).unwrap_or_default();
    format!(
        "<tr><td>{}.{:03} s</td><td>{}</td><td class=\"hex\">{place}</td><td><span class=\"hex\">{bytes}</span>{error}</td></tr>\n",
        step.after_ms / 1000,
        step.after_ms.rem_euclid(1000),
        step.direction,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_sensor_says_is_never_markup() {
        assert_eq!(escape("<b a='x'>&\u{202e}\u{1b}"), "&lt;b a=&#39;x&#39;&gt;&amp;\u{fffd}\u{fffd}");
    }
}
