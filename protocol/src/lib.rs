//! What is valid in Pulsebook: vitals, readings, columns, bytes, hashes, signatures and rules.
//!
//! No I/O, no clock, no storage. `verify_*` functions return `Verified…` values that only they can make.
//! `docs/protocol.md` gives every byte.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

pub mod acceptance;
pub mod access;
pub mod admission;
pub mod answer;
pub mod block;
pub mod bundle;
pub mod bytes;
pub mod card;
pub mod cbor;
pub mod checkpoint;
pub mod chunk;
pub mod circle;
pub mod column;
pub mod commitment;
pub mod control;
pub mod cose;
pub mod delegation;
pub mod directory;
pub mod domain;
pub mod envelope;
pub mod epoch;
pub mod evidence;
pub mod grant;
pub mod hash;
pub mod key;
pub mod key_certificate;
pub mod keyring;
pub mod log_state;
pub mod manifest;
pub mod note;
pub mod owner;
pub mod packed;
pub mod proof;
pub mod proposal;
pub mod quality;
pub mod quorum;
pub mod random;
pub mod read;
pub mod reading;
pub mod release;
pub mod request;
pub mod request_key;
pub mod seal;
pub mod sealed_segment;
pub mod secret;
pub mod segment;
pub mod time_text;
pub mod tree;
pub mod vital;
pub mod words;
