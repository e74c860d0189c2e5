//! Cases for the journal: docs/protocol.md §15.

use super::{
    cbor::{Cbor, array, int, raw},
    draft::Draft,
    world::{START_MS, secret},
};
use pulsebook_protocol::{random::SeededRandom, seal};

pub(super) fn drafts() -> Vec<Draft> {
    vec![journal_files(), journal_records(), files_with_room(), memories()]
}

const FILE_ID: [u8; 16] = [0x3f; 16];
const FILE_KEY: [u8; 32] = [0x4a; 32];

/// The same of a file with room behind its records.
fn head_2() -> Vec<u8> {
    let mut head = head("journal", &FILE_ID);
    head[6] = b'2';
    head
}

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

/// A record and its end mark.
fn marked(number: u64, content: &[u8]) -> Vec<u8> {
    [&record(number, &aad(number), content)[..], b"\n"].concat()
}

/// A file with as many bytes of room.
fn roomy(contents: &[&[u8]], room: usize) -> Vec<u8> {
    let records = (0..).zip(contents).map(|(number, content)| marked(number, content));
    [head_2(), records.collect::<Vec<_>>().concat(), vec![0; room]].concat()
}

fn files_with_room() -> Draft {
    let mut draft = Draft::new("journal-file-2", "Journal files with room behind their records (PBJRNL2). Context: erase_key. Value: the records' contents, and where a record begins that was cut off while it was written (never told); null when none was.", 15);
    draft.set_hex("erase_key", [0x5c; 32]);
    let three: [&[u8]; 3] = [b"first", b"", &[7; 300]];
    let (whole, end) = (roomy(&three, 512), roomy(&three, 0).len());
    let (first, third) = (85 + 4 + 5 + 16 + 1, end - (4 + 300 + 16 + 1));
    // The file as it is when only so many of its written bytes reached the disk.
    let stopped = |at: usize| [&whole[..at], &vec![0; whole.len() - at][..]].concat();
    draft.good("empty", "A head and nothing else.", roomy(&[], 0));
    draft.good("empty-with-room", "A head and room.", roomy(&[], 65_536));
    draft.good("one-record", "One record and room.", roomy(&[b"first"], 100));
    draft.good("three-records", "Three records, one of them empty, and room.", whole.clone());
    draft.good("three-records-without-room", "The disk had no room to make ahead.", roomy(&three, 0));
    draft.good("room-of-one-byte", "The room is used up but for one byte.", roomy(&three, 1));
    draft.good("longest-record", "A record of 60,000 bytes.", roomy(&[&[0x55; 60_000]], 64));
    draft.good("stopped-in-the-length", "One byte of the last record's length was written.", stopped(third + 1));
    draft.good("stopped-in-the-complement", "The length was written and half of its complement.", stopped(third + 3));
    draft.good("stopped-in-the-content", "The last record was cut off in its content.", stopped(third + 40));
    draft.good("stopped-before-the-end-mark", "Of the last record only the end mark was not written.", stopped(end - 1));
    draft.good("file-ends-in-the-content", "The file ends in the last record.", whole[..third + 40].to_vec());
    draft.good("file-ends-in-the-length", "The file ends in the last record's length.", whole[..third + 2].to_vec());
    draft.good("file-ends-before-the-end-mark", "The file ends before the last record's end mark.", whole[..end - 1].to_vec());
    draft.good("torn-head", "The head was cut off: no record was ever written to this file.", whole[..60].to_vec());
    let damaged = "damaged at byte 85";
    let mut bad = |name: &str, why: &str, error: &str, bytes: Vec<u8>| {
        draft.bad(name, why, error, bytes);
    };
    let flipped = |at: usize| { let mut bytes = whole.clone(); bytes[at] ^= 1; bytes };
    let after_first = format!("damaged at byte {first}");
    bad("version-3", "The file begins as one of version 3.", "damaged at byte 0", flipped(6));
    bad("other-id", "The id is not the one that the key was wrapped for.", "damaged at byte 0", flipped(9));
    bad("wrapped-key-flipped", "One bit of the wrapped key is flipped.", "damaged at byte 0", flipped(50));
    bad("record-flipped", "One bit of the first record is flipped.", damaged, flipped(90));
    bad("second-record-flipped", "One bit of the second record is flipped.", &after_first, flipped(first + 5));
    bad("length-flipped", "One bit of a length is flipped.", damaged, flipped(86));
    bad("complement-flipped", "One bit of a complement is flipped.", damaged, flipped(88));
    bad("end-mark-flipped", "One bit of an end mark is flipped.", damaged, flipped(first - 1));
    bad("end-mark-zero", "An end mark is zero, and a record follows.", damaged, { let mut bytes = whole.clone(); bytes[first - 1] = 0; bytes });
    bad("last-end-mark-flipped", "One bit of the last end mark is flipped.", &format!("damaged at byte {third}"), flipped(end - 1));
    bad("byte-in-the-room", "A byte in the room is not zero.", &format!("damaged at byte {end}"), flipped(whole.len() - 1));
    bad("hole-before-a-record", "Zeros stand where the second record should begin, and the third behind them.", &after_first, [&whole[..first], &vec![0; third - first][..], &whole[third..]].concat());
    bad("hole-in-a-record", "The last part of a record is zeros, and a record follows.", damaged, [&whole[..first - 8], &[0; 8][..], &whole[first..]].concat());
    bad("records-of-version-1", "The records have no end marks.", damaged, [head_2(), record(0, &aad(0), b"first"), record(1, &aad(1), b"second"), vec![0; 64]].concat());
    bad("named-version-1", "The file says that it is of version 1, and its records have end marks.", &format!("damaged at byte {}", first - 1), { let mut bytes = whole.clone(); bytes[6] = b'1'; bytes });
    bad("record-twice", "A record is there twice: the second has the wrong number.", &after_first, [&whole[..first], &whole[85..]].concat());
    bad("records-swapped", "Two records have changed places.", damaged, [head_2(), marked(1, b""), marked(0, b"first")].concat());
    bad("record-missing", "The first record is missing.", damaged, [head_2(), whole[first..].to_vec()].concat());
    bad("number-from-1", "Records are counted from 1.", damaged, [head_2(), marked(1, b"first"), vec![0; 64]].concat());
    bad("not-sealed", "A record stands in the clear.", damaged, [&head_2()[..], &[0, 21, 0xff, 0xea], b"a record in the clear\n"].concat());
    draft.bad_in(("erase_key", "5d".repeat(32)), "other-erase-key", "The key was wrapped under another erase key.", "damaged at byte 0", whole.clone());
    draft
}

