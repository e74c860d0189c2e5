//! What one sensor said so far, as far as its later frames need it: decoding a sequence of frames is a fold over this.

mod snapshot;

use super::{
    clock::{Coincidence, SensorClock, Stamp, Zone},
    context::Context,
    date_time,
    generic::Pieces,
    glucose,
    outcome::{Decoded, Malformed, Reason, Told},
    readable,
    record_name::glucose_key,
};
use crate::ble::{Characteristic, Notification};
use pulsebook_protocol::reading::UnixMillis;
use std::collections::BTreeMap;

/// How far apart the sensor's answer and this device's look at its own clock can have been: a round trip, and the second
/// in which most sensors tell their time.
const LOOK_UNCERTAINTY_MS: u32 = 1_000;

/// What is remembered of one sensor. The same frames in the same order give the same readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    clock: SensorClock,
    session_start: Stamp,
    specimen: Option<u8>,
    last_record: Option<(u16, UnixMillis)>,
    /// Number and base time of the last glucose measurement, as they were sent.
    pub(super) last_key: Option<[u8; 9]>,
    pieces: BTreeMap<Characteristic, Pieces>,
}

impl Memory {
    /// A sensor that has said nothing yet, near a device in this zone.
    pub fn new(zone: Zone) -> Memory {
        Memory {
            clock: SensorClock::in_zone(zone),
            session_start: Stamp::Missing,
            specimen: None,
            last_record: None,
            last_key: None,
            pieces: BTreeMap::new(),
        }
    }

    /// The device is in this zone now.
    pub fn set_zone(&mut self, zone: Zone) {
        self.clock.zone = zone;
    }

    /// What is known of its clock.
    pub fn clock(&self) -> &SensorClock {
        &self.clock
    }

    /// Decodes a notification, or the answer to a read, in the light of what came before; `decoded` is emptied first.
    ///
    /// # Errors
    /// [`Malformed`]; `decoded` then holds nothing that may be used, and nothing is remembered of the frame.
    pub fn decode(&mut self, notification: &Notification, decoded: &mut Decoded) -> Result<(), Malformed> {
        let Notification { characteristic, received_at, bytes, .. } = notification;
        let format = readable(notification)?;
        let malformed = |reason| Malformed { characteristic: *characteristic, reason };
        let context = self.context(*received_at);
        format.decode_into(bytes, &context, decoded).map_err(malformed)?;
        if decoded.told == Some(Told::Piece) {
            let pieces = self.pieces.entry(*characteristic).or_default();
            if let Some(whole) = pieces.take(bytes).map_err(malformed)? {
                format.decode_into(&whole, &context, decoded).map_err(malformed)?;
            }
        }
        if decoded.undated > 0 && decoded.readings.is_empty() {
            // Kept as it came, like one that cannot be read.
            return Err(malformed(Reason::Undated));
        }
        for reading in &mut decoded.readings {
            *reading = date_time::recordable(*reading, *received_at);
        }
        if format.characteristic == glucose::MEASUREMENT {
            self.last_key = glucose_key(bytes);
        }
        self.learn(decoded, *received_at);
        Ok(())
    }

    /// The whole observation of which this would be the last piece, and what it says.
    pub(crate) fn completed(&self, notification: &Notification) -> Option<(Vec<u8>, Decoded)> {
        let format = readable(notification).ok()?;
        let mut pieces = self.pieces.get(&notification.characteristic)?.clone();
        let (whole, mut decoded) = (pieces.take(&notification.bytes).ok()??, Decoded::default());
        let read = format.decode_into(&whole, &self.context(notification.received_at), &mut decoded);
        read.is_ok().then_some((whole, decoded))
    }

    pub(super) fn context(&self, received_at: UnixMillis) -> Context {
        let Memory { clock, session_start, specimen, last_record, .. } = *self;
        Context { received_at, clock, session_start, specimen, last_record }
    }

