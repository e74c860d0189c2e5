//! Text that a sensor chose, made fit to be shown: a name cannot move a cursor, hide another or fill a screen.

/// Most letters of a name that is shown; Bluetooth allows 248 bytes.
const LETTERS: usize = 64;

/// Most letters of a reason that the operating system gives.
const REASON: usize = 200;

/// A name to show; empty when nothing of it can be shown.
pub(crate) fn clean(name: &str) -> String {
    cleaned(name, LETTERS)
}

/// A reason to show.
pub(crate) fn clean_reason(reason: &str) -> String {
    cleaned(reason, REASON)
}

/// Looks at a bounded part only, whatever the length.
fn cleaned(text: &str, letters: usize) -> String {
    let mut clean = String::new();
    for letter in text.chars().take(letters * 16).filter(|letter| shows(*letter)) {
        let space = letter.is_whitespace();
        if !(space && (clean.is_empty() || clean.ends_with(' '))) {
            clean.push(if space { ' ' } else { letter });
        }
    }
    let end = clean.char_indices().nth(letters).map_or(clean.len(), |(at, _)| at);
    clean.truncate(end);
    clean.truncate(clean.trim_end().len());
    clean
}

/// Neither a control character nor one of those without a width of their own: marks on other letters, joiners, direction
/// marks, tags. (A tab and a line end are spaces.)
fn shows(letter: char) -> bool {
    let hidden = matches!(letter,
        '\u{00AD}' | '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{061C}' | '\u{115F}' | '\u{1160}'
        | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{20D0}'..='\u{20FF}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FE20}'..='\u{FE2F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}' | '\u{E000}'..='\u{F8FF}');
    !hidden && (letter.is_whitespace() || !letter.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_letters_and_loses_what_would_act_on_a_terminal() {
        assert_eq!(clean("Polar H10 A1B2"), "Polar H10 A1B2");
        assert_eq!(clean("Thermomètre 体温計"), "Thermomètre 体温計");
        assert_eq!(clean("\x1b[2J\x07strap\r\nline\u{9b}31m"), "[2Jstrap line31m");
        assert_eq!(clean("a\u{202e}bc\u{200b}\u{feff}d\u{e0041}"), "abcd");
        assert_eq!(clean("  \u{200d} \t"), "");
    }

    #[test]
    fn a_name_of_ten_thousand_letters_or_of_marks_alone_stays_short() {
        assert_eq!(clean(&"ab".repeat(5_000)).chars().count(), 64);
        assert_eq!(clean(&"\u{0301}".repeat(10_000)), "");
        assert_eq!(clean(&String::from_utf8_lossy(&[b'a', 0xFF, 0xC0, b'b'])), "a\u{fffd}\u{fffd}b");
        assert_eq!(clean(&format!("{} x", "a".repeat(63))), "a".repeat(63));
    }
}
