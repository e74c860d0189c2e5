//! Cases for exported evidence and for what sensors are called: docs/protocol.md §14.

use super::{
    draft::Draft,
    evidence::{Raw, strap, thermometer},
    file::hex,
    world::{START_MS, chain, secret},
};
use pulsebook_protocol::{evidence::{EvidenceTree, Notification}, hash::sha256};
use serde_json::{Value, json};

pub(super) fn drafts() -> Vec<Draft> {
    vec![evidence_exports(), sensor_identities()]
}

fn line((service, characteristic, instance, received_at, bytes): &Raw) -> String {
    json!({"service": format!("{service:04x}"), "characteristic": format!("{characteristic:04x}"), "instance": instance, "received_at_ms": received_at, "bytes": hex(bytes)}).to_string()
}

fn exported(slot: u8, list: &[Raw]) -> Vec<String> {
    let mut tree = EvidenceTree::new(secret(0x40 + slot));
    for (service, characteristic, instance, received_at, bytes) in list {
        tree.append(&Notification { service: *service, characteristic: *characteristic, instance: *instance, received_at: *received_at, bytes });
    }
    let head = json!({
        "pulsebook": "evidence/1", "chain": chain().to_string(), "block": 12, "slot": slot, "category": "heart", "from_ms": START_MS, "to_ms": START_MS + 3_600_000, "sensor": "sysid-123456fffe9abcde",
        "kind": "heart-rate strap", "origin": 1, "decoder_version": 1, "evidence_root": tree.root().to_string(), "seed": hex(secret(0x40 + slot).expose()), "notifications": list.len(),
    });
    [head.to_string()].into_iter().chain(list.iter().map(line)).collect()
}

