//! Deterministic CBOR (RFC 8949 §4.2.1) checked by a reader of its own, which shares nothing with the one under test.

/// Asserts that the bytes are exactly one item in its deterministic form: shortest heads, definite lengths, keys ascending.
pub(crate) fn assert_canonical(bytes: &[u8]) {
    let end = item(bytes, 0, 0);
    assert_eq!(end, Some(bytes.len()), "accepted, but not one deterministic CBOR item: {bytes:02x?}");
}

/// Where the item that begins at `at` ends; nothing when it is not deterministic.
fn item(bytes: &[u8], at: usize, depth: usize) -> Option<usize> {
    let first = *bytes.get(at)?;
    let (major, info) = (first >> 5, first & 31);
    if depth > 32 {
        return None;
    }
    if major == 7 {
        // Of the simple values only false and true are in our formats.
        return matches!(info, 20 | 21).then_some(at + 1);
    }
    let (number, mut next) = head(bytes, at, info)?;
    let count = usize::try_from(number).ok();
    match major {
        0 | 1 => Some(next),
        2 | 3 => {
            let end = next.checked_add(count?)?;
            let content = bytes.get(next..end)?;
            (major == 2 || std::str::from_utf8(content).is_ok()).then_some(end)
        }
        4 => {
            for _ in 0..count? {
                next = item(bytes, next, depth + 1)?;
            }
            Some(next)
        }
        5 => map(bytes, next, count?, depth),
        _ => None,
    }
}

fn map(bytes: &[u8], mut next: usize, count: usize, depth: usize) -> Option<usize> {
    let mut before: Option<&[u8]> = None;
    for _ in 0..count {
        let value = item(bytes, next, depth + 1)?;
        let key = bytes.get(next..value)?;
        if before.is_some_and(|before| before >= key) {
            return None;
        }
        before = Some(key);
        next = item(bytes, value, depth + 1)?;
    }
    Some(next)
}

/// The number in a head, which must be the shortest that holds it, and where the head ends.
fn head(bytes: &[u8], at: usize, info: u8) -> Option<(u64, usize)> {
    let (length, least) = match info {
        0..=23 => return Some((u64::from(info), at + 1)),
        24 => (1, 24),
        25 => (2, 1 << 8),
        26 => (4, 1 << 16),
        27 => (8, 1 << 32),
        _ => return None,
    };
    let digits = bytes.get(at + 1..at + 1 + length)?;
    let number = digits.iter().fold(0, |number: u64, digit| number << 8 | u64::from(*digit));
    (number >= least).then_some((number, at + 1 + length))
}
