//! What a person typed: which characteristic, and the bytes of a frame in whatever hex a log or a datasheet has them.

use crate::exit::{Failure, Outcome};
use pulsebook_core::{
    ble::LONGEST_VALUE,
    decode::{FORMATS, Format},
};

/// The end of every UUID that the Bluetooth SIG assigned, after the first eight digits.
const BASE: &str = "-0000-1000-8000-00805f9b34fb";

/// The characteristic of that number, UUID, or service and number; of several services that have it, the first.
///
/// # Errors
/// No such characteristic is known; says which are.
pub(super) fn format(text: &str) -> Outcome<&'static Format> {
    let (service, characteristic) = match text.split_once('/') {
        Some((service, characteristic)) => (Some(service), characteristic),
        None => (None, text),
    };
    let wanted = number(characteristic).zip(service.map_or(Some(None), |text| number(text).map(Some)));
    let known = wanted.and_then(|(characteristic, service)| {
        FORMATS.iter().copied().flatten().find(|format| {
            let at = format.characteristic;
            at.characteristic == characteristic && service.is_none_or(|service| at.service == service)
        })
    });
    known.ok_or_else(|| unknown(text))
}

fn unknown(text: &str) -> Failure {
    let mut numbers: Vec<u16> =
        FORMATS.iter().copied().flatten().map(|format| format.characteristic.characteristic).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let known: Vec<String> = numbers.iter().map(|number| format!("{number:04X}")).collect();
    Failure::usage(format!("this version knows no characteristic `{text}`"))
        .expected(format!("one of {}", known.join(", ")))
        .action("`pulsebook decode --list` says what each is")
}

/// A 16-bit assigned number: `2A37`, `0x2a37`, or the whole UUID.
fn number(text: &str) -> Option<u16> {
    let text = text.trim().to_ascii_lowercase();
    let short = text.strip_suffix(BASE).unwrap_or(&text);
    let digits = short.strip_prefix("0x").unwrap_or(short);
    let digits = if digits.len() == 8 { digits.strip_prefix("0000")? } else { digits };
    (digits.len() == 4).then(|| u16::from_str_radix(digits, 16).ok())?
}

/// The bytes of a frame.
///
/// # Errors
/// What is no hex, or half a byte; more than one frame can have.
pub(super) fn bytes(words: &[String]) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    let between = |letter: char| letter.is_whitespace() || ":,-_".contains(letter);
    for word in words.iter().flat_map(|word| word.split(between)) {
        let digits = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")).unwrap_or(word);
        bytes.extend(whole_bytes(digits).ok_or_else(|| no_hex(word))?);
    }
    if bytes.len() > LONGEST_VALUE {
        return Err(Failure::usage(format!("{} bytes are more than a sensor's value can have", bytes.len()))
            .expected(format!("at most {LONGEST_VALUE} bytes: one frame")));
    }
    Ok(bytes)
}

fn no_hex(word: &str) -> Failure {
    Failure::usage(format!("`{word}` is not bytes in hex"))
        .expected("two digits (0-9, a-f) a byte, such as 1e5532002100, 1e:55:32 or 0x1e 0x55")
}

fn whole_bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => {
                let digit = |letter: u8| char::from(letter).to_digit(16).and_then(|it| u8::try_from(it).ok());
                Some(digit(*high)? << 4 | digit(*low)?)
            }
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Option<Vec<u8>> {
        bytes(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()).ok()
    }

    #[test]
    fn a_frame_is_read_however_its_hex_is_written() {
        let ways: [&[&str]; 6] =
            [&["1e5532"], &["1E:55:32"], &["1e 55 32"], &["0x1e", "0x55,0x32"], &["1e-55-32"], &["0x1e5532"]];
        for way in ways {
            assert_eq!(read(way), Some(vec![0x1E, 0x55, 0x32]), "{way:?}");
        }
        assert_eq!(read(&[""]), Some(vec![]), "an empty frame is one");
    }

    #[test]
    fn half_a_byte_and_what_is_no_hex_are_refused_by_name() {
        for word in ["1e5", "1g", "0x", "ü1", "+1"] {
            assert!(word == "0x" || read(&[word]).is_none(), "{word}");
        }
        let said = bytes(&["1e 5".to_owned()]).unwrap_err().to_string();
        assert!(said.contains("`5`") && said.contains("two digits"), "{said}");
    }

    #[test]
    fn a_characteristic_is_found_by_number_uuid_or_service() {
        let ways = ["2A37", "0x2a37", "00002a37-0000-1000-8000-00805f9b34fb", "180D/2A37", "180d/0x2a37"];
        for way in ways {
            assert_eq!(format(way).unwrap().name, "Heart Rate Measurement", "{way}");
        }
        for way in ["2A", "1810/2A37", "12342a37-0000-1000-8000-00805f9b34fb", "heart rate", ""] {
            let said = format(way).unwrap_err().to_string();
            assert!(said.contains("2A37") && said.contains("decode --list"), "{way}: {said}");
        }
    }
}
