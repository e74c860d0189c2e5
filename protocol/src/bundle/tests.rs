//! The frame of a bundle; whole bundles are tested where records are made.

use super::*;

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
