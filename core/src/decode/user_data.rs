//! The User Data service (181C): which person a sensor measures, and what people told it about themselves.
//!
//! What a person typed into a sensor is no measurement: no reading comes of it.

use super::{
    context::Context,
    cursor::{Choices, Cursor},
    field::{Quantity, Says},
    format::{Format, Kind, Read},
    outcome::{Decoded, Reason, USER_UNKNOWN},
};
use crate::ble::Characteristic;

const SERVICE: u16 = 0x181C;

/// User Index: whom the sensor measures now.
pub const USER_INDEX: Characteristic = Characteristic::new(SERVICE, 0x2A9A);

/// User Control Point.
pub const CONTROL_POINT: Characteristic = Characteristic::new(SERVICE, 0x2A9F);

/// Date of Birth.
pub const DATE_OF_BIRTH: Characteristic = Characteristic::new(SERVICE, 0x2A85);

/// What this file reads (User Data Service 1.0).
pub(super) const FORMATS: &[Format] = &[
    about(0x2A9A, "User Index", index),
    Format::new(Kind::Control, CONTROL_POINT, "User Control Point", control_point),
    about(0x2A99, "Database Change Increment", |cursor, _, _| count_u32(cursor, "Database Change Increment")),
    about(0x2A8A, "First Name", |cursor, _, _| text(cursor, "First Name")),
    about(0x2A90, "Last Name", |cursor, _, _| text(cursor, "Last Name")),
    about(0x2A87, "Email Address", |cursor, _, _| text(cursor, "Email Address")),
    about(0x2AA2, "Language", |cursor, _, _| text(cursor, "Language")),
    about(0x2A85, "Date of Birth", |cursor, _, _| date(cursor, "Date of Birth")),
    about(0x2A86, "Date of Threshold Assessment", |cursor, _, _| {
        date(cursor, "Date of Threshold Assessment")
    }),
    about(0x2A80, "Age", |cursor, _, _| byte(cursor, "Age", Quantity::whole("years"))),
    about(0x2A8C, "Gender", |cursor, _, _| choice(cursor, "Gender", GENDERS)),
    about(0x2A98, "Weight", |cursor, _, _| word(cursor, "Weight", WEIGHT)),
    about(0x2A8E, "Height", |cursor, _, _| word(cursor, "Height", CENTIMETRE)),
    about(0x2A8F, "Hip Circumference", |cursor, _, _| word(cursor, "Hip Circumference", CENTIMETRE)),
    about(0x2A97, "Waist Circumference", |cursor, _, _| word(cursor, "Waist Circumference", CENTIMETRE)),
    about(0x2A96, "VO2 Max", |cursor, _, _| byte(cursor, "VO2 Max", Quantity::whole("mL/kg/min"))),
    about(0x2A92, "Resting Heart Rate", |cursor, _, _| byte(cursor, "Resting Heart Rate", BEATS)),
    about(0x2A8D, "Heart Rate Max", |cursor, _, _| byte(cursor, "Heart Rate Max", BEATS)),
    about(0x2A91, "Maximum Recommended Heart Rate", |cursor, _, _| {
        byte(cursor, "Maximum Recommended Heart Rate", BEATS)
    }),
    about(0x2A7F, "Aerobic Threshold", |cursor, _, _| byte(cursor, "Aerobic Threshold", BEATS)),
    about(0x2A83, "Anaerobic Threshold", |cursor, _, _| byte(cursor, "Anaerobic Threshold", BEATS)),
    about(0x2A7E, "Aerobic Heart Rate Lower Limit", |cursor, _, _| {
        byte(cursor, "Aerobic Heart Rate Lower Limit", BEATS)
    }),
    about(0x2A84, "Aerobic Heart Rate Upper Limit", |cursor, _, _| {
        byte(cursor, "Aerobic Heart Rate Upper Limit", BEATS)
    }),
    about(0x2A81, "Anaerobic Heart Rate Lower Limit", |cursor, _, _| {
        byte(cursor, "Anaerobic Heart Rate Lower Limit", BEATS)
    }),
    about(0x2A82, "Anaerobic Heart Rate Upper Limit", |cursor, _, _| {
        byte(cursor, "Anaerobic Heart Rate Upper Limit", BEATS)
    }),
    about(0x2A88, "Fat Burn Heart Rate Lower Limit", |cursor, _, _| {
        byte(cursor, "Fat Burn Heart Rate Lower Limit", BEATS)
    }),
    about(0x2A89, "Fat Burn Heart Rate Upper Limit", |cursor, _, _| {
        byte(cursor, "Fat Burn Heart Rate Upper Limit", BEATS)
    }),
    about(0x2A93, "Sport Type for Aerobic and Anaerobic Thresholds", |cursor, _, _| {
        choice(cursor, "Sport Type for Aerobic and Anaerobic Thresholds", SPORTS)
    }),
    about(0x2A95, "Two Zone Heart Rate Limits", |cursor, _, _| zones(cursor, TWO_ZONES)),
    about(0x2A94, "Three Zone Heart Rate Limits", |cursor, _, _| zones(cursor, THREE_ZONES)),
    about(0x2A8B, "Five Zone Heart Rate Limits", |cursor, _, _| zones(cursor, FIVE_ZONES)),
];

