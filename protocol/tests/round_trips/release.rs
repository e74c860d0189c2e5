//! Releases.

use crate::{Counting, chain, digest, grant_id, key, octets, only_whole};
use proptest::{collection::vec, prelude::*};
use pulsebook_protocol::{
    bytes::{CategoryLabel, Commitment, Digest},
    commitment::Dek,
    release::{
        Encapsulation, Release, ReleaseHeader, ReleasePosition, ReleaseRow, make_release, open_release,
        verify_release_header,
    },
    secret::Secret32,
};

fn row() -> impl Strategy<Value = ReleaseRow> {
    (any::<[u8; 32]>(), any::<u32>(), any::<u64>(), 0u8..8, any::<[u8; 8]>()).prop_map(
        |(commitment, epoch, height, slot, label)| ReleaseRow {
            commitment: Commitment::from_bytes(commitment),
            epoch,
            height,
            slot,
            label: CategoryLabel::from_bytes(label),
        },
    )
}

/// The header of a first release, or of one that carries an earlier encapsulation on.
fn header() -> impl Strategy<Value = ReleaseHeader> {
    let first = octets(200).prop_map(|enc| (0, Digest::ZERO, Encapsulation::Here(enc.0)));
    let later = (1u64.., digest(), octets(200), any::<Option<u64>>()).prop_filter_map(
        "a header before it",
        |(seq, previous, enc, earlier)| {
            let encapsulation = match earlier {
                Some(earlier) => Encapsulation::Earlier(earlier % seq),
                None => Encapsulation::Here(enc.0),
            };
            (previous != Digest::ZERO).then_some((seq, previous, encapsulation))
        },
    );
    (chain(), grant_id(), any::<u32>(), prop_oneof![first, later], vec(row(), 1..40)).prop_map(
        |(chain, grant_id, epoch, (seq, previous, encapsulation), mut rows)| {
            rows.iter_mut().for_each(|row| row.epoch = row.epoch.min(epoch));
            ReleaseHeader { chain, grant_id, epoch, seq, previous, encapsulation, rows }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn releases_come_back(header in header(), log: [u8; 32], secret: [u8; 32], keys: [u8; 32], fill: u8, cut: prop::sample::Index) {
        let (log, secret) = (key(log), Secret32::from_bytes(secret));
        let deks: Vec<Dek> = (0u8..).zip(&header.rows).map(|(number, _)| Dek::from_bytes(keys.map(|byte| byte ^ number))).collect();
        let release = make_release(&log, header.clone(), &deks, &secret, &mut Counting(fill)).unwrap();
        let body = release.encode_body();
        let read = Release::decode_body(&body).unwrap();
        prop_assert_eq!(&read, &release);
        prop_assert_eq!(read.encode_body(), body.clone());
        let verified = verify_release_header(&read.header, &log.public()).unwrap();
        prop_assert_eq!(verified.header(), &header);
        let place = ReleasePosition { seq: header.seq, previous: header.previous };
        prop_assert_eq!(verified.check_follows(&place), Ok(()));
        let (rows, opened): (Vec<_>, Vec<_>) = open_release(&verified, &read.ciphertext, &secret).unwrap().into_iter().unzip();
        prop_assert_eq!(&rows, &header.rows);
        prop_assert!(opened.iter().zip(&deks).all(|(found, made)| found.expose() == made.expose()));
        let again = make_release(&log, verified.header().clone(), &opened, &secret, &mut Counting(fill)).unwrap();
        prop_assert_eq!(again, release.clone());
        only_whole(&body, cut, |bytes| Release::decode_body(bytes).ok());
        only_whole(&release.header, cut, |bytes| verify_release_header(bytes, &log.public()).ok());
        only_whole(&release.ciphertext, cut, |bytes| open_release(&verified, bytes, &secret).ok());
    }
}
