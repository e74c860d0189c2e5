//! How well bytes pack as they are, as differences, or as differences of differences: by the entropy of each.

/// Values of the second differences of bytes: −510 to 510.
const VALUES: usize = 1021;
const ZERO: i32 = 510;

/// Which order of differences, 0 to 2, has the least entropy.
pub(super) fn order_of_least(bytes: &[u8]) -> usize {
    let mut counts = [[0u32; VALUES]; 3];
    let (mut before, mut before_that) = (0i32, 0i32);
    for byte in bytes {
        let value = i32::from(*byte);
        let first = value - before;
        for (counts, found) in counts.iter_mut().zip([value, first, first - before_that]) {
            let place = usize::try_from(found + ZERO).unwrap_or(0);
            if let Some(count) = counts.get_mut(place) {
                *count += 1;
            }
        }
        (before, before_that) = (value, first);
    }
    let bits = counts.map(|counts| bits(&counts, bytes.len()));
    (0..bits.len()).min_by(|a, b| bits[*a].total_cmp(&bits[*b])).unwrap_or(0)
}

/// Bits that all of them take, ideally.
fn bits(counts: &[u32], total: usize) -> f64 {
    // Counts are at most the length of a page.
    let total = total as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) * (total / f64::from(*count)).log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_stays_ramps_are_differences_and_curves_are_differences_of_those() {
        let noise: Vec<u8> =
            (0..2000u32).map(|at| crate::hash::sha256(&[&at.to_be_bytes()]).as_bytes()[0]).collect();
        let ramp: Vec<u8> = (0..2000u32).map(|at| (at * 3) as u8).collect();
        let wave: Vec<u8> = (0..200u32).map(|at| (at * (200 - at) / 40) as u8).collect();
        assert_eq!(order_of_least(&noise), 0);
        assert_eq!(order_of_least(&[7; 500]), 0);
        assert_eq!(order_of_least(&ramp), 1);
        assert_eq!(order_of_least(&wave), 2);
    }
}
