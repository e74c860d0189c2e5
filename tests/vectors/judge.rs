//! What our code says to a case: one function a format, from input and context to the decoded value or the refusal.

#[path = "judge/batch.rs"]
mod batch;
#[path = "judge/bodies.rs"]
mod bodies;
#[path = "judge/circle.rs"]
mod circle;
#[path = "judge/consent.rs"]
mod consent;
#[path = "judge/kept.rs"]
mod kept;
#[path = "judge/keys.rs"]
mod keys;
#[path = "judge/ledger.rs"]
mod ledger;
#[path = "judge/proving.rs"]
mod proving;
#[path = "judge/requests.rs"]
mod requests;
#[path = "judge/segments.rs"]
mod segments;
#[path = "judge/sharing.rs"]
mod sharing;

use crate::file::{Case, hex};
use pulsebook_protocol::{
    bytes::{ChainId, Digest},
    key::PublicKey,
    secret::Secret32,
};
use serde_json::{Value, json};

/// The decoded value, or why the input is refused.
pub(crate) type Verdict = Result<Value, String>;

/// A format: its name, the words in docs/protocol.md that define it, and our code's verdict on a case.
pub(crate) type Format = (&'static str, &'static str, fn(&Case) -> Verdict);

/// Every format, in the order of docs/protocol.md.
pub(crate) fn formats() -> Vec<Format> {
    [
        keys::FORMATS,
        segments::FORMATS,
        ledger::FORMATS,
        circle::FORMATS,
        consent::FORMATS,
        sharing::FORMATS,
        requests::FORMATS,
        bodies::FORMATS,
        batch::FORMATS,
        proving::FORMATS,
        kept::FORMATS,
    ]
    .concat()
}

/// Our code's verdict on a case.
pub(crate) fn judge(format: &str, case: &Case) -> Verdict {
    let formats = formats();
    let (.., judge) =
        formats.iter().find(|(name, ..)| *name == format).unwrap_or_else(|| panic!("no judge for {format}"));
    judge(case)
}

fn refused(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn chain(case: &Case) -> ChainId {
    ChainId::from_bytes(case.array("chain"))
}

fn digest(case: &Case, key: &str) -> Digest {
    Digest::from_bytes(case.array(key))
}

fn secret(case: &Case, key: &str) -> Secret32 {
    Secret32::from_bytes(case.array(key))
}

fn public(case: &Case, key: &str) -> Result<PublicKey, String> {
    PublicKey::from_bytes(case.array(key)).map_err(refused)
}

/// Of formats that are computed: whether the input is what the formula gives.
fn computed(case: &Case, expected: &[u8]) -> Verdict {
    if case.bytes() == expected {
        Ok(json!({"result": hex(expected)}))
    } else {
        Err("not what the formula gives".into())
    }
}

/// A list of bytes as a list of hex.
fn hexes<T: AsRef<[u8]>>(list: impl IntoIterator<Item = T>) -> Value {
    list.into_iter().map(|bytes| Value::from(hex(bytes.as_ref()))).collect()
}
