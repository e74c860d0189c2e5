//! Standalone pco streams of exactly one chunk, in the one mode and the two delta encodings the protocol allows.

use pco::data_types::NumberType;
use pco::standalone::{ChunkDecompressor, DecompressorItem, FileDecompressor, simple_compress};
use pco::{ChunkConfig, DeltaSpec, ModeSpec, PagingSpec};

use super::PackedError;

/// What ends a standalone pco stream.
const END: &[u8] = &[0];

/// The shortest stream pco makes of the integers; `None` for an empty list, or more than one chunk can hold.
pub(super) fn write(integers: &[i64]) -> Option<Vec<u8>> {
    let mut shortest = write_as(integers, 0)?;
    for order in 1..=2 {
        let stream = write_as(integers, order)?;
        // What differences do not make shorter, their differences do not either.
        if stream.len() > shortest.len() {
            break;
        }
        if stream.len() < shortest.len() {
            shortest = stream;
        }
    }
    Some(shortest)
}

/// The stream of the integers as they are, or of their first or second differences; `None` as for [`write`].
pub(super) fn write_as(integers: &[i64], order: usize) -> Option<Vec<u8>> {
    let shape = if order == 0 { DeltaSpec::NoOp } else { DeltaSpec::TryConsecutive(order) };
    let config = config(integers.len(), shape);
    if integers.is_empty() { None } else { simple_compress(integers, &config).ok() }
}

fn config(count: usize, shape: DeltaSpec) -> ChunkConfig {
    ChunkConfig::default()
        .with_compression_level(8)
        .with_mode_spec(ModeSpec::Classic)
        .with_delta_spec(shape)
        .with_paging_spec(PagingSpec::Exact(vec![count]))
}

/// Reads the `count` integers of a stream.
pub(super) fn read(stream: &[u8], count: usize) -> Result<Vec<i64>, PackedError> {
    let (file, chunk) = FileDecompressor::new(stream).map_err(|_| PackedError::Pco)?;
    if file.n_hint() != count || !is_allowed(chunk, count) {
        return Err(PackedError::Pco);
    }
    match file.chunk_decompressor::<i64, _>(chunk) {
        Ok(DecompressorItem::Chunk(chunk)) => read_chunk(chunk, count),
        _ => Err(PackedError::Pco),
    }
}

/// Looks at the chunk's first bytes: type, count less one in 24 bits, then mode and delta encoding in half a byte each.
///
/// Modes with dictionaries and deltas with windows reserve memory by their header alone, hence before pco reads it.
fn is_allowed(chunk: &[u8], count: usize) -> bool {
    let [kind, low, middle, high, shape, ..] = chunk else { return false };
    let declared = u32::from_le_bytes([*low, *middle, *high, 0]) as usize + 1;
    let (mode, delta) = (shape & 0x0f, shape >> 4);
    *kind == NumberType::I64 as u8 && declared == count && mode == 0 && delta <= 1
}

fn read_chunk(mut chunk: ChunkDecompressor<i64, &[u8]>, count: usize) -> Result<Vec<i64>, PackedError> {
    let mut integers = vec![0; count];
    let progress = chunk.read(&mut integers).map_err(|_| PackedError::Pco)?;
    let whole = progress.finished && progress.n_processed == count && chunk.into_src() == END;
    if whole { Ok(integers) } else { Err(PackedError::Pco) }
}
