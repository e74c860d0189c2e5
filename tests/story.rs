//! The story end to end, on real processes of the real binary: the demo, the steps one at a time, and what goes wrong.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "shared/address.rs"]
mod address;
#[path = "story/bluetooth.rs"]
mod bluetooth;
#[path = "story/charts.rs"]
mod charts;
#[path = "shared/cuff.rs"]
mod cuff;
#[path = "story/demo.rs"]
mod demo;
#[path = "story/evidence.rs"]
mod evidence;
#[path = "story/exports.rs"]
mod exports;
#[path = "story/json.rs"]
mod json;
#[path = "story/nodes.rs"]
mod nodes;
#[path = "story/numbers.rs"]
mod numbers;
#[path = "story/passing.rs"]
mod passing;
#[path = "story/proofs.rs"]
mod proofs;
#[path = "story/refusals.rs"]
mod refusals;
#[path = "story/scratch.rs"]
mod scratch;
#[path = "story/serving.rs"]
mod serving;
#[path = "shared/skipped.rs"]
mod skipped;
#[path = "story/steps.rs"]
mod steps;
#[path = "story/tracing.rs"]
mod tracing;
