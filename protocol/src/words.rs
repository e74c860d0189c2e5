//! The 24 words on the patient's paper, and every key that comes from them.
//!
//! `docs/protocol.md` §2. The words are BIP39 (English list, 256 bits and a checksum); the keys are derived by HKDF,
//! not by BIP39's own seed function, so that no passphrase variant of the same words exists.

use crate::{
    bytes::Digest,
    domain::{self, Domain},
    envelope::ReceiveKey,
    hash,
    key::{PublicKey, SigningKey},
    random::{Random, RandomUnavailable, make_bytes},
    secret::Secret32,
};
use bip39::{Language, Mnemonic};
use std::fmt;
use zeroize::Zeroizing;

/// Salt of the HKDF extraction.
const SALT: &[u8] = b"pulsebook/v1";

/// What is wrong with words that somebody typed. Never repeats a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// Not 24 of them.
    #[error("expected 24 words, found {found}: type all words in their order, separated by spaces")]
    Count {
        /// How many were found.
        found: usize,
    },
    /// One is not in the list.
    #[error("word {position} is not in the list of 2,048 words: look at its spelling on the paper")]
    UnknownWord {
        /// Its place, from 1 to 24.
        position: usize,
    },
    /// Each is in the list, but together they do not fit.
    #[error("the 24 words do not belong together: one is wrong, or two have changed places")]
    Checksum,
}

/// The words: whoever has them is the patient. Wiped when dropped, never printed.
///
/// ```
/// use pulsebook_protocol::{random::SystemRandom, words::RecoveryWords};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let words = RecoveryWords::make(&mut SystemRandom)?;
/// let paper = words.expose();
/// assert_eq!(paper.split(' ').count(), 24);
/// let again = RecoveryWords::parse(&paper)?;
/// assert_eq!(again.root_key()?.public(), words.root_key()?.public());
/// # Ok(()) }
/// ```
pub struct RecoveryWords(Secret32);

impl RecoveryWords {
    /// How many words there are.
    pub const COUNT: usize = 24;

    /// New words from 256 random bits.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when the source cannot deliver.
    pub fn make(random: &mut dyn Random) -> Result<Self, RandomUnavailable> {
        make_bytes(random).map(|entropy| RecoveryWords(Secret32::from_bytes(entropy)))
    }

    /// Reads typed words; upper case and extra spaces do not matter.
    ///
    /// # Errors
    /// [`WordsError`] says which word is wrong, as far as that can be known.
    pub fn parse(text: &str) -> Result<Self, WordsError> {
        let text = Zeroizing::new(text.to_lowercase());
        let found = text.split_whitespace().count();
        if found != Self::COUNT {
            return Err(WordsError::Count { found });
        }
        let mnemonic =
            Mnemonic::parse_in_normalized(Language::English, &text).map_err(|error| match error {
                bip39::Error::UnknownWord(index) => WordsError::UnknownWord { position: index + 1 },
                _ => WordsError::Checksum,
            })?;
        let (entropy, length) = mnemonic.to_entropy_array();
        let entropy = Zeroizing::new(entropy);
        let entropy = entropy.get(..length).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        entropy.map(|bytes| RecoveryWords(Secret32::from_bytes(bytes))).ok_or(WordsError::Checksum)
    }

    /// The words, separated by single spaces: to be shown once, on the screen only.
    pub fn expose(&self) -> Zeroizing<String> {
        // 32 bytes are always 24 words; the empty string would be refused wherever words are asked back.
        let words = Mnemonic::from_entropy_in(Language::English, self.0.expose());
        let mut text = Zeroizing::new(String::with_capacity(24 * 9));
        for word in words.iter().flat_map(|words| words.words()) {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        text
    }

    /// R: signs proposals.
    ///
    /// # Errors
    /// [`RandomUnavailable`] never in practice: every seed makes a key.
    pub fn root_key(&self) -> Result<SigningKey, RandomUnavailable> {
        SigningKey::from_seed(self.derive(domain::ROOT))
    }

    /// Opens the keyring index.
    pub fn recovery_key(&self) -> ReceiveKey {
        ReceiveKey::from_seed(self.derive(domain::RECOVERY))
    }

    /// Makes locators without the words at hand.
    pub fn locator_key(&self) -> LocatorKey {
        LocatorKey(self.derive(domain::LOCATOR))
    }

    /// The name under which this node finds the chain for whoever has the words.
    pub fn locator(&self, node_identity: &PublicKey) -> Digest {
        self.locator_key().locator(node_identity)
    }

    fn derive(&self, label: Domain) -> Secret32 {
        let mut seed = Zeroizing::new([0; 32]);
        hash::extract_and_expand(SALT, self.0.expose(), &[label.text().as_bytes()], seed.as_mut());
        Secret32::from_bytes(*seed)
    }
}

impl fmt::Debug for RecoveryWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryWords(…)")
    }
}

