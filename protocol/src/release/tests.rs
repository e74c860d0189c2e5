//! Attacks on releases: other signer, other rows, other order, gaps, cuts.

use super::*;
use crate::random::SeededRandom;
use proptest::prelude::*;

fn log_key() -> SigningKey {
    SigningKey::make(&mut SeededRandom::new(1)).unwrap()
}

fn secret() -> Secret32 {
    Secret32::from_bytes([6; 32])
}

fn row(number: u8) -> ReleaseRow {
    let label = CategoryLabel::from_bytes([number % 2; 8]);
    ReleaseRow {
        commitment: Commitment::from_bytes([number; 32]),
        epoch: 1,
        height: 4,
        slot: number % 8,
        label,
    }
}

fn header() -> ReleaseHeader {
    ReleaseHeader {
        chain: ChainId::from_bytes([1; 32]),
        grant_id: GrantId::from_bytes([2; 16]),
        epoch: 1,
        seq: 0,
        previous: Digest::ZERO,
        encapsulation: Encapsulation::Here(vec![7; 1120]),
        rows: vec![row(1), row(2), row(3)],
    }
}

fn make(header: ReleaseHeader) -> Result<Release, ReleaseError> {
    let keys: Vec<Dek> = header.rows.iter().map(|row| Dek::from_bytes(*row.commitment.as_bytes())).collect();
    make_release(&log_key(), header, &keys, &secret(), &mut SeededRandom::new(2))
}

fn verify(bytes: &[u8]) -> Result<VerifiedReleaseHeader, ReleaseError> {
    verify_release_header(bytes, &log_key().public())
}

/// Signs a payload as a faulty phone could.
fn sign(payload: &Payload) -> Vec<u8> {
    cose::sign(&log_key(), domain::RELEASE, &cbor::encode(payload))
}

#[test]
fn every_row_comes_back_with_its_key() {
    let release = make(header()).unwrap();
    let verified = verify(&release.header).unwrap();
    assert_eq!(verified.header(), &header());
    let opened = open_release(&verified, &release.ciphertext, &secret()).unwrap();
    assert_eq!(opened.len(), 3);
    assert!(opened.iter().all(|(row, key)| row.commitment.as_bytes() == key.expose()));
}

#[test]
fn another_signer_or_purpose_is_refused() {
    let release = make(header()).unwrap();
    let foreign = SigningKey::make(&mut SeededRandom::new(9)).unwrap();
    assert!(matches!(
        verify_release_header(&release.header, &foreign.public()),
        Err(ReleaseError::NotSigned(_))
    ));
    let payload = cbor::encode(&payload_of(header(), Digest::ZERO));
    assert!(matches!(
        verify(&cose::sign(&log_key(), domain::KEYRING, &payload)),
        Err(ReleaseError::NotSigned(_))
    ));
}

#[test]
fn a_header_with_rows_in_another_order_does_not_open() {
    let release = make(header()).unwrap();
    let mut payload = verify(&release.header).unwrap().payload;
    payload.rows.swap(0, 1);
    let swapped = verify(&sign(&payload)).unwrap();
    assert_eq!(
        open_release(&swapped, &release.ciphertext, &secret()).unwrap_err(),
        ReleaseError::DoesNotOpen
    );
}

#[test]
fn another_secret_or_ciphertext_does_not_open() {
    let release = make(header()).unwrap();
    let verified = verify(&release.header).unwrap();
    let other = Secret32::from_bytes([8; 32]);
    assert_eq!(open_release(&verified, &release.ciphertext, &other).unwrap_err(), ReleaseError::DoesNotOpen);
    let mut flipped = release.ciphertext.clone();
    flipped[0] ^= 1;
    for bytes in [&flipped[..], &release.ciphertext[1..], &[]] {
        assert_eq!(open_release(&verified, bytes, &secret()).unwrap_err(), ReleaseError::WrongCiphertext);
    }
}

#[test]
fn a_gap_or_another_past_is_noticed() {
    let first = verify(&make(header()).unwrap().header).unwrap();
    let position = first.next_position();
    let later = |seq, previous| {
        let header = ReleaseHeader { seq, previous, encapsulation: Encapsulation::Earlier(0), ..header() };
        verify(&make(header).unwrap().header).unwrap()
    };
    assert_eq!(first.check_follows(&ReleasePosition::FIRST), Ok(()));
    assert_eq!(later(1, position.previous).check_follows(&position), Ok(()));
    let gap = ReleaseError::DoesNotFollow { expected: 1, found: 2 };
    assert_eq!(later(2, position.previous).check_follows(&position), Err(gap));
    let other_past = later(1, Digest::from_bytes([5; 32]));
    assert!(other_past.check_follows(&position).is_err());
}

#[test]
fn headers_that_contradict_themselves_are_neither_made_nor_accepted() {
    let previous = Digest::from_bytes([5; 32]);
    let wrong = [
        ReleaseHeader { rows: vec![], ..header() },
        ReleaseHeader { rows: vec![row(1); 1025], ..header() },
        ReleaseHeader { rows: vec![ReleaseRow { slot: 8, ..row(1) }], ..header() },
        ReleaseHeader { rows: vec![ReleaseRow { epoch: 2, ..row(1) }], ..header() },
        ReleaseHeader { previous, ..header() },
        ReleaseHeader { seq: 1, ..header() },
        ReleaseHeader { seq: 1, previous, encapsulation: Encapsulation::Earlier(1), ..header() },
    ];
    for header in wrong {
        assert!(matches!(make(header.clone()), Err(ReleaseError::Invalid(_))));
        let mut payload = payload_of(header, Digest::ZERO);
        payload.ciphertext_hash = Some(Digest::ZERO);
        assert!(matches!(verify(&sign(&payload)), Err(ReleaseError::Invalid(_))));
    }
    let mut good = payload_of(header(), Digest::ZERO);
    assert!(verify(&sign(&good)).is_err(), "no ciphertext hash");
    good.ciphertext_hash = Some(Digest::ZERO);
    assert!(verify(&sign(&good)).is_ok());
    assert!(verify(&sign(&Payload { version: 2, ..good.clone() })).is_err());
    assert!(verify(&sign(&Payload { carried: Some(Carried { epoch: 1, seq: 0 }), ..good.clone() })).is_err());
    assert!(verify(&sign(&Payload { enc: None, ..good })).is_err());
}

#[test]
fn a_full_release_stays_below_its_limit() {
    let release = make(ReleaseHeader { rows: vec![row(1); MAX_ROWS], ..header() }).unwrap();
    assert_eq!(Release::decode_body(&release.encode_body()), Ok(release));
}

#[test]
fn no_cut_header_passes() {
    let release = make(header()).unwrap();
    for cut in 0..release.header.len() {
        assert!(verify(&release.header[..cut]).is_err());
    }
}

proptest! {
    #[test]
    fn foreign_bytes_never_panic(junk in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(verify(&junk).is_err());
        let payload = cose::sign(&log_key(), domain::RELEASE, &junk);
        prop_assert!(verify(&payload).is_err());
    }
}
