//! Traces: what was written while a record collected gives another record the same readings, and no file can do harm.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/record.rs"]
mod support;

use futures_util::FutureExt;
use pulsebook_core::{
    ble::{BleTransport, Origin, TransportEvent, contract},
    clock::{Clock, ManualClock},
};
use pulsebook_protocol::reading::Reading;
use pulsebook_sensor_sim::{
    Scenario, Simulator,
    gatt::SimSensor,
    in_process::InProcess,
    sensors::{Exemplar, GlucoseMeter},
    trace::{Header, Played, Tracer, Writing},
};
use support::{Kept, Scratch, collect, kept, record};

const START: i64 = 1_784_030_400_000;
const MINUTE: i64 = 60_000;

/// Collects from this transport into a new record and writes a trace of it.
async fn traced(name: &str, transport: impl BleTransport + 'static, header: Header) -> (Vec<Kept>, Vec<u8>) {
    let (scratch, clock) = (Scratch::make(name), ManualClock::at(header.start_ms));
    let record = record(&scratch, &clock).await;
    let writing = Writing::begin(Vec::new(), &header).unwrap();
    let tracer = Tracer::new(transport, &writing, move || clock.now());
    collect(&record, Box::new(tracer)).await;
    (kept(&record).await, writing.finish().unwrap().unwrap())
}

/// Plays a trace into a new record.
async fn played(name: &str, trace: Vec<u8>) -> Vec<Kept> {
    let played = Played::new(std::io::Cursor::new(trace)).unwrap();
    let (scratch, clock) = (Scratch::make(name), ManualClock::at(played.now()));
    let record = record(&scratch, &clock).await;
    collect(&record, Box::new(played.on_time(move |at| clock.heard(at)))).await;
    kept(&record).await
}

fn simulated(redacted: bool) -> Header {
    Header::new(true, redacted, START)
}

fn scenario(name: &str) -> Simulator {
    Simulator::new(&Scenario::load(name).unwrap(), 3, START, 12 * MINUTE)
}

fn readings(kept: &[Kept]) -> Vec<Reading> {
    kept.iter().map(|kept| kept.reading).collect()
}

#[tokio::test]
async fn what_was_collected_and_what_is_played_are_the_same_readings() {
    for name in ["rest", "night", "checks"] {
        let (collected, trace) = traced(&format!("trace-{name}"), scenario(name), simulated(false)).await;
        assert!(collected.len() > 10, "{name}: {} readings", collected.len());
        assert_eq!(played(&format!("played-{name}"), trace).await, collected, "{name}");
    }
}

#[tokio::test]
async fn a_backfill_that_was_cut_and_clocks_that_were_set_are_played_to_the_same_readings() {
    let meter = || Box::new(GlucoseMeter::new(1, START, 7, 30).cut_after(11)) as Box<dyn SimSensor>;
    for (name, sensors) in
        [("meter", vec![meter()]), ("exemplars", Exemplar::ALL.map(|exemplar| exemplar.sensor(START)).into())]
    {
        let carried = InProcess::new(sensors, START, 2 * MINUTE);
        let (collected, trace) = traced(&format!("trace-{name}"), carried, simulated(false)).await;
        assert!(collected.len() >= 30, "{name}: {} readings", collected.len());
        assert_eq!(played(&format!("played-{name}"), trace).await, collected, "{name}");
    }
}

#[tokio::test]
async fn what_was_not_simulated_is_played_as_replayed_and_apart_from_what_was_measured() {
    let header = Header::new(false, false, START);
    // A sensor that does not say that it is simulated.
    let meter = InProcess::new(vec![annas_strap()], START, MINUTE);
    let (collected, trace) = traced("trace-apart", meter, header).await;
    let again = played("played-apart", trace).await;
    assert_eq!(readings(&again), readings(&collected));
    assert!(!again.is_empty() && again.iter().all(|kept| kept.origin == Origin::Replayed));
    assert_eq!(collected[0].sensor, "sysid-00c0ffee00c0ffee");
    assert_eq!(again[0].sensor, "replay-sysid-00c0ffee00c0ffee");
}

#[tokio::test]
async fn a_redacted_trace_names_nobody_and_plays_to_the_same_values() {
    let strap = || InProcess::new(vec![annas_strap()], START, MINUTE);
    let (collected, trace) = traced("trace-redacted", strap(), Header::new(false, true, START)).await;
    let text = String::from_utf8(trace.clone()).unwrap().to_lowercase();
    let plain = String::from_utf8(traced("trace-plain", strap(), Header::new(false, false, START)).await.1);
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let planted = [
        "anna".to_owned(),
        "c2:50:42".to_owned(),
        hex("SERIAL-4711"),
        hex("Acme"),
        "eeffc000eeffc000".to_owned(),
    ];
    for name in planted {
        assert!(plain.as_ref().unwrap().to_lowercase().contains(&name), "{name} stands in the plain one");
        assert!(!text.contains(&name), "{name} stands in the redacted one");
    }
    assert_eq!(readings(&played("played-redacted", trace).await), readings(&collected));
}

