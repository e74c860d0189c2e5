//! Bodies of the owner's requests and their answers, and error answers.

use crate::{digest, key, octets, only_whole};
use proptest::{collection::vec, option, prelude::*};
use pulsebook_protocol::{
    answer::{Code, ErrorBody},
    bytes::{Commitment, GrantId, Salt16},
    cbor,
    key::Signature,
    owner::{
        CertificateUpload, Enrol, EpochUpload, HeldBlock, HeldSegment, NodeHead, Offer, ReleaseCursor,
        SegmentUpload,
    },
    time_text,
};

const LIMIT: usize = 1 << 20;

/// Written, read, and the same; not when cut or longer.
fn comes_back<T>(body: &T, cut: prop::sample::Index)
where
    T: for<'b> minicbor::Decode<'b, ()> + minicbor::Encode<()> + PartialEq + std::fmt::Debug,
{
    let bytes = cbor::encode(body);
    assert_eq!(cbor::decode::<T>(&bytes, LIMIT).as_ref(), Ok(body));
    only_whole(&bytes, cut, |bytes| cbor::decode::<T>(bytes, LIMIT).ok());
}

fn cursor() -> impl Strategy<Value = ReleaseCursor> {
    (any::<[u8; 16]>(), any::<u32>(), any::<u64>()).prop_map(|(grant, epoch, next_seq)| ReleaseCursor {
        grant_id: GrantId::from_bytes(grant),
        epoch,
        next_seq,
    })
}

proptest! {
    #[test]
    fn enrolments_come_back(invite in option::of("\\PC{0,40}"), seeds: [[u8; 32]; 2], salt: [u8; 16], locator in digest(), fill: u8, cut: prop::sample::Index) {
        let [device, root] = seeds.map(key);
        let signature = Signature::from_bytes([fill; 64]);
        let salt = Salt16::from_bytes(salt);
        comes_back(&Enrol { invite, device: device.public(), held: signature, first_root: root.public(), salt, locator, voucher: signature }, cut);
    }

    #[test]
    fn epoch_uploads_come_back(proposal in vec(octets(200), 0..3), directory in option::of(octets(200)), control_key in octets(40), cut: prop::sample::Index) {
        comes_back(&EpochUpload { proposal, directory, control_key }, cut);
    }

    #[test]
    fn offers_come_back(epoch: u32, old_size: u64, blocks in vec(octets(300), 0..5), manifests in vec(octets(300), 0..5), checkpoint in "\\PC{0,100}", consistency in vec(digest(), 0..20), cut: prop::sample::Index) {
        comes_back(&Offer { epoch, old_size, blocks, manifests, checkpoint, consistency }, cut);
    }

    #[test]
    fn batches_of_segments_come_back(batch in vec((any::<[u8; 32]>(), octets(300)), 0..6), cut: prop::sample::Index) {
        let upload = |(commitment, sealed)| SegmentUpload { commitment: Commitment::from_bytes(commitment), sealed };
        comes_back(&batch.into_iter().map(upload).collect::<Vec<_>>(), cut);
    }

    #[test]
    fn certificates_come_back(note in "\\PC{0,300}", cut: prop::sample::Index) {
        comes_back(&CertificateUpload { note }, cut);
    }

    #[test]
    fn heads_come_back(numbers: (u32, u64, u64), root in digest(), height in option::of(any::<u64>()), settled in option::of("\\PC{0,100}"), releases in vec(cursor(), 0..4), cut: prop::sample::Index) {
        let (epoch, size, accesses) = numbers;
        comes_back(&NodeHead { epoch, size, root, height, settled, releases, accesses }, cut);
    }

    #[test]
    fn held_blocks_come_back(block in octets(300), manifest in octets(300), segments in vec((any::<u8>(), digest()), 0..8), cut: prop::sample::Index) {
        let segments = segments.into_iter().map(|(slot, hash)| HeldSegment { slot, hash }).collect();
        comes_back(&HeldBlock { block, manifest, segments }, cut);
    }

    #[test]
    fn access_lists_come_back(entries in vec(octets(100), 0..20), cut: prop::sample::Index) {
        comes_back(&entries, cut);
    }

    #[test]
    fn error_answers_come_back(index: prop::sample::Index, expected in "\\PC{0,60}", advice in "\\PC{0,60}") {
        let code = Code::ALL[index.index(Code::ALL.len())];
        let body = ErrorBody::new(code, expected, advice);
        prop_assert_eq!(ErrorBody::parse(&body.to_json()), Some(body.clone()));
        prop_assert_eq!(body.known_code(), Some(code));
    }

    #[test]
    fn times_of_one_day_are_written_in_order(seconds in 0u64..253_402_300_798) {
        prop_assert!(time_text::rfc3339(seconds) < time_text::rfc3339(seconds + 1));
        prop_assert_eq!(&time_text::rfc3339(seconds)[..10], &time_text::minute_utc(seconds)[..10]);
    }
}
