//! Cards, grant files, error answers (JSON) and words: what is read is written and read again the same.

use crate::selected;
use pulsebook_protocol::{
    answer::ErrorBody,
    card::{GrantFile, GranteeCard, MAX_CARD_BYTES, NodeCard},
    words::RecoveryWords,
};

/// The first byte chooses which file.
pub(crate) fn cards(data: &[u8]) {
    let (choice, bytes) = selected(data);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match choice % 4 {
        0 => {
            let Ok(card) = NodeCard::parse(text) else { return };
            assert_eq!(NodeCard::parse(&card.to_json()).as_ref(), Ok(&card));
            named(&card.name);
            assert!(card.address.starts_with("https://") && !card.address.contains(['@', '?', '#', ' ']));
        }
        1 => {
            let Ok(card) = GranteeCard::parse(text) else { return };
            let again = GranteeCard::parse(&card.to_json()).expect("what was read can be written");
            assert_eq!((again.name(), again.request_key()), (card.name(), card.request_key()));
            assert_eq!(again.receive_key().to_bytes(), card.receive_key().to_bytes());
            named(card.name());
        }
        2 => {
            let Ok(file) = GrantFile::parse(text) else { return };
            let again = GrantFile::parse(&file.to_json()).expect("what was read can be written");
            assert_eq!((&again.token, again.chain, again.labels()), (&file.token, file.chain, file.labels()));
        }
        _ => {
            if let Some(body) = ErrorBody::parse(text) {
                assert_eq!(ErrorBody::parse(&body.to_json()), Some(body));
            }
            return;
        }
    }
    assert!(text.len() <= MAX_CARD_BYTES);
}

fn named(name: &str) {
    assert!((1..=200).contains(&name.len()) && !name.chars().any(char::is_control), "{name:?}");
}

pub(crate) fn words(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(words) = RecoveryWords::parse(text) else { return };
    let shown = words.expose();
    assert_eq!(shown.split(' ').count(), RecoveryWords::COUNT);
    let typed: Vec<String> = text.to_lowercase().split_whitespace().map(str::to_owned).collect();
    assert_eq!(typed.join(" "), *shown, "words that stand for others");
    assert!(RecoveryWords::parse(&shown).is_ok());
}
