//! Battery Level (2A19): 0 to 100 percent.

use super::{
    cursor::Cursor,
    outcome::{Decoded, Reason},
};
use crate::ble::Characteristic;

/// Battery Level of the Battery service.
pub const LEVEL: Characteristic = Characteristic::new(0x180F, 0x2A19);

/// Decodes one frame. It has no readings: a battery is no vital sign.
///
/// # Errors
/// A frame of another length, or a level above 100.
pub fn decode(bytes: &[u8]) -> Result<Decoded, Reason> {
    let mut cursor = Cursor::new(bytes);
    let level = cursor.u8("battery level")?;
    cursor.end(0)?;
    if level > 100 {
        return Err(Reason::OutOfRange { field: "battery level", most: 100, came: u32::from(level) });
    }
    Ok(Decoded { battery_percent: Some(level), ..Decoded::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_a_percentage() {
        assert_eq!(decode(&[87]).unwrap().battery_percent, Some(87));
        let message = decode(&[101]).unwrap_err().to_string();
        assert_eq!(message, "battery level must be at most 100, 101 came");
    }
}
