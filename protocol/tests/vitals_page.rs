//! docs/vitals.md says what the code says: other implementations read their numbers there.
//!
//! `WRITE_VITALS_PAGE=1 cargo test -p pulsebook-protocol --test vitals_page` writes the tables anew.
#![allow(clippy::unwrap_used)]

use pulsebook_protocol::{
    quality::{Mark, Tier},
    vital::{Category, Unit, Vital},
};
use std::{fs, path::PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn vitals() -> String {
    let row = |vital: Vital| {
        let codes = vital.codes();
        let loinc: Vec<&str> = codes.loinc.iter().map(|loinc| loinc.code).collect();
        let mdc = codes.mdc.map(|mdc| format!("{} {}", mdc.code, mdc.reference_id)).unwrap_or_default();
        let (number, name, exponent) = (vital.wire(), vital.name(), vital.exponent());
        let (category, unit) = (vital.category(), vital.unit());
        format!(
            "| {number} | {name} | {} {} | {} {} | {exponent} | {} | {mdc} |\n",
            category.wire(),
            category.name(),
            unit.wire(),
            unit.symbol(),
            loinc.join(", "),
        )
    };
    let head =
        "| number | vital | category | unit | exponent | LOINC | MDC |\n|---|---|---|---|---|---|---|\n";
    format!("{head}{}", Vital::ALL.map(row).concat())
}

fn units() -> String {
    let shown = |unit: &Unit| match unit {
        Unit::Second1024th => "1/1024 s, shown in ms",
        other => other.symbol(),
    };
    let row = |unit: &Unit| format!("| {} | {} | `{}` |\n", unit.wire(), shown(unit), unit.ucum());
    format!("| number | unit | UCUM |\n|---|---|---|\n{}", Unit::ALL.iter().map(row).collect::<String>())
}

fn marks() -> String {
    let row = |mark: &Mark| {
        let weighs = match mark.tier() {
            Tier::Good => "says something, weighs nothing",
            Tier::Questionable => "questionable",
            Tier::Error => "error",
        };
        let bits: Vec<String> = mark.status_bits().map(|bit| format!("{} {}", bit.code, bit.name)).collect();
        format!("| {} | {} | {weighs} | {} |\n", *mark as u8, mark.words(), bits.join(", "))
    };
    let head = "| bit | mark | weighs | status bits of sensors that lead to it |\n|---|---|---|---|\n";
    format!("{head}{}", Mark::ALL.iter().map(row).collect::<String>())
}

/// The page with each table between its two marks.
fn written(page: &str) -> String {
    let mut page = page.to_owned();
    for (name, table) in [("vitals", vitals()), ("units", units()), ("marks", marks())] {
        let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
        let (before, rest) = page.split_once(&begin).unwrap();
        let (_, after) = rest.split_once(&end).unwrap();
        page = format!("{before}{begin}{table}{end}{after}");
    }
    page
}

#[test]
fn the_page_has_every_vital_unit_and_mark_as_the_code_has_them() {
    let path = root().join("docs/vitals.md");
    let page = fs::read_to_string(&path).unwrap();
    if std::env::var_os("WRITE_VITALS_PAGE").is_some() {
        fs::write(&path, written(&page)).unwrap();
        return;
    }
    assert!(
        written(&page) == page,
        "docs/vitals.md is behind the code: write it anew as this file's head says"
    );
}

#[test]
fn the_page_names_every_category() {
    let page = fs::read_to_string(root().join("docs/protocol.md")).unwrap();
    let all: Vec<String> =
        Category::ALL.iter().map(|category| format!("{} {}", category.wire(), category.name())).collect();
    assert!(page.contains(&all.join(", ")), "{all:?}");
}

/// The FHIR judge refuses every code that is not in its own two lists, which are typed by hand.
#[test]
fn the_lists_of_the_fhir_judge_have_every_code() {
    let list = |name: &str| fs::read_to_string(root().join("tests/interop/fhir/codes").join(name)).unwrap();
    let (loinc, mdc) = (list("CodeSystem-loinc.json"), list("CodeSystem-mdc.json"));
    for codes in Vital::ALL.map(Vital::codes) {
        for known in codes.loinc {
            let entry = format!("\"code\": \"{}\", \"display\": \"{}\"", known.code, known.display);
            assert!(loinc.contains(&entry), "{entry}");
        }
        for known in codes.mdc {
            let entry = format!("\"code\": \"{}\", \"display\": \"{}\"", known.code, known.reference_id);
            assert!(mdc.contains(&entry), "{entry}");
        }
    }
}
