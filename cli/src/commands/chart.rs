//! `chart`: a vital over time, in the terminal or as a picture.

use crate::{
    chart::{self, Chart, ChartView, Charted, Screen, Track, parse_charted},
    exit::{Failure, Outcome},
    files, moment,
    output::Output,
    patient::Patient,
    patient_args::PatientArgs,
};
use clap::Args;
use pulsebook_core::record::{Series, SeriesQuery};
use pulsebook_protocol::reading::{Origin, UnixMillis};
use std::{
    ops::Range,
    path::{Path, PathBuf},
};

/// Options of `chart`.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  pulsebook chart --dir my-record heart-rate --last 24h\n  pulsebook chart --dir my-record blood-pressure --last 90d --out pressure.svg\n\nThe line is the average, the band goes from lowest to highest. Doubtful values are marked and count in neither;\nimpossible ones are marked without their value; where there are no readings there is no line. A chart judges nothing."
)]
pub(crate) struct ChartArgs {
    #[command(flatten)]
    patient: PatientArgs,
    /// What to show: a vital as `show` names it, with hyphens, or blood-pressure
    #[arg(value_parser = parse_charted, value_name = "VITAL")]
    vital: Charted,
    /// From this time (UTC) [default: the first reading]
    #[arg(long, value_parser = moment::parse_moment, value_name = "TIME", conflicts_with = "last")]
    from: Option<UnixMillis>,
    /// Before this time (UTC) [default: after the last reading]
    #[arg(long, value_parser = moment::parse_moment, value_name = "TIME", conflicts_with = "last")]
    before: Option<UnixMillis>,
    /// The time up to now, such as 24h, 7d or 1y
    #[arg(long, value_parser = parse_last, value_name = "DURATION")]
    last: Option<i64>,
    /// Readings of this origin only: measured, typed, replayed or simulated [default: the first of these that is there]
    #[arg(long, value_parser = parse_origin)]
    origin: Option<Origin>,
    /// A picture instead of the terminal: a file that ends in .svg or .png
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Pixels of the picture [default: 1200], or characters of the terminal [default: all there are]
    #[arg(long)]
    width: Option<u32>,
    /// Pixels of the picture [default: 520], or lines of the plot in the terminal [default: 16]
    #[arg(long)]
    height: Option<u32>,
}

/// What a chart is drawn for.
enum Target<'a> {
    Svg(&'a Path, u32, u32),
    Png(&'a Path, u32, u32),
    Terminal(Screen),
}

/// Draws the chart.
///
/// # Errors
/// The picture has no such ending or size, the record cannot be opened, or the file not written.
pub(crate) async fn run(args: ChartArgs, out: Output) -> Outcome {
    let target = target(&args, &out)?;
    let patient = args.patient.open().await?;
    let range = range(&args, &patient).await?;
    let buckets = match &target {
        Target::Svg(_, width, _) | Target::Png(_, width, _) => *width,
        // Two columns of dots a character.
        Target::Terminal(screen) => u32::try_from(screen.columns * 2).unwrap_or(160),
    };
    let (range, buckets) = whole_days(range, buckets);
    let chart = read(&args, &patient, range, buckets).await?;
    notes(&chart).iter().for_each(|note| crate::output::error_line(note));
    match target {
        Target::Svg(path, width, height) => {
            files::write(path, &chart::svg(&chart::draw(&chart, width, height)))?
        }
        Target::Png(path, width, height) => {
            files::write_bytes(path, &chart::png(&chart::draw(&chart, width, height))?)?
        }
        Target::Terminal(screen) => {
            return out.tell(&ChartView::from(&chart), chart::terminal(&chart, screen));
        }
    }
    let path = args.out.as_deref().unwrap_or(Path::new(""));
    let line = format!(
        "The chart is in {}. The file is not sealed: keep it as you would keep a letter from your doctor.",
        path.display()
    );
    out.tell(&ChartView::from(&chart), [line])
}

fn target<'a>(args: &'a ChartArgs, out: &Output) -> Outcome<Target<'a>> {
    let Some(path) = &args.out else {
        let (columns, colour) = out.screen();
        let columns = args.width.map_or(columns, |width| width as usize);
        check(columns as u32, 20..=1000, "--width", "characters")?;
        let rows = check(args.height.unwrap_or(16), 4..=200, "--height", "lines")? as usize;
        return Ok(Target::Terminal(Screen { columns, rows, colour }));
    };
    let width = check(args.width.unwrap_or(1200), 320..=8000, "--width", "pixels")?;
    let height = check(args.height.unwrap_or(520), 240..=8000, "--height", "pixels")?;
    match path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("svg") => Ok(Target::Svg(path, width, height)),
        Some("png") => Ok(Target::Png(path, width, height)),
        _ => Err(Failure::usage(format!("{} ends in neither .svg nor .png", path.display()))
            .action("name a file such as chart.svg, or leave --out away to draw in the terminal")),
    }
}

