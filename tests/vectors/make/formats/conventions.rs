//! Cases for the conventions of docs/protocol.md §1: CBOR, sealed boxes, COSE, times.

use super::{
    cbor::{Cbor, array, int, raw},
    draft::Draft,
    world::{START_S, key},
};
use pulsebook_protocol::{cose, domain, random::SeededRandom, seal, time_text};

pub(super) fn drafts() -> Vec<Draft> {
    vec![rules(), sealed_box(), signed(), times()]
}

fn query(after: Option<[u64; 3]>, labels: &[[u8; 8]], most: u64, proofs: bool) -> Cbor {
    let mut entries = Vec::new();
    if let Some(after) = after {
        entries.push((Cbor::Unsigned(0), array(after.map(Cbor::Unsigned))));
    }
    entries.push((Cbor::Unsigned(1), array(labels.iter().map(|label| Cbor::from(*label)))));
    entries.push((Cbor::Unsigned(2), Cbor::Unsigned(most)));
    entries.push((Cbor::Unsigned(3), raw(&[if proofs { 0xf5 } else { 0xf4 }])));
    Cbor::Map(entries)
}

fn rules() -> Draft {
    let what = "The rules of deterministic CBOR, shown on the body of POST /v1/chains/<chain>/read: \
        {0: after [epoch u32, seq u64, row u32] or left out, 1: array of bstr8, 2: u32, 3: bool}.";
    let mut draft = Draft::new("cbor", what, 1);
    let base = query(Some([1, 24, 256]), &[[1; 8], [2; 8]], 65_536, true);
    draft.good("everything", "Every field is there; integers of one, two, three and five bytes.", base.clone());
    draft.good("optional-left-out", "Field 0 has no value and is left out.", query(None, &[[7; 8]], 0, false));
    draft.good("empty-array", "An array may be empty.", query(None, &[], 23, true));
    draft.good("largest-numbers", "The largest number of every width.", query(Some([0xffff_ffff, u64::MAX, 0xffff_ffff]), &[], 0xffff_ffff, true));
    draft.good("edges-of-lengths", "24 elements need a second length byte.", query(Some([23, 24, 255]), &[[3; 8]; 24], 65_535, false));
    draft.map_shapes(&base, &|bytes| bytes);
    draft.missing_fields(&base, &[1, 2, 3], &|bytes| bytes);
    for (name, number) in [
        ("two-bytes", &[0x18, 23][..]),
        ("three-bytes", &[0x19, 0, 255]),
        ("five-bytes", &[0x1a, 0, 0, 0xff, 0xff]),
        ("nine-bytes", &[0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]),
    ] {
        let why = "The number in field 2 has a shorter form.";
        draft.bad(&format!("long-number-{name}"), why, "CBOR", base.with(&[2], raw(number)));
    }
    draft.bad("null-optional", "A field without a value is null instead of left out.", "CBOR", base.with(&[0], raw(&[0xf6])));
    draft.bad("undefined", "A field is `undefined`.", "CBOR", base.with(&[3], raw(&[0xf7])));
    draft.bad("indefinite-array", "An array has an indefinite length.", "CBOR", base.with(&[1], raw(&[0x9f, 0xff])));
    let pieces = [&[0x81, 0x5f, 0x44][..], &[1; 4], &[0x44], &[1; 4], &[0xff]].concat();
    draft.bad("byte-string-in-pieces", "A byte string has an indefinite length.", "CBOR", base.with(&[1], raw(&pieces)));
    draft.bad("array-cut", "The array announces one more element than there is.", "CBOR", base.with(&[1], raw(&[0x82, 0x41, 1])));
    draft.bad("negative", "A number is negative.", "CBOR", base.with(&[2], int(-1)));
    draft.bad("float", "A number is a floating-point number.", "CBOR", base.with(&[2], raw(&[0xf9, 0x3c, 0])));
    draft.bad("bignum", "A number is a bignum (tag 2).", "CBOR", base.with(&[2], raw(&[0xc2, 0x41, 1])));
    draft.bad("text-for-bytes", "A text stands where bytes must.", "CBOR", base.with(&[1, 0], "12345678"));
    draft.bad("seven-bytes", "A bstr8 has seven bytes.", "CBOR", base.with(&[1, 0], [1u8; 7]));
    draft.bad("too-wide", "A u32 does not fit into 32 bits.", "CBOR", base.with(&[2], 1u64 << 32));
    draft.bad("short-array", "The array of field 0 has two elements.", "CBOR", base.without(&[0, 2]));
    draft.bad("long-array", "The array of field 0 has four elements.", "CBOR", base.with(&[0, 3], 0));
    let text_key =
        Cbor::Map(vec![("0".into(), int(0)), (int(1), array([])), (int(2), int(0)), (int(3), raw(&[0xf4]))]);
    draft.bad("text-key", "A key is a text.", "CBOR", text_key);
    draft.bad("reserved-length", "A length byte of 28 is reserved.", "CBOR", base.with(&[2], raw(&[0x1c])));
    draft.bad("deep", "Ten thousand nested arrays stand in a field.", "CBOR", base.with(&[0], raw(&[0x81; 10_000])));
    draft
}

