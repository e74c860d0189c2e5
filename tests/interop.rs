//! Logs and notes judged by two published crates, as ordinary tests; the other judges are run by tests/interop/run.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "interop/notes.rs"]
mod notes;
#[path = "interop/trees.rs"]
mod trees;
