//! ATT error codes, as a sensor answers them (Core Specification 5.4, Vol 3 Part F 3.4.1.1; profile codes: CSS Part B).

use std::fmt;

/// One error code. Codes 0x80–0x9F belong to the profile of the characteristic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AttError(pub u8);

impl AttError {
    /// The attribute cannot be read.
    pub const READ_NOT_PERMITTED: AttError = AttError(0x02);
    /// The attribute cannot be written.
    pub const WRITE_NOT_PERMITTED: AttError = AttError(0x03);
    /// The link must be authenticated first.
    pub const INSUFFICIENT_AUTHENTICATION: AttError = AttError(0x05);
    /// The sensor does not know this request.
    pub const REQUEST_NOT_SUPPORTED: AttError = AttError(0x06);
    /// A read from behind the end of the value.
    pub const INVALID_OFFSET: AttError = AttError(0x07);
    /// There is no such attribute.
    pub const ATTRIBUTE_NOT_FOUND: AttError = AttError(0x0A);
    /// The value written has a wrong length.
    pub const INVALID_LENGTH: AttError = AttError(0x0D);
    /// Something else went wrong.
    pub const UNLIKELY: AttError = AttError(0x0E);
    /// The link must be encrypted first.
    pub const INSUFFICIENT_ENCRYPTION: AttError = AttError(0x0F);
    /// The value written is not allowed.
    pub const VALUE_NOT_ALLOWED: AttError = AttError(0x13);
    /// Whoever writes must subscribe first (Client Characteristic Configuration improperly configured).
    pub const NOT_SUBSCRIBED: AttError = AttError(0xFD);
    /// Another procedure runs.
    pub const IN_PROGRESS: AttError = AttError(0xFE);
    /// The value written is out of its range.
    pub const OUT_OF_RANGE: AttError = AttError(0xFF);
}

impl fmt::Display for AttError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ATT error 0x{:02x}", self.0)
    }
}
