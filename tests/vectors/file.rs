//! The files of test vectors: one format each, read here for the runner and for the command that makes them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// One file: the cases of one format.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VectorFile {
    pub(crate) format: String,
    pub(crate) what: String,
    pub(crate) source: String,
    pub(crate) cases: Vec<Case>,
}

/// One case: an input, what a verifier needs beside it, and what it must say.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) expect: String,
    pub(crate) why: String,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) context: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) bytes: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// The bytes of a JSON string of lower-case hex.
pub(crate) fn unhex(value: &Value) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap()
}

/// Where the files lie.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("tests/vectors")
}

impl Case {
    /// The input, of a case in bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        data_encoding::HEXLOWER.decode(self.bytes.as_ref().unwrap().as_bytes()).unwrap()
    }

    /// The input, of a case in text.
    pub(crate) fn text(&self) -> &str {
        self.text.as_ref().unwrap()
    }

    /// A field of the context that may be left out.
    pub(crate) fn maybe(&self, key: &str) -> Option<&Value> {
        self.context.get(key)
    }

    /// A field of the context.
    pub(crate) fn field(&self, key: &str) -> &Value {
        self.maybe(key).unwrap_or_else(|| panic!("case {} has no context {key}", self.name))
    }

    /// Bytes of the context, in hex.
    pub(crate) fn hex(&self, key: &str) -> Vec<u8> {
        unhex(self.field(key))
    }

    /// Bytes of the context with a fixed length.
    pub(crate) fn array<const N: usize>(&self, key: &str) -> [u8; N] {
        self.hex(key).try_into().unwrap()
    }

    /// A number of the context.
    pub(crate) fn number(&self, key: &str) -> u64 {
        self.field(key).as_u64().unwrap()
    }

    /// A word of the context.
    pub(crate) fn word(&self, key: &str) -> &str {
        self.field(key).as_str().unwrap()
    }

    /// A list of the context.
    pub(crate) fn list(&self, key: &str) -> &[Value] {
        self.field(key).as_array().unwrap()
    }
}
