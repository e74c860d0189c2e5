//! Blocks, manifests, notes, sealed entries and COSE: read in one form only, and back the same.

use crate::{canonical::assert_canonical, selected, vectors, world};
use pulsebook_protocol::{
    block::{Block, SLOTS},
    bytes::{ChainId, Commitment},
    cbor,
    checkpoint::Checkpoint,
    control::open_entries,
    cose::{self, Sign1},
    domain,
    manifest::Manifest,
    note::{NOTE_LIMIT, Note, NoteLine},
    random::SeededRandom,
    seal,
};
use std::collections::BTreeSet;

pub(crate) fn block(data: &[u8]) {
    let Ok(block) = Block::from_bytes(data) else { return };
    assert_canonical(data);
    assert!(data.len() <= 96 * 1024);
    assert_eq!(block.to_bytes(), data);
    assert!(block.follows(&block).is_err(), "no block follows itself");
    assert_eq!(block.commitments.len(), SLOTS);
}

pub(crate) fn manifest(data: &[u8]) {
    let Ok(manifest) = Manifest::decode(data) else { return };
    assert_canonical(data);
    assert!(data.len() <= 2048);
    assert_eq!(manifest.encode(), data);
    let none = [Commitment::from_bytes([0; 32]); SLOTS];
    let verified = manifest.verify(manifest.height(), &none, &[None; SLOTS]);
    assert!(verified.is_err(), "no manifest opens commitments of zeros");
}

/// Even choices: a whole note. Odd: one line.
pub(crate) fn note(data: &[u8]) {
    let (choice, bytes) = selected(data);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if choice & 1 == 1 {
        if let Ok(line) = NoteLine::parse(text) {
            assert_eq!(NoteLine::parse(&line.to_string()).as_ref(), Ok(&line));
            assert_eq!(line.to_string().trim_end(), text.trim_end());
        }
        return;
    }
    let Ok(note) = Note::parse(text) else { return };
    assert!(text.len() <= NOTE_LIMIT);
    assert_eq!(note.to_string(), text, "a note has one spelling");
    let names: BTreeSet<&str> = note.lines().iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names.len(), note.lines().len(), "two lines of one name");
    let mut origin = note.text().lines().next().unwrap_or_default().split('/').skip(1);
    let chain: Option<ChainId> = origin.next().and_then(|chain| chain.parse().ok());
    let epoch: Option<u32> = origin.next().and_then(|epoch| epoch.parse().ok());
    if let (Some(chain), Some(epoch)) = (chain, epoch)
        && let Ok(checkpoint) = Checkpoint::parse(note.text(), &chain, epoch)
    {
        assert_eq!(checkpoint.text(), note.text(), "a checkpoint has one spelling");
        assert_eq!((checkpoint.chain, checkpoint.epoch), (chain, epoch));
    }
}

/// Even choices: a sealed box that came so. Odd: what a phone with the control key sealed.
pub(crate) fn control_entries(data: &[u8]) {
    let (choice, bytes) = selected(data);
    let (key, chain) = (world::secret(60), world::chain());
    let place = (&chain, 0, 1);
    if choice & 1 == 0 {
        let _ = open_entries(&key, place, bytes);
        return;
    }
    let aad =
        [&domain::CONTROL.prefix()[..], chain.as_bytes(), &0u32.to_be_bytes(), &1u64.to_be_bytes()].concat();
    // Now and then the padding is foreign too.
    let plain = if choice & 2 == 0 { seal::pad(bytes.to_vec()) } else { bytes.to_vec() };
    let Ok(sealed) = seal::seal(key.expose(), &aad, &plain, &mut SeededRandom::new(1)) else { return };
    let Ok(entries) = open_entries(&key, place, &sealed) else { return };
    let unpadded = seal::unpad(&plain).expect("what was opened is padded");
    assert_canonical(unpadded);
    assert!(entries.len() <= 64);
    assert_eq!(cbor::encode(&entries), unpadded);
}

pub(crate) fn cose(data: &[u8]) {
    let (choice, bytes) = selected(data);
    let resigned;
    let bytes = match choice & 1 {
        0 => bytes,
        _ => {
            resigned = cose::sign(&world::key(1), domain::PROPOSAL, bytes);
            &resigned[..]
        }
    };
    let Ok(signed) = Sign1::parse(bytes, vectors::LIMIT) else {
        assert_eq!(choice & 1, 0, "what we sign must parse");
        return;
    };
    assert_canonical(bytes);
    let signer = signed.claimed_signer();
    let under: Vec<_> =
        domain::ALL.iter().filter(|domain| signed.verify(**domain, &signer).is_ok()).collect();
    assert!(under.len() <= 1, "one signature under two domains: {under:?}");
    assert!(choice & 1 == 0 || under.len() == 1, "what we sign must verify");
    let mut flipped = bytes.to_vec();
    if let (Some(last), false) = (flipped.last_mut(), under.is_empty()) {
        *last ^= 1;
        let still = Sign1::parse(&flipped, vectors::LIMIT)
            .is_ok_and(|other| other.verify(*under[0], &signer).is_ok());
        assert!(!still, "another signature verifies too");
    }
}
