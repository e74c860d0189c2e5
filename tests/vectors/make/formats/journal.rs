//! Cases for the journal: docs/protocol.md §15.

use super::{
    cbor::{Cbor, array, int, raw},
    draft::Draft,
    world::{START_MS, secret},
};
use pulsebook_protocol::{random::SeededRandom, seal};

pub(super) fn drafts() -> Vec<Draft> {
    vec![journal_files(), journal_records()]
}

const FILE_ID: [u8; 16] = [0x3f; 16];
const FILE_KEY: [u8; 32] = [0x4a; 32];

/// Magic ‖ id ‖ the file key under the erase key 5c, bound to the id.
fn head(domain: &str, bound_to: &[u8]) -> Vec<u8> {
    let aad = [format!("pulsebook/{domain}/v1\0").as_bytes(), bound_to].concat();
    let wrapped = seal::seal(secret(0x5c).expose(), &aad, &FILE_KEY, &mut SeededRandom::new(5)).unwrap();
    [&b"PBJRNL1\n"[..], &FILE_ID, &wrapped].concat()
}

fn aad(number: u64) -> Vec<u8> {
    [&FILE_ID[..], &number.to_be_bytes()].concat()
}

/// Length ‖ its complement ‖ ciphertext ‖ tag.
fn record(number: u64, aad: &[u8], content: &[u8]) -> Vec<u8> {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&number.to_be_bytes());
    let sealed = seal::seal_raw(&FILE_KEY, nonce, aad, content).unwrap();
    let size = sealed.len() as u16;
    [&size.to_be_bytes()[..], &(!size).to_be_bytes(), &sealed].concat()
}

fn file(contents: &[&[u8]]) -> Vec<u8> {
    let records = (0..).zip(contents).map(|(number, content)| record(number, &aad(number), content));
    [head("journal", &FILE_ID), records.collect::<Vec<_>>().concat()].concat()
}

fn journal_files() -> Draft {
    let mut draft = Draft::new("journal-file", "Journal files. Context: erase_key. Value: the records' contents, and where a record begins that was cut off while it was written (never acknowledged); null when none was.", 15);
    draft.set_hex("erase_key", [0x5c; 32]);
    let three: [&[u8]; 3] = [b"first", b"", &[7; 300]];
    let whole = file(&three);
    draft.good("empty", "A file without records.", file(&[]));
    draft.good("one-record", "One record.", file(&[b"first"]));
    draft.good("three-records", "Three records, one of them empty.", whole.clone());
    draft.good("longest-record", "A record of 60,000 bytes.", file(&[&[0x55; 60_000]]));
    draft.good("torn-in-the-length", "The last record was cut off in its length.", whole[..whole.len() - 318].to_vec());
    draft.good("torn-in-the-content", "The last record was cut off in its content.", whole[..whole.len() - 1].to_vec());
    draft.good("torn-head", "The head was cut off: no record was ever written to this file.", whole[..60].to_vec());
    draft.good("nothing", "The head was never written.", Vec::new());
    let first = 85 + 4 + 5 + 16;
    let (start, damaged) = (head("journal", &FILE_ID), "damaged at byte 85");
    let mut bad = |name: &str, why: &str, error: &str, bytes: Vec<u8>| {
        draft.bad(name, why, error, bytes);
    };
    let flipped = |at: usize| { let mut bytes = whole.clone(); bytes[at] ^= 1; bytes };
    bad("other-magic", "The file begins with other bytes.", "damaged at byte 0", flipped(6));
    bad("other-id", "The id is not the one that the key was wrapped for.", "damaged at byte 0", flipped(9));
    bad("wrapped-key-flipped", "One bit of the wrapped key is flipped.", "damaged at byte 0", flipped(50));
    bad("suite-2", "The wrapped key's box is of suite 2.", "damaged at byte 0", flipped(24).iter().enumerate().map(|(at, byte)| if at == 24 { 2 } else { *byte }).collect());
    bad("wrapped-for-another-file", "The key was wrapped for another id.", "damaged at byte 0", [head("journal", &[0x40; 16]), record(0, &aad(0), b"first")].concat());
    bad("wrapped-under-another-domain", "The key was wrapped under the domain of store pages.", "damaged at byte 0", [head("store-page", &FILE_ID), record(0, &aad(0), b"first")].concat());
    bad("record-flipped", "One bit of the first record is flipped.", damaged, flipped(90));
    bad("tag-flipped", "One bit of the first record's tag is flipped.", damaged, flipped(first - 1));
    bad("second-record-flipped", "One bit of the second record is flipped.", &format!("damaged at byte {first}"), flipped(first + 5));
    bad("length-flipped", "One bit of a length is flipped: it is not the complement any more.", damaged, flipped(86));
    bad("complement-flipped", "One bit of a complement is flipped.", damaged, flipped(88));
    bad("length-twice", "The length stands in place of its complement.", damaged, [&start[..], &[0, 21, 0, 21], &whole[89..]].concat());
    bad("zeros-for-a-record", "Zeros stand where a record should begin.", damaged, [&start[..], &[0; 64]].concat());
    bad("record-twice", "A record is there twice: the second has the wrong number.", &format!("damaged at byte {first}"), [&whole[..first], &whole[85..]].concat());
    bad("records-swapped", "Two records have changed places.", damaged, [&start[..], &record(1, &aad(1), b""), &record(0, &aad(0), b"first")].concat());
    bad("record-missing", "The first record is missing.", damaged, [&start[..], &whole[first..]].concat());
    bad("number-from-1", "Records are counted from 1.", damaged, [&start[..], &record(1, &aad(1), b"first")].concat());
    bad("number-in-the-nonce-alone", "The number stands in the nonce and not in the aad.", damaged, [&start[..], &record(0, &aad(1), b"first")].concat());
    bad("number-as-u32", "The aad has the number in four bytes.", damaged, [&start[..], &record(0, &[&FILE_ID[..], &[0; 4]].concat(), b"first")].concat());
    bad("record-of-another-file", "A record of another file.", damaged, [&start[..], &record(0, &[&[0x40; 16][..], &[0; 8]].concat(), b"first")].concat());
    bad("no-aad", "A record was sealed without associated data.", damaged, [&start[..], &record(0, &[], b"first")].concat());
    bad("not-sealed", "A record stands in the clear.", damaged, [&start[..], &[0, 21, 0xff, 0xea], b"a record in the clear"].concat());
    draft.bad_in(("erase_key", "5d".repeat(32)), "other-erase-key", "The key was wrapped under another erase key.", "damaged at byte 0", whole.clone());
    draft
}

