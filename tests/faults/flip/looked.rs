//! What came out of a look, and whether another one shows something else.

use pulsebook_core::record::Bucket;
use pulsebook_protocol::vital::Vital;
use std::collections::BTreeMap;

/// What came out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Looked {
    /// Each thing that was shown as a line, with how often it came.
    shown: BTreeMap<String, usize>,
    /// Rows of the charts, by vital and beginning.
    charts: BTreeMap<(String, i64), Bucket>,
    /// What sums things up, or stands for what came before: another when one of them is missing.
    sums: Vec<String>,
    /// Damage that was named beside them.
    pub(crate) damage: Vec<String>,
    /// Questions that were not answered, in the words of the refusal; each is named damage as well.
    pub(crate) refusals: Vec<String>,
}

impl Looked {
    pub(crate) fn shows(&mut self, line: String) {
        *self.shown.entry(line).or_default() += 1;
    }

    /// A number of things that have no line of their own.
    pub(crate) fn count(&mut self, what: &str, times: u64) {
        *self.shown.entry(what.to_owned()).or_default() += usize::try_from(times).unwrap();
    }

    pub(crate) fn sum(&mut self, line: String) {
        self.sums.push(line);
    }

    pub(crate) fn drawn(&mut self, vital: Vital, row: Bucket) {
        self.charts.insert((format!("{vital:?}"), row.start), row);
    }

    pub(crate) fn refused(&mut self, words: String) {
        self.damage.push(words.clone());
        self.refusals.push(words);
    }

    /// The first thing that was not there before, or not so often, or is another one.
    pub(crate) fn shows_more_than(&self, before: &Looked) -> Option<String> {
        let more = |(line, times): (&String, &usize)| {
            let most = before.shown.get(line).copied().unwrap_or(0);
            (*times > most).then(|| format!("{line}: {times} times, {most} before"))
        };
        let other = |(key, row): (&(String, i64), &Bucket)| {
            let fits = before.charts.get(key).is_some_and(|whole| is_part(row, whole));
            (!fits).then(|| format!("a row {row:?}, {:?} before", before.charts.get(key)))
        };
        self.shown.iter().find_map(more).or_else(|| self.charts.iter().find_map(other))
    }

    pub(crate) fn difference(&self, before: &Looked) -> String {
        let sums = || self.sums.iter().zip(&before.sums).find(|(a, b)| a != b);
        let gone = || before.shown.iter().find(|(line, times)| self.shown.get(*line) != Some(times));
        let other = self.shows_more_than(before).or_else(|| Some(format!("{:?}, gone {:?}", sums(), gone())));
        format!(
            "{} (damage {:?})",
            other.unwrap_or_default().chars().take(600).collect::<String>(),
            self.damage
        )
    }
}

/// Whether a row of a chart is of the same readings, or of some of them.
fn is_part(row: &Bucket, whole: &Bucket) -> bool {
    let all = |row: &Bucket| row.count + row.doubtful + row.errors + row.absent;
    if all(row) == all(whole) {
        // Whether something is missing before it is another row's affair.
        return *row == Bucket { gap_before: row.gap_before, ..*whole };
    }
    let values = |row: &Bucket| [row.min, row.max, row.doubtful_min, row.doubtful_max];
    let inside = |value: f64| {
        let bounds = || values(whole).into_iter().flatten();
        bounds().any(|low| low <= value) && bounds().any(|high| value <= high)
    };
    all(row) < all(whole) && values(row).into_iter().flatten().chain(row.mean).all(inside)
}

#[test]
fn what_is_missing_is_told_from_what_is_other() {
    let look = |lines: &[&str]| {
        let mut looked = Looked::default();
        lines.iter().for_each(|line| looked.shows((*line).to_owned()));
        looked
    };
    let before = look(&["a", "a", "b"]);
    assert_eq!(look(&["a", "b"]).shows_more_than(&before), None);
    for other in [&["c"][..], &["b", "b"], &["a", "a", "a"]] {
        assert!(look(other).shows_more_than(&before).is_some(), "{other:?}");
    }
    let (mut few, mut many) = (Looked::default(), Looked::default());
    few.count("blocks", 3);
    many.count("blocks", 4);
    assert!(few.shows_more_than(&many).is_none() && many.shows_more_than(&few).is_some());
}
