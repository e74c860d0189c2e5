//! The blind node: admits, cosigns, stores and serves sealed bytes. It holds no key that opens a reading.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod admit;
mod answer;
mod authenticate;
mod durable;
pub mod folder;
mod limit;
mod node;
pub mod permit;
mod refusal;
mod route;
#[cfg(test)]
mod scratch;
mod serve;
pub mod store;
#[cfg(test)]
mod tests;
mod verified;

pub use answer::Answer;
pub use authenticate::Incoming;
pub use folder::{FolderError, InviteChoice, NewNode, NodeFolder};
pub use node::{InvitePolicy, Node, NodeSecrets};
pub use refusal::Refusal;
pub use route::Route;
pub use serve::{Counts, Running, ServeError, serve};