/// The key that makes locators: kept on the phone, so that nodes can be added without the words.
#[derive(Debug)]
pub struct LocatorKey(Secret32);

impl LocatorKey {
    /// Takes a stored key.
    pub fn from_secret(secret: Secret32) -> Self {
        LocatorKey(secret)
    }

    /// The key, for storing.
    pub fn secret(&self) -> &Secret32 {
        &self.0
    }

    /// `HMAC(locator key, D(locator) ‖ node identity key)`.
    pub fn locator(&self, node_identity: &PublicKey) -> Digest {
        hash::hmac(self.0.expose(), &[&domain::LOCATOR.prefix(), node_identity.as_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    /// BIP39's published vectors (Trezor `vectors.json`) with 256 bits of entropy.
    const VECTORS: [(&str, &str); 3] = [
        (
            "0000000000000000000000000000000000000000000000000000000000000000",
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
             abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art",
        ),
        (
            "7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
            "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth \
             useful legal winner thank year wave sausage worth title",
        ),
        (
            "68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c",
            "hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy \
             gospel tennis maple dilemma loan word shrug inflict delay length",
        ),
    ];

    #[test]
    fn published_vectors_agree_in_both_directions() {
        for (entropy, words) in VECTORS {
            let parsed = RecoveryWords::parse(words).unwrap();
            assert_eq!(data_encoding::HEXLOWER.encode(parsed.0.expose()), entropy);
            assert_eq!(parsed.expose().as_str(), words);
        }
    }

    #[test]
    fn typed_words_may_be_untidy() {
        let words = RecoveryWords::make(&mut SeededRandom::new(1)).unwrap();
        let typed = format!("  {} \n", words.expose().to_uppercase().replace(' ', "  "));
        assert_eq!(RecoveryWords::parse(&typed).unwrap().0.expose(), words.0.expose());
    }

    #[test]
    fn an_error_says_which_word_and_never_repeats_it() {
        let good = VECTORS[1].1;
        let unknown = good.replacen("thank", "thanks", 1);
        let error = RecoveryWords::parse(&unknown).unwrap_err();
        assert_eq!(error, WordsError::UnknownWord { position: 3 });
        assert!(!error.to_string().contains("thank"));
        let swapped = good.replacen("winner thank", "thank winner", 1);
        assert_eq!(RecoveryWords::parse(&swapped).unwrap_err(), WordsError::Checksum);
        let twelve: Vec<&str> = good.split(' ').take(12).collect();
        assert_eq!(RecoveryWords::parse(&twelve.join(" ")).unwrap_err(), WordsError::Count { found: 12 });
    }

    #[test]
    fn each_key_has_its_own_label() {
        let words = RecoveryWords::parse(VECTORS[0].1).unwrap();
        let derived =
            [domain::ROOT, domain::RECOVERY, domain::LOCATOR].map(|label| *words.derive(label).expose());
        assert!(derived[0] != derived[1] && derived[1] != derived[2] && derived[0] != derived[2]);
        // HKDF-SHA256(salt "pulsebook/v1", 32 zero bytes, "pulsebook/root/v1"), computed with Python's hmac.
        assert_eq!(
            data_encoding::HEXLOWER.encode(&derived[0]),
            "85eb7aef429f3e46499f1770e1bc2eafc993cd847bc55116126b35409e2f6fd6"
        );
    }

    #[test]
    fn two_nodes_see_two_locators() {
        let words = RecoveryWords::parse(VECTORS[0].1).unwrap();
        let node = |seed| SigningKey::make(&mut SeededRandom::new(seed)).unwrap().public();
        assert_ne!(words.locator(&node(1)), words.locator(&node(2)));
        assert_eq!(words.locator(&node(1)), words.locator_key().locator(&node(1)));
    }

    #[test]
    fn nothing_prints_the_words() {
        let words = RecoveryWords::parse(VECTORS[0].1).unwrap();
        assert_eq!(
            format!("{words:?} {:?}", words.locator_key()),
            "RecoveryWords(…) LocatorKey(Secret32(…))"
        );
    }
}
