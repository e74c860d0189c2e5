//! The way, step by step, and what a person does after each was cut off.

use crate::{
    cuff::CUFF,
    readings::{Reading, parse},
    way::{NODES, Way},
};
use std::fs;

/// As the patient.
pub(crate) const ME: &str = "--dir me --passphrase-file passphrase";

/// As the clinic, at whichever node answers.
pub(crate) const READ: &str = "clinic read --dir clinic --grant grant.json --purpose TREAT --json";

/// One step of the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    ClinicInit,
    ClinicCard,
    NodeInit,
    NodeFirst,
    Init,
    /// Where an earlier making was cut off.
    InitOver,
    Collect,
    Seal,
    CircleAdd,
    CircleConfirm,
    Sync,
    CollectMore,
    /// Of what waited for the patient's word.
    Assign,
    SealMore,
    Grant,
    SyncGranted,
    Read,
    Revoke,
    Verify,
    /// Of a record whose rollups are gone, as in one of the first version.
    Chart,
    /// The raw notifications behind the readings, of a record that keeps them as the first version did.
    Raw,
    /// Everything as a folder of FHIR bulk data.
    Bulk,
    /// Where an earlier removal was cut off.
    Expire,
}

impl Step {
    pub(crate) const ALL: [Step; 23] = [
        Step::ClinicInit,
        Step::ClinicCard,
        Step::NodeInit,
        Step::NodeFirst,
        Step::Init,
        Step::InitOver,
        Step::Collect,
        Step::Seal,
        Step::CircleAdd,
        Step::CircleConfirm,
        Step::Sync,
        Step::CollectMore,
        Step::Assign,
        Step::SealMore,
        Step::Grant,
        Step::SyncGranted,
        Step::Read,
        Step::Revoke,
        Step::Verify,
        Step::Chart,
        Step::Raw,
        Step::Bulk,
        Step::Expire,
    ];

    /// What is typed.
    pub(crate) fn line(self, way: &Way) -> String {
        match self {
            Step::ClinicInit => "clinic init --dir clinic --name Cardiology".to_owned(),
            Step::ClinicCard => "clinic card --dir clinic --out clinic.json".to_owned(),
            Step::NodeInit => "node init --dir n1 --name n1".to_owned(),
            Step::NodeFirst => "node card --dir n1 --out n1.json".to_owned(),
            Step::Init | Step::InitOver => format!("init {ME} --words-out words"),
            Step::Collect => collect("2026-03-01T12:58:00Z", "4m"),
            Step::CollectMore => collect("2026-03-01T14:59:30Z", "1m"),
            Step::Seal | Step::SealMore => format!("seal {ME}"),
            Step::CircleAdd => format!("circle add n1.json n2.json n3.json n4.json {ME}"),
            Step::CircleConfirm => format!("circle confirm {ME} --words-file words"),
            Step::Sync | Step::SyncGranted => format!("sync {ME}"),
            Step::Grant => format!(
                "grant --to clinic.json --categories heart,oxygen --from 2026-03-01 --before 2026-03-02 \
                 --purpose TREAT --until 2099-01-01 --out grant.json {ME}"
            ),
            Step::Read => format!("{READ} --node n1"),
            Step::Revoke => format!("revoke {} {ME}", grant_id(way)),
            Step::Verify => format!("verify {ME}"),
            Step::Chart => format!("chart heart-rate --json {ME}"),
            Step::Raw => format!("evidence export --out raw.ndjson --force {ME}"),
            Step::Bulk => format!("export --format ndjson --out bulk --force {ME}"),
            Step::Assign => format!("sensors assign {CUFF} 1 me {ME}"),
            Step::Expire => format!("evidence keep --spots none {ME}"),
        }
    }

    /// Whether it makes the record.
    pub(crate) fn is_making(self) -> bool {
        matches!(self, Step::Init | Step::InitOver)
    }

    /// Whether this step comes before another.
    pub(crate) fn is_before(self, other: Step) -> bool {
        Step::ALL.iter().take_while(|step| **step != other).any(|step| *step == self)
    }

    /// Whether the nodes take part.
    pub(crate) fn needs_nodes(self) -> bool {
        use Step::{CircleConfirm, Grant, NodeFirst, Read, Revoke, Sync, SyncGranted, Verify};
        matches!(self, NodeFirst | CircleConfirm | Sync | Grant | SyncGranted | Read | Revoke | Verify)
    }

    /// What the patient does when the step was cut off: the same again. What says that it is done already is done.
    pub(crate) fn again(self, way: &Way) {
        let accepted = match self {
            Step::Collect | Step::CollectMore | Step::Verify | Step::Read | Step::Chart => return,
            Step::CircleAdd => {
                for name in NODES {
                    let ran = way.run(&format!("circle add {name}.json {ME}"), None);
                    assert!(ran.ok || ran.err.contains("already"), "{name}: {}", ran.told());
                }
                return;
            }
            Step::Init | Step::InitOver
                if way.file("words").exists() && way.run(&format!("status {ME}"), None).ok =>
            {
                return;
            }
            Step::Init | Step::InitOver => {
                // As the message says: another file for the words, or this one away.
                let _ = fs::remove_file(way.file("words"));
                ""
            }
            Step::NodeInit => "already has a node",
            Step::ClinicInit => "holds a clinic already",
            Step::CircleConfirm => "no node waits to be confirmed",
            Step::Grant if way.file("grant.json").exists() => return,
            Step::Revoke => "revoked",
            _ => "",
        };
        let ran = way.run(&self.line(way), None);
        let done_before = !accepted.is_empty() && ran.err.contains(accepted);
        assert!(ran.ok || done_before, "{self:?} again: {}", ran.told());
    }
}

fn collect(start: &str, duration: &str) -> String {
    format!("collect --each --json --sim rest --start {start} --duration {duration} {ME}")
}

/// The id of the only grant; "none" when there is none.
pub(crate) fn grant_id(way: &Way) -> String {
    let grants = way.done(&format!("grants {ME}"));
    let ids: Vec<&str> = grants.lines().filter_map(|line| line.split_once(':')).map(|(id, _)| id).collect();
    let ids: Vec<&str> = ids.into_iter().filter(|id| id.len() == 32 && !id.contains(' ')).collect();
    assert!(ids.len() < 2, "a grant is doubled:\n{grants}");
    ids.first().map_or_else(|| "none".to_owned(), |id| (*id).to_owned())
}

/// What the record holds.
pub(crate) fn shown(way: &Way) -> Vec<Reading> {
    parse(&way.done(&format!("show --list --json {ME}")))
}

/// The words are kept for as long as the run needs them.
pub(crate) fn words_are_whole(way: &Way) -> bool {
    fs::read_to_string(way.file("words")).is_ok_and(|words| words.split_whitespace().count() == 24)
}