fn evidence_exports() -> Draft {
    let mut draft = Draft::new("evidence-export", "Exported evidence. Text: the file, one JSON object a line, each line with its end. Value: of each segment block, slot, sensor, root and how many notifications; and the malformed notifications [sensor, service, characteristic, instance, received at ms, bytes].", 14);
    let text = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let list: Vec<Raw> = (0..5).map(strap).collect();
    let base = exported(0, &list);
    let odd = |sensor: &str| {
        let mut value: Value = serde_json::from_str(&line(&(0x180d, 0x2a37, 0, START_MS, vec![0xff]))).unwrap();
        (value["pulsebook"], value["sensor"]) = ("malformed/1".into(), sensor.into());
        value.to_string()
    };
    draft.good("one-segment", "A segment and its five notifications.", text(&base));
    draft.good("two-segments", "Two segments, one after the other.", text(&[base.clone(), exported(1, &[thermometer(7)])].concat()));
    draft.good("nothing-behind", "A segment behind which nothing stands: a root of zeros.", text(&exported(2, &[])));
    draft.good("with-malformed", "Malformed notifications follow.", text(&[base.clone(), vec![odd("s-1"), odd("s-2")]].concat()));
    draft.good("malformed-alone", "There is no segment.", text(&[odd("s-1")]));
    draft.good("empty-frame", "A notification without bytes.", text(&exported(3, &[(0x180f, 0x2a19, 2, -5, vec![])])));
    let mut bad = |name: &str, why: &str, error: &str, lines: Vec<String>| {
        draft.bad(name, why, error, text(&lines));
    };
    let head = |key: &str, value: Value| {
        let mut head: Value = serde_json::from_str(&base[0]).unwrap();
        if value.is_null() { head.as_object_mut().unwrap().remove(key); } else { head[key] = value; }
        [vec![head.to_string()], base[1..].to_vec()].concat()
    };
    let second = |key: &str, value: Value| {
        let mut lines = base.clone();
        let mut line: Value = serde_json::from_str(&lines[2]).unwrap();
        if value.is_null() { line.as_object_mut().unwrap().remove(key); } else { line[key] = value; }
        lines[2] = line.to_string();
        lines
    };
    bad("byte-changed", "A notification was changed.", "another root", second("bytes", "163e2104".into()));
    bad("time-changed", "A receive time was changed.", "another root", second("received_at_ms", (START_MS + 1).into()));
    bad("characteristic-changed", "A characteristic was changed.", "another root", second("characteristic", "2a38".into()));
    bad("instance-changed", "An instance was changed.", "another root", second("instance", 1.into()));
    bad("seed-changed", "The seed is another.", "another root", head("seed", "00".repeat(32).into()));
    bad("root-changed", "The root is another.", "another root", head("evidence_root", "00".repeat(32).into()));
    let mut swapped = base.clone();
    swapped.swap(1, 2);
    bad("notifications-swapped", "Two notifications have changed places.", "another root", swapped);
    bad("notification-missing", "The last notification is missing.", "missing", base[..5].to_vec());
    bad("notification-left-out", "A notification is left out, and the count says so.", "another root", [&head("notifications", 4.into())[..5]].concat());
    bad("notification-too-many", "A notification follows that the count leaves out.", "segment's line", [base.clone(), vec![base[1].clone()]].concat());
    bad("version-2", "It is evidence of version 2.", "version 1", head("pulsebook", "evidence/2".into()));
    bad("head-without-seed", "The segment's line has no seed.", "fields", head("seed", Value::Null));
    bad("head-without-sensor", "The segment's line has no sensor.", "fields", head("sensor", Value::Null));
    bad("head-without-count", "The segment's line has no count.", "segment's line", head("notifications", Value::Null));
    bad("short-seed", "The seed has 31 bytes.", "32 bytes", head("seed", "44".repeat(31).into()));
    bad("upper-case", "Bytes are in upper case.", "lower-case hex", second("bytes", "163D2103".to_uppercase().into()));
    bad("half-a-byte", "A notification has half a byte.", "lower-case hex", second("bytes", "163d210".into()));
    bad("three-digits", "A characteristic has three digits.", "four hex digits", second("characteristic", "a37".into()));
    bad("instance-over-16-bits", "An instance has 17 bits.", "instance", second("instance", 65_536.into()));
    bad("time-as-text", "A receive time is a text.", "time", second("received_at_ms", "1".into()));
    bad("notification-without-service", "A notification has no service.", "fields", second("service", Value::Null));
    bad("notification-with-more", "A notification has an unknown field.", "fields", second("note", "x".into()));
    bad("malformed-without-sensor", "A malformed notification has no sensor.", "fields", vec![odd("s-1").replace(",\"sensor\":\"s-1\"", "")]);
    draft.bad("no-json", "A line is no JSON.", "no JSON object", "evidence\n");
    draft.bad("last-line-open", "The last line has no end.", "does not end", text(&base).trim_end());
    draft
}

fn udi(label: &str, device: &str) -> Vec<u8> {
    [&[0b11], label.as_bytes(), &[0], device.as_bytes(), &[0]].concat()
}

