//! Cases for the names of records in sensors' memories: docs/protocol.md §13.

use super::{draft::Draft, file::hex};
use pulsebook_protocol::hash::sha256;
use serde_json::{Value, json};

pub(super) fn drafts() -> Vec<Draft> {
    vec![fetched_names()]
}

const GLUCOSE: (u64, u64) = (0x1808, 0x2a18);
const CONTEXT: (u64, u64) = (0x1808, 0x2a34);
const CGM: (u64, u64) = (0x181f, 0x2aa7);
const SPOT: (u64, u64) = (0x1822, 0x2a5e);
const OBSERVATION: (u64, u64) = (0x1840, 0x2bdd);

/// Number 5 of 2026-07-14 09:26:53, 90 of a unit, type and location.
const MEASURED: [u8; 13] = [0x02, 5, 0, 0xea, 0x07, 7, 14, 9, 26, 53, 90, 0xb0, 0x11];
/// Context of number 5: nothing but that.
const AROUND: [u8; 3] = [0x00, 5, 0];
/// 12 mg/dL after five minutes.
const MINUTE: [u8; 6] = [6, 0, 12, 0x10, 5, 0];
/// Two such records in one frame; the second after six minutes.
const MINUTES: [u8; 12] = [6, 0, 12, 0x10, 5, 0, 6, 0, 12, 0x10, 6, 0];
/// Saturation 98, pulse 70, at 2026-07-14 09:26:53.
const SEEN: [u8; 12] = [0x01, 98, 0, 70, 0, 0xea, 0x07, 7, 14, 9, 26, 53];
/// Record 1, whole: an oxygen saturation of 98 % without a time.
const OBSERVED: [u8; 20] = [3, 1, 0, 0, 0, 1, 12, 0, 1, 0, 0xb8, 0x4b, 2, 0, 0x20, 2, 98, 0, 0, 0];
/// 2026-07-14 09:26:53 as a sensor writes it, and as milliseconds of UTC.
const DATE: [u8; 7] = [0xea, 0x07, 7, 14, 9, 26, 53];
const DATE_MS: i64 = 1_784_021_213_000;

/// The first eight bytes of SHA-256(u16 characteristic ‖ what the record is known by).
fn name((_, characteristic): (u64, u64), known_by: &[u8]) -> Vec<u8> {
    sha256(&[&(characteristic as u16).to_be_bytes(), known_by]).as_bytes()[..8].to_vec()
}

/// The record of the next cases: from where, what the sensor said before it, its frame.
fn record<'d>(draft: &'d mut Draft, (service, characteristic): (u64, u64), before: Vec<Value>, frame: &[u8]) -> &'d mut Draft {
    draft.set("service", service).set("characteristic", characteristic).set("before", before).set_hex("frame", frame)
}

/// What a monitor says of its session: when it began, its time zone in quarters of an hour, its summer time.
fn session(zone: i8, summer: u8) -> Vec<Value> {
    vec![json!([0x2aaa, hex(&[&DATE[..], &[zone as u8, summer]].concat())])]
}

fn joined(first: &[u8], second: &[u8]) -> Vec<u8> {
    [first, second].concat()
}

