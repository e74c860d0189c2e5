//! Consent: what a patient allows, as grants and their revocation, and the releases that follow from it.
//!
//! A grant is minted and kept here; its entry in a block puts it in force; releases carry the keys of settled segments
//! that it covers, and of no others. Sync sends them.

mod error;
mod give;
mod kept;
mod release;
mod standing;

pub use error::ConsentError;
pub use give::{Choice, grant_file, make_grant, mark_granted, mark_revoked, revocation, same_grant};
pub use kept::{GrantState, KeptGrant};
pub use release::{Settled, make_releases};
pub use standing::{GrantView, grants};
