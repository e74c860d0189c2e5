//! Charts as their drawings say they are: marks, gaps, bands, words.

use super::*;
use pulsebook_core::record::Buckets;
use pulsebook_protocol::{
    quality::{Mark, Quality},
    vital::Vital,
};

/// 2026-03-01T12:00:00Z.
const NOON: i64 = 1_772_366_400_000;
const MINUTE: i64 = 60_000;

/// An hour in minutes: five missing from the 20th on, a doubtful 190 in every tenth, an impossible one, one without a value.
fn hour() -> Series {
    let mut buckets = Buckets::default();
    for minute in (0..60).filter(|minute| !(20..25).contains(minute)) {
        let doubtful = minute % 10 == 3;
        let value = 60.0 + minute as f64 / 4.0;
        buckets.start.push(NOON + minute * MINUTE);
        buckets.count.push(60);
        buckets.min.push(Some(value - 4.0));
        buckets.mean.push(Some(value));
        buckets.max.push(Some(value + 4.0));
        buckets.doubtful.push(u64::from(doubtful));
        buckets.doubtful_min.push(doubtful.then_some(190.0));
        buckets.doubtful_max.push(doubtful.then_some(190.0));
        buckets.errors.push(u64::from(minute == 40));
        buckets.absent.push(u64::from(minute == 50));
        buckets.marks.push(if doubtful { Quality::GOOD.with(Mark::ContactLost) } else { Quality::GOOD });
        buckets.gap_before.push(minute == 25);
    }
    series(Vital::HeartRate, buckets)
}

fn series(vital: Vital, buckets: Buckets) -> Series {
    Series {
        vital,
        origin: (!buckets.is_empty()).then_some(Origin::Simulated),
        others: Vec::new(),
        covered: NOON..NOON + 60 * MINUTE,
        width_ms: MINUTE,
        longest_step_ms: MINUTE * 3 / 2,
        buckets,
        points: Vec::new(),
        repairs: Vec::new(),
    }
}

fn chart(series: Series) -> Chart {
    let tracks = vec![Track { name: "heart rate", series }];
    Chart { charted: Charted::One(Vital::HeartRate), range: NOON..NOON + 60 * MINUTE, tracks }
}

/// A chart whose only value is the one of this minute.
fn one_point() -> Chart {
    let mut series = hour();
    let only = |column: &mut Vec<Option<f64>>| column.truncate(1);
    let Buckets { start, count, doubtful, errors, absent, marks, gap_before, .. } = &mut series.buckets;
    start.truncate(1);
    count.truncate(1);
    [doubtful, errors, absent].into_iter().for_each(|column| column.truncate(1));
    marks.truncate(1);
    gap_before.truncate(1);
    let Buckets { min, mean, max, doubtful_min, doubtful_max, .. } = &mut series.buckets;
    [min, mean, max, doubtful_min, doubtful_max].into_iter().for_each(only);
    chart(series)
}

