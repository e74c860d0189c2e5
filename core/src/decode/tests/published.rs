//! Frames that other implementations published, with what they say of them (tests/vectors/frames, sources in SOURCES.md).

use super::super::*;
use serde::Deserialize;
use std::{fs, path::PathBuf};

/// One published frame.
#[derive(Debug, Deserialize)]
pub(super) struct Published {
    characteristic: String,
    /// Where several services have the characteristic.
    service: Option<String>,
    bytes: String,
    source: String,
    /// Names and what they say, in the frame's order; not all of them need to stand here.
    fields: Vec<(String, String)>,
}

impl Published {
    pub(super) fn format(&self) -> &'static Format {
        let number = |text: &str| u16::from_str_radix(text, 16).unwrap();
        let service = self.service.as_deref().map(number);
        let is_it = |format: &&Format| {
            let at = format.characteristic;
            at.characteristic == number(&self.characteristic) && service.is_none_or(|one| one == at.service)
        };
        FORMATS.iter().copied().flatten().find(is_it).unwrap_or_else(|| panic!("{self:?}"))
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let pairs = self.bytes.as_bytes().chunks(2);
        pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors"))
}

pub(super) fn all() -> Vec<Published> {
    let files = fs::read_dir(folder().join("frames")).unwrap().map(|file| file.unwrap().path());
    files.flat_map(|file| frames(&fs::read_to_string(file).unwrap())).collect()
}

fn frames(text: &str) -> Vec<Published> {
    serde_json::from_str(text).unwrap()
}

#[test]
fn every_published_frame_says_what_its_publisher_says() {
    for case in all() {
        let (fields, read) = case.format().explain(&case.bytes(), &Context::at(1_700_000_000_000));
        assert!(read.is_ok(), "{case:?}: {read:?}");
        let mut said = fields.iter().map(|field| (field.name, field.says.to_string()));
        for (name, says) in &case.fields {
            let found = said.any(|(its, its_says)| its == name && its_says == *says);
            assert!(found, "{}: {name} = {says} of {}, came {fields:#?}", case.characteristic, case.source);
        }
    }
}

/// Measurements of which nobody publishes a frame, and why theirs can be relied on nevertheless.
const UNPUBLISHED: &[(Characteristic, &str)] = &[
    (
        glucose::CONTEXT,
        "published with its numbers and not its bytes; two implementations agree on the layout",
    ),
    (generic::STORED, "the layout of a live observation behind its number; two implementations agree"),
    (thermometer::INTERMEDIATE, "the layout of Temperature Measurement, by the service"),
    (
        blood_pressure::ENHANCED_CUFF_PRESSURE,
        "the layout of the enhanced measurement with one pressure; two implementations agree",
    ),
];

#[test]
fn every_measurement_has_a_published_frame_or_a_reason() {
    let published = all();
    let measurements =
        FORMATS.iter().copied().flatten().filter(|format| matches!(format.kind, Kind::Stream | Kind::Spot));
    for format in measurements {
        let has = published.iter().any(|case| case.format().characteristic == format.characteristic);
        let excused = UNPUBLISHED.iter().any(|(at, _)| *at == format.characteristic);
        assert_ne!(has, excused, "{}", format.name);
    }
}

#[test]
fn the_protocol_page_lists_every_stream_and_nothing_else() {
    let page = include_str!("../../../../docs/protocol.md");
    let listed =
        page.split("(every notification is of a stream: ").nth(1).unwrap().split(')').next().unwrap();
    let mut listed: Vec<&str> = listed.split(", ").collect();
    let streams = FORMATS.iter().copied().flatten().filter(|format| format.kind == Kind::Stream);
    let mut streams: Vec<&str> = streams.map(|format| format.name).collect();
    listed.sort();
    streams.sort();
    assert_eq!(listed, streams, "docs/protocol.md §14");
}

#[test]
fn every_source_of_a_published_frame_is_named() {
    let sources = fs::read_to_string(folder().join("SOURCES.md")).unwrap();
    for case in all() {
        assert!(sources.contains(&format!("| {} |", case.source)), "{} is not in SOURCES.md", case.source);
    }
}
