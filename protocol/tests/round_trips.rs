//! What is made of generated values is read back as those values, makes the same bytes again, and no cut of it is read.
//!
//! Columns, packed integers, sealed segments, chunks and bundles are read back so beside their code.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "round_trips/access.rs"]
mod access;
#[path = "round_trips/bodies.rs"]
mod bodies;
#[path = "round_trips/cards.rs"]
mod cards;
#[path = "round_trips/circle.rs"]
mod circle;
#[path = "round_trips/delegation.rs"]
mod delegation;
#[path = "round_trips/grant.rs"]
mod grant;
#[path = "round_trips/handed.rs"]
mod handed;
#[path = "round_trips/keyring.rs"]
mod keyring;
#[path = "round_trips/ledger.rs"]
mod ledger;
#[path = "round_trips/proof.rs"]
mod proof;
#[path = "round_trips/read.rs"]
mod read;
#[path = "round_trips/release.rs"]
mod release;
#[path = "round_trips/request.rs"]
mod request;
#[path = "round_trips/signed.rs"]
mod signed;

use proptest::prelude::*;
use pulsebook_protocol::{
    bytes::{ByteString, ChainId, Digest, GrantId},
    commitment::Dek,
    envelope::{ReceiveKey, Suite},
    key::SigningKey,
    random::{Random, RandomUnavailable},
    request_key::{P256SigningKey, RequestSigningKey},
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

/// A grantee's key, of one algorithm or the other.
fn request_key() -> impl Strategy<Value = RequestSigningKey> {
    (any::<bool>(), any::<u8>(), any::<[u8; 32]>()).prop_map(|(p256, fill, seed)| match p256 {
        true => P256SigningKey::make(&mut Counting(fill)).unwrap().into(),
        false => key(seed).into(),
    })
}

/// Where envelopes go, of one suite or the other.
fn receive_key() -> impl Strategy<Value = ReceiveKey> {
    (any::<bool>(), any::<u8>()).prop_map(|(p256, fill)| {
        let suite = if p256 { Suite::P256 } else { Suite::XWing };
        ReceiveKey::make_of(suite, &mut Counting(fill)).unwrap()
    })
}

fn chain() -> impl Strategy<Value = ChainId> {
    any::<[u8; 32]>().prop_map(ChainId::from_bytes)
}

fn grant_id() -> impl Strategy<Value = GrantId> {
    any::<[u8; 16]>().prop_map(GrantId::from_bytes)
}

fn dek() -> impl Strategy<Value = Dek> {
    any::<[u8; 32]>().prop_map(Dek::from_bytes)
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
