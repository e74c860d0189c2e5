//! Where words go: results to stdout, progress to stderr, bars only for a person at a terminal; with `--json` one object.

use crate::exit::{Failure, Outcome};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
};

/// How one command talks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
    colour: bool,
    bars: bool,
}

impl Output {
    /// Looks at the terminal and at NO_COLOR. With `json`, stdout gets one JSON object and everything else goes to stderr.
    pub(crate) fn new(json: bool) -> Output {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let told = if json { io::stderr().is_terminal() } else { io::stdout().is_terminal() };
        Output { json, colour: told && !no_colour, bars: io::stderr().is_terminal() }
    }

    /// Characters of a line on stdout, 80 when nobody can tell, and whether it may be coloured.
    pub(crate) fn screen(&self) -> (usize, bool) {
        let columns = console::Term::stdout().size_checked().map_or(80, |(_, columns)| usize::from(columns));
        (columns.clamp(40, 200), self.colour)
    }

    /// Whether a machine reads stdout.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// A line of the result for a person; with `--json` it goes to stderr.
    pub(crate) fn say(&self, line: impl Display) {
        if self.json { error_line(&line.to_string()) } else { result_line(&line.to_string()) }
    }

    /// A heading, bold at a terminal.
    pub(crate) fn heading(&self, text: impl Display) {
        if self.colour {
            self.say(format_args!("\n\x1b[1m{text}\x1b[0m"))
        } else {
            self.say(format_args!("\n{text}"))
        }
    }

    /// A kept or broken promise, with a word as well as a colour.
    pub(crate) fn promise(&self, kept: bool, text: impl Display) {
        let (word, code) = if kept { ("held", "32") } else { ("FAILED", "31") };
        match self.colour {
            true => self.say(format_args!("  [\x1b[{code}m{word}\x1b[0m] {text}")),
            false => self.say(format_args!("  [{word}] {text}")),
        }
    }

    /// One JSON object as one line on stdout.
    ///
    /// # Errors
    /// The value does not serialise.
    pub(crate) fn object(&self, value: &impl Serialize) -> Outcome {
        result_line(&serde_json::to_string(value)?);
        Ok(())
    }

    /// Lines for a person, or with `--json` the one object; what `verdict` says against it stands in the same object.
    ///
    /// # Errors
    /// What the verdict says, or the value does not serialise.
    pub(crate) fn answer(&self, value: &impl Serialize, verdict: Outcome) -> Outcome {
        match verdict {
            Err(failure) if self.json => Err(failure.beside(serde_json::to_value(value)?)),
            Ok(()) if self.json => self.object(value),
            verdict => verdict,
        }
    }

    /// Lines for a person; with `--json` the object instead, and no lines.
    ///
    /// # Errors
    /// The value does not serialise.
    pub(crate) fn tell<L: Display>(
        &self,
        value: &impl Serialize,
        lines: impl IntoIterator<Item = L>,
    ) -> Outcome {
        if !self.json {
            lines.into_iter().for_each(|line| self.say(line));
        }
        self.answer(value, Ok(()))
    }

    /// A progress bar over `length` steps on stderr; silent in a pipe.
    pub(crate) fn bar(&self, length: u64, words: &'static str) -> ProgressBar {
        if !self.bars {
            return ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
        }
        let template = "  {msg} {bar:30} {percent:>3} %";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        ProgressBar::new(length).with_message(words).with_style(style)
    }
}

/// Says why a command failed: words to stderr, and for a program the object to stdout.
pub(crate) fn failure(failure: &Failure, json: bool) {
    error_line(&failure.to_string());
    if json {
        result_line(&failure.to_json().to_string());
    }
}

/// A line on stdout; a reader that went away is no mistake.
pub(crate) fn result_line(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}").and_then(|()| io::stdout().flush());
}

/// A line on stderr.
pub(crate) fn error_line(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Rows in columns that line up, after a head.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(head.get(column).map(|cell| cell.chars().count())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("  {}", padded.collect::<Vec<_>>().join("  ")).trim_end().to_owned()
    };
    let body = rows.iter().map(|row| line(row.iter().map(String::as_str).collect()));
    std::iter::once(line(head.to_vec())).chain(body).collect()
}

/// A number of bytes as a person reads it.
pub(crate) fn bytes(count: u64) -> String {
    match count {
        0..10_000 => format!("{count} bytes"),
        10_000..10_000_000 => format!("{} kB", count / 1000),
        _ => format!("{}.{} MB", count / 1_000_000, count / 100_000 % 10),
    }
}

/// "1 reading", "2 readings".
pub(crate) fn plural(count: u64, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_a_table_line_up() {
        let rows = [vec!["heart rate".to_owned(), "64".to_owned()], vec!["°C".to_owned(), "36.6".to_owned()]];
        assert_eq!(
            table(&["vital", "value"], &rows),
            ["  vital       value", "  heart rate  64", "  °C          36.6"]
        );
    }

    #[test]
    fn numbers_are_said_as_people_say_them() {
        assert_eq!(
            (bytes(9_999), bytes(65_536), bytes(12_345_678)),
            ("9999 bytes".into(), "65 kB".into(), "12.3 MB".into())
        );
        assert_eq!((plural(1, "block"), plural(0, "block")), ("1 block".into(), "0 blocks".into()));
    }
}
