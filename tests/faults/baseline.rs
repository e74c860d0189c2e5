//! The whole way once without a fault: the folder before each step, and the points that each step reaches.

use crate::{
    derived,
    nodes::{self, Nodes},
    readings::{Reading, parse},
    steps::{Step, shown},
    way::{Way, read_log},
};
use std::{fs, time::Instant};

/// What an unharmed run showed about a step.
pub(crate) struct Seen {
    pub(crate) step: Step,
    /// Points reached by the patient's (or the clinic's) process.
    pub(crate) own: Vec<String>,
    /// Points reached by the first node while the step ran, from its start on.
    pub(crate) node: Vec<String>,
    /// How long it took, in microseconds.
    pub(crate) micros: u64,
}

/// An unharmed run.
pub(crate) struct Baseline {
    pub(crate) way: Way,
    pub(crate) seen: Vec<Seen>,
    /// What each collection acknowledges when nothing happens to it.
    pub(crate) collected: Vec<(Step, Vec<Reading>)>,
    /// What the chart shows.
    pub(crate) chart: String,
    /// The raw notifications.
    pub(crate) raw: Vec<u8>,
}

impl Baseline {
    /// Goes the way once.
    pub(crate) fn make(name: &str) -> Baseline {
        let way = Way::make(name);
        nodes::make_others(&way);
        let mut base =
            Baseline { way, seen: Vec::new(), collected: Vec::new(), chart: String::new(), raw: Vec::new() };
        Step::ALL.iter().for_each(|step| base.take(*step));
        base
    }

    /// The folder before a step.
    pub(crate) fn before(&self, step: Step) -> &Way {
        self.way.restore(&format!("{step:?}"));
        &self.way
    }

    pub(crate) fn collected(&self, step: Step) -> &[Reading] {
        self.collected.iter().find(|(other, _)| *other == step).map_or(&[], |(_, readings)| readings)
    }

    fn take(&mut self, step: Step) {
        let way = &self.way;
        derived::arrange(way, step);
        way.save(&format!("{step:?}"));
        let before = if step == Step::Assign { shown(way) } else { Vec::new() };
        let log = way.beside("node-log");
        let _ = fs::remove_file(&log);
        let log_name = log.display().to_string();
        let nodes = step.needs_nodes().then(|| Nodes::start_armed(way, ("PULSEBOOK_FAULT_LOG", &log_name)));
        let begun = Instant::now();
        let (ran, own) = way.run_logged(&step.line(way));
        assert!(ran.ok, "{step:?}: {}", ran.told());
        let micros = u64::try_from(begun.elapsed().as_micros()).unwrap();
        drop(nodes);
        if matches!(step, Step::Collect | Step::CollectMore) {
            self.collected.push((step, parse(&ran.out)));
        }
        if step == Step::Assign {
            let mut new = shown(way);
            for old in &before {
                // What was sealed meanwhile may have moved a little.
                new.remove(new.iter().position(|other| other.is_like(old)).unwrap());
            }
            assert_eq!(new.len(), 9, "three measurements of one of two people");
            self.collected.push((step, new));
        }
        if step == Step::Raw {
            self.raw = fs::read(way.file("raw.ndjson")).unwrap();
        }
        if step == Step::Chart {
            self.chart = ran.out;
        }
        self.seen.push(Seen { step, own, node: read_log(&log), micros });
    }
}
