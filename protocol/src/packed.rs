//! Packed integers: a list of integers as differences in LEB128 or as a pco stream, whichever is shorter.
//!
//! Reading is total: foreign bytes give a list of the expected length or an error, and never reserve memory for more
//! integers than the caller expects. Of pco only what this writer uses is read, so that no header can ask for a table
//! or a window that the bytes did not earn.

mod entropy;
mod pco_stream;

use thiserror::Error;

/// The first byte of differences in LEB128.
const DIFFERENCES: u8 = 0;
/// The first byte of a pco stream.
const PCO: u8 = 1;
/// A pco stream is never shorter than this, so shorter lists need no attempt.
const SHORTEST_PCO: usize = 16;
/// The most bytes a 64-bit integer takes in LEB128.
const LONGEST_LEB128: usize = 10;

/// Why packed integers cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PackedError {
    /// The bytes end before the list does.
    #[error("the packed integers end after {read} of {expected}; the segment is damaged")]
    Short {
        /// How many integers were there.
        read: usize,
        /// How many the other columns call for.
        expected: usize,
    },
    /// Bytes follow after the list.
    #[error("bytes follow after {expected} packed integers; the segment is damaged")]
    Trailing {
        /// How many the other columns call for.
        expected: usize,
    },
    /// The list is longer than allowed.
    #[error("{count} packed integers are declared, at most {limit} are allowed")]
    TooMany {
        /// What the bytes declare.
        count: u64,
        /// What is allowed here.
        limit: usize,
    },
    /// An integer is not in its shortest form, or longer than 64 bits.
    #[error("a packed integer is not a shortest LEB128 of at most 64 bits")]
    Leb128,
    /// The first byte names no known format.
    #[error("packed integers of format {0:#04x}; this version reads 00 (differences) and 01 (pco)")]
    Format(u8),
    /// The pco stream is not one this protocol allows, or is damaged.
    #[error("the pco stream is damaged or of a kind the protocol does not allow")]
    Pco,
}

/// Packs integers; their count is not stored.
///
/// ```
/// use pulsebook_protocol::packed::{pack, unpack};
/// let bytes = pack(&[60, 61, 61]);
/// assert_eq!(bytes, [0x00, 120, 2, 0]);
/// assert_eq!(unpack(&bytes, 3)?, [60, 61, 61]);
/// # Ok::<(), pulsebook_protocol::packed::PackedError>(())
/// ```
pub fn pack(integers: &[i64]) -> Vec<u8> {
    let differences = write_differences(integers);
    match pco_stream::write(integers) {
        Some(stream) if differences.len() > SHORTEST_PCO && stream.len() < differences.len() => {
            with_format(PCO, &stream)
        }
        _ => with_format(DIFFERENCES, &differences),
    }
}

/// Packs integers as differences, whatever is shorter: for what is soon packed again.
pub fn pack_differences(integers: &[i64]) -> Vec<u8> {
    with_format(DIFFERENCES, &write_differences(integers))
}

/// Packs integers of 0 to 255 as [`pack`] does, but tries one shape of pco instead of all: that of the least entropy. A third
/// of the time, at most a little longer.
pub fn pack_bytes(bytes: &[u8]) -> Vec<u8> {
    let integers: Vec<i64> = bytes.iter().copied().map(i64::from).collect();
    let differences = write_differences(&integers);
    if differences.len() <= SHORTEST_PCO {
        return with_format(DIFFERENCES, &differences);
    }
    match pco_stream::write_as(&integers, entropy::order_of_least(bytes)) {
        Some(stream) if stream.len() < differences.len() => with_format(PCO, &stream),
        _ => with_format(DIFFERENCES, &differences),
    }
}

/// Reads exactly `count` packed integers.
///
/// # Errors
/// [`PackedError`] when the bytes are anything else than `count` packed integers.
pub fn unpack(bytes: &[u8], count: usize) -> Result<Vec<i64>, PackedError> {
    match bytes.split_first() {
        None => Err(PackedError::Short { read: 0, expected: count }),
        Some((&DIFFERENCES, rest)) => read_differences(rest, count),
        Some((&PCO, rest)) => pco_stream::read(rest, count),
        Some((&other, _)) => Err(PackedError::Format(other)),
    }
}

/// Packs integers with their count before them.
pub fn pack_counted(integers: &[i64]) -> Vec<u8> {
    let mut out = Vec::new();
    write_leb128(integers.len() as u64, &mut out);
    out.extend(pack(integers));
    out
}

/// Reads packed integers that carry their count, at most `limit` of them.
///
/// # Errors
/// [`PackedError::TooMany`] before any memory is reserved; else as [`unpack`].
pub fn unpack_counted(bytes: &[u8], limit: usize) -> Result<Vec<i64>, PackedError> {
    let mut rest = bytes;
    let count = read_leb128(&mut rest)?.ok_or(PackedError::Short { read: 0, expected: 1 })?;
    let few = usize::try_from(count).ok().filter(|count| *count <= limit);
    unpack(rest, few.ok_or(PackedError::TooMany { count, limit })?)
}

fn with_format(format: u8, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + body.len());
    out.push(format);
    out.extend_from_slice(body);
    out
}

fn write_differences(integers: &[i64]) -> Vec<u8> {
    let mut out = Vec::with_capacity(integers.len());
    let mut before = 0i64;
    for integer in integers {
        // Differences wrap, so that every pair of 64-bit integers has one.
        let difference = integer.wrapping_sub(before);
        write_leb128(((difference << 1) ^ (difference >> 63)) as u64, &mut out);
        before = *integer;
    }
    out
}

fn read_differences(bytes: &[u8], count: usize) -> Result<Vec<i64>, PackedError> {
    // Every integer takes a byte at least: what is not there needs no memory.
    let mut integers = Vec::with_capacity(count.min(bytes.len()));
    let (mut rest, mut before) = (bytes, 0i64);
    for read in 0..count {
        let zigzag = read_leb128(&mut rest)?.ok_or(PackedError::Short { read, expected: count })?;
        before = before.wrapping_add((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64));
        integers.push(before);
    }
    if rest.is_empty() { Ok(integers) } else { Err(PackedError::Trailing { expected: count }) }
}

fn write_leb128(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Takes one number off the front; `None` when the bytes end before it does.
fn read_leb128(bytes: &mut &[u8]) -> Result<Option<u64>, PackedError> {
    let mut number = 0u64;
    for (index, byte) in bytes.iter().take(LONGEST_LEB128).enumerate() {
        let padded = index > 0 && *byte == 0;
        let too_wide = index + 1 == LONGEST_LEB128 && *byte > 1;
        if padded || too_wide {
            return Err(PackedError::Leb128);
        }
        number |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            *bytes = bytes.get(index + 1..).unwrap_or_default();
            return Ok(Some(number));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
