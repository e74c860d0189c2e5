//! The Battery service (180F): how full (2A19), and what feeds, charges or ails it (2BED).

use super::{
    context::Context,
    cursor::Cursor,
    field::{Choices, Part, Quantity},
    format::{Format, Kind},
    outcome::{Decoded, Reason},
};
use crate::ble::Characteristic;

/// Battery Level of the Battery service.
pub const LEVEL: Characteristic = Characteristic::new(0x180F, 0x2A19);

/// Battery Level Status.
pub const STATUS: Characteristic = Characteristic::new(0x180F, 0x2BED);

/// What this file reads (Battery Service 1.1).
pub(super) const FORMATS: &[Format] = &[
    Format::new(Kind::Stream, LEVEL, "Battery Level", level),
    Format::new(Kind::Stream, STATUS, "Battery Level Status", status),
];

const FLAGS: &[&str] = &["Identifier Present", "Battery Level Present", "Additional Status Present"];
const HAS_IDENTIFIER: u8 = 1;
const HAS_LEVEL: u8 = 1 << 1;
const HAS_ADDITIONAL: u8 = 1 << 2;
const RESERVED: u8 = 0xF8;

const YES_OR_NO: Choices = &[(0, "no"), (1, "yes"), (2, "not known")];
const POWER_STATE: &[Part] = &[
    Part::flag(0, "Battery Present"),
    Part::of(1, 2, "Wired External Power Source Connected", YES_OR_NO),
    Part::of(3, 2, "Wireless External Power Source Connected", YES_OR_NO),
    Part::of(
        5,
        2,
        "Battery Charge State",
        &[(0, "not known"), (1, "charging"), (2, "discharging: active"), (3, "discharging: inactive")],
    ),
    Part::of(7, 2, "Battery Charge Level", &[(0, "not known"), (1, "good"), (2, "low"), (3, "critical")]),
    Part::of(
        9,
        3,
        "Charging Type",
        &[
            (0, "not known or not charging"),
            (1, "constant current"),
            (2, "constant voltage"),
            (3, "trickle"),
            (4, "float"),
        ],
    ),
    Part::flag(12, "Charging Fault: Battery"),
    Part::flag(13, "Charging Fault: External Power Source"),
    Part::flag(14, "Charging Fault: Other"),
];
const ADDITIONAL: &[Part] = &[Part::of(0, 2, "Service Required", YES_OR_NO), Part::flag(2, "Battery Fault")];

/// Reads one frame. It has no readings: a battery is no vital sign.
fn level(cursor: &mut Cursor<'_>, _: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    decoded.battery_percent = Some(percent(cursor)?);
    cursor.end(0)
}

/// Reads one frame; a level is in it when the flags say so.
fn status(cursor: &mut Cursor<'_>, _: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    let flags = cursor.flags_u8("Flags", FLAGS)?;
    cursor.parts_u16("Power State", POWER_STATE)?;
    if flags & HAS_IDENTIFIER != 0 {
        cursor.u16("Identifier")?;
    }
    if flags & HAS_LEVEL != 0 {
        decoded.battery_percent = Some(percent(cursor)?);
    }
    if flags & HAS_ADDITIONAL != 0 {
        cursor.parts_u8("Additional Status", ADDITIONAL)?;
    }
    cursor.end(u32::from(flags & RESERVED))
}

fn percent(cursor: &mut Cursor<'_>) -> Result<u8, Reason> {
    let level = cursor.quantity_u8("Battery Level", Quantity::whole("%"))?;
    match level {
        0..=100 => Ok(level),
        _ => Err(Reason::OutOfRange { field: "Battery Level", most: 100, came: u32::from(level) }),
    }
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

    #[test]
    fn a_status_gives_the_level_only_where_it_has_one() {
        // Present, wired power, charging, good level, constant current; identifier 0x1234; 87 %; service required.
        let full = [0x07, 0xA3, 0x02, 0x34, 0x12, 87, 0x01];
        assert_eq!(alone(status, &full, 0).unwrap().battery_percent, Some(87));
        assert_eq!(alone(status, &[0x00, 0x01, 0x00], 0).unwrap().battery_percent, None);
        assert!(alone(status, &[0x02, 0x01, 0x00, 101], 0).is_err());
    }
}
