//! What a characteristic is for and who reads it: a profile's file lists its formats, `decode::FORMATS` all of them.

use super::{
    clock::NEVER,
    context::Context,
    cursor::Cursor,
    field::Field,
    outcome::{Decoded, Reason},
};
use crate::ble::Characteristic;

/// Services by number, as the Bluetooth SIG assigned them.
const SERVICES: &[(u16, &str)] = &[
    (0x1805, "Current Time"),
    (0x1808, "Glucose"),
    (0x1809, "Health Thermometer"),
    (0x180A, "Device Information"),
    (0x180D, "Heart Rate"),
    (0x180F, "Battery"),
    (0x1810, "Blood Pressure"),
    (0x1814, "Running Speed and Cadence"),
    (0x1816, "Cycling Speed and Cadence"),
    (0x181B, "Body Composition"),
    (0x181C, "User Data"),
    (0x181D, "Weight Scale"),
    (0x181F, "Continuous Glucose Monitoring"),
    (0x1822, "Pulse Oximeter"),
    (0x183E, "Physical Activity Monitor"),
    (0x183F, "Elapsed Time"),
    (0x1840, "Generic Health Sensor"),
];

/// What a characteristic is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It notifies again and again by itself, however regularly: one notification of it is little.
    Stream,
    /// A measurement that is all there is of it: made on request, or sent from the sensor's memory.
    Spot,
    /// What the sensor says about itself or its state: features, clock, session; no reading comes of it.
    About,
    /// Where the sensor is told what to do, and answers.
    Control,
}

/// Reads one frame: its readings and facts into what the caller brings, so that nothing is allocated a frame.
pub(super) type Read = fn(&mut Cursor<'_>, &Context, &mut Decoded) -> Result<(), Reason>;

/// One characteristic that this version reads.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Which one, first instance.
    pub characteristic: Characteristic,
    /// Its name in the Bluetooth SIG's assigned numbers.
    pub name: &'static str,
    /// What it is for.
    pub kind: Kind,
    read: Read,
}

impl Format {
    pub(super) const fn new(
        kind: Kind,
        characteristic: Characteristic,
        name: &'static str,
        read: Read,
    ) -> Format {
        Format { characteristic, name, kind, read }
    }

    /// The name of its service in the Bluetooth SIG's assigned numbers; a number this version does not name is "service".
    pub fn service_name(&self) -> &'static str {
        let named = SERVICES.iter().find(|(number, _)| *number == self.characteristic.service);
        named.map_or("service", |(_, name)| *name)
    }

    /// Reads one frame into `decoded`, which is emptied first and keeps its memory.
    ///
    /// # Errors
    /// [`Reason`]; `decoded` then holds nothing that may be used.
    pub fn decode_into(&self, bytes: &[u8], context: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
        decoded.clear();
        self.read_dated(&mut Cursor::new(bytes), context, decoded)
    }

    /// Every field of one frame in its order, as far as it can be read, and what the frame says as a whole.
    ///
    /// # Errors
    /// Beside the fields before it: why the rest cannot be read.
    pub fn explain(&self, bytes: &[u8], context: &Context) -> (Vec<Field>, Result<Decoded, Reason>) {
        let (mut fields, mut decoded) = (Vec::new(), Decoded::default());
        let read = self.read_dated(&mut Cursor::watched(bytes, &mut fields), context, &mut decoded);
        (fields, read.map(|()| decoded))
    }

    /// Reads one frame, and throws away what was measured nobody knows when.
    fn read_dated(
        &self,
        cursor: &mut Cursor<'_>,
        context: &Context,
        decoded: &mut Decoded,
    ) -> Result<(), Reason> {
        (self.read)(cursor, context, decoded)?;
        let all = decoded.readings.len();
        decoded.readings.retain(|reading| reading.measured_at != NEVER);
        decoded.undated = all - decoded.readings.len();
        Ok(())
    }
}