fn journal_records() -> Draft {
    let mut draft = Draft::new("journal-record", "Contents of journal records. Value: the bytes again.", 15);
    let sensor = |cadence: Cbor| array([int(1), array([int(0), array(["sysid-123456fffe9abcde".into(), "HRM-2".into(), "heart-rate strap".into(), cadence, raw(&[0xf4]), int(2)])])]);
    let notification = |bytes: &[u8]| array([int(2), array([array([int(0), int(0x180d), int(0x2a37), int(0), int(START_MS), bytes.into()])])]);
    draft.good("assessor", "What the assessor remembered, as it wrote it.", array([int(0), array([vec![1u8, 2, 3].into()])]));
    draft.good("stream", "A sensor that sends once a second.", sensor(int(1000)));
    draft.good("spot", "A sensor without a nominal period, with a clock.", sensor(raw(&[0xf6])).with(&[1, 1, 4], raw(&[0xf5])));
    draft.good("notification", "A notification of that sensor.", notification(&[0x16, 61, 0x21, 3]));
    draft.good("empty-notification", "A notification without bytes.", notification(&[]));
    draft.good("before-1970", "A notification by a clock that is far off.", notification(&[6, 61]).with(&[1, 0, 4], int(-5)));
    let (base, sensor, why) = (notification(&[0x16, 61, 0x21, 3]), sensor(int(1000)), "not a record");
    let mut bad = |name: &str, says: &str, cbor: Cbor| {
        draft.bad(name, says, why, cbor);
    };
    bad("kind-3", "There is no kind 3.", base.with(&[0], int(3)));
    bad("kind-as-text", "The kind is a text.", base.with(&[0], "2"));
    bad("fields-of-another-kind", "A sensor's fields stand behind the kind of a notification.", sensor.with(&[0], int(2)));
    bad("notification-not-nested", "The notification's fields stand in one array too few.", array([int(2), base.at(&[1, 0]).clone()]));
    bad("notification-without-bytes", "The notification's bytes are left out.", base.without(&[1, 0, 5]));
    bad("notification-of-seven", "The notification has a seventh field.", base.with(&[1, 0, 6], int(0)));
    bad("bytes-as-text", "The notification's bytes are a text.", base.with(&[1, 0, 5], "x"));
    bad("service-over-16-bits", "A service has 17 bits.", base.with(&[1, 0, 1], int(65_536)));
    bad("instance-over-8-bits", "An instance has nine bits.", base.with(&[1, 0, 3], int(256)));
    bad("sensor-over-32-bits", "A sensor's index has 33 bits.", base.with(&[1, 0, 0], int(1 << 32)));
    bad("negative-sensor", "A sensor's index is negative.", base.with(&[1, 0, 0], int(-1)));
    bad("time-as-text", "The receive time is a text.", base.with(&[1, 0, 4], "1"));
    bad("sensor-without-origin", "A sensor's origin is left out.", sensor.without(&[1, 1, 5]));
    bad("sensor-clock-as-number", "Whether there is a clock is a number.", sensor.with(&[1, 1, 4], int(0)));
    bad("sensor-period-left-out", "A sensor's period is left out instead of null.", sensor.without(&[1, 1, 3]));
    bad("sensor-id-as-bytes", "A sensor's id is bytes.", sensor.with(&[1, 1, 0], &b"sysid"[..]));
    bad("sensor-id-not-utf-8", "A sensor's id is not UTF-8.", sensor.with(&[1, 1, 0], raw(&[0x62, 0xff, 0xfe])));
    bad("long-integer", "A number is not in its shortest form.", base.with(&[1, 0, 3], raw(&[0x18, 0])));
    bad("over-60000-bytes", "The content has more than 60,000 bytes.", notification(&[0; 60_000]));
    draft.array_shapes(&base, why);
    draft
}
