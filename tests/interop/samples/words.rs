//! Recovery words from known entropy, and the root key and a locator they give.

use crate::{b64, make_key};
use pulsebook_protocol::{
    random::{Random, RandomUnavailable, SystemRandom, make_bytes},
    words::RecoveryWords,
};
use serde_json::{Value, json};

/// Gives the same 32 bytes each time.
struct Known([u8; 32]);

impl Random for Known {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomUnavailable> {
        out.copy_from_slice(&self.0[..out.len()]);
        Ok(())
    }
}

/// Sixteen patients: the corners of entropy and random ones.
pub(crate) fn make() -> Value {
    let corners = [[0; 32], [0xff; 32], [0x7f; 32], [0x80; 32]];
    let random = (0..12).map(|_| make_bytes(&mut SystemRandom).unwrap());
    let patient = |entropy: [u8; 32]| {
        let words = RecoveryWords::make(&mut Known(entropy)).unwrap();
        let node = make_key().public();
        json!({
            "entropy": b64(entropy),
            "words": words.expose().as_str(),
            "root": b64(words.root_key().unwrap().public().as_bytes()),
            "node": b64(node.as_bytes()),
            "locator": b64(words.locator(&node).as_bytes()),
        })
    };
    corners.into_iter().chain(random).map(patient).collect()
}
