//! CGM Specific Ops Control Point (2AAC): how often, which levels, start and stop; for people, nothing here is sent.

use super::{
    super::{
        context::Context,
        cursor::{Choices, Cursor},
        field::Quantity,
        glucose::{LOCATIONS, SPECIMENS},
        outcome::{Decoded, Reason},
    },
    crc,
};

const OP_CODES: Choices = &[
    (0x01, "set CGM communication interval"),
    (0x02, "get CGM communication interval"),
    (0x03, "CGM communication interval response"),
    (0x04, "set glucose calibration value"),
    (0x05, "get glucose calibration value"),
    (0x06, "glucose calibration value response"),
    (0x07, "set patient high alert level"),
    (0x08, "get patient high alert level"),
    (0x09, "patient high alert level response"),
    (0x0A, "set patient low alert level"),
    (0x0B, "get patient low alert level"),
    (0x0C, "patient low alert level response"),
    (0x0D, "set hypo alert level"),
    (0x0E, "get hypo alert level"),
    (0x0F, "hypo alert level response"),
    (0x10, "set hyper alert level"),
    (0x11, "get hyper alert level"),
    (0x12, "hyper alert level response"),
    (0x13, "set rate of decrease alert level"),
    (0x14, "get rate of decrease alert level"),
    (0x15, "rate of decrease alert level response"),
    (0x16, "set rate of increase alert level"),
    (0x17, "get rate of increase alert level"),
    (0x18, "rate of increase alert level response"),
    (0x19, "reset device specific alert"),
    (0x1A, "start the session"),
    (0x1B, "stop the session"),
    (0x1C, "response code"),
];
const OUTCOMES: Choices = &[
    (1, "success"),
    (2, "op code not supported"),
    (3, "invalid operand"),
    (4, "procedure not completed"),
    (5, "parameter out of range"),
];
const CALIBRATION_STATUS: &[&str] =
    &["Calibration Data rejected", "Calibration Data out of range", "Calibration Process pending"];

pub(super) fn control(cursor: &mut Cursor<'_>, context: &Context, _: &mut Decoded) -> Result<(), Reason> {
    match cursor.choice_u8("Op Code", OP_CODES)? {
        0x01 | 0x03 => cursor.quantity_u8("CGM Communication Interval", Quantity::whole("min")).map(drop)?,
        0x04 | 0x06 => calibration(cursor)?,
        0x05 => cursor.u16("Calibration Data Record Number").map(drop)?,
        0x07 | 0x09 | 0x0A | 0x0C | 0x0D | 0x0F | 0x10 | 0x12 => {
            cursor.sfloat("Alert Level", "mg/dL").map(drop)?;
        }
        0x13 | 0x15 | 0x16 | 0x18 => cursor.sfloat("Alert Level", "mg/dL/min").map(drop)?,
        0x1C => {
            cursor.choice_u8("Request Op Code", OP_CODES)?;
            cursor.choice_u8("Response Code Value", OUTCOMES)?;
        }
        _ => {}
    }
    crc::checked_if_there(cursor, context)?;
    cursor.end(0)
}

fn calibration(cursor: &mut Cursor<'_>) -> Result<(), Reason> {
    cursor.sfloat("Glucose Concentration of Calibration", "mg/dL")?;
    cursor.quantity_u16("Calibration Time", Quantity::whole("min"))?;
    cursor.nibbles(("Calibration Type", SPECIMENS), ("Calibration Sample Location", LOCATIONS))?;
    cursor.quantity_u16("Next Calibration Time", Quantity::whole("min"))?;
    cursor.u16("Calibration Data Record Number")?;
    cursor.flags_u8("Calibration Status", CALIBRATION_STATUS).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_levels_and_responses_are_read_with_or_without_checksum() {
        let good: [&[u8]; 6] = [
            &[1, 5],
            &[0x1A],
            &[0x1C, 0x1A, 1],
            &[7, 180, 0],
            &[4, 100, 0, 5, 0, 0x19, 10, 0, 1, 0, 0],
            &[5, 1, 0],
        ];
        for bytes in good {
            assert!(crate::decode::alone(control, bytes, 0).is_ok(), "{bytes:?}");
            let [low, high] = crc::of(bytes).to_le_bytes();
            assert!(crate::decode::alone(control, &[bytes, &[low, high]].concat(), 0).is_ok());
            assert!(crate::decode::alone(control, &[bytes, &[low ^ 1, high]].concat(), 0).is_err());
        }
    }
}