const fn about(number: u16, name: &'static str, read: Read) -> Format {
    Format::new(Kind::About, Characteristic::new(SERVICE, number), name, read)
}

const BEATS: Quantity = Quantity::whole("/min");
const WEIGHT: Quantity = Quantity::decimal(5, -3, "kg");
const CENTIMETRE: Quantity = Quantity::decimal(1, -2, "m");
const GENDERS: Choices = &[(0, "male"), (1, "female"), (2, "unspecified")];
const SPORTS: Choices = &[
    (0, "unspecified"),
    (1, "running (treadmill)"),
    (2, "cycling (ergometer)"),
    (3, "rowing (ergometer)"),
    (4, "cross training (elliptical)"),
    (5, "climbing"),
    (6, "skiing"),
    (7, "skating"),
    (8, "arm exercising"),
    (9, "lower body exercising"),
    (10, "upper body exercising"),
    (11, "whole body exercising"),
];
const TWO_ZONES: &[&str] = &["Fat burn / Fitness Limit"];
const THREE_ZONES: &[&str] = &["Light / Moderate Limit", "Moderate / Hard Limit"];
const FIVE_ZONES: &[&str] =
    &["Very light / Light Limit", "Light / Moderate Limit", "Moderate / Hard Limit", "Hard / Maximum Limit"];

const OPERATIONS: Choices = &[
    (1, "Register New User"),
    (2, "Consent"),
    (3, "Delete User Data"),
    (4, "List All Users"),
    (5, "Delete Users"),
    (0x20, "Response Code"),
];
const REGISTER: u8 = 1;
const CONSENT: u8 = 2;
const LIST_USERS: u8 = 4;
const DELETE_USERS: u8 = 5;
const RESPONSE: u8 = 0x20;
const RESPONSES: Choices = &[
    (1, "success"),
    (2, "op code not supported"),
    (3, "invalid parameter"),
    (4, "operation failed"),
    (5, "user not authorized"),
];
const SUCCESS: u8 = 1;

/// FF says that no user is chosen.
fn index(cursor: &mut Cursor<'_>, _: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    let [user] = cursor.array("User Index", |[user]| match user {
        USER_UNKNOWN => Says::Text("unknown user".to_owned()),
        user => Says::Count(user.into()),
    })?;
    decoded.user_index = Some(user).filter(|user| *user != USER_UNKNOWN);
    cursor.end(0)
}

/// Reads a command or its answer. A consent code is what the person typed, 0 to 9999.
fn control_point(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    match cursor.choice_u8("Op Code", OPERATIONS)? {
        REGISTER => {
            cursor.u16("Consent Code")?;
        }
        CONSENT => {
            cursor.u8("User Index")?;
            cursor.u16("Consent Code")?;
        }
        DELETE_USERS => {
            cursor.u8("User Index")?;
        }
        RESPONSE => response(cursor)?,
        _ => (),
    }
    cursor.end(0)
}

