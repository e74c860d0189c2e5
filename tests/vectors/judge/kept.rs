//! What the phone keeps for itself and must still read in years: docs/protocol.md §13, §14 and §15.

use super::{Format, Verdict, chain, hex, hexes, refused, secret};
use crate::file::{Case, unhex};
use pulsebook_core::{
    ble::{Characteristic, Notification, SensorId},
    decode::{Decoded, Memory, Zone, device_information},
    pipeline::{journal_record_again, segment_sensor_id},
    store::{
        Grain, RawNotification, Rollup, Summed,
        frozen::{
            open_fetched_page, open_journal_file, open_store_page, read_evidence_file, read_index,
            read_rollups,
        },
        journal::{Damage, Replay},
        read_evidence_page,
    },
};
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

pub(super) const FORMATS: &[Format] = &[
    ("store-page", "A *store page* is", store_page),
    ("fetched-page", "Table `fetched` (number, sealed)", fetched_page),
    ("fetched-name", "A name is the first eight bytes of SHA-256", fetched_name),
    ("rollup-page", "Table `rollups` (", rollup_page),
    ("rollup-index", "Table `rollup_index` (", rollup_index),
    ("evidence-file", "File `evidence/<height", evidence_file),
    ("evidence-page", "Page, a CBOR array: [count", evidence_page),
    ("sensor-identity", "Sensor identity. The id text", sensor_identity),
    ("journal-file", "File `journal/<number", journal_file),
    ("journal-file-2", "`PBJRNL2` LF ‖ file id", journal_file),
    ("journal-record", "Content of a record", journal_record),
    ("journal-memory", "[3, [index of its sensor u32, bstr]]", journal_record),
];

fn store_page(case: &Case) -> Verdict {
    let parts = |key| case.list(key).iter().map(unhex).collect::<Vec<Vec<u8>>>();
    let (primary, plain) = (parts("primary"), parts("plain"));
    let (primary, plain): (Vec<&[u8]>, Vec<&[u8]>) =
        (primary.iter().map(Vec::as_slice).collect(), plain.iter().map(Vec::as_slice).collect());
    let place = (case.word("table"), case.word("column"), &primary[..], &plain[..]);
    let page = open_store_page(&secret(case, "key"), chain(case), place, &case.bytes()).map_err(refused)?;
    Ok(json!({"page": hex(&page)}))
}

fn fetched_page(case: &Case) -> Verdict {
    let fetch = open_fetched_page(&secret(case, "key"), chain(case), case.number("number"), &case.bytes())
        .map_err(refused)?;
    let names = hexes(fetch.names.0.chunks(8));
    Ok(json!({"sensor": fetch.sensor, "service": fetch.service, "last": fetch.last, "names": names}))
}

fn fetched_name(case: &Case) -> Verdict {
    let service = u16::try_from(case.number("service")).unwrap();
    let said = |characteristic: &Value, bytes: &Value| Notification {
        sensor: SensorId::new("s"),
        characteristic: Characteristic::new(
            service,
            u16::try_from(characteristic.as_u64().unwrap()).unwrap(),
        ),
        received_at: 0,
        bytes: unhex(bytes),
    };
    let mut memory = Memory::new(Zone::default());
    for before in case.list("before") {
        memory.decode(&said(&before[0], &before[1]), &mut Decoded::default()).map_err(refused)?;
    }
    let record = said(case.field("characteristic"), case.field("frame"));
    let names: Vec<u8> =
        memory.records(&record).iter().filter_map(|record| record.name).flat_map(|name| name.hash).collect();
    if names.is_empty() {
        return Err("the record has no name".into());
    }
    super::computed(case, &names)
}

fn summed(summed: Summed) -> Value {
    json!([summed.count, summed.min, summed.max, summed.sum])
}

fn rollup((number, rollup): (i64, Rollup)) -> Value {
    json!({
        "number": number, "good": summed(rollup.good), "doubtful": summed(rollup.doubtful),
        "errors": rollup.errors, "absent": rollup.absent, "marks": rollup.marks.bits(),
    })
}

fn rollup_page(case: &Case) -> Verdict {
    let grain = Grain::ALL[usize::try_from(case.number("grain")).unwrap()];
    let page = case.field("page").as_i64().unwrap();
    let rollups = read_rollups(grain, page, &case.bytes()).ok_or("not a page of rollups")?;
    Ok(json!({"rollups": rollups.into_iter().map(rollup).collect::<Vec<_>>()}))
}

fn rollup_index(case: &Case) -> Verdict {
    let (next, series) = read_index(&case.bytes()).ok_or("not an index of rollups")?;
    let series: Vec<Value> = series
        .into_iter()
        .map(|(vital, origin, pages)| json!({"vital": vital, "origin": origin, "pages": pages}))
        .collect();
    Ok(json!({"next": next, "series": series}))
}

fn notifications(list: &[RawNotification]) -> Value {
    list.iter()
        .map(|raw| json!([raw.service, raw.characteristic, raw.instance, raw.received_at, hex(&raw.bytes.0)]))
        .collect()
}

fn evidence_page(case: &Case) -> Verdict {
    let page = read_evidence_page(&case.bytes()).ok_or("not a page of evidence")?;
    Ok(json!({"notifications": notifications(&page)}))
}

fn evidence_file(case: &Case) -> Verdict {
    let file = Scratch::with(&case.bytes());
    let slot = u8::try_from(case.number("slot")).unwrap();
    let read = read_evidence_file(&file.0, &chain(case), &case.hex("index"), slot).map_err(refused)?;
    Ok(json!({"seed": hex(read.seed.expose()), "notifications": notifications(&read.notifications)}))
}

fn sensor_identity(case: &Case) -> Verdict {
    let facts: Vec<_> = case
        .list("facts")
        .iter()
        .map(|fact| {
            let number = u16::from_str_radix(fact[0].as_str().unwrap(), 16).unwrap();
            let at = Characteristic::new(0x180A, number);
            (at, device_information::decode(at, &unhex(&fact[1])))
        })
        .collect();
    let said = device_information::identity(&facts).unwrap_or_else(|| case.word("transport").to_owned());
    let identity = segment_sensor_id(&said);
    if case.text() != identity {
        return Err("not the identity that these facts give".into());
    }
    Ok(json!({"identity": identity}))
}

fn journal_file(case: &Case) -> Verdict {
    let scratch = Scratch::with(&case.bytes());
    let mut file = open_journal_file(&scratch.0, &secret(case, "erase_key")).map_err(refused)?;
    let (mut records, mut torn) = (Vec::new(), Value::Null);
    loop {
        match file.next_record().map_err(refused)? {
            Replay::Record(content) => records.push(content.to_vec()),
            Replay::Damaged(Damage { offset, .. }) => return Err(format!("damaged at byte {offset}")),
            Replay::TornTail { offset } => torn = offset.into(),
            Replay::End => break,
        }
    }
    Ok(json!({"records": hexes(records), "torn": torn}))
}

fn journal_record(case: &Case) -> Verdict {
    let again = journal_record_again(&case.bytes()).ok_or("not a record of a journal")?;
    assert_eq!(again, case.bytes(), "a record that is written otherwise than it was read");
    Ok(json!({"record": hex(&again)}))
}

/// A file for readers that want one; it goes with its value.
struct Scratch(PathBuf);

impl Scratch {
    fn with(bytes: &[u8]) -> Scratch {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("pulsebook-vectors-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, bytes).unwrap();
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
