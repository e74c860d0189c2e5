//! The bytes of one page of rollups: columns of packed integers, a column of zeros in none.

use super::{
    Grain,
    sums::{Numbered, Rollup, Summed},
};
use pulsebook_protocol::{
    bytes::ByteString,
    cbor,
    packed::{pack, pack_differences, unpack},
    quality::Quality,
};

/// Place in the page; count, min, max − min, sum − count · min of good and of doubtful values; errors; absent; marks.
const COLUMNS: usize = 12;

/// No page is longer: 1,440 rollups of twelve 64-bit integers.
pub(super) const LIMIT: usize = 256 << 10;

#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct Wire {
    #[n(0)]
    count: u32,
    #[n(1)]
    columns: Vec<ByteString>,
}

/// The bytes of a page; rollups that belong to another page are left out.
pub(super) fn encode(grain: Grain, page: i64, rollups: &Numbered) -> Vec<u8> {
    encode_with(pack, grain, page, rollups)
}

/// The same of a page that more is added to: a little longer, and made in a fraction of the time.
pub(super) fn encode_open(grain: Grain, page: i64, rollups: &Numbered) -> Vec<u8> {
    encode_with(pack_differences, grain, page, rollups)
}

fn encode_with(pack: fn(&[i64]) -> Vec<u8>, grain: Grain, page: i64, rollups: &Numbered) -> Vec<u8> {
    let first = page.saturating_mul(grain.in_page());
    let mut columns: [Vec<i64>; COLUMNS] = Default::default();
    let within = rollups.range(first..first.saturating_add(grain.in_page()));
    for (number, rollup) in within {
        for (column, integer) in columns.iter_mut().zip(row(number - first, rollup)) {
            column.push(integer);
        }
    }
    let count = columns.first().map_or(0, Vec::len);
    let packed = |column: &Vec<i64>| match column.iter().all(|integer| *integer == 0) {
        true => ByteString::default(),
        false => ByteString(pack(column)),
    };
    let columns = columns.iter().map(packed).collect();
    cbor::encode(&Wire { count: u32::try_from(count).unwrap_or(u32::MAX), columns })
}

fn row(place: i64, rollup: &Rollup) -> [i64; COLUMNS] {
    let Rollup { good, doubtful, errors, absent, marks } = rollup;
    let [count, min, spread, excess] = summed(good);
    let [doubtful_count, doubtful_min, doubtful_spread, doubtful_excess] = summed(doubtful);
    let (errors, absent) = (integer(*errors), integer(*absent));
    [
        place,
        count,
        min,
        spread,
        excess,
        doubtful_count,
        doubtful_min,
        doubtful_spread,
        doubtful_excess,
        errors,
        absent,
        i64::from(marks.bits()),
    ]
}

fn summed(summed: &Summed) -> [i64; 4] {
    let Summed { count, min, max, sum } = *summed;
    let (count, min, max) = (integer(count), i64::from(min), i64::from(max));
    [count, min, max - min, sum.saturating_sub(count.saturating_mul(min))]
}

