//! Simulated wearables: seeded scenarios with faults, own encoders, a virtual clock, and replay of recordings.
//!
//! It implements core's Bluetooth seam and shares no code with core's decoders, so that each checks the other. The same
//! scenario, seed, start and duration give the same bytes on every machine: only exactly rounded arithmetic is used.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod about;
mod body;
mod encode;
mod faults;
mod link;
mod measured;
mod random;
pub mod replay;
pub mod scenario;
mod simulator;
mod wearable;

pub use faults::Injected;
pub use measured::Measured;
pub use scenario::{Scenario, ScenarioError};
pub use simulator::Simulator;