/// The user's index follows a registration or a deletion, their number a listing; whatever else follows is shown as it came.
fn response(cursor: &mut Cursor<'_>) -> Result<(), Reason> {
    let request = cursor.choice_u8("Request Op Code", OPERATIONS)?;
    let answer = cursor.choice_u8("Response Value", RESPONSES)?;
    match (request, answer) {
        (REGISTER | DELETE_USERS, SUCCESS) => {
            cursor.u8("User Index")?;
        }
        (LIST_USERS, SUCCESS) => {
            cursor.u8("Number of Users")?;
        }
        _ if cursor.is_at_end() => (),
        _ => {
            cursor.rest("Response Parameter", |_| Says::Bytes);
        }
    }
    Ok(())
}

fn count_u32(cursor: &mut Cursor<'_>, name: &'static str) -> Result<(), Reason> {
    cursor.u32(name)?;
    cursor.end(0)
}

fn byte(cursor: &mut Cursor<'_>, name: &'static str, quantity: Quantity) -> Result<(), Reason> {
    cursor.quantity_u8(name, quantity)?;
    cursor.end(0)
}

fn word(cursor: &mut Cursor<'_>, name: &'static str, quantity: Quantity) -> Result<(), Reason> {
    cursor.quantity_u16(name, quantity)?;
    cursor.end(0)
}

fn choice(cursor: &mut Cursor<'_>, name: &'static str, list: Choices) -> Result<(), Reason> {
    cursor.choice_u8(name, list)?;
    cursor.end(0)
}

fn text(cursor: &mut Cursor<'_>, name: &'static str) -> Result<(), Reason> {
    cursor.rest(name, Says::text);
    Ok(())
}

/// Year (0: not known), month and day (0: not known).
fn date(cursor: &mut Cursor<'_>, name: &'static str) -> Result<(), Reason> {
    cursor.array(name, |[low, high, month, day]| {
        let year = u16::from_le_bytes([low, high]);
        Says::Text(format!("{year:04}-{month:02}-{day:02}"))
    })?;
    cursor.end(0)
}

fn zones(cursor: &mut Cursor<'_>, limits: &[&'static str]) -> Result<(), Reason> {
    for limit in limits {
        cursor.quantity_u8(limit, BEATS)?;
    }
    cursor.end(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::format_of;

    fn read(number: u16, bytes: &[u8]) -> (Vec<String>, Result<Decoded, Reason>) {
        let format = format_of(Characteristic::new(SERVICE, number)).unwrap();
        let (fields, read) = format.explain(bytes, &Context::at(0));
        (fields.iter().map(|field| field.says.to_string()).collect(), read)
    }

    #[test]
    fn what_a_person_told_the_sensor_is_shown_and_becomes_no_reading() {
        for (number, bytes, expected) in [
            (0x2A85, &[0xD0, 0x07, 1, 31][..], "2000-01-31"),
            (0x2A98, &[0x98, 0x3A], "75 kg"),
            (0x2A8E, &[178, 0], "1.78 m"),
            (0x2A8C, &[1], "female"),
            (0x2A8A, "Zoë".as_bytes(), "Zoë"),
        ] {
            let (says, read) = read(number, bytes);
            assert_eq!((says.as_slice(), read), (&[expected.to_owned()][..], Ok(Decoded::default())));
        }
    }

    #[test]
    fn the_chosen_user_is_told_unless_there_is_none() {
        assert_eq!(read(0x2A9A, &[3]).1.unwrap().user_index, Some(3));
        assert_eq!(read(0x2A9A, &[255]), (vec!["unknown user".to_owned()], Ok(Decoded::default())));
    }

    #[test]
    fn a_control_points_parameters_follow_its_operation() {
        assert_eq!(read(0x2A9F, &[2, 1, 0xD2, 0x04]).0, ["Consent", "1", "1234"]);
        assert_eq!(read(0x2A9F, &[0x20, 1, 1, 4]).0, ["Response Code", "Register New User", "success", "4"]);
        for cut in [&[][..], &[1, 0], &[2, 1, 0], &[0x20], &[0x20, 1, 1]] {
            assert!(matches!(read(0x2A9F, cut).1, Err(Reason::Truncated { .. })), "{cut:?}");
        }
    }
}
