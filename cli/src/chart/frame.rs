//! The colours of a drawing, and where its plot lies: from times and values to pixels.

use super::scene::{Paint, Point};
use pulsebook_protocol::reading::UnixMillis;
use std::ops::Range;

/// The ground.
pub(crate) const PAPER: Paint = Paint(255, 255, 255, 255);
/// Titles and labels.
pub(crate) const INK: Paint = Paint(33, 37, 41, 255);
/// Less important words.
pub(crate) const SOFT: Paint = Paint(90, 98, 104, 255);
/// Lines behind the values.
pub(crate) const GRID: Paint = Paint(226, 230, 233, 255);
/// Where there are no readings.
pub(crate) const EMPTY: Paint = Paint(236, 238, 241, 255);
/// Doubtful values. With blue it is told apart by every kind of colour vision, and its shape differs too.
pub(crate) const DOUBT: Paint = Paint(190, 85, 0, 255);
/// Impossible readings.
pub(crate) const WRONG: Paint = Paint(150, 20, 50, 255);
/// The first and the second series.
pub(crate) const TRACKS: [Paint; 2] = [Paint(0, 90, 160, 255), Paint(90, 60, 140, 255)];

/// Room between the sides of the plot and its first and last moment, so that no dot is cut.
const INSET: f32 = 8.0;

/// The rectangle of the plot, and what its sides stand for.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) left: f32,
    pub(crate) right: f32,
    pub(crate) top: f32,
    pub(crate) bottom: f32,
    pub(crate) times: Range<UnixMillis>,
    pub(crate) values: Range<f64>,
}

impl Frame {
    /// The pixel column of a moment, inside the plot.
    pub(crate) fn x(&self, at: UnixMillis) -> f32 {
        let part = (at - self.times.start) as f64 / (self.times.end - self.times.start).max(1) as f64;
        self.left + INSET + (self.right - self.left - 2.0 * INSET) * part.clamp(0.0, 1.0) as f32
    }

    /// The pixel row of a value, inside the plot.
    pub(crate) fn y(&self, value: f64) -> f32 {
        let part = (value - self.values.start) / (self.values.end - self.values.start).max(f64::MIN_POSITIVE);
        self.bottom - (self.bottom - self.top) * part.clamp(0.0, 1.0) as f32
    }

    /// The place of a value at a moment.
    pub(crate) fn at(&self, at: UnixMillis, value: f64) -> Point {
        (self.x(at), self.y(value))
    }

    pub(crate) fn width(&self) -> f32 {
        self.right - self.left
    }
}
