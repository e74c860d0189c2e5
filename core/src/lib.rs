//! What the patient does: collect, judge, keep, seal, share and sync.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

pub mod assess;
pub mod ble;
pub mod decode;
pub mod store;