    fn learn(&mut self, decoded: &Decoded, received_at: UnixMillis) {
        if let Some(number) = decoded.record {
            let at = decoded.readings.first().map_or(received_at, |reading| reading.measured_at);
            self.last_record = Some((number, at));
        }
        if let Some(is_set) = decoded.clock_is_set {
            self.clock = self.clock.set(is_set);
        }
        match decoded.told {
            Some(Told::Clock(shown)) => {
                let look = Coincidence { shown, device_at: received_at, uncertainty_ms: LOOK_UNCERTAINTY_MS };
                self.clock = self.clock.seen(look);
            }
            Some(Told::SessionStart(start)) => self.session_start = start,
            Some(Told::Specimen(specimen)) => self.specimen = Some(specimen),
            Some(Told::Piece) | None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ble::SensorId,
        decode::{cgm, current_time, generic, glucose, thermometer},
    };
    use pulsebook_protocol::{quality::Mark, reading::Value};

    const NOON: i64 = 1_784_030_400_000;

    fn said(characteristic: Characteristic, bytes: &[u8], received_at: i64) -> Notification {
        Notification { sensor: SensorId::new("s"), characteristic, received_at, bytes: bytes.to_vec() }
    }

    fn fold(frames: &[(Characteristic, &[u8])]) -> Decoded {
        let (mut memory, mut decoded) = (Memory::new(Zone::default()), Decoded::default());
        for (characteristic, bytes) in frames {
            memory.decode(&said(*characteristic, bytes, NOON), &mut decoded).unwrap();
        }
        decoded
    }

    #[test]
    fn a_thermometer_whose_clock_was_read_is_corrected_by_it() {
        // Its clock shows 11:00 at noon; it measured at 10:30 by that clock.
        let shown = [0xEA, 0x07, 7, 14, 11, 0, 0, 2, 0, 0];
        let measured = [0x02, 0x6C, 1, 0, 0xFF, 0xEA, 0x07, 7, 14, 10, 30, 0];
        let reading =
            fold(&[(current_time::CURRENT_TIME, &shown), (thermometer::MEASUREMENT, &measured)]).readings[0];
        assert_eq!(reading.measured_at, NOON - 1_800_000);
        assert!(reading.quality.has(Mark::ClockCorrected));
    }

    #[test]
    fn minutes_of_a_monitor_count_from_the_session_that_it_told() {
        let start = [0xEA, 0x07, 7, 14, 11, 0, 0, 0, 0];
        let readings =
            fold(&[(cgm::SESSION_START, &start), (cgm::MEASUREMENT, &[6, 0, 100, 0, 5, 0])]).readings;
        assert_eq!(readings[0].measured_at, NOON - 55 * 60_000);
    }

    #[test]
    fn a_context_has_the_time_of_the_measurement_before_it() {
        let measured = [0x02, 5, 0, 0xEA, 0x07, 7, 14, 9, 26, 53, 90, 0xB0, 0x11];
        let readings =
            fold(&[(glucose::MEASUREMENT, &measured), (glucose::CONTEXT, &[0x01, 5, 0, 2, 60, 0xD0])])
                .readings;
        assert_eq!(readings[0].measured_at, 1_784_021_213_000);
    }

    #[test]
    fn an_observation_in_pieces_is_joined_and_decoded_once() {
        let whole = [1u8, 12, 0, 1, 0, 0xB8, 0x4B, 2, 0, 0x20, 2, 98, 0, 0, 0];
        let first = [&[1u8][..], &whole[..7]].concat();
        let last = [&[0b110u8][..], &whole[7..]].concat();
        assert_eq!(fold(&[(generic::LIVE, &first)]).readings, []);
        let readings = fold(&[(generic::LIVE, &first), (generic::LIVE, &last)]).readings;
        assert_eq!(readings.iter().map(|one| one.value).collect::<Vec<_>>(), [Value::Number(980)]);
    }

    #[test]
    fn what_a_clock_dated_that_was_set_anew_since_is_kept_raw_and_no_reading() {
        // A generic sensor's temperature at 5 s of UTC since 2000, not synchronised, of an earlier timeline; then of the current.
        let body = |flags: u8| {
            let time = [flags, 5, 0, 0, 0, 0, 0, 7, 0];
            let (kind, value) = ([0x5C, 0x4B, 2, 0], [0xA0, 0x17, 0x6C, 1, 0, 0xFF]);
            let flags_and_more = [&[3u8, 0][..], &kind, &time, &value].concat();
            [&[3u8, 1, flags_and_more.len() as u8, 0][..], &flags_and_more].concat()
        };
        let (mut memory, mut decoded) = (Memory::new(Zone::default()), Decoded::default());
        let earlier = memory.decode(&said(generic::LIVE, &body(0x02), NOON), &mut decoded);
        assert_eq!(earlier.map_err(|malformed| malformed.reason), Err(Reason::Undated));
        memory.decode(&said(generic::LIVE, &body(0x22), NOON), &mut decoded).unwrap();
        assert_eq!(decoded.readings.len(), 1);
    }
}
