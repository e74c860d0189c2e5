//! Bytes and numbers as a trace writes them: two hex digits a byte, four an assigned number.

/// Two digits a byte.
pub(super) fn of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of an even number of hex digits, and of nothing else.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(digits(pair, 2)?, 16).ok()).collect()
}

/// An assigned number of four hex digits.
pub(super) fn number(text: &str) -> Option<u16> {
    u16::from_str_radix(digits(text.as_bytes(), 4)?, 16).ok()
}

fn digits(text: &[u8], count: usize) -> Option<&str> {
    let all = text.len() == count && text.iter().all(u8::is_ascii_hexdigit);
    std::str::from_utf8(text).ok().filter(|_| all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_bytes_in_hex_are_bytes() {
        assert_eq!(bytes(&of(&[0, 0x7F, 0xFF])).unwrap(), [0, 0x7F, 0xFF]);
        assert!(bytes("").unwrap().is_empty());
        for wrong in ["1", "+1", "0x", "é1", "1 "] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
        assert_eq!((number("2A37"), number("2a37"), number("+A37")), (Some(0x2A37), Some(0x2A37), None));
    }
}
