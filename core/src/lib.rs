//! What the patient does: collect, judge, keep, seal, share and sync.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

pub mod assess;
pub mod backfill;
pub mod ble;
pub mod clock;
pub mod consent;
pub mod decode;
pub mod error;
pub mod event;
pub mod keys;
pub mod ledger;
pub mod pipeline;
pub mod record;
pub mod store;
pub mod sync;
