//! Everything that a folder answers, to be compared.

use super::looked::Looked;
use crate::{
    steps::Step,
    way::{Way, copy},
};
use pulsebook_core::{
    error::Error,
    keys::FileVault,
    record::{Record, RecordOptions, SensorLabel, SeriesQuery, VitalsQuery},
    sync::VerifyReport,
};
use pulsebook_grantee::{GranteeKeys, ReadRequest, ReadSession};
use pulsebook_protocol::{card::GrantFile, grant::Purpose, random::SystemRandom, vital::Vital};
use pulsebook_provider_node::{NodeFolder, serve};
use std::{fmt, fs, path::Path, time::SystemTime};

/// Looks at a folder; what nothing was seen of when it does not open.
pub(crate) type Look<'a> = dyn Fn(&Path) -> Result<Looked, String> + 'a;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// UTC seconds.
fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

fn words(error: impl fmt::Display) -> String {
    error.to_string()
}

/// A patient's folder: status, every reading, the chart, grants, accesses, sensors, raw notifications, and what
/// `verify --deep` finds here.
pub(crate) fn patient(folder: &Path) -> Result<Looked, String> {
    answers_of(folder, true)
}

/// The same without `verify`: what is answered to somebody who does not ask for it.
pub(crate) fn unverified(folder: &Path) -> Result<Looked, String> {
    answers_of(folder, false)
}

async fn open(folder: &Path) -> Result<Record, String> {
    let vault = FileVault::open(&folder.join("vault.json"), "a passphrase for tests").map_err(words)?;
    Record::open(folder, Box::new(vault), RecordOptions::default()).await.map_err(words)
}

fn answers_of(folder: &Path, verify: bool) -> Result<Looked, String> {
    runtime().block_on(async {
        let mut looked = Looked::default();
        let record = open(folder).await?;
        // Each is a question of its own: one that is refused does not spare the others.
        let asked = [
            standing(&record, &mut looked).await,
            shared(&record, &mut looked).await,
            readings(&record, &mut looked).await,
            charts(&record, &mut looked).await,
            raw(&record, &mut looked).await,
            malformed(&record, &mut looked).await,
            sensors(&record, &mut looked).await,
        ];
        asked.into_iter().filter_map(Result::err).for_each(|error| looked.refused(words(error)));
        if verify {
            match record.verify_deep().await {
                Ok(report) => own_chain(&report, &mut looked),
                Err(error) => looked.refused(words(error)),
            }
        }
        looked.damage.extend(record.status().await.map_err(words)?.damage);
        Ok(looked)
    })
}

fn own_chain(report: &VerifyReport, looked: &mut Looked) {
    let own = &report.own;
    looked.damage.extend(own.findings.iter().map(|finding| format!("{finding:?}")));
    looked.damage.extend(own.derived.iter().chain(&own.trouble).cloned());
    looked.count("blocks verified", own.blocks);
    looked.count("segments verified", own.segments);
}

async fn standing(record: &Record, looked: &mut Looked) -> Result<(), Error> {
    let status = record.status().await?;
    looked.shows(format!("chain {}", status.chain));
    looked.count("epochs", status.epoch.into());
    looked.count("blocks", status.blocks);
    looked.count("waiting readings", status.waiting_readings);
    looked.sum(format!("{:?} {}", status.fenced, status.headline));
    looked.sum(format!("{:?}", record.counts().await?));
    let accepted = record.accepted().await?;
    looked.count("blocks certified", accepted.certified());
    looked.count("blocks settled", accepted.settled());
    looked.sum(format!("{accepted:?}"));
    for node in record.circle().await? {
        looked.shows(format!("{:?} {} {} {}", node.label, node.name, node.address, node.confirmed));
        looked.sum(format!("{node:?}"));
    }
    Ok(())
}

async fn shared(record: &Record, looked: &mut Looked) -> Result<(), Error> {
    shared_before(record, u64::MAX, looked).await
}

