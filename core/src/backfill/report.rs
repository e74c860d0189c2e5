//! What came for one request to report: how much, in which order, and what of it the sensor may forget.

use super::{Came, Keeping};
use crate::decode::record_access::Records;

/// So near to the greatest number a sensor may have begun again at zero.
const NEAR_THE_END: u32 = 256;

/// The records of one report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Report {
    /// Records that came, each number once in a row.
    pub(super) count: u32,
    /// The number of the last one that is kept.
    pub(super) newest: Option<u32>,
    /// The number of the last known record, if it came back as it was.
    continues: bool,
    greatest: Option<u32>,
    run: Option<Run>,
}

/// Records whose numbers rise, from the first of the report on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    first: u32,
    last: u32,
    count: u32,
    /// A smaller number came: what follows is not of it.
    over: bool,
}

impl Report {
    pub(super) fn take(&mut self, came: Came, known: Option<u32>) {
        let Came { number, kept } = came;
        if number.is_some() && number == self.run.map(|run| run.last) {
            // The same once more: a sensor repeats what was not confirmed.
            return;
        }
        self.count += 1;
        let Some(number) = number else { return };
        self.continues |= kept == Keeping::Known && Some(number) == known;
        self.greatest = self.greatest.max(Some(number));
        if kept != Keeping::NotMine {
            self.newest = Some(number);
        }
        match &mut self.run {
            None => self.run = Some(Run { first: number, last: number, count: 1, over: false }),
            Some(run) if number < run.last => run.over = true,
            Some(run) if !run.over => (run.last, run.count) = (number, run.count + 1),
            Some(_) => {}
        }
    }

    /// Whether the last known record came back as it was, and numbers have not begun again behind it.
    pub(super) fn goes_on(&self, greatest_possible: Option<u32>) -> bool {
        let near_the_end = greatest_possible
            .zip(self.greatest)
            .is_some_and(|(possible, came)| possible.saturating_sub(came) < NEAR_THE_END);
        self.continues && !near_the_end
    }

    /// What the sensor may forget, and how many records it must have of that: a range of numbers, so that none that was
    /// taken since is among them; all where they have no number.
    pub(super) fn forgettable(&self) -> (Records, u32) {
        match self.run {
            Some(Run { first, last, count, .. }) => (Records::Range(first, last), count),
            None => (Records::All, self.count),
        }
    }
}
