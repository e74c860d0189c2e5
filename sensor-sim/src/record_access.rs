//! The Record Access Control Point: what a request asks for (Glucose Service 1.0.1, 3.4).

pub(crate) const REPORT: u8 = 1;
pub(crate) const DELETE: u8 = 2;
pub(crate) const ABORT: u8 = 3;
pub(crate) const COUNT: u8 = 4;

/// A request that is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) opcode: u8,
    records: Records,
}

/// Which records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Records {
    None,
    All,
    UpTo(u16),
    From(u16),
    Range(u16, u16),
    First,
    Last,
}

impl Request {
    /// Reads what was written.
    ///
    /// # Errors
    /// The response code that refuses it.
    pub(crate) fn read(bytes: &[u8]) -> Result<Request, u8> {
        let (opcode, operator, operand) = match bytes {
            [opcode @ REPORT..=COUNT, operator, operand @ ..] => (*opcode, *operator, operand),
            _ => return Err(respond::OPCODE_NOT_SUPPORTED),
        };
        if (operator == 0) != (opcode == ABORT) {
            return Err(respond::INVALID_OPERATOR);
        }
        let records = match (operator, operand) {
            (0, []) => Records::None,
            (1, []) => Records::All,
            (5, []) => Records::First,
            (6, []) => Records::Last,
            (2..=4, [filter, ..]) if *filter != 1 => return Err(respond::OPERAND_NOT_SUPPORTED),
            (2, [1, low, high]) => Records::UpTo(u16::from_le_bytes([*low, *high])),
            (3, [1, low, high]) => Records::From(u16::from_le_bytes([*low, *high])),
            (4, [1, a, b, c, d]) if u16::from_le_bytes([*a, *b]) <= u16::from_le_bytes([*c, *d]) => {
                Records::Range(u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d]))
            }
            (0..=6, _) => return Err(respond::INVALID_OPERAND),
            _ => return Err(respond::OPERATOR_NOT_SUPPORTED),
        };
        Ok(Request { opcode, records })
    }

    /// Whether a record with this number is asked for; first and last are found among all.
    pub(crate) fn matches(&self, sequence: u16) -> bool {
        match self.records {
            Records::None => false,
            Records::All | Records::First | Records::Last => true,
            Records::UpTo(last) => sequence <= last,
            Records::From(first) => sequence >= first,
            Records::Range(first, last) => (first..=last).contains(&sequence),
        }
    }

    /// Only the first or the last of those that match, where that is asked for.
    pub(crate) fn limit<'a, T>(&self, found: &'a [T]) -> &'a [T] {
        let end = found.len();
        let range = match self.records {
            Records::First => 0..end.min(1),
            Records::Last => end.saturating_sub(1)..end,
            _ => 0..end,
        };
        found.get(range).unwrap_or_default()
    }
}

/// What is indicated at the end.
pub(crate) mod respond {
    pub(crate) const SUCCESS: u8 = 1;
    pub(crate) const OPCODE_NOT_SUPPORTED: u8 = 2;
    pub(crate) const INVALID_OPERATOR: u8 = 3;
    pub(crate) const OPERATOR_NOT_SUPPORTED: u8 = 4;
    pub(crate) const INVALID_OPERAND: u8 = 5;
    pub(crate) const NO_RECORDS: u8 = 6;
    pub(crate) const OPERAND_NOT_SUPPORTED: u8 = 9;

    /// "Response code" to a request.
    pub(crate) fn code(opcode: u8, code: u8) -> [u8; 4] {
        [6, 0, opcode, code]
    }

    /// "Number of stored records".
    pub(crate) fn count(records: usize) -> [u8; 4] {
        let [low, high] = u16::try_from(records).unwrap_or(u16::MAX).to_le_bytes();
        [5, 0, low, high]
    }
}
