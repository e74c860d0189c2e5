//! Cases for results of formulas: the right result, and what comes out when a part of the formula is taken wrongly.

use super::draft::Draft;
use pulsebook_protocol::hash;

/// The formula around the parts.
#[derive(Clone)]
pub(super) enum Formula {
    /// SHA-256 of the parts.
    Hash,
    /// HMAC-SHA-256 with this key.
    Hmac(Vec<u8>),
    /// HKDF-Expand-SHA-256 with this key to 32 bytes.
    Expand([u8; 32]),
}

impl Formula {
    pub(super) fn result(&self, parts: &[Vec<u8>]) -> Vec<u8> {
        let pieces: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        match self {
            Formula::Hash => hash::sha256(&pieces).as_bytes().to_vec(),
            Formula::Hmac(key) => hash::hmac(key, &pieces).as_bytes().to_vec(),
            Formula::Expand(key) => {
                let mut out = [0; 32];
                hash::expand(key, &pieces, &mut out);
                out.to_vec()
            }
        }
    }
}

/// Wrong results of a formula over named parts, each cut to `length` bytes; the first part is the domain.
pub(super) fn wrong_results(draft: &mut Draft, formula: &Formula, parts: &[(&str, Vec<u8>)], length: usize) {
    let plain: Vec<Vec<u8>> = parts.iter().map(|(_, part)| part.clone()).collect();
    let mut bad = |name: &str, why: &str, parts: &[Vec<u8>], formula: &Formula| {
        let result = formula.result(parts)[..length].to_vec();
        draft.bad(name, why, "formula", result);
    };
    for (index, (name, part)) in parts.iter().enumerate() {
        let with = |changed: Vec<u8>| {
            let mut parts = plain.clone();
            parts[index] = changed;
            parts
        };
        if part.is_empty() {
            continue;
        }
        bad(&format!("without-{name}"), &format!("The {name} is left out."), &with(Vec::new()), formula);
        let mut flipped = part.clone();
        flipped[0] ^= 1;
        bad(&format!("other-{name}"), &format!("One bit of the {name} is flipped."), &with(flipped), formula);
        bad(
            &format!("longer-{name}"),
            &format!("The {name} has a zero byte more."),
            &with([&part[..], &[0]].concat()),
            formula,
        );
        if index > 0 && part.len() > 1 {
            bad(
                &format!("{name}-cut"),
                &format!("The last byte of the {name} is missing."),
                &with(part[..part.len() - 1].to_vec()),
                formula,
            );
            let mut reversed = part.clone();
            reversed.reverse();
            if reversed != *part {
                bad(
                    &format!("{name}-reversed"),
                    &format!("The bytes of the {name} are in reverse order."),
                    &with(reversed),
                    formula,
                );
            }
        }
    }
    let domain = &plain[0];
    let text = domain.strip_suffix(&[0]).unwrap_or(domain).to_vec();
    let other_version = [&text[..text.len() - 1], b"2", &domain[text.len()..]].concat();
    let with_domain = |domain: Vec<u8>| [vec![domain], plain[1..].to_vec()].concat();
    if text != *domain {
        bad("domain-without-zero", "The domain has no zero byte after it.", &with_domain(text), formula);
    }
    bad(
        "domain-of-version-2",
        "The domain is that of another version.",
        &with_domain(other_version),
        formula,
    );
    bad("twice", "The formula is applied to its own result.", &[formula.result(&plain)], formula);
    let instead = if matches!(formula, Formula::Hash) { Formula::Hmac(Vec::new()) } else { Formula::Hash };
    bad("other-function", "Another hash function over the same parts.", &plain, &instead);
    match formula {
        Formula::Hmac(key) => {
            let mut other = key.clone();
            other[0] ^= 1;
            bad("other-key", "One bit of the key is flipped.", &plain, &Formula::Hmac(other));
            bad(
                "key-hashed",
                "The key is hashed first.",
                &plain,
                &Formula::Hmac(Formula::Hash.result(&[key.clone()])),
            );
            bad(
                "key-and-content-swapped",
                "Key and content have changed places.",
                &[key.clone()],
                &Formula::Hmac(plain.concat()),
            );
        }
        Formula::Expand(key) => {
            let mut other = *key;
            other[0] ^= 1;
            bad("other-key", "One bit of the key is flipped.", &plain, &Formula::Expand(other));
            bad(
                "hmac-alone",
                "HMAC instead of HKDF-Expand, without the counter byte.",
                &plain,
                &Formula::Hmac(key.to_vec()),
            );
        }
        Formula::Hash => {}
    }
    if plain.len() > 2 {
        let mut swapped = plain.clone();
        swapped.swap(1, 2);
        if swapped != plain {
            bad("parts-swapped", "Two parts have changed places.", &swapped, formula);
        }
    }
    let right = formula.result(&plain)[..length].to_vec();
    draft.bad("result-empty", "There is no result.", "formula", Vec::new());
    draft.bad(
        "result-cut",
        "The last byte of the result is missing.",
        "formula",
        right[..length - 1].to_vec(),
    );
    draft.bad("result-longer", "A byte follows after the result.", "formula", [&right[..], &[0]].concat());
    let mut flipped = right.clone();
    flipped[length - 1] ^= 1;
    draft.bad("result-flipped", "One bit of the result is flipped.", "formula", flipped);
    let mut reversed = right;
    reversed.reverse();
    draft.bad("result-reversed", "The bytes of the result are in reverse order.", "formula", reversed);
}