fn integer(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The rollups of a page by number; `None` when they are not what `encode` writes.
#[cfg(any(test, feature = "fuzzing"))]
pub(in crate::store) fn decode(grain: Grain, page: i64, bytes: &[u8]) -> Option<Numbered> {
    Some(decode_rows(grain, page, bytes)?.into_iter().collect())
}

/// The rollups of a page, ascending; `None` when they are not what `encode` writes.
pub(super) fn decode_rows(grain: Grain, page: i64, bytes: &[u8]) -> Option<Vec<(i64, Rollup)>> {
    let wire: Wire = cbor::decode(bytes, LIMIT).ok()?;
    let count = usize::try_from(wire.count).ok().filter(|count| *count as i64 <= grain.in_page())?;
    // A column of zeros needs no list of them.
    let column = |bytes: &ByteString| match bytes.0.is_empty() {
        true => Some(Vec::new()),
        false => unpack(&bytes.0, count).ok(),
    };
    let columns: Vec<Vec<i64>> = wire.columns.iter().map(column).collect::<Option<_>>()?;
    let columns: [Vec<i64>; COLUMNS] = columns.try_into().ok()?;
    let first = page.saturating_mul(grain.in_page());
    let (mut rollups, mut next) = (Vec::with_capacity(count), 0);
    for index in 0..count {
        let row = columns.each_ref().map(|column| column.get(index).copied().unwrap_or(0));
        let (place, rollup) = read_row(&row)?;
        if !(next..grain.in_page()).contains(&place) {
            return None;
        }
        next = place + 1;
        rollups.push((first + place, rollup));
    }
    Some(rollups)
}

fn read_row(row: &[i64; COLUMNS]) -> Option<(i64, Rollup)> {
    let [place, good @ .., errors, absent, marks] = row;
    let [count, min, spread, excess, doubtful @ ..] = good;
    let rollup = Rollup {
        good: read_summed([*count, *min, *spread, *excess])?,
        doubtful: read_summed(*doubtful)?,
        errors: u64::try_from(*errors).ok()?,
        absent: u64::try_from(*absent).ok()?,
        marks: Quality::from_bits(u32::try_from(*marks).ok()?),
    };
    Some((*place, rollup))
}

fn read_summed([count, min, spread, excess]: [i64; 4]) -> Option<Summed> {
    let bounded = (0..=count.checked_mul(spread)?).contains(&excess) && count >= 0 && spread >= 0;
    let max = i32::try_from(min.checked_add(spread)?).ok()?;
    let sum = count.checked_mul(min)?.checked_add(excess)?;
    let (count, min) = (u64::try_from(count).ok()?, i32::try_from(min).ok()?);
    bounded.then_some(Summed { count, min, max, sum })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_summed() -> impl Strategy<Value = Summed> {
        let values = proptest::collection::vec(any::<i32>(), 0..4);
        values.prop_map(|values| Summed {
            count: values.len() as u64,
            min: values.iter().copied().min().unwrap_or(0),
            max: values.iter().copied().max().unwrap_or(0),
            sum: values.iter().map(|value| i64::from(*value)).sum(),
        })
    }

    fn any_rollup() -> impl Strategy<Value = Rollup> {
        (any_summed(), any_summed(), 0u64..9, 0u64..9, any::<u32>()).prop_map(
            |(good, doubtful, errors, absent, marks)| Rollup {
                good,
                doubtful,
                errors,
                absent,
                marks: Quality::from_bits(marks),
            },
        )
    }

    proptest! {
        #[test]
        fn a_page_comes_back_as_it_was(rollups in proptest::collection::btree_map(1440i64..2880, any_rollup(), 0..50)) {
            let bytes = encode(Grain::Minute, 1, &rollups);
            prop_assert_eq!(decode(Grain::Minute, 1, &bytes), Some(rollups.clone()));
            let open = encode_open(Grain::Minute, 1, &rollups);
            prop_assert_eq!(decode(Grain::Minute, 1, &open), Some(rollups));
        }

        #[test]
        fn foreign_bytes_are_a_page_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(Grain::Hour, 3, &bytes);
        }
    }

    #[test]
    fn a_day_of_heart_rate_takes_a_few_kilobytes() {
        let minute = |minute: i64| {
            let (min, spread) = (55 + (minute / 7 % 20) as i32, 2 + (minute * 7919 % 9) as i32);
            let sum = 60 * i64::from(min) + minute * 104_729 % 240;
            let good = Summed { count: 60, min, max: min + spread, sum };
            (minute, Rollup { good, ..Rollup::default() })
        };
        let bytes = encode(Grain::Minute, 0, &(0..1440).map(minute).collect());
        assert!(bytes.len() < 5000, "{} bytes", bytes.len());
    }
}
