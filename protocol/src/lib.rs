//! What is valid in Pulsebook: vitals, readings, columns, bytes, hashes, signatures and rules.
//!
//! No I/O, no clock, no storage. `verify_*` functions return `Verified…` values that only they can make.
//! `docs/protocol.md` gives every byte.

pub mod quality;
pub mod reading;
pub mod vital;
