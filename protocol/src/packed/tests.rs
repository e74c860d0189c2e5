//! Packed integers against published LEB128 examples, random lists and hostile bytes.

use proptest::prelude::*;

use super::*;

fn pco_of(integers: &[i64]) -> Vec<u8> {
    with_format(PCO, &pco_stream::write(integers).unwrap())
}

#[test]
fn leb128_is_what_the_dwarf_standard_shows() {
    // DWARF 5, figure C.1: 2, 127, 128, 129, 12857.
    for (number, bytes) in
        [(2, &[2][..]), (127, &[127]), (128, &[0x80, 1]), (129, &[0x81, 1]), (12857, &[0xb9, 0x64])]
    {
        let mut out = Vec::new();
        write_leb128(number, &mut out);
        assert_eq!(out, bytes);
    }
}

#[test]
fn only_the_shortest_leb128_is_read() {
    assert_eq!(unpack(&[0, 0x80, 0], 1), Err(PackedError::Leb128));
    let widest = [&[0][..], &[0xff; 9], &[1]].concat();
    assert_eq!(unpack(&widest, 1), Ok(vec![i64::MIN]));
    let wider = [&[0][..], &[0xff; 9], &[2]].concat();
    assert_eq!(unpack(&wider, 1), Err(PackedError::Leb128));
    assert_eq!(unpack(&[&[0][..], &[0xff; 10]].concat(), 1), Err(PackedError::Leb128));
}

#[test]
fn a_list_that_ends_early_or_late_is_refused() {
    assert_eq!(unpack(&[], 0), Err(PackedError::Short { read: 0, expected: 0 }));
    assert_eq!(unpack(&[0, 2], 2), Err(PackedError::Short { read: 1, expected: 2 }));
    assert_eq!(unpack(&[0, 2, 2], 1), Err(PackedError::Trailing { expected: 1 }));
    assert_eq!(unpack(&[7], 0), Err(PackedError::Format(7)));
    let mut stream = pco_of(&[5; 300]);
    assert_eq!(unpack(&stream, 299), Err(PackedError::Pco));
    stream.push(0);
    assert_eq!(unpack(&stream, 300), Err(PackedError::Pco));
}

#[test]
fn a_count_beyond_the_limit_is_refused_before_memory_is_reserved() {
    let mut bytes = Vec::new();
    write_leb128(u64::MAX, &mut bytes);
    bytes.push(PCO);
    assert_eq!(unpack_counted(&bytes, 10), Err(PackedError::TooMany { count: u64::MAX, limit: 10 }));
}

#[test]
fn the_shorter_form_is_taken() {
    let slow: Vec<i64> = (0..3600).map(|i| 700 + (i / 60) % 5).collect();
    assert_eq!(pack(&slow)[0], PCO);
    assert_eq!(pack(&[1, 2, 3])[0], DIFFERENCES);
    assert_eq!(pack(&[]), [DIFFERENCES]);
}

#[test]
fn pco_with_a_window_a_dictionary_or_two_chunks_is_refused() {
    let integers: Vec<i64> = (0..600).map(|i| (i * i) % 37).collect();
    let lookback = pco::ChunkConfig::default()
        .with_mode_spec(pco::ModeSpec::Classic)
        .with_delta_spec(pco::DeltaSpec::TryLookback);
    let two = pco::ChunkConfig::default().with_paging_spec(pco::PagingSpec::Exact(vec![300, 300]));
    let dictionary = pco::ChunkConfig::default().with_mode_spec(pco::ModeSpec::TryDict);
    for config in [lookback, two, dictionary] {
        let stream = pco::standalone::simple_compress(&integers, &config).unwrap();
        assert_eq!(unpack(&with_format(PCO, &stream), 600), Err(PackedError::Pco));
    }
}

#[test]
fn every_cut_of_a_stream_is_refused() {
    let integers: Vec<i64> = (0..500).map(|i| i * i % 91).collect();
    let stream = pco_of(&integers);
    for length in 0..stream.len() {
        assert!(unpack(&stream[..length], 500).is_err());
    }
}

proptest! {
    #[test]
    fn any_list_comes_back(integers in prop::collection::vec(any::<i64>(), 0..600)) {
        prop_assert_eq!(unpack(&pack(&integers), integers.len()), Ok(integers.clone()));
        prop_assert_eq!(unpack_counted(&pack_counted(&integers), 600), Ok(integers));
    }

    #[test]
    fn any_list_comes_back_through_pco(integers in prop::collection::vec(-2000i64..2000, 1..700)) {
        prop_assert_eq!(unpack(&pco_of(&integers), integers.len()), Ok(integers));
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), count in 0usize..5000) {
        let _ = unpack(&bytes, count);
        let _ = unpack_counted(&bytes, 5000);
    }

    #[test]
    fn a_pco_stream_with_flipped_bytes_never_panics(
        integers in prop::collection::vec(-300i64..300, 1..600),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut stream = pco_of(&integers);
        for (at, byte) in flips {
            let index = at.index(stream.len() - 1) + 1;
            stream[index] = byte;
        }
        let _ = unpack(&stream, integers.len());
    }

    #[test]
    fn a_pco_stream_with_a_random_body_never_panics(
        body in prop::collection::vec(any::<u8>(), 0..400),
        count in 1usize..3000,
        delta in 0u8..2,
    ) {
        let mut stream = pco_of(&vec![3; count]);
        let header = stream.len() - pco_body(&stream, count).len();
        stream.truncate(header);
        let mut body = body;
        if let Some(first) = body.first_mut() {
            *first = delta << 4;
        }
        stream.extend(body);
        let _ = unpack(&stream, count);
    }
}

/// What follows after the chunk's type and count.
fn pco_body(stream: &[u8], count: usize) -> &[u8] {
    let (_, chunk) = pco::standalone::FileDecompressor::new(&stream[1..]).unwrap();
    assert_eq!(usize::from(chunk[1]) | usize::from(chunk[2]) << 8, count - 1);
    &chunk[4..]
}