/// With the accesses before a time, UTC seconds.
async fn shared_before(record: &Record, time_s: u64, looked: &mut Looked) -> Result<(), Error> {
    for standing in record.grants().await? {
        looked.shows(format!("{:?}", standing.grant));
        looked.sum(format!("{:?}", standing.in_force));
    }
    let accesses = record.accesses().await?;
    let before = accesses.iter().filter(|access| access.entry.time_s < time_s);
    before.for_each(|access| looked.shows(format!("{access:?}")));
    Ok(())
}

async fn readings(record: &Record, looked: &mut Looked) -> Result<(), Error> {
    let query = VitalsQuery { from: 0, to: i64::MAX / 4, vitals: vec![], limit: 1_000_000, after: None };
    let page = record.vitals(query).await?;
    for kept in &page.readings {
        let sensor = page.sensors.get(usize::try_from(kept.sensor).unwrap());
        let sensor = sensor.map(|SensorLabel { id, kind, origin }| format!("{id} {kind} {origin:?}"));
        let reading = kept.reading;
        let line = format!("{sensor:?} {:?} {} {:?}", reading.vital, reading.measured_at, reading.value);
        let marked = format!("marks of {line}: {:?}", reading.quality);
        // Marks of what waits in the journal say what came before: another, when a record before it is damaged.
        if kept.block.is_some() {
            looked.shows(marked)
        } else {
            looked.sum(marked)
        }
        looked.shows(line);
    }
    Ok(())
}

async fn charts(record: &Record, looked: &mut Looked) -> Result<(), Error> {
    for vital in [Vital::HeartRate, Vital::OxygenSaturation, Vital::BodyTemperature] {
        let (from, to) = (1_772_000_000_000, 1_773_000_000_000);
        let series = record.series(SeriesQuery { vital, from, to, buckets: 500, origin: None }).await?;
        looked.damage.extend(series.repairs.iter().map(|repair| format!("{repair:?}")));
        series.buckets.rows().for_each(|row| looked.drawn(vital, row));
        series.points.iter().for_each(|point| looked.shows(format!("point {vital:?} {point:?}")));
    }
    Ok(())
}

/// As `evidence export` writes them: what is sound is written when some is damaged.
async fn raw(record: &Record, looked: &mut Looked) -> Result<(), Error> {
    looked.shows(format!("{:?}", record.evidence_keeping().await?));
    for file in record.evidence_files().await? {
        looked.shows(format!("{file:?}"));
        for (slot, _) in &file.segments {
            let behind = match record.segment_evidence(file.height, *slot).await {
                Ok(Some(behind)) => behind,
                Ok(None) => continue,
                Err(error) => {
                    looked.refused(words(error));
                    continue;
                }
            };
            let (sensor, root) = (&behind.sensor.id, behind.root);
            looked.shows(format!("{} {slot} {sensor} {:?} {root:?}", file.height, behind.range));
            let all = &behind.evidence.evidence().notifications;
            all.iter().for_each(|raw| looked.shows(format!("{sensor} {raw:?}")));
        }
    }
    Ok(())
}

async fn malformed(record: &Record, looked: &mut Looked) -> Result<(), Error> {
    let mut from = 0;
    while let Some((number, page)) = record.malformed_page(from).await? {
        from = number + 1;
        page.iter().for_each(|malformed| looked.shows(format!("malformed {malformed:?}")));
    }
    Ok(())
}

/// As `sensors --json` shows them, and what waits for the patient's word.
async fn sensors(record: &Record, looked: &mut Looked) -> Result<(), Error> {
    for sensor in record.sensors().await? {
        for user in record.sensor_users(&sensor.id).await? {
            looked.shows(format!("{} {} {:?}", sensor.id, user.number, user.whose));
            looked.count(&format!("waiting of {} {}", sensor.id, user.number), user.waiting);
        }
        looked.shows(format!("{sensor:?}"));
    }
    Ok(())
}

/// A clinic's folder with its grant: its card, and a read at whichever node answers.
pub(crate) fn clinic(folder: &Path) -> Result<Looked, String> {
    let role = fs::read_to_string(folder.join("role.json"));
    // The command looks at it first, in the same words.
    if !role.is_ok_and(|role| role.contains("clinic/1")) {
        return Err("role.json is damaged: restore it from a backup".to_owned());
    }
    let mut looked = Looked::default();
    runtime().block_on(clinic_reads(folder, None, &mut looked))?;
    Ok(looked)
}

