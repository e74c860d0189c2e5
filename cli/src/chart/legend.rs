//! The legend: every sign that the plot uses, in a patient's words, and no sign that it does not use.

use super::{
    Chart, Totals, font,
    frame::{DOUBT, EMPTY, Frame, INK, SOFT, TRACKS, WRONG},
    scene::{Anchor, Paint, Point, Shape},
    track::{Style, one, style},
    words::length,
};

const SIZE: f32 = 12.5;
const LINE: f32 = 21.0;
const SIGN: f32 = 30.0;

/// A sign and what it means.
pub(super) struct Entry {
    pub(super) sign: Sign,
    pub(super) words: String,
}

/// The signs a plot has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Dot(Paint),
    Average(Paint),
    Band(Paint),
    Doubtful,
    Impossible,
    Absent,
    Gap,
}

/// What stands in the legend of a chart.
pub(super) fn entries(chart: &Chart, frame: &Frame) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut add = |sign, words: String| entries.push(Entry { sign, words });
    let two = chart.tracks.len() > 1;
    for (track, paint) in chart.tracks.iter().zip(TRACKS) {
        let rows = || track.series.buckets.rows();
        if !rows().any(|row| row.count > 0) {
            continue;
        }
        let prefix = if two { format!("{}: ", track.name) } else { String::new() };
        let each = length(track.series.width_ms);
        match (style(frame, track), rows().all(|row| row.count <= 1)) {
            (Style::Dots, true) if two => add(Sign::Dot(paint), track.name.to_owned()),
            (Style::Dots, true) => add(Sign::Dot(paint), "one reading".to_owned()),
            (Style::Dots, false) => add(Sign::Dot(paint), format!("{prefix}average of {each}")),
            (Style::Band, true) => add(Sign::Average(paint), format!("{prefix}readings")),
            (Style::Band, false) => add(Sign::Average(paint), format!("{prefix}average of each {each}")),
        }
        if rows().any(|row| row.min != row.max) {
            add(Sign::Band(paint), format!("{prefix}lowest to highest"));
        }
    }
    let totals = chart.totals();
    let signs = [Sign::Doubtful, Sign::Impossible, Sign::Absent];
    for ((count, words), sign) in counted(&totals).into_iter().zip(signs).filter(|((count, _), _)| *count > 0)
    {
        add(sign, format!("{words} ({count})"));
    }
    if totals.gaps > 0 {
        add(Sign::Gap, "no readings".to_owned());
    }
    entries
}

/// What is counted apart from good values, in words: doubtful, impossible, without a value.
pub(super) fn counted(totals: &Totals) -> [(u64, &'static str); 3] {
    [
        (totals.doubtful, "doubtful, not in average or band"),
        (totals.errors, "impossible, its value is not drawn"),
        (totals.absent, "the sensor sent no value"),
    ]
}

/// How many pixels the legend needs below the plot at this width.
pub(super) fn height(entries: &[Entry], left: f32, right: f32) -> f32 {
    let lines = places(entries, (left, 0.0), right).last().map_or(0.0, |(_, y)| *y / LINE + 1.0);
    lines * LINE
}

/// Where each entry begins: as many a line as fit.
fn places(entries: &[Entry], (left, top): Point, right: f32) -> Vec<Point> {
    let (mut x, mut y) = (left, top);
    let mut places = Vec::new();
    for entry in entries {
        let width = SIGN + font::width(&entry.words, SIZE);
        if x > left && x + width > right {
            (x, y) = (left, y + LINE);
        }
        places.push((x, y));
        x += width + 22.0;
    }
    places
}

/// Draws the legend from `top` down.
pub(super) fn draw(entries: &[Entry], frame: &Frame, top: f32, shapes: &mut Vec<Shape>) {
    for (entry, (x, y)) in entries.iter().zip(places(entries, (frame.left, top), frame.right)) {
        sign(entry.sign, (x, y + 10.0), shapes);
        let at = (x + SIGN - 3.0, y + 14.5);
        shapes.push(Shape::text(at, Anchor::Start, SIZE, INK, entry.words.as_str()));
    }
}

fn sign(sign: Sign, (x, y): Point, shapes: &mut Vec<Shape>) {
    let middle = (x + 11.0, y);
    let light = |paint: Paint| Paint(paint.0, paint.1, paint.2, 64);
    shapes.push(match sign {
        Sign::Dot(paint) => one("key", middle, paint),
        Sign::Average(paint) => Shape::line("key", vec![(x, y), (x + 22.0, y)], paint, 1.7),
        Sign::Band(paint) => Shape::rectangle("key", (x, y - 6.0), (x + 22.0, y + 6.0), light(paint)),
        Sign::Doubtful => Shape::diamond("key", middle, 4.2, DOUBT),
        Sign::Impossible => Shape::cross("key", middle, 3.8, WRONG),
        Sign::Absent => Shape::ring("key", middle, 3.6, SOFT),
        Sign::Gap => Shape::rectangle("key", (x, y - 6.0), (x + 22.0, y + 6.0), EMPTY),
    });
}
