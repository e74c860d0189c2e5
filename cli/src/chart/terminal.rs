//! A chart in a terminal: fine dots for the average, shade for the band, a sign of its own for whatever is doubtful.
//!
//! Signs differ in shape, colour only helps; without colour nothing is lost.

mod canvas;

use super::{Chart, Track, legend::counted, scale, words};
use canvas::{Canvas, Ink};
use std::ops::Range;

/// How much room there is, and whether colours may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Screen {
    /// Characters of a line.
    pub(crate) columns: usize,
    /// Lines of the plot itself.
    pub(crate) rows: usize,
    /// Whether escape sequences for colour are wanted.
    pub(crate) colour: bool,
}

/// Characters left of the plot, for the labels of values.
const LABELS: usize = 8;

/// The lines of a chart.
pub(crate) fn terminal(chart: &Chart, screen: Screen) -> Vec<String> {
    let columns = screen.columns.saturating_sub(LABELS + 2).max(10);
    let rows = screen.rows.max(4);
    let vital = chart.charted.vital();
    let axis = scale::values(vital, chart.values(), (rows / 2).clamp(2, 9));
    let mut canvas = Canvas::new(columns, rows, chart.range.clone(), axis.range.clone());
    for (track, ink) in chart.tracks.iter().zip([Ink::First, Ink::Second]) {
        plot(&mut canvas, track, ink);
    }
    let mut lines = vec![words::title(chart), words::subtitle(chart)];
    lines.extend(
        words::badge(chart).map(|badge| canvas::coloured(&format!("[{badge}]"), Ink::Doubt, screen.colour)),
    );
    lines.push(String::new());
    if chart.is_empty() {
        lines.push("No readings in this time.".to_owned());
        return lines;
    }
    lines.extend(plot_lines(&canvas, &axis, screen.colour));
    lines.push(base(&canvas, chart));
    lines.extend(time_labels(&canvas, chart, columns));
    lines.push(String::new());
    lines.extend(legend(chart, &canvas, screen.colour));
    lines
}

fn plot(canvas: &mut Canvas, track: &Track, ink: Ink) {
    let series = &track.series;
    let few = few(canvas, track);
    let mut last: Option<(i64, f64)> = None;
    for row in series.buckets.rows() {
        let at = row.start + series.width_ms / 2;
        if let (Some(min), Some(mean), Some(max)) = (row.min, row.mean, row.max) {
            canvas.band(row.start..row.start + series.width_ms, min, max, ink);
            let near = last.filter(|(before, _)| at - before <= series.longest_step_ms && !few);
            canvas.line(near.unwrap_or((at, mean)), (at, mean), ink);
            if few {
                canvas.sign(at, mean, if ink == Ink::First { '●' } else { '■' }, ink);
            }
            last = Some((at, mean));
        }
        for value in [row.doubtful_min, row.doubtful_max].into_iter().flatten() {
            canvas.sign(at, value, '◇', Ink::Doubt);
        }
        if row.errors > 0 {
            canvas.foot(at, '×', Ink::Wrong);
        } else if row.absent > 0 {
            canvas.foot(at, '○', Ink::Plain);
        }
    }
}

/// Whether values stand apart, so that each is a sign of its own.
fn few(canvas: &Canvas, track: &Track) -> bool {
    let good = track.series.buckets.rows().filter(|row| row.count > 0);
    let columns: Vec<usize> = good.map(|row| canvas.column_of(row.start)).collect();
    let mut steps: Vec<usize> =
        columns.iter().zip(columns.iter().skip(1)).map(|(one, next)| next - one).collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).is_none_or(|usual| *usual > 1)
}

fn plot_lines(canvas: &Canvas, axis: &scale::Values, colour: bool) -> Vec<String> {
    let line = |row: usize| {
        let label = axis.ticks.iter().find(|(value, _)| canvas.row_of(*value) == row);
        let (label, edge) = label.map_or(("", '│'), |(_, label)| (label.as_str(), '┤'));
        format!("{label:>LABELS$} {edge}{}", canvas.text_of(row, colour)).trim_end().to_owned()
    };
    (0..canvas.rows()).map(line).collect()
}

/// The axis of time, dotted where there are no readings.
fn base(canvas: &Canvas, chart: &Chart) -> String {
    let gaps = chart.gaps();
    let sign = |column: usize| {
        let (from, to) = (canvas.start_of(column), canvas.start_of(column + 1));
        let mostly = |gap: &Range<i64>| (gap.end.min(to) - gap.start.max(from)) * 2 >= to - from;
        if gaps.iter().any(mostly) { '┈' } else { '─' }
    };
    format!("{:>LABELS$} └{}", "", (0..canvas.columns()).map(sign).collect::<String>())
}

fn time_labels(canvas: &Canvas, chart: &Chart, columns: usize) -> Vec<String> {
    let ticks = scale::times(&chart.range, (columns / 12).max(1));
    let (mut upper, mut lower) = (Vec::new(), Vec::new());
    let width = LABELS + 2 + columns;
    for tick in ticks {
        let column = LABELS + 2 + canvas.column_of(tick.at);
        put(&mut upper, (column, width), &tick.label);
        put(&mut lower, (column, width), tick.below.as_deref().unwrap_or(""));
    }
    let text = |line: Vec<char>| line.into_iter().collect::<String>().trim_end().to_owned();
    [text(upper), text(lower)].into_iter().filter(|line| !line.is_empty()).collect()
}

/// Writes a label around its column, inside the line, unless it would touch the one before.
fn put(line: &mut Vec<char>, (column, width): (usize, usize), label: &str) {
    let length = label.chars().count();
    let start = column.saturating_sub(length / 2).min(width.saturating_sub(length));
    if line.is_empty() || start > line.len() {
        line.resize(start.max(line.len()), ' ');
        line.extend(label.chars());
    }
}

fn legend(chart: &Chart, canvas: &Canvas, colour: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let two = chart.tracks.len() > 1;
    for (track, ink) in chart.tracks.iter().zip([Ink::First, Ink::Second]) {
        let rows = || track.series.buckets.rows();
        let few = few(canvas, track);
        if !rows().any(|row| row.count > 0) {
            continue;
        }
        let sign = match (few, ink) {
            (true, Ink::First) => "●",
            (true, _) => "■",
            (false, _) => "⠤⠒",
        };
        let what = match (rows().all(|row| row.count <= 1), two && few) {
            (true, true) => track.name.to_owned(),
            (true, false) => "one reading each".to_owned(),
            (false, _) => {
                let each = words::length(track.series.width_ms);
                let name = if two { format!("{}, ", track.name) } else { String::new() };
                let shade = if canvas.is_shaded() { "; ░ lowest to highest" } else { "" };
                format!("{name}average of each {each}{shade}")
            }
        };
        lines.push(format!("{:>LABELS$} {} {what}", "", canvas::coloured(sign, ink, colour)));
    }
    let totals = chart.totals();
    let signs = [('◇', Ink::Doubt), ('×', Ink::Wrong), ('○', Ink::Plain)];
    for ((count, words), (sign, ink)) in counted(&totals).into_iter().zip(signs) {
        if count > 0 {
            let sign = canvas::coloured(&sign.to_string(), ink, colour);
            lines.push(format!("{:>LABELS$} {sign} {words} ({count})", ""));
        }
    }
    if totals.gaps > 0 {
        lines.push(format!("{:>LABELS$} ┈ no readings", ""));
    }
    lines
}
