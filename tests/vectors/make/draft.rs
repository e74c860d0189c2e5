//! Drafts of vector files: cases are added with what is expected of them, and our code must agree before they are kept.

use super::cbor::{Cbor, NULL, array, int, raw};
use crate::{
    file::{Case, VectorFile, hex},
    judge::judge,
};
use pulsebook_protocol::{
    cose,
    domain::{self, Domain},
    key::SigningKey,
};
use serde_json::{Map, Value};

/// A vector file in the making, with the context that its next cases get.
pub(crate) struct Draft {
    pub(crate) file: VectorFile,
    context: Map<String, Value>,
    /// Where our code did not agree with what a case expects.
    pub(crate) problems: Vec<String>,
}

/// What a case is read from.
pub(crate) enum Input {
    Bytes(Vec<u8>),
    Text(String),
}

impl From<Vec<u8>> for Input {
    fn from(bytes: Vec<u8>) -> Input {
        Input::Bytes(bytes)
    }
}

impl From<Cbor> for Input {
    fn from(cbor: Cbor) -> Input {
        Input::Bytes(cbor.encode())
    }
}

impl From<String> for Input {
    fn from(text: String) -> Input {
        Input::Text(text)
    }
}

impl From<&str> for Input {
    fn from(text: &str) -> Input {
        Input::Text(text.to_owned())
    }
}

/// Turns the bytes of a payload into what the format carries: signed, sealed, or as they are.
pub(crate) type Wrap<'a> = &'a dyn Fn(Vec<u8>) -> Vec<u8>;

impl Draft {
    pub(crate) fn new(format: &str, what: &str, section: u8) -> Draft {
        let source = format!("docs/protocol.md §{section}");
        let file = VectorFile { format: format.into(), what: what.into(), source, cases: Vec::new() };
        Draft { file, context: Map::new(), problems: Vec::new() }
    }

