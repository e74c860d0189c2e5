//! What decoding gives: readings and facts of the sensor, or why not.

use crate::ble::Characteristic;
use pulsebook_protocol::reading::{Reading, UnixMillis};

/// What one notification said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// Its readings, in the order of the frame; RR intervals oldest first. Empty is allowed: a battery level has none.
    pub readings: Vec<Reading>,
    /// Battery level of the sensor, 0–100 percent.
    pub battery_percent: Option<u8>,
    /// Energy spent since the sensor's counter was reset, in kilojoules.
    pub energy_kj: Option<u16>,
    /// Which of the sensor's users measured, where it distinguishes them and knows.
    pub user_index: Option<u8>,
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
    /// The phone's own clock cannot have been right, and without it no time can be given to the readings.
    #[error(
        "received at {0} ms, a record holds times from 1970-01-01 to 9999-12-30: set this device's clock; the raw bytes are kept"
    )]
    ReceivedOutside(UnixMillis),
    /// There is no decoder for this characteristic in this version.
    #[error("this version has no decoder for it; its raw bytes are kept")]
    NoDecoder,
}
