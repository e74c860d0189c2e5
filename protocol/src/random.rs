//! Randomness as a parameter: the operating system's, or, in tests only, a seeded stream.

use ring::rand::SecureRandom;

/// The operating system gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random bytes; nothing was made: try again")]
pub struct RandomUnavailable;

/// A source of unpredictable bytes.
pub trait Random: Send {
    /// Fills all of `out`, or fails and leaves it unspecified.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when the source cannot deliver.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomUnavailable>;
}

/// `N` fresh bytes.
///
/// # Errors
/// [`RandomUnavailable`] when the source cannot deliver.
pub fn make_bytes<const N: usize>(random: &mut dyn Random) -> Result<[u8; N], RandomUnavailable> {
    let mut bytes = [0; N];
    random.fill(&mut bytes)?;
    Ok(bytes)
}

/// The operating system's generator.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomUnavailable> {
        ring::rand::SystemRandom::new().fill(out).map_err(|_| RandomUnavailable)
    }
}

/// A repeatable stream, for tests only: whoever knows the seed knows every key.
#[cfg(any(test, feature = "seeded"))]
#[derive(Debug)]
pub struct SeededRandom {
    seed: [u8; 32],
    counter: u64,
}

#[cfg(any(test, feature = "seeded"))]
impl SeededRandom {
    /// The stream that belongs to this number.
    pub fn new(seed: u64) -> Self {
        let seed = crate::hash::sha256(&[&crate::domain::SEEDED_RANDOM.prefix(), &seed.to_be_bytes()]);
        SeededRandom { seed: *seed.as_bytes(), counter: 0 }
    }
}

#[cfg(any(test, feature = "seeded"))]
impl Random for SeededRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomUnavailable> {
        for chunk in out.chunks_mut(32) {
            let block = crate::hash::sha256(&[&self.seed, &self.counter.to_be_bytes()]);
            self.counter += 1;
            chunk.copy_from_slice(&block.as_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// Hands a [`Random`] to crates that want `rand_core` 0.10's infallible generator.
///
/// It takes 32 bytes once and expands them with SHA-256 in counter mode, so that no failure can surface later.
pub struct RandCore {
    seed: zeroize::Zeroizing<[u8; 32]>,
    counter: u64,
}

impl RandCore {
    /// Draws the seed.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when the source cannot deliver.
    pub fn new(random: &mut dyn Random) -> Result<Self, RandomUnavailable> {
        Ok(RandCore { seed: zeroize::Zeroizing::new(make_bytes(random)?), counter: 0 })
    }

    fn fill(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let block = crate::hash::sha256(&[&*self.seed, &self.counter.to_be_bytes()]);
            self.counter += 1;
            chunk.copy_from_slice(&block.as_bytes()[..chunk.len()]);
        }
    }
}

impl rand_core::TryRng for RandCore {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        self.fill(out);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for RandCore {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_seed_does_not() {
        let draw = |seed| make_bytes::<40>(&mut SeededRandom::new(seed));
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn the_system_does_not_repeat_itself() {
        let mut random = SystemRandom;
        assert_ne!(make_bytes::<32>(&mut random), make_bytes::<32>(&mut random));
    }
}
