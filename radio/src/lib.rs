//! Real sensors over Bluetooth LE, behind core's Bluetooth seam: btleplug with what it leaves to its users.
//!
//! [`Radio`] runs on a thread of its own, bounds every operation in time and every sensor's waiting bytes in memory, connects
//! again by itself, and cleans what a sensor says before anybody sees it. [`pairing`] makes bonds, which btleplug cannot.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod address;
mod backoff;
mod bond;
mod common;
mod echo;
mod foreign;
mod incoming;
mod inlet;
mod limits;
mod link;
mod name;
mod offer;
mod options;
#[cfg(target_os = "linux")]
pub mod pairing;
mod queue;
mod radio;
mod sighting;
mod station;
mod trouble;
mod watch;

pub use limits::Limits;
pub use options::RadioOptions;
pub use radio::{Radio, Remote};
pub use sighting::Sighting;
pub use trouble::RadioError;
