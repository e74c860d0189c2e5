//! Charts of a real record: in a pipe, as pictures, as numbers; and names that are none.

use crate::scratch::{Scratch, text};

#[test]
fn a_chart_is_drawn_in_a_pipe_as_pictures_and_as_numbers() {
    let scratch = Scratch::make("charts");
    scratch.init();
    scratch.me("collect --sim rest --start 2026-03-01T12:00:00Z --duration 10m");
    let drawn = scratch.me("chart heart-rate");
    assert!(drawn.contains("[SIMULATED]") && drawn.contains("Heart rate in beats per minute"), "{drawn}");
    assert!(!drawn.contains('\x1b') && drawn.contains("impossible, its value is not drawn (1)"), "{drawn}");
    scratch.me("seal");
    assert_eq!(scratch.me("chart heart-rate"), drawn, "sealing changes nothing that is drawn");
    scratch.me("chart heart-rate --out heart.svg");
    let svg = std::fs::read_to_string(scratch.file("heart.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.contains("class=\"impossible\"") && svg.contains("SIMULATED"));
    scratch.me("chart blood-pressure --out pressure.png --width 640 --height 320");
    let png = std::fs::read(scratch.file("pressure.png")).unwrap();
    assert_eq!(png.get(..8), Some(&b"\x89PNG\r\n\x1a\n"[..]));
    let numbers = scratch.json("chart heart-rate --from 2026-03-01T12:00:00Z --before 2026-03-01T12:10:00Z");
    let buckets = numbers["tracks"][0]["buckets"].as_array().unwrap();
    let readings: u64 = buckets.iter().filter_map(|bucket| bucket["count"].as_u64()).sum();
    assert!((590..=600).contains(&readings) && numbers["impossible"] == 1, "{readings}");
    assert!(scratch.me("chart heart-rate --last 1h").contains("No readings in this time."));
}

#[test]
fn a_chart_of_nothing_known_says_what_there_is() {
    let scratch = Scratch::make("no-charts");
    scratch.init();
    let mine = "--dir me --passphrase-file passphrase";
    let why = scratch.refused(2, &format!("chart mood {mine}"));
    assert!(why.contains("heart-rate") && why.contains("blood-pressure"), "{why}");
    let why = scratch.refused(2, &format!("chart heart-rate --out heart.pdf {mine}"));
    assert!(why.contains("neither .svg nor .png"), "{why}");
    let why = scratch.refused(2, &format!("chart heart-rate --out heart.png --width 20 {mine}"));
    assert!(why.contains("320 to 8000 pixels"), "{why}");
    let colours = scratch.run(&format!("chart heart-rate {mine}"));
    assert!(text(&colours.stdout).contains("No readings in this time."));
}
