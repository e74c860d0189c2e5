//! Grant tokens.

use crate::{Counting, chain, digest, grant_id, key, only_whole, request_key};
use proptest::{prelude::*, sample::subsequence};
use pulsebook_protocol::{
    envelope::Suite,
    grant::{
        GrantFacts, GrantTerms, GrantToken, Narrowing, Purpose, attenuate, category_label, mint_grant,
        token_digests, verify_grant,
    },
    key::SigningKey,
    secret::Secret32,
    vital::Category,
};

const HOUR_MS: i64 = 3_600_000;

pub(crate) fn label_key() -> Secret32 {
    Secret32::from_bytes([0x1a; 32])
}

/// The same again for the same fill.
pub(crate) fn minted(
    consent: &SigningKey,
    epoch: u32,
    terms: &GrantTerms,
    label_key: &Secret32,
    fill: u8,
) -> GrantToken {
    mint_grant(consent, epoch, terms, label_key, &mut Counting(fill)).unwrap()
}

/// Every grant a patient can give: some categories, some purposes, whole hours.
pub(crate) fn terms() -> impl Strategy<Value = GrantTerms> {
    let names = (chain(), grant_id(), request_key(), digest(), any::<bool>());
    let lists = (
        subsequence(Category::ALL.to_vec(), 1..=Category::ALL.len()),
        subsequence(Purpose::ALL.to_vec(), 1..=Purpose::ALL.len()),
    );
    let limits = (0i64..5_000_000, 1i64..5_000_000, 0u64..253_402_300_799, any::<u32>(), any::<u8>());
    (names, lists, limits).prop_map(|(names, (categories, purposes), limits)| GrantTerms {
        chain: names.0,
        grant_id: names.1,
        holder: names.2.public(),
        receive_hash: names.3,
        suite: if names.4 { Suite::P256 } else { Suite::XWing },
        categories,
        purposes,
        from_ms: limits.0 * HOUR_MS,
        to_ms: (limits.0 + limits.1) * HOUR_MS,
        expires_s: limits.2,
        max_stale_s: limits.3,
        delegate: limits.4,
    })
}

/// What the patient decided, from what a node reads and the key that turns labels into categories.
fn terms_of(facts: &GrantFacts, label_key: &Secret32) -> GrantTerms {
    let granted = |category: &Category| facts.labels.contains(&category_label(label_key, *category));
    GrantTerms {
        chain: facts.chain,
        grant_id: facts.grant_id,
        holder: facts.holder,
        receive_hash: facts.receive_hash,
        suite: facts.suite,
        categories: Category::ALL.into_iter().filter(granted).collect(),
        purposes: facts.purposes.clone(),
        from_ms: facts.from_ms,
        to_ms: facts.to_ms,
        expires_s: facts.expires_s,
        max_stale_s: facts.max_stale_s,
        delegate: facts.delegate,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn tokens_come_back(terms in terms(), seeds: [[u8; 32]; 2], epoch: u32, fill: u8, cut: prop::sample::Index) {
        let (consent, label_key) = (key(seeds[0]), Secret32::from_bytes(seeds[1]));
        let token = minted(&consent, epoch, &terms, &label_key, fill);
        let read = |bytes: &[u8]| verify_grant(bytes, |of| (of == epoch).then(|| consent.public())).ok();
        let grant = read(&token.bytes).unwrap();
        prop_assert_eq!(grant.facts().labels.len(), terms.categories.len());
        let found = terms_of(grant.facts(), &label_key);
        prop_assert_eq!(&found, &terms);
        prop_assert_eq!((grant.authority_hash(), grant.mint_epoch()), (token.authority_hash, epoch));
        prop_assert_eq!(minted(&consent, epoch, &found, &label_key, fill), token.clone());
        only_whole(&token.bytes, cut, read);
    }

    #[test]
    fn a_narrowed_token_still_says_what_the_patient_decided(terms in terms(), seed: [u8; 32], expires: u32, fill: u8) {
        let consent = key(seed);
        let token = minted(&consent, 1, &terms, &label_key(), fill);
        let heart = category_label(&label_key(), terms.categories[0]);
        let narrowing = Narrowing { labels: Some(vec![heart]), purposes: Some(vec![terms.purposes[0]]), expires_s: Some(expires.into()) };
        let narrowed = attenuate(&token.bytes, &narrowing, &mut Counting(fill ^ 1)).unwrap();
        let grant = verify_grant(&narrowed, |_| Some(consent.public())).unwrap();
        prop_assert_eq!(terms_of(grant.facts(), &label_key()), terms);
        prop_assert_eq!(grant.authority_hash(), token.authority_hash);
        prop_assert_eq!(&token_digests(&narrowed).unwrap()[..1], &token_digests(&token.bytes).unwrap()[..]);
    }
}