fn fetched_names() -> Draft {
    let what = "Names of records in sensors' memories. Bytes: the claimed name, or one for each record of the frame. Context: service and characteristic of the record, before (what the sensor said earlier: characteristic and bytes), frame.";
    let mut draft = Draft::new("fetched-name", what, 13);
    let (key, start) = (&MEASURED[1..10], DATE_MS.to_be_bytes());
    let measured = vec![json!([0x2a18, hex(&MEASURED)])];
    record(&mut draft, GLUCOSE, vec![], &MEASURED).good("glucose", "Its sequence number and base time.", name(GLUCOSE, key));
    let elsewhere = [&MEASURED[..12], &[0x21]].concat();
    record(&mut draft, GLUCOSE, vec![], &elsewhere).good("glucose-sent-again", "Location and value do not count: it is the record of the case before.", name(GLUCOSE, key));
    record(&mut draft, CONTEXT, measured.clone(), &AROUND).good("glucose-context", "The key of the measurement before it, and the frame.", name(CONTEXT, &joined(key, &AROUND)));
    record(&mut draft, CGM, session(-128, 255), &MINUTE).good("monitor", "The session's start as the sensor's clock shows it: it tells no zone.", name(CGM, &joined(&start, &MINUTE)));
    let earlier = (DATE_MS - 3 * 3_600_000).to_be_bytes();
    record(&mut draft, CGM, session(8, 4), &MINUTE).good("monitor-with-a-zone", "Two hours east and an hour of summer time: the start is UTC.", name(CGM, &joined(&earlier, &MINUTE)));
    record(&mut draft, CGM, session(0, 0), &MINUTES).good("monitor-two-records", "A frame of two records has the name of each.", joined(&name(CGM, &joined(&start, &MINUTES[..6])), &name(CGM, &joined(&start, &MINUTES[6..]))));
    record(&mut draft, SPOT, vec![], &SEEN).good("oximeter", "A record with a time of its own: the frame.", name(SPOT, &SEEN));
    record(&mut draft, OBSERVATION, vec![], &OBSERVED).good("observation", "What stands behind the segmentation header.", name(OBSERVATION, &OBSERVED[1..]));
    let again = [&[0b1111], &OBSERVED[1..]].concat();
    record(&mut draft, OBSERVATION, vec![], &again).good("observation-sent-again", "The rolling counter of the header goes on; it is the record of the case before.", name(OBSERVATION, &OBSERVED[1..]));
    wrong_of_glucose(&mut draft, key);
    wrong_of_others(&mut draft, &start);
    nameless(&mut draft);
    draft
}

/// Of the first case, what comes out when a part of the formula is taken wrongly.
fn wrong_of_glucose(draft: &mut Draft, key: &[u8]) {
    record(draft, GLUCOSE, vec![], &MEASURED);
    let mut bad = |name: &str, why: &str, bytes: Vec<u8>| {
        draft.bad(name, why, "formula", bytes);
    };
    let right = name(GLUCOSE, key);
    bad("nothing", "There is no name.", Vec::new());
    bad("seven-bytes", "The last byte is missing.", right[..7].to_vec());
    bad("nine-bytes", "A byte follows.", joined(&right, &[0]));
    bad("reversed", "The bytes are in reverse order.", right.iter().rev().copied().collect());
    bad("flipped", "One bit is flipped.", [&right[..7], &[right[7] ^ 1]].concat());
    let whole = sha256(&[&[0x2a, 0x18], key]);
    bad("last-eight-bytes", "They are the last eight bytes of the hash.", whole.as_bytes()[24..].to_vec());
    bad("whole-hash", "It is the whole hash.", whole.as_bytes().to_vec());
    bad("hashed-twice", "The hash is hashed again.", sha256(&[whole.as_bytes()]).as_bytes()[..8].to_vec());
    bad("without-characteristic", "The characteristic is left out.", sha256(&[key]).as_bytes()[..8].to_vec());
    bad("characteristic-little-endian", "The characteristic is little-endian.", name((0, 0x182a), key));
    bad("service-for-characteristic", "The service stands for the characteristic.", name((0, GLUCOSE.0), key));
    bad("of-the-context", "It is the name of a context.", name(CONTEXT, key));
    bad("whole-frame", "The whole frame is hashed.", name(GLUCOSE, &MEASURED));
    bad("number-alone", "The base time is left out: a meter that was reset counts again.", name(GLUCOSE, &key[..2]));
    bad("time-alone", "The number is left out.", name(GLUCOSE, &key[2..]));
    bad("with-flags", "The flags are hashed too.", name(GLUCOSE, &MEASURED[..10]));
    bad("with-value", "What follows the base time is hashed too.", name(GLUCOSE, &MEASURED[1..12]));
    let big_endian = [&[0, 5][..], &key[2..]].concat();
    bad("number-big-endian", "The number is turned round instead of taken as it was sent.", name(GLUCOSE, &big_endian));
    bad("next-number", "It is the name of number 6.", name(GLUCOSE, &[&[6], &key[1..]].concat()));
}