/// The `d` of every path of a class.
fn paths(svg: &str, class: &str) -> Vec<String> {
    let head = format!("<path class=\"{class}\" d=\"");
    svg.split(&head).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

fn points(path: &str) -> Vec<(f32, f32)> {
    let numbers = |point: &str| {
        let (x, y) = point.trim_end_matches('Z').split_once(' ')?;
        Some((x.parse().ok()?, y.parse().ok()?))
    };
    path.split(['M', 'L']).filter_map(numbers).collect()
}

#[test]
fn no_line_and_no_band_crosses_a_gap() {
    let chart = chart(hour());
    let svg = svg(&draw(&chart, 1200, 520));
    let (gaps, averages, bands) = (paths(&svg, "gap"), paths(&svg, "average"), paths(&svg, "band"));
    assert_eq!((gaps.len(), averages.len(), bands.len()), (1, 2, 2));
    let gap = points(&gaps[0]);
    let (from, to) = (gap[0].0, gap[1].0);
    for path in averages.iter().chain(&bands) {
        let xs: Vec<f32> = points(path).iter().map(|point| point.0).collect();
        assert!(xs.iter().all(|x| *x <= from) || xs.iter().all(|x| *x >= to), "{path}");
    }
}

#[test]
fn doubtful_impossible_and_missing_values_have_marks_and_widen_no_band() {
    let chart = chart(hour());
    let svg = svg(&draw(&chart, 1200, 520));
    assert_eq!(paths(&svg, "doubtful").len(), 5, "13, 33, 43, 53 and 3 minutes past");
    assert_eq!((paths(&svg, "impossible").len(), svg.matches("<circle class=\"absent\"").count()), (1, 1));
    let highest = |class: &str| {
        let all =
            paths(&svg, class).iter().flat_map(|path| points(path)).map(|point| point.1).collect::<Vec<_>>();
        all.into_iter().fold(f32::MAX, f32::min)
    };
    assert!(highest("band") > highest("doubtful") + 100.0, "190 stands far above the band");
    for words in [
        "doubtful, not in average or band (5)",
        "impossible, its value is not drawn (1)",
        "the sensor sent no value (1)",
        "no readings",
        "SIMULATED",
        "2026-03-01 12:00 to 13:00 UTC",
    ] {
        assert!(svg.contains(words), "{words}");
    }
}

#[test]
fn a_calm_hour_has_no_sign_that_it_does_not_need() {
    let mut calm = hour();
    calm.buckets.doubtful.fill(0);
    calm.buckets.doubtful_min.fill(None);
    calm.buckets.doubtful_max.fill(None);
    calm.buckets.errors.fill(0);
    calm.buckets.absent.fill(0);
    let svg = svg(&draw(&chart(calm), 1200, 520));
    assert!(!svg.contains("doubtful") && !svg.contains("impossible") && !svg.contains("no value"));
}

#[test]
fn nothing_and_one_value_are_drawn_without_inventing_a_line() {
    let nothing = chart(series(Vital::HeartRate, Buckets::default()));
    let empty = svg(&draw(&nothing, 1200, 520));
    assert!(empty.contains("No readings in this time") && !empty.contains("SIMULATED"));
    assert!(
        terminal(&nothing, Screen { columns: 80, rows: 10, colour: false }).concat().contains("No readings")
    );
    let one = svg(&draw(&one_point(), 1200, 520));
    assert_eq!((paths(&one, "average").len(), paths(&one, "gap").len()), (0, 0));
    assert_eq!(one.matches("<circle class=\"reading\"").count(), 1);
}

#[test]
fn every_mark_stays_inside_the_picture_whatever_its_size() {
    for (width, height) in [(320, 240), (1200, 520), (8000, 400)] {
        let scene = draw(&chart(hour()), width, height);
        for shape in &scene.shapes {
            let all = match &shape.form {
                scene::Form::Path(lines, _) => lines.concat(),
                scene::Form::Circle(at, _) | scene::Form::Text(at, ..) => vec![*at],
            };
            for (x, y) in all {
                assert!((0.0..=width as f32).contains(&x), "{shape:?}");
                assert!((0.0..=height as f32 + 60.0).contains(&y), "{shape:?}");
            }
        }
    }
}

#[test]
fn the_png_is_the_same_drawing() {
    let count = |chart: &Chart, paint: scene::Paint| {
        let pixels = tiny_skia::Pixmap::decode_png(&png(&draw(chart, 600, 300)).unwrap()).unwrap();
        assert_eq!((pixels.width(), pixels.height()), (600, 300));
        let same = |pixel: &&tiny_skia::PremultipliedColorU8| {
            (pixel.red(), pixel.green(), pixel.blue()) == (paint.0, paint.1, paint.2)
        };
        pixels.pixels().iter().filter(same).count()
    };
    let (marked, mut calm) = (chart(hour()), hour());
    calm.buckets.errors.fill(0);
    assert!(count(&marked, frame::WRONG) > 5, "a cross in the plot and one in the legend");
    assert_eq!(count(&chart(calm), frame::WRONG), 0);
    assert!(count(&marked, frame::INK) > 100, "letters");
}

#[test]
fn the_terminal_marks_doubt_by_shape_and_colours_only_when_asked() {
    let chart = chart(hour());
    let plain = terminal(&chart, Screen { columns: 90, rows: 12, colour: false });
    let text = plain.join("\n");
    assert!(!text.contains('\x1b') && plain.iter().all(|line| line.chars().count() <= 90), "{text}");
    assert_eq!(text.matches('◇').count(), 5 + 1, "five marks and the legend:\n{text}");
    assert_eq!((text.matches('×').count(), text.matches('○').count()), (2, 2));
    let axis = plain.iter().find(|line| line.contains('└')).unwrap();
    assert!((5..9).contains(&axis.matches('┈').count()), "five minutes of eighty columns an hour: {axis}");
    let colour = terminal(&chart, Screen { columns: 90, rows: 12, colour: true }).join("\n");
    assert!(colour.contains("\x1b[38;5;166m◇"));
    let stripped: String =
        colour.split('\x1b').map(|part| part.split_once('m').map_or(part, |(_, text)| text)).collect();
    assert_eq!(stripped.lines().count(), plain.len());
}

#[test]
fn numbers_for_machines_keep_doubtful_values_apart() {
    let view = serde_json::to_value(ChartView::from(&chart(hour()))).unwrap();
    assert_eq!((view["doubtful"].as_u64(), view["gaps"].as_u64()), (Some(5), Some(1)));
    let bucket = &view["tracks"][0]["buckets"][3];
    assert_eq!((bucket["doubtful_max"].as_f64(), bucket["max"].as_f64()), (Some(190.0), Some(64.75)));
    assert_eq!(bucket["marks"][0], "no skin contact");
}
