//! From a chart to its drawing: where title, plot, axes and legend stand.

use super::{
    Chart, axis, font,
    frame::{DOUBT, Frame, INK, PAPER, SOFT, TRACKS},
    legend, scale,
    scene::{Anchor, Form, Scene, Shape},
    track::{self, Style},
    words,
};

/// Pixels beside the plot.
const LEFT: f32 = 58.0;
const RIGHT: f32 = 24.0;
const TOP: f32 = 78.0;
/// Pixels between plot and legend, for the labels of time.
const TIMES: f32 = 54.0;

/// Draws a chart of this many pixels.
pub(crate) fn draw(chart: &Chart, width: u32, height: u32) -> Scene {
    let mut frame = Frame {
        left: LEFT,
        right: width as f32 - RIGHT,
        top: TOP,
        bottom: height as f32 - TIMES - 12.0,
        times: chart.range.clone(),
        values: 0.0..1.0,
    };
    let entries = legend::entries(chart, &frame);
    frame.bottom -= legend::height(&entries, frame.left, frame.right);
    frame.bottom = frame.bottom.max(frame.top + 40.0);
    let most = ((frame.bottom - frame.top) / 42.0).floor().clamp(2.0, 10.0) as usize;
    let values = scale::values(chart.charted.vital(), chart.values(), most);
    frame.values = values.range.clone();
    let mut shapes = vec![Shape::rectangle("paper", (0.0, 0.0), (width as f32, height as f32), PAPER)];
    head(chart, &frame, &mut shapes);
    axis::gaps(&frame, &chart.gaps(), &mut shapes);
    axis::values(&frame, &values, &mut shapes);
    plot(chart, &frame, &mut shapes);
    let ticks = scale::times(&chart.range, (frame.width() / 88.0).max(1.0) as usize);
    axis::times(&frame, &ticks, &mut shapes);
    legend::draw(&entries, &frame, frame.bottom + TIMES - 4.0, &mut shapes);
    let description =
        std::iter::once(words::subtitle(chart)).chain(entries.into_iter().map(|entry| entry.words));
    let description = description.collect::<Vec<_>>().join("; ");
    Scene { width, height, title: words::title(chart), description, shapes }
}

fn head(chart: &Chart, frame: &Frame, shapes: &mut Vec<Shape>) {
    shapes.push(Shape::text((frame.left - 34.0, 34.0), Anchor::Start, 20.0, INK, words::title(chart)));
    shapes.push(Shape::text((frame.left - 34.0, 56.0), Anchor::Start, 13.0, SOFT, words::subtitle(chart)));
    let Some(badge) = words::badge(chart) else { return };
    let half = font::width(badge, 12.0) + 16.0;
    let (from, to) = ((frame.right - half, 18.0), (frame.right, 40.0));
    let points = vec![from, (to.0, from.1), to, (from.0, to.1)];
    let form = Form::Path(vec![points], true);
    shapes.push(Shape { class: "badge", form, fill: None, stroke: Some((DOUBT, 1.4)) });
    shapes.push(Shape::text((frame.right - half / 2.0, 33.5), Anchor::Middle, 12.0, DOUBT, badge));
}

fn plot(chart: &Chart, frame: &Frame, shapes: &mut Vec<Shape>) {
    if chart.is_empty() {
        let at = ((frame.left + frame.right) / 2.0, (frame.top + frame.bottom) / 2.0);
        shapes.push(Shape::text(at, Anchor::Middle, 15.0, SOFT, "No readings in this time"));
        return;
    }
    let dots = chart.tracks.iter().all(|track| track::style(frame, track) == Style::Dots);
    let paired = dots && chart.tracks.len() > 1;
    if let (true, Some(paint)) = (paired, TRACKS.first()) {
        track::pairs(frame, &chart.tracks, *paint, shapes);
    }
    for (track, paint) in chart.tracks.iter().zip(TRACKS) {
        track::good(frame, track, (paint, paired), shapes);
    }
    for track in &chart.tracks {
        track::doubtful(frame, &track.series, shapes);
        track::without_value(frame, &track.series, shapes);
    }
}
