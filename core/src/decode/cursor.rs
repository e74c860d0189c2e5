//! Reads little-endian fields from a frame and says by name which one is cut off.

use super::outcome::Reason;

/// A frame and how much of it has been read.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Cursor<'a> {
        Cursor { bytes, at: 0 }
    }

    /// The next `N` bytes.
    pub(super) fn take<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], Reason> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = rest.first_chunk::<N>().ok_or(Reason::Truncated {
            field,
            expected: self.at + N,
            came: self.bytes.len(),
        })?;
        self.at += N;
        Ok(*taken)
    }

    pub(super) fn u8(&mut self, field: &'static str) -> Result<u8, Reason> {
        self.take(field).map(|[byte]: [u8; 1]| byte)
    }

    pub(super) fn u16(&mut self, field: &'static str) -> Result<u16, Reason> {
        self.take(field).map(u16::from_le_bytes)
    }

    pub(super) fn u24(&mut self, field: &'static str) -> Result<u32, Reason> {
        self.take(field).map(|[low, middle, high]: [u8; 3]| u32::from_le_bytes([low, middle, high, 0]))
    }

    pub(super) fn u32(&mut self, field: &'static str) -> Result<u32, Reason> {
        self.take(field).map(u32::from_le_bytes)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// Ends the frame: surplus bytes are an error, unless a reserved flag announces fields this version does not know.
    pub(super) fn end(self, reserved_flags: u8) -> Result<(), Reason> {
        if self.is_at_end() || reserved_flags != 0 {
            return Ok(());
        }
        Err(Reason::Surplus { expected: self.at, came: self.bytes.len() })
    }
}
