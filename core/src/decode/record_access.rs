//! Record Access Control Point (2A52): what is asked of a sensor's memory, and what it answers. Several services have one.
//!
//! Layout: Glucose Service 1.0.1 §3.5, Continuous Glucose Monitoring Service 1.0.2 §3.10, GATT Specification Supplement.

use super::{
    context::Context,
    cursor::{Choices, Cursor},
    field::Says,
    format::{Format, Kind},
    outcome::{Decoded, Reason},
};
use crate::ble::Characteristic;

const NUMBER: u16 = 0x2A52;
const NAME: &str = "Record Access Control Point";

/// The control points of the services whose records this version reads.
pub(super) const FORMATS: &[Format] = &[
    Format::new(Kind::Control, control_point(0x1808), NAME, control),
    Format::new(Kind::Control, control_point(0x1810), NAME, control),
    Format::new(Kind::Control, control_point(0x181F), NAME, control),
    Format::new(Kind::Control, control_point(0x1822), NAME, control),
    Format::new(Kind::Control, control_point(0x1840), NAME, control),
];

const OP_CODES: Choices = &[
    (1, "report stored records"),
    (2, "delete stored records"),
    (3, "abort operation"),
    (4, "report number of stored records"),
    (5, "number of stored records response"),
    (6, "response code"),
    (7, "combined report"),
    (8, "combined report response"),
];
const OPERATORS: Choices = &[
    (0, "null"),
    (1, "all records"),
    (2, "less than or equal to"),
    (3, "greater than or equal to"),
    (4, "within range of"),
    (5, "first record"),
    (6, "last record"),
];
const FILTERS: Choices = &[(1, "sequence number"), (2, "user facing time")];
const OUTCOMES: Choices = &[
    (1, "success"),
    (2, "op code not supported"),
    (3, "invalid operator"),
    (4, "operator not supported"),
    (5, "invalid operand"),
    (6, "no records found"),
    (7, "abort unsuccessful"),
    (8, "procedure not completed"),
    (9, "operand not supported"),
    (10, "server busy"),
];

const REPORT: u8 = 1;
const DELETE: u8 = 2;
const ABORT: u8 = 3;
const COUNT: u8 = 4;
const COUNTED: u8 = 5;
const RESPONSE: u8 = 6;
const COMBINED: u8 = 7;
const COMBINED_RESPONSE: u8 = 8;
const NULL: u8 = 0;
const ALL: u8 = 1;
const AT_LEAST: u8 = 3;
const WITHIN: u8 = 4;
const BY_SEQUENCE: u8 = 1;

/// The control point of a service.
pub const fn control_point(service: u16) -> Characteristic {
    Characteristic::new(service, NUMBER)
}

/// Which records are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Records {
    /// All of them.
    All,
    /// Those with this sequence number or a later one.
    From(u16),
    /// Those between these sequence numbers, both included.
    Between(u16, u16),
}

/// What is asked of a sensor's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Request {
    /// How many there are; answered by [`Answer::Count`].
    Count(Records),
    /// To send them; each comes as a notification, then an [`Answer::Outcome`].
    Report(Records),
    /// To forget them.
    Delete(Records),
    /// To stop what is under way.
    Abort,
}

/// What the sensor answers, by an indication of the control point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// So many records.
    Count(u16),
    /// How the request of this op code ended.
    Outcome(u8, Outcome),
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Done.
    Success,
    /// The sensor has no record of that kind.
    NoRecords,
    /// The sensor does not know this request, operator or operand (codes 2, 3, 4, 5 and 9).
    NotSupported,
    /// It could not be stopped, or was not finished (codes 7 and 8), or the sensor is busy (10).
    NotCompleted,
    /// A code that the standard reserves.
    Reserved(u8),
}

impl Request {
    /// The bytes to write.
    ///
    /// ```
    /// use pulsebook_core::decode::record_access::{Records, Request};
    /// assert_eq!(Request::Report(Records::From(0x1234)).encode(), [1, 3, 1, 0x34, 0x12]);
    /// ```
    pub fn encode(self) -> Vec<u8> {
        let (op_code, records) = match self {
            Request::Abort => return vec![ABORT, NULL],
            Request::Report(records) => (REPORT, records),
            Request::Delete(records) => (DELETE, records),
            Request::Count(records) => (COUNT, records),
        };
        let mut bytes = vec![op_code];
        match records {
            Records::All => bytes.push(ALL),
            Records::From(first) => {
                bytes.extend([AT_LEAST, BY_SEQUENCE]);
                bytes.extend(first.to_le_bytes());
            }
            Records::Between(first, last) => {
                bytes.extend([WITHIN, BY_SEQUENCE]);
                bytes.extend([first.to_le_bytes(), last.to_le_bytes()].concat());
            }
        }
        bytes
    }

    /// Its op code, by which an [`Answer::Outcome`] names it.
    pub fn op_code(self) -> u8 {
        match self {
            Request::Report(_) => REPORT,
            Request::Delete(_) => DELETE,
            Request::Abort => ABORT,
            Request::Count(_) => COUNT,
        }
    }
}

