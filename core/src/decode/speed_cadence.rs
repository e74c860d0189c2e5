//! What Running and Cycling Speed and Cadence share: the SC Control Point (2A55) and where the sensor sits (2A5D).

use super::{
    context::Context,
    cursor::{Choices, Cursor},
    outcome::{Decoded, Reason},
};

const OPERATIONS: Choices = &[
    (1, "Set Cumulative Value"),
    (2, "Start Sensor Calibration"),
    (3, "Update Sensor Location"),
    (4, "Request Supported Sensor Locations"),
    (16, "Response Code"),
];
const SET_CUMULATIVE: u8 = 1;
const UPDATE_LOCATION: u8 = 3;
const REQUEST_LOCATIONS: u8 = 4;
const RESPONSE: u8 = 16;

const RESPONSES: Choices =
    &[(1, "success"), (2, "op code not supported"), (3, "invalid parameter"), (4, "operation failed")];
const SUCCESS: u8 = 1;

const LOCATIONS: Choices = &[
    (0, "other"),
    (1, "top of shoe"),
    (2, "in shoe"),
    (3, "hip"),
    (4, "front wheel"),
    (5, "left crank"),
    (6, "right crank"),
    (7, "left pedal"),
    (8, "right pedal"),
    (9, "front hub"),
    (10, "rear dropout"),
    (11, "chainstay"),
    (12, "rear wheel"),
    (13, "rear hub"),
    (14, "chest"),
    (15, "spider"),
    (16, "chain ring"),
];

/// Reads a command or its answer. The value to set is what the service counts: decimetres walked, or turns of the wheel.
pub(super) fn control_point(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    match cursor.choice_u8("Op Code", OPERATIONS)? {
        SET_CUMULATIVE => {
            cursor.u32("Cumulative Value")?;
        }
        UPDATE_LOCATION => {
            cursor.choice_u8("Sensor Location Value", LOCATIONS)?;
        }
        RESPONSE => response(cursor)?,
        _ => (),
    }
    cursor.end(0)
}

/// Only the question for locations is answered with more than a code: one byte a location.
fn response(cursor: &mut Cursor<'_>) -> Result<(), Reason> {
    let request = cursor.choice_u8("Request Op Code", OPERATIONS)?;
    let answer = cursor.choice_u8("Response Value", RESPONSES)?;
    while (request, answer) == (REQUEST_LOCATIONS, SUCCESS) && !cursor.is_at_end() {
        cursor.choice_u8("Response Parameter", LOCATIONS)?;
    }
    Ok(())
}

/// Reads where the sensor sits.
pub(super) fn location(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.choice_u8("Sensor Location", LOCATIONS)?;
    cursor.end(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Decoded, Reason> {
        super::super::alone(control_point, bytes, 5)
    }

    #[test]
    fn each_operation_takes_its_own_parameter_and_no_more() {
        for good in [&[1, 0, 0, 0, 0][..], &[2], &[3, 12], &[4], &[16, 4, 1, 1, 12], &[16, 1, 1]] {
            assert!(read(good).is_ok(), "{good:?}");
        }
        for bad in [&[][..], &[1, 0, 0, 0], &[2, 1], &[3], &[16, 1], &[16, 1, 1, 0], &[16, 4, 4, 1]] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }
}
