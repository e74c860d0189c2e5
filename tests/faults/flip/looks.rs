//! Everything that a folder answers, to be compared.

use crate::way::Way;
use pulsebook_core::{
    keys::FileVault,
    record::{Record, RecordOptions, SeriesQuery, VitalsQuery},
};
use pulsebook_grantee::{GranteeKeys, ReadRequest, ReadSession};
use pulsebook_protocol::{card::GrantFile, grant::Purpose, random::SystemRandom, vital::Vital};
use pulsebook_provider_node::{NodeFolder, serve};
use std::{collections::BTreeMap, error::Error, fs, path::Path, time::SystemTime};

/// Looks at a folder.
pub(crate) type Look<'a> = dyn Fn(&Path) -> Result<Looked, String> + 'a;

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Looked {
    /// Readings, each as a line, with how often it came.
    readings: BTreeMap<String, usize>,
    /// Other answers.
    answers: Vec<String>,
    /// Damage that was named beside them.
    pub(crate) damage: Vec<String>,
}

impl Looked {
    /// No reading that was not there before, and none more often.
    pub(crate) fn shows_no_more_than(&self, before: &Looked) -> bool {
        self.readings.iter().all(|(line, times)| before.readings.get(line).is_some_and(|most| times <= most))
    }

    pub(crate) fn difference(&self, before: &Looked) -> String {
        let readings = |looked: &Looked| looked.readings.values().sum::<usize>();
        let other = self.answers.iter().zip(&before.answers).find(|(a, b)| a != b);
        let (now, then) = (readings(self), readings(before));
        let all = format!("{now} readings, {then} before; damage {:?}; {other:?}", self.damage);
        all.chars().take(400).collect()
    }