fn sealed_box() -> Draft {
    let what = "Sealed boxes with padded plaintext. Context: the 32-byte key and the associated data.";
    let mut draft = Draft::new("sealed-box", what, 1);
    let (cipher, aad) = ([0x42; 32], b"pulsebook/control/v1\0place".to_vec());
    draft.set_hex("key", cipher).set_hex("aad", &aad);
    let sealed = |seed, plaintext: Vec<u8>| {
        seal::seal(&cipher, &aad, &plaintext, &mut SeededRandom::new(seed)).unwrap()
    };
    for (seed, name, length) in [
        (1, "empty", 0),
        (2, "short", 5),
        (3, "padding-of-one-byte", 255),
        (4, "full-block", 256),
        (5, "long", 1000),
    ] {
        draft.good(
            name,
            &format!("A plaintext of {length} bytes."),
            sealed(seed, seal::pad(vec![0x80; length])),
        );
    }
    let base = sealed(9, seal::pad(b"words".to_vec()));
    let flip = |at: usize| {
        let mut bytes = base.clone();
        bytes[at] ^= 1;
        bytes
    };
    draft.bad("nothing", "There are no bytes.", "not a sealed box", Vec::new());
    draft.bad("suite-0", "The suite byte is 0.", "not a sealed box", flip(0));
    draft.bad("suite-2", "The suite byte is 2.", "not a sealed box", [&[2], &base[1..]].concat());
    draft.bad("suite-alone", "There is nothing but the suite byte.", "not a sealed box", vec![1]);
    draft.bad("without-tag", "There is no room for nonce and tag.", "not a sealed box", base[..28].to_vec());
    draft.bad("cut", "The last byte is missing.", "does not open", base[..base.len() - 1].to_vec());
    draft.bad("longer", "A byte follows.", "does not open", [&base[..], &[0]].concat());
    draft.bad("flipped-nonce", "One bit of the nonce is flipped.", "does not open", flip(1));
    draft.bad("flipped-ciphertext", "One bit of the ciphertext is flipped.", "does not open", flip(20));
    draft.bad("flipped-tag", "One bit of the tag is flipped.", "does not open", flip(base.len() - 1));
    draft.bad_in(("key", super::file::hex(&[0x43; 32])), "other-key", "It is opened with another key.", "does not open", base.clone());
    draft.bad_in(("aad", super::file::hex(b"pulsebook/control/v1\0other")), "other-place", "It is opened for another place.", "does not open", base.clone());
    draft.bad_in(("aad", ""), "no-place", "It is opened without associated data.", "does not open", base.clone());
    draft.bad("no-padding", "The plaintext is empty, without padding.", "padded", sealed(10, Vec::new()));
    draft.bad("all-zero", "The padding has no byte 80.", "padded", sealed(11, vec![0; 256]));
    draft.bad("other-mark", "The padding begins with 81.", "padded", sealed(12, [&[0x81][..], &[0; 255]].concat()));
    draft.bad("padded-too-far", "There is a whole block of zero bytes too many.", "padded", sealed(13, [&[0x80][..], &[0; 511]].concat()));
    draft.bad("not-a-multiple", "The padded plaintext has 255 bytes.", "padded", sealed(14, [&[0x80][..], &[0; 254]].concat()));
    draft
}

