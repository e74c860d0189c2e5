//! The checksum from end to end: CRC-16/MCRF4XX over the bytes before it, least byte first (CGM Service 1.0.2 §3.11).

use super::super::{context::Context, cursor::Cursor, outcome::Reason};

/// The polynomial x¹⁶ + x¹² + x⁵ + 1, bits reversed.
const POLYNOMIAL: u16 = 0x8408;

/// The checksum of these bytes.
pub(super) fn of(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| match crc & 1 {
            0 => crc >> 1,
            _ => (crc >> 1) ^ POLYNOMIAL,
        })
    })
}

/// Reads the checksum over everything before it in the frame.
pub(super) fn checked(cursor: &mut Cursor<'_>, name: &'static str) -> Result<(), Reason> {
    checked_from(cursor, 0, name)
}

/// Reads the checksum over what lies between `from` and it.
pub(super) fn checked_from(cursor: &mut Cursor<'_>, from: usize, name: &'static str) -> Result<(), Reason> {
    let expected = of(cursor.since(from));
    let came = cursor.u16(name)?;
    if came == expected { Ok(()) } else { Err(Reason::Checksum { expected, came }) }
}

/// Reads the checksum if anything is left, or if the sensor announced one: these characteristics are longer by it where the
/// sensor supports it.
pub(super) fn checked_if_there(cursor: &mut Cursor<'_>, context: &Context) -> Result<(), Reason> {
    if cursor.is_at_end() && !context.checksums { Ok(()) } else { checked(cursor, "E2E-CRC") }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_check_value_of_the_catalogue_comes_out() {
        // CRC-16/MCRF4XX of "123456789" in the catalogue of parametrised CRC algorithms.
        assert_eq!(super::of(b"123456789"), 0x6F91);
    }
}
