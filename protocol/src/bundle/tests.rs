//! The frame of a bundle; whole bundles are tested where records are made.

use super::*;
use proptest::prelude::*;

/// The bytes in an item, by its own head.
fn content(item: &[u8]) -> &[u8] {
    let head = 1 + head_rest(item[0]).unwrap();
    let content = &item[head..];
    assert_eq!(item_length(&item[..head]), Some(content.len()));
    content
}

fn octets() -> impl Strategy<Value = ByteString> {
    prop::collection::vec(any::<u8>(), 0..300).prop_map(ByteString)
}

proptest! {
    #[test]
    fn heads_and_blocks_come_back_and_no_cut_does(
        (chain, blocks, with_keys) in (any::<[u8; 32]>(), any::<u64>(), any::<bool>()),
        (block, manifest, note) in (octets(), octets(), prop::option::of("\\PC{0,80}")),
        keys in prop::option::of(prop::collection::vec((0u8..8, any::<[u8; 32]>()), 0..8)),
        cut in any::<prop::sample::Index>(),
    ) {
        let head = BundleHead::new(ChainId::from_bytes(chain), blocks, with_keys);
        let item = head.to_item();
        prop_assert_eq!(cbor::decode::<BundleHead>(content(&item), HEAD_LIMIT), Ok(head));
        let keys = keys.map(|keys| keys.iter().map(|(slot, dek)| BundleKey::new(*slot, &Dek::from_bytes(*dek))).collect());
        let item = BundleBlock { block, manifest, note, keys }.to_item();
        let bytes = content(&item);
        let again = cbor::decode::<BundleBlock>(bytes, BLOCK_ITEM_LIMIT).unwrap();
        prop_assert_eq!(&again.to_item()[..], &item[..]);
        prop_assert!(cbor::decode::<BundleBlock>(&bytes[..cut.index(bytes.len())], BLOCK_ITEM_LIMIT).is_err());
    }
}

#[test]
fn every_head_comes_back_and_only_its_shortest_form() {
    for length in [0usize, 1, 23, 24, 255, 256, 65_535, 65_536, ITEM_LIMIT] {
        let head = item_head(length);
        assert_eq!(head_rest(head[0]), Some(head.len() - 1));
        assert_eq!(item_length(&head), Some(length));
    }
    assert_eq!(item_length(&[0x58, 0x05]), None);
    assert_eq!(item_length(&[0x59, 0x00, 0xff]), None);
    assert_eq!(
        (head_rest(0x5b), head_rest(0x5f), head_rest(0x60), head_rest(0x00)),
        (None, None, None, None)
    );
}

#[test]
fn keys_are_not_printed() {
    let key = BundleKey::new(3, &Dek::from_bytes([0xab; 32]));
    assert_eq!(format!("{key:?}"), "BundleKey(slot 3, …)");
}

#[test]
fn nothing_but_a_head_begins_a_bundle() {
    let chain = ChainId::from_bytes([1; 32]);
    let head = BundleHead::new(chain, 1, false);
    let bytes = head.to_item();
    let mut verifier = BundleVerifier::new(Some(ChainId::from_bytes([2; 32])));
    let refused = verifier.take(&bytes[2..]).unwrap_err();
    assert!(refused.to_string().contains("the bundle is of chain"), "{refused}");
    assert!(BundleVerifier::new(None).finish().is_err());
    assert!(BundleVerifier::new(None).take(b"\xa0").is_err());
}
