//! One series in the plot: its band and average, its doubtful values, and what could not be drawn.

use super::{
    Track,
    frame::{DOUBT, Frame, SOFT, TRACKS, WRONG},
    scene::{Paint, Point, Shape},
};
use pulsebook_core::record::{Bucket, Series};
use pulsebook_protocol::reading::UnixMillis;

/// Marks nearer to each other than this would become a blot.
const APART: f32 = 9.0;

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Many values: a band and its average.
    Band,
    /// Few values: a dot each.
    Dots,
}

/// Values that stand apart are dots, others are a band.
pub(super) fn style(frame: &Frame, track: &Track) -> Style {
    let good = track.series.buckets.rows().filter(|row| row.count > 0);
    let columns: Vec<f32> = good.map(|row| frame.x(row.start)).collect();
    let mut steps: Vec<f32> =
        columns.iter().zip(columns.iter().skip(1)).map(|(one, next)| next - one).collect();
    steps.sort_unstable_by(f32::total_cmp);
    match steps.get(steps.len() / 2) {
        Some(usual) if *usual < APART => Style::Band,
        _ => Style::Dots,
    }
}

/// Good values; pairs of pressures are joined with each other, not from one measurement to the next.
pub(super) fn good(frame: &Frame, track: &Track, (paint, paired): (Paint, bool), shapes: &mut Vec<Shape>) {
    let dots = style(frame, track) == Style::Dots;
    for run in runs(&track.series) {
        band(frame, &track.series, &run, paint, shapes);
        let average: Vec<Point> =
            run.iter().filter_map(|row| Some(frame.at(middle(&track.series, row), row.mean?))).collect();
        let thin = Paint(paint.0, paint.1, paint.2, if dots { 110 } else { 255 });
        if average.len() > 1 && !paired {
            shapes.push(Shape::line("average", average.clone(), thin, if dots { 1.2 } else { 1.7 }));
        }
        if dots || average.len() == 1 {
            shapes.extend(average.iter().map(|at| one("reading", *at, paint)));
        }
    }
}

/// One reading: the shape tells the series as well as the colour does.
pub(super) fn one(class: &'static str, at: Point, paint: Paint) -> Shape {
    match TRACKS.first() == Some(&paint) {
        true => Shape::dot(class, at, 3.4, paint),
        false => Shape::square(class, at, 3.0, paint),
    }
}

/// From lowest to highest, as a ribbon along the run; a run of one is a stroke.
fn band(frame: &Frame, series: &Series, run: &[Bucket], paint: Paint, shapes: &mut Vec<Shape>) {
    let edge = |value: fn(&Bucket) -> Option<f64>| {
        let points = run.iter().filter_map(|row| Some(frame.at(middle(series, row), value(row)?)));
        points.collect::<Vec<Point>>()
    };
    let (mut lower, upper) = (edge(|row| row.min), edge(|row| row.max));
    if lower == upper {
        return;
    }
    let light = Paint(paint.0, paint.1, paint.2, 64);
    if lower.len() == 1 {
        shapes.push(Shape::line("range", [lower, upper].concat(), light, 3.0));
        return;
    }
    lower.reverse();
    shapes.push(Shape::area("band", [upper, lower].concat(), light));
}

/// Good buckets that follow each other without a gap.
fn runs(series: &Series) -> Vec<Vec<Bucket>> {
    let mut runs: Vec<Vec<Bucket>> = Vec::new();
    for row in series.buckets.rows().filter(|row| row.count > 0) {
        let near = |run: &&mut Vec<Bucket>| {
            run.last().is_some_and(|last| row.start - last.start <= series.longest_step_ms)
        };
        match runs.last_mut().filter(near) {
            Some(run) => run.push(row),
            None => runs.push(vec![row]),
        }
    }
    runs
}

fn middle(series: &Series, row: &Bucket) -> UnixMillis {
    row.start + series.width_ms / 2
}

/// Doubtful values: diamonds; where many stand close, strokes between them.
pub(super) fn doubtful(frame: &Frame, series: &Series, shapes: &mut Vec<Shape>) {
    let (mut diamonds, mut last): (Vec<Shape>, Option<Point>) = (Vec::new(), None);
    for row in series.buckets.rows() {
        let (Some(least), Some(most)) = (row.doubtful_min, row.doubtful_max) else { continue };
        let at = middle(series, &row);
        let (upper, lower) = (frame.at(at, most), frame.at(at, least));
        let stroke = vec![(upper.0, upper.1 - 1.5), (lower.0, lower.1 + 1.5)];
        shapes.push(Shape::line("doubtful-range", stroke, DOUBT, 1.4));
        let ends = if lower.1 - upper.1 > APART { vec![upper, lower] } else { vec![upper] };
        if last.is_none_or(|last| upper.0 - last.0 >= APART || (upper.1 - last.1).abs() >= 3.0 * APART) {
            diamonds.extend(ends.iter().map(|at| Shape::diamond("doubtful", *at, 4.2, DOUBT)));
            last = Some(upper);
        }
    }
    shapes.append(&mut diamonds);
}

/// Impossible readings and readings without a value, in a strip at the foot of the plot: they have no height.
pub(super) fn without_value(frame: &Frame, series: &Series, shapes: &mut Vec<Shape>) {
    let y = frame.bottom - 9.0;
    let mut strip = |wanted: fn(&Bucket) -> bool, shape: fn(Point) -> Shape| {
        let mut last = f32::MIN;
        for row in series.buckets.rows().filter(wanted) {
            let x = frame.x(middle(series, &row));
            if x - last >= APART {
                shapes.push(shape((x, y)));
                last = x;
            }
        }
    };
    strip(|row| row.absent > 0, |at| Shape::ring("absent", at, 3.6, SOFT));
    strip(|row| row.errors > 0, |at| Shape::cross("impossible", at, 3.8, WRONG));
}

/// Two pressures of one measurement: a stroke from the lower to the upper one.
pub(super) fn pairs(frame: &Frame, tracks: &[Track], paint: Paint, shapes: &mut Vec<Shape>) {
    let [upper, lower] = tracks else { return };
    for row in upper.series.buckets.rows() {
        let other = lower.series.buckets.rows().find(|other| other.start == row.start);
        if let (Some(high), Some(low)) = (row.mean, other.and_then(|other| other.mean)) {
            let at = middle(&upper.series, &row);
            let light = Paint(paint.0, paint.1, paint.2, 70);
            shapes.push(Shape::line("pair", vec![frame.at(at, high), frame.at(at, low)], light, 3.0));
        }
    }
}
