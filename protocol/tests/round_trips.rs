//! Every format of docs/protocol.md comes back as it was written, whatever stood in it, and no cut of it does.
//!
//! Formats with property tests beside their code (columns, packed integers, segments, requests, releases, keyring, read
//! bodies, cards, proofs, bundles, delegations) are not repeated here.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "round_trips/bodies.rs"]
mod bodies;
#[path = "round_trips/circle.rs"]
mod circle;
#[path = "round_trips/ledger.rs"]
mod ledger;
#[path = "round_trips/signed.rs"]
mod signed;

use proptest::prelude::*;
use pulsebook_protocol::{
    bytes::{ByteString, Digest},
    key::SigningKey,
    random::{Random, RandomUnavailable},
    secret::Secret32,
};

/// Randomness that a failing case can repeat.
struct Counting(u8);

impl Random for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomUnavailable> {
        for byte in out {
            self.0 = self.0.wrapping_mul(5).wrapping_add(7);
            *byte = self.0;
        }
        Ok(())
    }
}

fn key(seed: [u8; 32]) -> SigningKey {
    SigningKey::from_seed(Secret32::from_bytes(seed)).unwrap()
}

fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest::from_bytes)
}

fn octets(most: usize) -> impl Strategy<Value = ByteString> {
    proptest::collection::vec(any::<u8>(), 0..most).prop_map(ByteString)
}

/// No beginning of the bytes, and nothing longer, is read as the same kind of object.
fn only_whole<T>(bytes: &[u8], cut: prop::sample::Index, read: impl Fn(&[u8]) -> Option<T>) {
    assert!(read(&bytes[..cut.index(bytes.len())]).is_none(), "a cut was read");
    assert!(read(&[bytes, &[0]].concat()).is_none(), "a longer one was read");
}
