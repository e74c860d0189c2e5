//! What a circle signs: quorum certificates, settled notes, and a chain's history of epochs.

use crate::{handed::Handed, only_whole};
use proptest::prelude::*;
use pulsebook_protocol::{
    bytes::Digest,
    cbor,
    checkpoint::{Checkpoint, VerifiedCosignature},
    note::Note,
    quorum::{verify_quorum, verify_settled},
    read::ReadEpoch,
};

const LIMIT: usize = 1 << 20;

fn times(cosignatures: &[VerifiedCosignature]) -> Vec<u64> {
    let mut times: Vec<u64> = cosignatures.iter().map(VerifiedCosignature::time).collect();
    times.sort_unstable();
    times
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_note_counts_for_exactly_the_nodes_that_signed_it(
        seed: [u8; 31], count in 1u8..=7, size in 1u64..1000, root: [u8; 32], witnesses: u8, mirrors: u8,
    ) {
        let handed = Handed::make(seed, count, 2);
        let history = handed.history().unwrap();
        let epoch = history.newest().unwrap();
        let checkpoint = Checkpoint { chain: handed.chain, epoch: 1, size, root: Digest::from_bytes(root) };
        let note = Note::parse(&handed.note(checkpoint, witnesses, mirrors).to_string()).unwrap();
        let those = |who: u8| (0..u64::from(count)).filter(|node| who >> node & 1 == 1).map(|node| 9000 + node).collect::<Vec<_>>();
        let (k, f) = (epoch.circle().quorum().k, epoch.circle().quorum().f);
        let certified = verify_quorum(&note, epoch);
        prop_assert_eq!(certified.is_ok(), those(witnesses).len() >= k);
        let settled = verify_settled(&note, epoch);
        prop_assert_eq!(settled.is_ok(), those(witnesses).len() >= k && those(mirrors).len() >= k);
        if let Ok(certified) = certified {
            prop_assert_eq!((certified.checkpoint(), certified.note()), (checkpoint, &note));
            prop_assert_eq!(times(certified.witnesses()), those(witnesses));
            prop_assert_eq!(certified.existed_by(f), those(witnesses)[f]);
        }
        if let Ok(settled) = settled {
            prop_assert_eq!(times(settled.mirrors()), those(mirrors));
        }
    }

    #[test]
    fn histories_come_back_and_hold_whole_only(
        seed: [u8; 31], count in 1u8..=7, before in 1usize..9, cut: prop::sample::Index, bit in 0u8..8,
    ) {
        let mut handed = Handed::make(seed, count, before);
        let shown = handed.epochs.to_vec();
        let bytes = cbor::encode(&shown);
        prop_assert_eq!(cbor::decode::<Vec<ReadEpoch>>(&bytes, LIMIT), Ok(shown));
        only_whole(&bytes, cut, |bytes| cbor::decode::<Vec<ReadEpoch>>(bytes, LIMIT).ok());
        let history = handed.history().unwrap();
        let numbers: Vec<u32> = history.epochs().iter().map(|epoch| epoch.number()).collect();
        prop_assert_eq!((numbers, history.newest().unwrap().first_height()), (vec![0, 1], before as u64));
        handed.epochs[1].base_path.push(Digest::ZERO);
        prop_assert!(handed.history().is_err(), "a path that is too long");
        handed.epochs[1].base_path.pop();
        let place = cut.index(handed.epochs[1].first_block.0.len());
        handed.epochs[1].first_block.0[place] ^= 1 << bit;
        prop_assert!(handed.history().is_err(), "a first block that was changed");
    }
}
