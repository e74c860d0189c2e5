//! What a grantee does: fetch what was released to it, check every claim, open it with its own key.
//!
//! Nothing is believed because a node says so. From the patient's first root in the grant file on, everything a node
//! sends is checked ([`Check`] lists what), and a node that fails a check is left for the next one.
//!
//! Begin with [`GranteeKeys`] and its card, which the patient needs to give a grant. With the grant file,
//! [`ReadSession`] reads; [`Verifier`] is the part that checks, without network, clock or randomness.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod check;
mod keys;
mod outcome;
mod proof;
mod row;
mod session;
mod verifier;
#[cfg(test)]
mod world;

pub use check::{Check, CheckFailed, Checks};
pub use keys::{GranteeKeys, KeysError};
pub use outcome::{Attempt, NodeFailure, ReadError, ReadReport, Refusal, SinkError};
pub use proof::AsOf;
pub use row::ReadSegment;
pub use session::{PassOn, PassOnError, PassedOn, ReadRequest, ReadSession, Sink};
pub use verifier::{PageError, Verifier};
