//! The contract of [`BlobStore`] as tests: every blob store passes all of them.

use super::*;
use crate::scratch::Scratch;
use pulsebook_protocol::random::SystemRandom;

fn files(scratch: &Scratch) -> FileBlobs {
    FileBlobs::open(&scratch.file("blobs"), Box::new(SystemRandom)).unwrap()
}

fn on_every_store(test: impl Fn(&dyn BlobStore)) {
    test(&MemoryBlobs::default());
    let scratch = Scratch::make("blobs");
    test(&files(&scratch));
}

#[test]
fn what_was_put_comes_back_until_it_is_removed() {
    on_every_store(|blobs| {
        let (one, two) = (blobs.put(&[7; 100_000]).unwrap(), blobs.put(b"").unwrap());
        assert_ne!(one, two);
        assert_eq!(blobs.read(&one, 100_000).unwrap(), [7; 100_000]);
        assert_eq!(blobs.read(&two, 0).unwrap(), b"");
        let mut all = blobs.all().unwrap();
        all.sort();
        assert_eq!(all, [one.min(two), one.max(two)]);
        blobs.remove(&one).unwrap();
        blobs.remove(&one).unwrap();
        assert!(matches!(blobs.read(&one, 1), Err(BlobError::Gone(gone)) if gone == one));
        assert_eq!(blobs.all().unwrap(), [two]);
    });
}

#[test]
fn a_blob_that_grew_is_not_taken_into_memory_whole() {
    on_every_store(|blobs| {
        let id = blobs.put(&[1; 50_000]).unwrap();
        assert_eq!(blobs.read(&id, 10).unwrap().len(), 11);
    });
}

#[test]
fn a_file_that_was_cut_off_is_no_blob_and_goes_away() {
    let scratch = Scratch::make("cut-off");
    let blobs = files(&scratch);
    let whole = blobs.put(b"whole").unwrap();
    let cut = scratch.file("blobs").join(format!("{}.{UNFINISHED}", BlobId([3; 16])));
    std::fs::write(&cut, b"hal").unwrap();
    assert_eq!(blobs.all().unwrap(), [whole]);
    assert!(!cut.exists());
}

#[test]
fn a_flipped_byte_and_a_missing_file_are_named() {
    let scratch = Scratch::make("flipped");
    let blobs = files(&scratch);
    let blob = Blob::put(&blobs, &[9; 70_000]).unwrap();
    let path = scratch.file("blobs").join(blob.id.to_string());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[69_999] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let error = blob.open(&blobs).unwrap_err().to_string();
    assert!(error.contains(&format!("{} is damaged", blob.id)), "{error}");
    std::fs::remove_file(&path).unwrap();
    let error = blob.open(&blobs).unwrap_err().to_string();
    assert!(error.contains(&format!("{} is gone", blob.id)), "{error}");
}

use crate::durable::UNFINISHED;
