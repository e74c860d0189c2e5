//! SHA-256, HMAC-SHA-256 and HKDF over several pieces, on ring.

use crate::bytes::Digest;
use ring::{digest, hkdf, hmac};

/// SHA-256 of the pieces one after another.
pub fn sha256(pieces: &[&[u8]]) -> Digest {
    let mut context = digest::Context::new(&digest::SHA256);
    for piece in pieces {
        context.update(piece);
    }
    finish(context.finish().as_ref())
}

/// HMAC-SHA-256 of the pieces one after another.
pub fn hmac(key: &[u8], pieces: &[&[u8]]) -> Digest {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for piece in pieces {
        context.update(piece);
    }
    finish(context.sign().as_ref())
}

/// HKDF-Expand-SHA-256 (RFC 5869 §2.3) into `out`, at most 8,160 bytes.
pub fn expand(prk: &[u8; 32], info: &[&[u8]], out: &mut [u8]) {
    expand_prk(&hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, prk), info, out);
}

/// HKDF-Expand-SHA-256 of many infos under one key, 32 bytes each: the key is taken in once.
#[derive(Clone, Debug)]
pub(crate) struct Expander(hmac::Key);

impl Expander {
    /// Under this key.
    pub(crate) fn new(prk: &[u8; 32]) -> Expander {
        Expander(hmac::Key::new(hmac::HMAC_SHA256, prk))
    }

    /// RFC 5869 §2.3 with an output of one hash: HMAC over info and the byte 1.
    pub(crate) fn expand(&self, info: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        info.iter().for_each(|piece| context.update(piece));
        context.update(&[1]);
        *finish(context.sign().as_ref()).as_bytes()
    }
}

/// HKDF-Extract then Expand (RFC 5869) into `out`, at most 8,160 bytes.
pub fn extract_and_expand(salt: &[u8], input: &[u8], info: &[&[u8]], out: &mut [u8]) {
    expand_prk(&hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(input), info, out);
}

fn expand_prk(prk: &hkdf::Prk, info: &[&[u8]], out: &mut [u8]) {
    struct Length(usize);
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    // ring refuses only outputs over 255 hashes; every caller asks for at most 64 bytes.
    let filled = prk.expand(info, Length(out.len())).and_then(|okm| okm.fill(out));
    debug_assert!(filled.is_ok(), "HKDF output over 8,160 bytes");
}

fn finish(output: &[u8]) -> Digest {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(output);
    Digest::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;

    #[test]
    fn rfc_5869_test_case_1() {
        let ikm = [0x0b; 22];
        let salt = HEXLOWER.decode(b"000102030405060708090a0b0c").unwrap();
        let info = HEXLOWER.decode(b"f0f1f2f3f4f5f6f7f8f9").unwrap();
        let mut okm = [0; 42];
        extract_and_expand(&salt, &ikm, &[&info], &mut okm);
        let expected =
            b"3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
        assert_eq!(HEXLOWER.encode(&okm).as_bytes(), expected);
    }

    #[test]
    fn an_expander_gives_what_expanding_each_alone_gives() {
        let expander = Expander::new(&[5; 32]);
        for info in [&b""[..], b"label", b"another label"] {
            let mut alone = [0; 32];
            expand(&[5; 32], &[info, b"rest"], &mut alone);
            assert_eq!(expander.expand(&[info, b"rest"]), alone);
        }
    }

    #[test]
    fn pieces_hash_like_one_string() {
        assert_eq!(sha256(&[b"a", b"bc"]), sha256(&[b"abc"]));
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(&[b"abc"]).to_string(), abc);
        assert_eq!(hmac(b"k", &[b"a", b"b"]), hmac(b"k", &[b"ab"]));
    }
}
