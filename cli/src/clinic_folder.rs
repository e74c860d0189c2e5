//! The clinic's side as the commands see it: a folder with its keys, grantee's client, answers as plain values.

pub(crate) mod left;
pub(crate) mod passing;

use crate::{
    durable,
    exit::{Failure, Outcome},
    moment, role,
};
use left::{LeftLine, plain};
use pulsebook_faultpoint::{Point, pass};
use pulsebook_grantee::{GranteeKeys, ReadError, ReadReport, ReadRequest, ReadSegment, ReadSession};
use pulsebook_protocol::{
    card::{GrantFile, GranteeCard},
    directory::{DirectoryNode, unverified_nodes},
    grant::Purpose,
    random::SystemRandom,
    vital::Category,
};
use serde::Serialize;
use std::path::Path;

const ROLE: &str = "clinic";

/// A clinic's folder: its keys and its card.
pub(crate) struct Clinic {
    folder: std::path::PathBuf,
}

/// What a clinic asks for.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// What for.
    pub(crate) purpose: Purpose,
    /// Only these; none: all that is granted.
    pub(crate) categories: Vec<Category>,
    /// Only at the node with this name.
    pub(crate) node: Option<String>,
}

impl Ask {
    /// Everything that is granted, at any node.
    pub(crate) fn new(purpose: Purpose) -> Ask {
        Ask { purpose, categories: Vec::new(), node: None }
    }
}

/// One claim that was checked.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Check {
    /// What, in words.
    pub(crate) what: String,
    /// How often it was checked and held.
    pub(crate) times: u64,
    /// Whether it held; a claim that nobody made is not listed.
    pub(crate) held: bool,
}

/// What one read gave.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct ReadView {
    /// The node that answered.
    pub(crate) node: String,
    /// Why it refused, when it did: code and words.
    pub(crate) refused: Option<String>,
    /// Nodes that were left before, each with the reason.
    pub(crate) left: Vec<String>,
    /// The same for people.
    #[serde(skip)]
    pub(crate) left_lines: Vec<LeftLine>,
    /// Others that were read to their end as well, to see whether they have more.
    pub(crate) compared_with: Vec<String>,
    /// Nodes that lacked releases which another had.
    pub(crate) behind: Vec<String>,
    /// Segments that a delegate has no key for.
    pub(crate) without_key: u64,
    /// The grant in words, made of the verified token.
    pub(crate) sentence: Option<String>,
    /// What was checked.
    pub(crate) checks: Vec<Check>,
    /// Bytes both ways.
    pub(crate) wire_bytes: u64,
}

impl Clinic {
    /// Makes a clinic's folder.
    ///
    /// # Errors
    /// The folder is taken, or the name cannot stand on a card.
    pub(crate) fn create(dir: &Path, name: &str) -> Outcome<Clinic> {
        Clinic::keep(dir, GranteeKeys::make(name, &mut SystemRandom)?)
    }

    /// Makes a clinic's folder with P-256 keys, as secure hardware holds them.
    ///
    /// # Errors
    /// The folder is taken, or the name cannot stand on a card.
    pub(crate) fn create_p256(dir: &Path, name: &str) -> Outcome<Clinic> {
        Clinic::keep(dir, GranteeKeys::make_p256(name, &mut SystemRandom)?)
    }

    fn keep(dir: &Path, keys: GranteeKeys) -> Outcome<Clinic> {
        role::expect_free(dir, ROLE)?;
        GranteeCard::parse(&keys.card()?.to_json())?;
        durable::make_folder(dir).map_err(|error| Failure::from(error).during(&dir.display().to_string()))?;
        // Keys without a role: an earlier making was cut off here. Keys are never replaced, so these are the clinic's.
        let suite = |keys: &GranteeKeys| keys.receive_key().suite();
        let is_same = |found: GranteeKeys| found.name() == keys.name() && suite(&found) == suite(&keys);
        if !GranteeKeys::load(dir).is_ok_and(is_same) {
            keys.save(dir)?;
        }
        pass(Point::KeysKept);
        // Last, so that a folder with a role is a complete one.
        role::take(dir, ROLE)?;
        Ok(Clinic { folder: dir.to_owned() })
    }

