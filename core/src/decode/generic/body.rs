//! The body of an observation: what kind, of what, when, how good, and its value; bundles hold bodies that inherit from theirs.

use super::{
    super::{
        clock::Stamp,
        context::Context,
        cursor::{Choices, Cursor},
        elapsed_time,
        field::Says,
        outcome::{Decoded, Reason},
    },
    value,
};
use pulsebook_protocol::quality::{Mark, Quality};

const CLASSES: Choices = &[
    (1, "numeric"),
    (2, "simple discrete"),
    (3, "string"),
    (4, "sample array"),
    (5, "compound discrete event"),
    (6, "compound state event"),
    (7, "compound"),
    (8, "TLV encoded"),
    (255, "observation bundle"),
];
const FLAGS: &[&str] = &[
    "Observation Type present",
    "Time Stamp present",
    "Measurement Duration present",
    "Measurement Status present",
    "Observation ID present",
    "Patient present",
    "Supplemental Information present",
    "Derived-from present",
    "Is-member-of present",
    "TLVs present",
];
const STATUS: &[&str] = &[
    "Invalid",
    "Questionable",
    "Not Available",
    "Calibrating",
    "Test Data",
    "Early Estimate",
    "Manually Entered",
    "Setting",
    "",
    "",
    "",
    "",
    "",
    "",
    "Threshold Error",
    "Thresholding Disabled",
];
/// Status bits that mark a value; a threshold is a person's, and says nothing against it.
const MARKS: [(u16, Mark); 6] = [
    (1, Mark::SensorInvalid),
    (1 << 1, Mark::SensorQuestionable),
    (1 << 3, Mark::Calibrating),
    (1 << 4, Mark::TestData),
    (1 << 5, Mark::EarlyEstimate),
    (1 << 6, Mark::EnteredByHand),
];
const NOT_AVAILABLE: u16 = 1 << 2;
const TEST_DATA: u16 = 1 << 4;
const SETTING: u16 = 1 << 7;

const BUNDLE: u8 = 255;
/// Bundles hold no bundles.
const MOST_NESTED: u8 = 1;

/// What a value stands under: its own head, or that of the bundle around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) kind: Option<u32>,
    pub(super) taken: Stamp,
    pub(super) quality: Quality,
    /// Nobody's vital sign: test data, a setting, or "not available".
    pub(super) absent: bool,
}

/// Reads one observation of which nothing is known yet. Where a value is left out, the others count; alone it is an error.
pub(super) fn observation(
    cursor: &mut Cursor<'_>,
    context: &Context,
    decoded: &mut Decoded,
) -> Result<(), Reason> {
    let outer = Head { kind: None, taken: Stamp::Missing, quality: Quality::GOOD, absent: false };
    body(cursor, (context, outer, 0), decoded)?;
    match decoded.left_out {
        Some(reason) if decoded.readings.is_empty() => Err(reason),
        _ => Ok(()),
    }
}

fn body(
    cursor: &mut Cursor<'_>,
    (context, outer, depth): (&Context, Head, u8),
    decoded: &mut Decoded,
) -> Result<(), Reason> {
    let class = cursor.choice_u8("Observation Class Type", CLASSES)?;
    let length = usize::from(cursor.u16("Length")?);
    let from = cursor.position();
    if cursor.left() < length {
        let (expected, came) = (from + length, from + cursor.left());
        return Err(Reason::Truncated { field: "Observation Body", expected, came });
    }
    let flags = cursor.flags_u16("Flags", FLAGS)?;
    let head = head(cursor, flags, outer, decoded)?;
    if class == BUNDLE && depth < MOST_NESTED {
        for _ in 0..cursor.u8("Number of Observations")? {
            body(cursor, (context, head, depth + 1), decoded)?;
        }
    } else {
        value::read(cursor, class, (context, head), decoded)?;
    }
    close(cursor, from, length, flags)
}

/// The length counts what follows it. Fields that reserved flags announce are passed over; anything else must be exact.
fn close(cursor: &mut Cursor<'_>, from: usize, length: usize, flags: u16) -> Result<(), Reason> {
    let read = cursor.position() - from;
    match length.checked_sub(read) {
        Some(0) => Ok(()),
        Some(more) if flags >> FLAGS.len() != 0 => {
            cursor.slice("fields of a later version", more, |_| Says::Bytes).map(drop)
        }
        _ => Err(Reason::WrongSize { expected: read, came: length }),
    }
}

fn head(cursor: &mut Cursor<'_>, flags: u16, outer: Head, decoded: &mut Decoded) -> Result<Head, Reason> {
    let has = |bit: u16| flags & 1 << bit != 0;
    let mut head = outer;
    if has(0) {
        head.kind = Some(cursor.u32("Observation Type")?);
    }
    if has(1) {
        head.taken = elapsed_time::stamp(cursor)?;
    }
    if has(2) {
        cursor.float("Measurement Duration", "s")?;
    }
    if has(3) {
        let status = cursor.flags_u16("Measurement Status", STATUS)?;
        head.quality = MARKS
            .iter()
            .filter(|(bit, _)| status & bit != 0)
            .fold(head.quality, |all, (_, mark)| all.with(*mark));
        head.absent |= status & (NOT_AVAILABLE | TEST_DATA | SETTING) != 0;
    }
    if has(4) {
        cursor.u32("Observation ID")?;
    }
    if has(5) {
        let patient = cursor.u8("Patient")?;
        // A bundle of several people's observations is in nobody's record.
        if decoded.user_index.is_some_and(|other| other != patient) {
            return Err(Reason::Unexpected { field: "Patient", came: patient.into() });
        }
        decoded.user_index = Some(patient);
    }
    for (bit, name) in [(6, "Supplemental Information"), (7, "Derived-from"), (8, "Is-member-of")] {
        if has(bit) {
            list(cursor, name)?;
        }
    }
    if has(9) {
        tlvs(cursor)?;
    }
    Ok(head)
}

fn list(cursor: &mut Cursor<'_>, name: &'static str) -> Result<(), Reason> {
    for _ in 0..cursor.u8(name)? {
        cursor.u32(name)?;
    }
    Ok(())
}

/// Attributes of which this version reads none: type, length, format, and as many bytes as the length says.
pub(super) fn tlvs(cursor: &mut Cursor<'_>) -> Result<(), Reason> {
    for _ in 0..cursor.u8("Number of TLVs")? {
        cursor.u32("TLV Type")?;
        let length = usize::from(cursor.u16("TLV Length")?);
        cursor.u8("TLV Format Type")?;
        cursor.slice("TLV Value", length, |_| Says::Bytes)?;
    }
    Ok(())
}
