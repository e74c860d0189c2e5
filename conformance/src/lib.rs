//! Tests a wearable against the Bluetooth health profiles and gives a verdict, clause by clause.
//!
//! [`run`] takes a sensor through a course over core's Bluetooth seam and writes down every step; [`judge`] reads what was
//! written down and nothing else, so that a report can be made again from its session; [`Report`] is the verdict as JSON and as
//! one HTML file.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod clause;
mod course;
mod judge;
mod profile;
mod report;
mod session;
mod stand;

pub use clause::{Finding, Verdict};
pub use course::{Options, run};
pub use judge::{Section, judge};
pub use report::{About, ClauseReport, Counts, Details, ProfileReport, Report, Traced};
pub use session::{Answer, Session, Step, What};
pub use stand::Stand;
