//! The search: each marker in every spelling it may take in a file.

use data_encoding::{BASE32_NOPAD, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use std::collections::HashMap;

/// Something that must not be found.
#[derive(Clone, Debug)]
pub(crate) struct Marker {
    pub(crate) kind: String,
    pub(crate) name: String,
    bytes: Vec<u8>,
    is_text: bool,
}

impl Marker {
    pub(crate) fn new(kind: &str, name: &str, bytes: &[u8]) -> Marker {
        assert!(bytes.len() >= SHORTEST, "{name} is too short to be told from chance");
        Marker { kind: kind.into(), name: name.into(), bytes: bytes.to_vec(), is_text: false }
    }

    pub(crate) fn text(kind: &str, name: &str, text: &str) -> Marker {
        Marker { is_text: true, ..Marker::new(kind, name, text.as_bytes()) }
    }
}

/// Shorter ones would be found by chance.
const SHORTEST: usize = 6;

/// Every spelling of a marker, with its name.
pub(crate) fn forms(marker: &Marker) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = &marker.bytes;
    let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
    let mut forms = vec![
        ("itself", bytes.clone()),
        ("reversed", reversed),
        ("hex", HEXLOWER.encode(bytes).into()),
        ("HEX", HEXUPPER.encode(bytes).into()),
    ];
    if marker.is_text {
        let text = String::from_utf8_lossy(bytes);
        forms.push(("UTF-16 LE", text.encode_utf16().flat_map(u16::to_le_bytes).collect()));
        forms.push(("UTF-16 BE", text.encode_utf16().flat_map(u16::to_be_bytes).collect()));
        forms.push(("lower case", text.to_lowercase().into_bytes()));
    }
    // Encoded as part of something longer, a marker begins at any place of a group: what does not depend on its neighbours.
    for lead in 0..3_usize {
        let inner =
            |text: String| text.into_bytes()[(lead * 8).div_ceil(6)..(lead + bytes.len()) * 8 / 6].to_vec();
        let whole = [&vec![0; lead][..], bytes].concat();
        forms.push(("base64", inner(BASE64_NOPAD.encode(&whole))));
        forms.push(("base64url", inner(BASE64URL_NOPAD.encode(&whole))));
    }
    for lead in 0..5_usize {
        let whole = [&vec![0; lead][..], bytes].concat();
        let text = BASE32_NOPAD.encode(&whole).into_bytes();
        let inner = text[(lead * 8).div_ceil(5)..(lead + bytes.len()) * 8 / 5].to_vec();
        forms.push(("base32", inner.to_ascii_lowercase()));
        forms.push(("BASE32", inner));
    }
    forms
}

/// A marker, how it is spelt, and so spelt.
type Spelling<'a> = (&'a Marker, &'static str, Vec<u8>);

/// All spellings of all markers, found in one pass.
pub(crate) struct Needles<'a> {
    by_start: HashMap<[u8; SHORTEST], Vec<Spelling<'a>>>,
}

impl<'a> Needles<'a> {
    pub(crate) fn of(markers: &'a [Marker]) -> Needles<'a> {
        let mut by_start: HashMap<_, Vec<_>> = HashMap::new();
        for marker in markers {
            for (form, bytes) in forms(marker) {
                let start: [u8; SHORTEST] = bytes[..SHORTEST].try_into().unwrap();
                by_start.entry(start).or_default().push((marker, form, bytes));
            }
        }
        Needles { by_start }
    }

    /// What of them stands there, in which spelling.
    pub(crate) fn found_in(&self, bytes: &[u8]) -> Vec<(&'a Marker, &'static str)> {
        let mut found = Vec::new();
        for (at, start) in bytes.windows(SHORTEST).enumerate() {
            let start: &[u8; SHORTEST] = start.try_into().unwrap();
            for (marker, form, needle) in self.by_start.get(start).into_iter().flatten() {
                if bytes[at..].starts_with(needle) {
                    found.push((*marker, *form));
                }
            }
        }
        found
    }

    /// Plants every marker in every spelling in the middle of a host and demands that each is found: what is not found later
    /// is not there.
    pub(crate) fn assert_each_is_found(&self, markers: &[Marker], host: &[u8]) {
        let middle = host.len() / 2;
        for marker in markers {
            for (form, spelt) in forms(marker) {
                let planted = [&host[..middle], &spelt, &host[middle..]].concat();
                let found = self.found_in(&planted);
                let here = |(other, how): &(&Marker, &str)| (&other.name, *how) == (&marker.name, form);
                assert!(found.iter().any(here), "{} ({}) as {form} is not found", marker.kind, marker.name);
            }
        }
    }
}
