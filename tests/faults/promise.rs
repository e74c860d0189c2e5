//! What must hold after any kill, once everything is started again and the patient has gone on.

use crate::{
    baseline::Baseline,
    derived,
    nodes::Nodes,
    readings::{Reading, difference, held_of, survived},
    signatures::Signatures,
    steps::{ME, READ, Step, grant_id, shown, words_are_whole},
    way::{NODES, Way},
};
use serde_json::Value;

/// What is known when a process was killed.
pub(crate) struct Killed<'a> {
    pub(crate) base: &'a Baseline,
    /// The step in which it happened.
    pub(crate) step: Step,
    /// Readings of that step whose line had come before the kill.
    pub(crate) acknowledged: usize,
    pub(crate) signatures: Signatures,
    /// The power was cut as well: a stream may have lost its last minute.
    pub(crate) power_cut: bool,
}

impl Killed<'_> {
    /// Starts everything again, goes on, and compares with what was promised.
    pub(crate) fn heal(mut self) {
        let way = &self.base.way;
        // A record that was never finished is made anew: another chain.
        if !self.step.is_making() {
            self.signatures.gather(way);
        }
        let first = Step::ALL.iter().skip_while(|step| **step != self.step);
        first.take_while(|step| step.is_before(Step::NodeFirst)).for_each(|step| step.again(way));
        let nodes = Nodes::start(way);
        if self.step.is_before(Step::Init) {
            Step::NodeFirst.again(way);
            Step::Init.again(way);
        } else {
            self.step.again(way);
        }
        assert!(words_are_whole(way), "the words are lost");
        let expected = self.readings();
        self.go_on();
        settle(way);
        everything_is_final(way, self.power_cut);
        if let Some(difference) = difference(&expected, &shown(way)) {
            panic!("after going on: {difference}");
        }
        let verified = way.run(&format!("verify {ME}"), None);
        assert!(verified.ok, "{}", verified.told());
        self.the_clinic_reads(&expected);
        derived::hold(self.base, self.step);
        drop(nodes);
        self.signatures.gather(way);
        assert!(self.signatures.count() > 0);
    }

    /// What the record must hold now.
    fn readings(&self) -> Vec<Reading> {
        let held = shown(&self.base.way);
        let mut expected = Vec::new();
        for step in [Step::Collect, Step::CollectMore] {
            let whole = self.base.collected(step);
            if step.is_before(self.step) {
                expected.extend_from_slice(whole);
            } else if step == self.step && self.power_cut {
                let all = [&expected[..], whole].concat();
                let least = expected.len() + self.acknowledged;
                survived(&all, least, &held).unwrap_or_else(|why| panic!("after the power cut: {why}"));
                expected.clone_from(&held);
            } else if step == self.step {
                let all = [&expected[..], whole].concat();
                let least = expected.len() + self.acknowledged;
                let count = held_of(&all, least, &held).unwrap_or_else(|why| panic!("after the kill: {why}"));
                expected = all[..count].to_vec();
            }
        }
        // These waited before, and the step was taken up again.
        if !self.step.is_before(Step::Assign) {
            expected.extend_from_slice(self.base.collected(Step::Assign));
        }
        if let Some(difference) = difference(&expected, &held) {
            panic!("after the kill: {difference}");
        }
        expected
    }

    /// The circle, if there is none yet.
    fn go_on(&self) {
        let way = &self.base.way;
        if status(way)["epoch"] == 0 {
            Step::CircleAdd.again(way);
            Step::CircleConfirm.again(way);
        }
    }

    fn the_clinic_reads(&self, expected: &[Reading]) {
        let way = &self.base.way;
        if grant_id(way) == "none" || !way.file("grant.json").exists() {
            assert!(!Step::Grant.is_before(self.step), "the grant is lost");
            return;
        }
        let ran = way.run(READ, None);
        if !self.step.is_before(Step::Revoke) {
            assert!(!ran.ok && ran.err.contains("revoked"), "read after the revocation: {}", ran.told());
            return;
        }
        assert!(ran.ok, "{}", ran.told());
        let answer: Value = serde_json::from_str(&ran.out).unwrap();
        for vital in ["heart rate", "oxygen saturation"] {
            let own = expected.iter().filter(|reading| reading.vital == vital).count();
            assert_eq!(answer["vitals"][vital]["readings"], own, "{vital}, of the clinic's: {answer}");
        }
    }
}

fn status(way: &Way) -> Value {
    serde_json::from_str(&way.done(&format!("status --json {ME}"))).unwrap()
}

fn settle(way: &Way) {
    way.done(&format!("seal {ME}"));
    // The second brings to every node what the first settled.
    way.done(&format!("sync {ME}"));
    way.done(&format!("sync {ME}"));
}

fn everything_is_final(way: &Way, power_cut: bool) {
    let status = status(way);
    let total =
        |field: &str| status[field]["direct"].as_u64().unwrap() + status[field]["covered"].as_u64().unwrap();
    let blocks = status["blocks"].as_u64().unwrap();
    assert_eq!((total("certified"), total("settled")), (blocks, blocks), "{status}");
    // Sectors of journal and database that were not synced may be missing between others: told, it is no broken promise.
    let told = ["journal file ", "the write-ahead log "];
    let is_told =
        |damage: &Value| power_cut && told.iter().any(|start| damage.as_str().unwrap().starts_with(start));
    assert!(status["fenced"].is_null(), "{status}");
    assert!(status["damage"].as_array().unwrap().iter().all(is_told), "{status}");
    assert_eq!(status["nodes"].as_array().unwrap().len(), NODES.len(), "{status}");
    for node in status["nodes"].as_array().unwrap() {
        assert!(node["behind"] == 0 && node["trouble"].is_null(), "{status}");
    }
}
