//! One clause: what a standard asks, what was expected here, and what came.

use serde::Serialize;

/// How a clause was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// What came is not what the clause asks.
    Fail,
    /// It could not be seen in this session, though it applies.
    NotTested,
    /// What came is what the clause asks.
    Pass,
    /// The sensor has nothing that the clause is about.
    NotApplicable,
}

/// A clause with its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Names the clause for good: service, then what it is about.
    pub id: String,
    /// What it asks, in a sentence.
    pub title: String,
    /// The standard.
    pub standard: &'static str,
    /// The section of the standard: its number and title, or its title alone where no number is known.
    pub section: &'static str,
    /// How it was met.
    pub verdict: Verdict,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub came: String,
    /// The steps of the session that show a failure.
    pub trace: Vec<usize>,
}

/// Where a clause stands: standard and section.
pub(crate) type Source = (&'static str, &'static str);

impl Finding {
    /// The section as a report names it: where it has no number, it says so.
    pub(crate) fn section_text(&self) -> String {
        let is_number =
            |word: &str| word.starts_with(|first: char| first.is_ascii_digit()) && word.contains('.');
        match self.section.split_whitespace().any(is_number) {
            true => self.section.to_owned(),
            false => format!("{} (no clause number known)", self.section),
        }
    }
}

/// A clause before it is judged.
#[derive(Clone, Debug)]
pub(crate) struct Clause {
    id: String,
    title: String,
    source: Source,
    expected: String,
}

impl Clause {
    pub(crate) fn new(
        (service, about): (u16, &str),
        title: impl Into<String>,
        source: Source,
        expected: impl Into<String>,
    ) -> Clause {
        let place = if service == 0 { "link".to_owned() } else { format!("{service:04X}") };
        Clause { id: format!("{place}.{about}"), title: title.into(), source, expected: expected.into() }
    }

    pub(crate) fn pass(self, came: impl Into<String>) -> Finding {
        self.ends(Verdict::Pass, came.into(), Vec::new())
    }

    pub(crate) fn fail(self, came: impl Into<String>, trace: Vec<usize>) -> Finding {
        self.ends(Verdict::Fail, came.into(), trace)
    }

    pub(crate) fn not_tested(self, why: impl Into<String>) -> Finding {
        self.ends(Verdict::NotTested, why.into(), Vec::new())
    }

    pub(crate) fn not_applicable(self, why: impl Into<String>) -> Finding {
        self.ends(Verdict::NotApplicable, why.into(), Vec::new())
    }

    fn ends(self, verdict: Verdict, came: String, trace: Vec<usize>) -> Finding {
        let Clause { id, title, source: (standard, section), expected } = self;
        Finding { id, title, standard, section, verdict, expected, came, trace }
    }
}
