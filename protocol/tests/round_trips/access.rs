//! Access entries.

use crate::{chain, digest, grant_id, key, only_whole, request_key};
use proptest::{collection::vec, option, prelude::*};
use pulsebook_protocol::{
    access::{
        Access, AccessEntry, AsOf, EntryPosition, Outcome, ServedSlot, position_after, sign_access_entry,
        verify_access_entry,
    },
    answer::Code,
};

fn access() -> impl Strategy<Value = Access> {
    (grant_id(), request_key(), vec(request_key(), 0..4), "\\PC{0,20}", "\\PC{0,20}").prop_map(
        |(grant_id, holder, delegates, action, purpose)| Access {
            grant_id,
            holder: holder.public(),
            delegates: delegates.iter().map(|key| key.public()).collect(),
            action,
            purpose,
        },
    )
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let deny = (0..Code::ALL.len()).prop_map(|index| Outcome::Deny(Code::ALL[index]));
    prop_oneof![Just(Outcome::Permit), deny]
}

fn entry() -> impl Strategy<Value = AccessEntry> {
    let slots = vec((any::<u64>(), 0u8..8).prop_map(|(height, slot)| ServedSlot { height, slot }), 0..20);
    let as_of =
        (any::<u32>(), any::<u64>(), digest()).prop_map(|(epoch, size, root)| AsOf { epoch, size, root });
    let position = (any::<u64>(), digest()).prop_map(|(seq, previous)| EntryPosition { seq, previous });
    (chain(), position, any::<u64>(), access(), outcome(), slots, option::of(as_of)).prop_map(
        |(chain, position, time_s, access, outcome, slots, as_of)| {
            let mut entry = AccessEntry::new(chain, position, time_s, access, outcome);
            (entry.slots, entry.as_of) = (slots, as_of);
            entry
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn access_entries_come_back_at_their_place(entry in entry(), seed: [u8; 32], cut: prop::sample::Index) {
        let (node, chain) = (key(seed), entry.chain);
        let position = EntryPosition { seq: entry.seq, previous: entry.previous };
        let bytes = sign_access_entry(&node, &entry);
        let read = |bytes: &[u8]| verify_access_entry(bytes, &chain, &node.public(), &position).ok();
        let verified = read(&bytes).unwrap();
        prop_assert_eq!(verified.entry(), &entry);
        prop_assert_eq!(verified.next_position(), position_after(entry.seq, &bytes));
        prop_assert_eq!(sign_access_entry(&node, verified.entry()), bytes.clone());
        only_whole(&bytes, cut, read);
    }
}