    /// Opens it.
    ///
    /// # Errors
    /// It is no clinic's folder.
    pub(crate) fn open(dir: &Path) -> Outcome<Clinic> {
        role::expect(dir, ROLE, "clinic init")?;
        let clinic = Clinic { folder: dir.to_owned() };
        clinic.keys()?;
        Ok(clinic)
    }

    /// Its card.
    ///
    /// # Errors
    /// The keys cannot be read.
    pub(crate) fn card(&self) -> Outcome<GranteeCard> {
        Ok(self.keys()?.card()?)
    }

    /// Its keys.
    ///
    /// # Errors
    /// The keys cannot be read.
    pub(crate) fn keys(&self) -> Outcome<GranteeKeys> {
        Ok(GranteeKeys::load(&self.folder)?)
    }

    /// Reads what is granted; `each` gets a segment only after every claim about it was checked.
    ///
    /// # Errors
    /// No node could be read from, or `each` failed. A refusal of the grant is an answer, not an error.
    pub(crate) async fn read(
        &self,
        grant: &GrantFile,
        ask: &Ask,
        each: &mut (dyn FnMut(ReadSegment) -> Outcome + Send),
    ) -> Outcome<ReadView> {
        let mut session = ReadSession::new(GrantFile::parse(&grant.to_json())?, self.keys()?)?;
        if let Some(node) = &ask.node {
            session = session.only_at(node);
        }
        if session.nodes().is_empty() {
            return Err(no_such_node(ask, grant));
        }
        let request = ReadRequest { purpose: ask.purpose, categories: ask.categories.clone() };
        let clock = || moment::seconds(moment::now());
        let read = session
            .read(&request, &clock, &mut SystemRandom, &mut |segment| {
                each(segment).map_err(|failure| failure.to_string().into())
            })
            .await;
        match read {
            Ok(report) => Ok(served(&report)),
            Err(ReadError::Refused { node, refusal, left }) => Ok(ReadView {
                left_lines: left::lines(&left, Some(&node)),
                node: plain(&node),
                refused: Some(plain(&refusal.to_string())),
                left: left.iter().map(ToString::to_string).collect(),
                ..ReadView::default()
            }),
            Err(ReadError::NoNode { left }) => Err(left::failure(&left)),
            Err(error) => Err(Failure::from(error)),
        }
    }
}

fn served(report: &ReadReport) -> ReadView {
    let checked = report.checks.iter().filter(|(_, times, _)| *times > 0);
    let check = |(check, times, detail): (pulsebook_grantee::Check, u64, &str)| {
        let detail = if detail.is_empty() { String::new() } else { format!(", {detail}") };
        Check { what: format!("{} (×{times}{detail})", check.words()), times, held: true }
    };
    ReadView {
        node: plain(&report.node),
        refused: None,
        compared_with: report.compared_with.iter().map(|name| plain(name)).collect(),
        behind: report.behind.iter().map(|name| plain(name)).collect(),
        without_key: report.without_key,
        sentence: report.sentence.clone(),
        left_lines: left::lines(&report.left, None),
        left: report.left.iter().map(ToString::to_string).collect(),
        checks: checked.map(check).collect(),
        wire_bytes: report.wire_bytes,
    }
}

fn no_such_node(ask: &Ask, grant: &GrantFile) -> Failure {
    let nodes: Vec<DirectoryNode> = unverified_nodes(&grant.directory).unwrap_or_default();
    let names: Vec<String> = nodes.iter().map(|node| plain(&node.name)).collect();
    Failure::new(format!("the grant names no node {}", ask.node.as_deref().unwrap_or_default()))
        .expected(format!("one of {}", names.join(", ")))
        .action("leave --node out to ask them all")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_making_that_was_cut_off_goes_on_with_its_keys() {
        let dir = std::env::temp_dir().join(format!("pulsebook-clinic-cut-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("keys.part"), "{\"pulseb").unwrap();
        let keys = GranteeKeys::make("Cardiology", &mut SystemRandom).unwrap();
        keys.save(&dir).unwrap();
        assert!(Clinic::create(&dir, "Another").is_err(), "keys are never replaced");
        assert!(Clinic::create_p256(&dir, "Cardiology").is_err(), "these are others");
        let card = Clinic::create(&dir, "Cardiology").unwrap().card().unwrap();
        assert_eq!(card, keys.card().unwrap());
        assert!(Clinic::create(&dir, "Cardiology").is_err(), "made already");
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