    fn read(&mut self, line: String) {
        *self.readings.entry(line).or_default() += 1;
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn words(error: &dyn Error) -> String {
    error.to_string()
}

/// A patient's folder: status, every reading, the chart, grants, accesses, and what `verify` finds here.
pub(crate) fn patient(folder: &Path) -> Result<Looked, String> {
    answers_of(folder, true)
}

/// The same without `verify`: what is answered to somebody who does not ask for it.
pub(crate) fn unverified(folder: &Path) -> Result<Looked, String> {
    answers_of(folder, false)
}

fn answers_of(folder: &Path, verify: bool) -> Result<Looked, String> {
    runtime().block_on(async {
        let mut looked = Looked::default();
        let vault = FileVault::open(&folder.join("vault.json"), "a passphrase for tests")
            .map_err(|error| words(&error))?;
        let record = Record::open(folder, Box::new(vault), RecordOptions::default())
            .await
            .map_err(|error| words(&error))?;
        patient_answers(&record, &mut looked).await.map_err(|error| words(&error))?;
        if verify {
            let verified = record.verify().await.map_err(|error| words(&error))?;
            looked.damage.extend(verified.own.findings.iter().map(|finding| format!("{finding:?}")));
            looked.answers.push(format!("{} {}", verified.own.blocks, verified.own.segments));
        }
        let status = record.status().await.map_err(|error| words(&error))?;
        looked.damage.extend(status.damage.clone());
        Ok(looked)
    })
}

async fn patient_answers(record: &Record, looked: &mut Looked) -> Result<(), pulsebook_core::error::Error> {
    let status = record.status().await?;
    let without_damage = (
        &status.chain,
        status.epoch,
        status.blocks,
        status.waiting_readings,
        &status.fenced,
        &status.headline,
    );
    looked.answers.push(format!("{without_damage:?}"));
    looked.answers.push(format!("{:?}", record.counts().await?));
    looked.answers.push(format!("{:?}", record.accepted().await?));
    looked.answers.push(format!("{:?}", record.circle().await?));
    looked.answers.push(format!("{:?}", record.grants().await?));
    looked.answers.push(format!("{:?}", record.accesses().await?));
    let query = VitalsQuery { from: 0, to: i64::MAX / 4, vitals: vec![], limit: 1_000_000, after: None };
    let page = record.vitals(query).await?;
    for kept in &page.readings {
        let sensor = page.sensors.get(usize::try_from(kept.sensor).unwrap());
        let reading = kept.reading;
        looked.read(format!("{sensor:?} {:?} {} {:?}", reading.vital, reading.measured_at, reading.value));
        // Marks may differ beside a record of the journal that is named as damaged: they say what came before.
        let sealed = kept.block.is_some();
        looked.answers.push(format!("{} {:?} {sealed}", reading.measured_at, reading.quality));
    }
    for vital in [Vital::HeartRate, Vital::OxygenSaturation, Vital::BodyTemperature] {
        let (from, to) = (1_772_000_000_000, 1_773_000_000_000);
        let series = record.series(SeriesQuery { vital, from, to, buckets: 500, origin: None }).await?;
        let rows: Vec<String> = series.buckets.rows().map(|row| format!("{row:?}")).collect();
        looked.damage.extend(series.repairs.iter().map(|repair| format!("{repair:?}")));
        looked.answers.push(format!("{vital:?} {rows:?} {:?}", series.points));
    }
    Ok(())
}

/// A clinic's folder with its grant: its card, and a read at whichever node answers.
pub(crate) fn clinic(folder: &Path) -> Result<Looked, String> {
    runtime().block_on(clinic_reads(folder, None))
}

async fn clinic_reads(folder: &Path, only_at: Option<&str>) -> Result<Looked, String> {
    let mut looked = Looked::default();
    let role = fs::read_to_string(folder.join("role.json"))
        .map_err(|error| format!("role.json: {error}: restore"))?;
    if !role.contains("clinic/1") {
        return Err("the folder's role.json is damaged: restore it from a backup".to_owned());
    }
    let keys = GranteeKeys::load(folder).map_err(|error| words(&error))?;
    let text = fs::read_to_string(folder.join("grant.json"))
        .map_err(|error| format!("the grant: {error}: ask for it"))?;
    let file =
        GrantFile::parse(&text).map_err(|error| format!("the grant file: {error}: ask for it again"))?;
    looked.answers.push(keys.card().unwrap().to_json());
    let mut session =
        ReadSession::new(file, keys).map_err(|error| format!("the grant: {error}: ask for it again"))?;
    if let Some(name) = only_at {
        session = session.only_at(name);
    }
    let request = ReadRequest { purpose: Purpose::Treatment, categories: vec![] };
    let clock = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let mut lines = Vec::new();
    let read = session
        .read(&request, &clock, &mut SystemRandom, &mut |segment| {
            lines.extend(segment.readings().map(|reading| format!("{:?} {reading:?}", segment.sensor())));
            Ok(())
        })
        .await;
    lines.into_iter().for_each(|line| looked.read(line));
    let report = read.map_err(|error| {
        format!("the grant or the node: {error}; use nothing of it, ask for the grant again")
    })?;
    looked.damage.extend(report.left.iter().map(ToString::to_string));
    looked.answers.push(format!("{:?}", report.sentence));
    Ok(looked)
}

/// A node's folder: it starts, shows its card, and serves the clinic of the way.
pub(crate) fn node(way: &Way, folder: &Path) -> Result<Looked, String> {
    let port = fs::read_to_string(way.file("n1.port")).unwrap();
    let clinic = way.file("clinic");
    fs::copy(way.file("grant.json"), clinic.join("grant.json")).unwrap();
    runtime().block_on(async {
        // A process that another test is just starting holds the socket of the look before until it is itself.
        let running = loop {
            let opened = NodeFolder::open(folder).map_err(|error| words(&error))?;
            match serve(opened, port.trim().parse().unwrap()).await {
                Err(error) if error.to_string().contains("Address already in use") => {
                    tokio::task::yield_now().await;
                }
                done => break done.map_err(|error| words(&error))?,
            }
        };
        let card = running.card().to_json();
        let damage = running.damage().map(str::to_owned);
        let looked = clinic_reads(&clinic, Some("n1")).await;
        running.stop().await;
        // The operator is told, whatever the clinic gets.
        let mut looked = match (looked, &damage) {
            (Err(_), Some(_)) => Looked::default(),
            (looked, _) => looked?,
        };
        looked.damage.extend(damage);
        looked.answers.push(card);
        Ok(looked)
    })
}
