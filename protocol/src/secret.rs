//! 32 secret bytes: wiped when dropped, never printed, copied only on purpose.

use crate::random::{Random, RandomUnavailable, make_bytes};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A secret of 32 bytes.
///
/// ```
/// use pulsebook_protocol::secret::Secret32;
/// assert_eq!(format!("{:?}", Secret32::from_bytes([7; 32])), "Secret32(…)");
/// ```
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret32([u8; 32]);

impl Secret32 {
    /// Fresh random bytes.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when the source cannot deliver.
    pub fn make(random: &mut dyn Random) -> Result<Self, RandomUnavailable> {
        make_bytes(random).map(Secret32)
    }

    /// Takes the bytes; the caller wipes its own copy.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Secret32(bytes)
    }

    /// The bytes, for use in a computation right here.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// A second copy, made on purpose.
    pub fn duplicate(&self) -> Self {
        Secret32(self.0)
    }
}

impl fmt::Debug for Secret32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret32(…)")
    }
}
