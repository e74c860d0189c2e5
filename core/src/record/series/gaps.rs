//! Where a series has a gap: values stayed out for longer than it is used to.

use super::Buckets;
use pulsebook_protocol::{quality::Tier, reading::Reading, reading::Value};

/// So many values that did not come are a gap, not jitter: as when readings are judged.
const MISSED: i64 = 5;

/// For each bucket whether there is a gap before it. A bucket without any value has none.
pub(super) fn before(buckets: &Buckets, longest_ms: i64) -> Vec<bool> {
    let mut last = None;
    let mut gaps = Vec::with_capacity(buckets.len());
    for (start, values) in filled(buckets) {
        gaps.push(values > 0 && last.is_some_and(|last: i64| start - last > longest_ms));
        if values > 0 {
            last = Some(start);
        }
    }
    gaps
}

/// Start and number of values, good and doubtful, of each bucket.
fn filled(buckets: &Buckets) -> impl Iterator<Item = (i64, u64)> + '_ {
    let counts = buckets.count.iter().zip(&buckets.doubtful);
    buckets.start.iter().zip(counts).map(|(start, (good, doubtful))| (*start, good.saturating_add(*doubtful)))
}

/// The longest distance between neighbouring buckets that is no gap, in milliseconds.
pub(super) fn longest_ms(buckets: &Buckets, width_ms: i64, points: &[Reading]) -> i64 {
    let usual = match points.is_empty() {
        false => {
            let valued = points.iter().filter(|reading| has_value(reading));
            median(distances(valued.map(|reading| reading.measured_at)))
        }
        true => {
            let valued = filled(buckets).filter(|(_, values)| *values > 0);
            let (starts, counts): (Vec<i64>, Vec<u64>) = valued.unzip();
            let many = median(counts.into_iter().filter_map(|count| i64::try_from(count).ok()).collect());
            median(distances(starts.into_iter())).map(|step| step / many.unwrap_or(1).max(1))
        }
    };
    // One empty bucket between two filled ones is the least that can be seen.
    usual.unwrap_or(0).saturating_mul(MISSED).max(width_ms + width_ms / 2)
}

fn has_value(reading: &Reading) -> bool {
    matches!(reading.value, Value::Number(_)) && reading.quality.tier() != Tier::Error
}

fn distances(times: impl Iterator<Item = i64>) -> Vec<i64> {
    let times: Vec<i64> = times.collect();
    let pairs = times.iter().zip(times.iter().skip(1));
    pairs.map(|(before, after)| after - before).filter(|distance| *distance > 0).collect()
}

fn median(mut numbers: Vec<i64>) -> Option<i64> {
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied()
}
