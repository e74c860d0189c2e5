//! Segments and packed integers: times inside the range, values of their vital, the same bytes again, little memory.

use crate::{canonical::assert_canonical, selected, world};
use pulsebook_protocol::{
    chunk,
    packed::{pack, pack_counted, unpack, unpack_counted},
    random::SeededRandom,
    sealed_segment::{open_segment, seal_segment},
    segment::{LIMIT, MAX_COLUMNS, Segment},
};

/// Most readings of a segment that is sealed and opened again here.
const FEW: usize = 5_000;

/// Choice 0: what a phone sealed, opened. Else: a plaintext.
pub(crate) fn segment(data: &[u8]) {
    let (choice, bytes) = selected(data);
    let (chain, key) = (world::chain(), world::dek(70));
    if choice == 0 {
        let _ = open_segment(&chain, &key, bytes);
        return;
    }
    let Ok(segment) = Segment::decode(bytes) else { return };
    assert!(bytes.len() <= LIMIT);
    assert_canonical(bytes);
    // Around its columns a segment has one spelling; integers packed by another writer may be spelt otherwise than ours.
    let written = segment.encode();
    let again = Segment::decode(&written).expect("what was written is read");
    assert_eq!(again.encode(), written, "our own spelling is one");
    assert_eq!(again, segment, "written anew it says the same");
    assert!((1..=MAX_COLUMNS).contains(&segment.columns().len()));
    let range = segment.range();
    let mut count = 0;
    for reading in segment.readings() {
        assert!(range.contains(&reading.measured_at), "{reading:?} outside {range:?}");
        assert_eq!(reading.vital.category(), segment.category());
        count += 1;
    }
    assert!(count <= 1 << 20, "{count} readings");
    if count <= FEW {
        let chunked: usize = chunk::chunks(&segment).map(|chunk| chunk.values.len()).sum();
        assert_eq!(chunked, count, "every reading is in one chunk");
        let sealed =
            seal_segment(&chain, &key, &segment, &mut SeededRandom::new(1)).expect("a segment is sealed");
        let opened = open_segment(&chain, &key, &sealed.bytes).expect("what was sealed opens");
        let verified = opened.verify_commitment(&sealed.commitment).expect("its commitment holds");
        assert_eq!(verified.segment().encode(), written);
    }
}

/// Even choices: packed integers with their count. Odd: without, the count in two bytes.
pub(crate) fn packed(data: &[u8]) {
    const MOST: usize = 1 << 16;
    let (choice, bytes) = selected(data);
    if choice & 1 == 0 {
        if let Ok(integers) = unpack_counted(bytes, MOST) {
            assert!(integers.len() <= MOST);
            assert_eq!(unpack_counted(&pack_counted(&integers), MOST), Ok(integers));
        }
        return;
    }
    let Some((count, packed)) = bytes.split_first_chunk() else { return };
    let count = usize::from(u16::from_be_bytes(*count));
    if let Ok(integers) = unpack(packed, count) {
        assert_eq!(integers.len(), count);
        assert_eq!(unpack(&pack(&integers), count), Ok(integers));
    }
}
