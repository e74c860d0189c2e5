//! Rows of the table: what was measured, beside what, and whether the bound holds.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What the ratio must be.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Bound {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// Only printed.
    Printed,
}

/// One row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    figure: String,
    ours: String,
    beside: String,
    ratio: Option<f64>,
    bound: Bound,
}

impl Row {
    /// Ours divided by the peer's, in one unit.
    pub(crate) fn ratio(figure: &str, ours: (f64, &str), peer: (f64, &str), bound: Bound) -> Row {
        let ratio = (peer.0 > 0.0).then(|| ours.0 / peer.0);
        let (text, unit) = (amount(ours.0), ours.1);
        let beside = format!("{} {}", amount(peer.0), peer.1);
        Row { figure: figure.into(), ours: format!("{text} {unit}"), beside, ratio, bound }
    }

    /// A figure without bound.
    pub(crate) fn printed(figure: &str, ours: (f64, &str), beside: &str) -> Row {
        let ours = format!("{} {}", amount(ours.0), ours.1);
        Row { figure: figure.into(), ours, beside: beside.into(), ratio: None, bound: Bound::Printed }
    }

    /// A figure that could not be measured here, with the reason.
    pub(crate) fn missing(figure: &str, why: &str) -> Row {
        let ours = "not measured".into();
        Row { figure: figure.into(), ours, beside: why.into(), ratio: None, bound: Bound::Printed }
    }

    fn verdict(&self) -> &'static str {
        match (self.bound, self.ratio) {
            (Bound::AtMost(most), Some(ratio)) if ratio <= most => "ok",
            (Bound::AtLeast(least), Some(ratio)) if ratio >= least => "ok",
            (Bound::Printed, _) => "",
            _ => "miss",
        }
    }
}

/// Four digits that mean something.
pub(crate) fn amount(value: f64) -> String {
    match value.abs() {
        size if size >= 1000.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 => format!("{value:.3}"),
        _ => format!("{value:.4}"),
    }
}

/// The table's first two lines.
pub(crate) fn heading() -> String {
    "| figure | ours | peer or floor | ratio | bound | |\n|---|---|---|---|---|---|".into()
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bound::AtMost(most) => write!(f, "≤ {most}"),
            Bound::AtLeast(least) => write!(f, "≥ {least}"),
            Bound::Printed => f.write_str(""),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ratio = self.ratio.map(amount).unwrap_or_default();
        let Row { figure, ours, beside, bound, .. } = self;
        write!(f, "| {figure} | {ours} | {beside} | {ratio} | {bound} | {} |", self.verdict())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_ok_only_on_the_right_side_of_its_bound() {
        let row = |ours, bound| Row::ratio("x", (ours, "ms"), (2.0, "ms: peer"), bound).to_string();
        assert_eq!(row(3.0, Bound::AtMost(1.5)), "| x | 3.000 ms | 2.000 ms: peer | 1.500 | ≤ 1.5 | ok |");
        assert!(row(3.1, Bound::AtMost(1.5)).ends_with("| miss |"));
        assert!(row(1.9, Bound::AtLeast(1.0)).ends_with("| miss |"));
        assert!(row(2.0, Bound::AtLeast(1.0)).ends_with("| ok |"));
        let nothing = Row::ratio("x", (1.0, "ms"), (0.0, "ms"), Bound::AtMost(9.0)).to_string();
        assert!(nothing.ends_with("| miss |"), "no peer, no verdict: {nothing}");
    }
}
