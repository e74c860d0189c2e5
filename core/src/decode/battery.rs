//! Battery Level (2A19): 0 to 100 percent.

use super::{
    context::Context,
    cursor::Cursor,
    field::Quantity,
    format::{Format, Kind},
    outcome::{Decoded, Reason},
};
use crate::ble::Characteristic;

/// Battery Level of the Battery service.
pub const LEVEL: Characteristic = Characteristic::new(0x180F, 0x2A19);

/// What this file reads (Battery Service 1.1).
pub(super) const FORMATS: &[Format] = &[Format::new(Kind::Stream, LEVEL, "Battery Level", level)];

/// Reads one frame. It has no readings: a battery is no vital sign.
fn level(cursor: &mut Cursor<'_>, _: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    let level = cursor.quantity_u8("Battery Level", Quantity::whole("%"))?;
    cursor.end(0)?;
    if level > 100 {
        return Err(Reason::OutOfRange { field: "Battery Level", most: 100, came: u32::from(level) });
    }
    decoded.battery_percent = Some(level);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{super::alone, *};

    #[test]
    fn a_level_is_a_percentage() {
        assert_eq!(alone(level, &[87], 0).unwrap().battery_percent, Some(87));
        let message = alone(level, &[101], 0).unwrap_err().to_string();
        assert_eq!(message, "Battery Level must be at most 100, 101 came");
    }
}