fn memories() -> Draft {
    let mut draft = Draft::new("journal-memory", "Contents of journal records of kind 3: what a sensor said before the file began. Value: the bytes again. What the bytes inside mean is the program's own.", 15);
    let memory = |index: i64, bytes: &[u8]| array([int(3), array([int(index), bytes.into()])]);
    draft.good("first-sensor", "Of the file's first sensor.", memory(0, &[0x86, 0x82, 0, 0x80]));
    draft.good("another-sensor", "Of the file's eighth sensor.", memory(7, &[1, 2, 3]));
    draft.good("greatest-index", "The greatest index that there is.", memory(u32::MAX.into(), &[1]));
    draft.good("nothing-remembered", "No bytes.", memory(0, &[]));
    draft.good("long", "Four kilobytes.", memory(1, &[0x5a; 4096]));
    draft.good("longest", "A record of 60,000 bytes in all.", memory(0, &[0; 60_000 - 7]));
    let (base, why) = (memory(0, &[1, 2, 3]), "not a record");
    let mut bad = |name: &str, says: &str, cbor: Cbor| {
        draft.bad(name, says, why, cbor);
    };
    bad("kind-4", "There is no kind 4.", base.with(&[0], int(4)));
    bad("kind-of-assessor", "The fields stand behind the kind of what the assessor remembered.", base.with(&[0], int(0)));
    bad("kind-of-sensor", "The fields stand behind the kind of a sensor.", base.with(&[0], int(1)));
    bad("kind-of-notification", "The fields stand behind the kind of a notification.", base.with(&[0], int(2)));
    bad("negative-index", "The index is negative.", base.with(&[1, 0], int(-1)));
    bad("index-over-32-bits", "The index has 33 bits.", base.with(&[1, 0], int(1 << 32)));
    bad("index-as-text", "The index is a text.", base.with(&[1, 0], "0"));
    bad("index-null", "The index is null.", base.with(&[1, 0], raw(&[0xf6])));
    bad("long-index", "The index is not in its shortest form.", base.with(&[1, 0], raw(&[0x18, 0])));
    bad("bytes-as-text", "The bytes are a text.", base.with(&[1, 1], "x"));
    bad("bytes-null", "The bytes are null.", base.with(&[1, 1], raw(&[0xf6])));
    bad("bytes-in-parts", "The bytes come in parts of indefinite length.", base.with(&[1, 1], raw(&[0x5f, 0x41, 1, 0xff])));
    bad("without-bytes", "The bytes are left out.", base.without(&[1, 1]));
    bad("third-field", "There is a third field.", base.with(&[1, 2], int(0)));
    bad("fields-not-nested", "The fields stand beside the kind.", array([int(3), int(0), vec![1u8].into()]));
    bad("fields-as-map", "The fields are a map.", array([int(3), Cbor::Map(vec![(int(0), int(0)), (int(1), vec![1u8].into())])]));
    bad("over-60000-bytes", "The record has 60,001 bytes.", memory(0, &[0; 60_000 - 6]));
    draft.array_shapes(&base, why);
    draft
}
