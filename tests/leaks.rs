//! Nothing leaks: markers planted through a whole way stand in no file, log, wire, error, panic or environment where they must not.
//!
//! Run with `cargo test -p pulsebook-cli --features faults --test leaks`. Where a marker may stand is a sentence of
//! docs/threat-model.md; the table in leaks/allowed.rs names each.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

#[path = "shared/address.rs"]
mod address;
#[path = "leaks/allowed.rs"]
mod allowed;
#[path = "leaks/crash.rs"]
mod crash;
#[path = "leaks/handed.rs"]
mod handed;
#[path = "leaks/markers.rs"]
mod markers;
#[path = "leaks/radio.rs"]
mod radio;
#[path = "leaks/search.rs"]
mod search;
#[path = "shared/skipped.rs"]
mod skipped;
#[path = "leaks/stage.rs"]
mod stage;
#[path = "leaks/wire.rs"]
mod wire;

use allowed::{ALLOWED, is_allowed};
use search::{Marker, Needles};
use stage::Stage;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

#[test]
fn planted_markers_stand_nowhere_but_where_the_threat_model_says() {
    let stage = Stage::make("whole");
    let mut captured = stage.go_the_whole_way();
    captured.extend(stage.files());
    let markers = markers::of(&stage);
    eprintln!(
        "{} markers in {} places, {} bytes",
        markers.len(),
        captured.len(),
        captured.iter().map(|(_, bytes)| bytes.len()).sum::<usize>()
    );
    assert!(markers.len() > 60 && captured.len() > 60);
    let needles = Needles::of(&markers);
    let host = captured.iter().find(|(place, _)| place == "n1/node.db").unwrap();
    needles.assert_each_is_found(&markers, &host.1[..host.1.len().min(2048)]);
    let mut leaked = Vec::new();
    let mut allowed = BTreeMap::new();
    for (place, bytes) in &captured {
        for (marker, form) in needles.found_in(bytes) {
            if is_allowed(place, &marker.kind) {
                *allowed.entry(marker.kind.clone()).or_insert(0) += 1
            } else {
                leaked.push(format!("{place}: {} ({}) as {form}", marker.kind, marker.name))
            }
        }
    }
    leaked.sort();
    leaked.dedup();
    assert!(leaked.is_empty(), "{} leaks:\n{}", leaked.len(), leaked.join("\n"));
    // Every kind stands somewhere by right, and is found there; but the patient's own keys and a number that was typed for a
    // pairing stand nowhere in the clear.
    let kinds: BTreeSet<String> = markers.into_iter().map(|marker| marker.kind).collect();
    let nowhere = ["patient key", "pairing number"];
    let unfound: Vec<_> = kinds
        .iter()
        .filter(|kind| !nowhere.contains(&kind.as_str()) && !allowed.contains_key(*kind))
        .collect();
    assert!(
        unfound.is_empty() && nowhere.iter().all(|kind| !allowed.contains_key(*kind)),
        "{unfound:?} of {allowed:?}"
    );
}

#[test]
fn every_allowed_place_is_a_sentence_of_the_threat_model() {
    let document = include_str!("../docs/threat-model.md");
    for (place, kinds, sentence) in ALLOWED {
        assert!(
            document.contains(sentence),
            "{place} may hold {kinds:?}, and docs/threat-model.md does not say: {sentence}"
        );
    }
}

#[test]
fn the_search_finds_every_form_of_a_planted_marker() {
    let secret: Vec<u8> = (0..32_u8).map(|byte| byte.wrapping_mul(37).wrapping_add(5)).collect();
    let markers =
        [Marker::new("key", "a key", &secret), Marker::text("words", "a phrase", "abandon ability able")];
    let needles = Needles::of(&markers);
    for marker in &markers {
        for (form, planted) in search::forms(marker) {
            for before in 0..7 {
                let file = [&vec![b'x'; 100 + before][..], &planted, b"yyyyyyyyyyyyy"].concat();
                assert!(
                    needles.found_in(&file).iter().any(|(found, _)| found.name == marker.name),
                    "{form} of {}",
                    marker.name
                );
            }
        }
    }
    // Inside something longer, encoded as a whole: each of the three and five places at which a group may begin.
    for lead in 0..5 {
        let whole = [&vec![9; lead][..], &secret, &[8; 9]].concat();
        for text in [
            data_encoding::BASE64.encode(&whole),
            data_encoding::BASE64URL_NOPAD.encode(&whole),
            data_encoding::BASE32.encode(&whole),
            data_encoding::BASE32_NOPAD.encode(&whole).to_lowercase(),
            data_encoding::HEXUPPER.encode(&whole),
        ] {
            assert!(!needles.found_in(text.as_bytes()).is_empty(), "{lead}: {text}");
        }
    }
    assert!(needles.found_in(&[7; 4000]).is_empty());
}

#[test]
fn a_marker_planted_in_a_file_of_the_way_is_found() {
    let stage = Stage::make("self");
    stage.done("init --dir me --passphrase-file passphrase --words-out words");
    let words = fs::read(stage.file("words")).unwrap();
    fs::create_dir_all(stage.file("n1")).unwrap();
    fs::write(stage.file("n1/stray"), [&b"log: "[..], &words].concat()).unwrap();
    let markers = markers::typed(&stage);
    let needles = Needles::of(&markers);
    let leaks: Vec<_> = stage
        .files()
        .into_iter()
        .filter(|(place, bytes)| {
            needles.found_in(bytes).iter().any(|(marker, _)| !is_allowed(place, &marker.kind))
        })
        .collect();
    assert_eq!(leaks.iter().map(|(place, _)| place.as_str()).collect::<Vec<_>>(), ["n1/stray"]);
}
