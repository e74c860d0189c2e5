//! Signatures that must not count: S + L, R of small order with and without the equation, all zero.

use crate::file::unhex;
use pulsebook_protocol::key::{Signature, SigningKey};
use ring::{
    digest::{SHA512, digest},
    signature::{ED25519, UnparsedPublicKey},
};

/// The order of the group, high and low half.
const ORDER: Scalar = (1 << 124, 0x14de_f9de_a2f7_9cd6_5812_631a_5cf5_d3ed);

/// 256 bits, high and low half.
type Scalar = (u128, u128);

/// The sum of two numbers below the order, below it again.
fn add(a: Scalar, b: Scalar) -> Scalar {
    let (low, carry) = a.1.overflowing_add(b.1);
    let sum = (a.0 + b.0 + u128::from(carry), low);
    if sum < ORDER {
        return sum;
    }
    let (low, borrow) = sum.1.overflowing_sub(ORDER.1);
    (sum.0 - ORDER.0 - u128::from(borrow), low)
}

/// How many times the number is taken: little-endian bytes, from the highest bit on.
fn times(bytes: &[u8], number: Scalar) -> Scalar {
    let bits = bytes.iter().rev().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1));
    bits.fold((0, 0), |sum, bit| {
        let twice = add(sum, sum);
        if bit { add(twice, number) } else { twice }
    })
}

/// What the key's holder can sign with R the identity: S = k · a, and [S]B = R + [k]A holds (RFC 8032 §5.1.6, r = 0).
pub(super) fn identity_r(signer: &SigningKey, message: &[u8]) -> [u8; 64] {
    let mut signature = [0; 64];
    signature[0] = 1;
    let hash = digest(&SHA512, signer.seed().expose());
    let mut own = <[u8; 32]>::try_from(&hash.as_ref()[..32]).unwrap();
    own[0] &= 248;
    own[31] = own[31] & 127 | 64;
    let public = *signer.public().as_bytes();
    let k = digest(&SHA512, &[&signature[..32], &public, message].concat());
    let s = times(&own, times(k.as_ref(), (0, 1)));
    signature[32..48].copy_from_slice(&s.1.to_le_bytes());
    signature[48..].copy_from_slice(&s.0.to_le_bytes());
    let equation = UnparsedPublicKey::new(&ED25519, public).verify(message, &signature);
    assert!(equation.is_ok(), "ring has no rule about R: the equation holds, and only the rule refuses it");
    signature
}

/// The order of the group, added to S.
fn s_plus_l(signature: &Signature) -> [u8; 64] {
    let order = unhex(&"edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010".into());
    let mut sum = *signature.as_bytes();
    let mut carry = 0u16;
    for (byte, order) in sum[32..].iter_mut().zip(order) {
        carry += u16::from(*byte) + u16::from(order);
        *byte = carry as u8;
        carry >>= 8;
    }
    sum
}

/// A right signature in each form that must not count.
pub(super) fn weak(right: &Signature) -> [(&'static str, [u8; 64]); 4] {
    let mut small_r = *right.as_bytes();
    small_r[..32].copy_from_slice(&[0; 32]);
    let mut identity_r = small_r;
    identity_r[0] = 1;
    [("S + L", s_plus_l(right)), ("R of order 4", small_r), ("R the identity", identity_r), ("zero", [0; 64])]
}
