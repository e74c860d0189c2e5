//! `--json`: every command answers a program with one object, also when it fails; none is forgotten.

use crate::{
    cuff::{self, CUFF},
    scratch::{PASSPHRASE, Scratch, text},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const ME: &str = "--dir me --passphrase-file passphrase";

/// A line for each command that fails, and the code that the object must carry.
const FAILING: &[(&str, &str)] = &[
    ("demo --dir me", "exists"),
    ("init --dir me --passphrase-file passphrase", "exists"),
    ("scan", "no_bluetooth"),
    ("pair strap", "no_bluetooth"),
    ("collect --sim party --dir me --passphrase-file passphrase", "failed"),
    ("show --dir nothing --passphrase-file passphrase", "wrong_folder"),
    ("sensors --dir me --passphrase-file wrong", "wrong_passphrase"),
    ("decode 2A37 1e55320021", "malformed"),
    ("sensors assign scale 1 me --dir me --passphrase-file passphrase", "failed"),
    ("pair scale", "no_bluetooth"),
    ("conformance --sim strap/big-endian", "not_conformant"),
    ("chart heart-rate --dir clinic --passphrase-file passphrase", "wrong_folder"),
    ("seal --dir nothing --passphrase-file passphrase", "wrong_folder"),
    ("circle add missing.json --dir me --passphrase-file passphrase", "bad_file"),
    ("circle confirm --dir me --passphrase-file passphrase --words-file words", "failed"),
    ("circle list --dir nothing --passphrase-file passphrase", "wrong_folder"),
    ("sim serve no-such", "failed"),
    ("sim trace rest passphrase", "exists"),
    ("sim replay missing.trace", "bad_file"),
    ("sync --dir me --passphrase-file passphrase", "no_circle"),
    ("status --dir me --passphrase-file wrong", "wrong_passphrase"),
    (
        "grant --to missing.json --categories heart --from 2026-03-01 --before 2026-03-02 --until 2099-01-01 --out g --dir me",
        "bad_file",
    ),
    ("grants --dir nothing --passphrase-file passphrase", "wrong_folder"),
    ("revoke 00 --dir me --passphrase-file passphrase", "failed"),
    ("accesses --dir me --passphrase-file passphrase", "no_circle"),
    ("prove heart-rate@2001-01-01T00:00:00Z --out p --dir me --passphrase-file passphrase", "failed"),
    ("verify --proof passphrase", "not_verified"),
    ("export --out passphrase --dir me --passphrase-file passphrase", "exists"),
    ("evidence keep --dir nothing --passphrase-file passphrase", "wrong_folder"),
    ("evidence list --dir nothing --passphrase-file passphrase", "wrong_folder"),
    ("evidence export --out passphrase --dir me --passphrase-file passphrase", "exists"),
    ("node init --dir me --name East", "failed"),
    ("node card --dir me", "failed"),
    ("node serve --dir me", "failed"),
    ("clinic init --dir me --name Cardiology", "wrong_folder"),
    ("clinic card --dir me", "wrong_folder"),
    ("clinic read --dir clinic --grant missing.json --purpose TREAT", "bad_file"),
    ("clinic delegate --dir clinic --grant missing.json --to x --until 2099-01-01 --out y", "bad_file"),
];

/// Every command that does something, as the help lists them: "status", "node serve" …
fn commands(scratch: &Scratch, of: &str) -> Vec<String> {
    let help = scratch.done(&format!("{of} --help"));
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names: Vec<&str> = listed
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    if names.is_empty() {
        return vec![of.trim().to_owned()];
    }
    let names = names.into_iter().filter(|name| *name != "help");
    names.flat_map(|name| commands(scratch, &format!("{of} {name}"))).collect()
}

/// The one object on standard output.
fn object(scratch: &Scratch, code: i32, line: &str) -> Value {
    let output = scratch.run(&format!("{line} --json"));
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{line}: {out}{err}");
    assert_eq!(out.lines().count(), 1, "{line}: one object on stdout: {out}");
    let object: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{line}: {error}: {out}"));
    assert!(object.is_object(), "{line}: {out}");
    object
}

#[test]
fn a_wrong_command_line_is_an_object_for_every_command() {
    let scratch = Scratch::make("json-usage");
    let commands = commands(&scratch, "");
    assert!(commands.len() >= 29, "{commands:?}");
    for command in commands {
        let error = &object(&scratch, 2, &format!("{command} --no-such-flag"))["error"];
        assert_eq!((&error["code"], &error["exit"]), (&"usage".into(), &2.into()), "{command}");
        assert!(error["message"].as_str().unwrap().contains("--no-such-flag"), "{command}: {error}");
    }
    assert_eq!(object(&scratch, 2, "")["error"]["code"], "usage");
    assert_eq!(object(&scratch, 2, "node")["error"]["code"], "usage");
    assert!(scratch.done("status --help --json").contains("Usage: pulsebook status"), "help stays help");
}

#[test]
fn every_command_that_can_fail_says_so_in_an_object() {
    let scratch = Scratch::make("json-failing");
    scratch.init();
    scratch.done("clinic init --dir clinic --name Cardiology");
    std::fs::write(scratch.file("wrong"), "another").unwrap();
    for (line, code) in FAILING {
        let error = &object(&scratch, 1, line)["error"];
        assert_eq!((&error["code"], &error["exit"]), (&(*code).into(), &1.into()), "{line}: {error}");
        assert!(error["message"].as_str().is_some_and(|message| message.len() > 10), "{line}: {error}");
    }
    let tried: BTreeSet<&str> = FAILING.iter().map(|(line, _)| *line).collect();
    // Nothing can go wrong with a list that is built in.
    for command in commands(&scratch, "").iter().filter(|command| *command != "sim list") {
        let tried = tried.iter().any(|line| line.starts_with(command.as_str()));
        assert!(tried, "`{command}` has no failing line in this test");
    }
}

/// A command that is done, and the field that its object must have.
fn has(scratch: &Scratch, line: &str, field: &str) -> Value {
    let object = object(scratch, 0, line);
    assert!(!object[field].is_null() && object["error"].is_null(), "{line}: {field} in {object}");
    object
}

/// The same of the patient's record.
fn mine(scratch: &Scratch, line: &str, field: &str) -> Value {
    has(scratch, &format!("{line} {ME}"), field)
}

/// A record with two minutes in it, sealed.
fn kept_by_a_program(name: &str) -> Scratch {
    let scratch = Scratch::make(name);
    let made = mine(&scratch, "init --words-out words", "words_file");
    let words = std::fs::read_to_string(scratch.file("words")).unwrap();
    assert!(!made.to_string().contains(words.split(' ').next().unwrap()), "no word on stdout: {made}");
    let collect = "collect --sim rest --start 2026-03-01T12:00:00Z --duration 2m";
    assert_eq!(mine(&scratch, collect, "absent")["malformed"], 1);
    assert_eq!(mine(&scratch, "seal", "new_blocks")["new_blocks"], 1);
    scratch
}

#[test]
fn a_program_keeps_a_record_without_nodes() {
    let scratch = kept_by_a_program("json-alone");
    for (line, field) in [
        ("show", "heart rate"),
        ("sensors", "sensors"),
        ("chart heart-rate", "tracks"),
        ("chart heart-rate --out chart.svg", "tracks"),
        ("evidence keep --spots forever", "spots"),
        ("evidence list", "files"),
        ("evidence export --out evidence.ndjson", "notifications"),
        ("circle list", "nodes"),
        ("grants", "grants"),
        ("export --out mine.json", "observations"),
        ("export --bundle mine.bundle", "segments"),
    ] {
        mine(&scratch, line, field);
    }
    has(&scratch, "sim list", "scenarios");
    has(&scratch, "decode --list", "characteristics");
    assert_eq!(has(&scratch, "decode 2A37 1e:55:32:00:21:00", "readings")["fields"][1]["value"], 85.0);
    has(&scratch, "conformance --list", "sensors");
    let report = has(&scratch, "conformance --sim meter --report r.html --report-json r.json", "profiles");
    assert_eq!((&report["verdict"], &report["counts"]["fail"]), (&"pass".into(), &0.into()));
    has(&scratch, "verify --bundle mine.bundle", "blocks");
    let status = mine(&scratch, "status", "promise");
    assert!(
        !status["can"].as_array().unwrap().is_empty() && !status["cannot"].as_array().unwrap().is_empty()
    );
}

#[test]
fn a_program_shares_a_record_and_sees_every_answer() {
    let scratch = kept_by_a_program("json-shared");
    let (has, mine) = (
        |line: &str, field: &str| has(&scratch, line, field),
        |line: &str, field: &str| mine(&scratch, line, field),
    );
    has("node init --dir east --name east", "dir");
    let node = scratch.node("east");
    has("node card --dir east", "tls_pin");
    mine("circle add east.json", "nodes");
    assert_eq!(mine("circle confirm --words-file words", "nodes")["nodes"][0]["confirmed"], true);
    assert_eq!(mine("sync", "nodes")["nodes"][0]["error"], Value::Null);
    has("clinic init --dir clinic --name Cardiology", "name");
    has("clinic card --dir clinic --out clinic.json", "file");
    has("clinic init --dir other --name Linden", "name");
    has("clinic card --dir other --out other.json", "file");
    let terms = "--categories heart --from 2026-03-01 --before 2026-03-02 --until 2099-01-01 --delegate 1";
    let id = mine(&format!("grant --to clinic.json {terms} --out g"), "sentence")["id"].clone();
    assert_eq!(mine("grants", "grants")["grants"][0]["id"], id);
    let read = "clinic read --dir clinic --grant g --purpose TREAT";
    assert_eq!(has(read, "vitals")["refused"], Value::Null);
    has(
        "clinic delegate --dir clinic --grant g --to other.json --until 2098-01-01 --out passed.json",
        "segments",
    );
    assert_eq!(mine(&format!("revoke {}", id.as_str().unwrap()), "in_force")["in_force"]["nodes"], 1);
    // Refused, and still one object: what was found, and the error beside it.
    let refused = object(&scratch, 1, read);
    assert_eq!(
        (&refused["error"]["code"], &refused["node"]),
        (&"refused".into(), &"east".into()),
        "{refused}"
    );
    assert_eq!(mine("accesses", "accesses")["accesses"][0]["who"], "Cardiology");
    let name = lines(&scratch, "show --list --vital body-temperature")[0]["name"].clone();
    mine(&format!("prove {} --out fever.proof", name.as_str().unwrap()), "bytes");
    has("verify --proof fever.proof", "readings");
    assert_eq!(mine("verify", "nodes")["nodes"][0]["name"], "east");
    node.end();
    let unasked = object(&scratch, 1, &format!("verify {ME}"));
    assert_eq!(
        (&unasked["error"]["code"], &unasked["findings"]),
        (&"unreachable".into(), &Value::Array(vec![]))
    );
    assert_eq!(object(&scratch, 1, &format!("sync {ME}"))["error"]["code"], "unreachable");
}

#[test]
fn a_program_says_whose_a_sensors_users_are() {
    let scratch = Scratch::make("json-users");
    scratch.init();
    cuff::measure(&scratch.file("me"), PASSPHRASE);
    let sensor = || mine(&scratch, "sensors", "sensors")["sensors"][0].clone();
    let (id, user) = (
        sensor()["id"].clone(),
        |user, whose: Option<&str>, waiting| json!({"user": user, "whose": whose, "waiting": waiting}),
    );
    assert_eq!(sensor()["users"], json!([user(1, None, 3), user(2, None, 2)]));
    for (number, who, taken, removed) in [(1, "me", 3, 0), (2, "other", 0, 2)] {
        let said = mine(&scratch, &format!("sensors assign {CUFF} {number} {who}"), "sensor");
        assert_eq!(said, json!({"sensor": id, "user": number, "taken": taken, "removed": removed}));
    }
    assert_eq!(sensor()["users"], json!([user(1, Some("me"), 0), user(2, Some("other"), 0)]));
    assert_eq!(lines(&scratch, "show --list").len(), 9, "three measurements of three pressures each");
}

/// A stream: one object a line.
fn lines(scratch: &Scratch, line: &str) -> Vec<Value> {
    let out = scratch.me(&format!("{line} --json"));
    out.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[test]
fn readings_stream_as_one_object_a_line_and_only_the_hours_that_were_asked_for() {
    let scratch = Scratch::make("json-lines");
    scratch.init();
    let told = lines(&scratch, "collect --each --sim rest --start 2026-03-01T11:59:00Z --duration 2m");
    let (summary, readings) = told.split_last().unwrap();
    assert_eq!(summary["readings"].as_u64().unwrap() as usize, readings.len());
    assert!(readings.iter().all(|reading| reading["block"].is_null() && reading["name"].is_string()));
    scratch.me("seal");
    let all = lines(&scratch, "show --list");
    assert_eq!(all.len(), readings.len());
    let late = lines(
        &scratch,
        "show --list --vital heart-rate --from 2026-03-01T12:00:00Z --before 2026-03-01T12:00:30Z",
    );
    let from = 1_772_366_400_000_i64;
    let inside = |line: &Value| (from..from + 30_000).contains(&line["measured_at_ms"].as_i64().unwrap());
    let expected = all.iter().filter(|line| line["vital"] == "heart rate" && inside(line)).count();
    assert!(expected > 20 && late.len() == expected, "{} of {expected}", late.len());
    assert!(late.iter().all(|line| line["block"].is_u64() && line["origin"] == "simulated"));
    let good = |vital: &str| -> Vec<f64> {
        let good = all.iter().filter(|line| line["vital"] == vital && line["quality"] == "good");
        good.filter_map(|line| line["value"].as_f64()).collect()
    };
    let (beats, rates) = (good("time between beats"), good("heart rate"));
    // In whole beats a minute, the mean interval is a minute through the mean rate; in 1/1024 s it would be 2.4 % off.
    let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / numbers.len() as f64;
    let product = mean(&beats) * mean(&rates) / 60_000.0;
    assert!((0.985..1.015).contains(&product), "{product}");
}
