//! The lines of a trace as JSON: the header, and one flat object for everything that happens.

use serde::{Deserialize, Serialize};

/// What the first line calls the format.
pub const FORMAT: &str = "pulsebook-trace";

/// The version of the format that is written, and the only one that is read.
pub const VERSION: u32 = 1;

/// The first line of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// Whether the sensors were simulated: then what is played is simulated, too.
    pub simulated: bool,
    /// Whether identifiers were replaced.
    pub redacted: bool,
    /// What this device's clock showed at the beginning, UTC milliseconds.
    pub start_ms: i64,
}

impl Header {
    /// The header of a trace that begins now.
    pub fn new(simulated: bool, redacted: bool, start_ms: i64) -> Header {
        Header { format: FORMAT.to_owned(), version: VERSION, simulated, redacted, start_ms }
    }
}

/// What a line tells; the words are those of the conformance kit's reports where both have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Direction {
    /// A scan found the sensor.
    Scanned,
    /// The sensor came into reach.
    Found,
    /// How a link stands that is down.
    Link,
    /// The link is up.
    Connected,
    /// The link is down.
    Disconnected,
    /// The sensor sent a value, confirmed or not.
    Notification,
    /// This device asked for a connection.
    Connect,
    /// This device read.
    Read,
    /// This device wrote.
    Write,
    /// This device subscribed.
    Subscribe,
    /// This device ended a connection.
    Disconnect,
}

/// Any line but the first. What a direction has no use for is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    pub(super) at_ms: i64,
    pub(super) sensor: String,
    pub(super) direction: Direction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) service: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) characteristic: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) instance: Option<u8>,
    /// Hex; `null` when they were taken out.
    #[serde(default, skip_serializing_if = "Bytes::is_none")]
    pub(super) bytes: Bytes,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Refusal>,
    /// The ATT error code of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<Reason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<State>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) about: Option<AboutSensor>,
}

/// Bytes that are there, were taken out, or that a line of this direction does not have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Bytes {
    Hex(String),
    TakenOut(()),
    #[default]
    #[serde(skip)]
    None,
}

impl Bytes {
    fn is_none(&self) -> bool {
        *self == Bytes::None
    }
}

/// What a sensor says of itself before it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AboutSensor {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) cadence_ms: Option<u32>,
    pub(super) has_clock: bool,
    /// "180D/2A37", and "180F/2A19/1" for the second of its kind.
    pub(super) notifies: Vec<String>,
}

/// Why something that was asked for was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Refusal {
    UnknownSensor,
    NotConnected,
    NotOffered,
    Refused,
    Failed,
}

/// Why a link went down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    Asked,
    Lost,
    BySensor,
    Overflow,
}

/// How a link stands that is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    Searching,
    Connecting,
    NeedsPairing,
    PairedElsewhere,
}
