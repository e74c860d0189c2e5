//! Charts: what a series looks like in a terminal, as SVG and as PNG. The drawing is made once; each output only writes it.

mod axis;
mod font;
mod frame;
mod json;
mod layout;
mod legend;
mod png;
mod scale;
mod scene;
mod svg;
mod terminal;
mod track;
mod vital;
mod words;

pub(crate) use json::ChartView;
pub(crate) use layout::draw;
pub(crate) use png::png;
pub(crate) use svg::svg;
pub(crate) use terminal::{Screen, terminal};
pub(crate) use vital::{Charted, parse_charted};
pub(crate) use words::origin_word;

use pulsebook_core::record::{Bucket, Series};
use pulsebook_protocol::reading::{Origin, UnixMillis};
use std::ops::Range;

/// What is drawn.
pub(crate) struct Chart {
    /// What it shows.
    pub(crate) charted: Charted,
    /// The time it shows.
    pub(crate) range: Range<UnixMillis>,
    /// One series, or two of one unit: each with its name.
    pub(crate) tracks: Vec<Track>,
}

/// One series of a chart.
pub(crate) struct Track {
    /// The name in the legend.
    pub(crate) name: &'static str,
    /// Its values.
    pub(crate) series: Series,
}

/// What the legend counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Good values.
    pub(crate) good: u64,
    /// Doubtful values.
    pub(crate) doubtful: u64,
    /// Impossible or invalid readings.
    pub(crate) errors: u64,
    /// Readings without a value.
    pub(crate) absent: u64,
    /// Stretches without a value.
    pub(crate) gaps: u64,
}

impl Chart {
    /// Where its readings come from; none without any.
    pub(crate) fn origin(&self) -> Option<Origin> {
        self.tracks.iter().find_map(|track| track.series.origin)
    }

    /// Whether there is nothing to draw.
    pub(crate) fn is_empty(&self) -> bool {
        self.tracks.iter().all(|track| track.series.buckets.is_empty())
    }

    /// Sums over all tracks.
    pub(crate) fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for track in &self.tracks {
            for row in track.series.buckets.rows() {
                totals.good += row.count;
                totals.doubtful += row.doubtful;
                totals.errors += row.errors;
                totals.absent += row.absent;
            }
        }
        totals.gaps = self.gaps().len() as u64;
        totals
    }

    /// Least and greatest value that is drawn; impossible ones are not.
    fn values(&self) -> Option<Range<f64>> {
        let rows = self.tracks.iter().flat_map(|track| track.series.buckets.rows());
        let ends = |row: Bucket| [row.min, row.max, row.doubtful_min, row.doubtful_max];
        rows.flat_map(ends).flatten().fold(None, |so_far: Option<Range<f64>>, value| {
            let Range { start, end } = so_far.unwrap_or(value..value);
            Some(start.min(value)..end.max(value))
        })
    }

    /// Stretches in which no value came although a stream ran before and after, or before or after.
    fn gaps(&self) -> Vec<Range<UnixMillis>> {
        let Some(series) = self.tracks.first().map(|track| &track.series) else { return Vec::new() };
        if series.buckets.is_empty() {
            return vec![self.range.clone()];
        }
        let end_of = |row: &Bucket| (row.start + series.width_ms).min(self.range.end);
        let valued: Vec<Bucket> = series.buckets.rows().filter(|row| row.count + row.doubtful > 0).collect();
        let pairs = valued.iter().zip(valued.iter().skip(1)).filter(|(_, after)| after.gap_before);
        let mut gaps: Vec<_> = pairs.map(|(before, after)| end_of(before)..after.start).collect();
        // A handful of readings is no stream that could have stopped.
        if let (Some(first), Some(last), true) = (valued.first(), valued.last(), valued.len() > 5) {
            let ends = [self.range.start..first.start, end_of(last)..self.range.end];
            // Below a fiftieth of the time, an end is where the clock was rounded to.
            let seen =
                (series.longest_step_ms - series.width_ms).max((self.range.end - self.range.start) / 50);
            gaps.extend(ends.into_iter().filter(|gap| gap.end - gap.start > seen));
        }
        gaps
    }
}

#[cfg(test)]
mod tests;
