//! The questions of a pairing, put to whoever sits at the terminal.

use crate::output::error_line;
use pulsebook_core::ble::Pending;
use pulsebook_radio::pairing::Questions;
use std::io::BufRead;
use tokio::sync::mpsc;

/// Most bytes of a line that is looked at.
const LINE: usize = 200;

/// Asks on stderr and reads lines of stdin.
pub(super) struct AtTerminal(mpsc::Receiver<String>);

impl AtTerminal {
    /// A thread of its own reads: a line that nobody types any more cannot keep the command from ending.
    pub(super) fn new() -> AtTerminal {
        let (lines, typed) = mpsc::channel(1);
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines() {
                let Ok(line) = line else { return };
                if lines.blocking_send(line.chars().take(LINE).collect()).is_err() {
                    return;
                }
            }
        });
        AtTerminal(typed)
    }

    /// The next line; empty when nobody can type any more.
    async fn line(&mut self, question: &str) -> String {
        error_line(question);
        self.0.recv().await.unwrap_or_default()
    }

    async fn yes(&mut self, question: &str) -> bool {
        is_yes(&self.line(question).await)
    }
}

impl Questions for AtTerminal {
    fn number_shown(&mut self) -> Pending<'_, Option<u32>> {
        Box::pin(async {
            loop {
                let typed =
                    self.line("The sensor shows a number of six digits. Type it (nothing to stop):").await;
                if typed.trim().is_empty() {
                    return None;
                }
                if let Some(number) = number(&typed) {
                    return Some(number);
                }
                error_line("That is not a number of six digits.");
            }
        })
    }

    fn same_number(&mut self, number: u32) -> Pending<'_, bool> {
        Box::pin(
            async move { self.yes(&format!("Does the sensor show {number:06}, too? Type yes or no:")).await },
        )
    }

    fn type_on_sensor(&mut self, number: u32) -> Pending<'_, ()> {
        Box::pin(async move { error_line(&format!("Type {number:06} on the sensor.")) })
    }

    fn without_number(&mut self) -> Pending<'_, bool> {
        Box::pin(async {
            self.yes("The sensor cannot show a number, so somebody near could pretend to be it. Is it the only one near, and yours? Type yes or no:").await
        })
    }
}

fn is_yes(typed: &str) -> bool {
    matches!(typed.trim().to_lowercase().as_str(), "y" | "yes")
}

/// A number of at most six digits; people leave zeros in front away and put spaces in between.
fn number(typed: &str) -> Option<u32> {
    let digits: String = typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect();
    let all_digits = digits.chars().all(|letter| letter.is_ascii_digit());
    (all_digits && (1..=6).contains(&digits.len())).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_is_one_and_only_six_digits_are_a_number() {
        assert!(is_yes(" Yes\n") && is_yes("y"));
        assert!(!is_yes("") && !is_yes("yes?") && !is_yes("no"));
        assert_eq!((number("123 456"), number("000042"), number("42")), (Some(123_456), Some(42), Some(42)));
        assert_eq!((number("1234567"), number("12a"), number(""), number("+12")), (None, None, None, None));
    }
}
