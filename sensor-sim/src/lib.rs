//! Simulated wearables: seeded scenarios with faults, own encoders, a virtual clock, and replay of recordings.
//!
//! It implements core's Bluetooth seam and shares no code with core's decoders, so that each checks the other. The same
//! scenario, seed, start and duration give the same bytes on every machine: only exactly rounded arithmetic is used.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod about;
mod body;
mod clock;
mod encode;
mod faults;
pub mod gatt;
pub mod in_process;
mod measured;
mod memory;
mod monitor;
#[cfg(feature = "peer")]
pub mod peer;
mod random;
mod record_access;
pub mod replay;
pub mod scenario;
pub mod sensors;
mod simulator;
mod strike;
#[cfg(feature = "peer")]
pub mod testing;
pub mod trace;
mod wearable;
mod worn;

pub use faults::Injected;
pub use measured::Measured;
pub use scenario::{Scenario, ScenarioError};
pub use simulator::Simulator;
pub use worn::wearables;
