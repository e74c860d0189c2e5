//! `export --format ndjson`: a folder of FHIR bulk data, complete or not there.

use crate::{
    durable,
    exit::{Failure, Outcome},
    files::Beside,
    patient::{Patient, Wanted},
};
use pulsebook_faultpoint::{Point, reach};
use pulsebook_fhir::{BulkFiles, BulkWriter, Source};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

const PATIENT: &str = "Patient.ndjson";
const DEVICE: &str = "Device.ndjson";
const OBSERVATION: &str = "Observation.ndjson";

/// Whether there is a folder of that name with nothing in it.
pub(super) fn is_empty(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

/// Writes the three files; how many Observations.
///
/// # Errors
/// The record cannot be read, or the folder not written; then nothing new stands under its name.
pub(super) async fn run(patient: &Patient, path: &Path) -> Outcome<u64> {
    let folder = Folder::begin(path)?;
    let file = |name: &str| Beside::begin(&folder.part.join(name));
    let files = BulkFiles { patient: file(PATIENT)?, device: file(DEVICE)?, observation: file(OBSERVATION)? };
    let mut bulk = BulkWriter::new(files, &patient.chain());
    patient
        .each_hour(Wanted::default(), &mut |batch| {
            let source = Source { sensor: &batch.sensor, origin: batch.origin };
            bulk.write(source, batch.readings()).map(drop).map_err(Failure::from)
        })
        .await?;
    let (files, observations) = bulk.finish()?;
    [files.patient, files.device, files.observation].into_iter().try_for_each(Beside::finish)?;
    folder.finish()?;
    Ok(observations)
}

/// A folder that is filled beside its name. Dropped before it is finished, it leaves nothing.
struct Folder {
    part: PathBuf,
    path: PathBuf,
}

impl Folder {
    fn begin(path: &Path) -> Outcome<Folder> {
        // `a/b/` has no name that something could be put behind.
        let path: PathBuf = path.components().collect();
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        reach(Point::BulkMake)
            .and_then(|()| fs::create_dir_all(&part))
            .map_err(|error| cannot_write(&path, &error))?;
        Ok(Folder { part, path })
    }

    /// Gives it its name. In a folder that is there already each file takes the place of the one before.
    fn finish(&self) -> Outcome {
        let named = if self.path.exists() {
            let replace = |name: &&str| {
                reach(Point::BulkRename)?;
                fs::rename(self.part.join(name), self.path.join(name))
            };
            let named = [PATIENT, DEVICE, OBSERVATION].iter().try_for_each(replace);
            named.and_then(|()| durable::sync_folder(&self.path))
        } else {
            reach(Point::BulkRename)
                .and_then(|()| fs::rename(&self.part, &self.path))
                .and_then(|()| durable::sync_name_of(&self.path))
        };
        named.map_err(|error| cannot_write(&self.path, &error))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Only what was made here; a folder with anything else in it stays.
        for name in [PATIENT, DEVICE, OBSERVATION] {
            let _ = fs::remove_file(self.part.join(name));
        }
        let _ = fs::remove_dir(&self.part);
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::file(format!("the folder {} could not be written: {error}", path.display()), error)
        .or_action("name a folder where you may write, on a disk with free space")
}
