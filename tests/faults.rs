//! Processes killed at every step of the way, folders after a power cut, disks full or failing, bytes flipped, clocks wrong:
//! nothing acknowledged is lost or doubled, and nothing damaged is believed.
//!
//! Run with `cargo test -p pulsebook-cli --features faults --test faults`; the long run is
//! `cargo test -p pulsebook-cli --features faults --test faults -- --ignored --nocapture thousand`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

#[path = "shared/address.rs"]
mod address;
#[path = "faults/baseline.rs"]
mod baseline;
#[path = "faults/clock.rs"]
mod clock;
#[path = "shared/cuff.rs"]
mod cuff;
#[path = "faults/derived.rs"]
mod derived;
#[path = "faults/disk.rs"]
mod disk;
#[path = "faults/flip.rs"]
mod flip;
#[path = "faults/kills.rs"]
mod kills;
#[path = "faults/memory.rs"]
mod memory;
#[path = "faults/nodes.rs"]
mod nodes;
#[path = "faults/plan.rs"]
mod plan;
#[path = "faults/power.rs"]
mod power;
#[path = "faults/promise.rs"]
mod promise;
#[path = "faults/readings.rs"]
mod readings;
#[path = "faults/reads.rs"]
mod reads;
#[path = "faults/rows.rs"]
mod rows;
#[path = "faults/signatures.rs"]
mod signatures;
#[path = "shared/skipped.rs"]
mod skipped;
#[path = "faults/steps.rs"]
mod steps;
#[path = "faults/users.rs"]
mod users;
#[path = "faults/way.rs"]
mod way;