/// A strap of a person, as far as its names say.
fn annas_strap() -> pulsebook_sensor_sim::sensors::Scripted {
    use pulsebook_core::ble::Characteristic;
    use pulsebook_sensor_sim::{
        gatt::{About, Address, Properties, Service},
        sensors::Scripted,
    };
    let about = About {
        origin: Origin::Measured,
        ..About::new("C2:50:42:00:00:09", "Anna's strap", "heart-rate strap", Address::simulated(9))
    };
    let fact = |number| Characteristic::new(0x180A, number);
    let facts = [0x2A29, 0x2A25, 0x2A23].map(|number| (number, Properties::READ));
    let heart = Service::new(0x180D, &[(0x2A37, Properties::NOTIFY)]);
    let strap = Scripted::new(about, vec![heart, Service::new(0x180A, &facts)])
        .answers(fact(0x2A29), b"Acme")
        .answers(fact(0x2A25), b"SERIAL-4711")
        .answers(fact(0x2A23), &[0xEE, 0xFF, 0xC0, 0, 0xEE, 0xFF, 0xC0, 0]);
    let rate = Characteristic::new(0x180D, 0x2A37);
    (0..20u8).fold(strap, |strap, n| strap.sends(START + 1000 * i64::from(n), rate, &[0, 60 + n]))
}

#[tokio::test]
async fn a_trace_keeps_the_seams_contract_whoever_plays_it() {
    let (_, trace) = traced("trace-contract", scenario("rest"), simulated(false)).await;
    for limit in [40, 100_000] {
        let mut played = Played::new(trace.as_slice()).unwrap();
        contract::check(&mut played, limit).now_or_never().unwrap().unwrap();
    }
}

const HEADER: &str =
    r#"{"format":"pulsebook-trace","version":1,"simulated":true,"redacted":false,"start_ms":1000}"#;

#[test]
fn a_file_that_is_no_trace_is_refused_with_what_was_expected() {
    for (text, words) in [
        ("", "line 1 of the trace: expected a header like"),
        ("t_ms,value\n1000,72\n", "line 1 of the trace: expected a header like"),
        (
            &HEADER.replace("\"version\":1", "\"version\":2"),
            "expected the format pulsebook-trace in version 1",
        ),
        (&HEADER.replace("\"redacted\":false,", ""), "missing field `redacted`"),
    ] {
        let refused = Played::new(text.as_bytes()).unwrap_err().to_string();
        assert!(refused.contains(words), "{refused}");
    }
}

#[test]
fn a_bad_line_is_refused_with_its_number_and_what_was_expected() {
    let strap = |rest: &str| format!(r#"{{"at_ms":1000,"sensor":"s",{rest}}}"#);
    let heart = r#""service":"180D","characteristic":"2A37""#;
    for (line, words) in [
        (strap(r#""direction":"sang""#), "unknown variant `sang`"),
        (strap(r#""direction":"link""#), "`state` with a link"),
        (strap(r#""direction":"connected""#), "`about` with what a sensor says"),
        (strap(r#""direction":"notification","bytes":"00""#), "the characteristic of a notification"),
        (strap(&format!(r#""direction":"notification",{heart}"#)), "`bytes`, or null"),
        (
            strap(&format!(r#""direction":"notification",{heart},"bytes":"0""#)),
            "an even number of hex digits",
        ),
        (strap(&format!(r#""direction":"read",{heart}"#)), "`bytes` of an answer"),
        (strap(r#""direction":"read","service":"180D""#), "both `service` and `characteristic`"),
        (strap(r#""direction":"connect","mood":"fine""#), "unknown field `mood`"),
        ("17".to_owned(), "an object with at_ms, sensor and direction"),
    ] {
        let refused = Played::new(format!("{HEADER}\n\n{line}\n").as_bytes()).unwrap_err().to_string();
        assert!(refused.contains("line 3 of the trace") && refused.contains(words), "{words}: {refused}");
    }
}

#[test]
fn what_comes_before_a_bad_line_is_played_and_events_do_not_go_back_in_time() {
    let event = |at: i64| format!(r#"{{"at_ms":{at},"sensor":"s","direction":"link","state":"searching"}}"#);
    for (last, words) in [(event(900), "line 4 of the trace goes back in time"), ("{".to_owned(), "line 4")] {
        let about = r#"{"name":"","kind":"","cadence_ms":null,"has_clock":false,"notifies":[]}"#;
        let scanned = format!(r#"{{"at_ms":1000,"sensor":"s","direction":"scanned","about":{about}}}"#);
        let text = [HEADER, &scanned, &event(1000), &last].join("\n");
        let mut played = Played::new(text.as_bytes()).unwrap();
        let found = played.scan().now_or_never().unwrap().unwrap();
        played.connect(&found[0].id).now_or_never().unwrap().unwrap();
        let mut next = || played.next_event().now_or_never().unwrap();
        assert!(matches!(next(), Some(TransportEvent::Link { at: 1000, .. })));
        assert_eq!((next(), next()), (Some(TransportEvent::Finished), None));
        let error = played.error().unwrap().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn names_from_a_file_cannot_act_on_a_terminal() {
    let about = r#"{"name":"\u001b[2JStrap\u202e","kind":"\u0007x","cadence_ms":null,"has_clock":false,"notifies":[]}"#;
    let line = format!(r#"{{"at_ms":1000,"sensor":"a\nb","direction":"scanned","about":{about}}}"#);
    let text = format!("{HEADER}\n{line}\n");
    let mut played = Played::new(text.as_bytes()).unwrap();
    let found = played.scan().now_or_never().unwrap().unwrap();
    assert_eq!(
        (found[0].id.as_str(), found[0].name.as_str(), found[0].kind.as_str()),
        ("ab", "[2JStrap", "x")
    );
}

#[tokio::test]
async fn the_example_of_the_page_can_be_played() {
    let page = include_str!("../../docs/trace.md");
    let example = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let kept = played("trace-example", example.as_bytes().to_vec()).await;
    let heart: Vec<i64> = kept.iter().map(|kept| kept.reading.measured_at).collect();
    assert_eq!(heart, [1_772_366_401_018; 2], "a rate and an interval");
    assert_eq!(kept[0].sensor, "sysid-0250420000000001");
}
