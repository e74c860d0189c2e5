//! Bytes and answers as a report says them.

use crate::session::{Answer, Step};

/// Bytes in hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// "2a", "nothing".
pub(super) fn said(bytes: &[u8]) -> String {
    if bytes.is_empty() { "nothing".to_owned() } else { hex(bytes) }
}

/// How a request of the kit ended.
pub(super) fn answered(step: &Step) -> String {
    match &step.answer {
        Answer::Done => "it was accepted".to_owned(),
        Answer::NoLink => "there was no link".to_owned(),
        Answer::Att(code) => format!("ATT error 0x{code:02X}"),
        Answer::Failed(why) => why.clone(),
    }
}

/// "1 value", "2 values".
pub(super) fn some(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}
