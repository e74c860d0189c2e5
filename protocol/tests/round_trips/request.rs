//! Signed requests of the owner and of grantees.

use crate::{key, octets, request_key};
use proptest::prelude::*;
use pulsebook_protocol::{
    request::{
        Nonce, Profile, ReadCredentials, RequestError, RequestToSign, SignedHeaders, VerifiedRequest,
        parse_signed_request, sign_grantee_request, sign_owner_request, verify_request,
    },
    request_key::RequestSigningKey,
};

const ORIGIN: &str = "https://node.example:8443";

/// A request as somebody wants to send it.
#[derive(Clone, Debug)]
struct Wanted {
    method: String,
    target_uri: String,
    body: Vec<u8>,
    created_s: u64,
    nonce: Nonce,
}

impl Wanted {
    fn to_sign(&self) -> RequestToSign<'_> {
        let Wanted { method, target_uri, body, created_s, nonce } = self;
        RequestToSign { method, target_uri, body, created_s: *created_s, nonce: *nonce }
    }

    /// As a node receives it.
    fn read(&self, headers: &SignedHeaders, profile: Profile) -> Result<VerifiedRequest, RequestError> {
        let received = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let parsed = parse_signed_request(&self.method, &self.target_uri, received, &self.body)?;
        verify_request(&parsed, profile, self.created_s, &[ORIGIN])
    }

    /// Each with one thing changed that is signed.
    fn changed(&self) -> [Wanted; 3] {
        let longer = |text: &str| format!("{text}x");
        [
            Wanted { method: longer(&self.method), ..self.clone() },
            Wanted { target_uri: longer(&self.target_uri), ..self.clone() },
            Wanted { body: [&self.body[..], &[0]].concat(), ..self.clone() },
        ]
    }
}

fn wanted() -> impl Strategy<Value = Wanted> {
    // The nonce is 16 bytes, the time at most twelve digits.
    ("[A-Z]{1,8}", "(/[!-~]{0,40}){0,1}", octets(300), 0u64..1_000_000_000_000, any::<[u8; 16]>()).prop_map(
        |(method, path, body, created_s, nonce)| Wanted {
            method,
            target_uri: format!("{ORIGIN}{path}"),
            body: body.0,
            created_s,
            nonce: Nonce::from_bytes(nonce),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn owners_requests_come_back(wanted in wanted(), seed: [u8; 32]) {
        let device = key(seed);
        let headers = sign_owner_request(&device, &wanted.to_sign());
        let read = wanted.read(&headers, Profile::Owner).unwrap();
        prop_assert_eq!((read.profile(), read.signer()), (Profile::Owner, device.public().into()));
        prop_assert_eq!((read.nonce(), read.created_s()), (wanted.nonce, wanted.created_s));
        prop_assert_eq!((read.token(), read.delegation(), read.purpose()), (&[][..], &[][..], ""));
        let again = RequestToSign { created_s: read.created_s(), nonce: read.nonce(), ..wanted.to_sign() };
        prop_assert_eq!(sign_owner_request(&device, &again), headers.clone());
        prop_assert!(wanted.changed().iter().all(|changed| changed.read(&headers, Profile::Owner).is_err()));
        prop_assert!(wanted.read(&headers, Profile::Read).is_err());
    }

    #[test]
    fn grantees_requests_come_back(
        wanted in wanted(), signer in request_key(), token in octets(400), delegation in octets(200), purpose in "[!-~]([ -~]{0,20}[!-~])?",
    ) {
        let credentials = ReadCredentials { token: &token.0, delegation: &delegation.0, purpose: &purpose };
        let headers = sign_grantee_request(&signer, &wanted.to_sign(), credentials).unwrap();
        let read = wanted.read(&headers, Profile::Read).unwrap();
        prop_assert_eq!((read.profile(), read.signer()), (Profile::Read, signer.public()));
        prop_assert_eq!((read.nonce(), read.created_s()), (wanted.nonce, wanted.created_s));
        prop_assert_eq!((read.token(), read.delegation(), read.purpose()), (&token.0[..], &delegation.0[..], &purpose[..]));
        let shown = ReadCredentials { token: read.token(), delegation: read.delegation(), purpose: read.purpose() };
        let again = sign_grantee_request(&signer, &wanted.to_sign(), shown).unwrap();
        // ECDSA signs anew each time: what is signed is the same, the signature verifies.
        let same = if matches!(signer, RequestSigningKey::Ed25519(_)) { headers.len() } else { headers.len() - 1 };
        prop_assert_eq!(&again[..same], &headers[..same]);
        prop_assert_eq!(wanted.read(&again, Profile::Read), Ok(read));
        prop_assert!(wanted.changed().iter().all(|changed| changed.read(&headers, Profile::Read).is_err()));
        prop_assert!(wanted.read(&headers, Profile::Owner).is_err());
    }
}
