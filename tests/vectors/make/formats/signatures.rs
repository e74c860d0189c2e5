//! Cases for Ed25519: docs/protocol.md §1. Corner cases of "Taming the Many EdDSAs" (2020) and from RFC 8032's arithmetic.

use super::{draft::Draft, file::{hex, unhex}, world::key};

pub(super) fn drafts() -> Vec<Draft> {
    vec![ed25519()]
}

/// Every encoding of a point of small order: the eight points, and theirs that are not canonical.
pub(crate) const SMALL_ORDER: [(&str, &str); 14] = [
    ("identity", "0100000000000000000000000000000000000000000000000000000000000000"),
    ("identity-with-sign", "0100000000000000000000000000000000000000000000000000000000000080"),
    ("identity-plus-p", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    ("identity-plus-p-with-sign", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
    ("order-2", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    ("order-2-with-sign", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
    ("order-4-even", "0000000000000000000000000000000000000000000000000000000000000000"),
    ("order-4-odd", "0000000000000000000000000000000000000000000000000000000000000080"),
    ("order-4-even-plus-p", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    ("order-4-odd-plus-p", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
    ("order-8-first", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    ("order-8-second", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
    ("order-8-third", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    ("order-8-fourth", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
];

/// Encodings whose y is p or more and whose point is not of small order: y = 3, 9 and 18 (p added).
pub(crate) const NOT_CANONICAL: [(&str, &str); 4] = [
    ("y-3-plus-p", "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    ("y-3-plus-p-with-sign", "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
    ("y-9-plus-p", "f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    ("y-18-plus-p", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
];

/// Published cases: message, key, signature, and our word.
const PUBLISHED: [(&str, &str, &str, &str); 10] = [
    ("8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a0000000000000000000000000000000000000000000000000000000000000000", "small order"),
    ("9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04", "small order"),
    ("aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab", "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e", "does not verify"),
    ("9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79", "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d", "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009", ""),
    ("e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c", "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d", "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09", "does not verify"),
    ("e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c", "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d", "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405", "does not verify"),
    ("85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40", "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623", "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514", "does not verify"),
    ("85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40", "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623", "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa19427e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22", "does not verify"),
    ("fdaebc429f4a735932a160da1301080c13280eea8bc280d1b392c6b9e6ba3a5a", "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f454d370c8d9fc323a41450f8d513eafeb5b0697390c1e505a0d4ddc71f566607", "does not verify"),
    ("84b698d39be126ff55fe45079e6c8bf64a0d7db6994560b4e96b7021eb39c1a1", "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f084d5b99c2a9463d9c8bd5026916996984eeec87ddf1d3be329006ace1b37b09", "does not verify"),
];

/// The key whose seed is 32 × d0, and that key with a point of order 8 added.
const MIXED: &str = "0105e697f0a35ef0a7fbf5a9fdef9ab1da0e29578e42b4e9cc7191362d696f67";
/// Signatures over `a message`: of the mixed key where the order-8 part falls away; where it falls away only times 8; of a
/// plain key with R the identity; and ones that a verifier takes from anyone for keys of small order.
const MIXED_PASSES: &str = "2b30267812ec9d6af2ebf0791451b34a676b1d31251214b32947b2766202eb42c114dd17dca9979d59c8023e940544b69fee6be7ad663e721e869be9e0d5f40a";
const MIXED_COFACTORED: &str = "d3821c13ded057b132802bc85eff86f8d1b4126cd5e7193b0ec98f1b825cd5af8a8a19f7f3a03943946e8d029fabd41b2891dca35fb5ecbff677908c31698b06";
const IDENTITY_R: &str = "010000000000000000000000000000000000000000000000000000000000000099660d1f88cd8be79faba3359ac8d285efc07e01ec3ce9037a0b07387606bb0f";
pub(crate) const FORGED_FOR_IDENTITY: &str = "48f0fd6765cee62a2d6445b0a3f0551462f47cacf05d93b3fdf8cf55a74fe724c809c9677f4589e1d900d558c98a160dba104b30036b306b7e7002da232f9a06";
const FORGED_FOR_ORDER_2: &str = "83d64ac11028363ba4ecd4ae4bca9ade2a43f3613cd431624da9157c25e237e27949622ff8ffe0e5797f45ceda2f12302a3e15613421b4d57cfa9f54eb7b5804";
const ORDER: [u8; 32] = [0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10];

pub(crate) fn bytes(text: &str) -> Vec<u8> {
    unhex(&text.into())
}

/// The signature with the group's order added to S: the same equation, another encoding.
pub(super) fn plus_l(signature: &[u8]) -> Vec<u8> {
    let mut sum = signature.to_vec();
    let mut carry = 0u16;
    for (byte, order) in sum[32..].iter_mut().zip(ORDER) {
        carry += u16::from(*byte) + u16::from(order);
        *byte = carry as u8;
        carry >>= 8;
    }
    sum
}

fn ed25519() -> Draft {
    let what = "Ed25519 as the protocol checks it. Context: key, message. Bytes: the signature. Published cases come from \"Taming the Many EdDSAs\"; the rest was computed from RFC 8032.";
    let mut draft = Draft::new("ed25519", what, 1);
    let message = b"a message".to_vec();
    for seed in 0xd0..0xd4u8 {
        let key = key(seed);
        draft.set_hex("key", key.public().as_bytes()).set_hex("message", &message);
        draft.good(&format!("seed-{seed:02x}"), "An ordinary signature.", key.sign(&message).as_bytes().to_vec());
    }
    rfc_8032(&mut draft);
    for (number, (message, key, signature, error)) in PUBLISHED.iter().enumerate() {
        draft.set("message", *message).set("key", *key);
        match (number, *error) {
            (3, _) => draft.good("published-3", "Case 3: key and R of mixed order; the equation without cofactor holds.", bytes(signature)),
            (_, error) => draft.bad(&format!("published-{number}"), &format!("Case {number} of the published ones."), error, bytes(signature)),
        };
    }
    draft.set_hex("message", &message).set("key", MIXED);
    draft.good("mixed-order-key", "A key with a part of order 8 is a key; the equation holds without cofactor.", bytes(MIXED_PASSES));
    draft.bad("mixed-order-cofactored-only", "The equation holds only when multiplied by 8.", "does not verify", bytes(MIXED_COFACTORED));
    refused_keys(&mut draft);
    refused_signatures(&mut draft);
    draft
}

/// Tests 1 to 3 of RFC 8032 §7.1.
fn rfc_8032(draft: &mut Draft) {
    let tests = [
        ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "", "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
        ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72", "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
        ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82", "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    ];
    for (number, (key, message, signature)) in (1..).zip(tests) {
        draft.set("key", key).set("message", message);
        draft.good(&format!("rfc-8032-{number}"), "A test vector of RFC 8032 §7.1.", bytes(signature));
    }
}

fn refused_keys(draft: &mut Draft) {
    let any = key(0xd0).sign(b"a message").as_bytes().to_vec();
    for (name, encoding) in SMALL_ORDER {
        draft.set("key", encoding);
        draft.bad(&format!("key-{name}"), "The key is of small order.", "small order", any.clone());
    }
    for (name, encoding) in NOT_CANONICAL {
        draft.set("key", encoding);
        draft.bad(&format!("key-{name}"), "The key's y is p or more.", "canonical", any.clone());
    }
    draft.set("key", SMALL_ORDER[0].1);
    draft.bad("forged-for-identity", "Under the identity as key this signature fits every message.", "small order", bytes(FORGED_FOR_IDENTITY));
    draft.set("key", SMALL_ORDER[4].1);
    draft.bad("forged-for-order-2", "Under this key of order 2 it fits this message.", "small order", bytes(FORGED_FOR_ORDER_2));
    draft.set_hex("key", [&[2][..], &[0; 31]].concat());
    draft.bad("key-not-on-the-curve", "No point has y = 2.", "does not verify", any);
}

fn refused_signatures(draft: &mut Draft) {
    let signer = key(0xd0);
    let right = signer.sign(b"a message").as_bytes().to_vec();
    draft.set_hex("key", signer.public().as_bytes());
    draft.bad("s-plus-l", "S is larger by the group's order.", "does not verify", plus_l(&right));
    draft.bad("s-is-l", "S is the group's order.", "does not verify", [&right[..32], &ORDER].concat());
    draft.bad("s-all-ones", "S is 2²⁵⁶ − 1.", "does not verify", [&right[..32], &[0xff; 32]].concat());
    draft.bad("s-high-bit", "The highest bit of S is set.", "does not verify", [&right[..63], &[right[63] | 0x80]].concat());
    draft.bad("r-is-identity", "R is the identity, and the equation holds.", "does not verify", bytes(IDENTITY_R));
    for (name, encoding) in SMALL_ORDER.iter().chain(&NOT_CANONICAL) {
        let why = "R is of small order or not canonical.";
        draft.bad(&format!("r-{name}"), why, "does not verify", [&bytes(encoding)[..], &right[32..]].concat());
    }
    draft.bad("zero", "64 zero bytes.", "does not verify", vec![0; 64]);
    draft.bad("short", "63 bytes.", "does not verify", right[..63].to_vec());
    draft.bad("long", "65 bytes.", "does not verify", [&right[..], &[0]].concat());
    draft.bad("der", "The signature is wrapped in ASN.1.", "does not verify", [&[0x30, 64][..], &right].concat());
    draft.bad_in(("message", hex(b"another")), "other-message", "The message is another.", "does not verify", right.clone());
    draft.bad_in(("key", hex(key(0xd1).public().as_bytes())), "other-key", "The key is another.", "does not verify", right);
}
