//! Finds the SubjectPublicKeyInfo in an X.509 certificate: seven steps of DER, nothing else is read.
//!
//! RFC 5280 §4.1: Certificate ::= SEQUENCE { tbsCertificate SEQUENCE { [0] version OPTIONAL, serialNumber, signature,
//! issuer, validity, subject, subjectPublicKeyInfo, … }, … }. Total: any bytes give a result or `None`.

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const VERSION: u8 = 0xa0;

/// One DER element and what follows it.
struct Element<'a> {
    /// Tag, length and content.
    whole: &'a [u8],
    content: &'a [u8],
    rest: &'a [u8],
}

/// The DER bytes of the SubjectPublicKeyInfo, tag and length included.
pub(crate) fn subject_public_key_info(certificate: &[u8]) -> Option<&[u8]> {
    let outer = element(certificate, SEQUENCE)?;
    if !outer.rest.is_empty() {
        return None;
    }
    let fields = element(outer.content, SEQUENCE)?.content;
    let fields = element(fields, VERSION).map_or(fields, |version| version.rest);
    let mut rest = element(fields, INTEGER)?.rest;
    for _signature_issuer_validity_subject in 0..4 {
        rest = element(rest, SEQUENCE)?.rest;
    }
    element(rest, SEQUENCE).map(|key| key.whole)
}

/// Reads one element with the expected tag; lengths must be definite and in their shortest form.
fn element(bytes: &[u8], tag: u8) -> Option<Element<'_>> {
    let (&found, after_tag) = bytes.split_first()?;
    if found != tag {
        return None;
    }
    let (length, body) = length(after_tag)?;
    let (content, rest) = body.split_at_checked(length)?;
    let whole = bytes.get(..bytes.len().checked_sub(rest.len())?)?;
    Some(Element { whole, content, rest })
}

/// A DER length and the bytes behind it.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 {
        return Some((usize::from(first), rest));
    }
    let count = usize::from(first & 0x7f);
    if !(1..=3).contains(&count) {
        return None;
    }
    let (digits, rest) = rest.split_at_checked(count)?;
    let value = digits.iter().fold(0_usize, |value, digit| value << 8 | usize::from(*digit));
    let shortest = value >= 0x80 && digits.first() != Some(&0);
    shortest.then_some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::PublicKeyData;

    fn certificate() -> (Vec<u8>, Vec<u8>) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        (made.cert.der().to_vec(), made.signing_key.subject_public_key_info())
    }

    #[test]
    fn the_key_found_is_the_one_the_certificate_was_made_for() {
        let (der, key) = certificate();
        assert_eq!(subject_public_key_info(&der), Some(key.as_slice()));
    }

    #[test]
    fn every_prefix_and_every_addition_is_refused() {
        let (mut der, _) = certificate();
        for end in 0..der.len() {
            assert_eq!(subject_public_key_info(&der[..end]), None, "prefix of {end} bytes");
        }
        der.push(0);
        assert_eq!(subject_public_key_info(&der), None);
    }

    #[test]
    fn no_changed_byte_makes_it_fall_over() {
        let (der, key) = certificate();
        let mut still_found = 0;
        for at in 0..der.len() {
            for value in [0, 1, 0x30, 0x7f, 0x80, 0x81, 0x84, 0xff] {
                let mut changed = der.clone();
                changed[at] = value;
                still_found += usize::from(subject_public_key_info(&changed) == Some(key.as_slice()));
            }
        }
        assert!(still_found > 0, "bytes outside the key do not matter");
    }

    #[test]
    fn indefinite_and_overlong_lengths_are_refused() {
        for bytes in [&[0x80_u8, 0][..], &[0x81, 0x7f], &[0x82, 0, 0x90], &[0x84, 0, 0, 1, 0], &[0x81], &[]] {
            assert!(length(bytes).is_none(), "{bytes:?}");
        }
        assert_eq!(length(&[0x81, 0x80]).map(|found| found.0), Some(0x80));
    }
}
