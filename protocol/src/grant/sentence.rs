//! A grant in one sentence of plain English, as the patient confirms it.

use super::GrantTerms;
use crate::time_text::minute_utc;

/// The sentence: who may read what, measured when, for what, until when.
///
/// ```
/// use pulsebook_protocol::{bytes::*, envelope::Suite, grant::*, key::SigningKey, random::SystemRandom, vital::Category};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let terms = GrantTerms {
///     chain: ChainId::from_bytes([0; 32]), grant_id: GrantId::from_bytes([0; 16]),
///     holder: SigningKey::make(&mut SystemRandom)?.public().into(),
///     receive_hash: Digest::ZERO, suite: Suite::XWing,
///     categories: vec![Category::Heart, Category::Oxygen], purposes: vec![Purpose::Treatment],
///     from_ms: 1_793_527_200_000, to_ms: 1_796_083_200_000, expires_s: 1_796_083_200, max_stale_s: 86_400, delegate: 0,
/// };
/// assert_eq!(
///     sentence("Clinic North", &terms),
///     "Clinic North may read heart and oxygen, measured from 2026-11-01 10:00 UTC to 2026-12-01 00:00 UTC, \
///      for treatment, until 2026-12-01 00:00 UTC.",
/// );
/// # Ok(()) }
/// ```
pub fn sentence(holder_name: &str, terms: &GrantTerms) -> String {
    let categories = list(terms.categories.iter().map(|category| category.name()));
    let purposes = list(terms.purposes.iter().map(|purpose| purpose.words()));
    let (from, to) = (minute_of_ms(terms.from_ms), minute_of_ms(terms.to_ms));
    let until = minute_utc(terms.expires_s);
    let onward = match terms.delegate {
        0 => String::new(),
        1 => ", and may pass this on once".to_owned(),
        times => format!(", and may pass this on {times} times"),
    };
    format!(
        "{holder_name} may read {categories}, measured from {from} to {to}, for {purposes}, until {until}{onward}."
    )
}

fn minute_of_ms(ms: i64) -> String {
    minute_utc(u64::try_from(ms.div_euclid(1000)).unwrap_or(0))
}

/// "a", "a and b", "a, b and c".
fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.collect();
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_like_english() {
        assert_eq!(list(["heart"].into_iter()), "heart");
        assert_eq!(list(["heart", "oxygen"].into_iter()), "heart and oxygen");
        assert_eq!(list(["heart", "oxygen", "body"].into_iter()), "heart, oxygen and body");
    }
}
