//! Delegation lists and the keys that are handed on with them.

use crate::{
    Counting, chain, dek,
    grant::{label_key, minted, terms},
    grant_id, octets, only_whole, receive_key, request_key,
};
use proptest::{collection::vec, prelude::*};
use pulsebook_protocol::{
    bytes::Commitment,
    delegation::{
        HandedFor, HandedKeys, MAX_LINKS, decode_list, encode_list, open_handed, seal_handed, sign_link,
        verify_delegation,
    },
    grant::{GrantTerms, verify_grant},
    key::SigningKey,
    request_key::{RequestKey, RequestSigningKey},
};
use std::collections::BTreeMap;

/// One key after the other: who passes it on, to whom, until when, how many times more.
fn links(token: &[u8], keys: &[RequestSigningKey], ends: &[u64]) -> (Vec<Vec<u8>>, Vec<RequestKey>) {
    let hops = (0..keys.len() as u8 - 1).rev();
    let steps = keys.windows(2).zip(ends).zip(hops);
    let sign = |((pair, end), hops): ((&[RequestSigningKey], &u64), u8)| {
        sign_link(&pair[0], token, pair[1].public(), *end, hops).unwrap()
    };
    (steps.map(sign).collect(), keys[1..].iter().map(RequestSigningKey::public).collect())
}

fn distinct(keys: &[RequestSigningKey]) -> bool {
    let publics: std::collections::BTreeSet<RequestKey> = keys.iter().map(|key| key.public()).collect();
    publics.len() == keys.len()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn lists_of_links_come_back(
        terms in terms(), consent: [u8; 32], fill: u8, keys in vec(request_key(), 1..=MAX_LINKS + 1), ends in vec(any::<u64>(), MAX_LINKS), cut: prop::sample::Index,
    ) {
        prop_assume!(distinct(&keys));
        let consent: SigningKey = crate::key(consent);
        let hops = keys.len() as u8 - 1;
        let terms = GrantTerms { holder: keys[0].public(), delegate: hops, ..terms };
        let token = minted(&consent, 1, &terms, &label_key(), fill).bytes;
        let (links, delegates) = links(&token, &keys, &ends);
        let bytes = encode_list(&links);
        let read = decode_list(&bytes).unwrap();
        prop_assert_eq!(&read, &links);
        prop_assert_eq!(encode_list(&read), bytes.clone());
        let grant = verify_grant(&token, |_| Some(consent.public())).unwrap();
        let verified = verify_delegation(&grant, &read).unwrap();
        prop_assert_eq!((verified.user(), verified.delegates()), (keys[usize::from(hops)].public(), delegates));
        let first_end = ends[..links.len()].iter().min().copied();
        prop_assert_eq!(verified.not_after_s(), first_end);
        prop_assert_eq!(verified.hops_left(grant.facts()), 0);
        prop_assert_eq!(verified.permit(grant.facts(), 0).is_ok(), first_end != Some(0));
        if hops > 0 {
            // Nothing at all is the empty list, so a cut has at least a byte.
            only_whole(&bytes, cut, |bytes| decode_list(bytes).ok().filter(|list| !list.is_empty()));
            only_whole(&links[0], cut, |link| verify_delegation(&grant, &[link.to_vec()]).ok());
        }
    }

    #[test]
    fn handed_keys_come_back(
        to in receive_key(), chain in chain(), grant_id in grant_id(), list in octets(200), keys in vec((any::<[u8; 32]>(), dek()), 0..30), fill: u8, cut: prop::sample::Index,
    ) {
        let keys: BTreeMap<Commitment, _> = keys.into_iter().map(|(at, key)| (Commitment::from_bytes(at), key)).collect();
        let what = HandedFor { chain: &chain, grant_id: &grant_id, list: &list.0 };
        let handed = seal_handed(&to.public(), what, &keys, &mut Counting(fill)).unwrap();
        let bytes = handed.to_bytes();
        let read = HandedKeys::from_bytes(&bytes).unwrap();
        prop_assert_eq!(&read, &handed);
        prop_assert_eq!(read.to_bytes(), bytes.clone());
        let opened = open_handed(&to, what, &read).unwrap();
        let exposed = |keys: &BTreeMap<Commitment, pulsebook_protocol::commitment::Dek>| -> Vec<_> {
            keys.iter().map(|(at, key)| (*at, *key.expose())).collect()
        };
        prop_assert_eq!(exposed(&opened), exposed(&keys));
        let again = seal_handed(&to.public(), what, &opened, &mut Counting(fill)).unwrap();
        prop_assert_eq!(again, handed);
        only_whole(&bytes, cut, |bytes| HandedKeys::from_bytes(bytes).ok());
    }
}