fn sensor_identities() -> Draft {
    let mut draft = Draft::new("sensor-identity", "Identities of sensors. Context: facts, each [characteristic of Device Information, the bytes read]; transport, the name it has for the sensor. Text: a claimed identity.", 14);
    let facts = |facts: &[(&str, &[u8])]| facts.iter().map(|(number, bytes)| json!([number, hex(bytes)])).collect::<Value>();
    let id: &[u8] = &[0x9a, 0x78, 0x56, 0x34, 0x12, 0xf0, 0xde, 0xbc];
    let (maker, model) = (("2a29", &b"Acme"[..]), ("2a24", &b"HRM-2"[..]));
    let (serial, device) = (("2a25", &b"A17"[..]), udi("(01)00844588003288", "00844588003288"));
    draft.set("transport", "radio-7");
    let rows: Vec<(&str, &str, Value, String)> = vec![
        ("system-id", "A System ID: the bytes come least first.", facts(&[("2a23", id), maker, model, serial]), "sysid-bcdef0123456789a".into()),
        ("udi", "A UDI and a serial number.", facts(&[("2bff", &device), maker, model, serial]), "udi-00844588003288-A17".into()),
        ("serial", "Manufacturer, model and serial number.", facts(&[maker, model, serial]), "serial-Acme-HRM-2-A17".into()),
        ("padded-texts", "Texts that the sensor padded with zeros.", facts(&[("2a29", b"Acme\0\0"), ("2a24", b"HRM-2\0"), ("2a25", b" A17\0")]), "serial-Acme-HRM-2-A17".into()),
        ("zero-system-id", "A System ID of zeros names nothing.", facts(&[("2a23", &[0; 8]), maker, model, serial]), "serial-Acme-HRM-2-A17".into()),
        ("ones-system-id", "A System ID of ones names nothing.", facts(&[("2a23", &[0xff; 8]), maker, model, serial]), "serial-Acme-HRM-2-A17".into()),
        ("zero-serial", "A serial number of zeros names nothing.", facts(&[maker, model, ("2a25", b"0000")]), "radio-7".into()),
        ("udi-without-serial", "A UDI names a kind of device, not one.", facts(&[("2bff", &device), maker, model]), "radio-7".into()),
        ("nothing-read", "Nothing is known: the transport's name.", facts(&[]), "radio-7".into()),
        ("no-model", "A serial number alone could be anybody's.", facts(&[maker, serial]), "radio-7".into()),
    ];
    for (name, why, facts, identity) in rows {
        draft.set("facts", facts).good(name, why, identity);
    }
    let long = "serial number of a maker with much to say, and more than 64 bytes of it";
    let whole = format!("serial-Acme-HRM-2-{long}");
    draft.set("facts", facts(&[maker, model, ("2a25", long.as_bytes())]));
    draft.good("over-64-bytes", "An identity of more than 64 bytes is hashed.", sha256(&[whole.as_bytes()]).to_string());
    let why = "not the identity";
    draft.bad("long-as-it-is", "An identity of more than 64 bytes stands as it is.", why, whole.clone());
    draft.bad("long-cut", "An identity of more than 64 bytes is cut.", why, &whole[..64]);
    draft.bad("long-in-upper-case", "The hash is in upper case.", why, sha256(&[whole.as_bytes()]).to_string().to_uppercase());
    draft.set("facts", facts(&[("2a23", id), ("2bff", &device), maker, model, serial]));
    for (name, says, text) in [
        ("system-id-as-it-came", "The System ID's bytes stand as they came.", "sysid-9a78563412f0debc"), ("system-id-in-upper-case", "The hex is in upper case.", "sysid-BCDEF0123456789A"),
        ("udi-before-system-id", "The UDI is taken before the System ID.", "udi-00844588003288-A17"), ("serial-before-system-id", "The serial number is taken before the System ID.", "serial-Acme-HRM-2-A17"),
        ("no-prefix", "The kind stands nowhere.", "bcdef0123456789a"), ("transport-first", "The transport's name is taken though the sensor said more.", "radio-7"), ("empty", "There is no identity.", ""),
    ] {
        draft.bad(name, says, why, text);
    }
    draft.set("facts", facts(&[("2bff", &device), maker, model, serial]));
    for (name, says, text) in [("udi-label", "The label stands for the device identifier.", "udi-(01)00844588003288-A17"), ("udi-without-its-serial", "The serial number is left out.", "udi-00844588003288"), ("serial-before-udi", "The serial number is taken before the UDI.", "serial-Acme-HRM-2-A17")] {
        draft.bad(name, says, why, text);
    }
    draft.set("facts", facts(&[("2a29", b"Acme\0"), model, serial]));
    for (name, says, text) in [("parts-swapped", "Model and maker have changed places.", "serial-HRM-2-Acme-A17"), ("padding-kept", "The padding stands in the text.", "serial-Acme\0-HRM-2-A17"), ("other-separator", "The parts are parted by spaces.", "serial Acme HRM-2 A17"), ("lower-case", "The texts are in lower case.", "serial-acme-hrm-2-a17")] {
        draft.bad(name, says, why, text);
    }
    draft.set("facts", facts(&[("2a23", &[0; 8]), maker, model, ("2a25", b"000")]));
    draft.bad("zeros-named", "A System ID of zeros is taken.", why, "sysid-0000000000000000");
    draft.bad("zero-serial-named", "A serial number of zeros is taken.", why, "serial-Acme-HRM-2-000");
    draft
}
