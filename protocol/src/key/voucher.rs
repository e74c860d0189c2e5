//! Vouchers: one key's word for another, as the root key gives it for the device that enrols.

use super::{KeyError, PublicKey, Signature, SigningKey, possession_message};
use crate::bytes::ChainId;

/// A key that another one vouched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedVoucher(PublicKey);

impl VerifiedVoucher {
    /// The key that is vouched for.
    pub fn key(&self) -> PublicKey {
        self.0
    }
}

impl SigningKey {
    /// Vouches for another key, for one chain, role and number: the message of a proof of possession over that key.
    ///
    /// ```
    /// use pulsebook_protocol::{bytes::ChainId, key::SigningKey, random::SystemRandom};
    /// let (root, device) = (SigningKey::make(&mut SystemRandom)?, SigningKey::make(&mut SystemRandom)?.public());
    /// let chain = ChainId::from_bytes([1; 32]);
    /// let voucher = root.vouch_for(&chain, "enrol", 0, &device);
    /// assert!(root.public().verify_voucher(&chain, "enrol", 0, &device, &voucher).is_ok());
    /// # Ok::<(), pulsebook_protocol::random::RandomUnavailable>(())
    /// ```
    pub fn vouch_for(&self, chain: &ChainId, role: &str, number: u32, key: &PublicKey) -> Signature {
        self.sign(&possession_message(key.as_bytes(), chain, role, number))
    }
}

impl PublicKey {
    /// Checks that the holder of this key vouched for `key`.
    ///
    /// # Errors
    /// [`KeyError::BadSignature`] when the voucher is of or for another key, or for another chain, role or number.
    pub fn verify_voucher(
        &self,
        chain: &ChainId,
        role: &str,
        number: u32,
        key: &PublicKey,
        voucher: &Signature,
    ) -> Result<VerifiedVoucher, KeyError> {
        self.check(&possession_message(key.as_bytes(), chain, role, number), voucher)?;
        Ok(VerifiedVoucher(*key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret32;

    #[test]
    fn a_voucher_is_bound_to_both_keys_and_to_chain_role_and_number() {
        let key = |seed| SigningKey::from_seed(Secret32::from_bytes([seed; 32])).unwrap();
        let (root, device, other) = (key(1), key(2).public(), key(3));
        let chain = ChainId::from_bytes([1; 32]);
        let voucher = root.vouch_for(&chain, "enrol", 0, &device);
        let verify = |by: &SigningKey, chain: &ChainId, role, number, key| {
            by.public().verify_voucher(chain, role, number, key, &voucher)
        };
        assert_eq!(verify(&root, &chain, "enrol", 0, &device).map(|voucher| voucher.key()), Ok(device));
        let refused = [
            verify(&other, &chain, "enrol", 0, &device),
            verify(&root, &ChainId::from_bytes([2; 32]), "enrol", 0, &device),
            verify(&root, &chain, "device", 0, &device),
            verify(&root, &chain, "enrol", 1, &device),
            verify(&root, &chain, "enrol", 0, &other.public()),
        ];
        assert_eq!(refused, [Err(KeyError::BadSignature); 5]);
    }
}
