//! Record Access Control Point (2A52): what is asked of a sensor's memory, and what it answers. Several services have one.
//!
//! Layout: Glucose Service 1.0.1, Continuous Glucose Monitoring Service 1.0.2 §3.6 (the sections on the Record Access Control Point), GATT Specification Supplement.

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
/// The op code of [`Request::Abort`], which its answer repeats.
pub(crate) const ABORT: u8 = 3;
const COUNT: u8 = 4;
const COUNTED: u8 = 5;
const RESPONSE: u8 = 6;
const COMBINED: u8 = 7;
const COMBINED_RESPONSE: u8 = 8;
const NULL: u8 = 0;
const ALL: u8 = 1;
const AT_MOST: u8 = 2;
const AT_LEAST: u8 = 3;
const WITHIN: u8 = 4;
const LAST: u8 = 6;
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
    /// Those with this number or a later one.
    From(u32),
    /// Those up to this number, included.
    UpTo(u32),
    /// Those between these numbers, both included.
    Range(u32, u32),
    /// The newest one.
    Last,
}

/// How a service's records are numbered, and asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// By 16 bits: the sequence number of a glucose meter, the minutes of a continuous monitor.
    Short,
    /// By 32 bits, and reported by the combined request: generic sensors.
    Generic,
    /// Not at all: all or none can be asked for (oximeters, blood pressure monitors).
    Plain,
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
    Count(u32),
    /// So many records were sent by a combined request, which is done.
    Reported(u32),
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

impl Dialect {
    /// How the records of this service are asked for.
    pub fn of(service: u16) -> Dialect {
        match service {
            0x1808 | 0x181F => Dialect::Short,
            0x1840 => Dialect::Generic,
            _ => Dialect::Plain,
        }
    }

    /// The greatest number that a record has; `None` where records have none.
    pub fn greatest(self) -> Option<u32> {
        match self {
            Dialect::Short => Some(u16::MAX.into()),
            Dialect::Generic => Some(u32::MAX),
            Dialect::Plain => None,
        }
    }

    fn operand(self, number: u32) -> Vec<u8> {
        let width = if self == Dialect::Generic { 4 } else { 2 };
        number.to_le_bytes().into_iter().take(width).collect()
    }
}

impl Request {
    /// The bytes to write to the control point of a service with this dialect.
    ///
    /// ```
    /// use pulsebook_core::decode::record_access::{Dialect, Records, Request};
    /// assert_eq!(Request::Report(Records::From(0x1234)).encode(Dialect::Short), [1, 3, 1, 0x34, 0x12]);
    /// ```
    pub fn encode(self, dialect: Dialect) -> Vec<u8> {
        let (op_code, records) = match self {
            Request::Abort => return vec![ABORT, NULL],
            Request::Report(records) if dialect == Dialect::Generic => (COMBINED, records),
            Request::Report(records) => (REPORT, records),
            Request::Delete(records) => (DELETE, records),
            Request::Count(records) => (COUNT, records),
        };
        let mut bytes = vec![op_code];
        match records {
            Records::All => bytes.push(ALL),
            Records::Last => bytes.push(LAST),
            Records::From(first) => {
                bytes.extend([AT_LEAST, BY_SEQUENCE]);
                bytes.extend(dialect.operand(first));
            }
            Records::UpTo(last) => {
                bytes.extend([AT_MOST, BY_SEQUENCE]);
                bytes.extend(dialect.operand(last));
            }
            Records::Range(first, last) => {
                bytes.extend([WITHIN, BY_SEQUENCE]);
                bytes.extend(dialect.operand(first));
                bytes.extend(dialect.operand(last));
            }
        }
        bytes
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
        let number = number_of_records(cursor)?;
        return Ok(if op_code == COUNTED { Answer::Count(number) } else { Answer::Reported(number) });
    }
    let request = cursor.choice_u8("Request Op Code", OP_CODES)?;
    let outcome = cursor.choice_u8("Response Code Value", OUTCOMES)?;
    Ok(Answer::Outcome(request, Outcome::from(outcome)))
}

/// Two bytes, four where records are numbered by so many.
fn number_of_records(cursor: &mut Cursor<'_>) -> Result<u32, Reason> {
    match cursor.left() {
        4.. => cursor.u32("Number of Records"),
        _ => cursor.u16("Number of Records").map(u32::from),
    }
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
    fn requests_are_written_as_the_services_lay_them_out() {
        let cases: [(Request, Dialect, &[u8]); 8] = [
            (Request::Report(Records::All), Dialect::Short, &[1, 1]),
            (Request::Report(Records::Last), Dialect::Short, &[1, 6]),
            (Request::Count(Records::From(7)), Dialect::Short, &[4, 3, 1, 7, 0]),
            (Request::Delete(Records::UpTo(0x0203)), Dialect::Short, &[2, 2, 1, 3, 2]),
            (Request::Delete(Records::Range(7, 0x0203)), Dialect::Short, &[2, 4, 1, 7, 0, 3, 2]),
            (Request::Report(Records::From(7)), Dialect::Generic, &[7, 3, 1, 7, 0, 0, 0]),
            (Request::Delete(Records::All), Dialect::Plain, &[2, 1]),
            (Request::Abort, Dialect::Plain, &[3, 0]),
        ];
        for (request, dialect, bytes) in cases {
            assert_eq!(request.encode(dialect), bytes, "{request:?}");
        }
    }

    #[test]
    fn answers_are_counts_and_outcomes() {
        assert_eq!(Answer::decode(&[5, 0, 0x10, 0x01]), Ok(Answer::Count(272)));
        assert_eq!(Answer::decode(&[5, 0, 1, 0, 1, 0]), Ok(Answer::Count(65_537)));
        assert_eq!(Answer::decode(&[8, 0, 3, 0]), Ok(Answer::Reported(3)));
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
