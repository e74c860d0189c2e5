//! Power cuts right after a command has ended well: what it left, and told a person about, is there byte for byte.

use super::{Disk, Loss, can_record, is_of, put_back, recorded, trace};
use crate::{
    baseline::Baseline,
    nodes::Nodes,
    plan::At,
    steps::Step,
    way::{Ran, Way},
};
use std::{collections::BTreeMap, fs, path::Path};

/// Files by name below the folder of all, but for databases and journals: those have promises of their own.
fn files(root: &Path, below: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(root.join(below)).unwrap().flatten() {
        let path = below.join(entry.file_name());
        let name = path.display().to_string();
        if entry.path().is_dir() {
            files(root, &path, found);
        } else if !["journal/", "lock", ".sqlite", ".db", ".port"].iter().any(|other| name.contains(other)) {
            found.insert(name, fs::read(entry.path()).unwrap());
        }
    }
}

fn all_files(way: &Way) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    files(&way.file(""), Path::new(""), &mut found);
    found
}

/// The files that a power cut at the end of a step took back.
fn taken_back(base: &Baseline, step: Step) -> Vec<String> {
    let way = base.before(step);
    let log = way.beside("strace");
    let nodes = step.needs_nodes().then(|| Nodes::start(way));
    let ran = Ran::of(&recorded(&way.command(&step.line(way)), &log).output().unwrap());
    assert!(ran.ok, "{}", ran.told());
    drop(nodes);
    let before = all_files(way);
    let mut disk = Disk::load(&way.saved(&format!("{step:?}")));
    let deeds = trace::read(&fs::read_to_string(&log).unwrap(), &way.file(""));
    deeds.iter().for_each(|deed| disk.apply(deed));
    put_back(way, &disk, Loss::Dropped, |name| {
        is_of(&At::Own(String::new()), name) || step == Step::NodeInit
    });
    let after = all_files(way);
    let lost = before.iter().filter(|(name, bytes)| after.get(*name) != Some(bytes));
    lost.map(|(name, _)| format!("{step:?}: {name}")).collect()
}

#[test]
fn what_a_command_left_is_there_when_the_power_is_cut_at_its_end() {
    if can_record() {
        let base = Baseline::make("ends");
        let steps = [
            Step::ClinicInit,
            Step::ClinicCard,
            Step::NodeInit,
            Step::Init,
            Step::InitOver,
            Step::Seal,
            Step::Grant,
        ];
        let lost: Vec<String> = steps.iter().flat_map(|step| taken_back(&base, *step)).collect();
        assert!(lost.is_empty(), "{lost:?}");
    }
}
