//! What `conformance` tells a person: the list of simulated sensors, and the verdict in a table.

use crate::{
    exit::Outcome,
    output::{Output, table},
};
use pulsebook_conformance::{Report, Verdict};
use pulsebook_sensor_sim::sensors::{Exemplar, Flaw};
use serde::Serialize;

/// What `--list --json` says.
#[derive(Serialize)]
struct Listed {
    sensors: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    says: &'static str,
    /// The clause that it breaks; `None`: it breaks none.
    breaks: Option<&'static str>,
}

pub(super) fn list(out: Output) -> Outcome {
    let whole = |exemplar: Exemplar| Row {
        name: exemplar.name().to_owned(),
        says: "does what its profiles ask",
        breaks: None,
    };
    let flawed =
        Flaw::all().map(|flaw| Row { name: flaw.path(), says: flaw.says, breaks: Some(flaw.clause) });
    let sensors: Vec<Row> = Exemplar::ALL.into_iter().map(whole).chain(flawed).collect();
    let cells =
        |row: &Row| vec![row.name.clone(), row.breaks.unwrap_or("none").to_owned(), row.says.to_owned()];
    let lines = table(
        &["sensor", "clause it breaks", "what it does"],
        &sensors.iter().map(cells).collect::<Vec<_>>(),
    );
    out.tell(&Listed { sensors }, lines)
}

pub(super) fn report(report: &Report, out: Output) {
    let counts = |profile: &pulsebook_conformance::ProfileReport| {
        let number = |count: usize| count.to_string();
        let name = match &profile.service {
            Some(service) => format!("{} ({service})", profile.name),
            None => profile.name.clone(),
        };
        let counts = profile.counts;
        vec![
            name,
            number(counts.pass),
            number(counts.fail),
            number(counts.not_tested),
            number(counts.not_applicable),
        ]
    };
    let rows: Vec<Vec<String>> = report.profiles.iter().map(counts).collect();
    let head = ["profile", "pass", "fail", "not tested", "not applicable"];
    table(&head, &rows).iter().for_each(|line| out.say(line));
    for clause in report.failures() {
        out.heading(format_args!("{}: {}", clause.id, clause.title));
        out.say(format_args!("  expected: {}", clause.expected));
        out.say(format_args!("  came:     {}", clause.came));
        out.say(format_args!("  standard: {}, {}", clause.standard, clause.section));
    }
    if report.verdict == Verdict::Pass {
        out.heading("The sensor conforms, as far as it was tested.");
    }
}
