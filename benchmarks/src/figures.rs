//! The figures, one module each.

mod chart;
mod consent;
mod ingest;
mod memory;
mod node;
mod prove;
mod rest;
mod spot;
mod sync_day;
mod verify_year;
mod wire;

use crate::{row::Row, trouble::Outcome};

/// How much each figure measures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    /// Seconds of the patient-day.
    pub(crate) day_s: u64,
    /// Days that lie at rest.
    pub(crate) rest_days: u64,
    /// Seconds that are collected in one go.
    pub(crate) long_s: u64,
    /// Hours of the year.
    pub(crate) year_hours: u64,
    /// How often a measurement is repeated.
    pub(crate) rounds: usize,
    /// Spot readings, and 24-block batches.
    pub(crate) spots: usize,
}

impl Scale {
    /// As docs/performance.md has it.
    pub(crate) const FULL: Scale = Scale {
        day_s: 86_400,
        rest_days: 30,
        long_s: 365 * 86_400,
        year_hours: 8_760,
        rounds: 5,
        spots: 2_000,
    };
    /// Enough to see that every figure still runs.
    pub(crate) const QUICK: Scale =
        Scale { day_s: 4_000, rest_days: 1, long_s: 8_000, year_hours: 48, rounds: 1, spots: 40 };
}

/// Takes rows as they are measured.
pub(crate) type Tell<'a> = &'a mut dyn FnMut(Row) -> Outcome;

/// A figure: its name on the command line and what measures it.
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    /// Gets the words after its name, which only a figure gives itself.
    pub(crate) run: fn(&Scale, &[String], Tell<'_>) -> Outcome,
}

/// All of them, in the order of the table.
pub(crate) const FIGURES: &[Figure] = &[
    Figure { name: "wire", run: wire::run },
    Figure { name: "rest", run: rest::run },
    Figure { name: "ingest", run: ingest::run },
    Figure { name: "spot", run: spot::run },
    Figure { name: "day", run: sync_day::run },
    Figure { name: "node", run: node::run },
    Figure { name: "verify", run: verify_year::run },
    Figure { name: "chart", run: chart::run },
    Figure { name: "memory", run: memory::run },
    Figure { name: "consent", run: consent::run },
    Figure { name: "prove", run: prove::run },
];
