//! The report as one HTML file: verdict first, then failures with their traces, then every clause service by service.

use super::{
    ClauseReport, ProfileReport, Report,
    html_parts::{counts, escape, fact, mark, trace},
};
use crate::clause::Verdict;

const STYLE: &str = include_str!("style.css");

pub(super) fn page(report: &Report) -> String {
    let title = format!("Conformance report: {}", named(report));
    let body =
        [head(report, &title), failures(report), overview(report), profiles(report), foot(report)].concat();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escape(&title)
    )
}

fn named(report: &Report) -> String {
    let sensor = &report.sensor;
    let made = [sensor.maker.as_deref(), sensor.model.as_deref()];
    let made: Vec<&str> = made.into_iter().flatten().collect();
    if made.is_empty() { sensor.name.clone() } else { made.join(" ") }
}

fn head(report: &Report, title: &str) -> String {
    let (word, says) = match report.verdict {
        Verdict::Fail => ("fail", "Does not conform"),
        Verdict::Pass => ("pass", "Conforms, as far as it was tested"),
        _ => ("not_tested", "Could not be tested"),
    };
    let sensor = &report.sensor;
    let tested = report.tested_at.replace('T', " ").replace('Z', " UTC");
    let facts = [
        fact("Sensor", Some(&sensor.name)),
        fact("What it is", Some(&sensor.kind)),
        fact("Maker", sensor.maker.as_deref()),
        fact("Model", sensor.model.as_deref()),
        fact("Serial number", sensor.serial.as_deref()),
        fact("Hardware", sensor.hardware.as_deref()),
        fact("Firmware", sensor.firmware.as_deref()),
        fact("Tested", Some(&tested)),
        fact("Simulated", sensor.simulated.then_some("yes: this is no real sensor")),
    ];
    format!(
        "<header>\n<h1>{}</h1>\n</header>\n<main>\n<section class=\"verdict {word}\" aria-label=\"Verdict\">\n<strong>{says}</strong>\n<span>{}</span>\n</section>\n\
         <dl class=\"facts\">\n{}</dl>\n",
        escape(title),
        counts(&report.counts),
        facts.concat()
    )
}

fn failures(report: &Report) -> String {
    let failed: Vec<String> = report.failures().map(failure).collect();
    if failed.is_empty() {
        return String::new();
    }
    format!("<section>\n<h2>What fails</h2>\n{}</section>\n", failed.concat())
}

fn failure(clause: &ClauseReport) -> String {
    format!(
        "<article class=\"failure\" id=\"{id}\">\n<h3>{}</h3>\n<dl class=\"facts\">\n{}{}{}{}</dl>\n{}</article>\n",
        escape(&clause.title),
        fact("Expected", Some(&clause.expected)),
        fact("Came", Some(&clause.came)),
        fact("Standard", Some(&format!("{}, {}", clause.standard, clause.section))),
        fact("Clause", Some(&clause.id)),
        trace(clause),
        id = escape(&clause.id),
    )
}

fn overview(report: &Report) -> String {
    let rows = report.profiles.iter().map(|profile| {
        let numbers = [
            profile.counts.pass,
            profile.counts.fail,
            profile.counts.not_tested,
            profile.counts.not_applicable,
        ];
        let numbers: String = numbers.iter().map(|number| format!("<td class=\"n\">{number}</td>")).collect();
        format!(
            "<tr><th scope=\"row\"><a href=\"#{}\">{}</a></th><td>{}</td>{numbers}</tr>\n",
            anchor(profile),
            escape(&heading(profile)),
            mark(profile.verdict)
        )
    });
    format!(
        "<section>\n<h2>Profiles</h2>\n<div class=\"scroll\"><table class=\"overview\">\n<thead><tr><th scope=\"col\">Profile</th><th scope=\"col\">Verdict</th>\
         <th scope=\"col\" class=\"n\">pass</th><th scope=\"col\" class=\"n\">fail</th><th scope=\"col\" class=\"n\">not tested</th>\
         <th scope=\"col\" class=\"n\">not applicable</th></tr></thead>\n<tbody>\n{}</tbody>\n</table></div>\n</section>\n",
        rows.collect::<String>()
    )
}

fn profiles(report: &Report) -> String {
    report.profiles.iter().map(one_profile).collect()
}

fn one_profile(profile: &ProfileReport) -> String {
    let rows: String = profile.clauses.iter().map(row).collect();
    format!(
        "<section id=\"{}\">\n<h2>{}</h2>\n<table class=\"clauses\">\n<colgroup><col class=\"v\"><col class=\"c\"><col></colgroup>\n\
         <thead><tr><th scope=\"col\">Verdict</th><th scope=\"col\">Clause</th><th scope=\"col\">What came</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table>\n</section>\n",
        anchor(profile),
        escape(&heading(profile))
    )
}

fn row(clause: &ClauseReport) -> String {
    let came = match clause.verdict {
        Verdict::Fail => format!("{} <a href=\"#{}\">Trace</a>", escape(&clause.came), escape(&clause.id)),
        _ => escape(&clause.came),
    };
    format!(
        "<tr><td>{}</td><td class=\"clause\">{}<br><span class=\"soft\">{}, {}</span></td><td class=\"clause\">{came}</td></tr>\n",
        mark(clause.verdict),
        escape(&clause.title),
        escape(&clause.standard),
        escape(&clause.section),
    )
}

fn heading(profile: &ProfileReport) -> String {
    match &profile.service {
        Some(service) => format!("{} ({service})", profile.name),
        None => profile.name.clone(),
    }
}

fn anchor(profile: &ProfileReport) -> String {
    profile.service.as_ref().map_or("link".to_owned(), |service| format!("service-{service}"))
}

fn foot(report: &Report) -> String {
    let redacted = if report.redacted { " Identifiers of sensor and person were taken out." } else { "" };
    format!(
        "</main>\n<footer>\n<p>Made by {}.{redacted} \u{201c}Not tested\u{201d} means that the clause applies and could not be seen in this session; \
         \u{201c}not applicable\u{201d} means that the sensor has nothing the clause is about. This report is evidence for the sensor as it behaved in one session. \
         It is no qualification by the Bluetooth SIG and no medical approval.</p>\n</footer>\n",
        escape(&report.made_by)
    )
}
