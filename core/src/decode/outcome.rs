//! What decoding gives: readings and facts of the sensor, or why not.

use super::{
    clock::{Moment, Stamp},
    context::Taken,
};
use crate::ble::{Characteristic, LONGEST_VALUE};
use pulsebook_protocol::reading::{Reading, UnixMillis};

/// What one notification said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// Its readings, in the order of the frame; RR intervals oldest first. Empty is allowed: a battery level has none.
    pub readings: Vec<Reading>,
    /// Battery level of the sensor, 0–100 percent.
    pub battery_percent: Option<u8>,
    /// Which of the sensor's users measured, where it distinguishes them; [`USER_UNKNOWN`] when it does not know who it was.
    pub user_index: Option<u8>,
    /// Which half of a measurement it is, where one comes in two notifications.
    pub half: Option<Half>,
    /// The number of this record in the sensor's memory: a sequence number, or minutes of a session.
    pub record: Option<u16>,
    /// The number of a stored observation of a generic sensor, or of a stored blood pressure.
    pub stored_record: Option<u32>,
    /// What the sensor told about itself.
    pub told: Option<Told>,
    /// Why a value among others was left out: in this unit it cannot be what the sensor says it is.
    pub left_out: Option<Reason>,
    /// The record, where later frames belong to it.
    pub taken: Option<Taken>,
    /// When it was measured, where a second half belongs to it.
    pub first_half: Option<Moment>,
    /// Whether the sensor's clock is set, where it says so.
    pub clock_is_set: Option<bool>,
    /// Measurements of which nobody can say when they were made: the clock that dated them was set anew since, or the
    /// counter began again. No readings come of them.
    pub undated: usize,
}

/// A half of a measurement that a sensor sends in two notifications, each of which is read by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Half {
    /// It says when and of whom was measured.
    First,
    /// It says neither: it belongs to the first half that came before.
    Second,
}

/// The user index of a measurement of which the sensor does not know who it was of (GATT Specification Supplement, User
/// ID and User Index). It may be anybody's, so that it waits for the patient's word as any user's does.
pub const USER_UNKNOWN: u8 = 0xFF;

/// What a sensor told about itself, which later frames need: see [`super::Context`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Told {
    /// What its clock shows.
    Clock(Stamp),
    /// Its measuring session began then, by its own clock.
    SessionStart(Stamp),
    /// What a continuous glucose monitor is.
    Monitor {
        /// What it measures in, as glucose sensors number it.
        specimen: u8,
        /// Whether its frames end with a checksum.
        checksums: bool,
    },
    /// This notification is a piece of an observation: see [`super::generic::Pieces`].
    Piece,
}

impl Decoded {
    /// Empties it and keeps its memory for the next frame.
    pub fn clear(&mut self) {
        let mut readings = std::mem::take(&mut self.readings);
        readings.clear();
        *self = Decoded { readings, ..Decoded::default() };
    }
}

/// Why a notification could not be decoded. The caller keeps its raw bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed notification of {characteristic}: {reason}")]
pub struct Malformed {
    /// Whose layout was broken.
    pub characteristic: Characteristic,
    /// What was expected and what came.
    pub reason: Reason,
}

/// What was expected of a notification and what came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// It ended within a field.
    #[error("{field} needs {expected} bytes in all, {came} came")]
    Truncated {
        /// The field that is cut off.
        field: &'static str,
        /// Least length of the frame that holds the field.
        expected: usize,
        /// Its real length.
        came: usize,
    },
    /// Bytes follow the last field that the flags announce, and no reserved flag explains them.
    #[error("expected {expected} bytes by its flags, {came} came")]
    Surplus {
        /// Length by the flags.
        expected: usize,
        /// Its real length.
        came: usize,
    },
    /// A field holds a number that the standard does not allow.
    #[error("{field} must be at most {most}, {came} came")]
    OutOfRange {
        /// The field.
        field: &'static str,
        /// The greatest number allowed.
        most: u32,
        /// The number that came.
        came: u32,
    },
    /// A field holds a number that this frame cannot have.
    #[error("{field} cannot be {came} here")]
    Unexpected {
        /// The field.
        field: &'static str,
        /// The number that came.
        came: u32,
    },
    /// The checksum over the frame is wrong: bytes were altered on the way.
    #[error("the checksum should be {expected:04x}, {came:04x} came")]
    Checksum {
        /// By the bytes.
        expected: u16,
        /// In the frame.
        came: u16,
    },
    /// A length that the frame states is not that of its fields.
    #[error("its fields are {expected} bytes long, it says {came}")]
    WrongSize {
        /// By the fields.
        expected: usize,
        /// By the frame.
        came: usize,
    },
    /// More bytes than the value of a characteristic can have.
    #[error("a sensor's value has at most {LONGEST_VALUE} bytes, {came} came")]
    TooLong {
        /// How many came.
        came: usize,
    },
    /// All that it says was measured nobody knows when: see [`Decoded::undated`]. [`super::Memory::decode`] says so.
    #[error(
        "it was dated by a clock that was set anew since, so that nobody can say when it was measured; the raw bytes are kept"
    )]
    Undated,
    /// A piece of an observation came without the one before it.
    #[error("a piece is missing before number {came} (expected: {expected:?})")]
    PieceMissing {
        /// The number that had to come; `None` when no observation was under way.
        expected: Option<u8>,
        /// The number that came.
        came: u8,
    },
    /// The phone's own clock cannot have been right, and without it no time can be given to the readings.
    #[error(
        "received at {0} ms, a record holds times from 1970-01-01 to 9999-12-30: set this device's clock; the raw bytes are kept"
    )]
    ReceivedOutside(UnixMillis),
    /// There is no decoder for this characteristic in this version.
    #[error("this version has no decoder for it; its raw bytes are kept")]
    NoDecoder,
}
