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

/// The draft, the formula, its parts and how many bytes of the result count.
struct Wrong<'a> {
    draft: &'a mut Draft,
    formula: &'a Formula,
    plain: Vec<Vec<u8>>,
    length: usize,
}

impl Wrong<'_> {
    fn add(&mut self, name: &str, why: &str, parts: &[Vec<u8>], formula: &Formula) {
        let result = formula.result(parts)[..self.length].to_vec();
        self.draft.bad(name, why, "formula", result);
    }

    fn with_part(&mut self, index: usize, name: &str, why: &str, changed: Vec<u8>) {
        let mut parts = self.plain.clone();
        parts[index] = changed;
        let formula = self.formula.clone();
        self.add(name, why, &parts, &formula);
    }

    fn part(&mut self, index: usize, name: &str) {
        let part = self.plain[index].clone();
        if part.is_empty() {
            return;
        }
        self.with_part(index, &format!("without-{name}"), &format!("The {name} is left out."), Vec::new());
        let mut flipped = part.clone();
        flipped[0] ^= 1;
        self.with_part(
            index,
            &format!("other-{name}"),
            &format!("One bit of the {name} is flipped."),
            flipped,
        );
        let longer = [&part[..], &[0]].concat();
        self.with_part(
            index,
            &format!("longer-{name}"),
            &format!("The {name} has a zero byte more."),
            longer,
        );
        if index == 0 || part.len() < 2 {
            return;
        }
        let cut = part[..part.len() - 1].to_vec();
        let why = format!("The last byte of the {name} is missing.");
        self.with_part(index, &format!("{name}-cut"), &why, cut);
        let mut reversed = part.clone();
        reversed.reverse();
        if reversed != part {
            let why = format!("The bytes of the {name} are in reverse order.");
            self.with_part(index, &format!("{name}-reversed"), &why, reversed);
        }
    }

    fn domain(&mut self) {
        let domain = self.plain[0].clone();
        let text = domain.strip_suffix(&[0]).unwrap_or(&domain).to_vec();
        let other_version = [&text[..text.len() - 1], b"2", &domain[text.len()..]].concat();
        if text != domain {
            self.with_part(0, "domain-without-zero", "The domain has no zero byte after it.", text);
        }
        let why = "The domain is that of another version.";
        self.with_part(0, "domain-of-version-2", why, other_version);
    }

    fn function(&mut self) {
        let (formula, plain) = (self.formula.clone(), self.plain.clone());
        let own = formula.result(&plain);
        self.add("twice", "The formula is applied to its own result.", &[own], &formula);
        let instead =
            if matches!(formula, Formula::Hash) { Formula::Hmac(Vec::new()) } else { Formula::Hash };
        self.add("other-function", "Another hash function over the same parts.", &plain, &instead);
        let flipped = |key: &[u8]| [&[key[0] ^ 1], &key[1..]].concat();
        match &formula {
            Formula::Hmac(key) => {
                let why = "One bit of the key is flipped.";
                self.add("other-key", why, &plain, &Formula::Hmac(flipped(key)));
                let hashed = Formula::Hash.result(std::slice::from_ref(key));
                self.add("key-hashed", "The key is hashed first.", &plain, &Formula::Hmac(hashed));
                let (why, content) = ("Key and content have changed places.", Formula::Hmac(plain.concat()));
                self.add("key-and-content-swapped", why, std::slice::from_ref(key), &content);
            }
            Formula::Expand(key) => {
                let other = flipped(key).try_into().unwrap();
                self.add("other-key", "One bit of the key is flipped.", &plain, &Formula::Expand(other));
                let why = "HMAC instead of HKDF-Expand, without the counter byte.";
                self.add("hmac-alone", why, &plain, &Formula::Hmac(key.to_vec()));
            }
            Formula::Hash => {}
        }
        if plain.len() > 2 && plain[1] != plain[2] {
            let mut swapped = plain.clone();
            swapped.swap(1, 2);
            self.add("parts-swapped", "Two parts have changed places.", &swapped, &formula);
        }
    }

    fn result(&mut self) {
        let (length, right) = (self.length, self.formula.result(&self.plain)[..self.length].to_vec());
        let mut bad = |name: &str, why: &str, bytes: Vec<u8>| {
            self.draft.bad(name, why, "formula", bytes);
        };
        bad("result-empty", "There is no result.", Vec::new());
        bad("result-cut", "The last byte of the result is missing.", right[..length - 1].to_vec());
        bad("result-longer", "A byte follows after the result.", [&right[..], &[0]].concat());
        let mut flipped = right.clone();
        flipped[length - 1] ^= 1;
        bad("result-flipped", "One bit of the result is flipped.", flipped);
        let reversed = right.iter().rev().copied().collect();
        bad("result-reversed", "The bytes of the result are in reverse order.", reversed);
    }
}

/// Wrong results of a formula over named parts, each cut to `length` bytes; the first part is the domain.
pub(super) fn wrong_results(draft: &mut Draft, formula: &Formula, parts: &[(&str, Vec<u8>)], length: usize) {
    let plain: Vec<Vec<u8>> = parts.iter().map(|(_, part)| part.clone()).collect();
    let mut wrong = Wrong { draft, formula, plain, length };
    parts.iter().enumerate().for_each(|(index, (name, _))| wrong.part(index, name));
    wrong.domain();
    wrong.function();
    wrong.result();
}
