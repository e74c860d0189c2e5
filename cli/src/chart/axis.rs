//! The axes: lines at round values, marks at round times, and their labels.

use super::{
    font,
    frame::{EMPTY, Frame, GRID, SOFT},
    scale::{TimeTick, Values},
    scene::{Anchor, Shape},
};
use pulsebook_protocol::reading::UnixMillis;
use std::ops::Range;

/// Size of labels.
pub(super) const LABEL: f32 = 12.0;

/// Room right of the plot that labels may use.
const MARGIN: f32 = 18.0;

/// Grey where there are no readings; lowest of all.
pub(super) fn gaps(frame: &Frame, gaps: &[Range<UnixMillis>], shapes: &mut Vec<Shape>) {
    for gap in gaps {
        // At the ends of the time, up to the sides of the plot.
        let from = if gap.start <= frame.times.start { frame.left } else { frame.x(gap.start) };
        let to = if gap.end >= frame.times.end { frame.right } else { frame.x(gap.end) };
        if to - from >= 1.0 {
            shapes.push(Shape::rectangle("gap", (from, frame.top), (to, frame.bottom), EMPTY));
        }
    }
}

/// Lines and labels of values.
pub(super) fn values(frame: &Frame, axis: &Values, shapes: &mut Vec<Shape>) {
    for (value, label) in &axis.ticks {
        let y = frame.y(*value).round() + 0.5;
        shapes.push(Shape::line("grid", vec![(frame.left, y), (frame.right, y)], GRID, 1.0));
        shapes.push(Shape::text((frame.left - 8.0, y + 4.0), Anchor::End, LABEL, SOFT, label.as_str()));
    }
}

/// Marks and labels of times.
pub(super) fn times(frame: &Frame, ticks: &[TimeTick], shapes: &mut Vec<Shape>) {
    let line = frame.bottom.round() + 0.5;
    shapes.push(Shape::line("axis", vec![(frame.left, line), (frame.right, line)], SOFT, 1.0));
    for tick in ticks {
        let x = frame.x(tick.at).round() + 0.5;
        shapes.push(Shape::line("tick", vec![(x, line), (x, line + 5.0)], SOFT, 1.0));
        let below = line + 19.0;
        for (text, y) in std::iter::once(&tick.label).chain(&tick.below).zip([below, below + 15.0]) {
            // The label of the last mark stays inside the picture.
            let half = font::width(text, LABEL) / 2.0;
            let x = x.min(frame.right + MARGIN - half);
            shapes.push(Shape::text((x, y), Anchor::Middle, LABEL, SOFT, text.as_str()));
        }
    }
}
