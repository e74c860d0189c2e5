//! A chart for a machine: what the drawing shows, as numbers.

use super::{Chart, words};
use crate::moment;
use pulsebook_core::record::Bucket;
use serde::Serialize;

/// The whole chart.
#[derive(Serialize)]
pub(crate) struct ChartView {
    vital: &'static str,
    unit: &'static str,
    origin: Option<&'static str>,
    from: String,
    before: String,
    doubtful: u64,
    impossible: u64,
    absent: u64,
    gaps: u64,
    tracks: Vec<TrackView>,
}

#[derive(Serialize)]
struct TrackView {
    name: &'static str,
    width_ms: i64,
    buckets: Vec<BucketView>,
}

#[derive(Serialize)]
struct BucketView {
    start_ms: i64,
    count: u64,
    min: Option<f64>,
    mean: Option<f64>,
    max: Option<f64>,
    doubtful: u64,
    doubtful_min: Option<f64>,
    doubtful_max: Option<f64>,
    impossible: u64,
    absent: u64,
    marks: Vec<&'static str>,
    gap_before: bool,
}

impl From<&Chart> for ChartView {
    fn from(chart: &Chart) -> ChartView {
        let totals = chart.totals();
        let tracks = chart.tracks.iter().map(|track| TrackView {
            name: track.name,
            width_ms: track.series.width_ms,
            buckets: track.series.buckets.rows().map(bucket).collect(),
        });
        ChartView {
            vital: chart.charted.name(),
            unit: chart.charted.vital().unit().symbol(),
            origin: chart.origin().map(words::origin_word),
            from: moment::rfc3339(chart.range.start),
            before: moment::rfc3339(chart.range.end),
            doubtful: totals.doubtful,
            impossible: totals.errors,
            absent: totals.absent,
            gaps: totals.gaps,
            tracks: tracks.collect(),
        }
    }
}

fn bucket(row: Bucket) -> BucketView {
    BucketView {
        start_ms: row.start,
        count: row.count,
        min: row.min,
        mean: row.mean,
        max: row.max,
        doubtful: row.doubtful,
        doubtful_min: row.doubtful_min,
        doubtful_max: row.doubtful_max,
        impossible: row.errors,
        absent: row.absent,
        marks: row.marks.marks().map(|mark| mark.words()).collect(),
        gap_before: row.gap_before,
    }
}
