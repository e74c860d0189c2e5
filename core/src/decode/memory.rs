//! What one sensor said so far, as far as its later frames need it: decoding a sequence of frames is a fold over this.

mod snapshot;

use super::{
    cgm,
    clock::{Coincidence, SensorClock, Stamp, Zone},
    context::Context,
    date_time,
    generic::Pieces,
    glucose,
    outcome::{Decoded, Malformed, Told},
    readable,
    record_name::glucose_key,
};
use crate::ble::{Characteristic, Notification};
use pulsebook_protocol::{quality::Mark, reading::UnixMillis};
use std::collections::BTreeMap;

/// How far apart the sensor's answer and this device's look at its own clock can have been: a round trip, and the second
/// in which most sensors tell their time.
const LOOK_UNCERTAINTY_MS: u32 = 1_000;

/// What a sensor sends when it has measured and, the same, when it is asked for its memory.
const SENT_EITHER_WAY: [Characteristic; 3] = [glucose::MEASUREMENT, glucose::CONTEXT, cgm::MEASUREMENT];

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
    /// The service whose memory the sensor is sending, because it was asked to.
    fetched: Option<u16>,
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
            fetched: None,
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
        } else if !self.pieces.is_empty() {
            // A whole one: what was begun before it will not be finished.
            self.pieces.remove(characteristic);
        }
        let stored = self.sends_stored(format.characteristic);
        for reading in &mut decoded.readings {
            *reading = date_time::recordable(*reading, *received_at);
            if stored {
                reading.quality = reading.quality.with(Mark::FromStorage);
            }
        }
        if format.characteristic == glucose::MEASUREMENT {
            self.last_key = glucose_key(bytes);
        }
        self.learn(decoded, *received_at);
        Ok(())
    }

    /// A connection is made: nothing that was begun over an earlier one goes on.
    pub(crate) fn begin_link(&mut self) {
        self.pieces.clear();
        self.fetched = None;
    }

    /// The sensor was asked for the records of this service's memory, and sends them from now on; none any more. What only
    /// ever comes from a memory says so itself.
    pub(crate) fn fetches(&mut self, service: Option<u16>) {
        self.fetched = service.filter(|service| SENT_EITHER_WAY.iter().any(|at| at.service == *service));
    }

    /// Whether this comes from the sensor's memory. What is measured while the memory is sent cannot be told apart, and counts
    /// as sent from it.
    fn sends_stored(&self, at: Characteristic) -> bool {
        self.fetched == Some(at.service) && SENT_EITHER_WAY.contains(&at)
    }

    /// The whole observation of which this would be the last piece, and what it says.
    pub(crate) fn completed(&self, notification: &Notification) -> Option<(Vec<u8>, Decoded)> {
        let format = readable(notification).ok()?;
        let (whole, mut decoded) = (self.joined(notification)?, Decoded::default());
        let read = format.decode_into(&whole, &self.context(notification.received_at), &mut decoded);
        read.is_ok().then_some((whole, decoded))
    }

    /// The whole observation of which this would be the last piece.
    pub(super) fn joined(&self, notification: &Notification) -> Option<Vec<u8>> {
        self.pieces.get(&notification.characteristic)?.clone().take(&notification.bytes).ok()?
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
        decode::{current_time, generic, thermometer},
    };
    use pulsebook_protocol::reading::Value;

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
    fn what_is_fetched_from_a_memory_says_so_until_the_link_ends() {
        let mut memory = Memory::new(Zone::default());
        let marked = |memory: &mut Memory, characteristic, bytes: &[u8]| {
            let mut decoded = Decoded::default();
            memory.decode(&said(characteristic, bytes, NOON), &mut decoded).unwrap();
            decoded.readings[0].quality.has(Mark::FromStorage)
        };
        let (value, warm) = ([6, 0, 100, 0, 5, 0], [0x00, 0x6C, 1, 0, 0xFF]);
        assert!(!marked(&mut memory, cgm::MEASUREMENT, &value));
        memory.fetches(Some(cgm::SERVICE));
        assert!(marked(&mut memory, cgm::MEASUREMENT, &value));
        assert!(!marked(&mut memory, thermometer::MEASUREMENT, &warm), "another service");
        memory = Memory::restore(&memory.snapshot()).unwrap();
        assert!(marked(&mut memory, cgm::MEASUREMENT, &value), "a replay marks the same");
        memory.begin_link();
        assert!(!marked(&mut memory, cgm::MEASUREMENT, &value));
    }

    #[test]
    fn an_observation_in_pieces_is_joined_and_decoded_once() {
        let whole = [1u8, 12, 0, 1, 0, 0xB8, 0x4B, 2, 0, 0x20, 2, 98, 0, 0, 0];
        let first = [&[1u8][..], &whole[..7]].concat();
        let last = [&[0b110u8][..], &whole[7..]].concat();
        assert_eq!(fold(&[(generic::LIVE, &first)]).readings, []);
        let other = [&[3u8][..], &whole].concat();
        let mut memory = Memory::new(Zone::default());
        for bytes in [&first, &other] {
            memory.decode(&said(generic::LIVE, bytes, NOON), &mut Decoded::default()).unwrap();
        }
        let alone = memory.decode(&said(generic::LIVE, &last, NOON), &mut Decoded::default());
        assert!(alone.is_err(), "a whole one came between the pieces");
        let readings = fold(&[(generic::LIVE, &first), (generic::LIVE, &last)]).readings;
        assert_eq!(readings.iter().map(|one| one.value).collect::<Vec<_>>(), [Value::Number(980)]);
    }
}