    /// Sets a field of the context for this and all later cases.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) -> &mut Draft {
        self.context.insert(key.into(), value.into());
        self
    }

    /// Sets bytes of the context.
    pub(crate) fn set_hex(&mut self, key: &str, bytes: impl AsRef<[u8]>) -> &mut Draft {
        self.set(key, hex(bytes.as_ref()))
    }

    /// Takes a field out of the context.
    pub(crate) fn unset(&mut self, key: &str) -> &mut Draft {
        self.context.remove(key);
        self
    }

    fn case(&mut self, name: &str, why: &str, input: impl Into<Input>) -> Case {
        assert!(self.file.cases.iter().all(|case| case.name != name), "{} {name}: twice", self.file.format);
        let mut case =
            Case { name: name.into(), why: why.into(), context: self.context.clone(), ..Case::default() };
        match input.into() {
            Input::Bytes(bytes) => case.bytes = Some(hex(&bytes)),
            Input::Text(text) => case.text = Some(text),
        }
        case
    }

    /// A case that must be accepted; our code's reading of it becomes its value.
    pub(crate) fn good(&mut self, name: &str, why: &str, input: impl Into<Input>) -> &mut Draft {
        let mut case = self.case(name, why, input);
        case.expect = "valid".into();
        match judge(&self.file.format, &case) {
            Ok(value) => case.value = Some(value),
            Err(error) => self.problems.push(format!("{} {name}: refused: {error}", self.file.format)),
        }
        self.file.cases.push(case);
        self
    }

    /// A case that must be refused with an error that contains these words.
    pub(crate) fn bad(&mut self, name: &str, why: &str, error: &str, input: impl Into<Input>) -> &mut Draft {
        let mut case = self.case(name, why, input);
        (case.expect, case.error) = ("invalid".into(), Some(error.into()));
        match judge(&self.file.format, &case) {
            Ok(_) => self.problems.push(format!("{} {name}: accepted", self.file.format)),
            Err(found) if error.is_empty() || !found.contains(error) => {
                self.problems.push(format!("{} {name}: `{found}` instead of `{error}`", self.file.format));
            }
            Err(_) => {}
        }
        self.file.cases.push(case);
        self
    }

    /// A refused case with one field of the context changed for it alone.
    pub(crate) fn bad_in(
        &mut self,
        (key, value): (&str, impl Into<Value>),
        name: &str,
        why: &str,
        error: &str,
        input: impl Into<Input>,
    ) -> &mut Draft {
        let kept = self.context.clone();
        self.set(key, value).bad(name, why, error, input);
        self.context = kept;
        self
    }

    /// The ways in which the bytes of a map can be written wrongly, whatever the map means.
    pub(crate) fn map_shapes(&mut self, base: &Cbor, wrap: Wrap<'_>) -> &mut Draft {
        let bytes = base.encode();
        let entries = base.entries();
        let cut = bytes[..bytes.len() - 1].to_vec();
        self.bad("nothing", "There are no bytes where the object must be.", "CBOR", wrap(Vec::new()));
        self.bad("truncated", "The last byte of the object is missing.", "CBOR", wrap(cut));
        let trailing = [&bytes[..], &[0]].concat();
        self.bad("trailing-byte", "A byte follows after the object.", "CBOR", wrap(trailing));
        let content = &bytes[1..];
        let indefinite = [&[0xbf], content, &[0xff]].concat();
        self.bad("indefinite-map", "The map has an indefinite length.", "CBOR", wrap(indefinite));
        let wide = [&[0xb8, bytes[0] & 31], content].concat();
        self.bad(
            "long-map-head",
            "The map's length is not written in its shortest form.",
            "CBOR",
            wrap(wide),
        );
        let mut first = entries.clone();
        first[0].0 = raw(&[0x18, 0]);
        let why = "The first key is written in two bytes.";
        self.bad("long-key", why, "CBOR", wrap(Cbor::Map(first).encode()));
        let mut swapped = entries.clone();
        swapped.swap(0, 1);
        let why = "The first two keys have changed places.";
        self.bad("keys-not-ascending", why, "CBOR", wrap(Cbor::Map(swapped).encode()));
        let mut twice = entries.clone();
        twice.insert(0, entries[0].clone());
        self.bad("key-twice", "The first key is there twice.", "CBOR", wrap(Cbor::Map(twice).encode()));
        let unknown = base.with(&[31], raw(&[0]));
        self.bad("unknown-key", "The map has a key that no version 1 has.", "CBOR", wrap(unknown.encode()));
        let listed = array(entries.iter().map(|(_, value)| value.clone()));
        self.bad("array-for-map", "The fields come as an array.", "CBOR", wrap(listed.encode()));
        let tagged = [&[0xc1], &bytes[..]].concat();
        self.bad("tagged", "A tag stands before the map.", "CBOR", wrap(tagged));
        self
    }

    /// The ways in which the bytes of an array can be written wrongly, whatever it means.
    pub(crate) fn array_shapes(&mut self, base: &Cbor, error: &str) {
        let bytes = base.encode();
        let mut bad = |name: &str, why: &str, bytes: Vec<u8>| {
            self.bad(name, why, error, bytes);
        };
        bad("nothing", "There are no bytes.", Vec::new());
        bad("truncated", "The last byte is missing.", bytes[..bytes.len() - 1].to_vec());
        bad("trailing-byte", "A byte follows.", [&bytes[..], &[0]].concat());
        bad(
            "indefinite-array",
            "The array has an indefinite length.",
            [&[0x9f], &bytes[1..], &[0xff]].concat(),
        );
        bad(
            "long-array-head",
            "The array's length is not in its shortest form.",
            [&[0x98, bytes[0] & 31], &bytes[1..]].concat(),
        );
        bad("tagged", "A tag stands before the array.", [&[0xc1], &bytes[..]].concat());
        bad("map-for-array", "A map stands for the array.", Cbor::Map(vec![(int(0), base.clone())]).encode());
        let Cbor::Array(items) = base else { panic!("no array") };
        bad("one-part-less", "The last part is missing.", base.without(&[items.len() as u64 - 1]).encode());
        bad("one-part-more", "There is a part too many.", base.with(&[items.len() as u64], int(0)).encode());
    }

    /// Fields that must be there: each left out once, and once null.
    pub(crate) fn missing_fields(&mut self, base: &Cbor, keys: &[u64], wrap: Wrap<'_>) -> &mut Draft {
        for key in keys {
            let name = format!("without-field-{key}");
            let why = format!("Field {key} is left out.");
            self.bad(&name, &why, "CBOR", wrap(base.without(&[*key]).encode()));
        }
        let name = format!("field-{}-null", keys[0]);
        let null = base.with(&[keys[0]], raw(&NULL));
        self.bad(&name, &format!("Field {} is null.", keys[0]), "CBOR", wrap(null.encode()))
    }

    /// A signed object with this payload, in every wrong form of COSE.
    pub(crate) fn cose_shapes(&mut self, key: &SigningKey, purpose: Domain, payload: &[u8], outer: Wrap<'_>) {
        let other = super::world::key(250);
        let signed = cose::sign(key, purpose, payload);
        let base = Cbor::parse(&signed);
        let public = *key.public().as_bytes();
        let mut case = |name: &str, why: &str, error: &str, bytes: Vec<u8>| {
            self.bad(&format!("cose-{name}"), why, error, outer(bytes));
        };
        let header = |alg: Cbor, kid: [u8; 32]| {
            Cbor::Map(vec![(Cbor::Unsigned(1), alg), (Cbor::Unsigned(4), kid.into())]).encode()
        };
        let own = |protected: Vec<u8>, aad: &str, signer: &SigningKey| {
            let message = to_be_signed(&protected, aad, payload);
            base.with(&[0], protected).with(&[3], *signer.sign(&message).as_bytes()).encode()
        };
        let name = purpose.text();
        let right = header(Cbor::Negative(7), public);
        let tagged = [&[0xd2], &signed[..]].concat();
        case("tagged", "The COSE tag 18 stands before the object.", "unexpected type tag", tagged);
        let filled = base.with(&[1], Cbor::Map(vec![(Cbor::Unsigned(5), Cbor::Unsigned(5))]));
        case("unprotected", "The unprotected header is not empty.", "CBOR", filled.encode());
        let es256 = own(header(Cbor::Negative(6), public), name, key);
        case("es256", "The header names ES256 (−7).", "header", es256);
        let kid = own(header(Cbor::Negative(7), *other.public().as_bytes()), name, key);
        case("other-kid", "The header's kid is another key than the signer's.", "signed by", kid);
        case(
            "other-signer",
            "Another key signed, and says so.",
            "signed by",
            cose::sign(&other, purpose, payload),
        );
        let forged = own(right.clone(), name, &other);
        case("forged", "Another key signed in the right key's name.", "verify", forged);
        let elsewhere = if purpose == domain::LABEL { "pulsebook/access/v1" } else { "pulsebook/label/v1" };
        case(
            "other-domain",
            "It was signed for another purpose.",
            "verify",
            own(right.clone(), elsewhere, key),
        );
        case("no-domain", "It was signed with empty external_aad.", "verify", own(right, "", key));
        case(
            "flipped-signature",
            "One bit of the signature is flipped.",
            "verify",
            base.flipped(&[3]).encode(),
        );
        let short = base.with(&[3], base.bytes_at(&[3])[..63].to_vec());
        case("short-signature", "The signature has 63 bytes.", "CBOR", short.encode());
        let detached = base.with(&[2], raw(&NULL)).encode();
        case("no-payload", "The payload is detached (null).", "unexpected type null", detached);
        case("five-parts", "The array has a fifth element.", "CBOR", base.with(&[4], raw(&NULL)).encode());
    }
}

pub(crate) fn to_be_signed(protected: &[u8], aad: &str, payload: &[u8]) -> Vec<u8> {
    array(["Signature1".into(), protected.into(), aad.as_bytes().into(), payload.into()]).encode()
}