fn check(size: u32, allowed: std::ops::RangeInclusive<u32>, option: &str, unit: &str) -> Outcome<u32> {
    if allowed.contains(&size) {
        return Ok(size);
    }
    let expected = format!("{} to {} {unit}", allowed.start(), allowed.end());
    Err(Failure::usage(format!("{option} {size} cannot be drawn")).expected(expected))
}

async fn range(args: &ChartArgs, patient: &Patient) -> Outcome<Range<UnixMillis>> {
    if let Some(last) = args.last {
        let now = moment::now();
        return Ok(now - last..now);
    }
    let range = match (args.from, args.before) {
        (Some(from), Some(before)) => from..before,
        (from, before) => {
            let mut extent: Option<Range<UnixMillis>> = None;
            for (_, vital) in args.vital.vitals() {
                if let Some(other) = patient.extent(vital, args.origin).await? {
                    let so_far = extent.get_or_insert_with(|| other.clone());
                    *so_far = so_far.start.min(other.start)..so_far.end.max(other.end);
                }
            }
            let extent = extent.unwrap_or_else(|| moment::now() - 24 * moment::HOUR..moment::now());
            from.unwrap_or(extent.start)..before.unwrap_or(extent.end)
        }
    };
    if range.start >= range.end {
        return Err(Failure::usage("the time to show ends before it begins")
            .expected("--before later than --from, and readings between them"));
    }
    Ok(range)
}

/// Over months, buckets of a part of a day would draw day and night as a saw: whole days then, if they fit.
fn whole_days(range: Range<UnixMillis>, buckets: u32) -> (Range<UnixMillis>, u32) {
    const DAY: i64 = 24 * moment::HOUR;
    let (first, end) = (range.start.div_euclid(DAY), (range.end + DAY - 1).div_euclid(DAY));
    match u32::try_from(end - first) {
        Ok(days) if days >= 60 && days <= buckets => (first * DAY..end * DAY, days),
        _ => (range, buckets),
    }
}

async fn read(args: &ChartArgs, patient: &Patient, range: Range<UnixMillis>, buckets: u32) -> Outcome<Chart> {
    let mut tracks = Vec::new();
    for (name, vital) in args.vital.vitals() {
        let (from, to) = (range.start, range.end);
        let query = SeriesQuery { vital, from, to, buckets, origin: args.origin };
        tracks.push(Track { name, series: patient.series(query).await? });
    }
    let covered = |series: &Series| series.covered.clone();
    let range = tracks.first().map_or(range, |track| covered(&track.series));
    Ok(Chart { charted: args.vital, range, tracks })
}

/// What the reader of a chart must know besides: other origins, and rollups that were damaged.
fn notes(chart: &Chart) -> Vec<String> {
    let mut notes = Vec::new();
    let mut others: Vec<&str> = Vec::new();
    for track in &chart.tracks {
        others.extend(track.series.others.iter().map(|origin| chart::origin_word(*origin)));
        let repairs = track.series.repairs.len() as u64;
        if repairs > 0 {
            let what = crate::output::plural(repairs, "sum");
            notes.push(format!("note: {what} of {} were damaged and have been made again from the sealed readings; `pulsebook verify` checks those", track.name));
        }
    }
    others.dedup();
    for other in others {
        notes.push(format!(
            "note: there are {other} readings of this time too; see them with --origin {other}"
        ));
    }
    notes
}

fn parse_last(text: &str) -> Result<i64, String> {
    let years = text.strip_suffix('y').and_then(|years| years.parse::<i64>().ok());
    match years.filter(|years| (1..=150).contains(years)) {
        Some(years) => Ok(years * 365 * 24 * moment::HOUR),
        None => moment::parse_duration(text).map_err(|expected| format!("{expected}, or years such as 1y")),
    }
}

fn parse_origin(text: &str) -> Result<Origin, String> {
    let all = [Origin::Measured, Origin::Manual, Origin::Replayed, Origin::Simulated];
    let found = all.into_iter().find(|origin| chart::origin_word(*origin) == text);
    found.ok_or_else(|| "expected measured, typed, replayed or simulated".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_drawn_by_whole_days_and_hours_as_they_are() {
        let noon = moment::parse_moment("2026-03-01T12:00:00Z").unwrap_or_default();
        let day = 24 * moment::HOUR;
        let (year, buckets) = whole_days(noon..noon + 365 * day, 1200);
        assert_eq!((year.start % day, year.end % day, buckets), (0, 0, 366));
        assert_eq!(whole_days(noon..noon + day, 1200), (noon..noon + day, 1200));
        assert_eq!(whole_days(noon..noon + 365 * day, 180).1, 180);
    }

    #[test]
    fn the_last_year_is_365_days() {
        assert_eq!(parse_last("1y"), Ok(365 * 24 * moment::HOUR));
        assert_eq!(parse_last("90s"), Ok(90_000));
        assert!(parse_last("y").is_err() && parse_last("0y").is_err() && parse_last("1000y").is_err());
    }
}
