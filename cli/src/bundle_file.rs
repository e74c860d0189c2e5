//! Reading a bundle from a file: one item in memory at a time, whatever the record holds.

use pulsebook_protocol::{
    bundle::{BundleError, BundleVerifier, VerifiedBundle, head_rest, item_length},
    bytes::ChainId,
};
use std::{
    fs::File,
    io::{self, BufReader, ErrorKind, Read},
    path::Path,
};

/// Bytes read at a time.
const BUFFER: usize = 256 * 1024;

/// Why a bundle does not verify.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BundleFileError {
    /// The file.
    #[error("it could not be read: {0}")]
    Read(#[from] io::Error),
    /// Not the frame of a bundle.
    #[error("after {items} items the file is no bundle: {why}")]
    Frame {
        /// Items that were read.
        items: u64,
        /// What is wrong.
        why: &'static str,
    },
    /// What stands in it.
    #[error(transparent)]
    Wrong(#[from] BundleError),
}

/// Verifies a bundle, of the expected chain when one is.
///
/// # Errors
/// [`BundleFileError`] with the first thing that is wrong.
pub(crate) fn verify_bundle(
    file: &Path,
    expected: Option<ChainId>,
) -> Result<VerifiedBundle, BundleFileError> {
    let mut reader = BufReader::with_capacity(BUFFER, File::open(file)?);
    let (mut verifier, mut items, mut item) = (BundleVerifier::new(expected), 0, Vec::new());
    let frame = |items, why| BundleFileError::Frame { items, why };
    while let Some(length) = head(&mut reader).map_err(|error| match error {
        Some(error) => error.into(),
        None => frame(items, "a byte string in its shortest form was expected"),
    })? {
        if length > verifier.limit() {
            return Err(frame(items, "the next item is larger than allowed there"));
        }
        item.resize(length, 0);
        match reader.read_exact(&mut item) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                return Err(frame(items, "it ends in the middle of an item"));
            }
            read => read?,
        }
        verifier.take(&item)?;
        items += 1;
    }
    Ok(verifier.finish()?)
}

/// The length of the next item; none at the end. An error without a reason is a head that no bundle has.
fn head(reader: &mut impl Read) -> Result<Option<usize>, Option<io::Error>> {
    let mut head = [0u8; 5];
    let (first, rest) = head.split_at_mut(1);
    match reader.read_exact(first) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        read => read.map_err(Some)?,
    }
    let more = first.first().copied().and_then(head_rest).ok_or(None)?;
    let rest = rest.get_mut(..more).ok_or(None)?;
    match reader.read_exact(rest) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Err(None),
        read => read.map_err(Some)?,
    }
    head.get(..=more).and_then(item_length).ok_or(None).map(Some)
}