fn signed() -> Draft {
    let what =
        "COSE_Sign1 objects in the one shape the protocol has. Context: the domain and the key expected.";
    let mut draft = Draft::new("cose", what, 1);
    let long = vec![7; 3000];
    let all = [
        ("empty", domain::DIRECTORY, &[][..]),
        ("short", domain::PROPOSAL, b"payload"),
        ("release", domain::RELEASE, &[0xa0]),
        ("access", domain::ACCESS, &[0xff; 24]),
        ("long", domain::KEYRING, &long),
    ];
    for (index, (name, purpose, payload)) in (0u8..).zip(all) {
        let signer = key(0xc0 + index);
        draft.set("domain", purpose.text()).set_hex("key", signer.public().as_bytes());
        draft.good(
            name,
            &format!("A payload of {} bytes, signed for {}.", payload.len(), purpose.text()),
            cose::sign(&signer, purpose, payload),
        );
    }
    let (signer, purpose) = (key(0xc0), domain::DIRECTORY);
    draft.set("domain", purpose.text()).set_hex("key", signer.public().as_bytes());
    draft.cose_shapes(&signer, purpose, b"payload", &|bytes| bytes);
    let base = Cbor::parse(&cose::sign(&signer, purpose, b"payload"));
    draft.bad("flipped-payload", "One bit of the payload is flipped.", "verify", base.flipped(&[2]));
    draft.bad("cut", "The last byte is missing.", "CBOR", base.encode()[..90].to_vec());
    draft.bad("trailing", "A byte follows.", "CBOR", [&base.encode()[..], &[0]].concat());
    let text = base.with(&[2], "payload");
    draft.bad("payload-as-text", "The payload is a text.", "CBOR", text);
    let header = Cbor::Map(vec![(int(1), int(-8))]).encode();
    draft.bad("no-kid", "The header has no kid.", "header", base.with(&[0], header));
    let header = Cbor::Map(vec![(int(4), (*signer.public().as_bytes()).into()), (int(1), int(-8))]).encode();
    draft.bad("header-not-ascending", "The header's keys have changed places.", "header", base.with(&[0], header));
    draft.bad("header-empty", "The header is an empty byte string.", "header", base.with(&[0], &[][..]));
    draft.bad("too-large", "The object has more bytes than the reader allows (4,096 here).", "too large", cose::sign(&signer, purpose, &[0; 4100]));
    draft
}

fn times() -> Draft {
    let what = "Times as people and Datalog read them. Context: seconds since 1970. The text is one of the two forms of the page.";
    let mut draft = Draft::new("time-text", what, 1);
    for (name, seconds) in [
        ("epoch", 0),
        ("leap-day", 951_782_399),
        ("after-leap-day", 951_868_800),
        ("no-leap-day-2100", 4_107_542_400),
        ("record", START_S),
        ("last-second-of-year", 1_798_761_599),
    ] {
        draft.set("seconds", seconds);
        draft.good(
            &format!("{name}-rfc3339"),
            "The form of RFC 3339 with seconds and Z.",
            time_text::rfc3339(seconds),
        );
        draft.good(
            &format!("{name}-minute"),
            "The form for people, to the minute.",
            time_text::minute_utc(seconds),
        );
    }
    draft.set("seconds", 951_868_799);
    draft.good("leap-second-before-march", "The last second of 29 February 2000.", "2000-02-29T23:59:59Z");
    for (name, text) in [
        ("other-second", "2000-02-29T23:59:58Z"),
        ("next-day", "2000-03-01T00:00:00Z"),
        ("as-if-no-leap-year", "2000-03-01T23:59:59Z"),
        ("offset", "2000-02-29T23:59:59+00:00"),
        ("lower-case", "2000-02-29t23:59:59z"),
        ("space", "2000-02-29 23:59:59Z"),
        ("fraction", "2000-02-29T23:59:59.000Z"),
        ("no-zone", "2000-02-29T23:59:59"),
        ("short-month", "2000-2-29T23:59:59Z"),
        ("two-digit-year", "00-02-29T23:59:59Z"),
        ("leap-second", "2000-02-29T23:59:60Z"),
        ("hour-24", "2000-02-29T24:00:00Z"),
        ("rounded-minute", "2000-03-01 00:00 UTC"),
        ("minute-with-seconds", "2000-02-29 23:59:59 UTC"),
        ("minute-as-gmt", "2000-02-29 23:59 GMT"),
        ("local", "2000-03-01T00:59:59+01:00"),
        ("empty", ""),
        ("seconds-alone", "951868799"),
    ] {
        draft.bad(name, "Not the form or not the time of the page.", "not what the calendar gives", text);
    }
    draft
}