/// What the clinic is told, in the words of whoever found it.
async fn clinic_reads(folder: &Path, only_at: Option<&str>, looked: &mut Looked) -> Result<(), String> {
    let keys = GranteeKeys::load(folder).map_err(words)?;
    looked.shows(keys.card().unwrap().to_json());
    let text = fs::read_to_string(folder.join("grant.json")).map_err(|error| asked_again(&error))?;
    let file = GrantFile::parse(&text).map_err(|error| asked_again(&error))?;
    let mut session = ReadSession::new(file, keys).map_err(|error| asked_again(&error))?;
    if let Some(name) = only_at {
        session = session.only_at(name);
    }
    let request = ReadRequest { purpose: Purpose::Treatment, categories: vec![] };
    let read = session
        .read(&request, &now, &mut SystemRandom, &mut |segment| {
            segment
                .readings()
                .for_each(|reading| looked.shows(format!("{:?} {reading:?}", segment.sensor())));
            Ok(())
        })
        .await;
    let report = read.map_err(words)?;
    looked.damage.extend(report.left.iter().map(ToString::to_string));
    report.sentence.iter().for_each(|sentence| looked.shows(sentence.clone()));
    Ok(())
}

/// Of a file that the command names; its advice is the same for each error.
fn asked_again(error: &dyn std::error::Error) -> String {
    format!("the grant file: {error}: ask for it again")
}

/// A node's folder: it starts, shows its card, serves the clinic of the way, and its owner, who verifies all that it holds,
/// syncs, and sees who read.
pub(crate) fn node(way: &Way, folder: &Path) -> Result<Looked, String> {
    let port = fs::read_to_string(way.file("n1.port")).unwrap();
    let clinic = way.file("clinic");
    fs::copy(way.file("grant.json"), clinic.join("grant.json")).unwrap();
    let (me, begun) = (way.beside("owner"), now());
    let _ = fs::remove_dir_all(&me);
    copy(&way.saved(&format!("{:?}", Step::Revoke)).join("me"), &me);
    runtime().block_on(async {
        // A process that another test is just starting holds the socket of the look before until it is itself.
        let running = loop {
            let opened = NodeFolder::open(folder).map_err(words)?;
            match serve(opened, port.trim().parse().unwrap()).await {
                Err(error) if error.to_string().contains("Address already in use") => {
                    tokio::task::yield_now().await;
                }
                done => break done.map_err(words)?,
            }
        };
        let mut looked = Looked::default();
        looked.shows(running.card().to_json());
        // The operator is told, whatever the clinic and the owner get.
        looked.damage.extend(running.damage().map(str::to_owned));
        let read = clinic_reads(&clinic, Some("n1"), &mut looked).await;
        let owned = owner(&me, begun, &mut looked).await;
        running.stop().await;
        [read, owned].into_iter().filter_map(Result::err).for_each(|error| looked.refused(error));
        Ok(looked)
    })
}

/// The patient's side of one node, the others being away.
async fn owner(me: &Path, begun: u64, looked: &mut Looked) -> Result<(), String> {
    let record = open(me).await?;
    let report = record.verify_deep().await.map_err(words)?;
    for node in report.nodes.iter().filter(|node| node.name == "n1") {
        looked.damage.extend(node.checked.findings.iter().map(|finding| format!("{finding:?}")));
        looked.damage.extend(node.checked.trouble.clone());
        looked.count("blocks at the node", node.checked.blocks);
        looked.count("segments at the node", node.checked.segments);
    }
    let synced = record.sync().await.map_err(words)?;
    for node in synced.nodes.iter().filter(|node| node.name == "n1") {
        looked.damage.extend(node.trouble.clone());
        looked.sum(format!("{:?} {} {}", node.sent, node.accesses, node.waiting));
    }
    let status = record.status().await.map_err(words)?;
    looked.damage.extend(status.fenced.clone());
    looked.sum(format!("{:?} {:?}", synced.accepted, status.headline));
    // What the clinic just did is entered with the time of this look.
    shared_before(&record, begun, looked).await.map_err(words)
}