impl Answer {
    /// Reads what the control point indicated.
    ///
    /// # Errors
    /// Bytes that are no answer.
    pub fn decode(bytes: &[u8]) -> Result<Answer, Reason> {
        let mut cursor = Cursor::new(bytes);
        let answer = answer(&mut cursor)?;
        cursor.end(0)?;
        Ok(answer)
    }
}

impl From<u8> for Outcome {
    fn from(code: u8) -> Outcome {
        match code {
            1 => Outcome::Success,
            6 => Outcome::NoRecords,
            2..=5 | 9 => Outcome::NotSupported,
            7 | 8 | 10 => Outcome::NotCompleted,
            other => Outcome::Reserved(other),
        }
    }
}

fn answer(cursor: &mut Cursor<'_>) -> Result<Answer, Reason> {
    let op_code = cursor.choice_u8("Op Code", OP_CODES)?;
    if op_code != COUNTED && op_code != RESPONSE && op_code != COMBINED_RESPONSE {
        return Err(Reason::Unexpected { field: "Op Code", came: u32::from(op_code) });
    }
    cursor.choice_u8("Operator", OPERATORS)?;
    if op_code != RESPONSE {
        return cursor.u16("Number of Records").map(Answer::Count);
    }
    let request = cursor.choice_u8("Request Op Code", OP_CODES)?;
    let outcome = cursor.choice_u8("Response Code Value", OUTCOMES)?;
    Ok(Answer::Outcome(request, Outcome::from(outcome)))
}

/// Requests and answers, for people; the width of an operand is its service's (2 bytes for glucose, 4 for generic sensors).
fn control(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    match cursor.first() {
        Some(COUNTED | RESPONSE | COMBINED_RESPONSE) => {
            answer(cursor)?;
        }
        _ => request(cursor)?,
    }
    cursor.end(0)
}

fn request(cursor: &mut Cursor<'_>) -> Result<(), Reason> {
    let op_code = cursor.choice_u8("Op Code", OP_CODES)?;
    let operator = cursor.choice_u8("Operator", OPERATORS)?;
    let selects = matches!(op_code, REPORT | DELETE | COUNT | COMBINED);
    if selects && (2..=WITHIN).contains(&operator) {
        cursor.choice_u8("Filter Type", FILTERS)?;
        if cursor.is_at_end() {
            return Err(cursor.cut("Operand"));
        }
        let both = cursor.left() / if operator == WITHIN { 2 } else { 1 };
        cursor.slice("Operand", both, operand)?;
        if operator == WITHIN {
            cursor.slice("Operand", both, operand)?;
        }
    }
    Ok(())
}

/// A little-endian number, as far as one fits; a time and anything longer stay bytes.
fn operand(bytes: &[u8]) -> Says {
    match bytes.len() {
        1..=4 => Says::Count(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))),
        _ => Says::Bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_written_as_the_glucose_service_lays_them_out() {
        let cases: [(Request, &[u8]); 5] = [
            (Request::Report(Records::All), &[1, 1]),
            (Request::Count(Records::From(7)), &[4, 3, 1, 7, 0]),
            (Request::Delete(Records::All), &[2, 1]),
            (Request::Report(Records::Between(1, 0x0203)), &[1, 4, 1, 1, 0, 3, 2]),
            (Request::Abort, &[3, 0]),
        ];
        for (request, bytes) in cases {
            assert_eq!(request.encode(), bytes, "{request:?}");
            assert_eq!(request.op_code(), bytes[0]);
        }
    }

    #[test]
    fn answers_are_counts_and_outcomes() {
        assert_eq!(Answer::decode(&[5, 0, 0x10, 0x01]), Ok(Answer::Count(272)));
        assert_eq!(Answer::decode(&[6, 0, 1, 1]), Ok(Answer::Outcome(1, Outcome::Success)));
        assert_eq!(Answer::decode(&[6, 0, 4, 6]), Ok(Answer::Outcome(4, Outcome::NoRecords)));
        for code in [2, 3, 4, 5, 9] {
            assert_eq!(Answer::decode(&[6, 0, 1, code]), Ok(Answer::Outcome(1, Outcome::NotSupported)));
        }
        assert_eq!(Answer::decode(&[6, 0, 1, 0x80]), Ok(Answer::Outcome(1, Outcome::Reserved(0x80))));
    }

    #[test]
    fn what_is_no_answer_is_refused_with_its_reason() {
        assert_eq!(Answer::decode(&[1, 1]), Err(Reason::Unexpected { field: "Op Code", came: 1 }));
        assert!(matches!(Answer::decode(&[5, 0, 1]), Err(Reason::Truncated { .. })));
        assert!(matches!(Answer::decode(&[6, 0, 1, 1, 0]), Err(Reason::Surplus { .. })));
        assert!(matches!(Answer::decode(&[]), Err(Reason::Truncated { .. })));
    }

    #[test]
    fn a_request_is_explained_field_by_field() {
        let format = &FORMATS[0];
        let (fields, read) = format.explain(&[1, 4, 1, 5, 0, 9, 0], &Context::at(0));
        assert!(read.is_ok());
        let said: Vec<_> = fields.iter().map(|field| field.says.to_string()).collect();
        assert_eq!(said, ["report stored records", "within range of", "sequence number", "5", "9"]);
    }
}