/// Contexts, monitors and oximeters.
fn wrong_of_others(draft: &mut Draft, start: &[u8; 8]) {
    let key = &MEASURED[1..10];
    record(draft, CONTEXT, vec![json!([0x2a18, hex(&MEASURED)])], &AROUND);
    draft.bad("context-alone", "The measurement before it is left out.", "formula", name(CONTEXT, &AROUND));
    draft.bad("context-behind", "The frame stands before the measurement's key.", "formula", name(CONTEXT, &joined(&AROUND, key)));
    draft.bad("context-as-its-measurement", "It is the name of the measurement.", "formula", name(GLUCOSE, key));
    record(draft, CGM, session(8, 4), &MINUTE);
    draft.bad("monitor-local-time", "The session's start is local, though the sensor tells its zone.", "formula", name(CGM, &joined(start, &MINUTE)));
    record(draft, CGM, session(0, 0), &MINUTE);
    let mut bad = |called: &str, why: &str, known_by: Vec<u8>| {
        draft.bad(called, why, "formula", name(CGM, &known_by));
    };
    bad("monitor-without-session", "The session's start is left out.", MINUTE.to_vec());
    bad("monitor-behind", "The frame stands before the session's start.", joined(&MINUTE, start));
    bad("monitor-seconds", "The session's start is in seconds.", joined(&(DATE_MS / 1000).to_be_bytes(), &MINUTE));
    bad("monitor-little-endian", "The session's start is little-endian.", joined(&DATE_MS.to_le_bytes(), &MINUTE));
    bad("monitor-as-sent", "The session's start is as it was sent.", joined(&DATE, &MINUTE));
    bad("monitor-one-of-two", "The first record's name is given for a record of another minute.", joined(start, &MINUTES[6..]));
    bad("monitor-offset-alone", "Of the frame only the minutes are hashed.", joined(start, &MINUTE[4..]));
    record(draft, SPOT, vec![], &SEEN);
    draft.bad("oximeter-time-alone", "Of the frame only the time is hashed.", "formula", name(SPOT, &SEEN[5..]));
    draft.bad("oximeter-without-time", "Of the frame the time is left out.", "formula", name(SPOT, &SEEN[..5]));
}

/// Records that have no name, each with the one that the formula would give.
fn nameless(draft: &mut Draft) {
    let mut bad = |called: &str, why: &str, from: (u64, u64), frame: &[u8], known_by: &[u8]| {
        record(draft, from, vec![], frame);
        draft.bad(called, why, "no name", name(from, known_by));
    };
    let timeless = [0x00, 98, 0, 70, 0];
    bad("without-a-time", "A record without a time of its own: two of them may look the same and be two.", SPOT, &timeless, &timeless);
    bad("a-stream", "Continuous measurements are no records.", (0x1822, 0x2a5f), &timeless, &timeless);
    bad("context-without-measurement", "A context that no measurement came before.", CONTEXT, &AROUND, &AROUND);
    bad("monitor-of-no-session", "When the session began is not known.", CGM, &MINUTE, &MINUTE);
    let pressure = [&[0x02, 120, 0, 80, 0, 93, 0][..], &DATE].concat();
    bad("of-another-service", "Blood pressure monitors are not asked for records again.", (0x1810, 0x2a35), &pressure, &pressure);
    bad("malformed", "The frame ends before its base time does.", GLUCOSE, &MEASURED[..8], &MEASURED[1..8]);
}
